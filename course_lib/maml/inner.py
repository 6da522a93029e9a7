"""MAML, from the inner loop to the meta-gradient, in one page (notebooks 04 and 05).

Everything here is a pure function of `params: dict[str, Tensor]`. A *loss* is any callable
`loss(params, x, y) -> scalar`; one task is `(support, query)`, each an `(x, y)` pair, and a batch
of tasks is the same thing stacked on axis 0. The same inner loop trains, evaluates, draws the
widgets and checks the exercises.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.own.careful import careful
from course_lib.maml.own.over_tasks import each_task
from course_lib.maml.own.step_size import StepSize, check_inner, rate_of

__all__ = ["Loss", "Pair", "Params", "adapt", "check_inner", "inner_path", "meta_loss"]
__all__ += ["query_curve"]


@careful
def inner_path(
    loss: Loss,
    params: Params,
    support: Pair,
    *,
    lr: StepSize,
    steps: int,
    first_order: bool = False,
) -> Iterator[Params]:
    """The inner loop's iterates φ₀ = θ, φ₁, …, φ_K with φₖ₊₁ = φₖ − α ∇L(φₖ; support).

    Yields K + 1 parameter dicts with the shapes of `params`. They stay attached to `params`, so
    a gradient of anything computed from φ_K flows through every step. `first_order=True` treats
    each ∇L as a constant: the curvature drops out, the iterates keep their values. `lr` is α: one
    number, or a dict with a number or a tensor for each name; a tensor can be learned.
    Errors: ValueError for α < 0, K < 0, and a loss that is no single number.
    Source: Finn, Abbeel & Levine 2017, Algorithm 1, line 6, repeated K times.
    """
    check_inner(lr, steps)
    yield params
    for _ in range(steps):
        grads = grad(loss)(params, *support)
        if first_order:
            grads = {name: g.detach() for name, g in grads.items()}
        params = {name: p - rate_of(lr, name) * grads[name] for name, p in params.items()}
        yield params


@careful
def adapt(loss: Loss, params: Params, support: Pair, **inner) -> Params:
    """The adapted parameters φ_K = A_θ(support): the last element of `inner_path`."""
    *_, adapted = inner_path(loss, params, support, **inner)
    return adapted


def together(loss: Loss, params: Params, num_tasks: int) -> tuple[Loss, Params]:
    """(the sum of all tasks' losses, a copy of θ for each task): what `adapt` moves all at once.

    Task t's loss depends on copy t alone. So the sum's gradient in copy t is task t's own.
    """
    each = each_task(loss)
    copies = {name: p.expand(num_tasks, *p.shape) for name, p in params.items()}
    return lambda phi, x, y: each(phi, x, y).sum(), copies


@careful
def meta_loss(loss: Loss, params: Params, tasks: tuple[Pair, Pair], **inner) -> Float[Tensor, ""]:
    """Mean over tasks of L(φ_K; query), the quantity that MAML's outer loop minimises.

    `tasks = (support, query)`, stacked on axis 0; `inner` is `lr`, `steps`, `first_order`.
    Source: Finn et al. 2017, eq. 1. The paper sums over tasks; we average, so β does not depend
    on the size of the meta-batch.
    """
    support, query = tasks
    total, copies = together(loss, params, len(support[0]))
    return total(adapt(total, copies, support, **inner), *query) / len(support[0])


@careful
def query_curve(
    loss: Loss, params: Params, tasks: tuple[Pair, Pair], *, lr: StepSize, steps: int
) -> Float[Tensor, "num_tasks path"]:
    """Query loss L(φₖ; query) of each task after k = 0, 1, …, K inner steps.

    Row = task, column = k: K + 1 columns. Nothing is averaged: a confidence interval needs the
    spread over tasks.
    """
    support, query = tasks
    total, copies = together(loss, params, len(support[0]))
    path = inner_path(total, copies, support, lr=lr, steps=steps)
    return torch.stack([each_task(loss)(phi, *query) for phi in path], 1)
