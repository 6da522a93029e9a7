"""MAML over two weights: quadratic tasks, and where three ways to move θ end (notebook 04).

    L_t(φ) = ½ (φ − c_t)ᵀ H_t (φ − c_t)        φ_K − c_t = M_t (θ − c_t),   M_t = (I − αH_t)^K

Support and query are the same loss. M_t and H_t commute, so each way moves θ against the mean over
tasks of W_t (θ − c_t), with a matrix of its own as the task's weight:

    exact         W_t = H_t M_t²    M_tᵀ H_t (φ_K − c_t), the gradient of the meta-loss
    first order   W_t = H_t M_t     H_t (φ_K − c_t): as if φ_K moved as θ does
    joint         W_t = H_t         H_t (θ − c_t): no inner step

It ends where that mean is zero: at the mean of the c_t, weighted by the W_t. In the plane n = 2;
nothing below needs that.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.maml.inner import check_inner

WAYS = {"exact": 2, "first order": 1, "joint": 0}  # the power of M_t in W_t
FLAT = 1e-12  # a curvature this much smaller than the largest one is rounding
TURNS = (0.0, 1.0, 0.5)  # the third valley lies between the other two


class Valleys(NamedTuple):
    """Quadratic tasks: their best parameters c_t and their Hessians H_t."""

    centers: Float[Tensor, "tasks n"]
    hessians: Float[Tensor, "tasks n n"]


class End(NamedTuple):
    """Where a way to move θ comes to rest. `kind` is "reached", "flat" (it is reached, but other
    points are as good; this is the one nearest to θ) or "repels" (θ runs away from it)."""

    point: Float[Tensor, "n"]
    kind: str


def valleys(centers: Sequence[tuple[float, float]], *, narrow: float, turn: float) -> Valleys:
    """Two or three tasks in the plane, alike but for their place and their direction.

    Each has the curvature √narrow across its valley and 1/√narrow along it. The first valley lies
    along the first axis, the second is turned by `turn` degrees, the third by half of that.
    Errors: ValueError for another number of tasks, and for narrow < 1.
    """
    if len(centers) not in (2, 3):
        raise ValueError(f"There are {len(centers)} tasks: give the places of two or three.")
    if not narrow >= 1:
        raise ValueError(f"narrow is {narrow}: choose 1 (round) or more.")
    along = math.radians(turn) * torch.tensor(TURNS[: len(centers)], dtype=torch.float64)
    floor = torch.stack([along.cos(), along.sin()], 1)
    across = torch.stack([-along.sin(), along.cos()], 1)
    hessians = _outer(floor) / math.sqrt(narrow) + _outer(across) * math.sqrt(narrow)
    return Valleys(torch.tensor(centers, dtype=torch.float64), hessians)


def inner_paths(
    tasks: Valleys, theta: Float[Tensor, "n"], *, lr: float, steps: int
) -> Float[Tensor, "tasks path n"]:
    """φ₀ = θ, φ₁, …, φ_K of each task: c_t + (I − αH_t)^k (θ − c_t)."""
    check_inner(lr, steps)
    ways = [_shrink(tasks, lr, k) @ (theta - tasks.centers)[:, :, None] for k in range(steps + 1)]
    return torch.stack(ways, 1)[..., 0] + tasks.centers[:, None]


def meta_loss(
    tasks: Valleys, theta: Float[Tensor, "*points n"], *, lr: float, steps: int
) -> Float[Tensor, "*points"]:
    """Mean over tasks of L_t(φ_K) = ½ (θ − c_t)ᵀ H_t M_t² (θ − c_t), at each θ."""
    away = theta[..., None, :] - tasks.centers
    weights = task_weights(tasks, "exact", lr=lr, steps=steps)
    return torch.einsum("...ti,tij,...tj->...t", away, weights, away).mean(-1) / 2


def meta_losses(
    tasks: Valleys, theta: Float[Tensor, "steps *points n"], *, lr: float, steps: Sequence[int]
) -> Float[Tensor, "steps *points"]:
    """`meta_loss` for each of these numbers of inner steps, at the points that belong to it."""
    away = theta[..., None, :] - tasks.centers
    weights = _weights_of_all(tasks, "exact", lr, steps)
    return torch.einsum("k...ti,ktij,k...tj->k...t", away, weights, away).mean(-1) / 2


def task_weights(tasks: Valleys, way: str, *, lr: float, steps: int) -> Float[Tensor, "tasks n n"]:
    """W_t of each task: H_t times M_t to the power 2 (exact), 1 (first order) or 0 (joint)."""
    check_inner(lr, steps)
    if way not in WAYS:
        raise ValueError(f"No way is called {way!r}: choose one of {', '.join(WAYS)}.")
    return tasks.hessians @ _shrink(tasks, lr, WAYS[way] * steps)


def outer_gradient(
    tasks: Valleys, theta: Float[Tensor, "n"], way: str, *, lr: float, steps: int
) -> Float[Tensor, "n"]:
    """Mean over tasks of W_t (θ − c_t): what this way moves θ against."""
    return _pull(task_weights(tasks, way, lr=lr, steps=steps), theta - tasks.centers)


def end(tasks: Valleys, theta: Float[Tensor, "n"], way: str, *, lr: float, steps: int) -> End:
    """The point where `outer_gradient` is zero; where there are many, the nearest to θ."""
    return ends(tasks, theta, way, lr=lr, steps=[steps])[0]


def ends(
    tasks: Valleys, theta: Float[Tensor, "n"], way: str, *, lr: float, steps: Sequence[int]
) -> list[End]:
    """`end` for each of these numbers of inner steps."""
    weights = _weights_of_all(tasks, way, lr, steps)
    values, rest = _modes(weights, theta - tasks.centers)
    flat = _flat(values)
    runs, free = ((values < 0) & ~flat).any(1).tolist(), flat.any(1).tolist()
    kinds = ["repels" if r else "flat" if f else "reached" for r, f in zip(runs, free, strict=True)]
    return [End(*pair) for pair in zip(theta - rest.sum(1), kinds, strict=True)]


def outer_path(
    tasks: Valleys, theta: Float[Tensor, "n"], way: str, *, lr: float, steps: int
) -> Float[Tensor, "path n"]:
    """θ after 0, 1, …, 20 outer steps, and then ever fewer of them, until it rests or is far away.

    An outer step is θ ← θ − β · `outer_gradient`. β is half of what would bring θ to the bottom in
    the steepest direction. Along an eigenvector of the mean of the W_t with eigenvalue λ the
    distance to the end shrinks by 1 − βλ each time.
    """
    weights = task_weights(tasks, way, lr=lr, steps=steps)
    values, rest = _modes(weights, theta - tasks.centers)
    flat = _flat(values)
    if flat.all():
        return theta[None]
    factors = 1 - values[~flat] / (2 * values.abs().max())
    last = 14 / factors.log().abs().min().item()  # e⁻¹⁴ of the way is left
    later = torch.logspace(math.log10(21), math.log10(max(last, 22)), 80, dtype=torch.float64)
    times = torch.cat([torch.arange(21, dtype=torch.float64), later])
    left = (factors[:, None] ** times).clamp(max=1e6)  # [modes, path]
    return theta - rest[~flat].sum(0) + left.T @ rest[~flat]


def outer_step(
    tasks: Valleys, theta: Float[Tensor, "n"], way: str, *, lr: float, steps: int
) -> Float[Tensor, "n"]:
    """θ after one outer step: the second point of `outer_path`."""
    return outer_steps(tasks, theta, [way], lr=lr, steps=steps)[0]


def outer_steps(
    tasks: Valleys, theta: Float[Tensor, "n"], ways: Sequence[str], *, lr: float, steps: int
) -> Float[Tensor, "ways n"]:
    """`outer_step` of each of these ways; where all is flat, θ stays."""
    weights = torch.stack([task_weights(tasks, way, lr=lr, steps=steps) for way in ways])
    values, _ = _modes(weights, away := theta - tasks.centers)
    moved = theta - _pull(weights, away) / (2 * values.abs().amax(-1, keepdim=True))
    return torch.where(_flat(values).all(-1, keepdim=True), theta, moved)


def _weights_of_all(
    tasks: Valleys, way: str, lr: float, steps: Sequence[int]
) -> Float[Tensor, "steps tasks n n"]:
    """`task_weights` for each of these numbers of steps: by H_t's eigenvalues, all at once."""
    for k in steps:
        check_inner(lr, k)
    if way not in WAYS:
        raise ValueError(f"No way is called {way!r}: choose one of {', '.join(WAYS)}.")
    values, columns = torch.linalg.eigh(tasks.hessians)
    powers = WAYS[way] * torch.tensor(steps)[:, None, None]
    weights = values * (1 - lr * values) ** powers  # [steps, tasks, n]
    return columns * weights[..., None, :] @ columns.mT


def _modes(weights: Tensor, away: Tensor) -> tuple[Tensor, Tensor]:
    """(eigenvalues [..., n] of the mean of the W_t, θ minus its end along each eigenvector, in rows
    [..., n, n]). Along a flat one θ is at its end wherever it is."""
    values, columns = torch.linalg.eigh(weights.mean(-3))
    shares = (_pull(weights, away)[..., None, :] @ columns)[..., 0, :]
    shares = torch.where(_flat(values), 0.0, shares / values)
    return values, shares[..., None] * columns.mT


def _pull(weights: Tensor, away: Tensor) -> Tensor:
    """Mean over tasks of W_t (θ − c_t)."""
    return (weights @ away[:, :, None]).mean(-3)[..., 0]


def _flat(values: Tensor) -> Tensor:
    """Which of the last axis's eigenvalues are zero, up to rounding."""
    size = values.abs()
    return size <= (FLAT * size.amax(-1, keepdim=True)).clamp(min=1e-30)


def _shrink(tasks: Valleys, lr: float, power: int) -> Tensor:
    """(I − αH_t)^power of each task."""
    one = torch.eye(tasks.centers.shape[1], dtype=tasks.centers.dtype)
    return torch.linalg.matrix_power(one - lr * tasks.hessians, power)


def _outer(rows: Tensor) -> Tensor:
    """v vᵀ of each row v."""
    return rows[:, :, None] * rows[:, None, :]
