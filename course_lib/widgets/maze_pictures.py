"""A maze as a scene's marks: its walls, what is seen of it, and the trail of a walk (notebook 10).

One pixel is one unit. In a panel y runs upwards, so the first row of pixels lies on top.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from course_lib.scenes.scene import Image, Line, Panel, Points
from course_lib.tasks.maze_trials import WINDOW

OPEN, WALL, DIM_OPEN, DIM_WALL, FOG = 255, 110, 233, 196, 214
DRIFT = 0.35  # a trail moves this far to the upper right, so that ways taken twice are seen


def centre(cell: int, size: int) -> tuple[float, float]:
    """x and y of a cell's middle."""
    row, column = divmod(cell, size)
    return 2 * column + 1.5, 2 * (size - row) - 0.5


def walls_image(walls: Bool[Tensor, "side side"], lit: int | None = None) -> Image:
    """The walls; with `lit`, only the window around that cell in full contrast."""
    side = walls.shape[0]
    pixels = np.where(walls.numpy(), WALL, OPEN)
    if lit is not None:
        row, column = (2 * i + 1 for i in divmod(lit, side // 2))
        reach = WINDOW // 2
        seen = np.zeros((side, side), bool)
        seen[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1] = 1
        pixels = np.where(seen, pixels, np.where(walls.numpy(), DIM_WALL, DIM_OPEN))
    return Image(pixels.astype(np.uint8), 0, side, 0, side)


def trail(path: Sequence[int], size: int, colour: str, label: str = "") -> Line:
    """A walk through the middles of its cells, drifting a little as it goes on."""
    x, y = np.array([centre(cell, size) for cell in path]).T
    drift = np.linspace(-DRIFT, DRIFT, len(path)) if len(path) > 1 else np.zeros(1)
    return Line(x + drift, y + drift, colour, 3, label=label, alpha=0.85)


def board(
    walls: Bool[Tensor, "side side"],
    start: int,
    goal: int,
    path: Sequence[int],
    title: str,
    colour: str = "theta",
    *,
    lit: bool = False,
) -> Panel:
    """A maze with its start (ring), goal (square) and a walk. `lit`: what is seen at its end."""
    side, size = walls.shape[0], walls.shape[0] // 2
    marks = [
        walls_image(walls, path[-1] if lit else None),
        Points(*zip(centre(start, size), strict=True), "ink", 9, "ring"),
        Points(*zip(centre(goal, size), strict=True), "good", 10, "s"),
        trail(path, size, colour),
    ]
    drift = DRIFT if len(path) > 1 else 0.0
    x, y = centre(path[-1], size)
    marks.append(Points([x + drift], [y + drift], colour, 8))
    return Panel(marks, (0, side), (0, side), title, frame=False, equal=True)


def fogged(view: Float[Tensor, "window window"], fog: int) -> Image:
    """What an agent sees of the walls, its own cell in the middle; `fog` pixels of fog around."""
    side = WINDOW + 2 * fog
    pixels = np.full((side, side), FOG, np.uint8)
    pixels[fog:-fog, fog:-fog] = np.where(view.bool().numpy(), WALL, OPEN)
    return Image(pixels, -side / 2, side / 2, -side / 2, side / 2)


def goal_pixel(seen: Float[Tensor, "window window"]) -> list[Points]:
    """The goal where the window shows it, in the coordinates of `fogged`; nothing where not."""
    middle = WINDOW // 2
    return [Points([x - middle], [middle - y], "good", 12, "s") for y, x in seen.nonzero().tolist()]
