"""Curves that resemble each other, and a learning algorithm whose prior can be learned
(notebook 03).

A task is a noisy curve y = w·ψ(x) + ε with weights of its own, w ~ N(μ, τ²I), ε ~ N(0, σ²). The
learning algorithm A_θ is ridge regression *toward a mean m* with strength λ; θ = (m, λ) is what
the tasks can teach. Everything is small enough to be solved by hand, so every number of notebook
03 can be checked: the best θ is known, m = μ and λ = σ²/τ².
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, vmap

Theta = dict[str, Tensor]  # "mean" [9] and "log_strength" []
Pair = tuple[Tensor, Tensor]  # inputs x [n], targets y [n]
WAVES = 4
NUM_FEATURES = 2 * WAVES + 1


class Family(NamedTuple):
    """P(T): weights w ~ N(mean, spread²I), targets with noise of standard deviation `noise`."""

    mean: Float[Tensor, " d"]
    spread: float
    noise: float

    @property
    def best(self) -> Theta:
        """The best meta-parameters θ*: m = μ and λ = σ²/τ², the Bayesian posterior mean's."""
        strength = torch.tensor((self.noise / self.spread) ** 2, dtype=self.mean.dtype)
        return {"mean": self.mean, "log_strength": strength.log()}


CURVES = Family(
    mean=torch.tensor([0.3, -0.9, 0.5, 0.0, 0.0, 1.0, 0.4, 0.0, 0.0], dtype=torch.float64),
    spread=0.3,
    noise=0.2,
)


def features(x: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch n 9"]:
    """ψ(x) = (1, √2 cos x, …, √2 cos 4x, √2 sin x, …, √2 sin 4x).

    Scaled so that E[ψ(x) ψ(x)ᵀ] = I for x uniform on [−π, π]: a distance between weights is then a
    distance between curves.
    """
    angles = x[..., None] * torch.arange(1, WAVES + 1, dtype=x.dtype)
    waves = math.sqrt(2) * torch.cat([angles.cos(), angles.sin()], -1)
    return torch.cat([torch.ones_like(x)[..., None], waves], -1)


def sample_tasks(
    family: Family, num_tasks: int, *, num_shots: int, num_queries: int, gen: torch.Generator
) -> tuple[Pair, Pair]:
    """A batch of tasks ((xs, ys), (xq, yq)), stacked on axis 0; x is uniform on [−π, π].

    Shapes [num_tasks, num_shots] and [num_tasks, num_queries], float64. The first shots stay the
    same when `num_shots + num_queries` does, so a widget can move examples from one to the other.
    Errors: ValueError for a count below 1.
    """
    if min(num_tasks, num_shots, num_queries) < 1:
        raise ValueError(
            f"Tasks, shots and queries must be ≥ 1; got {num_tasks}, {num_shots}, {num_queries}."
        )
    n = num_shots + num_queries
    shape = {"generator": gen, "dtype": torch.float64}
    w = family.mean + family.spread * torch.randn(num_tasks, len(family.mean), **shape)
    x = math.pi * (2 * torch.rand(num_tasks, n, **shape) - 1)
    y = (features(x) @ w[..., None]).squeeze(-1) + family.noise * torch.randn(x.shape, **shape)
    return (x[:, :num_shots], y[:, :num_shots]), (x[:, num_shots:], y[:, num_shots:])


def start() -> Theta:
    """θ before any meta-learning: m = 0 and λ = 1, ordinary ridge regression."""
    return {
        "mean": torch.zeros(NUM_FEATURES, dtype=torch.float64),
        "log_strength": torch.zeros((), dtype=torch.float64),
    }


def learn(theta: Theta, support: Pair) -> Float[Tensor, " d"]:
    """A_θ(D^train) = argmin_φ Σ (φ·ψ(x) − y)² + λ‖φ − m‖², in closed form.

    φ = m + (XᵀX + λI)⁻¹ Xᵀ(y − Xm) with the rows of X the features ψ(x). One task, no batch axis.
    λ = exp(log_strength), so that no step can make it negative.
    """
    x, y = support
    X = features(x)
    gram = X.mT @ X + theta["log_strength"].exp() * torch.eye(X.shape[-1], dtype=X.dtype)
    return theta["mean"] + torch.linalg.solve(gram, X.mT @ (y - X @ theta["mean"]))


def task_loss(theta: Theta, support: Pair, query: Pair) -> Float[Tensor, ""]:
    """L_T(M_{A_θ(D^train)}, D^test): mean squared error on the query set after learning."""
    phi = learn(theta, support)
    x, y = query
    return (features(x) @ phi - y).square().mean()


def task_losses(theta: Theta, tasks: tuple[Pair, Pair]) -> Float[Tensor, " num_tasks"]:
    """The loss of every task, not averaged: a confidence interval needs the spread over tasks."""
    return vmap(task_loss, in_dims=(None, 0, 0))(theta, *tasks)


def meta_loss(theta: Theta, tasks: tuple[Pair, Pair]) -> Float[Tensor, ""]:
    """Mean over tasks of L_T(M_{A_θ(D_T^train)}, D_T^test): the talk's sum, averaged."""
    return task_losses(theta, tasks).mean()


def meta_learn(
    theta: Theta, meta_train: tuple[Pair, Pair], *, lr: float, steps: int, learned=("mean",)
) -> Iterator[Theta]:
    """f: gradient descent on the meta-train loss. Yields θ₀, θ₁, …, θ_steps.

    `learned` names the entries of θ that move; the others stay.
    """
    yield theta
    for _ in range(steps):
        grads = grad(meta_loss)(theta, meta_train)
        theta = {k: v - lr * grads[k] if k in learned else v for k, v in theta.items()}
        yield theta


def expected_loss(theta: Theta, family: Family, x: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """E[L_T] over weights, noise and the query set, given the support inputs x. Exact.

    With G = (XᵀX + λI)⁻¹Xᵀ and S = I − GX:  σ² + ‖S(μ − m)‖² + τ²‖S‖² + σ²‖G‖²  (Frobenius).
    """
    X = features(x)
    eye = torch.eye(X.shape[-1], dtype=X.dtype)
    G = torch.linalg.solve(X.mT @ X + theta["log_strength"].exp() * eye, X.mT)
    S = eye - G @ X
    bias = (S @ (family.mean - theta["mean"])).square().sum()
    spread = family.spread**2 * S.square().sum()
    return family.noise**2 + bias + spread + family.noise**2 * G.square().sum()


class Bowl(NamedTuple):
    """A meta-loss as a function of the prior mean: mᵀHm − 2c·m + e, with any leading batch axes."""

    H: Float[Tensor, "*batch d d"]
    c: Float[Tensor, "*batch d"]
    e: Float[Tensor, "*batch"]

    def __call__(self, m: Float[Tensor, "... d"]) -> Float[Tensor, "..."]:
        """The loss at m; the batch axes of m and of the bowl broadcast."""
        return (m * ((self.H @ m[..., None]).squeeze(-1) - 2 * self.c)).sum(-1) + self.e


def bowls(tasks: tuple[Pair, Pair], strength: float) -> Bowl:
    """The loss of each task as a function of the prior mean m, at a fixed λ: a bowl.

    A_θ is affine in m: φ = Gy + Sm with G, S as in `expected_loss`. So the query residual is
    r − Bm with r = y_q − X_q G y and B = X_q S, and H = BᵀB/n, c = Bᵀr/n, e = r·r/n.
    """
    (xs, ys), (xq, yq) = tasks
    X, Xq = features(xs), features(xq)
    eye = torch.eye(X.shape[-1], dtype=X.dtype)
    G = torch.linalg.solve(X.mT @ X + strength * eye, X.mT)
    B = Xq @ (eye - G @ X)
    r = yq - (Xq @ (G @ ys[..., None])).squeeze(-1)
    n = xq.shape[-1]
    return Bowl(B.mT @ B / n, (B.mT @ r[..., None]).squeeze(-1) / n, r.square().mean(-1))


def descend(bowl: Bowl, steps: Float[Tensor, " k"], *, lr: float) -> Float[Tensor, "k *batch d"]:
    """The means that gradient descent from m = 0 reaches after `steps` steps, without the loop.

    Along an eigenvector of H with eigenvalue s the error shrinks by 1 − 2βs a step, so after j
    steps m = c (1 − (1 − 2βs)ʲ) / s there. `steps` holds whole numbers.
    """
    s, Q = torch.linalg.eigh(bowl.H)
    s = s.clamp_min(1e-9)
    j = steps.reshape(-1, *[1] * s.ndim)
    progress = (1 - (1 - 2 * lr * s) ** j) / s
    return (Q @ (progress * (Q.mT @ bowl.c[..., None]).squeeze(-1))[..., None]).squeeze(-1)


def best_mean(
    tasks: tuple[Pair, Pair], strength: float
) -> tuple[Float[Tensor, " d"], Float[Tensor, ""]]:
    """(the prior mean with the lowest meta-loss at a fixed λ, that meta-loss), exactly."""
    bowl = Bowl(*(part.mean(0) for part in bowls(tasks, strength)))
    mean = torch.linalg.solve(bowl.H, bowl.c)
    return mean, bowl(mean)


def redrawn(
    sizes: list[int],
    redraws: int,
    steps: Float[Tensor, " k"],
    meta_test: tuple[Pair, Pair],
    *,
    num_queries: int = 10,
    lr: float = 0.1,
    gen: torch.Generator,
) -> dict[str, Float[Tensor, "k sizes redraws"]]:
    """Both losses of what `meta_learn` makes of few tasks, drawn anew `redraws` times.

    By "meta-train" and "meta-test": after each of `steps` outer steps from m = 0, from each number
    of tasks in `sizes`, at the best λ. The same numbers as the loop, by `descend`.
    """
    strength, most = CURVES.best["log_strength"].exp().item(), max(sizes)
    num_shots = meta_test[0][0].shape[1]
    shape = {"num_shots": num_shots, "num_queries": num_queries, "gen": gen}
    each = bowls(sample_tasks(CURVES, redraws * most, **shape), strength)
    each = Bowl(*(part.unflatten(0, (redraws, most)) for part in each))
    sets = Bowl(*(torch.stack([part[:, :n].mean(1) for n in sizes]) for part in each))
    judge = Bowl(*(part.mean(0) for part in bowls(meta_test, strength)))
    means = descend(sets, steps, lr=lr)
    return {"meta-train": sets(means), "meta-test": judge(means)}
