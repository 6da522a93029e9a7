"""Sinusoid regression, the first task family of the MAML paper (notebook 04).

A task is a curve y = a·sin(x − p). Amplitude a ~ U[0.1, 5], phase p ~ U[0, π], inputs
x ~ U[−5, 5].   Source: Finn, Abbeel & Levine 2017, §5.1 (its text gives the ranges; "sin(x − p)"
is that of the authors' code, cbfinn/maml, data_generator.py).
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.asked import check_gen, check_whole

AMPLITUDE = (0.1, 5.0)
PHASE = (0.0, math.pi)
INPUT = (-5.0, 5.0)


class Sinusoids(NamedTuple):
    """A batch of sinusoid tasks: one amplitude and one phase (radians) each, shape [num_tasks]."""

    amplitude: Float[Tensor, " num_tasks"]
    phase: Float[Tensor, " num_tasks"]

    def __call__(self, x: Float[Tensor, "num_tasks n 1"]) -> Float[Tensor, "num_tasks n 1"]:
        """y = a·sin(x − p), each task's curve at its own inputs."""
        return self.amplitude[:, None, None] * torch.sin(x - self.phase[:, None, None])


def _uniform(low: float, high: float, shape: tuple[int, ...], gen: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=gen)


def sample_sinusoids(num_tasks: int, gen: torch.Generator) -> Sinusoids:
    """`num_tasks` curves drawn from P(T)."""
    check_gen(gen)
    check_whole(num_tasks=num_tasks)
    if num_tasks < 1:
        raise ValueError(f"Ask for at least one task; num_tasks is {num_tasks}.")
    return Sinusoids(_uniform(*AMPLITUDE, (num_tasks,), gen), _uniform(*PHASE, (num_tasks,), gen))


def sample_tasks(
    num_tasks: int,
    *,
    num_shots: int,
    num_queries: int | None = None,
    gen: torch.Generator,
    device: torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """A batch of regression tasks `((xs, ys), (xq, yq))`, stacked on axis 0.

    Shapes [num_tasks, num_shots, 1] and [num_tasks, num_queries, 1]; `num_queries` defaults to
    `num_shots`. Support and query inputs are drawn independently.
    Errors: ValueError for num_shots, num_queries or num_tasks below 1.
    """
    num_queries = num_shots if num_queries is None else num_queries
    check_whole(num_shots=num_shots, num_queries=num_queries)
    if num_shots < 1 or num_queries < 1:
        raise ValueError(f"Shots and queries must be ≥ 1; got {num_shots} and {num_queries}.")
    curves = sample_sinusoids(num_tasks, gen)
    xs = _uniform(*INPUT, (num_tasks, num_shots, 1), gen)
    xq = _uniform(*INPUT, (num_tasks, num_queries, 1), gen)
    arrays = [a.to(device=device, dtype=dtype) for a in (xs, curves(xs), xq, curves(xq))]
    return (arrays[0], arrays[1]), (arrays[2], arrays[3])
