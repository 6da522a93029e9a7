"""The control of the RL² paper: the same network, shown Gittins' games and asked to imitate them
(notebook 09).

It tells two reasons for a poor agent apart. A network that can't hold what Gittins goes by makes a
poor imitator, too. If the imitator is good, the weak point was learning from rewards.
"""

import functools
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.bandits import players
from course_lib.tasks.bandits import sample_means
from course_lib.training.recipe import SEEDS, Recipe, of_seed

EPOCHS, MINIBATCHES = 3, 4  # as PPO's: as many steps of Adam on as many pulls


class Cell(NamedTuple):
    """One training: about `steps` pulls of Gittins an iteration. The step size falls to zero."""

    num_arms: int
    horizon: int
    hidden: int
    iterations: int = 300
    lr: float = 4e-3
    steps: int = 40_000


# The nets of recipes.CELLS, and a quarter of the pulls of their first part.
CELLS = {"100x10": Cell(10, 100, 64), "100x50": Cell(50, 100, 96)}


def shown(
    means: Float[Tensor, "trials arms"], horizon: int, gen: torch.Generator
) -> tuple[Float[Tensor, "time trials in"], Int[Tensor, "time trials"]]:
    """Games of Gittins: what an agent in its place would have read, and the arm that was pulled."""
    plays = players.play(players.gittins(), means, horizon, gen)
    arms, paid = plays.arms.T, plays.rewards.T.float()
    action = torch.cat([torch.full_like(arms[:1], -1), arms[:-1]]).flatten()
    reward = torch.cat([torch.zeros_like(paid[:1]), paid[:-1]]).flatten()
    inputs = rl2.agent_input(action, reward, action >= 0, means.shape[1])
    return inputs.unflatten(0, arms.shape), arms


def imitation_loss(
    theta: Params, inputs: Float[Tensor, "time trials in"], arms: Int[Tensor, "time trials"]
) -> Float[Tensor, ""]:
    """−log π(the arm that Gittins pulled), the mean over all pulls: plain supervised learning."""
    log_probs, _ = rl2.heads(theta, gru.fast_unroll(theta, inputs), inputs)
    return -log_probs.gather(-1, arms[..., None]).mean()


def imitate(
    theta: Params,
    adam: torch.optim.Optimizer,
    means: Float[Tensor, "trials arms"],
    horizon: int,
    gen: torch.Generator,
) -> float:
    """Several steps of Adam on games that Gittins plays on bandits of these `means`; the last loss.

    The value head learns nothing: nobody asks it.
    """
    inputs, arms = shown(means, horizon, gen)
    for _ in range(EPOCHS):
        for part in torch.randperm(len(means), generator=gen).chunk(MINIBATCHES):
            loss = imitation_loss(theta, inputs[:, part], arms[:, part])
            adam.zero_grad()
            loss.backward()
            learned = [p for p in theta.values() if p.grad is not None]
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            adam.step()
    return loss.item()


def update(
    cell: Cell, theta: Params, adam: torch.optim.Optimizer, gen, i: int, iterations: int
) -> float:
    """Iteration `i`, on fresh bandits; the loss at its end."""
    means = sample_means(cell.steps // cell.horizon, cell.num_arms, gen)
    return imitate(theta, adam, means, cell.horizon, gen)


def start(cell: Cell, gen: torch.Generator, device: torch.device | None = None) -> Params:
    """Fresh weights, as RL²'s."""
    return rl2.init(cell.num_arms, cell.hidden, gen, device=device)


def checkpoint(name: str, seed: int = 1) -> str:
    """What the training `name` of `CELLS` ships."""
    return of_seed(f"bandit-{name}-imitation", seed)


def recipe(name: str, cell: Cell, seed: int) -> Recipe:
    """The training `name` of `CELLS`."""
    return Recipe(
        checkpoint(name, seed), functools.partial(update, cell), functools.partial(start, cell),
        iterations=cell.iterations, lr=cell.lr, seed=seed, trainer="iterate",
        notes={"method": "imitation of Gittins' games", **cell._asdict()}, noun="loss",
    )  # fmt: skip


RECIPES = tuple(recipe(*item, seed) for item in CELLS.items() for seed in SEEDS)
