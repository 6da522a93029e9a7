"""PPO: several small steps on the same experience, with a clip on how far they go (notebook 09).

It is plain RL. To it a trial is one long episode of a hidden-state problem, and the agent's memory
is part of its policy; nothing is made for meta-learning.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.agent import Experience
from course_lib.rl2.credit import Targets, targets
from course_lib.rl2.heads import heads

Loss = Callable[..., Float[Tensor, ""]]  # as `ppo_loss` takes and gives
Unroll = Callable[[Params, Tensor], Tensor]  # as `gru.unroll`


class PPO(NamedTuple):
    """Settings of `ppo_update`; the rates are those of the first iteration (see the recipes)."""

    clip: float = 0.2
    epochs: int = 3
    minibatches: int = 4
    gamma: float = 1.0
    lam: float = 0.95
    entropy: float = 0.02
    value: float = 0.5
    max_norm: float = 1.0
    per_step: bool = True


def ppo_update(
    theta: Params,
    adam: torch.optim.Optimizer,
    experience: Experience,
    s: PPO,
    gen: torch.Generator,
    loss: Loss | None = None,
) -> None:
    """Several steps of Adam on L = −E[min(ρA, clip(ρ, 1 ± ε)A)] + c_v (V − target)² − c_e entropy.

    ρ = π(a)/π_old(a) over the same inputs. Minibatches are whole trials: the memory has to be
    unrolled from the trial's start. `loss` is `ppo_loss`, or `ppo_compiled.ppo_loss` for speed.
    Source: Schulman et al. 2017, eq. 7 and 9 (unchecked).
    """
    loss = loss or ppo_loss
    aim = targets(experience, s.gamma, s.lam, s.per_step)
    num_trials = experience.actions.shape[1]
    for _ in range(s.epochs):
        order = torch.randperm(num_trials, generator=gen).to(experience.actions.device)
        for part in order.chunk(s.minibatches):
            value = loss(theta, experience, aim, part, s)
            adam.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(theta.values(), s.max_norm)
            adam.step()


def ppo_loss(
    theta: Params, experience: Experience, aim: Targets, part: Int[Tensor, " trials"], s: PPO
) -> Float[Tensor, ""]:
    """PPO's loss over the trials numbered `part`: the sum over groups of trials of like length."""
    loss = 0.0
    for some, time in by_length(experience.alive, part):
        loss = loss + loss_sum(theta, experience, aim, some, time, s)
    return loss / aim.weight[:, part].sum()


def loss_sum(
    theta: Params,
    experience: Experience,
    aim: Targets,
    some: Int[Tensor, " trials"],
    time: int,
    s: PPO,
    unroll: Unroll = gru.fast_unroll,
) -> Float[Tensor, ""]:
    """PPO's loss summed over the first `time` steps of the trials `some`, as `aim` weighs them."""
    inputs, actions = experience.inputs[:time, some], experience.actions[:time, some]
    log_probs, values = heads(theta, unroll(theta, inputs), inputs)
    chosen = log_probs.gather(-1, actions[..., None])[..., 0]
    ratio = (chosen - experience.log_probs[:time, some]).exp()
    A = aim.advantages[:time, some]
    gain = torch.minimum(ratio * A, ratio.clamp(1 - s.clip, 1 + s.clip) * A)
    entropy = -(log_probs.exp() * log_probs).sum(-1)
    error = (values - aim.values[:time, some]).square()
    each = s.value * error - gain - s.entropy * entropy
    return (each * aim.weight[:time, some]).sum()


def by_length(
    alive: Bool[Tensor, "time trials"], part: Int[Tensor, " part"], groups: int = 4
) -> list[tuple[Int[Tensor, " _"], int]]:
    """The trials `part`, short ones together, and the steps that the longest of each group lives.

    A network need not be unrolled over what comes after a trial's end.
    """
    lengths = alive[:, part].sum(0)
    if lengths.min() == lengths.max():
        return [(part, int(lengths.max()))]
    order = lengths.argsort()
    return [(part[some], int(lengths[some].max())) for some in order.chunk(groups)]
