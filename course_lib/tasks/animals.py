"""Otters and dogs: small pictures of two kinds of animal, for a first task of classification
(notebook 02).

A species is a handful of body measures; every picture shows another animal of that species, in
another pose, size, coat and light. Any two species make a task, so there is a family of tasks.
"""

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from PIL import Image, ImageDraw
from torch import Tensor

SIDE = 32  # pixels
FINE = 4  # animals are drawn this much larger, then averaged down


@dataclass(frozen=True)
class Species:
    """The body measures of a kind of animal, in picture widths; angles in degrees, 90 is up.

    `girth` is half the body's height; `tail_root` and `tail_tip` are half its thickness there;
    `swims` is the part of the pictures that show the animal in water.
    """

    name: str
    body: float
    girth: float
    legs: float
    leg_width: float
    neck: float
    neck_angle: float
    head: float
    snout: float
    ears: float
    tail: float
    tail_angle: float
    tail_root: float
    tail_tip: float
    num_legs: int = 4
    swims: float = 0.0

    def __post_init__(self) -> None:
        if min(self.body, self.girth, self.head) <= 0:
            raise ValueError(f"A {self.name} needs a body, a girth and a head above 0.")
        if self.num_legs not in (2, 4):
            raise ValueError(f"num_legs is {self.num_legs}: choose 2 or 4.")
        if not 0 <= self.swims <= 1:
            raise ValueError(f"swims is {self.swims}: choose a number from 0 to 1.")


OTTER = Species(
    "otter",
    0.36,
    0.075,
    0.08,
    0.028,
    0.1,
    22,
    0.062,
    0.035,
    0.02,
    0.30,
    -8,
    0.055,
    0.008,
    swims=0.2,
)
DOG = Species("dog", 0.30, 0.075, 0.17, 0.022, 0.12, 48, 0.06, 0.075, 0.055, 0.2, 55, 0.02, 0.012)
CAT = Species("cat", 0.28, 0.07, 0.13, 0.02, 0.08, 40, 0.068, 0.02, 0.06, 0.28, 75, 0.02, 0.014)
BIRD = Species(
    "bird", 0.16, 0.085, 0.13, 0.01, 0.1, 60, 0.05, 0.07, 0.0, 0.16, 15, 0.03, 0.025, num_legs=2
)
HORSE = Species(
    "horse", 0.30, 0.085, 0.24, 0.022, 0.22, 55, 0.05, 0.1, 0.035, 0.2, -60, 0.025, 0.02
)
SPECIES = (OTTER, DOG, CAT, BIRD, HORSE)


def species(gen: torch.Generator, name: str = "animal") -> Species:
    """A species drawn by chance: measures between the smallest and the largest of `SPECIES`."""
    rng = np.random.default_rng(int(torch.randint(2**62, (), generator=gen)))
    measures = {}
    for field in fields(Species):
        values = [getattr(one, field.name) for one in SPECIES]
        if field.name not in ("name", "num_legs"):
            measures[field.name] = float(rng.uniform(min(values), max(values)))
    return Species(name, num_legs=int(rng.choice([2, 4])), **measures)


def draw(kind: Species, num_pictures: int, gen: torch.Generator) -> UInt8[np.ndarray, "n 32 32"]:
    """`num_pictures` grey pictures of animals of one kind.

    Errors: ValueError for fewer than 1.
    """
    if num_pictures < 1:
        raise ValueError(f"num_pictures is {num_pictures}: choose 1 or more.")
    rng = np.random.default_rng(int(torch.randint(2**62, (), generator=gen)))
    return np.stack([_one(kind, rng) for _ in range(num_pictures)])


def examples(
    first: Species, second: Species, num_examples: int, gen: torch.Generator
) -> tuple[Float[Tensor, "n 1 32 32"], Int[Tensor, "n"]]:
    """A data set of one task: pictures x in [0, 1] and labels y, 0 for `first`, 1 for `second`.

    Half of each kind (the odd one is of the first), in random order: i.i.d. but for the balance.
    Errors: ValueError for fewer than 2.
    """
    if num_examples < 2:
        raise ValueError(f"num_examples is {num_examples}: choose 2 or more, one of each kind.")
    half = num_examples // 2
    pictures = np.concatenate([draw(first, num_examples - half, gen), draw(second, half, gen)])
    order = torch.randperm(num_examples, generator=gen)
    labels = (torch.arange(num_examples) >= num_examples - half).long()
    return torch.from_numpy(pictures)[order, None].float() / 255, labels[order]


def _one(kind: Species, rng: np.random.Generator) -> UInt8[np.ndarray, "32 32"]:
    """One picture: background, perhaps water, and an animal in some pose."""
    paper, coat = rng.uniform(150, 240), rng.uniform(20, 90)
    image = Image.new("L", (SIDE * FINE, SIDE * FINE), int(paper))
    pen = ImageDraw.Draw(image)
    if rng.random() < 0.5:  # a ground
        top = SIDE * FINE * rng.uniform(0.6, 0.85)
        pen.rectangle((0, top, SIDE * FINE, SIDE * FINE), fill=int(paper - rng.uniform(10, 45)))
    at = _pose(_varied(kind, rng), pen, int(coat), rng)
    if rng.random() < kind.swims:
        pen.rectangle((0, at, SIDE * FINE, SIDE * FINE), fill=int(paper - rng.uniform(20, 60)))
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    small = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64)
    light = np.linspace(-1, 1, SIDE)
    small = small + rng.normal(0, 8) * light + rng.normal(0, 8) * light[:, None]
    return (small + rng.normal(0, 12, small.shape)).round().clip(0, 255).astype(np.uint8)


def _varied(kind: Species, rng: np.random.Generator) -> Species:
    """Another animal of the same kind: each measure changed by about 10 %, angles by 10°."""
    changed = {}
    for field in fields(kind):
        value = getattr(kind, field.name)
        if field.name.endswith("angle"):
            changed[field.name] = value + 10 * rng.normal()
        elif field.name not in ("name", "num_legs", "swims"):
            changed[field.name] = value * math.exp(0.1 * rng.normal())
    return replace(kind, **changed)


class _Brush:
    """Draws an animal's parts on a page that is scaled, tilted and shifted."""

    def __init__(self, pen, coat: int, scale: float, tilt: float, middle: np.ndarray) -> None:
        self.pen, self.coat, self.scale, self.middle = pen, coat, scale, middle
        cos, sin = math.cos(tilt), math.sin(tilt)
        self.turn = np.array([[cos, sin], [-sin, cos]])

    def limb(self, start, end, thick: float, thin: float, bend: float = 0.0) -> None:
        """A row of discs from start to end, (x, y) with y upwards, bent sideways by `bend`."""
        start, end = np.array(start), np.array(end)
        steps = np.linspace(0, 1, 9)[:, None]
        side = np.array([start[1] - end[1], end[0] - start[0]])
        points = start + steps * (end - start) + 4 * bend * steps * (1 - steps) * side
        points = (points @ self.turn) * [self.scale, -self.scale] + self.middle
        radii = self.scale * (thick + steps[:, 0] * (thin - thick))
        for (x, y), r in zip(points.tolist(), radii.tolist(), strict=True):
            self.pen.ellipse((x - r, y - r, x + r, y + r), fill=self.coat)


def _onward(start, length: float, degrees: float) -> np.ndarray:
    """The point `length` away from `start` in that direction."""
    angle = math.radians(degrees)
    return np.array(start) + length * np.array([math.cos(angle), math.sin(angle)])


def _pose(kind: Species, pen: ImageDraw.ImageDraw, coat: int, rng: np.random.Generator) -> float:
    """Draw the animal facing right; returns the height of its belly, in fine pixels."""
    scale = 1.05 * SIDE * FINE * math.exp(0.1 * rng.normal())
    tilt = math.radians(6) * rng.normal()
    middle = SIDE * FINE * (np.array([0.5, 0.5]) + 0.04 * rng.normal(size=2))
    limb = _Brush(pen, coat, scale, tilt, middle).limb

    lift = (kind.legs - kind.girth) / 2  # so that the whole animal is in the middle
    shift = (kind.tail - kind.neck - kind.snout) * 0.25
    hip = np.array([-kind.body / 2 + shift, lift])
    chest = np.array([kind.body / 2 + shift, lift + 0.02 * rng.normal()])
    limb(hip, chest, kind.girth, kind.girth * 0.95, bend=0.08 * rng.normal())
    stride = rng.uniform(-22, 22)
    for joint in (hip, chest) if kind.num_legs == 4 else ((hip + chest) / 2,):
        for swing in (stride, -stride):
            foot = _onward(joint - [0, kind.girth * 0.5], kind.legs + kind.girth * 0.4, swing - 90)
            limb(joint, foot, kind.leg_width * 1.4, kind.leg_width)
    head = _onward(chest, kind.girth * 0.6 + kind.neck, kind.neck_angle)
    limb(chest, head, kind.girth * 0.75, kind.head * 0.8)
    limb(head, _onward(head, kind.snout + kind.head, -12), kind.head, kind.head * 0.5)
    for lean in (100, 70):
        ear = _onward(head, kind.head + kind.ears, lean)
        limb(_onward(head, kind.head * 0.6, lean), ear, kind.head * 0.45, kind.head * 0.12)
    end = _onward(hip, kind.girth + kind.tail, 180 - kind.tail_angle)
    limb(hip, end, kind.tail_root, kind.tail_tip, bend=0.12 * rng.normal())
    return float(middle[1] - scale * lift)
