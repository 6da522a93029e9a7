"""How the RL² agents are trained: which bandits, how long, with which settings."""

import functools
from typing import NamedTuple

import torch

from course_lib import rl2
from course_lib.gru import Params
from course_lib.policy_optimisation import PPO, ppo_update
from course_lib.tasks.bandits import BanditTrials, sample_means
from course_lib.training import load_checkpoint


class Cell(NamedTuple):
    """One training. `stages`: (share of the iterations, horizon), short horizons first.

    Learning rate and entropy bonus fall linearly to zero. Each iteration lives through about
    `steps` steps, whatever the horizon, and makes 12 steps of Adam.
    """

    num_arms: int
    horizon: int
    hidden: int
    iterations: int
    lr: float
    entropy: float
    steps: int
    stages: tuple[tuple[float, int], ...] = ()
    start: str | None = None  # the checkpoint to start from, instead of fresh weights

    def horizon_at(self, done: float) -> int:
        """The horizon when a share `done` of the training is behind."""
        return next((horizon for share, horizon in self.stages if done < share), self.horizon)


CURRICULUM = ((0.1, 20), (0.25, 50))
LONGER = ((0.3, 200),)
CELLS = {
    "10x5": Cell(5, 10, 32, 1500, 4e-3, 0.02, 4000),
    "10x10": Cell(10, 10, 48, 2000, 4e-3, 0.02, 4000),
    "10x50": Cell(50, 10, 64, 3000, 4e-3, 0.02, 4000),
    "100x5": Cell(5, 100, 48, 1200, 4e-3, 0.004, 40_000, CURRICULUM),
    "100x10": Cell(10, 100, 64, 1200, 4e-3, 0.004, 40_000, CURRICULUM),
    "100x50": Cell(50, 100, 96, 1200, 4e-3, 0.004, 40_000, CURRICULUM),
    "100x5-longer": Cell(5, 100, 48, 400, 2e-3, 0.002, 80_000, (), "bandit-100x5"),
    "500x5": Cell(5, 500, 48, 120, 1e-3, 0.002, 100_000, LONGER, "bandit-100x5"),
    "500x10": Cell(10, 500, 64, 120, 1e-3, 0.002, 100_000, LONGER, "bandit-100x10"),
}


def update(
    cell: Cell, theta: Params, adam: torch.optim.Optimizer, gen, i: int, iterations: int
) -> float:
    """Iteration `i` of PPO on fresh bandits; the mean reward of a pull before it."""
    horizon = cell.horizon_at(i / iterations)
    device = theta["w_in"].device
    means = sample_means(cell.steps // horizon, cell.num_arms, gen).to(device)
    experience = rl2.rollout(theta, BanditTrials(means, horizon, gen), horizon, gen)
    ppo_update(theta, adam, experience, PPO(entropy=cell.entropy * (1 - i / iterations)), gen)
    return experience.total().mean().item() / horizon


def start(cell: Cell, gen: torch.Generator, device: torch.device | None = None) -> Params:
    """The weights that a training starts from."""
    if cell.start is None:
        return rl2.init(cell.num_arms, cell.hidden, gen, device=device)
    return load_checkpoint(cell.start, device=device)[0]


def recipes() -> dict[str, dict]:
    """The fields of `recipes.Recipe` by name."""
    found = {}
    for name, cell in CELLS.items():
        found[f"bandit-{name}"] = {
            "objective": functools.partial(update, cell),
            "init": functools.partial(start, cell),
            "iterations": cell.iterations,
            "lr": cell.lr,
            "seed": 1,
            "notes": {"method": "RL2, PPO", **cell._asdict()},
            "trainer": "iterate",
        }
    return found
