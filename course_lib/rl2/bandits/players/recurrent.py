"""A trained RL² agent as a player: it reads what was pulled and what that paid, nothing else
(notebook 09)."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.rl2.agent import Agent, sample
from course_lib.rl2.bandits.players.player import Counts, Player
from course_lib.rl2.heads import fitting, sizes


def recurrent(theta: Params, name: str = "rl2", *, sampled: bool = True) -> Player:
    """Plays by θ: an arm drawn from its policy, or with `sampled=False` the likeliest arm.

    The memory is emptied at t = 0, and carried from pull to pull after that: one player plays one
    batch of instances at a time. Errors: ValueError for another number of arms than it was trained
    for, for an agent that observes something, and for a play taken up in its middle.
    """
    num_arms = sizes(theta).num_actions
    fitting(theta, num_arms)
    state: dict[str, Any] = {}

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        trials, there = counts.successes.shape
        if there != num_arms:
            raise ValueError(
                f"This agent was trained on {num_arms} arms; these instances have {there}. Load "
                "the one of that number."
            )
        if counts.t == 0:
            state["agent"] = Agent(theta, trials, num_arms)
        else:
            pull = last_pull(counts, state.get("seen"))
            state["agent"].told(*pull)
        state["seen"] = counts._replace(
            successes=counts.successes.clone(), failures=counts.failures.clone()
        )
        log_probs = state["agent"].read()
        if not sampled:
            return log_probs
        u = torch.rand(trials, generator=gen)
        return torch.nn.functional.one_hot(sample(log_probs, u), num_arms).float()

    words = "an action sampled from the policy" if sampled else "the policy's likeliest action"
    return Player(name, f"GRU trained by PPO; {words}", scores)


def last_pull(counts: Counts, before: Counts | None) -> tuple[Tensor, Tensor, Tensor]:
    """(reward, whether the episode ended, arm) of the pull that made `counts` out of `before`.

    Errors: ValueError where `before` is not the counts one pull earlier.
    """
    known = before is not None and before.successes.shape == counts.successes.shape
    if not known or before.t != counts.t - 1:
        raise ValueError(
            "An agent with a memory has to be there from the first pull on: play it with "
            "play(), and make one player for each play that goes on at the same time."
        )
    won = counts.successes - before.successes
    pulled = won + counts.failures - before.failures
    ended = torch.ones(len(won), dtype=torch.bool)
    return won.sum(-1).float(), ended, pulled.argmax(-1)
