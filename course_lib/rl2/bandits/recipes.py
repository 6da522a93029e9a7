"""How the RL² agents are trained: which bandits, how long, with which settings (notebook 09)."""

import functools
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.credit import targets
from course_lib.rl2.ppo import PPO, ppo_update
from course_lib.rl2.trpo import fit_value
from course_lib.tasks.bandits import BanditTrials, sample_means
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import SEEDS, Recipe, of_seed


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
    regret: bool = False  # learn from `regret_rewards`, not from the coins that fell
    lam: float = 0.95

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
    "100x10-longer": Cell(10, 100, 64, 400, 3e-3, 0.003, 80_000, (), "bandit-100x10", True),
    "100x50-longer": Cell(50, 100, 96, 250, 3e-3, 0.003, 80_000, (), "bandit-100x50", True),
    "500x5": Cell(5, 500, 48, 120, 1e-3, 0.002, 100_000, LONGER, "bandit-100x5"),
}


def update(
    cell: Cell, theta: Params, adam: torch.optim.Optimizer, gen, i: int, iterations: int
) -> float:
    """Iteration `i` of PPO on fresh bandits; the mean reward of a pull before it."""
    experience, reward = live(cell, theta, cell.horizon_at(i / iterations), gen)
    entropy = cell.entropy * (1 - i / iterations)
    ppo_update(theta, adam, experience, PPO(entropy=entropy, lam=cell.lam), gen)
    return reward


def live(
    cell: Cell, theta: Params, horizon: int, gen: torch.Generator
) -> tuple[rl2.Experience, float]:
    """What happens to θ on fresh bandits, with the rewards to learn from; a pull's mean reward."""
    means = sample_means(cell.steps // horizon, cell.num_arms, gen).to(theta["w_in"].device)
    experience = rl2.rollout(theta, BanditTrials(means, horizon, gen), horizon, gen)
    reward = experience.total().mean().item() / horizon
    if cell.regret:
        experience = experience._replace(rewards=regret_rewards(means, experience.actions))
    return experience, reward


def regret_rewards(
    means: Float[Tensor, "trials arms"], actions: Int[Tensor, "time trials"]
) -> Float[Tensor, "time trials"]:
    """10 (μ_a − max μ): the reward without the noise of coins and of lucky instances.

    Its expectation differs from 10 times the reward's by a constant that no policy changes, so the
    best policy is the same. Only the trainer, which drew the instances, can know it: the agent
    itself still reads the coins. (The 10 keeps the value head's targets near 1.)
    """
    return 10 * (means.gather(1, actions.T) - means.amax(1, keepdim=True)).T


def start(cell: Cell, gen: torch.Generator, device: torch.device | None = None) -> Params:
    """The weights that a training starts from."""
    if cell.start is None:
        return rl2.init(cell.num_arms, cell.hidden, gen, device=device)
    theta, _ = load_checkpoint(cell.start, device=device)
    if cell.regret:  # the value head has to speak of another quantity now
        experience, _ = live(cell, theta, cell.horizon, gen)
        memory = gru.fast_unroll(theta, experience.inputs)
        fit_value(theta, memory, targets(experience, gamma=1.0, lam=1.0))
    return theta


def checkpoint(name: str, seed: int = 1) -> str:
    """What the training `name` of `CELLS` ships."""
    return of_seed(f"bandit-{name}", seed)


def recipe(name: str, cell: Cell, seed: int) -> Recipe:
    """The training `name` of `CELLS`, from the agent of the same seed where it starts from one."""
    cell = cell._replace(start=cell.start and of_seed(cell.start, seed))
    return Recipe(
        checkpoint(name, seed), functools.partial(update, cell), functools.partial(start, cell),
        iterations=cell.iterations, lr=cell.lr, seed=seed, trainer="iterate",
        notes={"method": "RL2, PPO", **cell._asdict()},
    )  # fmt: skip


RECIPES = tuple(recipe(*item, seed) for item in CELLS.items() for seed in SEEDS)
