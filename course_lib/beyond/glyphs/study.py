"""Who wins on characters? Five ways to a start, by what they met, the shots and the compute
(notebook 11).

A row of `beyond_glyphs` is like one of `beyond`, but for two things: the tasks are 5-way tasks of
characters, and `error` is the share of queries that are answered wrongly, in %. Step sizes were
chosen for each method and each number of characters met, on characters of meta-validation, by six
trainings with the largest budget: three inner and two outer ones, or six outer ones where there is
no inner step (`beyond_glyphs_tuning`).
"""

import itertools

from course_lib import results
from course_lib.beyond.glyphs.adapting import CHOICE_SEED, TEST_SEED, TEST_TASKS, adapted
from course_lib.beyond.glyphs.grid import (
    BUDGETS,
    CHARACTERS,
    METHODS,
    SHOTS,
    Run,
    Setting,
    start,
    trained,
)
from course_lib.beyond.study import World, rounded, summary
from course_lib.ground.stats import mean_and_ci
from course_lib.training.recipe import SEEDS, Part, Table

GLYPHS = World("beyond_glyphs", "characters", CHARACTERS, SHOTS, BUDGETS)
PAIRS = tuple(itertools.product((0.1, 0.4, 1.0), (0.003, 0.01)))  # (α, β)
TRIED = {
    "maml": PAIRS, "anil": PAIRS, "reptile": PAIRS,
    "pretrain": tuple((0.0, beta) for beta in (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)),
}  # fmt: skip


def rows_of(
    method: str, shots: tuple[int, ...], budget: int, characters: tuple[int, ...], num_tasks: int,
    seeds: tuple[int, ...],
) -> list[dict]:  # fmt: skip
    """A row for each of `shots` and of `characters`; all `shots` share their trainings."""
    found = {}
    for number in characters:
        alpha, beta = chosen(method, number)
        runs = tuple(Run(number, seed) for seed in seeds)
        thetas = trained(Setting(method, shots[0], budget, beta, alpha, runs))
        for k in shots:
            place = {"method": method, "characters": number, "shots": k, "budget": budget}
            sizes = {"alpha": alpha, "beta": beta}
            found[k, number] = {**place, **sizes, **summary(adapted(thetas, method, k, num_tasks))}
    return [found[place] for place in itertools.product(shots, characters)]


def chosen(method: str, characters: int) -> tuple[float, float]:
    """The (α, β) with the least error in `beyond_glyphs_tuning`."""
    rows = results.load("beyond_glyphs_tuning")["rows"]
    mine = [row for row in rows if (row["method"], row["characters"]) == (method, characters)]
    best = min(mine, key=lambda row: row["error"])
    return best["alpha"], best["beta"]


def scratch_rows(shots: tuple[int, ...], num_tasks: int, seeds: tuple[int, ...]) -> list[dict]:
    """The random starts that all trainings begin with."""
    thetas = [start(seed) for seed in seeds]
    return [
        {"method": "scratch", "characters": 0, "shots": k, "budget": 0,
         **summary(adapted(thetas, "scratch", k, num_tasks))}
        for k in shots
    ]  # fmt: skip


def row_name(row: dict) -> str:
    """Such as "maml, 10 characters, 5 shots, 20000 passes"."""
    return (
        f"{row['method']}, {row['characters']} characters, {row['shots']} shots, "
        f"{row['budget']} passes"
    )


def parts() -> list[Part]:
    """Every place of the grid. Pretraining does not know the shots: one training for all."""
    common = {"num_tasks": TEST_TASKS, "seeds": SEEDS}
    asked = [Part(_names("scratch", SHOTS, 0, (0,)), scratch_rows, {"shots": SHOTS, **common})]
    groups = [((method,), (k,)) for k in SHOTS for method in METHODS if method != "pretrain"]
    for (method,), shots in [(("pretrain",), SHOTS), *groups]:
        for budget in BUDGETS:
            fields = {"method": method, "shots": shots, "budget": budget, "characters": CHARACTERS}
            names = _names(method, shots, budget, CHARACTERS)
            asked.append(Part(names, rows_of, {**fields, **common}))
    return asked


def _names(method: str, shots: tuple[int, ...], budget: int, characters: tuple[int, ...]):
    place = {"method": method, "budget": budget}
    return tuple(
        row_name({**place, "shots": k, "characters": number})
        for k in shots for number in characters
    )  # fmt: skip


def tried(
    method: str, characters: int, alpha: float, beta: float, shots: int, budget: int, num_tasks: int
) -> dict:
    """The error with one pair, from a seed that the grid does not use, on meta-validation tasks."""
    runs = (Run(characters, 0),)
    thetas = trained(Setting(method, shots, budget, beta, alpha, runs))
    (found,) = adapted(thetas, method, shots, num_tasks, split="meta-val", seed=CHOICE_SEED)
    mean, ci = mean_and_ci(found.errors)
    place = {"method": method, "characters": characters, "shots": shots, "budget": budget}
    error, half = rounded(mean.item()), rounded(ci.item())
    return {**place, "alpha": alpha, "beta": beta, "error": error, "ci": half}


def tuning_name(row: dict) -> str:
    """Such as "maml, 100 characters, α 0.1, β 0.01"."""
    sizes = f"α {row['alpha']}, β {row['beta']}"
    return f"{row['method']}, {row['characters']} characters, {sizes}"


def tuning() -> list[Part]:
    """Every (α, β) that was tried for each method and number of characters, with one shot."""
    common = {"shots": SHOTS[0], "budget": BUDGETS[-1], "num_tasks": TEST_TASKS}
    asked = [
        {"method": method, "characters": number, "alpha": alpha, "beta": beta, **common}
        for method in METHODS for number in CHARACTERS for alpha, beta in TRIED[method]
    ]  # fmt: skip
    return [Part((tuning_name(fields),), tried, fields) for fields in asked]


TABLES = (
    Table("beyond_glyphs", parts, TEST_SEED, row_name, reads=("beyond_glyphs_tuning",)),
    Table("beyond_glyphs_tuning", tuning, 0, tuning_name),
)
