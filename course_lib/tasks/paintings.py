"""Paintings by invented painters: who painted this, after three examples of each? (notebook 01)

Every painting shows another motif, so only the manner tells two painters apart.
"""

import itertools
import math

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from course_lib.tasks.motifs import SIDE, compose, rgb
from course_lib.tasks.painters import (
    BRAQUE_LIKE,
    CEZANNE_LIKE,
    DARK,
    SKY,
    Painter,
    numpy_generator,
    painter,
    pair,
)

__all__ = ["BRAQUE_LIKE", "CEZANNE_LIKE", "SIDE", "Painter", "features", "paint", "painter", "pair"]

FINE = 2  # strokes are drawn this much larger, then averaged down
PER_PATCH = 5  # parallel strokes in a patch
AXIS = np.arange(SIDE, dtype=np.float32)


def paint(
    style: Painter, num_paintings: int, gen: torch.Generator
) -> UInt8[np.ndarray, "num_paintings 96 96 3"]:
    """`num_paintings` RGB paintings by one painter, each of another motif.

    Errors: ValueError for fewer than 1.
    """
    if num_paintings < 1:
        raise ValueError(f"num_paintings is {num_paintings}: choose 1 or more.")
    rng = numpy_generator(gen)
    return np.stack([_one(style, rng) for _ in range(num_paintings)])


def features(paintings: UInt8[np.ndarray, "n 96 96 3"]) -> Float[np.ndarray, "n 15"]:
    """What a simple eye sees of a painting: colour (6 numbers) and the direction of edges (9).

    Mean and spread of red, green and blue; then how strong the edges are, and which part of that
    strength lies in each of 8 directions of 22.5°.
    """
    x = paintings.astype(np.float64) / 255
    grey = x.mean(-1)
    dy, dx = grey[:, 1:, :-1] - grey[:, :-1, :-1], grey[:, :-1, 1:] - grey[:, :-1, :-1]
    strength, direction = np.hypot(dx, dy), np.arctan2(dy, dx) % math.pi
    bins = (direction / math.pi * 8).astype(int) % 8
    share = np.stack([(strength * (bins == k)).mean((1, 2)) for k in range(8)], -1)
    total = share.sum(-1, keepdims=True)
    return np.concatenate([x.mean((1, 2)), x.std((1, 2)), total, share / total], -1)


def _one(style: Painter, rng: np.random.Generator) -> UInt8[np.ndarray, "96 96 3"]:
    """One painting: a motif, covered by strokes, by planes, and by lines along the motif."""
    motif, lines = compose(np.array(style.palette), rng)
    canvas = motif
    if style.planes < 1:
        canvas = _strokes(style, motif, lines, rng)
    if style.planes > 0:
        canvas = _planes(style, canvas.astype(np.float32), motif, lines, rng)
    grain = rng.normal(0, 3, (SIDE, SIDE, 1))
    return (canvas + grain).round().clip(0, 255).astype(np.uint8)


def _strokes(style: Painter, motif: np.ndarray, lines, rng) -> Float[np.ndarray, "96 96 3"]:
    """The motif in patches of parallel strokes, with its contours drawn in between."""
    image = _enlarge(motif * 0.9)
    draw = ImageDraw.Draw(image)
    patches = int(2.3 * SIDE**2 / (style.length * style.width * PER_PATCH))
    centre = rng.uniform(0, SIDE, (patches, 1, 2))
    angle = style.angle + style.disorder * rng.normal(size=(patches, 1))
    along = np.stack([np.cos(angle), np.sin(angle)], -1)
    across = np.stack([-along[..., 1], along[..., 0]], -1)
    step = (np.arange(PER_PATCH) - (PER_PATCH - 1) / 2)[:, None]
    middle = centre + across * step * style.width * 0.95
    middle = middle + along * rng.normal(0, 1.5, (patches, PER_PATCH, 1))
    half = along * style.length * rng.uniform(0.35, 0.6, (patches, PER_PATCH, 1))
    ends = np.concatenate([middle - half, middle + half], -1) * FINE
    bristles = ends + np.tile(across, 2) * style.width * FINE * 0.3

    seen, below = _look(motif, centre), _look(motif, middle)
    same_side = np.abs(seen - below).sum(-1) < 60  # a patch stays on its side of a contour
    tone = seen + style.liveliness * _tint(rng, (patches, 1))
    tone = tone + style.liveliness * 0.6 * rng.normal(size=(patches, PER_PATCH, 1))
    strokes, bright = tone.clip(0, 255).astype(int), (tone * 1.09).clip(0, 255).astype(int)
    thick = max(1, round(style.width * FINE))
    columns = (ends, bristles, strokes, bright, same_side)
    for patch, rows in enumerate(zip(*(a.tolist() for a in columns), strict=True)):
        if patch == int(patches * 0.7):
            _contours(draw, style, lines, rng)
        for end, bristle, colour, light, drawn in zip(*rows, strict=True):
            if drawn:
                draw.line(end, fill=tuple(colour), width=thick)
                draw.line(bristle, fill=tuple(light), width=max(1, thick // 3))
    return _reduce(image)


def _enlarge(canvas: np.ndarray) -> Image.Image:
    """The canvas, large enough for fine strokes."""
    image = Image.fromarray(canvas.clip(0, 255).astype(np.uint8))
    return image.resize((SIDE * FINE, SIDE * FINE), Image.Resampling.BILINEAR)


def _reduce(image: Image.Image) -> Float[np.ndarray, "96 96 3"]:
    """The canvas again, its fine strokes averaged."""
    return np.array(image.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)


def _look(motif: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The motif's colours at points [..., (x, y)]."""
    x, y = np.moveaxis(points.clip(0, SIDE - 1).astype(int), -1, 0)
    return motif[y, x]


def _tint(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Random changes of colour of size 1: lighter or darker, and a little warmer or cooler."""
    light, warm = rng.normal(size=(*shape, 1)), rng.normal(size=(*shape, 1))
    return 0.75 * light + 0.65 * warm * np.array([1.0, 0.1, -1.0])


def _contours(draw, style: Painter, lines, rng: np.random.Generator) -> None:
    """Broken dark lines along the motif's contours."""
    for line in lines:
        points = np.array(line) + rng.normal(0, 0.6, (len(line), 2))
        for start, end in itertools.pairwise(points):
            if rng.random() < style.outline:
                ends = np.concatenate([start, end]) * FINE
                draw.line(ends.tolist(), fill=rgb(np.array(style.palette[DARK])), width=FINE)


def _planes(style: Painter, canvas, motif, lines, rng) -> Float[np.ndarray, "96 96 3"]:
    """Overlapping angular planes that each show the motif from elsewhere, lit along one edge."""
    large, small = round(20 * style.planes), round(64 * style.planes)
    count = large + small
    size = np.concatenate([rng.uniform(22, 42, (large, 2)), rng.uniform(6, 19, (small, 2))])
    centre = rng.uniform(-4, SIDE + 4, (count, 2))
    crowd = rng.normal(SIDE / 2, 18, (small, 2))  # the small planes crowd in the middle
    centre[large:] = (centre[large:] + crowd) / 2
    axes = style.angle + np.array([0, 0.5, 1.1]) * rng.choice([-1, 1])
    angle = axes[rng.integers(0, 3, count)] + style.disorder * 0.2 * rng.normal(size=count)
    angles = np.stack([angle, angle + rng.uniform(0.9, 2.2, count)], -1)

    dark = np.array(style.palette[DARK], dtype=np.float32)
    pale = 0.4 * np.array(style.palette[SKY]) + 0.6 * np.array([250, 238, 204])
    colour = _look(motif, centre + rng.normal(0, 7, (count, 2)))
    colour = colour + style.liveliness * _tint(rng, (count,))
    shadow = colour + rng.uniform(0.1, 0.8, (count, 1)) * (dark - colour)
    light = colour + rng.uniform(0.2, 0.9, (count, 1)) * (pale - colour)
    ends = np.stack([shadow, light], 1).astype(np.float32)
    edges = style.outline * (rng.random((count, 4)) < [0.85, 0.2, 0.6, 0.2])
    for layer in (range(large), range(large, count)):
        layered = np.ascontiguousarray(canvas.transpose(2, 0, 1))  # [colour, y, x] is quicker
        for k in layer:
            _plane(layered, *(a[k].tolist() for a in (centre, size, angles, edges)), ends[k], dark)
        canvas = layered.transpose(1, 2, 0)
        if layer.start == 0:
            image = _enlarge(canvas)
            _contours(ImageDraw.Draw(image), style, lines, rng)
            canvas = _reduce(image)
    return canvas


def _plane(canvas, centre, size, angles, edges, ends, dark) -> None:
    """Paint one slanted quadrilateral into `canvas` [3, 96, 96], from a dark and dense edge to a
    pale and thin one, with dark lines along some of its four `edges`."""
    reach = 1 + int(0.65 * sum(size))  # as far as its sharpest corner
    rows, columns = (slice(max(0, int(c) - reach), max(0, int(c) + reach)) for c in centre[::-1])
    x, y = AXIS[None, columns] - centre[0], AXIS[rows, None] - centre[1]
    u, v = (math.cos(a) * x + math.sin(a) * y for a in angles)
    far_u, far_v = size[0] / 2 - np.abs(u), size[1] / 2 - np.abs(v)  # distances to the edges
    cover = np.clip(np.minimum(far_u, far_v) + 0.5, 0, 1)
    light = np.clip(u / size[0] + 0.5, 0, 1)
    line = np.zeros_like(u)
    for across, half, strength in zip((u, -u, v, -v), (0, 0, 1, 1), edges, strict=True):
        if strength:
            near = strength * (1 - np.abs(across + (size[half] / 2 - 0.6)))
            np.maximum(line, near, out=line)
    shade = ends[0][:, None, None] + light * (ends[1] - ends[0])[:, None, None]
    shade += line * (dark[:, None, None] - shade)
    opacity = cover * np.maximum(0.95 - 0.45 * light, line)
    canvas[:, rows, columns] += opacity * (shade - canvas[:, rows, columns])
