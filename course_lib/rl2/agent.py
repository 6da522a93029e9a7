"""RL²: an agent whose memory does the learning (Duan et al. 2016, unchecked) (notebooks 09 and 10).

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

from course_lib.ground.asked import check_gen, check_whole
from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.heads import fitting, heads, logits
from course_lib.tasks.trials import Trials, check_outcome, check_seen, check_trials


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


class Agent:
    """The weights θ at work in a batch of trials, each trial with a memory of its own.

    All memories are empty when the Agent is made. They are carried from step to step, over the ends
    of episodes too, and go with the Agent: make a new one for new trials. Whoever lives through
    trials, in training, a table, a probe or a maze, does it with this class, so that the one rule
    of RL² stands here alone.
    Errors: ValueError for weights of other sizes than the trials have.
    """

    def __init__(self, theta: Params, num_trials: int, num_actions: int, num_observations: int = 0):
        size = fitting(theta, num_actions, num_observations)
        device = theta["w_in"].device
        self.theta, self.num_actions = theta, num_actions
        self.memory = torch.zeros(num_trials, size.hidden, device=device)
        self.told(
            torch.zeros(num_trials, device=device),
            torch.zeros(num_trials, dtype=torch.bool, device=device),
            action=torch.full((num_trials,), -1, device=device),
        )

    @torch.no_grad()
    def read(
        self, observation: Float[Tensor, "trials observations"] | None = None
    ) -> Float[Tensor, "trials actions"]:
        """Take in what the last step did and what is seen now; the policy's log-probabilities."""
        self.inputs = agent_input(
            self.action, self.reward, self.ended, self.num_actions, observation
        )
        self.memory = gru.fast_step(self.theta, self.inputs, self.memory)
        return logits(self.theta, self.memory, self.inputs).log_softmax(-1)

    def act(
        self,
        u: Float[Tensor, " trials"],
        observation: Float[Tensor, "trials observations"] | None = None,
    ) -> Int[Tensor, " trials"]:
        """Read, then draw an action for each trial by u ~ U[0, 1)."""
        self.action = sample(self.read(observation), u)
        return self.action

    def told(
        self,
        reward: Float[Tensor, " trials"],
        ended: Bool[Tensor, " trials"],
        action: Int[Tensor, " trials"] | None = None,
    ) -> None:
        """What came of the last step, to be read before the next; `action` if it was another's."""
        self.reward, self.ended = reward, ended
        self.action = self.action if action is None else action

    def forget(self, which: Bool[Tensor, " trials"]) -> None:
        """To hurt it: in the trials `which`, all is as it was before their first step."""
        self.memory = self.memory * ~which[:, None]
        self.action = torch.where(which, -1, self.action)
        self.reward, self.ended = self.reward * ~which, self.ended & ~which


@torch.no_grad()
def rollout(theta: Params, trials: Trials, horizon: int, gen: torch.Generator) -> Experience:
    """Live through `horizon` steps of every trial, on the device of θ.

    Errors: ValueError for a horizon below 1, for an agent of other sizes than the trials, and for
    trials that see or pay what is no number.
    """
    check_whole(horizon=horizon)
    check_gen(gen)
    check_trials(trials)
    if horizon < 1:
        raise ValueError(f"horizon is {horizon}: choose 1 or more steps.")
    seen, dtype = trials.observe(), next(iter(theta.values())).dtype
    check_seen(seen, trials.num_trials, dtype)
    observed = 0 if seen is None else seen.shape[-1]
    agent = Agent(theta, trials.num_trials, trials.num_actions, observed)
    alive = torch.ones_like(agent.ended)
    log, memories = [], []
    for u in torch.rand(horizon, trials.num_trials, generator=gen).to(alive.device):
        action = agent.act(u, trials.observe())
        outcome = trials.step(action)
        if not log:
            check_outcome(outcome, trials.num_trials, dtype)
        agent.told(outcome.reward * alive, outcome.terminated)
        log.append((agent.inputs, action, agent.reward, alive))
        memories.append(agent.memory)
        alive = alive & ~outcome.over
    inputs, actions, rewards, lived = (torch.stack(part) for part in zip(*log, strict=True))
    if not inputs.isfinite().all():
        step = int((~inputs.isfinite()).flatten(1).any(1).nonzero()[0])
        raise ValueError(
            f"At step {step} the agent read a number that is nan or infinite: look at what "
            "observe() gives, and at the reward of the step before."
        )
    log_probs, values = heads(theta, torch.stack(memories), inputs)
    chosen = log_probs.gather(-1, actions[..., None])[..., 0]
    return Experience(inputs, actions, rewards, lived, chosen, values)
