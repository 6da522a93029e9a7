"""Who wins on characters? Five ways to a start, by what they met, the shots and the compute
(notebook 11).

A row of `beyond_glyphs` is like one of `beyond`, but for two things: the tasks are 5-way tasks of
characters, and `error` is the share of queries that are answered wrongly, in %. Step sizes were
chosen for each method, number of characters met and shots, on characters of meta-validation, by
nine trainings with the largest budget: three inner and three outer ones, or nine outer ones where
there is no inner step (`beyond_glyphs_tuning`).
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
PAIRS = tuple(itertools.product((0.1, 0.4, 1.0), (0.003, 0.01, 0.03)))  # (α, β)
BETAS = (0.0003, 0.001, 0.002, 0.003, 0.006, 0.01, 0.02, 0.03, 0.1)  # of pretraining
TRIED = {
    "maml": PAIRS, "anil": PAIRS, "reptile": PAIRS,
    "pretrain": tuple((0.0, beta) for beta in BETAS),
}  # fmt: skip


def rows_of(
    method: str, shots: int, budget: int, characters: tuple[int, ...], num_tasks: int,
    seeds: tuple[int, ...],
) -> list[dict]:  # fmt: skip
    """A row for each of `characters`, with the step sizes that were chosen for its place."""
    rows = []
    for number in characters:
        alpha, beta = chosen(method, number, shots)
        runs = tuple(Run(number, seed) for seed in seeds)
        found = adapted(trained(Setting(method, shots, budget, beta, alpha, runs)), method, shots,
                        num_tasks)  # fmt: skip
        place = {"method": method, "characters": number, "shots": shots, "budget": budget}
        rows.append({**place, "alpha": alpha, "beta": beta, **summary(found)})
    return rows


def chosen(method: str, characters: int, shots: int) -> tuple[float, float]:
    """The (α, β) with the least error in `beyond_glyphs_tuning`."""
    rows = results.load("beyond_glyphs_tuning")["rows"]
    place = method, characters, shots
    mine = [row for row in rows if (row["method"], row["characters"], row["shots"]) == place]
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


def parts() -> list[Part]:
    """Every place of the grid."""
    common = {"num_tasks": TEST_TASKS, "seeds": SEEDS}
    names = GLYPHS.row_names("scratch", SHOTS, 0, (0,))
    asked = [Part(names, scratch_rows, {"shots": SHOTS, **common})]
    for method, shots, budget in itertools.product(METHODS, SHOTS, BUDGETS):
        fields = {"method": method, "shots": shots, "budget": budget, "characters": CHARACTERS}
        names = GLYPHS.row_names(method, (shots,), budget, CHARACTERS)
        asked.append(Part(names, rows_of, {**fields, **common}))
    return asked


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
    """Such as "maml, 100 characters, 5 shots, 20000 passes, α 0.1, β 0.01"."""
    return f"{GLYPHS.row_name(row)}, α {row['alpha']}, β {row['beta']}"


def tuning() -> list[Part]:
    """Every (α, β) that was tried for each method, number of characters and shots."""
    places = itertools.product(METHODS, CHARACTERS, SHOTS)
    asked = [
        {"method": method, "characters": number, "alpha": alpha, "beta": beta, "shots": shots,
         "budget": BUDGETS[-1], "num_tasks": TEST_TASKS}
        for method, number, shots in places for alpha, beta in TRIED[method]
    ]  # fmt: skip
    return [Part((tuning_name(fields),), tried, fields) for fields in asked]


TABLES = (
    Table("beyond_glyphs", parts, TEST_SEED, GLYPHS.row_name, reads=("beyond_glyphs_tuning",)),
    Table("beyond_glyphs_tuning", tuning, 0, tuning_name),
)
