"""iMAML: the meta-gradient at the end of an inner loop, whatever way led there (notebook 11).

    φ*(θ) = argmin_φ L(φ; support) + λ/2 ‖φ − θ‖²        ridge toward θ, as in notebook 03
    dL(φ*; query)/dθ = (I + H/λ)⁻¹ ∇L(φ*; query)         H: Hessian of L(·; support) at φ*

Nothing of the way is kept. The linear system is solved by conjugate gradients, which asks for
products Hv alone.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, jvp, vmap

from course_lib.ground.types import Loss, Pair, Params


def dot(a: Params, b: Params) -> Tensor:
    """Σ over all entries of a ⊙ b."""
    return sum((a[name] * b[name]).sum() for name in a)


def along(a: Params, b: Params, t: Tensor | float) -> Params:
    """a + t·b."""
    return {name: a[name] + t * b[name] for name in a}


def conjugate_gradients(
    product: Callable[[Params], Params], right: Params, *, steps: int, small: float = 0.0
) -> Params:
    """x with Ax ≈ `right`, for a symmetric positive A given by v ↦ Av.

    Exact after as many steps as A has different eigenvalues, up to rounding. Where the squared
    residual is at most `small` nothing moves any more (no `if`, so that `vmap` can map it).
    """
    x = {name: torch.zeros_like(p) for name, p in right.items()}
    rest = way = right
    size = dot(rest, rest)
    for _ in range(steps):
        pushed = product(way)
        t = _share(size, dot(way, pushed), size > small)
        x, rest = along(x, way, t), along(rest, pushed, -t)
        size, before = dot(rest, rest), size
        way = along(rest, way, _share(size, before, before > small))
    return x


def _share(a: Tensor, b: Tensor, goes_on: Tensor) -> Tensor:
    """a / b where it goes on, else 0."""
    return torch.where(goes_on, a / torch.where(goes_on, b, 1.0), 0.0)


def hessian_product(loss: Loss, params: Params, data: Pair, v: Params) -> Params:
    """Hv with the Hessian of `loss` at `params`: the derivative of ∇L along v."""
    return jvp(lambda p: grad(loss)(p, *data), (params,), (v,))[1]


def pulled(loss: Loss, theta: Params, strength: float) -> Loss:
    """L + λ/2 ‖φ − θ‖²."""

    def objective(params: Params, x: Tensor, y: Tensor) -> Tensor:
        away = along(params, theta, -1)
        return loss(params, x, y) + strength / 2 * dot(away, away)

    return objective


def settle(
    loss: Loss, theta: Params, support: Pair, *, strength: float, lr: float, steps: int
) -> Params:
    """φ after `steps` plain gradient steps on the pulled loss, from θ; no history is kept."""
    slope = grad(pulled(loss, theta, strength))
    params = theta
    for _ in range(steps):
        grads = slope(params, *support)
        params = {name: (p - lr * grads[name]).detach() for name, p in params.items()}
    return params


def implicit_grad(
    loss: Loss, settled: Params, support: Pair, query: Pair, *, strength: float, steps: int
) -> Params:
    """(I + H/λ)⁻¹ ∇L(φ; query) at `settled` φ by `steps` of conjugate gradients.

    Source: Rajeswaran, Finn, Kakade & Levine 2019, eq. 6 and Algorithm 2 (unchecked).
    Errors: ValueError unless λ > 0.
    """
    if not strength > 0:
        raise ValueError(f"The strength λ is {strength}: without a pull toward θ it is forgotten.")

    def product(v: Params) -> Params:
        return along(v, hessian_product(loss, settled, support, v), 1 / strength)

    return conjugate_gradients(product, grad(loss)(settled, *query), steps=steps)


def implicit_meta_grad(
    loss: Loss, theta: Params, tasks: tuple[Pair, Pair], *, strength: float, lr: float,
    steps: int, products: int,
) -> tuple[Tensor, Params]:  # fmt: skip
    """(meta-loss, mean over tasks of `implicit_grad`), each task settled by `steps` steps of lr."""
    theta = {name: p.detach() for name, p in theta.items()}

    def one(support: Pair, query: Pair) -> tuple[Tensor, Params]:
        settled = settle(loss, theta, support, strength=strength, lr=lr, steps=steps)
        grads = implicit_grad(loss, settled, support, query, strength=strength, steps=products)
        return loss(settled, *query), grads

    values, grads = vmap(one)(*tasks)
    return values.mean(), {name: g.mean(0) for name, g in grads.items()}
