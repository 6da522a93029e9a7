"""MAML, from the inner loop to the meta-gradient, in one page.

Everything here is a pure function of `params: dict[str, Tensor]`. A *loss* is any callable
`loss(params, x, y) -> scalar`; one task is `(support, query)`, each an `(x, y)` pair, and a batch
of tasks is the same thing stacked on axis 0. The same inner loop trains, evaluates, draws the
widgets and checks the exercises.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, vmap

Params = dict[str, Tensor]
Loss = Callable[[Params, Tensor, Tensor], Tensor]
Pair = tuple[Tensor, Tensor]  # inputs x, targets y


def check_inner(lr: float, steps: int) -> None:
    """Raise a ValueError, in plain words, for a step size or a step count that cannot be meant."""
    if lr < 0:
        raise ValueError(f"The inner step size α is {lr}: choose α ≥ 0 (a negative α climbs).")
    if steps < 0:
        raise ValueError(f"The number of inner steps is {steps}: choose 0 or more.")


def inner_path(
    loss: Loss, params: Params, support: Pair, *, lr: float, steps: int, first_order: bool = False
) -> Iterator[Params]:
    """The inner loop's iterates φ₀ = θ, φ₁, …, φ_K with φₖ₊₁ = φₖ − α ∇L(φₖ; support).

    Yields K + 1 parameter dicts with the shapes of `params`. They stay attached to `params`, so
    a gradient of anything computed from φ_K flows through every step. `first_order=True` treats
    each ∇L as a constant: the curvature drops out, the iterates keep their values.
    Errors: ValueError for lr < 0 or steps < 0.
    Source: Finn, Abbeel & Levine 2017, Algorithm 1, line 6, repeated K times.
    """
    check_inner(lr, steps)
    yield params
    for _ in range(steps):
        grads = grad(loss)(params, *support)
        if first_order:
            grads = {name: g.detach() for name, g in grads.items()}
        params = {name: p - lr * grads[name] for name, p in params.items()}
        yield params


def adapt(loss: Loss, params: Params, support: Pair, **inner) -> Params:
    """The adapted parameters φ_K = A_θ(support): the last element of `inner_path`."""
    *_, adapted = inner_path(loss, params, support, **inner)
    return adapted


def meta_loss(loss: Loss, params: Params, tasks: tuple[Pair, Pair], **inner) -> Float[Tensor, ""]:
    """Mean over tasks of L(φ_K; query), the quantity that MAML's outer loop minimises.

    `tasks = (support, query)`, stacked on axis 0; `inner` is `lr`, `steps`, `first_order`.
    Source: Finn et al. 2017, eq. 1. The paper sums over tasks; we average, so β does not depend
    on the size of the meta-batch.
    """

    def query_loss(support: Pair, query: Pair) -> Tensor:
        return loss(adapt(loss, params, support, **inner), *query)

    return vmap(query_loss)(*tasks).mean()


def query_curve(
    loss: Loss, params: Params, tasks: tuple[Pair, Pair], *, lr: float, steps: int
) -> Float[Tensor, "num_tasks path"]:
    """Query loss L(φₖ; query) of each task after k = 0, 1, …, K inner steps.

    Row = task, column = k: K + 1 columns. Nothing is averaged: a confidence interval needs the
    spread over tasks.
    """

    def losses(support: Pair, query: Pair) -> Tensor:
        path = inner_path(loss, params, support, lr=lr, steps=steps)
        return torch.stack([loss(phi, *query) for phi in path])

    return vmap(losses)(*tasks)
