"""Preconditioning: one learned matrix turns and stretches the inner gradient (notebook 11).

    φ = θ − P ∇L_T(θ),    L_T(φ) = ½ (φ − c_T)ᵀ H (φ − c_T)

Where all tasks share their curvature H, P = H⁻¹ solves each of them in one step from anywhere.
Step sizes for each weight are a diagonal P: enough only where H is diagonal.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def after_one_step(
    matrix: Float[Tensor, "n n"], theta: Float[Tensor, "n"], centers: Float[Tensor, "tasks n"],
    hessian: Float[Tensor, "n n"],
) -> Float[Tensor, ""]:  # fmt: skip
    """Mean over tasks of L_T(φ), φ one preconditioned step from θ."""
    phi = theta - (theta - centers) @ hessian @ matrix.T
    away = phi - centers
    return ((away @ hessian) * away).sum(1).mean() / 2


def learned(
    centers: Float[Tensor, "tasks n"], hessian: Float[Tensor, "n n"], *, diagonal: bool,
    iterations: int, beta: float,
) -> tuple[Float[Tensor, "n n"], list[float]]:  # fmt: skip
    """(P after `iterations` plain gradient steps on the meta-loss from P = 0, the losses)."""
    n = len(hessian)
    keep = torch.eye(n, dtype=hessian.dtype) if diagonal else torch.ones_like(hessian)
    matrix = torch.zeros_like(hessian, requires_grad=True)
    theta, losses = torch.zeros(n, dtype=hessian.dtype), []
    for _ in range(iterations):
        value = after_one_step(matrix * keep, theta, centers, hessian)
        (slope,) = torch.autograd.grad(value, [matrix])
        matrix = (matrix - beta * slope * keep).detach().requires_grad_()
        losses.append(value.item())
    return (matrix * keep).detach(), losses


def best_step_size(curvatures: Float[Tensor, " tasks"]) -> Float[Tensor, ""]:
    """The α with the least mean of ½ λ (1 − αλ)² over tasks, whose optima are as far away: Σλ²/Σλ³.

    One task: 1/λ. The meta-loss is a parabola in α.
    """
    return curvatures.square().sum() / curvatures.pow(3).sum()
