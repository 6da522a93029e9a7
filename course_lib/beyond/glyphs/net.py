"""A small convolutional net in which no picture sees another (notebook 11).

Batch norm would let the queries of a task see each other, and the five pictures of a support are
few for it. Here each picture is normalised by itself, so nobody wins by the company it is asked in.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.nets.models import cross_entropy, linear_head
from course_lib.nets.patches import patches

SIDE, CHANNELS, LAYERS = 14, 16, 3
MAPS = (7, 4, 2)  # the side after each layer
FEATURES = MAPS[-1] ** 2 * CHANNELS
HEAD = ("w", "b")


def init(rows: int, gen: torch.Generator) -> Params:
    """Random weights, uniform on ±1/√inputs, with a head of so many rows."""
    params, taps = {}, 9
    for i in range(LAYERS):
        params[f"conv{i}"] = _uniform(taps, CHANNELS, inputs=taps, gen=gen)
        params[f"scale{i}"] = torch.ones(CHANNELS)
        params[f"shift{i}"] = torch.zeros(CHANNELS)
        taps = 9 * CHANNELS
    params["w"] = _uniform(rows, FEATURES, inputs=FEATURES, gen=gen)
    return {**params, "b": torch.zeros(rows)}


def _uniform(*shape: int, inputs: int, gen: torch.Generator) -> Tensor:
    return (2 * torch.rand(*shape, generator=gen) - 1) * inputs**-0.5


def blank_head() -> Params:
    """A head of five that says nothing yet."""
    return {"w": torch.zeros(5, FEATURES), "b": torch.zeros(5)}


def features(params: Params, x: Float[Tensor, "batch 14 14"]) -> Float[Tensor, "batch features"]:
    """All of the last map: three 3×3 convolutions of stride 2, each with a norm and ReLU."""
    x = x[..., None]
    for i in range(LAYERS):
        y = patches(x) @ params[f"conv{i}"]
        y = y - y.mean((1, 2, 3), keepdim=True)
        y = y * torch.rsqrt(y.square().mean((1, 2, 3), keepdim=True) + 1e-5)
        x = torch.relu(y * params[f"scale{i}"] + params[f"shift{i}"])
    return x.flatten(1)


def apply(params: Params, x: Float[Tensor, "batch 14 14"]) -> Float[Tensor, "batch rows"]:
    """The logits; as many as the head has rows."""
    return linear_head(params, features(params, x))


LOSS, HEAD_LOSS = cross_entropy(apply), cross_entropy(linear_head)


def products(rows: int) -> int:
    """Multiplications of one picture on its way forward, with a head of so many rows."""
    layers = zip(MAPS, (9, *[9 * CHANNELS] * (LAYERS - 1)), strict=True)
    return sum(side**2 * taps * CHANNELS for side, taps in layers) + FEATURES * rows
