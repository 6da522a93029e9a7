"""Players that look at posterior means only, and UCB1 (notebook 09)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.rl2.bandits.players.player import Counts, Player


def random_arm() -> Player:
    """Every arm with the same chance, every time.

    Its expected total is horizon / 2, whatever the number of arms.
    """

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        return torch.zeros(counts.successes.shape)

    return Player("random", "every arm with the same chance", scores)


def greedy(ties: str = "random") -> Player:
    """The arm of the highest posterior mean (s + 1)/(s + f + 2).

    An arm that was never pulled counts as 1/2. Many posterior means are equal, so ties matter:
    with "first" the player stays with low-numbered arms longer, which costs it up to 3 % of the
    total reward; the paper's numbers fit "first".
    """

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        return counts.posterior_means

    return Player("greedy", f"highest posterior mean (s+1)/(s+f+2); {_TIES[ties]}", scores, ties)


def eps_greedy(epsilon: float, ties: str = "random") -> Player:
    """With chance ε any arm (all with the same chance), else the greedy one.

    Errors: ValueError for ε outside 0…1.
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon is {epsilon}: choose a chance from 0 (greedy) to 1 (random).")

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        means = counts.posterior_means
        explores = torch.rand(len(means), 1, generator=gen) < epsilon
        return torch.where(explores, torch.rand(means.shape, generator=gen), means)

    return Player(
        "eps_greedy",
        f"with chance {epsilon:g} any arm, else the highest posterior mean (s+1)/(s+f+2); "
        f"{_TIES[ties]}",
        scores,
        ties,
    )


def ucb1(c: float, ties: str = "random") -> Player:
    """The arm of the highest mean plus bonus, m + c·√(2 ln t / T).

    T = s + f + 2 and m = (s + 1)/T: every arm starts with one success and one failure. t counts
    the pulls, the coming one included, so the first bonus is 0. c = 1 is the constant of Auer et
    al. 2002 (unchecked), far too much here. Their UCB1 pulls each arm once first, with no made-up
    success and failure: at n = 10 it gets 5 to 6, so it is not what the paper played.
    Errors: ValueError for c < 0.
    """
    if not (c >= 0 and math.isfinite(c)):
        raise ValueError(f"c is {c}: choose 0 (greedy) or more.")

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        pulls = counts.successes + counts.failures + 2
        return counts.posterior_means + c * (2 * math.log(counts.t + 1) / pulls).sqrt()

    return Player(
        "ucb1",
        f"highest m + {c:g}·√(2 ln t / T), T = s+f+2, m = (s+1)/T, t counts the coming pull too; "
        f"{_TIES[ties]}",
        scores,
        ties,
    )


_TIES = {"random": "ties at random", "first": "ties to the arm of the lowest number"}
