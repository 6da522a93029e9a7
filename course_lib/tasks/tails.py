"""Long tails: a few things happen all the time, most things hardly ever (notebook 01).

How often each class occurs (Zipf's law), how many classes a budget of examples never shows, and
how a learner does on the frequent classes (head) and on the rare ones (tail).
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


def zipf_probabilities(num_classes: int, exponent: float) -> Float[np.ndarray, "num_classes"]:
    """How likely each class is: p_i ∝ i^(−s), for rank i = 1…C and exponent s.

    s = 0 makes all classes equally likely; words of a language have s ≈ 1. Sorted, sums to 1.
    Errors: ValueError for num_classes < 1 or exponent < 0.
    """
    if num_classes < 1:
        raise ValueError(f"num_classes is {num_classes}: choose 1 or more.")
    if exponent < 0 or not math.isfinite(exponent):
        raise ValueError(f"The exponent is {exponent}: choose 0 (all alike) or more.")
    weights = np.arange(1, num_classes + 1, dtype=np.float64) ** -exponent
    return weights / weights.sum()


def sample_counts(
    p: Float[np.ndarray, "num_classes"], budget: int, rng: np.random.Generator
) -> Int[np.ndarray, "num_classes"]:
    """How many of `budget` independent examples belong to each class (multinomial).

    Drawn one by one: the counts of `rng.multinomial` are others in numpy 2.5 than in 2.4. A larger
    budget shows the classes of the smaller one first and then more.
    Errors: ValueError for a budget below 0.
    """
    _check_budget(budget)
    classes = np.searchsorted(p.cumsum(), rng.random(budget), side="right")
    return np.bincount(classes.clip(max=len(p) - 1), minlength=len(p))


def expected_unseen(p: Float[np.ndarray, "num_classes"], budget: int) -> float:
    """The expected number of classes that `budget` examples never show: Σ_i (1 − p_i)^N."""
    _check_budget(budget)
    return float(((1 - p) ** budget).sum())


def missing_mass(
    p: Float[np.ndarray, "num_classes"], counts: Int[np.ndarray, "num_classes"]
) -> float:
    """The probability that the next example is of a class with count 0: Σ_{i: n_i = 0} p_i."""
    return float(p[counts == 0].sum())


def good_turing(counts: Int[np.ndarray, "num_classes"]) -> float:
    """Good and Turing's estimate of the missing mass, from the sample alone: n₁ / N.

    n₁ is the number of classes seen exactly once. It needs no knowledge of p, and its expectation
    is the expected missing mass after N − 1 examples.
    Errors: ValueError for an empty sample.
    Source: Good 1953 (unchecked).
    """
    total = int(counts.sum())
    if total == 0:
        raise ValueError("Nothing was seen yet: the estimate needs at least one example.")
    return int((counts == 1).sum()) / total


def head_and_tail(p: Float[np.ndarray, "num_classes"], mass: float = 0.5) -> int:
    """The size of the head: the fewest classes that together have at least probability `mass`.

    p is sorted, so classes 0…size−1 are the head and the others are the tail.
    Errors: ValueError for a mass outside 0…1.
    """
    if not 0 < mass < 1:
        raise ValueError(f"The head's mass is {mass}: choose a number between 0 and 1.")
    return int(np.searchsorted(p.cumsum(), mass - 1e-12) + 1)


class Report(NamedTuple):
    """What a learner knows after one sample: `accuracy` [classes] per class, and three means.

    `overall` weighs classes by how often they occur, `head` and `tail` likewise within the head
    and within the tail; `balanced` weighs all classes alike.
    """

    accuracy: Float[np.ndarray, "num_classes"]
    overall: float
    head: float
    tail: float
    balanced: float


def summarise(
    p: Float[np.ndarray, "num_classes"],
    accuracy: Float[np.ndarray, "num_classes"],
    head_mass: float = 0.5,
) -> Report:
    """The accuracy per class, averaged over what occurs, over the head and over the tail."""
    size, hits = head_and_tail(p, head_mass), p * accuracy
    tail = float(hits[size:].sum() / p[size:].sum()) if size < len(p) else float("nan")
    head = float(hits[:size].sum() / p[:size].sum())
    return Report(accuracy, float(hits.sum()), head, tail, float(accuracy.mean()))


class World:
    """Classes as points in the plane (or in more dimensions), examples scattered around them.

    A class is a mean μ_i ~ N(0, I) in `dim` dimensions, an example of it is x ~ N(μ_i, noise² I).
    Queries for testing are drawn once, so that two samples are compared on the same questions.
    """

    def __init__(
        self, num_classes: int, *, noise: float, rng: np.random.Generator, dim: int = 8
    ) -> None:
        if num_classes < 2:
            raise ValueError(f"num_classes is {num_classes}: a choice needs 2 or more.")
        if noise <= 0:
            raise ValueError(f"noise is {noise}: choose a number above 0.")
        self.noise, self.num_queries = noise, max(4, 2000 // num_classes)
        self.means = rng.standard_normal((num_classes, dim))
        scatter = rng.standard_normal((num_classes, self.num_queries, dim))
        self.queries = (self.means[:, None] + noise * scatter).astype(np.float32)

    def learn(
        self, counts: Int[np.ndarray, "num_classes"], rng: np.random.Generator
    ) -> Float[np.ndarray, "num_classes dim"]:
        """What a Bayesian believes each class's mean to be, after n_i examples of it.

        The mean x̄ of n examples is N(μ, noise²/n), so it is drawn at once, not example by example.
        With the prior μ ~ N(0, I), the posterior mean is n/(n + noise²)·x̄.
        """
        n = counts[:, None]
        noise = rng.standard_normal(self.means.shape)
        average = self.means + self.noise / np.sqrt(np.maximum(n, 1)) * noise
        return n / (n + self.noise**2) * average

    def accuracy(
        self,
        learned: Float[np.ndarray, "num_classes dim"],
        counts: Int[np.ndarray, "num_classes"],
    ) -> Float[np.ndarray, "num_classes"]:
        """How often each class's queries are answered right, by the most probable class.

        An example of class i is N(learned_i, v_i I), v_i = noise² + noise²/(n_i + noise²), and i
        has probability n_i/N: a class that was never seen is never the answer.
        """
        known = np.flatnonzero(counts)
        if not len(known):
            return np.zeros(len(counts))
        n, centre = counts[known], learned[known].astype(np.float32)
        dim, asked = centre.shape[1], self.queries.reshape(-1, centre.shape[1])
        v = (self.noise**2 * (1 + 1 / (n + self.noise**2))).astype(np.float32)
        offset = np.log(n) - dim / 2 * np.log(v) - (centre**2).sum(1) / (2 * v)
        score = asked @ (centre / v[:, None]).T + offset.astype(np.float32)
        score -= (asked**2).sum(1, keepdims=True) / (2 * v)
        answer = known[score.argmax(1)].reshape(len(counts), self.num_queries)
        return (answer == np.arange(len(counts))[:, None]).mean(1)


@lru_cache(maxsize=8)
def _world(seed: int, num_classes: int, noise: float) -> World:
    return World(num_classes, noise=noise, rng=np.random.default_rng([seed, 1]))


def explore(
    *,
    num_classes: int = 100,
    exponent: float = 1.0,
    budget: int = 500,
    noise: float = 0.6,
    seed: int = 0,
    head_mass: float = 0.5,
) -> tuple[Float[np.ndarray, "num_classes"], Int[np.ndarray, "num_classes"], Report]:
    """Probabilities, one sample's counts, and what a Bayesian learner makes of it.

    The world and the questions depend on `seed`, `num_classes` and `noise` only. A larger budget
    shows the classes of the smaller one first and then more.
    Errors: ValueError as in the functions above.
    """
    p = zipf_probabilities(num_classes, exponent)
    world = _world(seed, num_classes, noise)
    counts = sample_counts(p, budget, np.random.default_rng([seed, 2]))
    learned = world.learn(counts, np.random.default_rng([seed, 3]))
    return p, counts, summarise(p, world.accuracy(learned, counts), head_mass)


def _check_budget(budget: int) -> None:
    if budget < 0:
        raise ValueError(f"The budget is {budget} examples: choose 0 or more.")
