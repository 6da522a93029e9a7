"""The meta-gradient of K inner steps, taken apart: Jacobians, their product, and how it goes wrong
(notebook 05).

Here the parameters are one flat vector, and a loss is a function of that vector alone, so that a
Hessian is a matrix and a Jacobian a matrix product. `flat_task` turns a task of `course_lib.maml`
into this form. For training use `engine`; this file is for looking inside.

    φ₀ = θ,   φₖ₊₁ = φₖ − α ∇L(φₖ),   Hₖ = ∇²L(φₖ)          L: support loss
    J₀ = I,   Jₖ₊₁ = (I − αHₖ) Jₖ                            Jₖ = ∂φₖ/∂θ
    meta-gradient = J_Kᵀ ∇L_query(φ_K) = (I − αH₀)⋯(I − αH_{K−1}) ∇L_query(φ_K)
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, jacrev

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.inner import check_inner
from course_lib.maml.own.flat import flat
from course_lib.maml.own.own_loss import check_support, check_theta, one_number

FlatLoss = Callable[[Tensor], Tensor]  # φ, one vector of n numbers -> scalar

VARIANTS = (
    "exact",
    "first-order",
    "first-jacobian-only",
    "last-jacobian-only",
    "reversed",
    "dropped-products",
    "finite-differences",
)


class FlatTask(NamedTuple):
    """One task as two losses of a flat vector, and the start θ."""

    support_loss: FlatLoss
    query_loss: FlatLoss
    theta: Float[Tensor, "n"]
    unflatten: Callable[[Tensor], Params]


def flat_task(loss: Loss, params: Params, support: Pair, query: Pair) -> FlatTask:
    """The same task with all parameters in one vector θ, in the order of the dict `params`."""
    check_theta(params)
    for pair in (support, query):
        check_support(pair)
    loss, sizes = one_number(loss), [p.numel() for p in params.values()]

    def unflatten(vector: Tensor) -> Params:
        parts = zip(params.items(), vector.split(sizes), strict=True)
        return {name: part.reshape(p.shape) for (name, p), part in parts}

    return FlatTask(
        lambda phi: loss(unflatten(phi), *support),
        lambda phi: loss(unflatten(phi), *query),
        torch.cat([p.detach().reshape(-1) for p in params.values()]),
        unflatten,
    )


@flat
def inner_iterates(
    support_loss: FlatLoss, theta: Float[Tensor, "n"], *, lr: float, steps: int
) -> Float[Tensor, "path n"]:
    """The iterates φ₀ = θ, …, φ_K, one per row (K + 1 rows), attached to no graph."""
    check_inner(lr, steps)
    path = theta.new_empty(steps + 1, len(theta))
    path[0] = theta.detach()
    for k in range(steps):
        path[k + 1] = path[k] - lr * grad(support_loss)(path[k])
    return path


@flat
def hessian(loss: FlatLoss, phi: Float[Tensor, "n"]) -> Float[Tensor, "n n"]:
    """∇²L(φ), the whole matrix: n rows, each about the price of one Hessian-vector product."""
    return jacrev(grad(loss))(phi)


@flat
def hessian_product(
    loss: FlatLoss, phi: Float[Tensor, "n"], v: Float[Tensor, "n"]
) -> Float[Tensor, "n"]:
    """∇²L(φ) v without the matrix: the gradient of the number ∇L(φ)·v, with v held fixed.

    Costs a few gradients in time and about one more set of activations in memory, whatever n is.
    Pearlmutter 1994 differentiates ∇L forward along v instead: the same product, another algorithm.
    """
    return grad(lambda p: grad(loss)(p) @ v)(phi)


@flat
def inner_jacobians(
    support_loss: FlatLoss, theta: Float[Tensor, "n"], *, lr: float, steps: int
) -> Float[Tensor, "steps n n"]:
    """The Jacobian of each single step, ∂φₖ₊₁/∂φₖ = I − αHₖ, for k = 0, …, K − 1."""
    eye = torch.eye(len(theta), dtype=theta.dtype, device=theta.device)
    path = inner_iterates(support_loss, theta, lr=lr, steps=steps)
    factors = [eye - lr * hessian(support_loss, phi) for phi in path[:-1]]
    return torch.stack(factors) if factors else theta.new_empty(0, len(theta), len(theta))


@flat
def jacobian_path(
    support_loss: FlatLoss, theta: Float[Tensor, "n"], *, lr: float, steps: int
) -> Float[Tensor, "path n n"]:
    """J₀ = I, J₁, …, J_K with Jₖ₊₁ = (I − αHₖ) Jₖ: how each iterate moves when θ does."""
    path = [torch.eye(len(theta), dtype=theta.dtype, device=theta.device)]
    for factor in inner_jacobians(support_loss, theta, lr=lr, steps=steps):
        path.append(factor @ path[-1])  # the newest step stands on the left
    return torch.stack(path)


@flat
def meta_gradient(
    support_loss: FlatLoss,
    query_loss: FlatLoss,
    theta: Float[Tensor, "n"],
    *,
    lr: float,
    steps: int,
    variant: str = "exact",
    h: float = 1e-5,
) -> Float[Tensor, "n"]:
    """The gradient in θ of L_query(φ_K(θ)), exactly or by one of six other recipes.

    "exact"               v ← ∇L_query(φ_K); for k = K−1, …, 0: v ← v − αHₖv.  Keeps the K + 1
                          iterates and one graph at a time; each step costs one Hessian product.
    "first-order"         ∇L_query(φ_K): every Hessian dropped (FOMAML).
    "first-jacobian-only" (I − αH₀) ∇L_query(φ_K): right for K = 1, wrong beyond.
    "last-jacobian-only"  (I − αH_{K−1}) ∇L_query(φ_K): the path cut off before its last step.
    "reversed"            the factors in the wrong order, which is J_K in the place of J_Kᵀ.
    "dropped-products"    (I − αΣₖHₖ) ∇L_query(φ_K): without α²H₀H₁ and its kind.
    "finite-differences"  (f(θ + h eᵢ) − f(θ − h eᵢ)) / 2h for each i, f = L_query(φ_K(·)).
    Errors: ValueError for an unknown variant, lr < 0 or steps < 0.
    """
    path = inner_iterates(support_loss, theta, lr=lr, steps=steps)
    v = g = grad(query_loss)(path[-1])

    def back(k: int, v: Tensor) -> Tensor:
        return v - lr * hessian_product(support_loss, path[k], v)

    match variant:
        case "exact":
            for k in reversed(range(steps)):
                v = back(k, v)
        case "first-order":
            pass
        case "first-jacobian-only":
            v = back(0, v) if steps else v
        case "last-jacobian-only":
            v = back(steps - 1, v) if steps else v
        case "reversed":
            for k in range(steps):
                v = back(k, v)
        case "dropped-products":
            v = g + sum(back(k, g) - g for k in range(steps))
        case "finite-differences":
            return _finite_differences(
                lambda p: query_loss(inner_iterates(support_loss, p, lr=lr, steps=steps)[-1]),
                theta,
                h,
            )
        case _:
            raise ValueError(f"No variant {variant!r}: choose one of {', '.join(VARIANTS)}.")
    return v


def _finite_differences(f: FlatLoss, theta: Tensor, h: float) -> Tensor:
    bumps = h * torch.eye(len(theta), dtype=theta.dtype, device=theta.device)
    return torch.stack([(f(theta + b) - f(theta - b)) / (2 * h) for b in bumps])


@flat
def autograd_meta_gradient(
    support_loss: FlatLoss,
    query_loss: FlatLoss,
    theta: Float[Tensor, "n"],
    *,
    lr: float,
    steps: int,
    create_graph: bool = True,
) -> Float[Tensor, "n"]:
    """The meta-gradient by differentiating the loop itself, as PyTorch code usually does.

    Keeps the graph of all K steps, so its memory grows with K. `create_graph=False` is the
    classic slip: each inner gradient enters as a constant, nothing complains, and what comes out
    is "first-order".
    """
    check_inner(lr, steps)
    theta = theta.detach().requires_grad_()
    phi = theta
    for _ in range(steps):
        (g,) = torch.autograd.grad(support_loss(phi), phi, create_graph=create_graph)
        phi = phi - lr * g
    return torch.autograd.grad(query_loss(phi), theta)[0]


class Error(NamedTuple):
    """How far one gradient is from another: the angle between them, and the ratio of lengths."""

    degrees: float
    length: float


def compare(approximate: Float[Tensor, "n"], exact: Float[Tensor, "n"]) -> Error:
    """Angle in degrees and length ratio |approximate| / |exact|. (0, 1) means equal.

    The angle is 2·atan2(|a − b|, |a + b|) of the unit vectors: accurate for tiny angles, where
    arccos is not. Errors: ValueError where a vector is zero and has no direction.
    """
    lengths = approximate.norm().item(), exact.norm().item()
    if min(lengths) == 0:
        raise ValueError("One of the two gradients is zero, so there is no angle between them.")
    a, b = approximate / lengths[0], exact / lengths[1]
    angle = 2 * math.atan2((a - b).norm().item(), (a + b).norm().item())
    return Error(math.degrees(angle), lengths[0] / lengths[1])
