"""What a player of MDPs is, and how it plays (notebook 10).

Before every episode a player makes a plan: a score for every step, state and action. It then takes
an action of the highest score, ties at random. So a rule is one function from what was seen to
scores; and the agent that has a memory instead (`recurrent`) is played by the same `play`.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.rl2.mdps.players.belief import Belief, nothing_seen
from course_lib.tasks.mdps import EPISODE, MDPs, MDPTrials

Live = Callable[[MDPTrials, torch.Generator], None]
Scores = Float[Tensor, "steps tasks states actions"]
Plan = Callable[[Belief, int, torch.Generator], Scores]


class Player(NamedTuple):
    """A way to live through trials, and the exact rule in words; `plan` where it makes plans."""

    name: str
    definition: str
    live: Live
    plan: Plan | None = None


class Plays(NamedTuple):
    """What each episode brought."""

    worth: Float[Tensor, "tasks episodes"]  # Σ_t R(s_t, a_t): without the rewards' noise
    paid: Float[Tensor, "tasks episodes"]  # Σ_t r_t: with it


def play(player: Player, mdps: MDPs, episodes: int, gen: torch.Generator) -> Plays:
    """`episodes` episodes by `player` in every MDP at once.

    The luck of all steps is drawn before the first one: players that get generators of the same
    seed meet the same noise, and move by the same u.   Errors: ValueError for episodes < 1.
    """
    trials = MDPTrials(mdps, episodes, gen)
    player.live(trials, gen)
    return Plays(trials.by_episode(trials.worth), trials.by_episode(trials.paid))


def planner(
    name: str, definition: str, plan: Plan, *, epsilon: float = 0.0, prior: float = 1.0
) -> Player:
    """A player that acts by `plan(belief, steps done, gen)`, made anew before every episode.

    With chance `epsilon` it does anything instead, all actions with the same chance. `prior` is
    what it expects of an action that it never tried; what MDPs are drawn from is 1.
    """

    def live(trials: MDPTrials, gen: torch.Generator) -> None:
        belief = nothing_seen(*trials.mdps.rewards.shape, prior)
        while trials.t < trials.horizon:
            h = trials.t % EPISODE
            if h == 0:
                scores = plan(belief, trials.t, gen)
            state = trials.state
            action = choose(scores[h], state, epsilon, gen)
            outcome = trials.step(action)
            belief.see(state, action, outcome.reward, None if h + 1 == EPISODE else trials.state)

    return Player(name, f"{definition}; prior of R: N({prior:g}, 1)", live, plan)


def choose(
    scores: Float[Tensor, "tasks states actions"],
    state: Int[Tensor, " tasks"],
    epsilon: float,
    gen: torch.Generator,
) -> Int[Tensor, " tasks"]:
    """The action of the highest score in each task's state; ties at random, anything by chance ε.

    The draws are made whether they are needed or not, so that players of the same seed stay in
    step.
    """
    here = scores[torch.arange(len(state)), state]
    draw, explores = torch.rand(here.shape, generator=gen), torch.rand(len(here), 1, generator=gen)
    best = here >= here.amax(-1, keepdim=True)
    return draw.masked_fill(~best & (explores >= epsilon), -1.0).argmax(-1)
