"""What a changed third derivative of the support loss does to a meta-gradient and its Hessian."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, jacrev

from course_lib.maml.multistep import (
    FlatLoss,
    autograd_meta_gradient,
    hessian,
    hessian_product,
    inner_iterates,
    jacobian_path,
)
from course_lib.maml.third_derivative import third_order_bump


def meta_hessian(
    support_loss: FlatLoss,
    query_loss: FlatLoss,
    theta: Float[Tensor, "n"],
    *,
    lr: float,
    steps: int,
) -> Float[Tensor, "n n"]:
    """The Hessian in θ of L_query(φ_K(θ)), by autograd. Here third derivatives of L do enter."""

    def objective(phi: Tensor) -> Tensor:
        for _ in range(steps):
            phi = phi - lr * grad(support_loss)(phi)
        return query_loss(phi)

    return jacrev(grad(objective))(theta)


class ThirdDerivative(NamedTuple):
    """What the bump moved. All but the last two are absolute shifts, largest entry."""

    path: float  # the iterates φₖ
    gradient: float  # ∇L(φₖ), over all k < K
    hessian: float  # Hₖ, over all k < K
    third: float  # the third derivative along u, over all k < K
    meta_gradient: float
    meta_hessian: float
    meta_gradient_size: float  # largest entries, to judge the shifts by
    prediction_error: float  # |meta-Hessian's shift − the formula's|, relative to the shift


def third_derivative_experiment(
    support_loss: FlatLoss,
    query_loss: FlatLoss,
    theta: Float[Tensor, "n"],
    *,
    lr: float,
    steps: int,
    strength: float = 1.0,
) -> ThirdDerivative:
    """Shifts caused by adding `strength` × `third_order_bump` to the support loss; use float64.

    u points from θ to φ_K. Both meta-gradients come from autograd through the whole loop, which
    would find a third derivative if there were one to find. The Hessian of the meta-objective
    must move by −α·strength·Σₖ (u·wₖ₊₁) (Jₖᵀu)(Jₖᵀu)ᵀ, where w_K = ∇L_query(φ_K) and
    wₖ = (I − αHₖ)wₖ₊₁; that is compared too.
    Errors: ValueError for steps < 1 (no step, no Hessian), or lr = 0.
    """
    if steps < 1 or lr <= 0:
        raise ValueError("The experiment needs at least one inner step and a step size above 0.")
    inner = {"lr": lr, "steps": steps}
    path = inner_iterates(support_loss, theta, **inner)
    u = (path[-1] - path[0]) / (path[-1] - path[0]).norm()
    bump = third_order_bump(path[:-1], u)

    def bent(phi: Tensor) -> Tensor:
        return support_loss(phi) + strength * bump(phi)

    def third(loss: FlatLoss, phi: Tensor) -> Tensor:
        along_u = grad(lambda p: u @ hessian_product(loss, p, u))
        return along_u(phi) @ u

    def shift(quantity) -> float:
        both = [torch.stack([quantity(f, phi) for phi in path[:-1]]) for f in (support_loss, bent)]
        return (both[1] - both[0]).abs().max().item()

    meta = [autograd_meta_gradient(f, query_loss, theta, **inner) for f in (support_loss, bent)]
    curved = [meta_hessian(f, query_loss, theta, **inner) for f in (support_loss, bent)]
    moved = curved[1] - curved[0]
    predicted = torch.zeros_like(moved)
    jacobians, w = jacobian_path(support_loss, theta, **inner), grad(query_loss)(path[-1])
    for k in reversed(range(steps)):
        side = jacobians[k].T @ u
        predicted -= lr * strength * (u @ w) * torch.outer(side, side)
        w = w - lr * hessian_product(support_loss, path[k], w)
    return ThirdDerivative(
        path=(inner_iterates(bent, theta, **inner) - path).abs().max().item(),
        gradient=shift(lambda f, phi: grad(f)(phi)),
        hessian=shift(hessian),
        third=shift(third),
        meta_gradient=(meta[1] - meta[0]).abs().max().item(),
        meta_hessian=moved.abs().max().item(),
        meta_gradient_size=meta[0].abs().max().item(),
        prediction_error=((moved - predicted).abs().max() / moved.abs().max()).item(),
    )
