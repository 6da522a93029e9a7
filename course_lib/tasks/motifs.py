"""What invented painters paint: landscapes and still lifes in flat colours, composed by chance
(notebook 01)."""

import numpy as np
from PIL import Image, ImageDraw

from course_lib.tasks.painters import FAR, FIELD, LEAF, OBJECT, SKY

SIDE = 96  # pixels


def compose(palette: np.ndarray, rng: np.random.Generator):
    """A landscape or a still life as flat colours [96, 96, 3], and its contours as point lists."""
    page = _Page(palette)
    if rng.random() < 0.55:
        _landscape(page.shape, page.blob, rng)
    else:
        _still_life(page.shape, page.blob, rng)
    return np.asarray(page.image, dtype=np.float64), page.lines


class _Page:
    """An empty sky that shapes are laid upon; remembers their contours."""

    def __init__(self, palette: np.ndarray) -> None:
        self.palette = palette
        self.image = Image.new("RGB", (SIDE, SIDE), rgb(palette[SKY]))
        self.pen = ImageDraw.Draw(self.image)
        self.lines: list[list[tuple]] = []

    def shape(self, points: np.ndarray, colour: int, shade: float = 1.0) -> None:
        """A polygon."""
        flat = [tuple(p) for p in points]
        self.pen.polygon(flat, fill=rgb(self.palette[colour] * shade))
        self.lines.append([*flat, flat[0]])

    def blob(self, x: float, y: float, rx: float, ry: float, colour: int) -> None:
        """An ellipse with a light spot: a tree or a fruit."""
        turn = np.linspace(0, 2 * np.pi, 14)[:-1]
        outer = np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], -1)
        self.shape(outer, colour, 0.85)
        half = outer * 0.55 + 0.45 * np.array([x - 0.3 * rx, y - 0.35 * ry])
        self.pen.polygon([tuple(p) for p in half], fill=rgb(self.palette[colour] * 1.15))


def _landscape(shape, blob, rng: np.random.Generator) -> None:
    """A mountain behind fields, some houses and trees."""
    horizon = rng.uniform(40, 58)
    x = np.linspace(-4, SIDE + 4, 7)
    ridge = horizon - 26 * np.exp(-(((x - rng.uniform(25, 70)) / 26) ** 2)) - rng.uniform(0, 5, 7)
    ground = np.array([[SIDE + 4, SIDE + 4], [-4, SIDE + 4]])
    shape(np.concatenate([np.stack([x, ridge], -1), ground]), FAR)
    shape(np.concatenate([np.stack([x, horizon + rng.uniform(-3, 3, 7)], -1), ground]), FIELD)
    low = horizon + rng.uniform(14, 22)
    shape(np.concatenate([np.stack([x, low + rng.uniform(-4, 4, 7)], -1), ground]), LEAF, 1.15)
    for _ in range(rng.integers(2, 5)):
        left, top, size = rng.uniform(8, 78), horizon + rng.uniform(-4, 12), rng.uniform(8, 14)
        shape(_corners(left, top, size, size * 0.8), SKY, 1.15)
        roof = np.array([[-1, 0], [size / 2, -size * 0.5], [size + 1, 0]]) + np.array([left, top])
        shape(roof, OBJECT)
    for _ in range(rng.integers(3, 7)):
        blob(rng.uniform(0, SIDE), low + rng.uniform(-10, 10), *rng.uniform(5, 11, 2), LEAF)


def _still_life(shape, blob, rng: np.random.Generator) -> None:
    """A table with a cloth, a bottle, and fruit."""
    edge = rng.uniform(52, 64)
    shape(_corners(rng.uniform(-10, 60), -2, 50, edge + 4), FAR)
    tilt = rng.uniform(-5, 5)
    table = [[-4, edge + tilt], [SIDE + 4, edge - tilt], [SIDE + 4, SIDE + 4], [-4, SIDE + 4]]
    shape(np.array(table), FIELD)
    at = rng.uniform(10, 50)
    cloth = [[at, edge + 6], [at + 36, edge + 3], [at + 44, SIDE + 4], [at + 4, SIDE + 4]]
    shape(np.array(cloth), SKY, 1.2)
    x, wide, high = rng.uniform(16, 78), rng.uniform(6, 9), rng.uniform(32, 44)
    foot, neck = edge + 14, wide * 0.35
    bottle = [[-wide, 0], [-wide, -high * 0.6], [-neck, -high * 0.75], [-neck, -high]]
    bottle += [[-px, py] for px, py in reversed(bottle)]
    shape(np.array(bottle) + np.array([x, foot]), LEAF, 0.9)
    for _ in range(rng.integers(4, 8)):
        size = rng.uniform(6, 9)
        blob(rng.uniform(10, 86), edge + rng.uniform(6, 26), size, size * 0.92, OBJECT)


def _corners(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])


def rgb(colour: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = (int(c) for c in colour.clip(0, 255))
    return red, green, blue
