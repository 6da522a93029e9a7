"""Which step earned the reward: what comes after it, less what was expected (notebook 09)."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.rl2.agent import Experience


def rewards_to_go(
    rewards: Float[Tensor, "time trials"], gamma: float = 1.0
) -> Float[Tensor, "time trials"]:
    """R_t = r_t + γ R_{t+1}, with nothing after the last step: a trial's future is its own."""
    total, found = torch.zeros_like(rewards[0]), torch.empty_like(rewards)
    for t in range(len(rewards) - 1, -1, -1):
        total = rewards[t] + gamma * total
        found[t] = total
    return found


def advantages(
    rewards: Float[Tensor, "time trials"],
    values: Float[Tensor, "time trials"],
    gamma: float,
    lam: float,
) -> Float[Tensor, "time trials"]:
    """Generalised advantage estimates A_t = δ_t + γλ A_{t+1}, with δ_t = r_t + γ V_{t+1} − V_t.

    V after the last step of a trial is 0. The end of an *episode* cuts nothing: what an episode
    teaches pays in the next one.   Source: Schulman et al. 2016 (unchecked).
    """
    after = torch.cat([values[1:], torch.zeros_like(values[:1])])
    return rewards_to_go(rewards + gamma * after - values, gamma * lam)


class Targets(NamedTuple):
    """What both updates need of an experience."""

    advantages: Float[Tensor, "time trials"]  # mean 0, standard deviation 1
    values: Float[Tensor, "time trials"]  # what the value head should have said
    weight: Float[Tensor, "time trials"]  # 1 / number of lived steps; 0 after a trial's end


def targets(experience: Experience, gamma: float, lam: float, per_step: bool = True) -> Targets:
    """Advantages and value targets. `per_step`: the value head's answer is times the steps left."""
    alive = experience.alive.float()
    time = len(alive)
    left = torch.arange(time, 0, -1, device=alive.device)[:, None] if per_step else 1.0
    values = experience.values * left * alive
    A = advantages(experience.rewards, values, gamma, lam)
    weight = alive / alive.sum()
    mean = (A * weight).sum()
    spread = ((A - mean).square() * weight).sum().sqrt()
    return Targets((A - mean) / (spread + 1e-8), (A + values) / left, weight)
