import itertools

import numpy as np
import pytest
from stopwatch import quiet_seconds

from course_lib.tasks import tails


def expected_missing_mass(p, budget):
    """Σ_i p_i (1 − p_i)^N: the expected probability that the next example is of an unseen class."""
    return float((p * (1 - p) ** budget).sum())


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def agree(samples, expected):
    """The mean of the samples is within 4 standard errors of what is expected."""
    samples = np.asarray(samples, dtype=float)
    return abs(samples.mean() - expected) < 4 * samples.std() / len(samples) ** 0.5


def test_zipf_probabilities_follow_the_power_law():
    p = tails.zipf_probabilities(4, 1.0)
    assert np.allclose(p, np.array([12, 6, 4, 3]) / 25)
    assert np.allclose(tails.zipf_probabilities(5, 0.0), 0.2)
    steep = tails.zipf_probabilities(1000, 1.7)
    assert np.isclose(steep.sum(), 1)
    assert np.allclose(np.diff(np.log(steep)) / np.diff(np.log(np.arange(1, 1001))), -1.7)


def test_counts_sum_to_the_budget_and_follow_p(rng):
    p = tails.zipf_probabilities(6, 1.0)
    counts = np.stack([tails.sample_counts(p, 30, rng) for _ in range(2000)])
    assert (counts.sum(1) == 30).all()
    assert all(agree(counts[:, i], 30 * p[i]) for i in range(6))


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("budget", [0, 1, 40, 400])
def test_unseen_classes_and_missing_mass_are_as_expected(rng, exponent, budget):
    p = tails.zipf_probabilities(50, exponent)
    draws = [tails.sample_counts(p, budget, rng) for _ in range(2000)]
    unseen = [(counts == 0).sum() for counts in draws]
    mass = [tails.missing_mass(p, counts) for counts in draws]
    if budget == 0:
        assert tails.expected_unseen(p, 0) == 50
    elif budget == 1 or np.std(unseen) == 0:  # the same number every time
        assert np.isclose(np.mean(unseen), tails.expected_unseen(p, budget), atol=0.01)
    else:
        assert agree(unseen, tails.expected_unseen(p, budget))
        assert agree(mass, expected_missing_mass(p, budget))


def test_good_turing_expects_the_missing_mass_of_one_example_fewer(rng):
    p = tails.zipf_probabilities(200, 1.1)
    estimates = [tails.good_turing(tails.sample_counts(p, 300, rng)) for _ in range(2000)]
    assert agree(estimates, expected_missing_mass(p, 299))
    assert tails.good_turing(np.array([3, 1, 0, 1])) == 2 / 5


def test_the_head_is_the_fewest_classes_with_half_of_the_probability():
    assert tails.head_and_tail(np.array([0.4, 0.3, 0.2, 0.1])) == 2
    assert tails.head_and_tail(np.array([0.5, 0.3, 0.2])) == 1
    assert tails.head_and_tail(np.full(10, 0.1), 0.3) == 3


def test_a_summary_weighs_classes_by_how_often_they_occur():
    p = np.array([0.5, 0.3, 0.2])
    report = tails.summarise(p, np.array([1.0, 0.5, 0.0]))
    assert np.isclose(report.overall, 0.65)
    assert report.head == 1
    assert np.isclose(report.tail, 0.3)
    assert report.balanced == 0.5


def test_the_drawn_posterior_mean_is_that_of_single_examples(rng):
    """Shrinking the mean of n drawn examples, one by one, has the same mean and spread."""
    world = tails.World(2, noise=0.8, rng=np.random.default_rng(1), dim=1)
    counts, repeats = np.array([3, 1]), 4000
    quick = np.array([world.learn(counts, rng)[0, 0] for _ in range(repeats)])
    x = world.means[0, 0] + 0.8 * rng.standard_normal((repeats, 3))
    slow = x.sum(1) / (3 + 0.8**2)
    assert abs(quick.mean() - slow.mean()) < 4 * np.hypot(quick.std(), slow.std()) / repeats**0.5
    assert abs(quick.std() / slow.std() - 1) < 0.06
    nothing = world.learn(np.array([0, 5]), rng)
    assert nothing[0, 0] == 0  # never seen: the prior's mean


def test_two_known_classes_are_told_apart_as_well_as_the_formula_says():
    """With known means at distance d, the best accuracy is Φ(d / 2σ)."""
    from math import erf, sqrt

    world = tails.World(2, noise=1.0, rng=np.random.default_rng(3))
    counts = np.array([10**9, 10**9])
    learned = world.learn(counts, np.random.default_rng(0))
    best = 0.5 * (1 + erf(np.linalg.norm(world.means[0] - world.means[1]) / 2 / sqrt(2)))
    found = world.accuracy(learned, counts).mean()
    assert abs(found - best) < 4 * sqrt(best * (1 - best) / 2000)


def test_a_class_never_seen_is_never_answered():
    p, counts, report = tails.explore(exponent=1.5, budget=60)
    assert np.isclose(p.sum(), 1)
    assert (counts == 0).any()
    assert (report.accuracy[counts == 0] == 0).all()
    assert tails.explore(budget=0)[2].overall == 0


def test_the_tail_is_learned_later_than_the_head_and_a_larger_budget_helps():
    reports = [tails.explore(exponent=1.0, budget=b)[2] for b in (50, 200, 1000, 5000)]
    assert all(r.head > r.tail + 0.15 for r in reports)
    assert all(a.tail < b.tail for a, b in itertools.pairwise(reports))


def test_a_larger_budget_keeps_the_examples_of_a_smaller_one():
    small, large = (tails.explore(budget=b, seed=4)[1] for b in (100, 300))
    assert (large >= small).all()
    assert small.sum() == 100
    assert large.sum() == 300


def test_the_same_seed_gives_the_same_report_and_it_is_quick():
    tails.explore(budget=2000)
    (_, _, first), seconds = quiet_seconds(lambda: tails.explore(budget=2000))
    assert seconds < 0.1
    assert np.array_equal(first.accuracy, tails.explore(budget=2000)[2].accuracy)
    assert not np.array_equal(first.accuracy, tails.explore(budget=2000, seed=1)[2].accuracy)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: tails.zipf_probabilities(0, 1.0), "num_classes is 0: choose 1 or more"),
        (lambda: tails.zipf_probabilities(3, -1.0), "exponent is -1.0: choose 0"),
        (lambda: tails.expected_unseen(np.ones(1), -1), "budget is -1 examples"),
        (lambda: tails.explore(budget=-5), "budget is -5 examples"),
        (lambda: tails.explore(num_classes=1), "num_classes is 1: a choice needs 2"),
        (lambda: tails.explore(noise=0.0), "noise is 0.0: choose a number above 0"),
        (lambda: tails.explore(head_mass=1.0), "head's mass is 1.0"),
        (lambda: tails.good_turing(np.zeros(3, int)), "Nothing was seen yet"),
    ],
)
def test_bad_wishes_are_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
