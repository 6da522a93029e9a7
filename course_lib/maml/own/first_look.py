"""A first look at a reader's loss: two mistakes that raise no error and give a wrong answer
(notebooks 04 and 05).

Both show in the loss's values alone, so the look works inside `grad` and `vmap` too.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.ground.types import Loss, Params
from course_lib.maml.own.own_loss import STACKED, concrete

NUDGES = (0.1, 1.0, -3.0)


def first_look(
    loss: Loss,
    seen: set,
    each: Callable[[Params], Tensor],
    copies: Params,
    data: tuple[Tensor, ...],
    values: Tensor,
) -> None:
    """Raise a ValueError for a loss that ignores θ, and for data without a task axis.

    `each(copies)` gives one loss per task, and `values` are those at the copies of θ at hand. What
    has been looked at is kept in `seen`: a loss is looked at once for each kind of data.
    """
    kind = tuple(a.dim() for a in data)
    if kind in seen or not all(map(concrete, (values, *copies.values()))):
        return
    cuda = {a.device for a in (values, *data) if a.device.type == "cuda"}
    with torch.random.fork_rng(devices=list(cuda)), torch.no_grad():
        if not any(_moves(each, copies, values, nudge) for nudge in NUDGES):
            raise ValueError(
                "The loss is the same whatever θ is: it does not use `params`. A module called as "
                "module(x) uses its own weights; write "
                "torch.func.functional_call(module, params, (x,)) instead."
            )
        if max(kind) <= 2 and kind[0] == 2 and len(values) > 1:
            _check_axis(loss, copies, data, values)
    seen.add(kind)


def _moves(each, copies: Params, values: Tensor, nudge: float) -> bool:
    """Whether the losses change when every number in θ moves a little (or more)."""

    moved = {name: p + nudge * ripple(p[0]) for name, p in copies.items()}
    return not torch.equal(each(moved), values)


def ripple(p: Tensor) -> Tensor:
    """Numbers of p's shape and type, none of them zero."""
    return torch.cos(torch.arange(p.numel(), device=p.device)).to(p.dtype).view_as(p)


def _check_axis(loss: Loss, copies: Params, data: tuple[Tensor, ...], values: Tensor) -> None:
    """Is each "task" one example of one and the same task? Then all of them make one mean."""
    theta = {name: p[0] for name, p in copies.items()}
    try:
        whole = loss(theta, *data)
    except Exception:  # it can't take them together, so they are tasks
        return
    if torch.allclose(whole, values.mean(), rtol=1e-5, atol=0):
        raise ValueError(
            f"Axis 0 seems to hold the examples of one task, not the tasks: {STACKED}. Add the "
            "task axis with x[None]; where each task is one example, keep it as [tasks, 1, …]."
        )
