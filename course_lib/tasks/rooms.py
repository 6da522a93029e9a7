"""Rooms to be warm at seven: a task without a data set, for the generic form of learning
(notebook 02).

A controller has one parameter φ, the hours of heating before seven o'clock. Nobody hands out pairs
(x, y); what a learner may use is a number of *trial mornings* in the room.
"""

import torch
from jaxtyping import Float
from torch import Tensor

TARGET = 20.0  # °C, wished for at seven
HOT = 30.0  # °C, where a room ends when the heating never stops
NIGHT = (12.0, 1.5)  # °C: mean and standard deviation of a room at the end of a cold night
SLOWNESS = (2.0, 6.0)  # hours that a room takes to close 63 % of the gap to HOT


def degrees_off(
    hours: Float[Tensor, "*batch"],
    slowness: Float[Tensor, "*batch"],
    night: Float[Tensor, "*batch"],
) -> Float[Tensor, "*batch"]:
    """|T(7:00) − 20 °C| after `hours` of heating from `night` °C."""
    seven = HOT - (HOT - night) * torch.exp(-hours / slowness)
    return (seven - TARGET).abs()


def sample_rooms(num_rooms: int, gen: torch.Generator) -> Float[Tensor, " num_rooms"]:
    """The slowness, in hours, of rooms drawn from P(T)."""
    if num_rooms < 1:
        raise ValueError(f"Ask for at least one room; num_rooms is {num_rooms}.")
    low, high = SLOWNESS
    return low + (high - low) * torch.rand(num_rooms, generator=gen, dtype=torch.float64)


def sample_nights(*shape: int, gen: torch.Generator) -> Tensor:
    """Temperatures at the end of the night, in °C: the weather that nobody controls."""
    mean, spread = NIGHT
    return mean + spread * torch.randn(*shape, generator=gen, dtype=torch.float64)


def tune(
    theta: tuple[float, float], slowness: Float[Tensor, " rooms"], nights: Float[Tensor, "rooms k"]
) -> Float[Tensor, " rooms"]:
    """A_θ(T^tr): spread one try per trial morning over θ = (first, last) hours, keep the best.

    `nights` are the trial mornings of each room; the answer is one φ per room, in hours.
    """
    first, last = theta
    k = nights.shape[-1]
    tries = first + (last - first) * (torch.arange(k, dtype=nights.dtype) + 0.5) / k
    trials = degrees_off(tries.expand_as(nights), slowness[:, None].expand_as(nights), nights)
    return tries[trials.argmin(-1)]
