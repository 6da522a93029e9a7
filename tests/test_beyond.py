"""What else can be meta-learned: each method against a closed form or another way to its number."""

import pytest
import torch
from torch.func import grad

from course_lib.beyond import (
    grid,
    implicit,
    learned_update,
    memorising,
    preconditioner,
    reptile,
    stacked,
    step_sizes,
)
from course_lib.beyond.adapting import STOPS, TEST_SEED, adapted, curves, fresh
from course_lib.ground.device import seed
from course_lib.maml import adapt, engine, meta_loss, query_curve
from course_lib.maml.study import LOSS, NET
from course_lib.tasks.sinusoids import Sinusoids, sample_tasks


def double(params):
    return {name: p.double() for name, p in params.items()}


@pytest.fixture
def theta():
    return double(NET.init(seed(3)))


def tasks_of(num_tasks=4, shots=6):
    return sample_tasks(
        num_tasks, num_shots=shots, num_queries=5, gen=seed(7), dtype=torch.float64
    )  # fmt: skip


def apart(a, b):
    return max((a[name] - b[name]).abs().max().item() for name in b)


def test_step_sizes_that_are_all_alike_give_maml_s_gradient(theta):
    both = step_sizes.with_rates(theta, 0.01)
    value, grads = step_sizes.meta_sgd_grad(LOSS, both, tasks_of())
    plain, expected = engine.meta_grad(LOSS, theta, tasks_of(), lr=0.01, steps=1)
    assert torch.isclose(value, plain, atol=1e-12)
    assert apart(grads, expected) < 1e-12
    assert set(grads) == set(both)


def test_the_gradient_in_a_step_size_is_minus_inner_times_outer_gradient(theta):
    """One task: ∂L(θ − α⊙g)/∂α = −g ⊙ ∇L(φ; query)."""
    support, query = tasks_of(1)
    grads = step_sizes.meta_sgd_grad(LOSS, step_sizes.with_rates(theta, 0.01), (support, query))[1]
    inner = grad(LOSS)(theta, support[0][0], support[1][0])
    phi = {name: p - 0.01 * inner[name] for name, p in theta.items()}
    outer = grad(LOSS)(phi, query[0][0], query[1][0])
    expected = {f"lr.{name}": -inner[name] * outer[name] for name in theta}
    assert apart(grads, expected) < 1e-12


def test_meta_sgd_on_a_parabola_finds_the_step_that_solves_it():
    """Two parabolas of curvature λ: α = 1/λ, wherever the start is."""
    lam = torch.tensor(4.0, dtype=torch.float64)
    both = step_sizes.with_rates({"phi": torch.zeros((), dtype=torch.float64)}, 0.01)
    centers = torch.tensor([-1.0, 2.0], dtype=torch.float64)
    tasks = (centers, centers), (centers, centers)

    def loss(params, x, y):
        return lam / 2 * (params["phi"] - x) ** 2

    for _ in range(200):
        grads = step_sizes.meta_sgd_grad(loss, both, tasks)[1]
        both = {name: p - 0.005 * grads[name] for name, p in both.items()}
    assert abs(both["lr.phi"].item() - 1 / 4) < 1e-9
    assert preconditioner.best_step_size(lam[None]) == 1 / 4


def test_anil_moves_the_head_alone_and_maml_is_anil_with_every_tensor_a_head(theta):
    rates = step_sizes.head_only(theta, 0.01, grid.HEAD)
    support, query = tasks_of(1)
    phi = adapt(LOSS, theta, (support[0][0], support[1][0]), lr=rates, steps=3)
    moved = {name for name in theta if not torch.equal(phi[name], theta[name])}
    assert moved == set(grid.HEAD)
    every = step_sizes.head_only(theta, 0.01, tuple(theta))
    ours = engine.meta_grad(LOSS, theta, (support, query), lr=every, steps=1)[1]
    assert apart(ours, engine.meta_grad(LOSS, theta, (support, query), lr=0.01, steps=1)[1]) < 1e-12
    with pytest.raises(ValueError, match="θ has no w9"):
        step_sizes.head_only(theta, 0.01, ("w9",))


def test_reptile_with_one_step_is_joint_training(theta):
    points = tasks_of()[0]
    value, direction = reptile.reptile_grad(LOSS, theta, [points], lr=0.01)
    joint = grad(lambda p: meta_loss(LOSS, p, (points, points), lr=0.01, steps=0))(theta)
    assert apart(direction, joint) < 1e-8
    assert torch.isclose(value, meta_loss(LOSS, theta, (points, points), lr=0.01, steps=0))
    stepped = reptile.reptile_step(LOSS, theta, [points], lr=0.01, epsilon=0.5)
    assert apart(stepped, {n: p - 0.5 * 0.01 * joint[n] for n, p in theta.items()}) < 1e-8


def test_reptile_with_two_steps_is_another_direction_and_goes_on_from_the_first(theta):
    first, second = tasks_of(1)
    _, moved = reptile.displacement(LOSS, theta, [first, second], lr=0.01)
    one = grad(LOSS)(theta, first[0][0], first[1][0])
    phi = {name: p - 0.01 * one[name] for name, p in theta.items()}
    two = grad(LOSS)(phi, second[0][0], second[1][0])
    assert apart(moved, {name: -0.01 * (one[name] + two[name]) for name in theta}) < 1e-12


# --- iMAML ----------------------------------------------------------------------------------------

H = torch.tensor([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 0.4]], dtype=torch.float64)
CENTER = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
AIM = torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64)
STRENGTH = 0.7


def valley(params, center, _):
    away = params["phi"] - center
    return away @ H @ away / 2


def settled_by_hand(theta):
    return torch.linalg.solve(H + STRENGTH * torch.eye(3), H @ CENTER + STRENGTH * theta)


def test_imaml_s_gradient_is_that_of_the_closed_form():
    start = torch.tensor([0.3, 0.2, -1.0], dtype=torch.float64)
    settled = implicit.settle(
        valley, {"phi": start}, (CENTER, CENTER), strength=STRENGTH, lr=0.2, steps=400
    )
    assert torch.allclose(settled["phi"], settled_by_hand(start), atol=1e-10)
    found = implicit.implicit_grad(
        valley, settled, (CENTER, CENTER), (AIM, AIM), strength=STRENGTH, steps=3
    )["phi"]
    exact = grad(lambda s: valley({"phi": settled_by_hand(s)}, AIM, AIM))(start)
    assert (found - exact).abs().max() < 1e-6


def test_conjugate_gradients_are_exact_after_as_many_steps_as_eigenvalues():
    right = {"phi": AIM}
    for steps, close in ((1, False), (2, False), (3, True), (10, True)):
        found = implicit.conjugate_gradients(lambda v: {"phi": H @ v["phi"]}, right, steps=steps)
        off = (H @ found["phi"] - AIM).norm()
        assert (off < 1e-9) == close
    twice = implicit.conjugate_gradients(lambda v: {"phi": 2 * v["phi"]}, right, steps=1)
    assert torch.allclose(twice["phi"], AIM / 2)


def test_imaml_over_tasks_is_the_mean_over_tasks(theta):
    inner = {"strength": 2.0, "lr": 0.01, "steps": 5}
    tasks = tasks_of(3)
    value, grads = implicit.implicit_meta_grad(LOSS, theta, tasks, **inner, products=4)
    found, losses = [], []
    for xs, ys, xq, yq in zip(*tasks[0], *tasks[1], strict=True):
        settled = implicit.settle(LOSS, theta, (xs, ys), **inner)
        one = implicit.implicit_grad(LOSS, settled, (xs, ys), (xq, yq), strength=2.0, steps=4)
        found.append(one)
        losses.append(LOSS(settled, xq, yq))
    expected = {name: torch.stack([one[name] for one in found]).mean(0) for name in theta}
    assert apart(grads, expected) < 1e-9
    assert torch.isclose(value, torch.stack(losses).mean())
    with pytest.raises(ValueError, match="strength λ is 0"):
        implicit.implicit_grad(LOSS, theta, (xs, ys), (xq, yq), strength=0, steps=1)


# --- Preconditioning, and an update that is a network ---------------------------------------------


def test_a_learned_matrix_becomes_the_inverse_of_the_hessian_and_a_diagonal_can_not():
    corner = torch.tensor([[2.0, 0.8], [0.8, 1.0]], dtype=torch.float64)
    centers = torch.randn(50, 2, generator=seed(5), dtype=torch.float64)
    how = {"iterations": 3000, "beta": 0.1}
    whole, losses = preconditioner.learned(centers, corner, diagonal=False, **how)
    assert (whole - torch.linalg.inv(corner)).abs().max() < 1e-6
    assert losses[-1] < 1e-10
    some, rest = preconditioner.learned(centers, corner, diagonal=True, **how)
    assert some[0, 1] == some[1, 0] == 0
    assert rest[-1] > 0.01


def test_the_best_single_step_size_is_that_of_the_closed_form():
    curvatures = torch.tensor([0.5, 1.0, 4.0], dtype=torch.float64)
    tried = torch.linspace(0, 1, 100_001, dtype=torch.float64)[:, None]
    best = tried[(curvatures * (1 - tried * curvatures) ** 2).sum(1).argmin(), 0]
    assert abs(preconditioner.best_step_size(curvatures) - best) < 1e-5


def test_the_learned_update_with_a_dead_memory_is_gradient_descent():
    params = learned_update.init(seed(1))
    params["w"] = torch.zeros_like(params["w"])
    tasks = learned_update.sample_parabolas(20, seed(2))
    found = learned_update.path(params, tasks, 6)
    assert torch.allclose(found, learned_update.descent(tasks, 0.1, 6), rtol=1e-4, atol=1e-7)


def test_each_coordinate_has_a_memory_of_its_own():
    params = learned_update.init(seed(1))
    tasks = learned_update.sample_parabolas(9, seed(2))
    alone = learned_update.Parabolas(tasks.centers[4:5], tasks.curvatures[4:5])
    whole = learned_update.path(params, tasks, 5)[:, 4]
    assert torch.allclose(whole, learned_update.path(params, alone, 5)[:, 0], atol=1e-6)


# --- The grid -------------------------------------------------------------------------------------


def counted(method: str, shots: int) -> int:
    """Passes of one task, counted by listing what is computed."""
    inner, outer, product, way_back = shots, grid.QUERIES, 2 * shots, shots
    lists = {
        "maml": [inner, product, outer], "anil": [inner, way_back, outer],
        "reptile": [inner] * grid.INNER, "pretrain": [grid.JOINT_POINTS],
    }  # fmt: skip
    return sum(lists[method])


@pytest.mark.parametrize("method", grid.METHODS)
def test_a_training_takes_the_steps_that_its_passes_pay_for(method, monkeypatch):
    assert grid.passes(method, 5) == grid.NUM_TASKS * counted(method, 5)
    runs = (grid.Run(2, 1), grid.Run(0, 2))
    setting = grid.Setting(method, 5, 3 * grid.passes(method, 5) + 1, 0.01, runs)
    assert grid.outer_steps(setting) == 3
    assert grid.outer_steps(setting._replace(budget=1)) == 1
    calls, real = [], grid.gradient
    monkeypatch.setattr(grid, "gradient", lambda *args: calls.append(1) or real(*args))
    thetas = grid.trained(setting)
    assert len(calls) == 3
    for run, theta, again in zip(runs, thetas, grid.trained(setting), strict=True):
        assert apart(theta, grid.start(run.seed)) > 0
        assert apart(theta, again) == 0


@pytest.fixture
def three():
    return [double(NET.init(seed(number))) for number in (1, 2, 3)]


@pytest.mark.parametrize("free", [tuple(NET.init(seed(0))), grid.HEAD])
def test_trainings_side_by_side_get_what_each_gets_alone(three, free):
    support, query = tasks_of(12)
    inner = {"lr": 0.01, "steps": 1, "free": free}
    _, found = stacked.meta_grads(LOSS, stacked.stack(three), support, query, **inner)
    for r, theta in enumerate(three):
        mine = tuple(tuple(part[4 * r : 4 * r + 4] for part in pair) for pair in (support, query))
        rates = step_sizes.head_only(theta, 0.01, free)
        expected = engine.meta_grad(LOSS, theta, mine, lr=rates, steps=1)[1]
        assert apart({name: g[r] for name, g in found.items()}, expected) < 1e-12


def test_reptile_side_by_side_is_reptile(three):
    batches = list(tasks_of(12))
    value, found = stacked.reptile_grads(LOSS, stacked.stack(three), batches, lr=0.01)
    values = []
    for r, theta in enumerate(three):
        mine = [tuple(part[4 * r : 4 * r + 4] for part in pair) for pair in batches]
        loss, expected = reptile.reptile_grad(LOSS, theta, mine, lr=0.01)
        assert apart({name: g[r] for name, g in found.items()}, expected) < 1e-9
        values.append(loss)
    assert torch.isclose(value, torch.stack(values).mean())


def test_few_curves_means_few_curves_with_fresh_points():
    pools = [grid.Pool(grid.Run(2, 1)), grid.Pool(grid.Run(0, 1))]
    (x, y), (other, _) = grid.draw(pools, (7, 7), seed(2))
    assert x.shape == (2 * grid.NUM_TASKS, 7, 1)
    assert not torch.equal(x, other)
    known = Sinusoids(*(part.repeat_interleave(len(x)) for part in pools[0].curves))
    at_all = known(x.repeat(2, 1, 1)).unflatten(0, (2, len(x)))
    hits = (at_all - y).abs().amax((2, 3)) < 1e-6
    assert hits[:, : grid.NUM_TASKS].any(0).all()
    assert hits[:, : grid.NUM_TASKS].any(1).all()
    assert not hits[:, grid.NUM_TASKS :].any()


def test_only_the_head_moves_when_anil_adapts_and_step_zero_is_the_start():
    thetas, tasks = [grid.start(1), grid.start(2)], fresh(5, 5, 3)
    path = curves(thetas, "anil", tasks, "descent", 10)
    assert path.shape == (len([s for s in STOPS if s <= 10]), 2, 5)
    for theta, row in zip(thetas, path[0], strict=True):
        expected = [LOSS(theta, x, y) for x, y in zip(*tasks[1], strict=True)]
        assert torch.allclose(row, torch.stack(expected))
    rates = step_sizes.head_only(thetas[1], grid.HEAD_LR, grid.HEAD)
    by_hand = query_curve(LOSS, thetas[1], tasks, lr=rates, steps=10)
    assert torch.allclose(path[-1, 1], by_hand[:, 10], rtol=1e-3)
    assert not torch.allclose(curves(thetas, "maml", tasks, "descent", 10)[-1], path[-1])


def test_every_start_is_judged_by_the_way_that_was_best_on_other_tasks():
    thetas = [grid.start(1), grid.start(2)]
    found = adapted(thetas, "scratch", 15, 6)
    for i, one in enumerate(found):
        alone = curves(thetas[i : i + 1], "scratch", fresh(6, 15, TEST_SEED), one.way, one.steps)
        assert torch.allclose(one.errors, alone[-1, 0], rtol=1e-2, atol=1e-3)


# --- Memory ---------------------------------------------------------------------------------------


def test_fixed_labels_can_be_known_by_heart_and_shuffled_ones_can_not():
    pool = torch.arange(10.0)[:, None, None].expand(10, 20, 3)  # a character is its number
    (xs, ys), (xq, yq) = memorising.draw(pool, "fixed", 50, seed(1))
    assert xs.shape == (50, 5, 3)
    assert xq.shape == (50, 20, 3)
    assert torch.equal(xs[..., 0] // 2, ys.float())
    (xs, ys), (xq, yq) = memorising.draw(pool, "shuffled", 50, seed(1))
    assert (xs[..., 0] // 2 != ys).any()
    for x, y, q, answer in zip(xs, ys, xq, yq, strict=True):
        known = dict(zip(x[:, 0].tolist(), y.tolist(), strict=True))
        assert [known[v] for v in q[:, 0].tolist()] == answer.tolist()
    with pytest.raises(ValueError, match="choose fixed or shuffled"):
        memorising.draw(pool, "mixed", 1, seed(1))


def test_who_ends_worse_on_the_support_goes_back_to_its_start():
    theta, tasks = grid.start(1), fresh(4, 5, 3)
    far = {name: 30 * p for name, p in theta.items()}  # descent with α = 0.01 diverges from here
    path = curves([far], "maml", tasks, "descent", 10)
    alone = query_curve(LOSS, far, tasks, lr=0.01, steps=10)
    assert not torch.isfinite(alone[:, -1]).all() or (alone[:, -1] > alone[:, 0]).any()
    assert torch.equal(path[-1, 0], path[0, 0])
