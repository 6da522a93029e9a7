"""The best that any player can do, exactly, where the state space allows it (notebook 09).

What has been seen is the counts (s, f) of each arm, and arms are alike before they are pulled: so
a state is a *multiset* of counts. At n = 10 there are about two thousand, whatever k.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

import course_lib
from course_lib.rl2.bandits.players.gittins import place
from course_lib.rl2.bandits.players.player import Counts, Player
from course_lib.tasks.bandits import check_horizon

MOST_STATES = 100_000  # after t pulls; more would take minutes
State = tuple[tuple[int, int], ...]  # the sorted (s, f) of the arms that were pulled


class Level(NamedTuple):
    """The states after t pulls, and where each pull leads: rows of the next level."""

    counts: Counts
    success: Int[Tensor, "states arms"]
    failure: Int[Tensor, "states arms"]


def number_of_states(pulls: int, num_arms: int) -> int:
    """How many multisets of counts (s, f) there are after `pulls` pulls, without making them.

    An arm pulled m times has m + 1 possible counts, so c such arms have C(m + c, c) multisets.
    """
    if num_arms == 1:
        return pulls + 1
    ways = {(0, 0): 1}  # (arms, pulls) that are dealt already → in how many ways
    for m in range(1, pulls + 1):
        for (arms, done), count in list(ways.items()):
            for c in range(1, min(num_arms - arms, (pulls - done) // m) + 1):
                key = arms + c, done + c * m
                ways[key] = ways.get(key, 0) + count * math.comb(m + c, c)
    return sum(count for (_, done), count in ways.items() if done == pulls)


@lru_cache(maxsize=8)
def levels(horizon: int, num_arms: int) -> list[Level]:
    """All states after t = 0 … horizon − 1 pulls; arms that were not pulled stand at the end.

    Errors: ValueError where there are too many states, and for a horizon or num_arms below 1.
    """
    check_horizon(horizon)
    if num_arms < 1:
        raise ValueError(f"num_arms is {num_arms}: choose 1 or more.")
    for t in range(horizon):
        if number_of_states(t + 1, num_arms) > MOST_STATES:
            raise ValueError(
                f"With {num_arms} arms there are more than {MOST_STATES} states after {t + 1} of "
                f"{horizon} pulls: choose a horizon of {t} or less, or play `gittins()`."
            )
    states: dict[State, int] = {(): 0}
    found = []
    for t in range(horizon):
        following: dict[State, int] = {}
        leads = torch.zeros(2, len(states), num_arms, dtype=torch.long)
        counts = torch.zeros(2, len(states), num_arms, dtype=torch.long)
        for row, state in enumerate(states):
            untouched = [(0, 0)] if len(state) < num_arms else []
            arms = [*state, *untouched]
            for i, (s, f) in enumerate(arms):
                others = arms[:i] + arms[i + 1 : len(state)]
                for kind, pulled in enumerate(((s + 1, f), (s, f + 1))):
                    key = tuple(sorted([*others, pulled]))
                    leads[kind, row, i:] = following.setdefault(key, len(following))
            if state:
                counts[:, row, : len(state)] = torch.tensor(state).T
        found.append(Level(Counts(*counts, t, horizon), *leads))
        states = following
    return found


Weigh = Callable[[Counts, Float[Tensor, "states arms"]], Float[Tensor, " states"]]


def backward(horizon: int, num_arms: int, weigh: Weigh) -> Float[Tensor, ""]:
    """The expected total reward from the start, V_0, by going backward through all states.

    Q_t(x, a) = p + p V_{t+1}(x, a succeeds) + (1 − p) V_{t+1}(x, a fails), p = (s+1)/(s+f+2), and
    V_t = weigh(counts, Q_t). Errors: as `levels`.
    """
    V = torch.zeros(1, dtype=torch.float64)
    for level in reversed(levels(horizon, num_arms)):
        counts = level.counts
        p = (counts.successes + 1).double() / (counts.successes + counts.failures + 2)
        if counts.t == horizon - 1:
            Q = p
        else:
            Q = p * (1 + V[level.success]) + (1 - p) * V[level.failure]
        V = weigh(counts, Q)
    return V[0]


@lru_cache(maxsize=8)
def optimal_value(horizon: int, num_arms: int) -> float:
    """The highest expected total reward that any player can have: V_t = max_a Q_t(·, a)."""
    return backward(horizon, num_arms, lambda counts, Q: Q.amax(-1)).item()


def expected_value(player: Player, horizon: int, num_arms: int) -> float:
    """The exact expected total reward of a player whose scores are a fixed function of counts.

    Ties at random: the mean of Q over the arms of the highest score.
    Errors: ValueError for a player that breaks ties by number (multisets have no numbers), and as
    `levels`. A player that draws its scores has no exact value here, and nothing finds it out.
    """
    if player.ties == "first":
        raise ValueError("Ties to the first arm depend on numbers: use ties='random'.")
    gen = course_lib.seed(0)

    def weigh(counts: Counts, Q: Float[Tensor, "states arms"]) -> Float[Tensor, " states"]:
        scores = player.scores(counts, gen)
        best = scores == scores.amax(-1, keepdim=True)
        return (Q * best).sum(-1) / best.sum(-1)

    return backward(horizon, num_arms, weigh).item()


class Plan(NamedTuple):
    """What to pull after t pulls: the counts `best` (as `place`) of the arm, by the state's key."""

    keys: Int[Tensor, " states"]
    best: Int[Tensor, " states"]


@lru_cache(maxsize=8)
def _plans(horizon: int, num_arms: int) -> list[Plan]:
    plans: list[Plan] = []

    def weigh(counts: Counts, Q: Float[Tensor, "states arms"]) -> Float[Tensor, " states"]:
        places = place(counts.successes, counts.failures)
        keys, order = _keys(places).sort()
        if len(keys.unique()) != len(keys):
            raise AssertionError("Two states got the same key.")
        V, arm = Q.max(-1)
        plans.append(Plan(keys, places.gather(1, arm[:, None])[order, 0]))
        return V

    backward(horizon, num_arms, weigh)
    return plans[::-1]


def _keys(places: Int[Tensor, "states arms"]) -> Int[Tensor, " states"]:
    """A number for each multiset of counts: the sum of random 64-bit numbers, 0 for (0, 0)."""
    numbers = torch.randint(-(2**62), 2**62, (10_000,), generator=course_lib.seed(1))
    numbers[0] = 0
    return numbers[places].sum(-1)


def optimal() -> Player:
    """The Bayes-optimal player: the arm of the highest Q_t, exact for uniform arm means.

    Among arms with the same counts one is drawn; among different counts that are equally good the
    same ones are always taken. Errors: ValueError, while playing, for too large a horizon.
    """

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        plan = _plans(counts.horizon, counts.successes.shape[-1])[counts.t]
        places = place(counts.successes, counts.failures)
        row = torch.searchsorted(plan.keys, _keys(places))
        return (places == plan.best[row][:, None]).float()

    words = "the arm of the highest expected total, by dynamic programming over multisets of counts"
    return Player("optimal", f"{words}; among arms with equal counts at random", scores)
