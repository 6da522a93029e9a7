"""What a reader gives to `classify`: pictures and labels of many kinds, checked (notebook 06)."""

from collections.abc import Iterable, Mapping, Set
from os import PathLike

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from course_lib.tasks.picture_files import flattened

GREY = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue are
MOST_SIDE = 4096
NUMBERS = "buifO"  # numpy's kinds that can be grey values


def pages(x, name: str) -> list[Float[np.ndarray, "height width"]]:
    """Pictures as numbers in 0…1, one array each.

    `x` is an array or tensor of pictures of one size, or a list, a `Dataset` or the like of
    pictures, each a tensor, an array or a picture of Pillow; their sizes may differ.
    Errors: ValueError, in a sentence that begins with `name`.
    """
    if isinstance(x, Image.Image):
        raise ValueError(f"{name} is one picture: give a list of it, as in [x].")
    if isinstance(x, Tensor | np.ndarray):
        return [*_unit(_array(x, name), name)]
    arrays = [_array(picture, name) for picture in _list(x, name)]
    if len({a.shape for a in arrays}) <= 1:
        return [*_unit(np.stack(arrays) if arrays else np.empty((0, 0, 0)), name)]
    return [page for a in arrays for page in _unit(a[None], name)]


def _list(x, name: str) -> list:
    """The pictures of a list, a tuple, a generator or a `Dataset`."""
    if isinstance(x, str | bytes | PathLike | Mapping) or not (
        isinstance(x, Iterable) or hasattr(x, "__getitem__")
    ):
        raise ValueError(f"{name} is no pile of pictures but a {type(x).__name__}: give a list.")
    sized = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    items = [x[i] for i in range(len(x))] if sized else list(x)
    if any(isinstance(item, str | bytes | PathLike) for item in items):
        raise ValueError(
            f"{name} holds the names of files: read them first, with "
            "course_lib.tasks.strokes.read_pictures."
        )
    if any(isinstance(item, tuple) and item and not np.isscalar(item[0]) for item in items):
        raise ValueError(
            f"{name} holds pairs: give the pictures alone, [x for x, _ in pairs], and the labels "
            "as [y for _, y in pairs]."
        )
    return items


def _array(x, name: str) -> np.ndarray:
    """A tensor, a picture of Pillow, or what numpy understands, as an array of numbers."""
    try:
        if isinstance(x, Tensor):
            x = x.detach().cpu()
            x = (x.float() if x.is_floating_point() else x).numpy()
        a = np.asarray(flattened(x, "L") if isinstance(x, Image.Image) else x)
        if a.dtype.kind not in NUMBERS:
            raise ValueError(f"{a.dtype} is no kind of grey values")
        full = 255 if a.dtype == np.uint8 and a.max(initial=0) > 1 else 1
        return a.astype(np.float64) / full
    except (RuntimeError, TypeError, ValueError) as problem:
        why = (str(problem).strip().splitlines() or [type(problem).__name__])[0].rstrip(".")
        raise ValueError(
            f"{name} is no pile of pictures ({why}): give an array [number, height, width] or a "
            "list of pictures."
        ) from problem


def _unit(x: np.ndarray, name: str) -> Float[np.ndarray, "pictures height width"]:
    """Numbers as grey pictures in 0…1."""
    if x.ndim == 4 and x.shape[1] in (1, 3, 4) and x.shape[-1] not in (1, 3, 4):
        x = np.moveaxis(x, 1, -1)  # channels in front, as torch has them
    if x.ndim == 4 and x.shape[-1] in (1, 3, 4):
        x = x[..., 0] if x.shape[-1] == 1 else x[..., :3] @ GREY
    if x.ndim != 3 or 0 in x.shape:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}: give pictures as [number, height, width], or "
            "[number, height, width, 3] in colour; one alone as [x]."
        )
    if max(x.shape[1:]) > MOST_SIDE:
        raise ValueError(f"{name} has shape {tuple(x.shape)}: at most {MOST_SIDE} pixels a side.")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} holds NaN or inf: look for them with np.isfinite.")
    if x.min() < 0 or x.max() > 1:
        x = (x - x.min()) / (x.max() - x.min() or 1)
    return x


def classes_of(labels) -> list:
    """The different labels: sorted where they can be, else as they first appear."""
    different = list(dict.fromkeys(_listed(labels)))
    try:
        return sorted(different)
    except TypeError:
        return different


def places(labels, number: int) -> tuple[Tensor, int]:
    """The place of each label among `classes_of` them, int64 [pictures], and how many there are.

    Errors: ValueError, in a sentence, for labels that are not `number` or not of two classes.
    """
    try:
        given = _listed(labels)
        known = classes_of(given)
    except TypeError:  # no sequence, or rows, say of one-hot labels
        given, known = [], []
    if len(given) != number or not known or any(label != label for label in given):
        raise ValueError(
            f"support_y must hold {number} labels, one for each picture: numbers, words, anything "
            "that can be a key of a dict."
        )
    if len(known) < 2:
        raise ValueError(f"support_y holds {known[0]!r} alone: show two classes at least.")
    _check_spaces(known)
    at = {label: j for j, label in enumerate(known)}
    return torch.tensor([at[label] for label in given]), len(known)


def _listed(labels) -> list:
    """Labels as Python's own objects: a scalar of torch or numpy is its number or its word.

    Two tensors are never the same key of a dict, though they hold the same number.
    """
    if isinstance(labels, Mapping | Set):
        raise TypeError("labels have an order")
    rows = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    return [label.tolist() if hasattr(label, "tolist") else label for label in rows]


def _check_spaces(known: list) -> None:
    """Raise a ValueError where two words differ in the spaces around them only."""
    seen: dict[str, str] = {}
    for word in (label for label in known if isinstance(label, str)):
        other = seen.setdefault(word.strip(), word)
        if other != word:
            raise ValueError(
                f"support_y holds {other!r} and {word!r}, which differ in a space: make them one "
                "class with label.strip()."
            )
