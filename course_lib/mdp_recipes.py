"""How the RL² agents for random MDPs are trained: how many episodes, how long, which settings."""

import functools
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import rl2
from course_lib.gru import Params
from course_lib.policy_optimisation import PPO, ppo_update
from course_lib.rl2 import Experience
from course_lib.tasks.mdps import (
    EPISODE,
    NUM_ACTIONS,
    NUM_STATES,
    MDPs,
    MDPTrials,
    action_values,
    num_observations,
    sample_mdps,
)
from course_lib.training import load_checkpoint


class Cell(NamedTuple):
    """One training. `stages`: (share of the iterations, episodes), few episodes first.

    Learning rate and entropy bonus fall linearly to zero.
    """

    episodes: int
    hidden: int
    iterations: int
    lr: float
    entropy: float
    steps: int
    lam: float
    epochs: int = 2
    stages: tuple[tuple[float, int], ...] = ()
    start: str | None = None  # the checkpoint to start from, instead of fresh weights

    def episodes_at(self, done: float) -> int:
        """The episodes of a trial when a share `done` of the training is behind."""
        return next((episodes for share, episodes in self.stages if done < share), self.episodes)


def missed(mdps: MDPs, experience: Experience) -> Float[Tensor, "time trials"]:
    """Q*(s, a) − V*(s) ≤ 0 of every step: what the action gave away, were all else done well.

    Summed over a trial its expectation is that of the reward less the ceiling, whatever the policy
    (the performance difference lemma, Kakade & Langford 2002, unchecked). So to maximise it is to
    maximise the reward; but it is free of the luck of rewards and moves, and of how generous an MDP
    is. Only the training sees it: the agent reads the plain rewards.
    """
    Q = action_values(mdps)
    time, trials = experience.actions.shape
    h = torch.arange(time, device=Q.device)[:, None] % EPISODE
    rows = torch.arange(trials, device=Q.device)
    here = Q[h, rows, experience.inputs[..., :NUM_STATES].argmax(-1)]
    return here.gather(-1, experience.actions[..., None])[..., 0] - here.amax(-1)


def update(
    cell: Cell, theta: Params, adam: torch.optim.Optimizer, gen, i: int, iterations: int
) -> float:
    """Iteration `i` of PPO on fresh MDPs; the mean reward of an episode before it."""
    done, device = i / iterations, theta["w_in"].device
    episodes = cell.episodes_at(done)
    mdps = sample_mdps(cell.steps // (episodes * EPISODE), gen)
    mdps = MDPs(*(part.to(device) for part in mdps))
    trials = MDPTrials(mdps, episodes, gen)
    experience = rl2.rollout(theta, trials, trials.horizon, gen)
    settings = PPO(entropy=cell.entropy * (1 - done), lam=cell.lam, epochs=cell.epochs)
    ppo_update(theta, adam, experience._replace(rewards=missed(mdps, experience)), settings, gen)
    return trials.worth.sum(0).mean().item() / episodes


def start(cell: Cell, gen: torch.Generator, device: torch.device | None = None) -> Params:
    """The weights that a training starts from.

    Fresh ones keep memory: the bias of z rises from 0 to 3 over the hidden units, so the last ones
    keep 95 % of their content per step, and a reward can be remembered until its state comes back.
    """
    if cell.start is not None:
        return load_checkpoint(cell.start, device=device)[0]
    theta = rl2.init(
        NUM_ACTIONS, cell.hidden, gen,
        num_observations=num_observations(), heads_for=NUM_STATES,
    )  # fmt: skip
    theta["b_in"][cell.hidden : 2 * cell.hidden] = torch.linspace(0, 3, cell.hidden)
    return {name: p.to(device) for name, p in theta.items()}


# First with credit for the next steps alone (λ = 0.5), which teaches to use what is known; then
# with credit for late consequences too, which teaches what is worth finding out.
CELLS = {
    "start": Cell(10, 96, 1600, 8e-3, 0.01, 8000, 0.5),
    "10": Cell(10, 96, 450, 6e-3, 0.002, 16_000, 0.97, start="mdp-start"),
    "25": Cell(25, 96, 350, 5e-3, 0.002, 20_000, 0.97, start="mdp-10"),
    "10-longer": Cell(10, 96, 220, 6e-3, 0.0005, 16_000, 0.97, start="mdp-10"),
}


def recipes() -> dict[str, dict]:
    """The fields of `recipes.Recipe` by name."""
    found = {}
    for name, cell in CELLS.items():
        found[f"mdp-{name}"] = {
            "objective": functools.partial(update, cell),
            "init": functools.partial(start, cell),
            "iterations": cell.iterations,
            "lr": cell.lr,
            "seed": 1,
            "notes": {"method": "RL2, PPO on what actions gave away", **cell._asdict()},
            "trainer": "iterate",
        }
    return found
