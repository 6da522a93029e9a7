"""What a student's function costs: how often it calls the loss, and the largest tensor it makes."""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from course_lib.checks.calling import call


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
    calls = 0

    def counted(*inside: Any) -> Any:
        nonlocal calls
        calls += 1
        return loss(*inside)

    with Largest() as largest:
        call(answer, (counted, *args))
    return calls, largest.numbers
