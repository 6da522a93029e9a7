"""Table 1 of RL² again: nine bandits, eight players and the optimum, with errors and ceilings
(notebook 09)."""

import math
import statistics
from collections.abc import Callable

import torch

import course_lib
from course_lib import training
from course_lib.ground.stats import mean_and_error
from course_lib.results import papers
from course_lib.rl2.bandits import players
from course_lib.rl2.bandits import recipes as bandit_recipes
from course_lib.rl2.bandits.players import Player
from course_lib.rl2.bandits.tuning import CELLS, GRIDS, cell_name, tuned
from course_lib.tasks.bandits import sample_means
from course_lib.training.recipe import Part, Table

TEST_SEED = 2016
COLUMNS = ("random", "gittins", "ts", "ots", "ucb1", "eps_greedy", "greedy", "rl2")
STARTS = {bandit_recipes.checkpoint(name): name for name in bandit_recipes.CELLS}
# Cells whose agent was trained in two parts: the second.
LONGER = {cell: f"{cell}-longer" for cell in ("100x5", "100x10", "100x50")}
# The seeds that are shipped of a training: of the others it is the first alone.
TRAININGS = {
    name: (1, 2, 3) for name in ("10x5", "10x10", "10x50", "100x5-longer", "500x5")
}  # fmt: skip


def training_of(horizon: int, num_arms: int) -> str:
    """The training that a cell's agent comes from: its own, or that of a shorter horizon."""
    name = cell_name(horizon, num_arms)
    if name not in bandit_recipes.CELLS:
        name = cell_name(100, num_arms)
    return LONGER.get(name, name)


def seeds_of(horizon: int, num_arms: int) -> tuple[int, ...]:
    """The trainings that a cell's row is the mean of."""
    return TRAININGS.get(training_of(horizon, num_arms), (1,))


def agent(horizon: int, num_arms: int, seed: int = 1) -> Player:
    """The shipped RL² agent for a cell, which says how it was trained.

    Errors: FileNotFoundError where no agent is shipped.
    """
    name = training_of(horizon, num_arms)
    cell = bandit_recipes.CELLS[name]
    theta, _ = training.load_checkpoint(bandit_recipes.checkpoint(name, seed))
    player = players.recurrent(theta)
    words = player.definition
    if cell.start:
        words += f", which went on from {STARTS[cell.start]}"
    if cell.regret:
        words += " and then learned from the arms' means (it reads the coins)"
    if cell.horizon < horizon:
        words += f"; trained on n = {cell.horizon} only, played here to n = {horizon}"
    return player._replace(definition=words)


def cast(horizon: int, num_arms: int) -> dict[str, Callable[[], Player]]:
    """How to make each column's player for a cell."""
    found = {
        "random": players.random_arm,
        "gittins": players.gittins,
        "ts": players.ts,
        "ots": lambda: players.ots(int(tuned("ots", horizon, num_arms))),
        "ucb1": lambda: players.ucb1(tuned("ucb1", horizon, num_arms)),
        "eps_greedy": lambda: players.eps_greedy(
            tuned("eps_greedy", horizon, num_arms), ties="first"
        ),
        "greedy": lambda: players.greedy(ties="first"),
        "rl2": lambda: agent(horizon, num_arms),
    }
    if horizon <= players.EXACT_UP_TO:
        found["optimal"] = players.optimal
    return found


def instances(horizon: int, num_arms: int, player: str) -> int:
    """How many instances a cell is measured on: fewer where a draw for every arm is slow."""
    if player == "ots":
        return {10: 20_000, 100: 4_000, 500: 1_000 if num_arms <= 10 else 250}[horizon]
    return {10: 100_000, 100: 50_000, 500: 40_000 if num_arms <= 10 else 10_000}[horizon]


def measure_row(
    horizon: int,
    num_arms: int,
    name: str,
    num_instances: int | None = None,
    seeds: tuple[int, ...] = (),
) -> dict:
    """One row of the table: see `reproduce bandits --json`.

    The score of an instance is the sum of the pulled arms' means, an agent's the mean over its
    trainings. `se` is over instances, `train_se` over the trainings of `seeds`, and `each` their
    means. `z` compares with the paper: the difference over the errors of all. The paper prints
    none; `paper_se` is that of one agent's total rewards in as many instances as it tested on.
    """
    count = num_instances or instances(horizon, num_arms, name)
    gen = course_lib.seed(TEST_SEED)
    means = sample_means(count, num_arms, gen)
    luck = gen.get_state()  # every training meets the same
    if seeds:
        made = [agent(horizon, num_arms, seed) for seed in seeds]
    else:
        made = [cast(horizon, num_arms)[name]()]
    plays = []
    for player in made:
        gen.set_state(luck)
        plays.append(players.play(player, means, horizon, gen))
    value = torch.stack([played.value(means) for played in plays]).mean(0)
    total = plays[0].total()
    mean, se = mean_and_error(value)
    each = [round(played.value(means).double().mean().item(), 4) for played in plays]
    train_se = statistics.stdev(each) / len(each) ** 0.5 if len(each) > 1 else None
    paper, paper_se, z = None, None, None
    if name in COLUMNS:
        paper = papers.number("bandits", name, n=horizon, k=num_arms)
        paper_se = total.std().item() / math.sqrt(papers.fact("bandits")["instances"])
        z = round((mean - paper) / math.hypot(se, paper_se, train_se or 0.0), 2)
    ceiling = players.ceiling(horizon, num_arms)
    row = {
        "n": horizon, "k": num_arms, "player": name,
        "mean": round(mean, 4), "se": round(se, 4), "instances": count,
        "paper": paper, "paper_se": None if paper_se is None else round(paper_se, 4),
        "z": z, "flag": flag(name, z),
        "ceiling": round(ceiling.value, 4), "ceiling_is": ceiling.kind,
        "definition": made[0].definition,
    }  # fmt: skip
    if seeds:
        row |= {"seeds": len(seeds), "each": each}
        row["train_se"] = None if train_se is None else round(train_se, 4)
    return row


def flag(name: str, z: float | None) -> str | None:
    """Why a row is more than 3 standard errors away from the paper's; None where it is not."""
    if z is None or abs(z) <= 3:
        return None
    if name in GRIDS and z > 0:
        return "ours is tuned better: the best of a grid, see reproduce bandit_tuning"
    return REASONS.get(name, "unexplained")


REASONS: dict[str, str] = {
    "gittins": "ours is the exact finite-horizon index, better than the approximations of the "
    "paper (recalled, unchecked)",
    "rl2": "our agent is smaller and was trained on fewer trials than the paper's (recalled, "
    "unchecked)",
}


def row_name(row: dict) -> str:
    """What `--only` asks for: the cell, as in "10x5"."""
    return cell_name(row["n"], row["k"])


def part(n: int, k: int, name: str) -> Part:
    """The measurement of a player in a cell: an agent's is that of all its trainings."""
    fields = {"horizon": n, "num_arms": k, "name": name, "num_instances": instances(n, k, name)}
    if name != "rl2":
        return Part((cell_name(n, k),), measure_row, fields)
    seeds = seeds_of(n, k)
    weights = tuple(bandit_recipes.checkpoint(training_of(n, k), seed) for seed in seeds)
    return Part((cell_name(n, k),), measure_row, {**fields, "seeds": seeds}, weights=weights)


def parts() -> list[Part]:
    """Every player in every cell."""
    return [part(n, k, name) for n, k in CELLS for name in cast(n, k)]


TABLES = (Table("bandits", parts, TEST_SEED, row_name, reads=("bandit_tuning",)),)
