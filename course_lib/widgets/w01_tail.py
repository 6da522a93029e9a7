"""W1: how many examples each class of a long tail gets, and what learners make of them
(notebook 01)."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from course_lib.ground.stats import Z95, standard_error
from course_lib.scenes.scene import Band, Line, Panel, Points, Rect, Scene, Text
from course_lib.tasks.tails import (
    expected_unseen,
    head_and_tail,
    sample_counts,
    zipf_probabilities,
)
from course_lib.widgets.core import Widget, check_sliders, slider

TELLING, NOISY = 8, 8  # numbers in an example: half of them tell the classes apart
SPREAD = np.repeat([0.3, 2.5], [TELLING, NOISY])  # standard deviation within a class
TESTS = 1000  # test examples in all, the same number for each class
GROUPS = 8  # at most: classes are averaged in so many groups of neighbouring ranks


@dataclass(frozen=True)
class State:
    """A world of classes whose chances fall like rank⁻ˢ, and N = 10^budget examples of it."""

    exponent: float = slider(1.0, 0.0, 2.0, step=0.1, label="Zipf exponent s")
    classes: int = slider(300, 10, 500, step=10, label="classes C")
    budget: float = slider(3.5, 1.0, 5.0, step=0.1, label="examples: log₁₀ N")
    seed: int = 1

    def __post_init__(self):
        check_sliders(self)

    @property
    def examples(self) -> int:
        """N."""
        return round(10**self.budget)


@dataclass(frozen=True)
class Data:
    """Per class, from the most to the least frequent: chance, examples, rates of right answers."""

    state: State
    chance: Float[np.ndarray, "classes"]
    count: Int[np.ndarray, "classes"]
    alone: Float[np.ndarray, "classes"]
    shared: Float[np.ndarray, "classes"]

    @property
    def head(self) -> slice:
        """The fewest classes that make up half of what happens."""
        return slice(0, head_and_tail(self.chance))

    @property
    def tail(self) -> slice:
        """The rarer half of the classes."""
        return slice(len(self.chance) // 2, None)


def compute(state: State) -> Data:
    """Examples of one world, and two learners' rates of right answers on fresh ones.

    A class is a point in 16 dimensions; its examples scatter around it by `SPREAD`, which no
    learner is told. Only sums over a class's examples are drawn: mean and sum of squares.
    """
    rng = np.random.default_rng(state.seed)
    chance = zipf_probabilities(state.classes, state.exponent)
    count = sample_counts(chance, state.examples, rng)
    centre = rng.standard_normal((state.classes, len(SPREAD)))
    n = np.maximum(count, 1)[:, None]
    mean = centre + SPREAD / np.sqrt(n) * rng.standard_normal(centre.shape)
    squares = SPREAD**2 * rng.chisquare(np.maximum(n - 1, 1), centre.shape) * (n > 1)
    tests = rng.standard_normal((state.classes, tests_each(state), len(SPREAD)))
    tests = centre[:, None] + SPREAD * tests
    seen = count > 0
    alone, shared = (
        _right(tests, np.flatnonzero(seen), *learner(mean[seen], squares[seen], n[seen]))
        for learner in (each_class_alone, with_shared_spread)
    )
    return Data(state, chance, count, alone, shared)


def tests_each(state: State) -> int:
    """How many test examples each class gets, at least two."""
    return max(2, round(TESTS / state.classes))


def each_class_alone(mean, squares, n):
    """A Gaussian per class, from its own examples only; returns its mean and variance.

    One imagined example of variance 1 is added, for a single example has no spread.
    """
    return mean, (1 + squares) / n * (1 + 1 / n)


def with_shared_spread(mean, squares, n):
    """A Gaussian per class, knowing from *all* classes how examples scatter and where classes lie.

    σ² = pooled variance within, τ² = variance between classes; then the posterior of a Gaussian
    mean: precision n/σ² + 1/τ².
    """
    within = (1 + squares.sum(0)) / (1 + (n - 1).sum())
    between = np.maximum(mean.var(0) - within * (1 / n).mean(), 0.05)
    unsure = 1 / (n / within + 1 / between)
    return unsure * (n * mean / within + mean.mean(0) / between), within + unsure


def _right(tests, seen, mean, variance) -> Float[np.ndarray, "classes"]:
    """Per class, how often the likeliest seen Gaussian is the right one; 0 where none was seen."""
    x = tests.reshape(-1, tests.shape[-1]).astype(np.float32)  # for speed
    precision = np.broadcast_to(1 / variance, mean.shape)
    offset = (mean**2 * precision - np.log(precision)).sum(1).astype(np.float32)
    quadratic, linear = (w.T.astype(np.float32) for w in (precision, -2 * mean * precision))
    unlikely = x**2 @ quadratic + x @ linear + offset
    answer = seen[unlikely.argmin(1)].reshape(tests.shape[:2])
    return (answer == np.arange(len(tests))[:, None]).mean(1)


def draw(data: Data) -> Scene:
    """Examples per class on the left, rates of right answers on the right, by rank."""
    state, head, tail = data.state, data.head, data.tail
    unseen = expected_unseen(data.chance, state.examples)
    share = data.count[tail].sum() / state.examples
    status = (
        f"{state.examples:,} examples. Never seen: {int((data.count == 0).sum())} of "
        f"{state.classes} classes (expected {unseen:.1f}). The rarer half gets "
        f"{100 * share:.0f} % of the examples; right {100 * data.alone[tail].mean():.0f} % alone, "
        f"{100 * data.shared[tail].mean():.0f} % with experience."
    )
    alt = (
        "Left: examples per class against its rank, both logarithmic, falling from the most "
        "frequent class to classes never seen. Right: right answers per rank for a learner that "
        "treats each class alone and for one that has learned from all classes how examples vary: "
        f"{100 * data.alone[head].mean():.0f} % and {100 * data.shared[head].mean():.0f} % in the "
        f"head, {100 * data.alone[tail].mean():.0f} % and {100 * data.shared[tail].mean():.0f} % "
        "in the tail."
    )
    return Scene([[_examples(data), _answers(data)]], alt, status, (380,))


def _regions(data: Data, low: float, high: float, words: float) -> list:
    """Head and tail as shaded stretches of the rank axis, with their names at height `words`."""
    first, last = 0.8, 1.25 * len(data.chance)
    return [
        Rect(first, data.head.stop + 0.5, low, high, "muted", 0.1),
        Rect(data.tail.start + 0.5, last, low, high, "muted", 0.1),
        Text(1.1 * first, words, "head", "muted", 13, "left", True),
        Text(last / 1.1, words, "tail", "muted", 13, "right", True),
    ]


def _examples(data: Data) -> Panel:
    rank = np.arange(1, len(data.chance) + 1)
    expected = data.state.examples * data.chance
    low, high = 0.3, 4.0 * float(max(expected.max(), data.count.max()))
    seen = data.count > 0
    marks = [
        *_regions(data, low, high, high / 1.8),
        Line(rank, np.maximum(expected, low / 2), "muted", 2, label="expected N·p"),
        Points(rank[seen], data.count[seen], "support", 4, label="drawn"),
        Points(rank[~seen], np.full((~seen).sum(), 0.45), "bad", 4, "x", label="never seen"),
    ]
    return Panel(
        marks,
        (0.8, 1.25 * len(rank)),
        (low, high),
        "What the learner gets",
        "rank of the class (1 = most frequent)",
        "examples",
        xlog=True,
        ylog=True,
    )


def _answers(data: Data) -> Panel:
    classes = len(data.chance)
    marks = _regions(data, 0.0, 115.0, 109.0)
    ends = np.geomspace(1, classes + 1, min(GROUPS, classes // 3) + 1)
    edges = np.unique(ends.round().astype(int))
    middle = np.sqrt(edges[:-1] * (edges[1:] - 1.0))
    for rate, color, label in (
        (data.shared, "theta", "with experience"),
        (data.alone, "scratch", "each class alone"),
    ):
        groups = [rate[a - 1 : b - 1] for a, b in pairwise(edges)]
        mean = 100 * np.array([g.mean() for g in groups])
        error = 100 * Z95 * np.array([_standard_error(g, tests_each(data.state)) for g in groups])
        marks.append(
            Band(middle, np.maximum(mean - error, 0), np.minimum(mean + error, 100), color)
        )
        marks.append(Line(middle, mean, color, 2.5, label=label))
        marks.append(Points(middle, mean, color, 5))
    return Panel(
        marks,
        (0.8, 1.25 * classes),
        (0, 115),
        "What it can do with it",
        "rank of the class (1 = most frequent)",
        "right answers in %",
        xlog=True,
        yticks=[(y, str(y)) for y in range(0, 101, 20)],
    )


def _standard_error(rates: Float[np.ndarray, "group"], num_tests: int) -> float:
    """Of the mean of `rates`: from their spread, or from the tests of a class that stands alone."""
    if len(rates) > 1:
        return float(standard_error(rates))
    return float(rates[0] * (1 - rates[0]) / num_tests) ** 0.5


def another_world(state: State) -> State:
    """The same setting with other classes and other examples."""
    return replace(state, seed=state.seed + 1)


W1 = Widget(
    "W1",
    "The long tail",
    State,
    compute,
    draw,
    buttons={"Another world": another_world},
)
