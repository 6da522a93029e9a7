"""Sinusoids: the task family, the shipped nets against stored numbers, and a tiny retraining."""

import math

import pytest
import torch
from torch.func import vmap

import course_lib
from course_lib import results, training
from course_lib.ground.stats import half_width
from course_lib.maml import meta_loss
from course_lib.maml import study as sinusoid_study
from course_lib.tasks.sinusoids import AMPLITUDE, INPUT, PHASE, sample_sinusoids, sample_tasks


def test_tasks_stay_in_the_ranges_of_the_paper():
    curves = sample_sinusoids(2000, course_lib.seed(0))
    (xs, ys), (xq, yq) = sample_tasks(2000, num_shots=3, num_queries=4, gen=course_lib.seed(0))
    assert AMPLITUDE == (0.1, 5.0)
    assert (0.0, math.pi) == PHASE
    assert curves.amplitude.min() >= 0.1
    assert curves.amplitude.max() <= 5
    assert curves.phase.min() >= 0
    assert curves.phase.max() <= math.pi
    assert xs.shape == ys.shape == (2000, 3, 1)
    assert xq.shape == yq.shape == (2000, 4, 1)
    assert xs.abs().max() <= INPUT[1]


def test_support_and_query_lie_on_the_same_curve():
    gen = course_lib.seed(1)
    (xs, ys), (xq, yq) = sample_tasks(5, num_shots=10, gen=gen, dtype=torch.float64)
    for i in range(5):  # a sin(x − p) is a linear combination of sin x and cos x: fit, then predict
        basis = torch.cat([xs[i].sin(), xs[i].cos()], 1)
        weights = torch.linalg.lstsq(basis, ys[i]).solution
        predicted = torch.cat([xq[i].sin(), xq[i].cos()], 1) @ weights
        assert torch.allclose(predicted, yq[i], atol=1e-5)


@pytest.mark.parametrize("sizes", [{"num_shots": 0}, {"num_shots": 3, "num_queries": 0}])
def test_empty_supports_and_queries_are_refused(sizes):
    with pytest.raises(ValueError, match="must be ≥ 1"):
        sample_tasks(2, **sizes, gen=course_lib.seed(0))


def test_zero_tasks_are_refused():
    with pytest.raises(ValueError, match="at least one task"):
        sample_tasks(0, num_shots=2, gen=course_lib.seed(0))


def test_joint_training_is_the_meta_loss_without_inner_steps():
    theta = sinusoid_study.NET.init(course_lib.seed(0))
    joint = sinusoid_study.joint_objective(theta, course_lib.seed(5))
    sizes = {"num_shots": 10, "num_queries": 25}
    _, (xq, yq) = sample_tasks(64, **sizes, gen=course_lib.seed(5))
    plain = vmap(lambda x, y: sinusoid_study.LOSS(theta, x, y))(xq, yq).mean()
    assert torch.allclose(joint, plain)


def test_stored_numbers_come_from_the_shipped_nets():
    """Evaluates the checkpoints again: 600 tasks, every row, to the printed digits."""
    stored = results.load("sinusoids")["rows"]
    again = [row for part in sinusoid_study.parts() for row in part.measure(**part.fields)]
    assert len(stored) == len(again) == 48
    for old, new in zip(stored, again, strict=True):
        same = "init", "shots", "steps", "alpha", "alpha_tuned", "tasks", "seeds", "published"
        for key in (*same, "diverged"):
            assert old[key] == new[key], (key, old)
        assert old["mse"] == pytest.approx(new["mse"], rel=2e-3), old
        assert old["ci"] == pytest.approx(new["ci"], rel=2e-3), old
        assert old["each"] == pytest.approx(new["each"], rel=2e-3), old
        assert old["train_se"] == pytest.approx(new["train_se"], rel=2e-2, abs=1e-4), old


def test_one_step_from_the_maml_start_beats_pretraining_by_far():
    rows = {
        (r["init"], r["steps"]): r
        for r in results.load("sinusoids")["rows"]
        if r["shots"] == 10 and not r["alpha_tuned"]
    }
    assert rows["maml", 1]["mse"] + half_width(rows["maml", 1]) <= 0.45
    assert rows["maml", 1]["mse"] < 0.2 * rows["pretrained", 1]["mse"]
    assert abs(rows["maml", 0]["mse"] - rows["pretrained", 0]["mse"]) < 0.5  # equally bad models


def test_a_short_training_already_learns_to_adapt():
    gen = course_lib.seed(0)
    trained = training.train(
        sinusoid_study.maml_objective, sinusoid_study.NET.init(gen),
        iterations=150, lr=1e-2, gen=gen,
    )  # fmt: skip
    tasks = sinusoid_study.fresh_tasks(10, num_tasks=100)
    inner = {"lr": sinusoid_study.LR, "steps": 1}
    before = meta_loss(
        sinusoid_study.LOSS, sinusoid_study.NET.init(course_lib.seed(0)), tasks, **inner
    )
    after = meta_loss(sinusoid_study.LOSS, trained.theta, tasks, **inner)
    assert after < 0.6 * before
