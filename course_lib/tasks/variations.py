"""Other drawings and other characters, made of the pictures at hand (notebooks 06 and 07).

A net that sees the same 20 drawings of a character again and again learns them by heart. So each is
moved, turned and scaled a little, differently each time; a mirrored character is another character;
and a thick or a blurred pen is another pen. Pictures are 0…1 with ink 1, random numbers from `gen`.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F


def wobbled(
    x: Float[Tensor, "tasks rows 1 side side"],
    gen: torch.Generator,
    *,
    scales: tuple[float, float] = (0.9, 1.1),
) -> Float[Tensor, "tasks rows 1 side side"]:
    """Each picture turned by up to 10°, made smaller or larger, shifted by up to 2 pixels.

    `scales` are those of the paper around the drawing: at 0.9 the drawing is 1/0.9 times as large.
    """
    pictures = x.flatten(0, 1)
    turn, scale, dx, dy = (2 * torch.rand(4, len(pictures), generator=gen) - 1).to(x.device)
    middle, reach = (scales[0] + scales[1]) / 2, (scales[1] - scales[0]) / 2
    turn, scale = turn * math.pi / 18, middle + reach * scale
    cos, sin, shift = scale * turn.cos(), scale * turn.sin(), 4 / x.shape[-1]
    rows = torch.stack([cos, -sin, shift * dx]), torch.stack([sin, cos, shift * dy])
    grid = F.affine_grid(torch.stack(rows).permute(2, 0, 1), pictures.shape, align_corners=False)
    return F.grid_sample(pictures, grid, align_corners=False).unflatten(0, x.shape[:2])


def mirrored(
    x: Float[Tensor, "tasks rows 1 side side"], y: Int[Tensor, "tasks rows"], num_ways: int, gen
) -> Float[Tensor, "tasks rows 1 side side"]:
    """Half of the classes of each task mirrored left to right: other characters."""
    chosen = (torch.rand(len(x), num_ways, generator=gen) < 0.5).to(x.device).gather(1, y)
    return torch.where(chosen[..., None, None, None], x.flip(-1), x)


def redrawn(
    x: Float[Tensor, "tasks rows 1 side side"], gen: torch.Generator
) -> Float[Tensor, "tasks rows 1 side side"]:
    """Each picture with a pen of its own: between the drawing and one with strokes two pixels
    wider, then between that and its blur, each by a share drawn for the picture; half keep their
    pen."""
    pictures = x.flatten(0, 1)
    shares = torch.rand(2, len(pictures), generator=gen) * (
        torch.rand(len(pictures), generator=gen) < 0.5
    )
    thicker, softer = shares.to(x.device)[..., None, None, None]
    pictures = pictures.lerp(F.max_pool2d(pictures, 3, stride=1, padding=1), thicker)
    blur = F.avg_pool2d(pictures, 3, stride=1, padding=1)
    return pictures.lerp(blur, softer).unflatten(0, x.shape[:2])


def varied(
    x: Float[Tensor, "rows 1 side side"], y: Int[Tensor, " rows"], num_ways: int, gen
) -> Float[Tensor, "rows 1 side side"]:
    """One task's pictures, half of the classes mirrored, and each picture moved a little."""
    return wobbled(mirrored(x[None], y[None], num_ways, gen), gen)[0]
