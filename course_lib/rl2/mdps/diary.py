"""A planner's life in one small world, step by step: what it saw, what it believed, and the world
that it planned in (notebook 10)."""

from typing import NamedTuple

from course_lib.ground.device import seed
from course_lib.rl2.mdps.players import Belief, nothing_seen
from course_lib.rl2.mdps.players.imagined import CONSTANTS, imagined
from course_lib.rl2.mdps.players.player import Scores, choose
from course_lib.tasks.mdps import EPISODE, MDPs, MDPTrials


class Plan(NamedTuple):
    """What a planner made before an episode: the world that it plans in, and its scores."""

    world: MDPs
    scores: Scores

    @property
    def hope(self) -> float:
        """The reward that it expects of the episode."""
        return self.scores[0, 0, 0].max().item()


class Diary(NamedTuple):
    """One trial. Row t of `states` and `beliefs` is *before* step t; the last one is the end."""

    states: list[int]
    actions: list[int]
    paid: list[float]
    beliefs: list[Belief]
    plans: list[Plan]  # one for each episode


def keep_diary(name: str, world: MDPs, episodes: int, luck: int, prior: float = 1.0) -> Diary:
    """The trial of planner `name` in one world; the same `luck` moves and pays all planners alike.

    Errors: ValueError for more than one world.
    """
    if len(world.rewards) != 1:
        raise ValueError(f"A diary is kept in one world; got {len(world.rewards)}.")
    trials, gen = MDPTrials(world, episodes, seed(luck)), seed(luck + 1)
    belief = nothing_seen(*world.rewards.shape, prior)
    epsilon = (CONSTANTS[name] or 0.0) if name == "eps_greedy" else 0.0
    diary = Diary([0], [], [], [copy_of(belief)], [])
    while trials.t < trials.horizon:
        h = trials.t % EPISODE
        if h == 0:
            diary.plans.append(Plan(*imagined(name, belief, trials.t, gen)))
        state = trials.state
        action = choose(diary.plans[-1].scores[h], state, epsilon, gen)
        reward = trials.step(action).reward
        belief.see(state, action, reward, None if h + 1 == EPISODE else trials.state)
        diary.states.append(int(trials.state))
        diary.actions.append(int(action))
        diary.paid.append(reward.item())
        diary.beliefs.append(copy_of(belief))
    return diary


def copy_of(belief: Belief) -> Belief:
    """A belief that the next step does not change."""
    return Belief(*(part.clone() for part in belief[:3]), belief.prior)
