"""What a student's function costs: how often it calls the loss, and the largest tensor it makes.

Both are counted where the function runs, so that a message can name what is too dear. Whoever
grades strangers can't rely on such counts: `at_scale` asks for a value that a dear way can't give.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from course_lib.checks.calling import Elsewhere, call
from course_lib.checks.exercise import Slip
from course_lib.checks.values import same


class Largest(TorchDispatchMode):
    """Notes the numbers in the largest tensor that is made while it is on.

    It sees what torch really computes: below `grad`, `vmap` and `jacrev`.
    """

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        sizes = [part.numel() for part in tree_leaves(made) if isinstance(part, torch.Tensor)]
        self.numbers = max(self.numbers, *sizes, 0) if sizes else self.numbers
        return made


def cost(answer: Callable, loss: Callable, *args: Any) -> tuple[int, int]:
    """How often `answer(loss, *args)` calls its loss, and the size of its largest tensor."""
    if isinstance(answer, Elsewhere):
        return answer.cost(loss, args)
    calls = 0

    def counted(*inside: Any) -> Any:
        nonlocal calls
        calls += 1
        return loss(*inside)

    with Largest() as largest:
        call(answer, (counted, *args))
    return calls, largest.numbers


def at_scale(answer: Callable, reference: Callable, *args: Any) -> None:
    """A `Slip` unless both give the same for arguments so large that only a cheap way ends.

    With 300,000 weights a matrix would take 360 GB, and its columns one by one many minutes. The
    limits of memory and time are the judge's own.
    """
    if not same(call(answer, args), reference(*args)):
        says = "Your values are right for few weights, but not for very many. Does a size decide?"
        raise Slip("another value than expected", says)


class Picking(TorchFunctionMode):
    """Notes whether a NaN took part where the largest or smallest of several is picked."""

    NAMES = ("argmax", "argmin", "max", "min", "topk", "sort", "argsort")
    decided = False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        """The function's own value."""
        if getattr(function, "__name__", "") in self.NAMES and args:
            score = args[0]
            if isinstance(score, torch.Tensor) and score.is_floating_point():
                self.decided |= bool(score.isnan().any())
        return function(*args, **(kwargs or {}))


def picked(answer: Callable, *args: Any) -> tuple[Any, bool]:
    """What `answer(*args)` gives, and whether a NaN decided it."""
    if isinstance(answer, Elsewhere):
        return answer.picked(args)
    with Picking() as watching:
        value = call(answer, args)
    return value, watching.decided
