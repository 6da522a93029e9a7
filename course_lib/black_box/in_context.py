"""What the transformer is trained on, linear functions and sinusoids, and how (notebook 08)."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.black_box import transformer
from course_lib.ground.types import Params
from course_lib.tasks import linear, sinusoids

BATCH = 64  # tasks a step
LENGTH = 20  # pairs of a sinusoid, as the recurrent learner reads
X_SCALE, Y_SCALE = 5.0, 3.0  # a sinusoid's x and y become about as large as normal numbers


def clipped(loss: Tensor, theta: Params, most: float = 1.0) -> tuple[Tensor, Params]:
    """`loss` and its gradient, shortened to the length `most` where it is longer."""
    grads = torch.autograd.grad(loss, list(theta.values()))
    length = torch.stack([g.square().sum() for g in grads]).sum().sqrt()
    shrink = (most / length).clamp(max=1.0)
    return loss.detach(), {name: shrink * g for name, g in zip(theta, grads, strict=True)}


def linear_objective(
    theta: Params, gen: torch.Generator, device=None, *, dim: int, length: int, noise: float
) -> tuple[Tensor, Params]:
    """Mean squared error / dim of one question after each of 0 … length pairs, and its gradient."""
    drawn = linear.sample_prompts(BATCH, dim, length, length + 1, gen, noise=noise)
    x, y, at, answer = (part.to(device) for part in drawn)
    said = transformer.answers(theta, x, y, at, torch.arange(length + 1))
    return clipped((said - answer).square().mean() / dim, theta)


def scaled(x: Float[Tensor, "tasks n"]) -> Float[Tensor, "tasks n 1"]:
    """The x of sinusoids as the transformer reads them."""
    return x[..., None] / X_SCALE


def sinusoid_objective(theta: Params, gen: torch.Generator, device=None) -> tuple[Tensor, Params]:
    """Mean squared error of one question after each of 0 … 20 pairs of a sinusoid, and its
    gradient."""
    (x, y), (at, answer) = sinusoids.sample_tasks(
        BATCH, num_shots=LENGTH, num_queries=LENGTH + 1, gen=gen, device=device
    )
    read = torch.arange(LENGTH + 1)
    said = transformer.answers(theta, x / X_SCALE, y[..., 0] / Y_SCALE, at / X_SCALE, read)
    return clipped((said - answer[..., 0] / Y_SCALE).square().mean(), theta)


def warm(fraction: float, *, up: float, down: float) -> float:
    """A schedule of the step size: from 0 to 1, constant, and over the last `down` back to 0."""
    return min(1.0, fraction / up, (1 - fraction) / down)
