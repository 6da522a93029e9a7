"""What a training and a table of measured numbers are, as the rooms write them down.

Each room lists its trainings as `RECIPES` and its tables as `TABLES`, beside what they are about;
`python -m course_lib train` and `reproduce` collect them. A name is for people: what a program
wants to know about a recipe or a table stands in a field.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

SEEDS = (1, 2, 3)


def of_seed(name: str, seed: int) -> str:
    """What the training `name` is called when it draws from another seed than 1."""
    return name + f"-seed{seed}" * (seed > 1)


class Recipe(NamedTuple):
    """A training that ends in the checkpoint `name`: what it minimises, from where, for how long.

    With `trainer` "train", `objective(theta, gen, device)` is a loss, or a loss and its gradient.
    With "iterate", `objective(theta, adam, gen, i, iterations)` makes the i-th update itself and
    returns what `noun` says; the step size falls linearly (see `training.iterate`).
    `init(gen, device=…)` is the start.
    `finish(theta, gen, device)` makes of the trained weights those that are kept: by default all.
    `notes` holds every other setting; it is kept inside the checkpoint. `schedule` of the step
    size is for "train", where half a cosine is not meant.
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
    schedule: Callable[[float], float] | None = None
    noun: Literal["loss", "reward"] = "reward"


class Part(NamedTuple):
    """What is measured at once of a table: `measure(**fields)` gives a row, or several.

    `fields` holds all that defines the rows, the seed (where it is no constant of the code) and the
    number of instances included. `names` are what the rows are called, `weights` the checkpoints
    that are loaded for them.
    """

    names: tuple[str, ...]
    measure: Callable[..., dict | list[dict]]
    fields: dict
    weights: tuple[str, ...] = ()


class Table(NamedTuple):
    """A table of measured numbers, stored as `results/NAME.json` (see `training.rows`).

    `parts()` are its parts in order, `row_name` makes a row's name from the row, and `reads` are
    the stored tables that its rows depend on: measured again, they make this one outdated.
    """

    name: str
    parts: Callable[[], list[Part]]
    seed: int
    row_name: Callable[[dict], str]
    reads: tuple[str, ...] = ()
