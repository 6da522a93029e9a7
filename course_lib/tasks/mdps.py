"""Random Markov decision processes with few states: a world of numbers, lived in ten-step episodes
(notebook 10).

Where an action leads: P(s′ | s, a), each row drawn from a flat Dirichlet. What it pays: a normal
draw of variance 1 around R(s, a), itself drawn from N(1, 1). Every episode starts in state 0.
Source: the set-up of RL² (Duan et al. 2016, read in its text: ten states, five actions, these
distributions, ten steps, "always starts on the first state").
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.ground.asked import check_gen, check_whole
from course_lib.tasks.trials import Outcome

NUM_STATES, NUM_ACTIONS, EPISODE, START = 10, 5, 10, 0


class MDPs(NamedTuple):
    """Tasks: where actions lead and what they pay on average."""

    transitions: Float[Tensor, "tasks states actions states"]
    rewards: Float[Tensor, "tasks states actions"]


def sample_mdps(
    num_tasks: int,
    gen: torch.Generator,
    *,
    num_states: int = NUM_STATES,
    num_actions: int = NUM_ACTIONS,
) -> MDPs:
    """Fresh tasks. Errors: ValueError for fewer than one task, state or action."""
    check_gen(gen)
    check_whole(num_tasks=num_tasks, num_states=num_states, num_actions=num_actions)
    if min(num_tasks, num_states, num_actions) < 1:
        raise ValueError(
            f"Ask for 1 or more tasks, states and actions; got {num_tasks}, {num_states} and "
            f"{num_actions}."
        )
    shape = (num_tasks, num_states, num_actions)
    drawn = torch.empty(*shape, num_states).exponential_(generator=gen)
    rewards = torch.randn(*shape, generator=gen) + 1
    return MDPs(drawn / drawn.sum(-1, keepdim=True), rewards)


def check_mdps(mdps: MDPs) -> None:
    """Raise a ValueError where the tasks are none: another shape or type, chances that are none."""
    transitions, rewards = mdps
    shape = (*rewards.shape, rewards.shape[1] if rewards.ndim == 3 else 0)
    if rewards.ndim != 3 or transitions.shape != shape:
        raise ValueError(
            f"Transitions {list(transitions.shape)} and rewards {list(rewards.shape)} don't fit: "
            "give [tasks, states, actions, states] and [tasks, states, actions]."
        )
    if transitions.dtype != rewards.dtype:
        raise ValueError(
            f"Transitions are {transitions.dtype}, rewards {rewards.dtype}: give one type."
        )
    sums = transitions.sum(-1)
    if not ((transitions >= 0).all() and ((sums - 1).abs() < 1e-3).all()):
        raise ValueError(
            "Each row of transitions holds the chances of the next state: numbers ≥ 0 whose sum "
            f"is 1. Here the sums go from {sums.min():.3g} to {sums.max():.3g}."
        )
    if not rewards.isfinite().all():
        raise ValueError("A reward is nan or infinite.")


def action_values(mdps: MDPs, steps: int = EPISODE) -> Float[Tensor, "steps tasks states actions"]:
    """Backward induction: Q_t(s, a) = R(s, a) + Σ_s′ P(s′ | s, a) max_a′ Q_{t+1}(s′, a′).

    What is still to come in an episode when a is done in s at step t and all goes on as well as it
    can; after the last step comes nothing. Errors: ValueError for fewer than one step.
    """
    if steps < 1:
        raise ValueError(f"An episode has 1 or more steps; got {steps}.")
    Q = mdps.rewards
    found = [Q]
    for _ in range(steps - 1):
        value = Q.amax(-1)
        Q = mdps.rewards + (mdps.transitions @ value[:, None, :, None])[..., 0]
        found.append(Q)
    return torch.stack(found[::-1])


def best_value(mdps: MDPs, steps: int = EPISODE) -> Float[Tensor, " tasks"]:
    """What an episode brings on average to who knows the MDP: max_a Q_0(start, a). The ceiling."""
    check_mdps(mdps)
    return action_values(mdps, steps)[0, :, START].amax(-1)


def draw_next(chances: Float[Tensor, "tasks states"], u: Float[Tensor, " tasks"]) -> Tensor:
    """The state reached by u ~ U[0, 1): the first whose summed chances exceed u."""
    return (u[:, None] >= chances.cumsum(-1)[:, :-1]).sum(-1)


def num_observations(num_states: int = NUM_STATES, num_actions: int = NUM_ACTIONS) -> int:
    """How many numbers an agent sees: see `MDPTrials.observe`."""
    return num_states + 2 * num_states * num_actions


class MDPTrials:
    """MDPs as trials of `episodes` episodes.

    The agent sees the state, and what it did last as a table of states × actions: see `observe`.
    `worth` and `paid` keep R(s, a) and the noisy reward of every step that was lived.
    """

    def __init__(self, mdps: MDPs, episodes: int, gen: torch.Generator):
        check_gen(gen)
        check_whole(episodes=episodes)
        check_mdps(mdps)
        if episodes < 1:
            raise ValueError(f"A trial has 1 or more episodes; got {episodes}.")
        self.mdps, self.t, self.horizon = mdps, 0, episodes * EPISODE
        self.num_trials, self.num_states, self.num_actions = mdps.rewards.shape
        self.num_observations = num_observations(self.num_states, self.num_actions)
        device = mdps.rewards.device
        self.state = torch.full((self.num_trials,), START, device=device)
        self.worth = torch.zeros(self.horizon, self.num_trials, device=device)
        self.paid = torch.zeros_like(self.worth)
        self._last = torch.zeros_like(self.state)  # state and action of the last step, as one
        self._u = torch.rand(self.worth.shape, generator=gen).to(device)
        self._noise = torch.randn(self.worth.shape, generator=gen).to(device)
        self._rows = torch.arange(self.num_trials, device=device)

    def observe(self) -> Float[Tensor, "trials observations"]:
        """The state, one-hot; the last (state, action), one-hot; and that times its reward less 1.

        An agent could tell all this from its memory. Spelt out, it need not learn to.
        """
        pairs = self.num_states * self.num_actions
        seen = torch.zeros(self.num_trials, self.num_observations, device=self.state.device)
        seen[self._rows, self.state] = 1
        if self.t:
            seen[self._rows, self.num_states + self._last] = 1
            seen[self._rows, self.num_states + pairs + self._last] = self.paid[self.t - 1] - 1
        return seen

    def step(self, action: Int[Tensor, " trials"]) -> Outcome:
        """Act in every trial; after ten steps the next episode begins in the start state.

        Errors: ValueError after the last episode.
        """
        if self.t == self.horizon:
            raise ValueError(f"These trials are over after {self.t} steps: make new ones.")
        at = (self._rows, self.state, action)
        self._last = self.state * self.num_actions + action
        self.worth[self.t] = self.mdps.rewards[at]
        self.paid[self.t] = reward = self.worth[self.t] + self._noise[self.t]
        self.state = draw_next(self.mdps.transitions[at], self._u[self.t])
        self.t += 1
        ended = self.t % EPISODE == 0
        if ended:
            self.state = torch.full_like(self.state, START)
        flags = torch.full_like(self.state, ended, dtype=torch.bool)
        return Outcome(reward, flags, flags & (self.t == self.horizon))

    def by_episode(self, log: Float[Tensor, "time trials"]) -> Float[Tensor, "trials episodes"]:
        """The sums of `worth` or `paid` over the steps of each episode."""
        return log.unflatten(0, (-1, EPISODE)).sum(1).T
