"""A small convolutional net for pictures of half the size (notebook 11).

It is `conv4` with a layer less, and the head sees all of the last map. As there, the pictures of a
set are normalised together: the queries of a task see each other, for every method alike.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.nets.models import cross_entropy, linear_head, normed_product
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
    """All of the last map: three 3×3 convolutions of stride 2, batch norm and ReLU."""
    x = x[..., None]
    for i in range(LAYERS):
        taps = patches(x)
        y = normed_product(
            taps.flatten(0, 2), params[f"conv{i}"], params[f"scale{i}"], params[f"shift{i}"]
        )
        x = torch.relu(y).unflatten(0, taps.shape[:3])
    return x.flatten(1)


def apply(params: Params, x: Float[Tensor, "batch 14 14"]) -> Float[Tensor, "batch rows"]:
    """The logits; as many as the head has rows."""
    return linear_head(params, features(params, x))


LOSS, HEAD_LOSS = cross_entropy(apply), cross_entropy(linear_head)


def products(rows: int) -> int:
    """Multiplications of one picture on its way forward, with a head of so many rows."""
    layers = zip(MAPS, (9, *[9 * CHANNELS] * (LAYERS - 1)), strict=True)
    return sum(side**2 * taps * CHANNELS for side, taps in layers) + FEATURES * rows
