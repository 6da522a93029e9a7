"""Who wins? Five ways to a start, by the curves they met, the shots and the compute (notebook 11).

A row of `beyond` is one way at one place of the grid. `error` is its mean query loss over test
tasks and over trainings from `SEEDS`, `ci` the half-width of its 95 % interval over tasks,
`train_se` the standard error over trainings, `each` the mean of each training, `tasks` each task's
mean over the trainings, `ways` how each training chose to adapt. "scratch" has no training, so its
rows hold for every number of curves and every budget: both are 0 there.
"""

import itertools
import math
from typing import NamedTuple

import torch

from course_lib import results
from course_lib.beyond.adapting import CHOICE_SEED, TEST_SEED, TEST_TASKS, Adapted, adapted
from course_lib.beyond.grid import (
    BUDGETS,
    CURVES,
    METHODS,
    SHOTS,
    Run,
    Setting,
    start,
    trained,
)
from course_lib.ground.stats import Z95, mean_and_ci, student
from course_lib.training.recipe import SEEDS, Part, Table

BETAS = (0.01, 0.03)
WAYS = (*METHODS, "scratch")


class World(NamedTuple):
    """A family of tasks that the race was run on: its `table`, and the numbers that make its grid.

    `met` are how many `things` a training could meet (0: fresh ones each time).
    """

    table: str
    things: str
    met: tuple[int, ...]
    shots: tuple[int, ...]
    budgets: tuple[int, ...]

    def row_name(self, row: dict) -> str:
        """Such as "maml, 10 curves, 5 shots, 300000 passes"; 0 curves: fresh ones."""
        met = f"{row[self.things]} {self.things}"
        return f"{row['method']}, {met}, {row['shots']} shots, {row['budget']} passes"

    def row_names(
        self, method: str, shots: tuple[int, ...], budget: int, met: tuple[int, ...]
    ) -> tuple[str, ...]:
        """Of all rows of a method and a budget, for each of `shots` and of `met`."""
        place = {"method": method, "budget": budget}
        every = itertools.product(shots, met)
        return tuple(self.row_name({**place, "shots": k, self.things: m}) for k, m in every)


SINUSOIDS = World("beyond", "curves", CURVES, SHOTS, BUDGETS)


def summary(found: list[Adapted]) -> dict:
    """What is stored of the same place's trainings."""
    errors = torch.stack([one.errors for one in found])
    tasks, each = errors.mean(0), errors.mean(1)
    mean, ci = mean_and_ci(tasks)
    return {
        "error": rounded(mean.item()), "ci": rounded(ci.item()),
        "train_se": rounded(each.std().item() / len(each) ** 0.5),
        "each": [rounded(v) for v in each.tolist()], "tasks": [rounded(v) for v in tasks.tolist()],
        "ways": [f"{one.way}, {one.steps} steps" for one in found],
    }  # fmt: skip


def rounded(value: float) -> float:
    """Three digits that count."""
    return float(f"{value:.3g}")


def rows_of(
    method: str, shots: tuple[int, ...], budget: int, curves: tuple[int, ...], num_tasks: int,
    seeds: tuple[int, ...],
) -> list[dict]:  # fmt: skip
    """A row for each of `shots` and of `curves`; all `shots` share their trainings."""
    beta, runs = chosen(method, budget), [Run(*pair) for pair in itertools.product(curves, seeds)]
    thetas = trained(Setting(method, shots[0], budget, beta, tuple(runs)))
    rows = []
    for k in shots:
        found = adapted(thetas, method, k, num_tasks)
        for number in curves:
            mine = [one for one, run in zip(found, runs, strict=True) if run.curves == number]
            place = {"method": method, "curves": number, "shots": k, "budget": budget}
            rows.append({**place, "beta": beta, **summary(mine)})
    return rows


def chosen(method: str, budget: int) -> float:
    """The β with the least error in `beyond_tuning`."""
    rows = [row for row in results.load("beyond_tuning")["rows"] if row["method"] == method]
    return min((row for row in rows if row["budget"] == budget), key=lambda row: row["error"])[
        "beta"
    ]


def scratch_rows(shots: tuple[int, ...], num_tasks: int, seeds: tuple[int, ...]) -> list[dict]:
    """The random starts that all trainings begin with."""
    thetas = [start(seed) for seed in seeds]
    return [
        {"method": "scratch", "curves": 0, "shots": k, "budget": 0,
         **summary(adapted(thetas, "scratch", k, num_tasks))}
        for k in shots
    ]  # fmt: skip


def parts() -> list[Part]:
    """Every place of the grid. Pretraining does not know the shots: one training for all."""
    common = {"num_tasks": TEST_TASKS, "seeds": SEEDS}
    names = SINUSOIDS.row_names("scratch", SHOTS, 0, (0,))
    asked = [Part(names, scratch_rows, {"shots": SHOTS, **common})]
    groups = [((method,), (k,)) for k in SHOTS for method in METHODS if method != "pretrain"]
    for (method,), shots in [(("pretrain",), SHOTS), *groups]:
        for budget in BUDGETS:
            fields = {"method": method, "shots": shots, "budget": budget, "curves": CURVES}
            names = SINUSOIDS.row_names(method, shots, budget, CURVES)
            asked.append(Part(names, rows_of, {**fields, **common}))
    return asked


def tried(method: str, beta: float, shots: int, budget: int, num_tasks: int) -> dict:
    """The error with one β, from a seed and on tasks that the grid does not use."""
    thetas = trained(Setting(method, shots, budget, beta, (Run(0, 0),)))
    (found,) = adapted(thetas, method, shots, num_tasks, seed=CHOICE_SEED)
    mean, ci = mean_and_ci(found.errors)
    return {"method": method, "beta": beta, "shots": shots, "budget": budget,
            "error": rounded(mean.item()), "ci": rounded(ci.item())}  # fmt: skip


def tuning_name(row: dict) -> str:
    """Such as "maml, 300000 passes, β 0.01"."""
    return f"{row['method']}, {row['budget']} passes, β {row['beta']}"


def tuning() -> list[Part]:
    """Every β that was tried for each method and budget, on fresh curves with few shots."""
    asked = [
        {"method": method, "beta": beta, "shots": SHOTS[0], "budget": budget,
         "num_tasks": TEST_TASKS}
        for method, budget, beta in itertools.product(METHODS, BUDGETS, BETAS)
    ]  # fmt: skip
    return [Part((tuning_name(fields),), tried, fields) for fields in asked]


class Place(NamedTuple):
    """Where in the grid: curves or characters met (0: fresh ones), shots, passes."""

    met: int
    shots: int
    budget: int


def at(place: Place, world: World = SINUSOIDS) -> dict[str, dict]:
    """The stored row of each way there, by its name. Errors: KeyError off the grid."""
    asked = {way: (way, *((0, place.shots, 0) if way == "scratch" else place)) for way in WAYS}
    keys = "method", world.things, "shots", "budget"
    rows = {tuple(row[key] for key in keys): row for row in results.load(world.table)["rows"]}
    return {way: rows[key] for way, key in asked.items()}


def gap(a: dict, b: dict) -> tuple[float, float]:
    """(error of a − error of b, half of its 95 % interval), over the same tasks, task by task.

    The squares of its two parts are added: the luck of the tasks, and that of the trainings with
    Student's factor.
    """
    tasks = torch.tensor(a["tasks"], dtype=torch.float64) - torch.tensor(b["tasks"])
    over_tasks = Z95 * tasks.std().item() / len(tasks) ** 0.5
    freedom = len(a["each"]) + len(b["each"]) - 2
    over_trainings = student(freedom) * math.hypot(a["train_se"], b["train_se"])
    return a["error"] - b["error"], math.hypot(over_tasks, over_trainings)


def winner(place: Place, world: World = SINUSOIDS) -> tuple[str, list[str]]:
    """(the way with the least error, those whose distance from it is within the interval)."""
    rows = at(place, world)
    best = min(rows, key=lambda way: rows[way]["error"])
    near = [w for w in rows if w != best and (d := gap(rows[w], rows[best]))[0] <= d[1]]
    return best, near


TABLES = (
    Table("beyond", parts, TEST_SEED, SINUSOIDS.row_name, reads=("beyond_tuning",)),
    Table("beyond_tuning", tuning, 0, tuning_name),
)
