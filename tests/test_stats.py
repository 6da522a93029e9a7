"""Means and their errors: against scipy, and against how often they are right."""

import math
import statistics

import numpy as np
import pytest
import torch
from scipy import stats as scipy_stats

from course_lib.ground import stats


def numbers(rows=50, columns=3, seed=0):
    return np.random.default_rng(seed).normal(2.0, 3.0, (rows, columns))


def test_standard_errors_are_scipys():
    values = numbers()
    np.testing.assert_allclose(stats.standard_error(values), scipy_stats.sem(values))


def test_tensors_and_arrays_have_the_same_error():
    values = numbers()
    ours = stats.mean_and_ci(torch.from_numpy(values))
    for found, expected in zip(ours, stats.mean_and_ci(values), strict=True):
        np.testing.assert_allclose(found.numpy(), expected)


def test_the_interval_is_1_96_standard_errors_to_either_side():
    mean, half = stats.mean_and_ci(numbers())
    low, high = scipy_stats.norm.interval(0.95, mean, scipy_stats.sem(numbers()))
    np.testing.assert_allclose(mean - half, low, rtol=1e-4)
    np.testing.assert_allclose(mean + half, high, rtol=1e-4)


def test_a_mean_in_single_precision_is_summed_in_double():
    values = torch.full((10_000_000,), 0.1)
    mean, error = stats.mean_and_error(values)
    assert mean == pytest.approx(float(np.float32(0.1)), rel=1e-12)
    assert error < 1e-9


def test_about_95_of_100_intervals_hold_the_truth():
    mean, half = stats.mean_and_ci(numbers(rows=100, columns=4000, seed=1))
    covered = (abs(mean - 2.0) < half).mean()
    assert covered == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("right", "answered"), [(0, 5), (5, 5), (7, 10), (480, 600)])
def test_wilsons_interval_is_scipys(right, answered):
    theirs = scipy_stats.binomtest(right, answered).proportion_ci(0.95, method="wilson")
    assert stats.wilson(right, answered) == pytest.approx(tuple(theirs), abs=1e-4)


def test_the_interval_of_a_ratio_of_paired_means_holds_the_truth_as_often_as_it_says():
    gen = torch.Generator().manual_seed(0)
    held = 0
    for _ in range(400):
        below = 4 + torch.rand(200, generator=gen)
        top = 0.25 * below + 0.1 * torch.randn(200, generator=gen)
        found, half = stats.ratio_and_ci(top, below)
        held += abs(found - 0.25) <= half
    assert 0.92 <= held / 400 <= 0.98


def test_the_luck_of_trainings_is_students_interval_and_joins_that_of_the_instances():
    each = [6.0, 6.4, 6.5]
    row = {"se": 0.03, "train_se": statistics.stdev(each) / 3**0.5, "seeds": 3}
    low, high = scipy_stats.t.interval(0.95, 2, statistics.mean(each), scipy_stats.sem(each))
    assert stats.luck(row) == pytest.approx((high - low) / 2)
    assert stats.half_width(row) == pytest.approx(math.hypot(1.96 * 0.03, stats.luck(row)))
    for alone in ({"se": 0.03}, {"se": 0.03, "seeds": 1, "train_se": None}):
        assert stats.luck(alone) == 0
        assert stats.half_width(alone) == pytest.approx(1.96 * 0.03)


def test_a_ratio_of_proportional_numbers_has_no_error():
    below = torch.tensor([1.0, 2.0, 5.0])
    assert stats.ratio_and_ci(3 * below, below) == (3.0, 0.0)
