"""The constants of the planners of random MDPs: the best of a grid for each length of a trial
(notebook 10).

They are tried on other MDPs than the table's; the best one of each length is played there.
"""

from collections.abc import Callable

import torch

import course_lib
from course_lib import results
from course_lib.ground.stats import mean_and_error
from course_lib.rl2.mdps import players
from course_lib.rl2.mdps.players import Player, Plays
from course_lib.tasks.mdps import MDPs, sample_mdps
from course_lib.training.recipe import Part, Table

TUNE_SEED = 7
EPISODES = (10, 25, 50, 75, 100)
# How the name of a planner ends, and what it starts from. Without an ending it knows the prior.
FROM_ZERO, LIKELIEST, RAW = "-prior0", "-map", "-raw"
WAYS: dict[str, dict] = {
    "": {"prior": 1.0},
    FROM_ZERO: {"prior": 0.0},
    LIKELIEST: {"prior": 0.0, "estimate": "map"},
    RAW: {"prior": 0.0, "estimate": "raw"},
}
# BEB has one way only: (prior + paid + β)/(1 + n) depends on prior + β alone, so its bonus on
# rewards *is* another prior, and tuning β tunes both.
WAYS_OF = {
    "beb": ("",), "ucrl2": ("", FROM_ZERO, RAW),
    "greedy": ("", FROM_ZERO, LIKELIEST), "eps_greedy": ("", FROM_ZERO, LIKELIEST),
    "psrl": ("", FROM_ZERO), "opsrl": ("", FROM_ZERO),
}  # fmt: skip
# Tried values of each planner's constant.
GRIDS: dict[str, tuple[Callable[..., Player], tuple[float, ...]]] = {
    "opsrl": (players.opsrl, (2, 5, 10, 20)),
    "ucrl2": (players.ucrl2, (0.01, 0.02, 0.04, 0.1, 0.2, 0.3, 0.5)),
    "beb": (players.beb, (0.25, 0.5, 0.75, 1, 1.5, 2)),
    "eps_greedy": (players.eps_greedy, (0.01, 0.02, 0.05, 0.1, 0.2)),
}
CHUNK = 500  # instances at a time
TUNED_ON = 400


def tuned(name: str, episodes: int) -> float:
    """The constant of planner `name` that scored best at this length in the stored tuning.

    Errors: ValueError for a length that was not tuned for.
    """
    rows = results.load("mdps_tuning")["rows"]
    mine = [row for row in rows if (row["agent"], row["n"]) == (name, episodes)]
    if not mine:
        raise ValueError(f"{name} was tuned for {EPISODES} episodes, not for {episodes}.")
    return max(mine, key=lambda row: row["mean"])["constant"]


def play(player: Player, mdps: MDPs, episodes: int, seed: int) -> Plays:
    """`players.play`, `CHUNK` MDPs at a time, each part with luck of its own."""
    gen = course_lib.seed(seed)
    parts = []
    for first in range(0, len(mdps.rewards), CHUNK):
        some = MDPs(*(part[first : first + CHUNK] for part in mdps))
        parts.append(players.play(player, some, episodes, gen))
    return Plays(*(torch.cat(part) for part in zip(*parts, strict=True)))


def row_name(row: dict) -> str:
    """The name of a row of the tuning: planner, episodes, constant, as in "beb-10-0.5"."""
    return f"{row['agent']}-{row['n']}-{row['constant']:g}"


def tune(name: str, ending: str, constant: float, num_instances: int = TUNED_ON) -> list[dict]:
    """The mean score of one constant of `GRIDS`, for every length, on MDPs of their own.

    One play of the longest trial gives all lengths: no planner knows how long it will live.
    """
    mdps = sample_mdps(num_instances, course_lib.seed(TUNE_SEED))
    player = GRIDS[name][0](constant, **WAYS[ending])
    total = play(player, mdps, max(EPISODES), TUNE_SEED + 1).worth.double().cumsum(1)
    return [
        {
            "n": n, "agent": name + ending, "constant": constant,
            "mean": round(mean, 3), "se": round(se, 3), "instances": num_instances,
        }
        for n in EPISODES for mean, se in [mean_and_error(total[:, n - 1])]
    ]  # fmt: skip


def parts() -> list[Part]:
    """Every constant of every planner that has one, with each prior."""
    return [
        Part(
            tuple(f"{name + ending}-{n}-{constant:g}" for n in EPISODES), tune,
            {"name": name, "ending": ending, "constant": constant, "num_instances": TUNED_ON},
        )
        for name in GRIDS for ending in WAYS_OF[name] for constant in GRIDS[name][1]
    ]  # fmt: skip


TABLES = (Table("mdps_tuning", parts, TUNE_SEED, row_name),)
