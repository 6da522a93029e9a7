"""A small learned optimiser: a network reads a coordinate's gradients and says how far to step
(notebook 11).

    h ← GRU(h, (ln|g|/10, sign g))        α = exp(w·h + b)        φ ← φ − α g

Every coordinate has a memory h of its own, and all share the weights: so it works for any number of
coordinates. The tasks are the parabolas of notebook 04, L(φ) = ½ λ (φ − c)², with λ from 0.1 to 10.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.nets import gru

HIDDEN = 8
STEPS = 10  # in training
CURVATURE = (0.1, 10.0)
BATCH = 256


class Parabolas(NamedTuple):
    """Tasks of one coordinate each."""

    centers: Float[Tensor, " tasks"]
    curvatures: Float[Tensor, " tasks"]

    def loss(self, phi: Float[Tensor, " tasks"]) -> Float[Tensor, " tasks"]:
        """½ λ (φ − c)²."""
        return self.curvatures * (phi - self.centers).square() / 2

    def slope(self, phi: Float[Tensor, " tasks"]) -> Float[Tensor, " tasks"]:
        """λ (φ − c)."""
        return self.curvatures * (phi - self.centers)


def sample_parabolas(num_tasks: int, gen: torch.Generator) -> Parabolas:
    """c from N(0, 1), ln λ uniform."""
    low, high = (math.log(value) for value in CURVATURE)
    spread = torch.rand(num_tasks, generator=gen)
    return Parabolas(torch.randn(num_tasks, generator=gen), (low + (high - low) * spread).exp())


def init(gen: torch.Generator, device=None) -> Params:
    """Fresh weights; at first every step size is about 0.1, the largest that is safe for all λ."""
    params = gru.init(2, HIDDEN, gen)
    params |= {"w": 0.1 * torch.randn(HIDDEN, generator=gen), "b": torch.tensor(math.log(0.1))}
    return {name: p.to(device) for name, p in params.items()}


def seen(g: Float[Tensor, " coords"]) -> Float[Tensor, "coords 2"]:
    """A gradient as the network reads it: its size on a log scale, and its sign."""
    size = g.abs().clamp(min=1e-12).log() / 10
    return torch.stack([size, g.sign()], -1)


def walk(theta: Params, tasks: Parabolas, steps: int) -> tuple[list[Tensor], list[Tensor]]:
    """(each task's loss after 0, 1, … steps from φ = 0, the step sizes on the way)."""
    phi = torch.zeros_like(tasks.centers)
    h, losses, alphas = phi.new_zeros(len(phi), HIDDEN), [tasks.loss(phi)], []
    for _ in range(steps):
        g = tasks.slope(phi)
        h = gru.step(theta, seen(g.detach()), h)  # what it keeps of the gradients so far
        alpha = (h @ theta["w"] + theta["b"]).exp()  # how long a step it takes now
        phi = phi - alpha * g
        losses.append(tasks.loss(phi))
        alphas.append(alpha)
    return losses, alphas


def path(theta: Params, tasks: Parabolas, steps: int) -> Float[Tensor, "path tasks"]:
    """Each task's loss after 0, 1, … steps of the learned optimiser."""
    return torch.stack(walk(theta, tasks, steps)[0])


def objective(theta: Params, gen: torch.Generator, device=None) -> Tensor:
    """Mean over fresh tasks and over the steps of ln(L + 10⁻⁶): each tenfold fall counts alike."""
    tasks = sample_parabolas(BATCH, gen)
    return (path(theta, tasks, STEPS)[1:] + 1e-6).log().mean()


def descent(tasks: Parabolas, alpha: float, steps: int) -> Float[Tensor, "path tasks"]:
    """The same with one step size for all: ½ λ (1 − αλ)^{2k} c² in closed form."""
    k = torch.arange(steps + 1)[:, None]
    shrink = (1 - alpha * tasks.curvatures) ** (2 * k)
    return tasks.curvatures * shrink * tasks.centers.square() / 2
