"""The constants of UCB1, ε-greedy and OTS: the best of a grid for each cell of the bandit table
(notebook 09).

The paper tuned them per cell by grid search too (recalled, unchecked). Instances are drawn with a
seed of their own, not the table's, and all values of a constant meet the same ones.
"""

import functools

import course_lib
from course_lib import results
from course_lib.ground.stats import mean_and_error
from course_lib.rl2.bandits import players
from course_lib.tasks.bandits import sample_means
from course_lib.training.recipe import Part, Table

TUNING_SEED = 1948
CELLS = [(n, k) for n in (10, 100, 500) for k in (5, 10, 50)]
# Some optima lie at the end of their grid: ε at n = 10, N there and at k = 50. ε = 0 would be
# greedy, so ε goes no lower. And the more draws, the less OTS is a Thompson sampling; each draw
# costs time, so N goes no higher.
GRIDS = {
    "ucb1": ("c", (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)),
    "eps_greedy": ("epsilon", (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)),
    "ots": ("N", (5, 10, 20, 50)),
}
MAKE = {
    "ucb1": players.ucb1,
    "eps_greedy": functools.partial(players.eps_greedy, ties="first"),
    "ots": players.ots,
}


def cell_name(horizon: int, num_arms: int) -> str:
    """The name of a cell: n×k, as in "10x5"."""
    return f"{horizon}x{num_arms}"


def instances(horizon: int, player: str) -> int:
    """How many instances a constant is tried on: fewer where a draw for every arm is slow."""
    if player == "ots":
        return {10: 4000, 100: 600, 500: 200}[horizon]
    return {10: 20_000, 100: 5000, 500: 2000}[horizon]


def rows_for(
    horizon: int, num_arms: int, name: str, num_instances: int | None = None
) -> list[dict]:
    """A row for each value of a constant; `behind` is how much less it gets than the best one.

    The score of an instance is the sum of the pulled arms' means, as in the table. `behind_se` is
    the error of the difference on the same instances: much smaller than that of each mean.
    """
    count = num_instances or instances(horizon, name)
    parameter, grid = GRIDS[name]
    values = []
    for constant in grid:
        gen = course_lib.seed(TUNING_SEED)
        means = sample_means(count, num_arms, gen)
        values.append(players.play(MAKE[name](constant), means, horizon, gen).value(means).double())
    best = max(values, key=lambda value: value.mean())
    return [
        {
            "n": horizon, "k": num_arms, "player": name, "parameter": parameter, "value": constant,
            "best": value is best,
            "mean": round(value.mean().item(), 4),
            "behind": round(behind, 4), "behind_se": round(error, 4), "instances": count,
        }
        for constant, value in zip(grid, values, strict=True)
        for behind, error in [mean_and_error(best - value)]
    ]  # fmt: skip


def row_name(row: dict) -> str:
    """What `--only` asks for: the cell, as in "10x5"."""
    return cell_name(row["n"], row["k"])


def parts() -> list[Part]:
    """Every grid in every cell."""
    return [
        Part(
            (cell_name(n, k),), rows_for,
            {"horizon": n, "num_arms": k, "name": name, "num_instances": instances(n, name)},
        )
        for n, k in CELLS for name in GRIDS
    ]  # fmt: skip


TABLES = (Table("bandit_tuning", parts, TUNING_SEED, row_name),)


def tuned(player: str, horizon: int, num_arms: int) -> float:
    """The stored best value of a player's constant for a cell."""
    (best,) = (
        row["value"]
        for row in results.load("bandit_tuning")["rows"]
        if row["best"] and (row["player"], row["n"], row["k"]) == (player, horizon, num_arms)
    )
    return best
