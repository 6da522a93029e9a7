"""Answers as values: whether two are the same, and how a sentence shows one."""

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

LONGEST = 6  # numbers of a tensor that a sentence shows
MOST = 1000  # parts of a list and a tensor that stand for one another


def plain(value: Any) -> Any:
    """`value` with tensors detached, and numbers and arrays as tensors: one form to compare."""
    if isinstance(value, Tensor):
        with torch._C.DisableTorchFunctionSubclass():  # a student's class may say anything
            return Tensor.as_subclass(Tensor.detach(value), Tensor).cpu()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return torch.from_numpy(value.copy())
    if isinstance(value, np.generic | Number) and not isinstance(value, complex):
        return torch.as_tensor(value)
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [plain(part) for part in value]
        return parts
    return value


def like(value: Any, expected: Any) -> Any:
    """`value` in the form of `expected`, both plain: a list of numbers becomes a tensor, say."""
    if isinstance(expected, Tensor) and isinstance(value, list):
        if len(value) == 1 and getattr(value[0], "shape", None) == expected.shape:
            return value[0]  # the tuple of one that `torch.autograd.grad` gives
        if len(value) > max(MOST, expected.numel()):
            return value
        try:
            return torch.stack([torch.as_tensor(like(part, expected)) for part in value])
        except (TypeError, ValueError, RuntimeError):
            return value
    if isinstance(expected, Tensor) and not expected.ndim and isinstance(value, Tensor):
        return value.reshape(()) if value.shape == (1,) else value
    if isinstance(expected, list) and isinstance(value, Tensor) and value.ndim:
        return list(value[: max(MOST, len(expected) + 1)])  # a stranger's is endless
    return value


def same(value: Any, expected: Any, tolerance: float = 1e-5) -> bool:
    """Whether both hold the same numbers up to `tolerance`, absolute and relative.

    Shapes must agree, types need not: 2, 2.0 and tensor(2.) are the same answer.
    """
    value, expected = plain(value), plain(expected)
    value = like(value, expected)
    if isinstance(expected, Tensor):
        if not isinstance(value, Tensor) or value.shape != expected.shape:
            return False
        pair = value.double(), expected.double()
        return torch.allclose(*pair, rtol=tolerance, atol=tolerance, equal_nan=True)
    if type(value) is not type(expected):
        return False
    if isinstance(expected, dict):
        keys = value.keys() == expected.keys()
        return keys and all(same(value[key], expected[key], tolerance) for key in expected)
    if isinstance(expected, list):
        pairs = zip(value, expected, strict=False)
        return len(value) == len(expected) and all(same(a, b, tolerance) for a, b in pairs)
    return value == expected


def factor(pairs: Sequence[tuple[Any, Any]]) -> str:
    """By what all values differ from the expected ones, as a sentence; nothing if by no factor."""
    ours, theirs = (flat([pair[i] for pair in pairs]) for i in (0, 1))
    if ours.shape != theirs.shape or len(theirs[theirs != 0].unique()) < 2:
        return ""
    ratio = (ours @ theirs / (theirs @ theirs)).item()
    if abs(ratio) < 1e-9 or not torch.allclose(ours, ratio * theirs, rtol=1e-5, atol=1e-9):
        return ""
    if abs(ratio + 1) < 1e-5:
        return "All your numbers have the wrong sign."
    return f"All your numbers are {number(ratio)} times the expected ones."


def unseen_difference(value: Any, expected: Any) -> str:
    """Where two values differ that look alike in a sentence; nothing if they look different."""
    ours, theirs = flat(value), flat(expected)
    if shown(value) != shown(expected) or ours.shape != theirs.shape or not len(ours):
        return ""
    place = ((ours - theirs).abs() / (1 + theirs.abs())).argmax().item()
    pair = f"{ours[place].item():.7g} for {theirs[place].item():.7g}"
    return f"They look alike here, but yours has {pair} at position {place}."


def flat(value: Any) -> Tensor:
    """All numbers of a value, one after the other."""
    return torch.cat([torch.zeros(0).double(), *(t.double().flatten() for t in tensors(value))])


def tensors(value: Any) -> list[Tensor]:
    """All tensors in a value."""
    value = plain(value)
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    return [t for part in parts for t in tensors(part)] if isinstance(value, dict | list) else []


def flowing(value: Any) -> list[Tensor]:
    """All tensors in a value that ask for a gradient, as they are."""
    return [part for part in tree_leaves(value) if getattr(part, "requires_grad", False) is True]


def kind(value: Any) -> str:
    """What sort of thing a value is, in words, with its shape."""
    if isinstance(value, Tensor | np.ndarray):
        name = "tensor" if isinstance(value, Tensor) else "array"
        return (
            f"a {name} of shape {tuple(value.shape)}" if value.ndim else f"a {name} of one number"
        )
    if isinstance(value, bool):
        return "True or False"
    if isinstance(value, complex | np.complexfloating):
        return "a complex number"
    if isinstance(value, Number | np.generic):
        return "a number"
    if isinstance(value, list | tuple | dict):
        name = type(value).__name__
        return f"a {name} of {len(value)}" if value else f"an empty {name}"
    name = type(value).__name__
    article = "an" if name[0] in "aeioAEIO" else "a"
    return "a text" if isinstance(value, str) else f"{article} {name}"


def shown(value: Any) -> str:
    """A value as a sentence shows it: rounded to four digits, and cut short."""
    value = plain(value)
    if isinstance(value, Tensor):
        if value.numel() > LONGEST:
            first = ", ".join(number(v) for v in value.flatten()[:3].tolist())
            return f"{kind(value)}, beginning with {first}"
        return listed(value.tolist())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "(" + ", ".join(map(shown, value)) + ")"
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "…"


def listed(value: Any) -> str:
    """Nested lists of numbers, rounded."""
    if isinstance(value, list):
        return "(" + ", ".join(map(listed, value)) + ")"
    return number(value)


def number(value: Any) -> str:
    """A number with at most four significant digits; a long whole number stays whole."""
    if isinstance(value, bool | int):
        return str(value).replace("-", "−")
    return f"{value:.4g}".replace("-", "−")
