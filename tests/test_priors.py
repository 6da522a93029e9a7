"""The learned prior: closed forms, Bayes' rule and finite differences judge it."""

import math

import pytest
import torch
from torch.func import grad, vmap

from course_lib.supervised.priors import (
    CURVES,
    NUM_FEATURES,
    Bowl,
    best_mean,
    bowls,
    descend,
    expected_loss,
    features,
    learn,
    meta_learn,
    meta_loss,
    redrawn,
    sample_tasks,
    start,
    task_losses,
)


def tasks(num_tasks=20, num_shots=4, num_queries=10, seed=0):
    gen = torch.Generator().manual_seed(seed)
    counts = {"num_shots": num_shots, "num_queries": num_queries}
    return sample_tasks(CURVES, num_tasks, gen=gen, **counts)


def any_theta(seed=0, log_strength=0.3):
    gen = torch.Generator().manual_seed(seed)
    mean = torch.randn(NUM_FEATURES, generator=gen, dtype=torch.float64)
    return {"mean": mean, "log_strength": torch.tensor(log_strength, dtype=torch.float64)}


def test_features_are_orthonormal_over_a_period():
    x = torch.arange(360, dtype=torch.float64) / 360 * 2 * math.pi - math.pi
    gram = features(x).mT @ features(x) / len(x)
    assert torch.allclose(gram, torch.eye(NUM_FEATURES, dtype=x.dtype), atol=1e-12)


def test_learn_minimises_the_ridge_objective():
    theta = any_theta()
    x, y = (a[0] for a in tasks()[0])

    def ridge(phi):
        fit = (features(x) @ phi - y).square().sum()
        return fit + theta["log_strength"].exp() * (phi - theta["mean"]).square().sum()

    assert grad(ridge)(learn(theta, (x, y))).abs().max() < 1e-12


def test_a_huge_strength_returns_the_mean_and_a_tiny_one_fits_the_support():
    (x, y) = (a[0] for a in tasks()[0])
    stiff, loose = any_theta(log_strength=25.0), any_theta(log_strength=-25.0)
    assert torch.allclose(learn(stiff, (x, y)), stiff["mean"], atol=1e-8)
    assert torch.allclose(features(x) @ learn(loose, (x, y)), y, atol=1e-6)


def test_the_best_theta_makes_the_learner_the_bayesian_posterior_mean():
    x, y = (a[0] for a in tasks()[0])
    X = features(x)
    covariance = CURVES.spread**2 * X @ X.mT + CURVES.noise**2 * torch.eye(len(x))
    surprise = torch.linalg.solve(covariance, y - X @ CURVES.mean)
    posterior = CURVES.mean + CURVES.spread**2 * X.mT @ surprise
    assert torch.allclose(learn(CURVES.best, (x, y)), posterior, atol=1e-12)


@pytest.mark.parametrize("num_shots", [1, 4, 20])
def test_the_expected_loss_is_stationary_and_least_at_the_best_theta(num_shots):
    x = tasks(num_shots=num_shots)[0][0][0]
    slopes = grad(expected_loss)(CURVES.best, CURVES, x)
    assert max(s.abs().max() for s in slopes.values()) < 1e-12
    best = expected_loss(CURVES.best, CURVES, x)
    for seed in range(20):
        change = any_theta(seed, log_strength=(seed - 9.5) / 10)
        moved = {k: CURVES.best[k] + 0.3 * change[k] for k in change}
        assert expected_loss(moved, CURVES, x) > best


def test_the_expected_loss_is_the_average_over_weights_noise_and_queries():
    x, theta, n = tasks()[0][0][0], any_theta(1), 200_000
    gen = torch.Generator().manual_seed(1)
    w = CURVES.mean + CURVES.spread * torch.randn(n, NUM_FEATURES, generator=gen)
    y = w @ features(x).mT + CURVES.noise * torch.randn(n, len(x), generator=gen)
    phi = vmap(lambda y: learn(theta, (x, y)))(y)
    losses = (phi - w).square().sum(1) + CURVES.noise**2  # features are orthonormal
    standard_error = losses.std() / math.sqrt(n)
    assert abs(losses.mean() - expected_loss(theta, CURVES, x)) < 4 * standard_error


def test_the_meta_gradient_agrees_with_finite_differences():
    theta, batch, eps = any_theta(2), tasks(), 1e-5
    slopes = grad(meta_loss)(theta, batch)
    for name, value in theta.items():
        for direction in torch.eye(value.numel(), dtype=value.dtype):
            nudge = eps * direction.reshape(value.shape)
            up = meta_loss({**theta, name: value + nudge}, batch)
            down = meta_loss({**theta, name: value - nudge}, batch)
            assert abs((up - down) / (2 * eps) - (slopes[name] * nudge).sum() / eps) < 1e-7


def test_the_meta_loss_averages_a_plain_loop_over_tasks():
    theta, ((xs, ys), (xq, yq)) = any_theta(3), tasks()
    loop = []
    for i in range(len(xs)):
        phi = learn(theta, (xs[i], ys[i]))
        loop.append((features(xq[i]) @ phi - yq[i]).square().mean())
    assert torch.allclose(task_losses(theta, tasks()), torch.stack(loop), atol=1e-12)
    assert torch.isclose(meta_loss(theta, tasks()), torch.stack(loop).mean())


def test_the_bowls_are_the_task_losses_at_every_mean():
    theta = any_theta(4)
    each = bowls(tasks(), theta["log_strength"].exp().item())
    assert torch.allclose(each(theta["mean"]), task_losses(theta, tasks()), atol=1e-10)


def test_descend_lands_where_the_plain_outer_loop_does():
    batch = tasks(3)
    bowl = Bowl(*(a.mean(0) for a in bowls(batch, 1.0)))
    path = [theta["mean"] for theta in meta_learn(start(), batch, lr=0.2, steps=40)]
    steps = torch.tensor([0, 1, 7, 40], dtype=torch.float64)
    assert torch.allclose(descend(bowl, steps, lr=0.2), torch.stack(path)[[0, 1, 7, 40]])


def test_only_the_learned_entries_of_theta_move():
    *_, theta = meta_learn(start(), tasks(), lr=0.1, steps=3)
    assert theta["log_strength"] == start()["log_strength"]
    *_, theta = meta_learn(start(), tasks(), lr=0.1, steps=3, learned=("mean", "log_strength"))
    assert theta["log_strength"] != start()["log_strength"]


def test_outer_gradient_descent_on_many_tasks_finds_the_true_mean():
    batch = tasks(4000)
    bowl = Bowl(*(a.mean(0) for a in bowls(batch, (CURVES.noise / CURVES.spread) ** 2)))
    (mean,) = descend(bowl, torch.tensor([1000.0], dtype=torch.float64), lr=0.1)
    assert (mean - CURVES.mean).norm() < 0.05


def test_moving_an_example_from_query_to_support_leaves_the_examples_alone():
    one, other = tasks(num_shots=3, num_queries=5), tasks(num_shots=6, num_queries=2)
    for a, b in zip(one[0], other[0], strict=True):
        assert torch.equal(a, b[:, :3])


def test_a_count_below_one_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="must be ≥ 1"):
        tasks(num_shots=0)


def test_no_prior_mean_beats_the_best_one():
    mean, loss = best_mean(tasks(), 0.7)
    theta = {"mean": mean, "log_strength": torch.tensor(0.7, dtype=torch.float64).log()}
    assert torch.allclose(meta_loss(theta, tasks()), loss)
    assert grad(meta_loss)(theta, tasks())["mean"].abs().max() < 1e-10


def test_redrawn_is_the_plain_loop_on_each_draw():
    steps, judged = torch.tensor([0.0, 6.0], dtype=torch.float64), tasks(num_tasks=30, seed=8)
    gen = torch.Generator().manual_seed(5)
    found = redrawn([1, 3], 2, steps, judged, num_queries=7, lr=0.2, gen=gen)
    pool = tasks(num_tasks=6, num_queries=7, seed=5)
    before = start() | {"log_strength": CURVES.best["log_strength"]}
    for draw in range(2):
        for i, size in enumerate((1, 3)):
            few = tuple(tuple(a[3 * draw : 3 * draw + size] for a in pair) for pair in pool)
            *_, after = meta_learn(before, few, lr=0.2, steps=6)
            for name, group in (("meta-train", few), ("meta-test", judged)):
                losses = torch.stack([meta_loss(theta, group) for theta in (before, after)])
                assert torch.allclose(found[name][:, i, draw], losses)
