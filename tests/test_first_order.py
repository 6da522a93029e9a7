"""What first-order MAML leaves out: closed forms, finite differences, a loop over tasks."""

import pytest
import torch
from scipy import stats
from torch.func import grad

import course_lib
from course_lib import results
from course_lib.maml import first_order, first_order_study, meta_loss
from course_lib.maml.engine import meta_grad
from course_lib.maml.multistep import flat_task, meta_gradient
from course_lib.tasks.sinusoids import sample_tasks

THETA = first_order.NET.init(course_lib.seed(3), dtype=torch.float64)
TASKS = sample_tasks(
    4, num_shots=10, num_queries=25, gen=course_lib.seed(4), dtype=torch.float64
)  # fmt: skip


def each_flat():
    """Every task as two losses of one vector."""
    for xs, ys, xq, yq in zip(*TASKS[0], *TASKS[1], strict=True):
        yield flat_task(first_order.LOSS, THETA, (xs, ys), (xq, yq))[:3]


@pytest.mark.parametrize("steps", first_order.INNER_STEPS)
@pytest.mark.parametrize("way", first_order.WAYS)
def test_the_rows_are_the_gradients_that_notebook_05_takes_apart(way, steps):
    found = first_order.task_gradients(THETA, TASKS, steps=steps, first_order=first_order.WAYS[way])
    for row, task in zip(found, each_flat(), strict=True):
        one = meta_gradient(*task, lr=first_order.LR, steps=steps, variant=way)
        assert torch.allclose(row, one, rtol=1e-9, atol=1e-11)


def test_the_mean_of_the_exact_rows_is_the_meta_loss_s_gradient():
    found = first_order.task_gradients(THETA, TASKS, steps=1, first_order=False).mean(0)
    whole = grad(lambda p: meta_loss(first_order.LOSS, p, TASKS, lr=first_order.LR, steps=1))(THETA)
    assert torch.allclose(found, torch.cat([g.flatten() for g in whole.values()]))


def test_with_one_step_exactly_the_curvature_is_left_out():
    exact, v = (
        first_order.task_gradients(THETA, TASKS, steps=1, first_order=w) for w in (False, True)
    )
    curved = first_order.hessian_rows(THETA, TASKS[0], v)
    assert torch.allclose(v - exact, first_order.LR * curved, rtol=1e-9, atol=1e-12)


def test_the_curvature_of_a_net_made_linear_is_the_gauss_newton_part():
    """The last layer's weights enter linearly: there, H v and G v are the same."""
    v = torch.zeros(4, sum(p.numel() for p in THETA.values()), dtype=torch.float64)
    v[:, -41:] = torch.randn(4, 41, generator=course_lib.seed(5), dtype=torch.float64)
    part = first_order.gauss_newton_rows(THETA, TASKS[0], v)
    whole = first_order.hessian_rows(THETA, TASKS[0], v)
    assert torch.allclose(part[:, -41:], whole[:, -41:], rtol=1e-9)
    assert not torch.allclose(part, whole, rtol=1e-3), "the layers below bend with it"


def test_the_gauss_newton_part_is_the_curvature_where_nothing_is_left_to_explain():
    (xs, _), _ = TASKS
    right = xs, torch.stack([first_order.NET.apply(THETA, x) for x in xs])  # residuals 0
    v = torch.randn(
        4, sum(p.numel() for p in THETA.values()), generator=course_lib.seed(6)
    ).double()
    whole = first_order.hessian_rows(THETA, right, v)
    assert torch.allclose(first_order.gauss_newton_rows(THETA, right, v), whole, rtol=1e-9)


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch):
    """Trainings of a few iterations don't wait for a compiler."""
    monkeypatch.setattr(
        first_order, "meta_grad", lambda *args, compile, **inner: meta_grad(*args, **inner)
    )


def test_two_trainings_of_one_seed_begin_alike_and_differ_in_their_gradient_only():
    exact, first = (
        first_order.training_row(1, way, 0.02, seed=1, iterations=11) for way in first_order.WAYS
    )
    assert exact["moments"] == first["moments"] == [0, 10, 11]
    for key in first_order.Gradients._fields:
        assert exact[key][0] == first[key][0]
        assert exact[key][-1] != first[key][-1]


def test_a_training_that_diverges_says_when_and_has_no_errors_to_show():
    row = first_order.training_row(1, "first-order", 1e9, seed=1, iterations=11)
    assert 0 < row["diverged"] < 11
    assert row["mse"] is row["ci"] is row["tuning"] is None
    assert row["moments"] == [0]


def test_only_a_divergence_is_taken_for_one(monkeypatch):
    monkeypatch.setattr(first_order, "BUDGET", {**first_order.BUDGET, "num_shots": 0})
    with pytest.raises(ValueError, match="must be ≥ 1"):
        first_order.training_row(1, "exact", 0.02, seed=1, iterations=2)


@pytest.mark.parametrize("steps", first_order.INNER_STEPS)
def test_the_stored_gradients_at_the_start_are_measured_again(steps):
    table = results.load("first_order")["rows"]
    for row in (r for r in table if r["steps"] == steps and r["beta"] == 0.02 and r["seed"] < 3):
        again = first_order.watch(first_order.NET.init(course_lib.seed(row["seed"])), steps)
        assert [row[key][0] for key in again._fields] == pytest.approx([*again], rel=1e-3)


def test_trainings_of_one_seed_share_their_start_in_the_stored_table():
    table = results.load("first_order")["rows"]
    for seed in first_order.SEEDS:
        assert len({r["curved"][0] for r in table if (r["steps"], r["seed"]) == (1, seed)}) == 1


def test_the_interval_over_trainings_is_student_s():
    values = [0.4, 0.5, 0.7, 0.45, 0.6]
    mean, half = first_order_study.over_trainings(values)
    wanted = stats.t.interval(0.95, 4, loc=sum(values) / 5, scale=stats.sem(values))
    assert (mean - half, mean + half) == pytest.approx(wanted)


def test_one_training_that_diverged_makes_its_outer_step_size_lose():
    for way in first_order.WAYS:
        found = first_order_study.trainings(5, way)
        assert sorted(r["seed"] for r in found) == [1, 2, 3, 4, 5]
        assert not any(r["diverged"] for r in found)
        assert len(first_order_study.errors_after(5, way)) == 5
