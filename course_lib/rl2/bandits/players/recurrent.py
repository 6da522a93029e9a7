"""A trained RL² agent as a player: it reads what was pulled and what that paid, nothing else."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.bandits.players.player import Counts, Player
from course_lib.rl2.heads import fitting, sizes


def recurrent(theta: Params, name: str = "rl2", *, sampled: bool = True) -> Player:
    """Plays by θ: an arm drawn from its policy, or with `sampled=False` the likeliest arm.

    The memory is emptied at t = 0, and carried from pull to pull after that: one player plays one
    batch of instances at a time. Errors: ValueError for another number of arms than it was trained
    for, for an agent that observes something, and for a play taken up in its middle.
    """
    num_arms = sizes(theta).num_actions
    hidden = fitting(theta, num_arms).hidden
    state: dict[str, Tensor | int] = {}

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        if counts.successes.shape[-1] != num_arms:
            raise ValueError(
                f"This agent was trained on {num_arms} arms; these instances have "
                f"{counts.successes.shape[-1]}. Load the one of that number."
            )
        x = last_pull(counts, state)
        state.update(successes=counts.successes.clone(), failures=counts.failures.clone())
        state["t"] = counts.t
        if counts.t == 0:
            state["memory"] = torch.zeros(len(x), hidden)
        with torch.no_grad():
            state["memory"] = gru.fast_step(theta, x, state["memory"])
            log_probs = rl2.heads(theta, state["memory"])[0]
        if not sampled:
            return log_probs
        u = torch.rand(len(x), generator=gen)
        return torch.nn.functional.one_hot(rl2.sample(log_probs, u), num_arms).float()

    words = "an action sampled from the policy" if sampled else "the policy's likeliest action"
    return Player(name, f"GRU trained by PPO; {words}", scores)


def last_pull(counts: Counts, before: dict) -> Float[Tensor, "instances in"]:
    """The agent's input: which arm's counts grew since `before`, and by a success or not."""
    trials, num_arms = counts.successes.shape
    if counts.t == 0:
        none = torch.full((trials,), -1)
        nothing = torch.zeros(trials)
        return rl2.agent_input(none, nothing, nothing.bool(), num_arms)
    if before.get("t") != counts.t - 1 or before["successes"].shape != counts.successes.shape:
        raise ValueError(
            "An agent with a memory has to be there from the first pull on: play it with "
            "play(), and make one player for each play that goes on at the same time."
        )
    won = counts.successes - before["successes"]
    pulled = won + counts.failures - before["failures"]
    ended = torch.ones(trials, dtype=torch.bool)
    return rl2.agent_input(pulled.argmax(-1), won.sum(-1).float(), ended, num_arms)
