"""What a check feeds to a student may have no property that the text of the task is silent on.

Students write `torch.zeros(n)` and `.squeeze()`. A check that feeds double precision, or a single
example where the text speaks of several, refuses right code for something that nobody said.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from course_lib.checks import calling

# A property, and the words of which a task's text must then hold one: a shape "[points, 1]" too.
WORDS = {"an empty axis": ("empty",), "an axis of length 1": ("a single", "1]")}


@contextmanager
def watched() -> Iterator[list]:
    """All that the student's function is given while this lasts."""
    seen: list = []
    calling.watchers.append(seen.append)
    try:
        yield seen
    finally:
        calling.watchers.remove(seen.append)


def hidden(inputs: Any, text: str) -> list[str]:
    """The properties of these inputs that are unusual and that the text doesn't speak of."""
    found = {name for tensor in all_tensors(inputs) for name in unusual(tensor)}
    text = " ".join(text.split())
    said = {name for name in found if any(word in text for word in WORDS.get(name, (name,)))}
    return sorted(found - said)


def unusual(tensor: Tensor) -> list[str]:
    """What is not as in a tensor that a student makes at home."""
    found = []
    if tensor.is_floating_point() and tensor.dtype != torch.get_default_dtype():
        found.append(str(tensor.dtype).removeprefix("torch."))
    if tensor.device.type != "cpu":
        found.append(tensor.device.type)
    if 0 in tensor.shape:
        found.append("an empty axis")
    if 1 in tensor.shape:
        found.append("an axis of length 1")
    if tensor.requires_grad:
        found.append("requires_grad")
    return found


def all_tensors(value: Any) -> list[Tensor]:
    """All tensors in a value, as they are."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    parts = value if isinstance(value, list | tuple) else ()
    return [tensor for part in parts for tensor in all_tensors(part)]
