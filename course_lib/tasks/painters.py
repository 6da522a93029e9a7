"""Painters as a random variable: what all paintings by one person have in common (notebook 01).

Colours, brush strokes, angular planes, outlines. `paintings` lets them paint.
"""

import colorsys
import math
from dataclasses import dataclass, replace

import numpy as np
import torch

SKY, FAR, FIELD, LEAF, OBJECT, DARK = range(6)  # what the colours of a palette are for
Palette = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Painter:
    """A painter's manner, what all of his paintings share.

    `palette`: six RGB colours in 0…255: sky, distance, field, leaves, objects, outlines;
    `planes`: 0 paints with strokes only, 1 breaks everything into angular planes;
    `angle`, `disorder` (radians): direction of the strokes and how much it varies;
    `length`, `width` (pixels): of a stroke; `outline`: 0…1, darkness of drawn lines;
    `liveliness`: spread of the colours around the palette, 0…255.
    """

    name: str
    palette: Palette
    planes: float
    angle: float
    disorder: float
    length: float
    width: float
    outline: float
    liveliness: float

    def __post_init__(self) -> None:
        if len(self.palette) != 6:
            raise ValueError(f"A palette needs 6 colours; {self.name} has {len(self.palette)}.")
        for field in ("planes", "outline"):
            if not 0 <= getattr(self, field) <= 1:
                raise ValueError(f"{field} is {getattr(self, field)}: choose a number from 0 to 1.")
        if self.length <= 0 or self.width <= 0:
            raise ValueError("A stroke needs a length and a width above 0.")


BRAQUE_LIKE = Painter(
    "Braque-like",
    (
        (186, 174, 142),
        (136, 126, 104),
        (198, 168, 114),
        (104, 98, 78),
        (170, 116, 62),
        (34, 29, 25),
    ),
    planes=1.0,
    angle=0.9,
    disorder=0.8,
    length=9,
    width=2.2,
    outline=0.85,
    liveliness=9,
)
CEZANNE_LIKE = Painter(
    "Cézanne-like",
    ((150, 182, 206), (108, 134, 176), (214, 176, 98), (84, 124, 72), (204, 104, 58), (44, 58, 92)),
    planes=0.0,
    angle=-0.95,
    disorder=0.14,
    length=12,
    width=2.6,
    outline=0.45,
    liveliness=20,
)


def painter(gen: torch.Generator, name: str = "somebody") -> Painter:
    """A painter drawn by chance: P(style), the distribution over tasks of this file."""
    rng = numpy_generator(gen)
    hue, variety, grey = rng.uniform(0, 1), rng.uniform(0.05, 0.35), rng.uniform(0.1, 0.75)
    light = np.array([0.72, 0.55, 0.72, 0.42, 0.6, 0.18]) + rng.normal(0, 0.05, 6)
    hues = hue + variety * rng.normal(0, 1, 6)
    return Painter(
        name,
        tuple(_rgb(h, grey * rng.uniform(0.7, 1.0), v) for h, v in zip(hues, light, strict=True)),
        planes=float(rng.choice([0.0, 1.0, rng.uniform(0.2, 0.8)])),
        angle=float(rng.uniform(-math.pi / 2, math.pi / 2)),
        disorder=float(rng.uniform(0.05, 0.9)),
        length=float(rng.uniform(5, 16)),
        width=float(rng.uniform(1.6, 3.8)),
        outline=float(rng.uniform(0, 1)),
        liveliness=float(rng.uniform(6, 30)),
    )


def pair(gen: torch.Generator, difference: float = 1.0) -> tuple[Painter, Painter]:
    """Two painters who share their colours and differ in manner only, by `difference` in 0…1.

    The second one's manner is (1 − difference)·first + difference·another painter's; its strokes
    lie at difference·90° to the first one's. At 0 nobody can tell them apart.
    Errors: ValueError for a difference outside 0…1.
    """
    if not 0 <= difference <= 1:
        raise ValueError(f"difference is {difference}: choose a number from 0 (same) to 1.")
    first, other = painter(gen, "first"), painter(gen, "second")
    moved = {
        field: (1 - difference) * getattr(first, field) + difference * getattr(other, field)
        for field in ("planes", "disorder", "length", "width", "outline", "liveliness")
    }
    angle = first.angle + difference * math.pi / 2
    return first, replace(first, name="second", angle=angle, **moved)


def numpy_generator(gen: torch.Generator) -> np.random.Generator:
    """A numpy generator seeded from `gen`."""
    return np.random.default_rng(int(torch.randint(2**62, (), generator=gen)))


def _rgb(hue: float, saturation: float, value: float) -> tuple[float, float, float]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, min(max(value, 0.0), 1.0))
    return 255 * red, 255 * green, 255 * blue
