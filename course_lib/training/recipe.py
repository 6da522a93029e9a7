"""What a training and a table of measured numbers are, as the rooms write them down.

Each room lists its trainings as `RECIPES` and its tables as `TABLES`, beside what they are about;
`python -m course_lib train` and `reproduce` collect them. A name is for people: what a program
wants to know about a recipe or a table stands in a field.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple


class Recipe(NamedTuple):
    """A training that ends in the checkpoint `name`: what it minimises, from where, for how long.

    With `trainer` "train", `objective(theta, gen, device)` is a loss, or a loss and its gradient.
    With "iterate", `objective(theta, adam, gen, i, iterations)` makes the i-th update itself, and
    the step size falls linearly (see `training.iterate`). `init(gen, device=…)` is the start.
    `finish(theta, gen, device)` makes of the trained weights those that are kept: by default all.
    `notes` holds every other setting; it is kept inside the checkpoint.
    """

    name: str
    objective: Callable
    init: Callable
    iterations: int
    lr: float
    seed: int
    notes: dict
    trainer: Literal["train", "iterate"] = "train"
    finish: Callable | None = None


class Table(NamedTuple):
    """A table of measured numbers: `measure() -> rows`, its seed, and the keys that name a row."""

    name: str
    measure: Callable[..., list[dict]]
    seed: int
    row_name: Callable[[dict], str]
    parts: bool = False  # whether `measure(only=NAME)` measures the rows of one name alone
