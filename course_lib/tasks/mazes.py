"""Random mazes: walls, a start and a goal; those for meta-training apart from those for testing
(notebook 10).

A maze of N × N cells is a picture of (2N + 1) × (2N + 1) pixels: cell (row, column) is the pixel
(2·row + 1, 2·column + 1), the pixels between two cells are a wall or an opening. A move goes from
one cell to the next. Between any two cells there is exactly one way.
"""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from course_lib.ground.asked import check_gen, check_whole

MOVES = ("up", "right", "down", "left")
STEP = ((-1, 0), (0, 1), (1, 0), (0, -1))  # of each move, in (rows, columns)
TEST_SHARE = 0.56  # of all mazes. 4 × 4 cells have only 3,820 of them, and we test on over 2,000


class Mazes(NamedTuple):
    """Mazes with a start and a goal: what stays the same for a trial."""

    walls: Bool[Tensor, "mazes side side"]  # True where a pixel is wall
    start: Int[Tensor, " mazes"]  # cell number: row · N + column
    goal: Int[Tensor, " mazes"]

    @property
    def size(self) -> int:
        """N, the cells to a side. Errors: ValueError for walls of no N × N maze."""
        if self.walls.ndim != 3 or self.walls.dtype != torch.bool:
            raise ValueError(
                f"Walls {list(self.walls.shape)} of {self.walls.dtype}: give [mazes, 2N + 1, "
                "2N + 1] of True and False, as in (walls > 0)[None]."
            )
        high, wide = self.walls.shape[-2:]
        if high != wide or wide % 2 == 0:
            raise ValueError(
                f"Walls of {high} × {wide} pixels: a maze of N × N cells has 2N + 1 each way."
            )
        return wide // 2

    def to(self, device: torch.device | str) -> "Mazes":
        """The same mazes on `device`."""
        return Mazes(*(part.to(device) for part in self))


def check_mazes(mazes: Mazes) -> None:
    """Raise a ValueError where walls, start or goal are none, or the border has a hole."""
    walls, cells = mazes.walls, mazes.size**2
    for name, cell in (("start", mazes.start), ("goal", mazes.goal)):
        if cell.shape != walls.shape[:1] or cell.is_floating_point() or cell.is_complex():
            raise ValueError(f"{name} must hold a cell's whole number for each of the mazes.")
        if not ((cell >= 0) & (cell < cells)).all():
            raise ValueError(f"A {name} is no cell: the cells are 0 to {cells - 1}.")
    edges = (walls[:, 0], walls[:, -1], walls[:, :, 0], walls[:, :, -1])
    if not all(edge[:, 1::2].all() for edge in edges):
        raise ValueError("A maze has a hole in its border: close it, walls[:, 0] = True and so on.")


def carve(num_mazes: int, size: int, gen: torch.Generator) -> Bool[Tensor, "num_mazes side side"]:
    """Walls of random mazes, by depth-first search from a random cell, all mazes at once.

    Go to a random cell next to you that you have not been to, and open the wall between; where
    there is none, go back one cell. After at most 2N² such moves every cell has been visited.
    Errors: ValueError for fewer than one maze, or a size below 2.
    """
    _check_asked(num_mazes, size, gen)
    B, cells = num_mazes, size * size
    rows = torch.arange(B)
    walls = torch.ones(B, 2 * size + 1, 2 * size + 1, dtype=torch.bool)
    walls[:, 1::2, 1::2] = False
    here = torch.randint(cells, (B,), generator=gen)
    unseen = torch.ones(B, cells + 1, dtype=torch.bool)
    unseen[:, cells] = False  # the cell beyond the border
    unseen[rows, here] = False
    path = torch.zeros(B, cells, dtype=torch.long)
    path[:, 0], depth = here, torch.zeros(B, dtype=torch.long)
    next_to = neighbours(size)
    for _ in range(2 * cells - 2):
        free = unseen.gather(1, next_to[here])
        way = torch.rand(B, 4, generator=gen).masked_fill(~free, -1.0).argmax(1)  # a draw may be 0
        go = free.any(1)
        there = next_to[here, way]
        row, column = here // size, here % size
        gap = torch.tensor(STEP)[way]
        pixel = (2 * row + 1 + gap[:, 0], 2 * column + 1 + gap[:, 1])
        walls[rows[go], pixel[0][go], pixel[1][go]] = False
        depth = torch.where(go, depth + 1, (depth - 1).clamp(min=0))
        path[rows[go], depth[go]] = there[go]
        here = path[rows, depth]
        unseen[rows, here] = False
    return walls


def _check_asked(num_mazes: int, size: int, gen: torch.Generator) -> None:
    check_gen(gen)
    check_whole(num_mazes=num_mazes, size=size)
    if num_mazes < 1 or size < 2:
        raise ValueError(
            f"Ask for 1 or more mazes of 2 or more cells a side; got {num_mazes} of {size}."
        )


def neighbours(size: int) -> Int[Tensor, "cells 4"]:
    """The cell above, right of, below and left of each cell; N² where there is none."""
    cell = torch.arange(size * size).view(size, size)
    padded = torch.full((size + 2, size + 2), size * size)
    padded[1:-1, 1:-1] = cell
    around = [padded[1 + r : 1 + r + size, 1 + c : 1 + c + size] for r, c in STEP]
    return torch.stack(around, -1).flatten(0, 1)


def is_test(walls: Bool[Tensor, "mazes side side"]) -> Bool[Tensor, " mazes"]:
    """Whether a maze belongs to meta-testing: decided by its walls alone, so no maze is in both.

    A maze and its seven mirror images and rotations are on the same side: the number that decides
    is the smallest of the eight's.
    """
    side = walls.shape[-1]
    weights = torch.tensor([pow(3, i, 2**31 - 1) for i in range(side * side)]).view(side, side)
    turned = [torch.rot90(m, k, (1, 2)) for m in (walls, walls.flip(1)) for k in range(4)]
    keys = torch.stack([(m.cpu() * weights).sum((1, 2)) for m in turned])
    return (keys.amin(0) % 1000 < 1000 * TEST_SHARE).to(walls.device)


def sample(
    num_mazes: int,
    size: int,
    gen: torch.Generator,
    split: Literal["train", "test"] = "train",
    *,
    distinct: bool = False,
) -> Mazes:
    """Mazes of one split, each with a start and another cell as its goal.

    `distinct`: no two with the same walls.
    Errors: ValueError as in `carve`, for another split, and where `distinct` asks for more mazes
    than turn up.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split is {split!r}: choose 'train' or 'test'.")
    _check_asked(num_mazes, size, gen)
    found = torch.ones(0, 2 * size + 1, 2 * size + 1, dtype=torch.bool)
    for _ in range(100):
        more = carve(max(num_mazes, 64), size, gen)
        found = torch.cat([found, more[is_test(more) == (split == "test")]])
        if distinct:
            found = torch.unique(found.flatten(1), dim=0).unflatten(1, found.shape[1:])
        if len(found) >= num_mazes:
            break
    else:
        if not len(found):
            raise ValueError(
                f"No maze of {size} × {size} cells is a {split} maze: ask for larger ones."
            )
        raise ValueError(
            f"Found only {len(found)} different {split} mazes of {size} × {size} cells, not "
            f"{num_mazes}: ask for fewer, or for larger ones."
        )
    order = torch.randperm(len(found), generator=gen)[:num_mazes]
    start = torch.randint(size * size, (num_mazes,), generator=gen)
    apart = torch.randint(1, size * size, (num_mazes,), generator=gen)
    return Mazes(found[order], start, (start + apart) % (size * size))


def open_ways(walls: Bool[Tensor, "mazes side side"]) -> Bool[Tensor, "mazes cells 4"]:
    """Whether the wall above, right of, below and left of each cell is open."""
    side = walls.shape[-1]
    parts = [~walls[:, 1 + r : side - 1 + r : 2, 1 + c : side - 1 + c : 2] for r, c in STEP]
    return torch.stack(parts, -1).flatten(1, 2)


def distances(mazes: Mazes) -> Int[Tensor, "mazes cells"]:
    """The number of moves from each cell to the goal, on the only way there is."""
    check_mazes(mazes)
    cells = mazes.size**2
    ways, next_to = open_ways(mazes.walls), neighbours(mazes.size).to(mazes.walls.device)
    far = cells * cells
    found = torch.full((len(mazes.walls), cells + 1), far, device=mazes.walls.device)
    found.scatter_(1, mazes.goal[:, None], 0)
    for _ in range(cells):
        around = found[:, next_to].masked_fill(~ways, far).amin(-1)
        found[:, :cells] = torch.minimum(found[:, :cells], around + 1)
    return found[:, :cells]


def shortest(mazes: Mazes) -> Int[Tensor, " mazes"]:
    """The number of moves from start to goal.

    Errors: ValueError where no way leads there.
    """
    moves = distances(mazes).gather(1, mazes.start[:, None])[:, 0]
    closed = (moves >= mazes.size**4).nonzero().flatten().tolist()
    if closed:
        raise ValueError(f"In maze {closed[0]} no way leads from the start to the goal: open one.")
    return moves
