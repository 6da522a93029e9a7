"""Linear functions y = w·x with noisy examples, and the best that anybody can answer
(notebook 08)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.asked import check_gen, check_whole


class Prompts(NamedTuple):
    """Tasks: pairs to read in this order, questions, and their answers without noise."""

    x: Float[Tensor, "tasks length dim"]
    y: Float[Tensor, "tasks length"]
    at: Float[Tensor, "tasks questions dim"]
    answer: Float[Tensor, "tasks questions"]


def sample_prompts(
    num_tasks: int,
    dim: int,
    length: int,
    num_questions: int,
    gen: torch.Generator,
    *,
    noise: float = 0.0,
    x_scale: float = 1.0,
    w_scale: float = 1.0,
) -> Prompts:
    """Fresh tasks: the entries of w and of every x from N(0, 1), times their scales.

    `noise` is the standard deviation of what each y is off by.
    Errors: ValueError for a number below 1, or noise below 0.
    """
    check_gen(gen)
    sizes = {"num_tasks": num_tasks, "dim": dim, "length": length, "num_questions": num_questions}
    check_whole(**sizes)
    small = [name for name, size in sizes.items() if size < 1]
    if small or noise < 0:
        what = f"{small[0]} is {sizes[small[0]]}" if small else f"noise is {noise}"
        raise ValueError(f"{what}: give at least {1 if small else 0}.")
    w = w_scale * torch.randn(num_tasks, dim, 1, generator=gen)
    x = x_scale * torch.randn(num_tasks, length + num_questions, dim, generator=gen)
    y = (x @ w)[..., 0]
    told = y[:, :length] + noise * torch.randn(num_tasks, length, generator=gen)
    return Prompts(x[:, :length], told, x[:, length:], y[:, length:])


def ridge(
    x: Float[Tensor, "tasks n dim"],
    y: Float[Tensor, "tasks n"],
    at: Float[Tensor, "tasks questions dim"],
    noise: float,
) -> Float[Tensor, "tasks questions"]:
    """ŵ·at, where ŵ = (XᵀX + σ²I)⁻¹Xᵀy is the mean of w given the examples.

    With w ~ N(0, I) and noise N(0, σ²) on each y the posterior of w is normal and this its mean: no
    rule has a smaller expected squared error. For σ = 0 it is the shortest w that fits, the limit.
    """
    if noise == 0:
        w = torch.linalg.pinv(x) @ y[..., None]
    else:
        eye = noise**2 * torch.eye(x.shape[-1], dtype=x.dtype)
        w = torch.linalg.solve(x.mT @ x + eye, x.mT @ y[..., None])
    return (at @ w)[..., 0]


def ridge_curve(
    prompts: Prompts, sizes: Sequence[int], noise: float
) -> Float[Tensor, "sizes tasks questions"]:
    """The answers of `ridge`, in double precision, after the first 0 … length pairs."""
    x, y, at = (part.double() for part in prompts[:3])
    return torch.stack([ridge(x[:, :n], y[:, :n], at, noise) for n in sizes])
