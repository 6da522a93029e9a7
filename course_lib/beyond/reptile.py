"""Reptile: learn each task for a few steps, and move θ to where that led (notebook 11).

    θ ← θ + ε (φ_k − θ)        φ_k: after k plain gradient steps on a task, averaged over tasks

No second derivative, and no query set. With k = 1 it is joint training: φ_1 − θ = −α∇L.
"""

import torch
from torch import Tensor

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.inner import together


def displacement(
    loss: Loss, theta: Params, batches: list[Pair], *, lr: float
) -> tuple[Tensor, Params]:
    """(loss of the first batch at θ, the mean over tasks of φ_k − θ).

    `batches[j]` holds the points of inner step j of all tasks, stacked on axis 0: k = their number.
    Source: Nichol, Achiam & Schulman 2018, Algorithm 1 (unchecked).
    """
    theta = {name: p.detach() for name, p in theta.items()}
    num_tasks = len(batches[0][0])
    total, phi = together(loss, theta, num_tasks)
    first = None
    for batch in batches:
        phi = {name: p.detach().requires_grad_() for name, p in phi.items()}
        value = total(phi, *batch)
        first = value.detach() / num_tasks if first is None else first
        grads = torch.autograd.grad(value, list(phi.values()))
        phi = {name: p - lr * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return first, {name: (p.detach() - theta[name]).mean(0) for name, p in phi.items()}


def reptile_grad(
    loss: Loss, theta: Params, batches: list[Pair], *, lr: float
) -> tuple[Tensor, Params]:
    """(loss at θ, (θ − φ_k)/α): what an optimizer takes for a gradient. With k = 1 it is ∇L."""
    value, moved = displacement(loss, theta, batches, lr=lr)
    return value, {name: -p / lr for name, p in moved.items()}


def reptile_step(
    loss: Loss, theta: Params, batches: list[Pair], *, lr: float, epsilon: float
) -> Params:
    """θ + ε (φ_k − θ)."""
    _, moved = displacement(loss, theta, batches, lr=lr)
    return {name: p.detach() + epsilon * moved[name] for name, p in theta.items()}
