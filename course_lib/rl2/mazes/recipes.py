"""How the maze agents are trained: which mazes, how long, with which settings (notebook 10)."""

import functools
from typing import NamedTuple

import torch

from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.rl2.ppo import PPO, ppo_update
from course_lib.tasks import mazes
from course_lib.tasks.maze_trials import EPISODES, MazeTrials
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import SEEDS, Recipe, of_seed

HIDDEN = 96
CAP = 3  # an episode ends after 3 N² moves at the latest
GAMMA, LAMBDA = 0.99, 0.95


class Training(NamedTuple):
    """One training. Learning rate and entropy bonus fall linearly to zero."""

    size: int
    iterations: int
    lr: float
    entropy: float = 0.02
    trials: int = 512  # fresh meta-training mazes in each iteration
    start: str | None = None  # the checkpoint to start from, instead of fresh weights


TRAININGS = {
    "4": Training(4, 500, 3e-3),
    "6": Training(6, 500, 1e-3, start="maze-4"),
}


def cap(size: int) -> int:
    """The moves after which an episode in a maze of `size` × `size` cells ends."""
    return CAP * size**2


def update(
    training: Training, theta: Params, adam: torch.optim.Optimizer, gen, i: int, iterations: int
) -> float:
    """Iteration `i` of PPO on fresh mazes; the mean reward of a trial before it."""
    limit = cap(training.size)
    drawn = mazes.sample(training.trials, training.size, gen).to(theta["w_in"].device)
    trials = MazeTrials(drawn, limit)
    experience = rl2.rollout(theta, trials, EPISODES * limit, gen)
    settings = PPO(
        gamma=GAMMA, lam=LAMBDA, per_step=False, entropy=training.entropy * (1 - i / iterations)
    )
    ppo_update(theta, adam, experience, settings, gen)
    return experience.total().mean().item()


def start(training: Training, gen: torch.Generator, device: torch.device | None = None) -> Params:
    """The weights that a training starts from."""
    if training.start is not None:
        return load_checkpoint(training.start, device=device)[0]
    return rl2.init(
        MazeTrials.num_actions, HIDDEN, gen,
        num_observations=MazeTrials.num_observations, device=device,
    )  # fmt: skip


def checkpoint(size: int, seed: int = 1) -> str:
    """What the training in mazes of `size` × `size` cells ships."""
    return of_seed(f"maze-{size}", seed)


def recipe(training: Training, seed: int) -> Recipe:
    """The recipe of one of the `TRAININGS`."""
    training = training._replace(start=training.start and of_seed(training.start, seed))
    return Recipe(
        checkpoint(training.size, seed),
        functools.partial(update, training), functools.partial(start, training),
        iterations=training.iterations, lr=training.lr, seed=seed, trainer="iterate",
        notes={
            "method": "RL2, PPO", "hidden": HIDDEN, "cap": cap(training.size),
            "gamma": GAMMA, "lambda": LAMBDA, **training._asdict(),
        },
    )  # fmt: skip


RECIPES = tuple(recipe(training, seed) for training in TRAININGS.values() for seed in SEEDS)
