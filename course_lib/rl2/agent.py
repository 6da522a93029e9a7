"""RL²: an agent whose memory does the learning (Duan et al. 2016, unchecked).

A *trial* is one task, lived through from the start: several episodes of it, each of several steps.
The agent is a recurrent network. Before every step it reads what it sees, what it did last, what
that paid and whether an episode has just ended; so its memory can hold all that a learning
algorithm would have used. The weights θ are learned over many trials; within a trial they stand
still, and only the memory changes. It is empty when a trial begins, and nowhere else.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.heads import fitting, heads
from course_lib.tasks.trials import Trials


class Experience(NamedTuple):
    """What happened in a batch of trials, step by step: time first, trials second."""

    inputs: Float[Tensor, "time trials in"]
    actions: Int[Tensor, "time trials"]
    rewards: Float[Tensor, "time trials"]
    alive: Bool[Tensor, "time trials"]  # False from the step after the trial's last one
    log_probs: Float[Tensor, "time trials"]  # of the actions, when they were chosen
    values: Float[Tensor, "time trials"]  # what the agent expected per step: see `heads`

    def total(self) -> Float[Tensor, " trials"]:
        """The reward of the whole trial."""
        return self.rewards.sum(0)


def init(
    num_actions: int,
    hidden: int,
    gen: torch.Generator,
    *,
    num_observations: int = 0,
    heads_for: int | None = None,
    device: torch.device | str | None = None,
) -> Params:
    """Fresh weights θ of the GRU and of two linear heads on its memory: policy and value.

    The heads start near zero: the first policy is nearly uniform, and expects nothing. `heads_for`:
    the number of states, where each is to have a policy and a value head of its own; the
    observation must then start with the state, one-hot.
    Errors: ValueError for fewer than two actions, no hidden units, observations below 0, or heads
    for more states than are observed.
    """
    if num_actions < 2 or num_observations < 0:
        raise ValueError(
            f"An agent needs 2 or more actions and 0 or more observations; got {num_actions} and "
            f"{num_observations}."
        )
    if heads_for is not None and not 1 <= heads_for <= num_observations:
        raise ValueError(
            f"heads_for is {heads_for}: the observation, {num_observations} numbers here, has to "
            "start with the state, one-hot."
        )
    theta = gru.init(num_observations + num_actions + 2, hidden, gen)
    shape = (num_actions,) if heads_for is None else (heads_for, num_actions)
    theta["w_policy"] = torch.randn(*shape, hidden, generator=gen) * 0.01 / math.sqrt(hidden)
    theta["b_policy"] = torch.zeros(shape)
    theta["w_value"] = torch.zeros(heads_for or 1, hidden)
    theta["b_value"] = torch.zeros(heads_for or 1)
    return {name: p.to(device) for name, p in theta.items()}


def agent_input(
    action: Int[Tensor, " trials"],
    reward: Float[Tensor, " trials"],
    terminated: Bool[Tensor, " trials"],
    num_actions: int,
    observation: Float[Tensor, "trials observations"] | None = None,
) -> Float[Tensor, "trials in"]:
    """What the agent reads: (observation,) last action one-hot, its reward, 1 if an episode ended.

    Before the first step of a trial there is no last action: give −1, and its one-hot is all zeros.
    (Action 0 would be a lie: "you have just pulled the first arm, for nothing".)
    """
    one_hot = action[:, None] == torch.arange(num_actions, device=action.device)
    parts = [one_hot.float(), reward[:, None], terminated[:, None].float()]
    return torch.cat(parts if observation is None else [observation, *parts], -1)


def sample(
    log_probs: Float[Tensor, "trials actions"], u: Float[Tensor, " trials"]
) -> Int[Tensor, " trials"]:
    """An action for each trial, drawn by u ~ U[0, 1): the first whose summed chances exceed u."""
    chances = log_probs.exp().cumsum(-1)
    return (u[:, None] >= chances[:, :-1]).sum(-1)


@torch.no_grad()
def rollout(theta: Params, trials: Trials, horizon: int, gen: torch.Generator) -> Experience:
    """Live through `horizon` steps of every trial, on the device of θ.

    The memory starts empty, is carried over the ends of episodes, and is dropped with the trial.
    Errors: ValueError for a horizon below 1, and for an agent of other sizes than the trials.
    """
    if horizon < 1:
        raise ValueError(f"horizon is {horizon}: choose 1 or more steps.")
    device = theta["w_in"].device
    B, num_actions = trials.num_trials, trials.num_actions
    seen = trials.observe()
    size = fitting(theta, num_actions, 0 if seen is None else seen.shape[-1])
    memory = torch.zeros(B, size.hidden, device=device)
    action = torch.full((B,), -1, device=device)
    reward = torch.zeros(B, device=device)
    terminated = torch.zeros(B, dtype=torch.bool, device=device)
    alive = torch.ones(B, dtype=torch.bool, device=device)
    u = torch.rand(horizon, B, generator=gen).to(device)
    log, memories = [], []
    for t in range(horizon):
        x = agent_input(action, reward, terminated, num_actions, trials.observe())
        memory = gru.fast_step(theta, x, memory)
        action = sample(heads(theta, memory, x)[0], u[t])
        outcome = trials.step(action)
        reward, terminated = outcome.reward * alive, outcome.terminated
        log.append((x, action, reward, alive))
        memories.append(memory)
        alive = alive & ~outcome.over
    inputs, actions, rewards, lived = (torch.stack(part) for part in zip(*log, strict=True))
    log_probs, values = heads(theta, torch.stack(memories), inputs)
    chosen = log_probs.gather(-1, actions[..., None])[..., 0]
    return Experience(inputs, actions, rewards, lived, chosen, values)
