"""`conv4` and `pool4` for learners that don't adapt their weights: each picture can be seen alone
(notebook 07).

In training the pictures of a batch are normalised together, as everywhere in the course. Afterwards
the means and variances of many meta-training pictures are stored among the weights, and from then
on the features of a picture are its own: they depend on no other picture, so no answer can either.
(Running averages, the usual way, estimate the same numbers less exactly.)

The weights are those of `models.conv4` or `models.pool4`, told by their names. Convolutions are
the library's, which are twice as fast here as our patches: nothing differentiates through an inner
step.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground.types import Params
from course_lib.nets import models

LAYERS = range(4)
CONV4 = models.conv4(2)


def init_body(gen: torch.Generator, device=None, *, model: models.Model = CONV4) -> Params:
    """Fresh weights of the model without its head."""
    theta = model.init(gen, device=device)
    return {name: p for name, p in theta.items() if name not in ("w", "b")}


def features_together(
    theta: Params, x: Float[Tensor, "batch channel height width"], *, places: bool = False
) -> Float[Tensor, "batch features"]:
    """The body's features: the pictures are normalised together. For training.

    `places`: all of the last map of `conv4`, 2×2 places, where otherwise there is its mean. Those
    of `pool4` are always all.
    """
    return _seen(theta, _through(theta, x, lambda i: (None, None)), places)


def features_alone(
    theta: Params, x: Float[Tensor, "*batch channel height width"], *, places: bool = False
) -> Float[Tensor, "*batch features"]:
    """The features of each picture alone, by the stored means and variances.

    `places` as in `features_together`.
    Errors: ValueError where θ has none: see `with_statistics`.
    """
    if "mean3" not in theta:
        raise ValueError("These weights hold no statistics: store them by with_statistics first.")
    rows = _through(theta, x.flatten(0, -4), lambda i: (theta[f"mean{i}"], theta[f"variance{i}"]))
    return _seen(theta, rows, places).unflatten(0, x.shape[:-3])


@torch.no_grad()
def with_statistics(theta: Params, x: Float[Tensor, "batch channel height width"]) -> Params:
    """θ with the mean and variance of every layer's channels over these pictures.

    `mean0`, `variance0`, … [channels], of what comes out of the convolutions.
    """
    found: Params = {}

    def measured(i: int, y: Tensor) -> tuple[Tensor, Tensor]:
        found[f"mean{i}"] = y.mean((0, 2, 3))
        found[f"variance{i}"] = y.var((0, 2, 3), correction=0)
        return found[f"mean{i}"], found[f"variance{i}"]

    _through(theta, x, None, measured)
    return {**theta, **found}


def _through(theta: Params, x: Tensor, stored, measured=None) -> Tensor:
    """The last map; layer i is normalised by `stored(i)`, or by what `measured(i, y)` finds."""
    name, stride = ("pooled", 1) if "pooled0" in theta else ("conv", 2)
    x = x.contiguous(memory_format=torch.channels_last)
    for i in LAYERS:
        weight = theta[f"{name}{i}"].permute(3, 2, 0, 1)  # [3, 3, in, out] -> [out, in, 3, 3]
        weight = weight.contiguous(memory_format=torch.channels_last)
        y = F.conv2d(x, weight, stride=stride, padding=1)
        mean, variance = measured(i, y) if measured else stored(i)
        scale, shift = theta[f"scale{i}"], theta[f"shift{i}"]
        x = F.relu(F.batch_norm(y, mean, variance, scale, shift, training=mean is None))
        x = F.max_pool2d(x, 2) if stride == 1 else x
    return x


def _seen(theta: Params, maps: Tensor, places: bool) -> Tensor:
    """Each map as numbers: its mean for each channel, or all that it holds."""
    return maps.flatten(1) if places or "pooled0" in theta else maps.mean((2, 3))
