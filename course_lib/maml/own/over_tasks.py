"""One loss for each task of a batch: all at once where PyTorch can, one by one where it can't
(notebooks 04 and 05).

`torch.func.vmap` runs a loss written for one task on all tasks at once. Some things it refuses: an
LSTM, an `if` on a tensor, `.item()`. The tasks then go through a loop: the same numbers, slower.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import vmap

from course_lib.ground.types import Loss, Params
from course_lib.maml.own.first_look import first_look
from course_lib.maml.own.own_loss import one_number


@dataclass
class Notes:
    """What is known of a loss."""

    loop: str = ""  # why its tasks go one by one; empty: they go all at once
    seen: set = field(default_factory=set)  # for which kinds of data it has had its first look
    judged: set[bool] = field(default_factory=set)  # what `guard.judge` compared: first order?
    chance: bool = False  # two calls give two values: there is nothing to compare


_NOTES: WeakKeyDictionary = WeakKeyDictionary()


def notes(loss: Loss) -> Notes:
    """The notes on this loss, kept as long as the loss itself (a method: as long as its object)."""
    owner, name = getattr(loss, "__self__", loss), getattr(loss, "__name__", "")
    try:
        return _NOTES.setdefault(owner, {}).setdefault(name, Notes())
    except TypeError:  # an object that has no hash or can't be watched: nothing is kept
        return Notes()


def each_task(loss: Loss) -> Callable[..., Float[Tensor, "num_tasks"]]:
    """The function (params, x, y) ↦ L(params[t]; x[t], y[t]) for every task t.

    All three are stacked on axis 0. Random losses (dropout) draw anew for each task. The first time
    that a loss can't be mapped, one warning says why.
    Errors: ValueError for a loss that is no single number; whatever the loss itself raises.
    """
    known, loss = notes(loss), one_number(loss)

    def losses(params: Params, *data: Tensor) -> Tensor:
        values = _run(loss, known, params, data)
        first_look(loss, known.seen, lambda p: _run(loss, known, p, data), params, data, values)
        return values

    return losses


def _run(loss: Loss, known: Notes, params: Params, data: tuple[Tensor, ...]) -> Tensor:
    if not known.loop:
        try:
            return vmap(loss, randomness="different")(params, *data)
        except Exception as error:
            refusal = error
        answer = one_by_one(loss, params, *data)  # raises what is wrong with the loss itself
        known.loop = reason(refusal)
        warnings.warn(f"The tasks go one by one, which is slower: {known.loop}.", stacklevel=3)
        return answer
    return one_by_one(loss, params, *data)


def one_by_one(loss: Loss, params: Params, *data: Tensor) -> Float[Tensor, "num_tasks"]:
    """The same by a plain loop over the tasks."""
    each = zip(*(a.unbind() for a in (*params.values(), *data)), strict=True)
    parts = [(task[: len(params)], task[len(params) :]) for task in each]
    return torch.stack([loss(dict(zip(params, own, strict=True)), *xy) for own, xy in parts])


REASONS = {
    "Batching rule not implemented for": "PyTorch has no rule for running {op} on all at once",
    "data-dependent control flow": "the loss has an `if` or a loop that asks for a tensor's value",
    ".item()": "the loss asks for a tensor's value, as `.item()` and `float()` do",
    "atch norm got a batched": "batch norm updates its running statistics",
    "differently shaped": "in the loss a size depends on values (cross-entropy with class "
    "weights and label smoothing does that)",
    "dynamic shape": "in the loss a size depends on a tensor's values, as with `x[mask]`",
    "nplace": "the loss changes a tensor of its own in place",
}


def reason(error: Exception) -> str:
    """Why `vmap` refused, in a few words; PyTorch's own first line where the cause is new to us."""
    text = str(error)
    op = re.search(r"aten::\w+", text)
    for sign, words in REASONS.items():
        if sign in text:
            return words.format(op=op[0] if op else "a step of this loss")
    return (text.strip().splitlines() or [type(error).__name__])[0].strip().rstrip(".")
