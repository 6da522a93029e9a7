"""What a bandit player is, and how it plays (notebook 09).

A player is a score for every arm; it pulls an arm of the highest score. So a rule is one formula,
and how ties are broken is said beside it, not hidden in it.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.ground.asked import check_gen
from course_lib.tasks.bandits import Coins, check_horizon, check_means


class Counts(NamedTuple):
    """What a player has seen: successes and failures of each arm, `t` pulls of `horizon` made.

    With a uniform prior on an arm's mean these are all that matters: after s successes and f
    failures the posterior is Beta(s + 1, f + 1), in any order they came.
    """

    successes: Int[Tensor, "instances arms"]
    failures: Int[Tensor, "instances arms"]
    t: int
    horizon: int

    @property
    def posterior_means(self) -> Float[Tensor, "instances arms"]:
        """E[μ | s, f] = (s + 1) / (s + f + 2)."""
        return (self.successes + 1) / (self.successes + self.failures + 2)


Scores = Callable[[Counts, torch.Generator], Float[Tensor, "instances arms"]]


class Player(NamedTuple):
    """A rule for choosing arms: the highest of `scores(counts, gen)` is pulled.

    `definition` says the rule exactly, ties included. `ties`: "random" draws among the best arms
    with equal chances, "first" takes the one of the lowest number.
    """

    name: str
    definition: str
    scores: Scores
    ties: Literal["random", "first"] = "random"

    def choose(self, counts: Counts, gen: torch.Generator) -> Int[Tensor, " instances"]:
        """The arm that each instance's player pulls next.

        Errors: ValueError for scores that are no numbers or not one for each arm, and for another
        way to break ties.
        """
        scores = self.scores(counts, gen)
        if not isinstance(scores, Tensor) or scores.shape != counts.successes.shape:
            got = list(scores.shape) if isinstance(scores, Tensor) else f"a {type(scores).__name__}"
            raise ValueError(
                f"{self.name} gives {got} as its scores: a player gives a tensor "
                f"{list(counts.successes.shape)}, one score for each arm of each instance."
            )
        if scores.isnan().any():
            arm = int(scores.isnan().any(0).nonzero()[0])
            raise ValueError(
                f"{self.name} gives arm {arm} the score nan at t = {counts.t}: is it 0/0 before "
                "the first pull? Say what an arm is worth that was never pulled."
            )
        if self.ties not in ("random", "first"):
            raise ValueError(f"ties is {self.ties!r}: choose 'random' or 'first'.")
        if self.ties == "first":
            return scores.argmax(-1)  # of equal ones, the first
        draw = torch.rand(scores.shape, generator=gen)
        return draw.masked_fill_(scores < scores.amax(-1, keepdim=True), -1.0).argmax(-1)


class Plays(NamedTuple):
    """What was done and what it paid, pull by pull."""

    arms: Int[Tensor, "instances horizon"]
    rewards: Int[Tensor, "instances horizon"]

    def total(self) -> Float[Tensor, " instances"]:
        """The total reward, Σ_t r_t."""
        return self.rewards.sum(-1).float()

    def value(self, means: Float[Tensor, "instances arms"]) -> Float[Tensor, " instances"]:
        """The means of the pulled arms, Σ_t μ_{a_t}: the same expectation as the total reward.

        It leaves out the noise of the flips, so its mean over instances is known more exactly.
        """
        return means.gather(1, self.arms).sum(-1)

    def regret(self, means: Float[Tensor, "instances arms"]) -> Float[Tensor, " instances"]:
        """What the best arm would have paid more: horizon · max_a μ_a − Σ_t μ_{a_t}, never < 0."""
        return (means.amax(-1, keepdim=True) - means.gather(1, self.arms)).sum(-1)


def play(
    player: Player,
    means: Float[Tensor, "instances arms"],
    horizon: int,
    gen: torch.Generator,
    coins: Coins | None = None,
) -> Plays:
    """`horizon` pulls by `player` in every instance at once.

    `coins` fixes the flips (`tasks.bandits.toss`), so that players can be compared on the same
    luck; without them the flips are drawn on the way.
    Errors: ValueError for means that are no probabilities, a horizon below 1, and coins that were
    tossed for another number of instances, arms or pulls.
    """
    if not hasattr(player, "choose"):
        raise ValueError(
            f"{getattr(player, '__name__', player)!r} is no player: call it, as in ts(), or make "
            "one, Player(name, definition, scores)."
        )
    check_means(means)
    check_horizon(horizon)
    check_gen(gen)
    if coins is not None and coins.table.shape != (*means.shape, horizon):
        raise ValueError(
            f"The coins were tossed for {list(coins.table.shape)} instances, arms and pulls; "
            f"this play needs {[*means.shape, horizon]}: use toss(means, horizon, gen)."
        )
    rows = torch.arange(len(means))
    won, pulled = torch.zeros((2, *means.shape), dtype=torch.long)
    arms = torch.empty(len(means), horizon, dtype=torch.long)
    rewards = torch.empty_like(arms)
    for t in range(horizon):
        arm = player.choose(Counts(won.clone(), pulled - won, t, horizon), gen)
        if coins is None:
            reward = (torch.rand(len(means), generator=gen) < means[rows, arm]).long()
        else:
            reward = coins.flip(arm, pulled[rows, arm])
        won[rows, arm] += reward
        pulled[rows, arm] += 1
        arms[:, t], rewards[:, t] = arm, reward
    return Plays(arms, rewards)
