"""Who painted this? Three learners on pairs of painters that none of them has met (notebook 01).

All get three paintings by each painter. One compares pixels. One looks at 15 numbers per painting
(`paintings.features`) and knows nothing else. One looks at the same numbers and has *experience*:
from other pairs of painters it has learned how such numbers vary within a painter's work, and how
they differ between two painters.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from course_lib import results
from course_lib.ground.stats import mean_and_ci
from course_lib.tasks import paintings
from course_lib.training.recipe import Part, Table

SHOTS = 3
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # how much two painters differ in manner
META_TRAIN, META_TEST = 100, 250  # pairs of painters
CURVE = (1, 2, 5, 10, 20, 50, 100)  # pairs of experience
CURVE_LEVEL = 0.5
SEED = 7_000  # meta-test pairs have the seeds SEED, SEED + 1, …
EXPERIENCE_SEED = 500_000  # and meta-train pairs these
LEARNERS = ("pixels", "no experience", "experience")

Support = Float[np.ndarray, "2 shots numbers"]
Views = Float[np.ndarray, "rows numbers"]  # a painting per row


class Experience(NamedTuple):
    """θ of the learner with experience: two covariances of the numbers of a painting.

    `within`: among the paintings of one painter; `between`: of half the difference between two
    painters' means.
    """

    within: Float[np.ndarray, "numbers numbers"]
    between: Float[np.ndarray, "numbers numbers"]


def paint_one(
    seed: int, which: int, difference: float, num_paintings: int
) -> UInt8[np.ndarray, "num_paintings 96 96 3"]:
    """Paintings by painter `which` (0 or 1) of pair `seed`; 0 does not depend on `difference`."""
    painter = paintings.pair(torch.Generator().manual_seed(seed), difference)[which]
    gen = torch.Generator().manual_seed(2_000_003 * (seed + 1) + which)
    return paintings.paint(painter, num_paintings, gen)


def paint_pair(
    seed: int, difference: float, num_paintings: int
) -> UInt8[np.ndarray, "2 num_paintings 96 96 3"]:
    """Paintings by both painters of pair `seed`."""
    return np.stack([paint_one(seed, which, difference, num_paintings) for which in range(2)])


def learn_experience(works: Float[np.ndarray, "pairs 2 paintings numbers"]) -> Experience:
    """The covariances within and between, from pairs of painters with n paintings each.

    The mean of n paintings scatters by Σ/n, so half a difference of two such means by Σ/2n: that
    is taken off. A tenth of `within` is replaced by its diagonal, which keeps it invertible.
    Errors: ValueError for fewer than 2 paintings per painter.
    """
    num, size = works.shape[2:]
    if num < 2:
        raise ValueError(f"A spread needs 2 or more paintings per painter; there is {num}.")
    means = works.mean(2, keepdims=True)
    rest = (works - means).reshape(-1, size)
    within = rest.T @ rest / (len(rest) * (num - 1) / num)
    half = (means[:, 0, 0] - means[:, 1, 0]) / 2
    between = half.T @ half / len(half) - within / (2 * num)
    values, axes = np.linalg.eigh(between)
    between = (axes * values.clip(min=1e-9)) @ axes.T
    return Experience(0.9 * within + 0.1 * np.diag(np.diag(within)) + 1e-9 * np.eye(size), between)


def with_experience(support: Support, query: Views, experience: Experience) -> Int[np.ndarray, "n"]:
    """The likelier painter (0 or 1) of each query, if all numbers are Gaussian.

    With m the middle and δ half the difference of the painters' means over n paintings, a query x
    is the first painter's where (x − m)ᵀ Σ⁻¹ δ̂ > 0. δ̂ = B (B + Σ/2n)⁻¹ δ is as much of δ as can be
    believed; Σ and B are the covariances within and between.
    """
    within, between = experience
    means = support.mean(1)
    half = (means[0] - means[1]) / 2
    believed = between @ np.linalg.solve(between + within / (2 * support.shape[1]), half)
    return ((query - means.mean(0)) @ np.linalg.solve(within, believed) <= 0).astype(int)


def without_experience(support: Support, query: Views) -> Int[np.ndarray, "n"]:
    """The same rule from the six paintings alone: Σ diagonal, and all of δ believed."""
    within = support.var(1, ddof=1).mean(0) + 1e-9
    means = support.mean(1)
    half = (means[0] - means[1]) / 2
    return ((query - means.mean(0)) @ (half / within) <= 0).astype(int)


def by_pixels(support: Support, query: Views) -> Int[np.ndarray, "n"]:
    """The painter of the painting nearest to each query, pixel by pixel."""
    shown = support.reshape(-1, support.shape[-1])
    far = ((query[:, None] - shown) ** 2).sum(-1)
    return far.argmin(-1) // support.shape[1]


def judge(
    works: UInt8[np.ndarray, "2 paintings 96 96 3"], experience: Experience
) -> dict[str, Int[np.ndarray, "n"]]:
    """Each learner's answers to the paintings after the first three of each painter, in order."""
    views = np.stack([paintings.features(w) for w in works])
    pixels = works.reshape(2, works.shape[1], -1) / 255.0

    def ask(learner: Callable, x: np.ndarray, *more) -> np.ndarray:
        return learner(x[:, :SHOTS], x[:, SHOTS:].reshape(-1, x.shape[-1]), *more)

    return {
        "pixels": ask(by_pixels, pixels),
        "no experience": ask(without_experience, views),
        "experience": ask(with_experience, views, experience),
    }


def load_experience() -> Experience:
    """The shipped experience: what was learned from `META_TRAIN` pairs."""
    (row,) = (r for r in results.load("painters")["rows"] if r["what"] == "experience")
    size = int(len(row["within"]) ** 0.5)
    return Experience(*(np.array(row[key]).reshape(size, size) for key in Experience._fields))


@functools.lru_cache(maxsize=1)
def experience_works() -> Float[np.ndarray, "pairs 2 5 numbers"]:
    """The numbers of the paintings that experience is made of: five by each of 200 painters."""
    return np.stack([
        [paintings.features(w) for w in paint_pair(EXPERIENCE_SEED + i, LEVELS[1 + i % 4], 5)]
        for i in range(META_TRAIN)
    ])  # fmt: skip


def rows_at(level: float, num_pairs: int = META_TEST) -> list[dict]:
    """Accuracy of each learner where painters differ by `level`; there may follow the curve.

    Every pair of painters asks one query of each painter; intervals are over pairs. The curve is
    the accuracy of the experienced learner per pairs of experience. Its rows also say how far it is
    `ahead` of the one without experience: all see the same paintings, so the difference is taken
    pair by pair.
    """
    works = experience_works()
    whole = learn_experience(works)
    pairs = [paint_pair(SEED + i, level, SHOTS + 1) for i in range(num_pairs)]
    answers = [judge(pair, whole) for pair in pairs]
    right = {name: np.array([(a[name] == [0, 1]).mean() for a in answers]) for name in LEARNERS}
    rows = [
        {"what": "accuracy", "difference": level, "learner": name, **_mean(right[name])}
        for name in LEARNERS
    ]
    plain = right["no experience"]
    rows[-1] |= _mean(right["experience"] - plain, "ahead", "ahead_ci95")
    if level == CURVE_LEVEL:
        views = [np.stack([paintings.features(w) for w in pair]) for pair in pairs]
        rows += [_curve_row(works, views, number, plain) for number in CURVE]
    return rows


def experience_row() -> dict:
    """θ itself, as it is shipped."""
    whole = learn_experience(experience_works())
    theta = {key: [float(f"{v:.6g}") for v in m.ravel()] for key, m in whole._asdict().items()}
    return {"what": "experience", "pairs": META_TRAIN, **theta}


def row_name(row: dict) -> str:
    """What `--only` asks for: "accuracy", "curve" or "experience"."""
    return row["what"]


def parts() -> list[Part]:
    """Every difference of painters, and the experience."""
    levels = [
        Part(
            ("accuracy", "curve") if level == CURVE_LEVEL else ("accuracy",), rows_at,
            {"level": level, "num_pairs": META_TEST},
        )
        for level in LEVELS
    ]  # fmt: skip
    return [*levels, Part(("experience",), experience_row, {})]


def _curve_row(
    works: np.ndarray, views: list[np.ndarray], number: int, plain: Float[np.ndarray, "pairs"]
) -> dict:
    """Accuracy after `number` pairs of experience, averaged over disjoint sets of such pairs."""
    starts = range(0, len(works) - number + 1, number)
    thetas = [learn_experience(works[s : s + number]) for s in starts]
    right = np.array([
        np.mean([(with_experience(v[:, :SHOTS], v[:, SHOTS], t) == [0, 1]).mean() for t in thetas])
        for v in views
    ])  # fmt: skip
    row = {"what": "curve", "difference": CURVE_LEVEL, "pairs": number, "sets": len(thetas)}
    return row | _mean(right) | _mean(right - plain, "ahead", "ahead_ci95")


def _mean(
    values: Float[np.ndarray, "pairs"], name: str = "accuracy", width: str = "ci95"
) -> dict[str, float]:
    """Mean over pairs of painters and its 95 % interval's half-width, 1.96 s/√pairs."""
    mean, half_width = mean_and_ci(values)
    return {name: round(float(mean), 4), width: round(float(half_width), 4)}


TABLES = (Table("painters", parts, SEED, row_name),)
