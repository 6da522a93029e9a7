"""A 3×3 convolution of stride 2 as what it is: patches laid out as rows, times a matrix
(notebook 06).

Why not `conv2d`: after one inner step each task has its own weights. Convolution libraries take
that as one convolution with many groups, which is slow on a CPU and more so in its second
derivative. As matrices it is one batched product, and so is every derivative of it.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


class _Patches(torch.autograd.Function):
    """Pictures -> patches. Linear, so its derivative is its transpose, `_Unpatch`, and vice versa.

    Axes before the last three are batch axes, which is all that `vmap` needs to know.
    """

    @staticmethod
    def forward(x):
        x = F.pad(x, (0, 0, 1, 1, 1, 1))
        windows = x.unfold(-3, 3, 2).unfold(-3, 3, 2).movedim(-3, -1)
        return windows.reshape(*windows.shape[:-3], -1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.size = inputs[0].shape[-3:-1]

    @staticmethod
    def backward(ctx, grad):
        return _Unpatch.apply(grad, ctx.size)

    @staticmethod
    def vmap(info, in_dims, x):
        return _Patches.apply(x.movedim(in_dims[0], 0)), 0


class _Unpatch(torch.autograd.Function):
    """Patches -> pictures: each pixel is the sum of its copies."""

    @staticmethod
    def forward(patches, size):
        (height, width), (rows, columns) = size, patches.shape[-3:-1]
        taps = patches.unflatten(-1, (3, 3, -1))
        x = patches.new_zeros(*taps.shape[:-5], 2 * rows + 1, 2 * columns + 1, taps.shape[-1])
        for i in range(3):
            for j in range(3):
                x[..., i : i + 2 * rows : 2, j : j + 2 * columns : 2, :] += taps[..., i, j, :]
        return x[..., 1 : height + 1, 1 : width + 1, :]

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad):
        return _Patches.apply(grad), None

    @staticmethod
    def vmap(info, in_dims, patches, size):
        return _Unpatch.apply(patches.movedim(in_dims[0], 0), size), 0


def patches(
    x: Float[Tensor, "batch height width channel"],
) -> Float[Tensor, "batch rows columns taps"]:
    """Every 3×3 patch of x at stride 2, zeros around the border, as 9·channel numbers.

    Row i, column j of the result is centred on pixel (2i, 2j); the order within is that of a
    weight of shape [3, 3, channel, out], so `patches(x) @ weight.flatten(0, 2)` convolves.
    Sizes are rounded up: 28 → 14 → 7 → 4 → 2.
    """
    return _Patches.apply(x)
