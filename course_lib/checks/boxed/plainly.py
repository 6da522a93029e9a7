"""Values on their way out of a student's process: JSON and the bytes of tensors, nothing else.

Nothing that arrives is run or unpickled. What has no plain form arrives as a stranger: a name and a
few letters of how it looks.
"""

import contextlib
import json
import math
import struct
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.checks.values import plain

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
        torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128,
    )
}  # fmt: skip
SIZES = struct.Struct("!II")  # before a message: the bytes of its JSON, and of its tensors
KEYS = (str, int, float, tuple, type(None))  # what the names in a dictionary may be
DEEPEST, MOST_PARTS, LONGEST = 12, 4_000, 200_000  # levels, parts of a value, letters of a text
MOST_HEAD, MOST_BYTES = 8 << 20, 256 << 20
MOST_AXES, MOST_VALUES = 32, 10_000  # of a tensor; of a message: the judge looks at each many times


class Broken(ValueError):
    """What arrived has another form than agreed."""


class Stranger:
    """Something that has no plain form. It can't be called, and is equal to nothing."""

    def __init__(self, look: str):
        self.look = look

    def __repr__(self) -> str:
        return self.look


def packed(message: dict[str, Any]) -> bytes:
    """A message as bytes; its values may hold tensors."""
    blobs: list[bytes] = []
    head = json.dumps({name: flattened(value, blobs) for name, value in message.items()}).encode()
    body = b"".join(blobs)
    return SIZES.pack(len(head), len(body)) + head + body


def flattened(value: Any, blobs: list[bytes], level: int = 0) -> Any:
    """A value as JSON; the bytes of its tensors go to `blobs`."""
    if level > DEEPEST or len(blobs) > MOST_PARTS:
        return {"stranger": [type(value).__name__, "too deep or too many"]}
    if value is None or isinstance(value, bool | str):
        return value[:LONGEST] if isinstance(value, str) else value
    if isinstance(value, int) and abs(value) < 1 << 62 and type(value) is int:
        return value
    if isinstance(value, float):
        return float(value)
    if value is ...:
        return {"stub": []}
    if isinstance(value, Tensor | np.ndarray):
        with contextlib.suppress(RuntimeError):  # sparse, or of torch's device without numbers
            return of_tensor(value, blobs)
        return stranger(value)
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value.item()
    if isinstance(value, list | tuple):
        name = "tuple" if isinstance(value, tuple) else "list"
        return {name: [flattened(part, blobs, level + 1) for part in value[:MOST_PARTS]]}
    if isinstance(value, dict) and all(isinstance(part, KEYS) for part in value):
        pairs = list(value.items())[:MOST_PARTS]
        return {"dict": [[flattened(part, blobs, level + 1) for part in pair] for pair in pairs]}
    return stranger(value)


def stranger(value: Any) -> dict:
    """A name and a look."""
    look = ""
    with contextlib.suppress(Exception):  # the student's own class
        look = repr(value)[:80]
    return {"stranger": [type(value).__name__, look]}


def of_tensor(value: Tensor | np.ndarray, blobs: list[bytes]) -> dict:
    """dtype, shape, length, and whether a gradient can flow."""
    found = plain(value)
    if not isinstance(found, Tensor) or str(found.dtype).removeprefix("torch.") not in DTYPES:
        return stranger(value)
    if found.layout != torch.strided or found.is_conj() or found.is_neg():
        found = found.to_dense().resolve_conj().resolve_neg()
    form = "tensor" if isinstance(value, Tensor) else "array"
    flows = bool(isinstance(value, Tensor) and value.requires_grad)
    raw = found.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    blobs.append(raw)
    return {form: [str(found.dtype).removeprefix("torch."), list(found.shape), len(raw), flows]}


class Reader:
    """Reads messages out of a growing pile of bytes that nobody vouches for."""

    def __init__(self) -> None:
        self.pile = bytearray()

    def take(self) -> dict[str, Any] | None:
        """The next whole message, or None until more has come. Errors: Broken."""
        if len(self.pile) < SIZES.size:
            return None
        head, body = SIZES.unpack_from(self.pile)
        if head > MOST_HEAD or body > MOST_BYTES:
            raise Broken("no message, or one that is too long")
        middle, end = SIZES.size + head, SIZES.size + head + body
        if len(self.pile) < end:
            return None
        text, raw = self.pile[SIZES.size : middle], self.pile[middle:end]
        del self.pile[:end]
        try:
            message = json.loads(text.decode())
            if not isinstance(message, dict):
                raise Broken("no message")
            return restored(message, memoryview(raw))
        except Broken:
            raise
        except (ValueError, TypeError, KeyError, IndexError, RecursionError, RuntimeError) as why:
            raise Broken("a message of another form") from why


def restored(message: dict[str, Any], raw: memoryview) -> dict[str, Any]:
    """The values of a message."""
    place = seen = 0

    def value(tree: Any, level: int = 0) -> Any:
        nonlocal seen
        seen += 1
        if level > DEEPEST + 1 or seen > MOST_VALUES:
            raise Broken("too deep, or too many")
        if tree is None or isinstance(tree, bool | int | float | str):
            return tree
        if not isinstance(tree, dict) or len(tree) != 1:
            raise Broken("no value")
        ((form, parts),) = tree.items()
        if not isinstance(parts, list):
            raise Broken("no value")
        if form == "stub":
            return ...
        if form in ("list", "tuple"):
            found = [value(part, level + 1) for part in parts]
            return tuple(found) if form == "tuple" else found
        if form == "dict":
            return {key(value(k, level + 1)): value(v, level + 1) for k, v in parts}
        if form == "stranger":
            return unknown(*parts)
        if form in ("tensor", "array"):
            return numbers(form, *parts)
        raise Broken("a value of no known form")

    def numbers(form: str, dtype: str, shape: list, size: int, flows: bool) -> Any:
        nonlocal place
        kind, length = DTYPES[dtype], math.prod(shape)
        if not all(type(n) is int and n >= 0 for n in shape) or type(size) is not int:
            raise Broken("no shape")
        if len(shape) > MOST_AXES or math.prod(max(n, 1) for n in shape) > MOST_BYTES:
            raise Broken("a shape that takes memory although nothing is in it")
        if size != length * kind.itemsize or place + size > len(raw):
            raise Broken("a tensor of another size")
        part = bytearray(raw[place : place + size])
        place += size
        found = torch.frombuffer(part, dtype=kind) if size else torch.empty(0, dtype=kind)
        found = found.reshape(shape)
        if form == "array":
            return found.numpy()
        floats = found.is_floating_point() or found.is_complex()
        return found.requires_grad_(flows is True and floats)

    return {str(name): value(tree) for name, tree in message.items()}


def key(found: Any) -> Any:
    """What may be the key of a dictionary."""
    if not isinstance(found, KEYS):
        raise Broken("no key")
    hash(found)
    return found


def unknown(name: str, look: str) -> Stranger:
    """A stranger whose type has the name that the other side tells, if that is a name."""
    name = name if isinstance(name, str) and name.isidentifier() and len(name) < 60 else "object"
    return type(name, (Stranger,), {"__module__": "__main__"})(str(look)[:80])
