"""W20: its picture shows what `maml.plane` computes, and its words say what there is to see."""

import re
from dataclasses import replace

import pytest
import torch
from widget_checks import check_picture, check_scene, end_states

from course_lib.maml import plane
from course_lib.scenes.scene import Arrows, Points
from course_lib.widgets import w20_plane
from course_lib.widgets.w20_plane import EDGE, FIGURE_1, ROLES, SIDE, W20, State


def marks(state: State, kind: type) -> list:
    """The marks of a kind in the left panel."""
    return [mark for mark in W20.scene(state).rows[0][0].marks if isinstance(mark, kind)]


def rings(state: State) -> dict[str, tuple[float, float]]:
    """Where the picture says that each way ends."""
    found = [m for m in marks(state, Points) if m.shape == "ring"]
    return {m.label: (m.x[0], m.y[0]) for m in found}


@pytest.mark.parametrize("state", [State(), State(tasks=3, steps=1, turn=35), State(steps=0)])
def test_its_rings_and_arrows_are_the_ends_and_the_outer_steps(state):
    arrows = {arrow.color: arrow for arrow in marks(state, Arrows)}
    colors = {way: Points([0], [0], role).color for way, role in ROLES.items()}
    for way, ring in rings(state).items():
        end = plane.end(state.valleys, state.start, way, **state.inner).point
        assert ring == pytest.approx(end.tolist())
        step = plane.outer_step(state.valleys, state.start, way, **state.inner) - state.start
        arrow = arrows[colors[way]]
        assert (arrow.dx[0], arrow.dy[0]) == pytest.approx(step.tolist())
    assert len(rings(state)) == len(arrows) == 3
    assert len(marks(replace(state, only=True), Arrows)) == 1


def test_its_right_panel_gives_the_meta_loss_at_each_end_for_every_number_of_steps():
    state = State(tasks=3, turn=35)
    losses = w20_plane.compute(state).losses
    for k in (0, 3, 20):
        inner = {"lr": state.alpha, "steps": k}
        places = {w: plane.end(state.valleys, state.start, w, **inner).point for w in plane.WAYS}
        for name, place in {"θ": state.start, **places}.items():
            loss = plane.meta_loss(state.valleys, place, **inner)
            assert losses[name][k].item() == pytest.approx(loss.item())


def test_its_button_moves_theta_to_the_tip_of_the_arrow_and_leaves_a_trail():
    for way in plane.WAYS:
        state = State(way=way)
        moved = W20.buttons["One outer step"](state)
        expected = plane.outer_step(state.valleys, state.start, way, **state.inner)
        assert moved.theta == pytest.approx(expected.tolist())
        assert moved.trail == (state.theta,)
    for _ in range(300):
        moved = W20.buttons["One outer step"](moved)
    assert len(moved.trail) == 200
    assert moved.theta == pytest.approx(rings(moved)["joint"], abs=1e-3)


def test_many_outer_steps_of_a_way_that_runs_away_stop_at_the_edge():
    state = State(alpha=0.6, steps=1, way="first order")
    assert "First order runs away" in W20.scene(state).status
    assert "first order never" in W20.scene(state).status
    for _ in range(60):
        state = W20.buttons["One outer step"](state)
        check_scene(W20.scene(state))
    assert max(map(abs, state.theta)) == EDGE


def test_its_handles_stay_inside_and_move_what_they_name():
    state = w20_plane.drag(State(trail=((0.0, 0.0),)), "theta", 0, 99.0, -99.0)
    assert (state.theta, state.trail) == ((EDGE, -EDGE), ())
    moved = w20_plane.drag(State(tasks=3), "c2", 0, 0.5, 9.0)
    assert moved.centers[2] == (0.5, EDGE)
    assert moved.centers[:2] == State().centers[:2]
    names = {m.drag for m in marks(State(tasks=3), Points) if m.drag}
    assert names == {"theta", "c0", "c1", "c2"}
    assert EDGE < SIDE


def test_the_papers_figure_is_round_tasks_with_theta_on_its_way_to_their_mean():
    state = W20.buttons["The paper's Figure 1"](State(steps=9))
    assert state == FIGURE_1
    mean = torch.tensor(state.centers).mean(0).tolist()
    for place in rings(state).values():
        assert place == pytest.approx(mean, abs=1e-6)
    assert "All tasks curve alike" in W20.scene(state).status


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": 0}, "the three ways are one"),
        ({"alpha": 0.0}, "the three ways are one"),
        ({"turn": 0}, "at the mean of the triangles"),
        ({"narrow": 4.0, "alpha": 0.5, "turn": 0}, "the ring is the point nearest to θ"),
        ({"alpha": 0.5}, "αλ = 1.50 > 1: the inner steps overshoot"),
        ({"alpha": 0.7}, "αλ = 2.10 > 2: the inner steps diverge"),
        ({"tasks": 3, "turn": 60, "steps": 8}, "Rings outside the picture: exact, first order."),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(changes, words):
    assert words in W20.scene(State(**changes)).status
    assert words not in W20.scene(State()).status


def test_at_the_ends_of_its_controls_its_picture_holds_with_all_paths_drawn():
    for state in end_states(W20):
        for steps in (1, 20):
            check_picture(W20, replace(state, run=True, steps=steps))


def test_its_numbers_have_no_powers_of_ten():
    for state in end_states(W20):
        for steps in (1, 8, 20):
            status = W20.scene(replace(state, steps=steps)).status
            assert not re.search(r"\de[+−-]|nan|inf\b", status), status
    assert "joint over a million" in W20.scene(State(alpha=0.8, narrow=16.0, steps=20)).status
    assert "exact under a millionth" in W20.scene(State(steps=20)).status


@pytest.mark.parametrize(
    "changes", [{"tasks": 4}, {"steps": 21}, {"alpha": -0.1}, {"narrow": 0.5}, {"way": "none"}]
)
def test_a_state_that_cannot_be_is_refused_in_a_sentence(changes):
    with pytest.raises(ValueError, match="choose"):
        State(**changes)
