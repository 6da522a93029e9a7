"""`maml.plane`: closed forms against the engine, autograd and finite differences."""

import pytest
import torch
from maml_cases import DOUBLE

from course_lib.maml import inner_path, plane
from course_lib.maml.engine import meta_grad
from course_lib.maml.inner import meta_loss
from course_lib.maml.multistep import compare

CASES = [(2, 9.0, 90, 0.2, 3), (3, 9.0, 90, 0.2, 1), (3, 16.0, 35, 0.8, 5), (2, 4.0, 10, 0.1, 20)]
CASES += [(3, 2.0, 60, 0.3, 0), (2, 9.0, 90, 0.5, 1), (3, 1.0, 0, 0.5, 2)]
each_case = pytest.mark.parametrize(("num_tasks", "narrow", "turn", "alpha", "steps"), CASES)
PLACES = ((-1.8, -1.0), (1.5, 1.9), (2.2, -2.2))
THETA = torch.tensor([-0.7, -2.6], dtype=DOUBLE)


def valley(params, center, hessian):
    """L_t(φ) = ½ (φ − c)ᵀ H (φ − c), as the engine takes a loss."""
    away = params["phi"] - center
    return away @ hessian @ away / 2


def setting(num_tasks, narrow, turn, alpha, steps):
    """(the tasks, the inner loop's settings)."""
    tasks = plane.valleys(PLACES[:num_tasks], narrow=narrow, turn=turn)
    return tasks, {"lr": alpha, "steps": steps}


def close(a, b, scale=None):
    """Whether two tensors agree to 1e-10 of the largest number at hand."""
    size = max(1.0, float((b if scale is None else scale).abs().max()))
    return (a - b).abs().max() <= 1e-10 * size


@each_case
def test_the_inner_paths_are_those_of_the_inner_loop(num_tasks, narrow, turn, alpha, steps):
    tasks, inner = setting(num_tasks, narrow, turn, alpha, steps)
    paths = plane.inner_paths(tasks, THETA, **inner)
    for t in range(num_tasks):
        task = tasks.centers[t], tasks.hessians[t]
        walked = torch.stack([p["phi"] for p in inner_path(valley, {"phi": THETA}, task, **inner)])
        assert close(paths[t], walked)


@each_case
def test_the_meta_loss_and_all_three_gradients_are_the_engines(
    num_tasks, narrow, turn, alpha, steps
):
    tasks, inner = setting(num_tasks, narrow, turn, alpha, steps)
    both, theta = (tasks, tasks), {"phi": THETA}
    settings = {
        "exact": inner, "first order": {**inner, "first_order": True},
        "joint": {"lr": alpha, "steps": 0},
    }  # fmt: skip
    for way, how in settings.items():
        loss, gradient = meta_grad(valley, theta, both, **how)
        assert close(plane.outer_gradient(tasks, THETA, way, **inner), gradient["phi"])
        if way == "exact":
            assert close(plane.meta_loss(tasks, THETA, **inner), loss)


def test_the_meta_losses_for_many_numbers_of_steps_are_each_ones():
    tasks, _ = setting(3, 9.0, 35, 0.2, 0)
    gen = torch.Generator().manual_seed(0)
    places = torch.randn(4, 5, 2, generator=gen, dtype=DOUBLE)
    every = [0, 3, 1, 20]
    losses = plane.meta_losses(tasks, places, lr=0.2, steps=every)
    for found, theta, steps in zip(losses, places, every, strict=True):
        assert close(found, plane.meta_loss(tasks, theta, lr=0.2, steps=steps))


@each_case
def test_the_exact_gradient_is_autograds_and_that_of_finite_differences(
    num_tasks, narrow, turn, alpha, steps
):
    tasks, inner = setting(num_tasks, narrow, turn, alpha, steps)
    both, h = (tasks, tasks), 1e-5
    exact = plane.outer_gradient(tasks, THETA, "exact", **inner)
    theta = THETA.clone().requires_grad_()
    (autograd,) = torch.autograd.grad(meta_loss(valley, {"phi": theta}, both, **inner), theta)
    assert close(exact, autograd)
    bumps = h * torch.eye(2, dtype=DOUBLE)
    up, down = (plane.meta_loss(tasks, THETA + sign * bumps, **inner) for sign in (1, -1))
    assert torch.allclose((up - down) / (2 * h), exact, rtol=1e-6, atol=1e-7)


@each_case
@pytest.mark.parametrize("way", plane.WAYS)
def test_an_end_is_where_its_gradient_is_zero(num_tasks, narrow, turn, alpha, steps, way):
    tasks, inner = setting(num_tasks, narrow, turn, alpha, steps)
    end = plane.end(tasks, THETA, way, **inner)
    scale = plane.outer_gradient(tasks, THETA, way, **inner)
    assert close(plane.outer_gradient(tasks, end.point, way, **inner), 0 * THETA, scale)
    if way != "first order":  # H and H M² have no negative eigenvalue
        assert end.kind == "reached"


@each_case
def test_no_point_around_has_a_lower_meta_loss_than_the_end_of_the_exact_way(
    num_tasks, narrow, turn, alpha, steps
):
    tasks, inner = setting(num_tasks, narrow, turn, alpha, steps)
    end = plane.end(tasks, THETA, "exact", **inner).point
    around = end + torch.randn(500, 2, dtype=DOUBLE, generator=torch.Generator().manual_seed(1))
    least = plane.meta_loss(tasks, end, **inner)
    assert (plane.meta_loss(tasks, around, **inner) > least).all()


@each_case
@pytest.mark.parametrize("way", plane.WAYS)
def test_the_outer_path_takes_outer_steps_and_comes_to_the_end_or_runs_away(
    num_tasks, narrow, turn, alpha, steps, way
):
    tasks, inner = setting(num_tasks, narrow, turn, alpha, steps)
    path, end = (f(tasks, THETA, way, **inner) for f in (plane.outer_path, plane.end))
    theta = THETA
    for point in path[:21]:
        assert close(point, theta, path[:21])
        theta = plane.outer_step(tasks, theta, way, **inner)
    left = (path[-1] - end.point).norm() / (THETA - end.point).norm()
    assert left > 1e3 if end.kind == "repels" else left < 1e-5


def test_tasks_that_curve_alike_have_all_three_ends_at_the_mean_of_their_centers():
    for narrow, turn in ((1.0, 0), (1.0, 90), (9.0, 0)):
        tasks = plane.valleys(PLACES, narrow=narrow, turn=turn)
        for way in plane.WAYS:
            end = plane.end(tasks, THETA, way, lr=0.2, steps=3)
            assert close(end.point, tasks.centers.mean(0))


def test_first_order_ends_where_the_exact_way_ends_with_half_as_many_steps():
    tasks = plane.valleys(PLACES, narrow=9.0, turn=70)
    for steps in (0, 1, 2, 5):
        half, whole = {"lr": 0.2, "steps": steps}, {"lr": 0.2, "steps": 2 * steps}
        exact, first = (
            plane.end(tasks, THETA, way, **k).point
            for way, k in (("exact", half), ("first order", whole))
        )
        assert close(exact, first)


def test_zero_steps_is_joint_training():
    tasks = plane.valleys(PLACES, narrow=9.0, turn=70)
    for inner in ({"lr": 0.2, "steps": 0}, {"lr": 0.0, "steps": 7}):
        slopes = [plane.outer_gradient(tasks, THETA, way, **inner) for way in plane.WAYS]
        assert torch.equal(slopes[0], slopes[1])
        assert torch.equal(slopes[0], slopes[2])


def test_in_crossing_valleys_joint_training_goes_to_the_crossing_and_maml_to_the_far_corner():
    (x1, y1), (x2, y2) = PLACES[:2]
    tasks = plane.valleys(PLACES[:2], narrow=16.0, turn=90)
    joint, exact = (
        plane.end(tasks, THETA, way, lr=0.2, steps=10).point for way in ("joint", "exact")
    )
    diagonal = torch.tensor([x2 - x1, y1 - y2], dtype=DOUBLE)
    share = 4 / (4 + 0.25)  # the steep curvature's
    assert close(joint, torch.tensor([x1, y2], dtype=DOUBLE) + share * diagonal)
    assert torch.allclose(exact, torch.tensor([x1, y2], dtype=DOUBLE), atol=1e-3)


def test_after_an_odd_number_of_overshooting_steps_first_order_runs_away():
    tasks = plane.valleys(PLACES[:2], narrow=9.0, turn=90)
    kinds = {}
    for steps in (1, 2, 3, 4):
        kinds[steps] = plane.end(tasks, THETA, "first order", lr=0.6, steps=steps).kind
        assert plane.end(tasks, THETA, "exact", lr=0.6, steps=steps).kind == "reached"
    assert kinds == {1: "repels", 2: "reached", 3: "repels", 4: "reached"}
    slopes = [plane.outer_gradient(tasks, THETA, w, lr=0.6, steps=1) for w in plane.WAYS]
    assert compare(slopes[1], slopes[0]).degrees > 90


def test_where_no_start_is_better_theta_is_left_where_it_is():
    alike = plane.valleys(PLACES, narrow=1.0, turn=0)
    for way in ("exact", "first order"):
        end = plane.end(alike, THETA, way, lr=1.0, steps=1)  # one step solves every task
        assert end.kind == "flat"
        assert torch.equal(end.point, THETA)
        assert torch.equal(plane.outer_step(alike, THETA, way, lr=1.0, steps=1), THETA)
        assert len(plane.outer_path(alike, THETA, way, lr=1.0, steps=1)) == 1
    valleys = plane.valleys(PLACES[:2], narrow=4.0, turn=0)  # one step solves them across
    end = plane.end(valleys, THETA, "exact", lr=0.5, steps=1)
    assert end.kind == "flat"
    assert close(end.point, torch.stack([valleys.centers.mean(0)[0], THETA[1]]))


def test_what_cannot_be_meant_is_refused_in_a_sentence():
    tasks = plane.valleys(PLACES, narrow=9.0, turn=70)
    with pytest.raises(ValueError, match="two or three"):
        plane.valleys(PLACES[:1], narrow=9.0, turn=70)
    with pytest.raises(ValueError, match="choose 1"):
        plane.valleys(PLACES, narrow=0.5, turn=70)
    with pytest.raises(ValueError, match="choose one of exact, first order, joint"):
        plane.outer_gradient(tasks, THETA, "second order", lr=0.1, steps=1)
    for inner in ({"lr": -0.1, "steps": 1}, {"lr": 0.1, "steps": -1}):
        with pytest.raises(ValueError, match="choose"):
            plane.inner_paths(tasks, THETA, **inner)
        with pytest.raises(ValueError, match="choose"):
            plane.meta_loss(tasks, THETA, **inner)
