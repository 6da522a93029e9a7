"""Linear attention over the examples of a task: one layer can be one gradient step (notebook 08).

Tokens are e_i = (x_i, y_i) for the examples and q = (x, 0) for the question. The construction is
that of J. von Oswald and others, "Transformers Learn In-Context by Gradient Descent", ICML 2023
(unchecked). The best step size below is derived here: for x, w ~ N(0, I) the squared error of one
step is d (1 − 2η + η² (n + d + 1 + σ²)/n).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.tasks import linear


class LinearTasks(NamedTuple):
    """Tasks y = w·x + noise: tokens of n examples and of one question, and its answer w·x."""

    examples: Float[Tensor, "tasks n dim+1"]
    question: Float[Tensor, "tasks dim+1"]
    answer: Float[Tensor, " tasks"]


def linear_tasks(
    num_tasks: int, dim: int, length: int, gen: torch.Generator, noise: float = 0.0
) -> LinearTasks:
    """Fresh tasks: w and all x from N(0, I), `noise` the standard deviation of what y is off by.

    Errors: ValueError for a number below 1, or noise below 0.
    """
    x, told, at, answer = linear.sample_prompts(num_tasks, dim, length, 1, gen, noise=noise)
    examples = torch.cat([x, told[..., None]], -1)
    question = torch.cat([at[:, 0], torch.zeros(num_tasks, 1)], -1)
    return LinearTasks(examples, question, answer[:, 0])


def attend(
    theta: Params, examples: Float[Tensor, "*tasks n size"], question: Float[Tensor, "*tasks size"]
) -> Float[Tensor, " *tasks"]:
    """The last entry of Σ_i (W_Q q · W_K e_i) W_V e_i: what the layer answers."""
    query, keys = question @ theta["query"].T, examples @ theta["key"].T
    alike = (keys @ query[..., None])[..., 0]  # q with each e_i: no softmax
    values = (examples @ theta["value"].T)[..., -1]
    return (alike * values).sum(-1)


def gradient_step(
    dim: int, num_examples: int, eta: float, dtype: torch.dtype = torch.float32
) -> Params:
    """Weights with which `attend` is one gradient step of size η from w = 0.

    The step is on (1/2n) Σ_i (w·x_i − y_i)²: query and key pass x on, the value passes y on.
    """
    last = torch.nn.functional.one_hot(torch.tensor(dim)).to(dtype)
    only_x, only_y = torch.diag(1 - last), torch.diag(last)
    return {"query": only_x, "key": only_x, "value": eta / num_examples * only_y}


def best_rate(dim: int, num_examples: int, noise: float = 0.0) -> float:
    """The η with the smallest expected error of one step, which is then d (1 − η)."""
    return num_examples / (num_examples + dim + 1 + noise**2)


def fresh_weights(dim: int, gen: torch.Generator, scale: float = 0.2) -> Params:
    """W_Q, W_K and W_V from N(0, scale²)."""
    size = dim + 1
    names = ("query", "key", "value")
    return {name: scale * torch.randn(size, size, generator=gen) for name in names}


def learned_rate(theta: Params, num_examples: int) -> Float[Tensor, ""]:
    """η of the gradient step that a layer resembles: n · mean diagonal of W_Qᵀ W_K · W_V's corner.

    The diagonal is that of the x part.
    """
    agreement = theta["query"].T @ theta["key"]
    return num_examples * agreement.diagonal()[:-1].mean() * theta["value"][-1, -1]
