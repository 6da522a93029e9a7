"""W7, W8 and W9: what the contract of all widgets (test_widget_contract.py) cannot know."""

from dataclasses import replace

import pytest
import torch

from course_lib.maml import meta_cost, multistep
from course_lib.scenes import plots
from course_lib.scenes.chain import chain
from course_lib.scenes.scene import Text
from course_lib.widgets import w07_curvature as w7
from course_lib.widgets import w08_microscope as w8
from course_lib.widgets import w09_memory as w9


def marks(scene):
    return [mark for row in scene.rows for panel in row for mark in panel.marks]


def vector(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


# --- The chain of steps -------------------------------------------------------------------------


def test_the_chain_has_its_factors_in_the_order_of_the_steps_and_can_be_drawn():
    words = [mark for mark in marks(chain()) if isinstance(mark, Text)]
    factors = sorted((m.x, m.text) for m in words if m.text.startswith("I − αH"))
    assert [text for _, text in factors] == ["I − αH₀", "I − αH₁", "I − αH₂"]
    place = {m.text[:2]: m.x for m in words}
    assert place["v₀"] < place["v₁"] < place["v₂"] < place["v₃"]
    assert plots.png(chain()).startswith(b"\x89PNG")


# --- W7 · curvature lab -------------------------------------------------------------------------


def test_w7_each_slider_is_the_entry_of_the_hessian_that_its_name_says():
    H = w7.hessian_of(w7.State(a=1.5, b=-0.5, c=2.5))
    assert torch.equal(H, torch.tensor([[1.5, -0.5], [-0.5, 2.5]], dtype=torch.float64))
    support, _ = w7.losses(w7.State(a=1.5, b=-0.5, c=2.5))
    assert torch.allclose(multistep.hessian(support, vector(0.3, 0.7)), H)


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize(("a", "b", "c"), [(3.0, 1.0, 0.6), (-2.0, 2.0, 4.0), (0.0, 0.0, 0.0)])
def test_w7_both_arrows_are_the_closed_forms(a, b, c, steps):
    state = w7.State(a=a, b=b, c=c, alpha=0.3, steps=steps)
    data, H = w7.compute(state), w7.hessian_of(state)
    factor = torch.linalg.matrix_power(torch.eye(2, dtype=torch.float64) - 0.3 * H, steps)
    arrival = factor @ vector(*state.theta) - vector(*state.optimum)
    assert torch.allclose(data.first_order, arrival, atol=1e-9)
    assert torch.allclose(data.exact, factor @ arrival, atol=1e-9)


def test_w7_beyond_alpha_lambda_one_the_exact_gradient_flips_along_the_eigenvector():
    for alpha, sign in ((0.2, 1), (0.4, -1)):
        data = w7.compute(w7.State(a=3.0, b=0.0, c=0.5, alpha=alpha))
        along = data.exact[0] * data.first_order[0]
        assert sign * along > 0
        assert ("flips" in w7.draw(data).status) == (sign < 0)


def test_w7_a_step_size_of_zero_makes_the_arrows_equal():
    data = w7.compute(w7.State(alpha=0.0))
    assert torch.equal(data.exact, data.first_order)


def test_w7_the_walks_are_the_meta_loss_along_each_arrow():
    state = w7.State(steps=3)
    data = w7.compute(state)
    support, query = w7.losses(state)
    down = -data.exact / data.exact.norm()
    theta = vector(*state.theta) + data.distances[10] * down
    end = multistep.inner_iterates(support, theta, lr=state.alpha, steps=3)[-1]
    assert query(end).item() == pytest.approx(data.walks["exact"][10].item(), rel=1e-9)


@pytest.mark.parametrize(
    "state",
    [
        w7.State(a=2.0, b=0.0, c=2.0, alpha=0.5),  # one step solves it: the exact gradient is 0
        w7.State(a=0.0, b=0.0, c=0.0, theta=(1.0, 1.0), optimum=(1.0, 1.0)),  # already there
    ],
)
def test_w7_a_gradient_of_zero_is_named_and_not_measured(state):
    scene = w7.W7.scene(state)
    assert "zero" in scene.status


@pytest.mark.parametrize("steps", [1, 5])
def test_w7_the_end_of_the_path_is_called_by_its_number_of_steps(steps):
    data = w7.compute(w7.State(steps=steps))
    words = [mark.text for mark in marks(w7.draw(data)) if isinstance(mark, Text)]
    assert f"φ{'₀₁₂₃₄₅'[steps]}" in words


def test_w7_overshoot_makes_the_first_order_step_climb():
    state = w7.W7.buttons["Overshoot (αλ > 1)"](w7.State())
    walks = w7.compute(state).walks
    assert walks["first-order"][5] > walks["first-order"][0]
    assert walks["exact"][5] < walks["exact"][0]


# --- W8 · microscope ----------------------------------------------------------------------------


@pytest.mark.parametrize("net", w8.NETS)
def test_w8_its_batched_recipes_are_those_of_the_library(net):
    task, _ = w8.task_of(net, 3)
    path = multistep.inner_iterates(task.support_loss, task.theta, lr=0.04, steps=4)
    rows = w8.all_variants(task, path, lr=0.04)
    assert set(rows) == set(w8.SHOWN) == set(multistep.VARIANTS) - {"finite-differences"}
    for variant, row in rows.items():
        for steps in (1, 2, 4):
            one = multistep.meta_gradient(*task[:3], lr=0.04, steps=steps, variant=variant)
            assert torch.allclose(row[steps - 1], one, rtol=1e-10, atol=1e-12), (variant, steps)


def test_w8_its_judge_is_the_librarys_finite_differences():
    task, _ = w8.task_of("a tanh net", 0)
    rows = w8.judged(task, w8.many_paths(task, lr=0.05, steps=3))
    one = multistep.meta_gradient(*task[:3], lr=0.05, steps=3, variant="finite-differences", h=w8.H)
    assert torch.allclose(rows[2], one, rtol=1e-6, atol=1e-9)


def test_w8_its_errors_are_those_of_compare():
    data = w8.compute(w8.State())
    for variant, row in data.variants.items():
        degrees, length = multistep.compare(row[4], data.judge[4])
        assert data.angles[variant][4].item() == pytest.approx(degrees, abs=1e-6)
        assert data.lengths[variant][4].item() == pytest.approx(length, rel=1e-9)


@pytest.mark.parametrize("net", w8.NETS)
@pytest.mark.parametrize("steps", [1, 5, 10])
def test_w8_the_badge_says_yes_where_the_formula_is_right(net, steps):
    data = w8.compute(w8.State(net=net, steps=steps, alpha=0.04))
    assert data.gap < w8.AGREE
    assert "✓" in w8.draw(data).status


def test_w8_the_badge_says_no_when_the_exact_formula_is_spoilt(monkeypatch):
    right = w8.all_variants

    def spoilt(task, path, *, lr):
        rows = right(task, path, lr=lr)
        return rows | {"exact": rows["reversed"]}

    monkeypatch.setattr(w8, "all_variants", spoilt)
    w8._measured.cache_clear()
    try:
        scene = w8.W8.scene(w8.State(steps=3))
    finally:
        w8._measured.cache_clear()
    assert "✗" in scene.status
    assert "✓" not in scene.status
    assert any(isinstance(m, Text) and m.text.startswith("✗") for m in marks(scene))


def test_w8_a_kink_within_reach_of_the_finite_differences_is_found_and_named():
    found = []
    for number in range(12):
        data = w8.compute(w8.State(net="a ReLU net", alpha=0.12, steps=10, draw=number))
        if data.kink and data.gap > w8.AGREE:
            found.append(w8.draw(data).status)
    assert found, "no kink in twelve tasks: the badge is never put to the test"
    assert all("ReLU switches" in status for status in found)
    assert not w8.compute(w8.State(net="a ReLU net", alpha=0.01, steps=1)).kink


def test_w8_on_a_quadratic_the_order_of_the_factors_does_not_matter():
    data = w8.compute(w8.State(net="a quadratic", steps=10))
    assert data.angles["reversed"].max() < 1e-5
    assert data.angles["first-jacobian-only"][9] > 1


def test_w8_moving_k_computes_nothing_anew():
    w8.compute(w8.State(steps=1))
    misses = w8._measured.cache_info().misses
    for steps in range(1, 11):
        w8.compute(w8.State(steps=steps))
    assert w8._measured.cache_info().misses == misses


def test_w8_the_batched_inner_loops_are_the_plain_ones_from_each_start():
    task, _ = w8.task_of("a ReLU net", 2)
    paths = w8.many_paths(task, lr=0.05, steps=3, h=1e-3)
    n = len(task.theta)
    for row, bump in ((0, 0.0), (3, 1e-3), (n + 3, -1e-3)):
        start = task.theta + bump * torch.eye(n, dtype=task.theta.dtype)[2]
        plain = multistep.inner_iterates(task.support_loss, start, lr=0.05, steps=3)
        assert torch.allclose(paths[row], plain, rtol=1e-12, atol=1e-12)
    assert not paths.requires_grad


# --- W9 · memory and time -----------------------------------------------------------------------


@pytest.mark.parametrize("way", meta_cost.WAYS)
def test_w9_what_is_measured_computes_the_right_gradient(way):
    support, query, theta, _ = meta_cost.cost_task(20, 10)
    variant = "first-order" if way == "first-order" else "exact"
    right = multistep.meta_gradient(support, query, theta, lr=0.01, steps=3, variant=variant)
    got = meta_cost.WAYS[way](support, query, theta, lr=0.01, steps=3)
    assert torch.allclose(got, right, rtol=1e-4, atol=1e-6)


def test_w9_memory_grows_by_a_graph_a_vector_or_not_at_all_per_step():
    rows = meta_cost.measure_task(20, 10, (4, 8, 12), repeats=1)
    n = len(meta_cost.cost_task(20, 10).theta)
    growth = {}
    for way in meta_cost.WAYS:
        a, b, c = (row["bytes"] for row in rows if row["way"] == way)
        assert c - b == b - a, f"{way}: not a straight line"
        growth[way] = (b - a) / 4
    assert growth["first-order"] == 0
    assert growth["recursion"] == 4 * n  # float32
    assert growth["whole graph"] > 2 * growth["recursion"]


def test_w9_the_stored_bytes_are_what_is_counted_now():
    stored = [
        r for r in w9.stored()["rows"] if (r["width"], r["examples"], r["steps"]) == (20, 10, 4)
    ]
    now = meta_cost.measure_task(20, 10, (4,), repeats=1)
    assert {r["way"]: r["bytes"] for r in stored} == {r["way"]: r["bytes"] for r in now}


def test_w9_every_choice_has_stored_numbers_with_their_origin():
    for width in meta_cost.WIDTHS:
        for examples in meta_cost.EXAMPLES:
            data = w9.compute(w9.State(width=width, examples=examples))
            assert all(len(costs) == len(meta_cost.STEPS) for costs in data.costs.values())
    assert w9.W9.scene().status.count("Stored: 20") == 1


def test_w9_the_button_measures_here_and_only_for_this_net(monkeypatch):
    monkeypatch.setattr(w9, "FEWER_STEPS", (1, 4))
    state = w9.measured_here(w9.State(width=20, examples=10))
    assert "Measured on this machine" in w9.W9.scene(state).status
    assert "Stored" in w9.W9.scene(replace(state, width=80)).status
    again = w9.measured_here(state)
    assert len(again.here) == 1
