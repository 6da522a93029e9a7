"""Networks as pure functions: `init(gen) -> params` and `apply(params, x) -> prediction`
(notebooks 04 to 07).

Written out rather than wrapped, because MAML differentiates through the weights: it is easier to
see what happens when a weight is just an entry of a dict.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground.types import Params
from course_lib.nets.patches import patches


class Model(NamedTuple):
    """A network: `init(gen) -> params` and `apply(params, x) -> prediction`."""

    init: Callable[..., Params]
    apply: Callable[[Params, Tensor], Tensor]


def _uniform(shape: Sequence[int], fan_in: int, gen: torch.Generator, like: dict) -> Tensor:
    """Uniform on ±1/√fan_in, PyTorch's default for linear and convolution layers."""
    bound = 1 / math.sqrt(fan_in)
    return ((torch.rand(*shape, generator=gen) * 2 - 1) * bound).to(**like)


def mlp(*sizes: int, nonlinearity: Callable[[Tensor], Tensor] = torch.relu) -> Model:
    """A multilayer perceptron, sizes[0] → … → sizes[-1]; the last layer is linear.

    `mlp(1, 40, 40, 1)` is the sinusoid network of Finn et al. 2017, §5.1. Weights `w0`, `b0`, …
    have shapes [out, in] and [out]; inputs [batch, sizes[0]], outputs [batch, sizes[-1]].
    Errors: ValueError for fewer than two sizes or a size below 1.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"An MLP needs at least two layer sizes, all ≥ 1; got {sizes}.")
    layers = list(pairwise(sizes))

    def init(gen: torch.Generator, device=None, dtype=None) -> Params:
        like = {"device": device, "dtype": dtype}
        params: Params = {}
        for i, (fan_in, fan_out) in enumerate(layers):
            params[f"w{i}"] = _uniform((fan_out, fan_in), fan_in, gen, like)
            params[f"b{i}"] = _uniform((fan_out,), fan_in, gen, like)
        return params

    def apply(params: Params, x: Float[Tensor, "batch in"]) -> Float[Tensor, "batch out"]:
        for i in range(len(layers)):
            x = F.linear(x, params[f"w{i}"], params[f"b{i}"])
            if i < len(layers) - 1:
                x = nonlinearity(x)
        return x

    return Model(init, apply)


def batch_norm(
    x: Float[Tensor, "rows channel"],
    scale: Float[Tensor, " channel"],
    shift: Float[Tensor, " channel"],
    eps: float = 1e-5,
) -> Float[Tensor, "rows channel"]:
    """x normalised with the mean and variance of *these* rows, per channel, then scaled, shifted.

    No running statistics: a query set is normalised by itself, which makes its predictions depend
    on each other (transductive). Differentiable twice, and safe under `torch.func.vmap`.
    """
    per_row = 1 / len(x)  # sums times a number: cheaper to differentiate than means
    x = x + x.sum(0) * -per_row
    return x * (torch.rsqrt((x * x).sum(0) * per_row + eps) * scale) + shift


def normed_product(
    x: Float[Tensor, "rows in"],
    w: Float[Tensor, "in channel"],
    scale: Float[Tensor, " channel"],
    shift: Float[Tensor, " channel"],
    eps: float = 1e-5,
) -> Float[Tensor, "rows channel"]:
    """batch_norm(x @ w), by way of the covariance of x where x is the narrower one.

    The variance of column c of x @ w is w_cᵀ Cov(x) w_c. So the whole normalisation goes into the
    weights before anything wide is computed, and the shift into one more row of them: equal up to
    rounding, and much cheaper in the first layer of `conv4`, whose x has 9 columns.
    """
    if x.shape[1] >= w.shape[1]:
        return batch_norm(x @ w, scale, shift, eps)
    x = x - x.mean(0)
    variance = ((x.T @ x / len(x)) @ w * w).sum(0)
    weights = torch.cat([w * (torch.rsqrt(variance + eps) * scale), shift[None]])
    return torch.cat([x, torch.ones_like(x[:, :1])], 1) @ weights


def conv4(num_ways: int, *, channels: int = 64, in_channels: int = 1) -> Model:
    """Four 3×3 convolutions of stride 2, batch norm and ReLU, global mean, linear head.

    Inputs [batch, in_channels, 28, 28] in [0, 1]; outputs logits [batch, num_ways]. The weights
    `conv0` … `conv3` have shape [3, 3, in, out], with no bias: batch norm would take it away.
    Source: Finn et al. 2017, §5.2 (Omniglot). Theirs keeps 64 features too: at 28×28 the last map
    is 2×2 and is averaged.
    Errors: ValueError for num_ways < 2.
    """
    init = _four_layers("conv", num_ways, channels, in_channels, channels)
    return Model(init, lambda params, x: linear_head(params, conv4_features(params, x)))


def pool4(num_ways: int, *, channels: int = 32, in_channels: int = 3, side: int = 84) -> Model:
    """Four 3×3 convolutions, batch norm, ReLU and 2×2 max-pooling, then a linear head.

    Inputs [batch, in_channels, side, side] in [0, 1]; outputs logits [batch, num_ways]. The head
    sees all places of the last map: 84 → 42 → 21 → 10 → 5, so 25·channels numbers. The weights
    `pooled0` … `pooled3` are laid out as those of `conv4`, with no bias.
    Source: the body of mini-ImageNet in Vinyals et al. 2016 (64 channels), Ravi & Larochelle 2017
    and Finn et al. 2017, §5.2 (32).
    Errors: ValueError for num_ways < 2 or pictures that four poolings leave nothing of.
    """
    if side < 16:
        raise ValueError(f"Four poolings leave nothing of {side} pixels: take 16 at least.")
    init = _four_layers("pooled", num_ways, channels, in_channels, (side // 16) ** 2 * channels)
    return Model(init, lambda params, x: linear_head(params, pool4_features(params, x)))


def _four_layers(
    name: str, num_ways: int, channels: int, in_channels: int, width: int
) -> Callable[..., Params]:
    """`init` of a net of four normalised convolutions, whose head sees `width` numbers."""
    check_ways(num_ways)

    def init(gen: torch.Generator, device=None, dtype=None) -> Params:
        like = {"device": device, "dtype": dtype}
        params: Params = {}
        fan_in = in_channels
        for i in range(4):
            params[f"{name}{i}"] = _uniform((3, 3, fan_in, channels), fan_in * 9, gen, like)
            params[f"scale{i}"] = torch.ones(channels, **like)
            params[f"shift{i}"] = torch.zeros(channels, **like)
            fan_in = channels
        params["w"] = _uniform((num_ways, width), width, gen, like)
        params["b"] = torch.zeros(num_ways, **like)
        return params

    return init


def dense4(num_ways: int, *, inputs: int = 28 * 28) -> Model:
    """No convolutions: layers of 256, 128, 64 and 64, batch norm and ReLU, then a linear head.

    Inputs [batch, channel, height, width] with `inputs` numbers each; outputs logits [batch,
    num_ways]. The weights `dense0` … `dense3` have shape [in, out], with no bias.
    Source: Finn et al. 2017, appendix A.1, "no conv".
    Errors: ValueError for num_ways < 2.
    """
    check_ways(num_ways)

    def init(gen: torch.Generator, device=None, dtype=None) -> Params:
        like = {"device": device, "dtype": dtype}
        params: Params = {}
        for i, (fan_in, fan_out) in enumerate(pairwise((inputs, 256, 128, 64, 64))):
            params[f"dense{i}"] = _uniform((fan_in, fan_out), fan_in, gen, like)
            params[f"scale{i}"] = torch.ones(fan_out, **like)
            params[f"shift{i}"] = torch.zeros(fan_out, **like)
        params["w"] = _uniform((num_ways, 64), 64, gen, like)
        params["b"] = torch.zeros(num_ways, **like)
        return params

    return Model(init, lambda params, x: linear_head(params, dense4_features(params, x)))


def check_ways(num_ways: int) -> None:
    """Raise a ValueError for fewer than two classes."""
    if num_ways < 2:
        raise ValueError(f"Classification needs at least 2 classes; num_ways is {num_ways}.")


def conv4_features(
    params: Params, x: Float[Tensor, "batch channel height width"]
) -> Float[Tensor, "batch features"]:
    """What `conv4` hands to its head: the mean over the last map of each channel."""
    x = x.movedim(1, -1)
    for i in range(4):
        taps = patches(x)  # [batch, rows, columns, 9·in]
        weight = params[f"conv{i}"].flatten(0, 2)
        y = normed_product(taps.flatten(0, -2), weight, params[f"scale{i}"], params[f"shift{i}"])
        x = torch.relu(y).unflatten(0, taps.shape[:-1])
    return x.sum((1, 2)) * (1 / (x.shape[1] * x.shape[2]))


def pool4_features(
    params: Params, x: Float[Tensor, "batch channel height width"]
) -> Float[Tensor, "batch features"]:
    """What `pool4` hands to its head: all of the last map."""
    for i in range(4):
        y = F.conv2d(x, params[f"pooled{i}"].permute(3, 2, 0, 1), padding=1).movedim(1, -1)
        rows = batch_norm(y.flatten(0, -2), params[f"scale{i}"], params[f"shift{i}"])
        x = F.max_pool2d(torch.relu(rows).unflatten(0, y.shape[:-1]).movedim(-1, 1), 2)
    return x.flatten(1)


def dense4_features(
    params: Params, x: Float[Tensor, "batch channel height width"]
) -> Float[Tensor, "batch features"]:
    """What `dense4` hands to its head."""
    x = x.flatten(1)
    for i in range(4):
        x = normed_product(x, params[f"dense{i}"], params[f"scale{i}"], params[f"shift{i}"])
        x = torch.relu(x)
    return x


def linear_head(
    params: Params, features: Float[Tensor, "batch features"]
) -> Float[Tensor, "batch ways"]:
    """The logits: one row of `w` and one number of `b` for each class."""
    return F.linear(features, params["w"], params["b"])


def mse(apply: Callable[[Params, Tensor], Tensor]) -> Callable[[Params, Tensor, Tensor], Tensor]:
    """The loss L(params, x, y) = mean (apply(params, x) − y)²."""
    return lambda params, x, y: (apply(params, x) - y).square().mean()


def cross_entropy(apply: Callable[[Params, Tensor], Tensor]):
    """The loss L(params, x, y) = mean −log softmax(apply(params, x))[y]; y holds class indices."""
    return lambda params, x, y: F.cross_entropy(apply(params, x), y)
