"""What does an RL² agent's memory hold? Linear probes for the posterior, and what breaks it
(notebook 09)."""

from collections.abc import Collection
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

import course_lib
from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.rl2.agent import Agent, sample
from course_lib.rl2.heads import sizes
from course_lib.tasks.bandits import BanditTrials, sample_means


class Lived(NamedTuple):
    """Trials with everything that one may ask about; row t is *before* pull t, t = 0 … horizon."""

    memory: Float[Tensor, "time trials hidden"]
    successes: Int[Tensor, "time trials arms"]
    failures: Int[Tensor, "time trials arms"]
    arms: Int[Tensor, "pulls trials"]
    rewards: Float[Tensor, "pulls trials"]
    means: Float[Tensor, "trials arms"]

    def posterior_means(self) -> Float[Tensor, "time trials arms"]:
        """(s + 1) / (s + f + 2): what a perfect memory would believe of each arm."""
        return (self.successes + 1) / (self.successes + self.failures + 2)

    def value(self) -> Float[Tensor, " trials"]:
        """The sum of the pulled arms' means."""
        return self.means.gather(1, self.arms.T).sum(1)


@torch.no_grad()
def live(
    theta: Params,
    num_trials: int,
    horizon: int,
    gen: torch.Generator,
    *,
    means: Float[Tensor, "trials arms"] | None = None,
    reset_at: int | Collection[int] | None = None,
    shuffle: bool = False,
) -> Lived:
    """Trials of bandits with two ways to hurt: empty the memory before pull `reset_at` (or before
    each of several), or let the agent read the reward of another trial (`shuffle`: dealt anew at
    every pull). The arms pay with the probabilities `means`; without, they are drawn.

    Errors: ValueError for fewer than 1 trial or pull, for means of another shape, and for an agent
    that observes something.
    """
    if num_trials < 1 or horizon < 1:
        raise ValueError(f"Live through 1 or more trials and pulls; got {num_trials}, {horizon}.")
    num_arms = sizes(theta).num_actions
    agent = Agent(theta, num_trials, num_arms)
    means = sample_means(num_trials, num_arms, gen) if means is None else means
    if means.shape != (num_trials, num_arms):
        wanted, got = (num_trials, num_arms), tuple(means.shape)
        raise ValueError(f"Give a mean for each arm of each trial, {wanted}; got {got}.")
    resets = {reset_at} if isinstance(reset_at, int) else set(reset_at or ())
    trials = BanditTrials(means, horizon, gen)
    u = torch.rand(horizon, num_trials, generator=gen)
    rows, everywhere = torch.arange(num_trials), torch.ones(num_trials, dtype=torch.bool)
    won, lost = torch.zeros(2, num_trials, num_arms, dtype=torch.long)
    memory, s, f, arms, rewards = [], [], [], [], []
    for t in range(horizon + 1):
        if t in resets:
            agent.forget(everywhere)
        chances = agent.read()
        memory.append(agent.memory)
        s.append(won.clone())
        f.append(lost.clone())
        if t == horizon:
            break
        action = sample(chances, u[t])
        reward, ended, _ = trials.step(action)
        won[rows, action] += reward.long()
        lost[rows, action] += 1 - reward.long()
        read = reward[torch.randperm(num_trials, generator=gen)] if shuffle else reward
        agent.told(read, ended, action)
        arms.append(action)
        rewards.append(reward)
    return Lived(*(torch.stack(part) for part in (memory, s, f, arms, rewards)), means)


class Probe(NamedTuple):
    """A linear map from the memory to one number for each arm."""

    w: Float[Tensor, "hidden arms"]
    b: Float[Tensor, " arms"]

    def read(self, memory: Float[Tensor, "*batch hidden"]) -> Float[Tensor, "*batch arms"]:
        """What the probe says, for any batch of memories."""
        return memory @ self.w + self.b


def fit(lived: Lived, ridge: float = 1e-3) -> Probe:
    """The least-squares probe for the posterior means, over all trials and times."""
    X = lived.memory.flatten(0, 1).double()
    Y = lived.posterior_means().flatten(0, 1).double()
    at, to = X.mean(0), Y.mean(0)
    X, Y = X - at, Y - to
    A = X.T @ X / len(X) + ridge * torch.eye(X.shape[1], dtype=torch.float64)
    w = torch.linalg.solve(A, X.T @ Y / len(X))
    return Probe(w.float(), (to - at @ w).float())


def r_squared(probe: Probe, lived: Lived) -> float:
    """1 − (unexplained / all) variance of the posterior means after the first pull, all arms."""
    truth, said = lived.posterior_means()[1:], probe.read(lived.memory[1:])
    rest = (truth - said).square().sum()
    return 1 - (rest / (truth - truth.mean((0, 1))).square().sum()).item()


def untrained(theta: Params) -> Params:
    """A fresh agent of bandits of the same size, with random weights."""
    size = sizes(theta)
    return rl2.init(size.num_actions, size.hidden, course_lib.seed(77))


def compare(theta: Params, horizon: int, num_trials: int = 3000) -> dict[str, float]:
    """R² on held-out trials: of the agent, of an untrained one, and with shuffled rewards.

    Each has a probe of its own. The untrained agent's arms are nearly uniform draws.
    """
    found = {}
    for name, weights, shuffle in (
        ("trained", theta, False),
        ("untrained", untrained(theta), False),
        ("shuffled rewards", theta, True),
    ):
        fitted, held_out = (
            live(weights, num_trials, horizon, course_lib.seed(seed), shuffle=shuffle)
            for seed in (901, 902)
        )
        found[name] = r_squared(fit(fitted), held_out)
    return found
