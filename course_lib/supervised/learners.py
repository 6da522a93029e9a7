"""Learning algorithms as functions: A(D^train) → φ, and the models M_φ that their φ belong to
(notebook 02).

All four answer a two-class question with a number: y = +1 for one class, −1 for the other; the sign
of M_φ(x) is the answer and L = (M_φ(x) − y)² the loss. Inputs x are a few measurements. Any leading
axes of x and y are a batch of data sets, each learned from alone.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.tasks.animals import DOG, OTTER, examples

Phi = dict[str, Tensor]
X = Float[Tensor, "*batch n d"]
Y = Float[Tensor, "*batch n"]


def with_one(x: Tensor) -> Tensor:
    """x with a constant 1 as its last measurement, so that a line need not pass through 0."""
    return torch.cat([x, torch.ones_like(x[..., :1])], -1)


def linear(phi: Phi, x: X) -> Y:
    """M_φ(x) = w·(x, 1)."""
    return (with_one(x) @ phi["w"][..., None]).squeeze(-1)


def sgd(x: X, y: Y, *, lr: float, steps: int) -> Phi:
    """Stochastic gradient descent on (M_φ(x) − y)²: each step looks at one example.

    w ← w − α · 2 (w·(x, 1) − y) (x, 1), from w = 0, through the examples in order, again and again.
    """
    x = with_one(x)
    w = torch.zeros_like(x[..., 0, :])
    for t in range(steps):
        xt, yt = x[..., t % x.shape[-2], :], y[..., t % x.shape[-2]]
        error = (w * xt).sum(-1) - yt
        w = w - lr * 2 * error[..., None] * xt
    return {"w": w}


def ridge(x: X, y: Y, *, strength: float) -> Phi:
    """argmin_w Σ (w·(x, 1) − y)² + λ‖w‖² = (XᵀX + λI)⁻¹ Xᵀy."""
    x = with_one(x)
    gram = x.mT @ x + strength * torch.eye(x.shape[-1], dtype=x.dtype)
    return {"w": torch.linalg.solve(gram, (x.mT @ y[..., None]).squeeze(-1))}


def nearest_mean(x: X, y: Y) -> Phi:
    """The mean of each class. Both classes must occur."""
    of_class = torch.stack([y > 0, y < 0], -2).to(x.dtype)
    return {"means": of_class @ x / of_class.sum(-1, keepdim=True)}


def closer(phi: Phi, x: X) -> Y:
    """M_φ(x) = tanh((‖x − mean of −1‖² − ‖x − mean of +1‖²) / 4).

    It is the expected y if the classes are round normal clouds of variance 1 around their means.
    """
    distance2 = (x[..., None, :] - phi["means"][..., None, :, :]).square().sum(-1)
    return torch.tanh((distance2[..., 1] - distance2[..., 0]) / 4)


def memorise(x: X, y: Y, *, k: int) -> Phi:
    """φ = D^train itself, and how many neighbours to ask (at most all)."""
    return {"x": x, "y": y, "k": torch.tensor(min(k, y.shape[-1]))}


def vote(phi: Phi, x: X) -> Y:
    """M_φ(x) = mean y of the k nearest examples."""
    distance2 = (x[..., None, :] - phi["x"][..., None, :, :]).square().sum(-1)
    near = distance2.argsort(dim=-1, stable=True)[..., : int(phi["k"])]  # the first of equal ones
    labels = phi["y"][..., None, :].expand(*near.shape[:-1], phi["y"].shape[-1])
    return labels.gather(-1, near).mean(-1)


class Learner(NamedTuple):
    """A learning algorithm A with the model M that uses its φ."""

    learn: Callable[..., Phi]
    model: Callable[[Phi, Tensor], Tensor]


LEARNERS = {
    "SGD": Learner(sgd, linear),
    "ridge": Learner(ridge, linear),
    "nearest mean": Learner(nearest_mean, closer),
    "nearest neighbours": Learner(memorise, vote),
}


def loss(model: Callable[[Phi, Tensor], Tensor], phi: Phi, x: X, y: Y) -> Float[Tensor, "*batch"]:
    """L_T(M_φ, D): mean of (M_φ(x) − y)² over the examples. The talk sums."""
    return (model(phi, x) - y).square().mean(-1)


def errors(model: Callable[[Phi, Tensor], Tensor], phi: Phi, x: X, y: Y) -> Float[Tensor, "*batch"]:
    """The share of examples whose sign is wrong; an answer of 0, or none (NaN), counts as wrong."""
    return (~(model(phi, x) * y > 0)).to(x.dtype).mean(-1)


def measure(pictures: Float[Tensor, "n side side"]) -> Float[Tensor, "n 2"]:
    """How wide and how tall the dark part of each picture is.

    Width is the standard deviation of the dark pixels' columns, height that of their rows, with the
    picture 2 wide and 2 tall. Both are shifted and scaled by fixed numbers to roughly 0 ± 1.
    Dark: darker than halfway between the 2 % quantile (animal) and the 60 % quantile (around it).
    """
    values = pictures.flatten(1)
    halfway = (values.quantile(0.02, dim=1) + values.quantile(0.6, dim=1)) / 2
    dark = (pictures < halfway[:, None, None]).to(pictures.dtype)
    place = torch.linspace(-1, 1, pictures.shape[-1], dtype=pictures.dtype)
    spreads = []
    for share in (dark.sum(1), dark.sum(2)):  # of the columns, of the rows
        share = share / share.sum(1, keepdim=True)
        middle = (share * place).sum(1, keepdim=True)
        spreads.append((share * (place - middle) ** 2).sum(1).sqrt())
    return torch.stack([(spreads[0] - 0.43) / 0.06, (spreads[1] - 0.21) / 0.07], 1)


@lru_cache(maxsize=2)
def otters_and_dogs(num_examples: int = 800, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Pictures [n, 32, 32] in [0, 1] and y [n], +1 for an otter and −1 for a dog; drawn once.

    Do not write into them: everybody who asks gets the same tensors.
    """
    pictures, labels = examples(OTTER, DOG, num_examples, torch.Generator().manual_seed(seed))
    return pictures[:, 0].double(), 1.0 - 2.0 * labels.double()
