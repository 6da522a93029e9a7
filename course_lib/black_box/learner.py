"""A whole recurrent network as the learning algorithm, on the sinusoids of notebook 04
(notebook 08).

It reads one pair after another, always one answer late: (x_1, 0), (x_2, y_1), (x_3, y_2), … and
says after each what it takes y_t to be. Whatever it knows of the task by then is in its memory.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.tasks import sinusoids

HIDDEN = 64
LENGTH = 20  # pairs in a training sequence
NUM_TASKS = 128  # sequences a meta-batch


def init(hidden: int, gen: torch.Generator, *, device: torch.device | None = None) -> Params:
    """Fresh weights θ: a GRU that reads (x_t, y_{t−1}), and a linear head that says y_t."""
    theta = gru.init(2, hidden, gen)
    theta["w_out"] = torch.randn(1, hidden, generator=gen) / math.sqrt(hidden)
    theta["b_out"] = torch.zeros(1)
    return {name: p.to(device) for name, p in theta.items()}


def one_late(
    x: Float[Tensor, "tasks length"], y: Float[Tensor, "tasks length"]
) -> Float[Tensor, "length tasks 2"]:
    """The inputs (x_t, y_{t−1}), time first; y_0 = 0."""
    before = torch.cat([torch.zeros_like(y[:, :1]), y[:, :-1]], 1)
    return torch.stack([x, before], -1).transpose(0, 1)


def answers(
    theta: Params, x: Float[Tensor, "tasks length"], y: Float[Tensor, "tasks length"]
) -> Float[Tensor, "tasks length"]:
    """What the network says y_t is, having seen x_1, y_1, …, x_{t−1}, y_{t−1} and x_t."""
    memory = gru.fast_unroll(theta, one_late(x, y))
    return F.linear(memory, theta["w_out"], theta["b_out"])[..., 0].T


def summed_loss(
    theta: Params, x: Float[Tensor, "tasks length"], y: Float[Tensor, "tasks length"]
) -> Float[Tensor, ""]:
    """Σ_t (answer_t − y_t)², mean over tasks: all that there is to f is plain descent on this."""
    return (answers(theta, x, y) - y).square().sum(1).mean()


@torch.no_grad()
def curve(
    theta: Params,
    x: Float[Tensor, "tasks length"],
    y: Float[Tensor, "tasks length"],
    at: Float[Tensor, "tasks queries"],
    sizes: Sequence[int],
) -> Float[Tensor, "sizes tasks queries"]:
    """Its answers to the questions `at`, after each of `sizes` pairs (0 … length).

    A question is read like any x, but with the memory as it stood: asking teaches it nothing.
    """
    memory = gru.unroll(theta, one_late(x, y))
    memory = torch.cat([torch.zeros_like(memory[:1]), memory])[list(sizes)]
    before = torch.cat([torch.zeros_like(y[:, :1]), y], 1).T[list(sizes)]
    shape = (len(sizes), *at.shape)
    asked = torch.stack([at.expand(shape), before[..., None].expand(shape)], -1)
    held = memory[:, :, None].expand(*shape, memory.shape[-1])
    after = gru.fast_step(theta, asked.reshape(-1, 2), held.reshape(-1, memory.shape[-1]))
    return F.linear(after, theta["w_out"], theta["b_out"]).view(shape)


def objective(theta: Params, gen: torch.Generator, device=None) -> Float[Tensor, ""]:
    """The summed loss of a fresh meta-batch of sequences."""
    (x, y), _ = sinusoids.sample_tasks(
        NUM_TASKS, num_shots=LENGTH, num_queries=1, gen=gen, device=device
    )
    return summed_loss(theta, x[..., 0], y[..., 0])
