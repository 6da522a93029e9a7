"""Meta-SGD and ANIL: θ also holds a step size for each weight, or lets only the head move
(notebook 11).

    φ = θ − α ⊙ ∇L(θ; support)        ⊙: entry by entry; α has the shape of θ

The start and all step sizes are learned from one meta-loss. A step size of 0 freezes a weight:
ANIL is this with 0 in the body and one α in the head.
"""

import torch
from torch import Tensor

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml import engine

OWN = "lr."  # before the name of a weight: the step sizes of its entries


def with_rates(theta: Params, alpha: float) -> Params:
    """θ and beside each tensor "w" its step sizes "lr.w", all of them α at first."""
    rates = {OWN + name: torch.full_like(p, alpha) for name, p in theta.items()}
    return {**theta, **rates}


def parted(both: Params) -> tuple[Params, Params]:
    """(θ, its step sizes by the weight's name)."""
    theta = {name: p for name, p in both.items() if not name.startswith(OWN)}
    return theta, {name: both[OWN + name] for name in theta}


def meta_sgd_grad(
    loss: Loss, both: Params, tasks: tuple[Pair, Pair], *, steps: int = 1
) -> tuple[Tensor, Params]:
    """(meta-loss, its gradient in θ and in every step size), as `training.train` takes it.

    Source: Li, Zhou, Chen & Li 2017, Meta-SGD, eq. for one step (unchecked); `steps` repeats it.
    """
    theta, rates = parted(both)
    rates = {name: rate.detach().requires_grad_() for name, rate in rates.items()}
    return engine.meta_grad(loss, theta, tasks, lr=rates, steps=steps)


def head_only(theta: Params, alpha: float, head: tuple[str, ...]) -> dict[str, float]:
    """ANIL's step sizes: α for the tensors named in `head`, 0 for the others.

    Source: Raghu, Raghu, Bengio & Vinyals 2020 (unchecked). Errors: ValueError for an unknown name.
    """
    unknown = [name for name in head if name not in theta]
    if unknown:
        raise ValueError(f"θ has no {', '.join(unknown)}: its tensors are {', '.join(theta)}.")
    return {name: alpha if name in head else 0.0 for name in theta}
