"""Many meta-trainings at once: their θ are stacked on axis 0, and no gradient leaves its own
(notebook 11).

A small net is so quick that a step is mostly overhead. Twelve trainings in one step cost little
more than one. What each of them gets is what `engine.meta_grad` or `reptile_grad` gives it alone.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.own.over_tasks import each_task


def stack(thetas: Sequence[Params]) -> Params:
    """[runs, …] of each tensor."""
    return {name: torch.stack([theta[name] for theta in thetas]) for name in thetas[0]}


def unstack(theta: Params) -> list[Params]:
    """One θ for each run."""
    runs = len(next(iter(theta.values())))
    return [{name: p[r] for name, p in theta.items()} for r in range(runs)]


def copies(theta: Params, num_tasks: int) -> Params:
    """Each run's θ once for each of its tasks: [runs · num_tasks, …]."""
    return {name: p.repeat_interleave(num_tasks, 0) for name, p in theta.items()}


def meta_grads(
    loss: Loss, theta: Params, support: Pair, query: Pair, *, lr: float, steps: int,
    free: Sequence[str],
) -> tuple[Float[Tensor, ""], Params]:  # fmt: skip
    """(mean meta-loss, each run's own meta-gradient); only the tensors `free` adapt.

    Data are [runs · tasks, points, …], a run's tasks side by side.
    """
    losses, runs = each_task(loss), len(next(iter(theta.values())))
    num_tasks = len(support[0]) // runs
    theta = {name: p.detach().requires_grad_() for name, p in theta.items()}
    phi = copies(theta, num_tasks)
    for _ in range(steps):
        grads = torch.autograd.grad(
            losses(phi, *support).sum(), [phi[name] for name in free], create_graph=True
        )
        moved = {name: phi[name] - lr * g for name, g in zip(free, grads, strict=True)}
        phi = {**phi, **moved}
    total = losses(phi, *query).sum() / num_tasks
    grads = torch.autograd.grad(total, list(theta.values()))
    return total.detach() / runs, dict(zip(theta, grads, strict=True))


def reptile_grads(
    loss: Loss, theta: Params, batches: Sequence[Pair], *, lr: float
) -> tuple[Float[Tensor, ""], Params]:
    """(mean loss at θ, each run's own (θ − φ_k)/α), as `reptile.reptile_grad`."""
    losses, runs = each_task(loss), len(next(iter(theta.values())))
    num_tasks, first = len(batches[0][0]) // runs, None
    phi = {name: p.detach() for name, p in copies(theta, num_tasks).items()}
    for batch in batches:
        phi = {name: p.detach().requires_grad_() for name, p in phi.items()}
        value = losses(phi, *batch).sum()
        first = value.detach() / (runs * num_tasks) if first is None else first
        grads = torch.autograd.grad(value, list(phi.values()))
        phi = {name: p.detach() - lr * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    ends = {name: p.unflatten(0, (runs, num_tasks)).mean(1) for name, p in phi.items()}
    return first, {name: (p.detach() - ends[name]) / lr for name, p in theta.items()}
