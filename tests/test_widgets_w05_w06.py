"""W5 and W6: their numbers against the training code, the closed form and brute force."""

from dataclasses import replace

import pytest
import torch

from course_lib.maml import adapt, query_curve
from course_lib.maml.study import LOSS, NET, starts
from course_lib.widgets import w05_sines, w06_landscape
from course_lib.widgets.w05_sines import GRID
from course_lib.widgets.w06_landscape import MAX_STEPS, State, quadratic


def test_w5_walks_the_path_that_trained_the_nets():
    state = w05_sines.State(steps=4, shots=7)
    data = w05_sines.compute(state)
    for name in ("maml", "pretrained"):
        theta = starts()[name]
        adapted = adapt(LOSS, theta, data.support, lr=state.alpha, steps=4)
        assert torch.allclose(NET.apply(adapted, GRID)[:, 0], data.curves[name][-1], atol=1e-4)
        one = lambda pair: tuple(p[None] for p in pair)  # noqa: E731
        query = (GRID, data.truth[:, None])
        curve = query_curve(LOSS, theta, (one(data.support), one(query)), lr=state.alpha, steps=4)
        assert torch.allclose(curve[0], data.losses[name], rtol=1e-3)


def test_w5_walks_a_path_bit_by_bit_as_at_once():
    walks = []
    for asked in ([8], [0, 1, 4, 3, 8]):
        w05_sines.PATHS.known.clear()
        walks.append([w05_sines.compute(w05_sines.State(steps=steps)) for steps in asked][-1])
    for name in ("maml", "pretrained"):
        assert torch.equal(*(data.curves[name] for data in walks))
        assert torch.equal(*(data.losses[name] for data in walks))


def test_w5_forgets_the_oldest_paths():
    for draw in range(w05_sines.PATHS.most + 3):
        w05_sines.compute(w05_sines.State(steps=0, draw=draw))
    kept = [state.draw for state in w05_sines.PATHS.known]
    assert kept == list(range(3, w05_sines.PATHS.most + 3))


def test_w5_support_points_lie_on_the_task_until_they_are_dragged():
    state = w05_sines.State(amplitude=2.0, phase=0.5)
    x, y = w05_sines.support_of(state)
    assert torch.allclose(y, 2 * torch.sin(x - 0.5))
    dragged = w05_sines.drag(state, "support", 1, 0.25, 99.0)
    x, y = w05_sines.support_of(dragged)
    assert (x[1].item(), y[1].item()) == (0.25, w05_sines.HEIGHT)  # kept inside the picture
    assert w05_sines.W5.buttons["Put points back"](dragged) == state


def test_w5_adding_shots_keeps_the_points_that_are_there():
    few, many = (w05_sines.support_of(w05_sines.State(shots=k))[0] for k in (3, 9))
    assert torch.equal(few, many[:3])


@pytest.mark.parametrize("steps", [0, 1, 5, MAX_STEPS])
def test_w6_landscape_is_the_closed_form(steps):
    state = State(steps=steps, alpha=0.3, sharpness=2.5)
    data = w06_landscape.compute(state)
    for i, (c, lam) in enumerate(zip(state.centers, state.curvatures, strict=True)):
        shrink = (1 - state.alpha * lam) ** (2 * steps)
        expected = 0.5 * lam * shrink * (data.theta - c) ** 2
        assert torch.allclose(data.losses[i], expected, atol=1e-5)


@pytest.mark.parametrize("steps", [0, 1, 3, 8])
def test_w6_minimum_is_where_the_landscape_is_lowest(steps):
    state = State(steps=steps)
    data = w06_landscape.compute(state)
    lowest = data.theta[data.losses.mean(0).argmin()]
    assert abs(lowest - data.minima[steps]) <= (data.theta[1] - data.theta[0])
    assert data.depths[steps] == pytest.approx(data.losses.mean(0).min().item(), abs=1e-3)


def test_w6_at_zero_steps_is_joint_training():
    state = State()
    lam, c = torch.tensor(state.curvatures), torch.tensor(state.centers)
    assert w06_landscape.minimum(state, 0) == pytest.approx(((lam * c).sum() / lam.sum()).item())


def test_w6_more_steps_move_the_minimum_to_the_flat_task():
    minima = w06_landscape.compute(State()).minima
    assert (minima.diff() > 0).all()  # task 3, the flat one, has the largest c


def test_w6_says_when_every_start_solves_every_task():
    state = replace(State(steps=20, alpha=1.0, sharpness=1.0), centers=(0.0, 1.0, 2.0))
    scene = w06_landscape.W6.scene(replace(state, alpha=0.98))
    assert "θ*" in scene.status  # the flat task still decides
    assert quadratic({"phi": torch.tensor(1.0)}, torch.tensor(1.0), torch.tensor(2.0)) == 0


def test_w6_warns_when_the_inner_loop_diverges():
    assert "diverge" in w06_landscape.W6.scene(State(alpha=1.0, sharpness=4.0)).status
    assert "diverge" not in w06_landscape.W6.scene(State(alpha=0.4, sharpness=4.0)).status
