"""Bandits: arms that pay 1 with a fixed unknown probability and 0 otherwise (notebook 09).

An instance (a task of P(T)) is a row of k arm means, each uniform on [0, 1]; pulling arm a pays
1 with probability μ_a.   Source: the set-up of RL² (Duan et al. 2016; ranges unchecked).
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.ground.asked import check_gen, check_whole
from course_lib.tasks.trials import Outcome


class Coins(NamedTuple):
    """Flips fixed in advance: `table[i, a, j]` is what the j-th pull of arm a in instance i pays.

    Whoever pulls an arm for the j-th time gets the same reward, whatever else was pulled before:
    that is how several players meet the same luck.
    """

    table: Bool[Tensor, "instances arms horizon"]

    def flip(
        self, arm: Int[Tensor, " instances"], earlier: Int[Tensor, " instances"]
    ) -> Int[Tensor, " instances"]:
        """The reward, 0 or 1, of pulling `arm` after `earlier` pulls of that same arm."""
        return self.table[torch.arange(len(arm)), arm, earlier].long()


def sample_means(
    num_instances: int, num_arms: int, gen: torch.Generator
) -> Float[Tensor, "num_instances num_arms"]:
    """The arm means μ ~ U[0, 1] of fresh instances.

    Errors: ValueError for fewer than one instance or one arm.
    """
    check_gen(gen)
    check_whole(num_instances=num_instances, num_arms=num_arms)
    if num_instances < 1 or num_arms < 1:
        raise ValueError(
            f"Ask for 1 or more instances and arms; got {num_instances} instances and "
            f"{num_arms} arms."
        )
    return torch.rand(num_instances, num_arms, generator=gen)


def toss(means: Float[Tensor, "instances arms"], horizon: int, gen: torch.Generator) -> Coins:
    """All flips that any player can meet in `horizon` pulls: coin (i, a, j) is u < μ_{i,a}.

    The u ~ U[0, 1) are drawn once, so that a raised mean only turns zeros into ones.
    Errors: ValueError as in `check_means`, and for a horizon below 1.
    """
    check_means(means)
    check_horizon(horizon)
    check_gen(gen)
    return Coins(torch.rand(*means.shape, horizon, generator=gen) < means[..., None])


def check_means(means: Tensor) -> None:
    """Raise ValueError unless `means` is [instances, arms] and holds probabilities."""
    if not isinstance(means, Tensor):
        raise ValueError(
            f"Arm means are a {type(means).__name__}: make them a tensor, torch.as_tensor(means)."
        )
    if means.ndim != 2 or means.numel() == 0:
        raise ValueError(
            f"Arm means have the shape [instances, arms], 1 or more of each; got "
            f"{list(means.shape)}."
        )
    if not ((means >= 0) & (means <= 1)).all():
        raise ValueError("An arm's mean is a probability: give numbers from 0 to 1.")


def check_horizon(horizon: int) -> None:
    """Raise ValueError unless `horizon` is a number of pulls."""
    check_whole(horizon=horizon)
    if horizon < 1:
        raise ValueError(f"The horizon is {horizon} pulls: choose 1 or more.")


class BanditTrials:
    """Bandits as trials: every pull is an episode of one step, and there is nothing to see."""

    def __init__(self, means: Float[Tensor, "trials arms"], horizon: int, gen: torch.Generator):
        check_means(means)
        check_horizon(horizon)
        check_gen(gen)
        self.num_trials, self.num_actions = means.shape
        self.means, self.t = means, 0
        self._u = torch.rand(horizon, len(means), generator=gen).to(means.device)
        self._ended = torch.ones(len(means), dtype=torch.bool, device=means.device)

    def observe(self) -> None:
        """Nothing."""

    def step(self, action: Int[Tensor, " trials"]) -> Outcome:
        """Pull one arm in every trial. Errors: ValueError after the last pull."""
        if self.t == len(self._u):
            raise ValueError(f"These trials are over after {self.t} pulls: make new ones.")
        reward = (self._u[self.t] < self.means.gather(1, action[:, None])[:, 0]).float()
        self.t += 1
        return Outcome(reward, self._ended, self._ended & (self.t == len(self._u)))
