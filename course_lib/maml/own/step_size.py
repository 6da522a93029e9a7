"""The inner step size α and the number of inner steps: what they may be, said in words
(notebooks 04 and 05).

α is one number ≥ 0, or a dict that gives each of θ's tensors its own: a number, or a tensor of
that tensor's shape (Meta-SGD). A tensor may require a gradient: then α can be learned, and may
become negative on the way.
"""

import math
import operator
from collections.abc import Sequence
from numbers import Real

import torch
from torch import Tensor, nn

from course_lib.ground.types import Params

StepSize = Real | Tensor | dict[str, Real | Tensor]


def check_inner(lr, steps) -> None:
    """Raise a ValueError, in plain words, for a step size or a step count that cannot be meant."""
    rates = lr if isinstance(lr, dict) else {"": lr}
    for name, rate in rates.items():
        _check_rate(rate, f" of {name!r}" if name else "", whole=not isinstance(lr, dict))
    try:
        whole = operator.index(None if isinstance(steps, bool) else steps)
    except TypeError:
        raise ValueError(
            f"The number of inner steps is {steps!r}: choose a whole number, as in steps=5."
        ) from None
    if whole < 0:
        raise ValueError(f"The number of inner steps is {steps}: choose 0 or more.")


def check_rates(lr: StepSize, theta: Params) -> None:
    """Raise a ValueError where a step size can't be multiplied with its tensor's gradient."""
    for name, p in theta.items():
        rate = rate_of(lr, name)
        if not isinstance(rate, Tensor):
            continue
        if _broadcast(rate.shape, p.shape) != p.shape:
            raise ValueError(
                f"The step size α of {name!r} has the shape {list(rate.shape)}, but θ[{name!r}] "
                f"has {list(p.shape)}: give one number, or a number for each of its entries."
            )
        if rate.dim() and torch.promote_types(rate.dtype, p.dtype) != p.dtype:
            raise ValueError(
                f"The step size α of {name!r} is {rate.dtype}, but θ[{name!r}] is {p.dtype}: bring "
                f"it to that type, with .to({p.dtype})."
            )
        if rate.device != p.device and (rate.dim() or rate.device.type != "cpu"):
            raise ValueError(
                f"The step size α of {name!r} is on {rate.device}, but θ[{name!r}] on {p.device}: "
                f'bring it there, with .to("{p.device}").'
            )


def _broadcast(*shapes: torch.Size) -> torch.Size | None:
    try:
        return torch.broadcast_shapes(*shapes)
    except RuntimeError:
        return None


def rate_of(lr: StepSize, name: str) -> Real | Tensor:
    """α of the parameter `name`: `lr` itself, or its entry where each parameter has its own."""
    if not isinstance(lr, dict):
        return lr
    if name not in lr:
        known = ", ".join(map(repr, lr)) or "nothing"
        raise ValueError(f"There is no step size α for {name!r}: the dict names {known}.")
    return lr[name]


def learned(lr: StepSize) -> dict[str, Tensor]:
    """The step sizes that require a gradient: {"lr": α}, or {"lr.w": α of w, …}."""
    rates = (
        {f"lr.{name}": rate for name, rate in lr.items()} if isinstance(lr, dict) else {"lr": lr}
    )
    return {n: rate for n, rate in rates.items() if isinstance(rate, Tensor) and rate.requires_grad}


def split(lr: StepSize) -> tuple[object, list[Tensor]]:
    """(α with its tensors taken out, those tensors): the first can be hashed."""
    rates = lr if isinstance(lr, dict) else {None: lr}
    spec = tuple((n, None if isinstance(rate, Tensor) else rate) for n, rate in rates.items())
    return spec, [rate for rate in rates.values() if isinstance(rate, Tensor)]


def joined(spec, tensors: Sequence[Tensor]) -> StepSize:
    """α again, from what `split` gave."""
    left = iter(tensors)
    rates = {name: next(left) if rate is None else rate for name, rate in spec}
    return rates.get(None, rates)


def _check_rate(rate, whose: str, *, whole: bool) -> None:
    what = f"The inner step size α{whose}"
    if isinstance(rate, Tensor):
        if rate.is_complex() or (whole and rate.dim()):
            raise ValueError(
                f"{what} is a tensor of shape {list(rate.shape)}, {rate.dtype}: give one real "
                "number, or a dict with a step size for each name in θ."
            )
        if _has_no_values(rate):
            return
        low, high = (rate.min().item(), rate.max().item()) if rate.numel() else (0.0, 0.0)
        if rate.requires_grad and math.isfinite(low):
            low = 0.0  # a learned step size may find that climbing helps
    elif isinstance(rate, bool) or not isinstance(rate, Real):
        given = f"a {type(rate).__name__}" if isinstance(rate, nn.Module) else f"{rate!r}"
        raise ValueError(f"{what} is {given}: give a number, as in lr=0.1, or a dict of numbers.")
    else:
        low = high = float(rate)
    if not (math.isfinite(low) and math.isfinite(high)):
        odd = high if math.isfinite(low) else low
        raise ValueError(f"{what} is {odd}: choose a finite α ≥ 0.")
    if low < 0:
        raise ValueError(f"{what} is {low}: choose α ≥ 0 (a negative α climbs).")


def _has_no_values(rate: Tensor) -> bool:
    """Whether `rate` stands for many at once, or for none yet: inside `vmap`, or on "meta"."""
    return rate.is_meta or torch.func.debug_unwrap(rate).dim() != rate.dim()
