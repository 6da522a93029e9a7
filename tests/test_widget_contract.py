"""The contract that every widget keeps, checked without a browser; planted faults turn it red."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
from toy_widget import TOY, ToyState
from widget_checks import (
    BUDGET_MS,
    accepted,
    check_controls,
    check_handlers,
    check_picture,
    check_scene,
    check_state_type,
    compute_ms,
    end_states,
    random_states,
)  # fmt: skip

from course_lib.scenes import plots
from course_lib.scenes.scene import Line, Panel, Points, Scene
from course_lib.widgets import all_widgets
from course_lib.widgets.core import Widget, check_sliders, slider

WIDGETS = [*all_widgets().values(), TOY]
each_widget = pytest.mark.parametrize("widget", WIDGETS, ids=lambda w: w.key)


@each_widget
def test_its_state_is_frozen_and_refuses_in_a_sentence_what_is_outside_the_ranges(widget):
    check_state_type(widget)


@each_widget
def test_its_picture_is_valid_and_reproducible_at_the_ends_and_at_random_states(widget):
    for state in [*end_states(widget), *random_states(widget)]:
        check_picture(widget, state)


@each_widget
def test_one_thing_is_not_called_many(widget):
    """Each control that counts stands at 1, all others as they are at first."""
    counts = [name for name, c in widget.controls().items() if c["kind"] == "int"]
    for state in accepted(widget.state_type(), [{name: 1} for name in counts]):
        check_scene(widget.scene(state))


@each_widget
def test_every_control_changes_the_picture(widget):
    check_controls(widget, [widget.state_type(), *random_states(widget)])


@each_widget
def test_every_button_drag_and_click_gives_a_valid_state(widget):
    check_handlers(
        widget, [widget.state_type(), end_states(widget)[-1], *random_states(widget)[:2]]
    )


@each_widget
def test_its_still_picture_is_drawn_at_the_default_and_at_both_extremes(widget):
    states = end_states(widget)
    for state in (states[0], states[-2], states[-1]):
        assert plots.png(widget.scene(state)).startswith(b"\x89PNG")


@each_widget
def test_its_picture_is_computed_in_time(widget):
    ms = compute_ms(widget)
    print(f"{widget.key}: {ms:.1f} ms (budget {BUDGET_MS} ms)")
    most = 5 if widget.ahead else 3  # most of it is done while nobody waits
    assert ms <= most * BUDGET_MS, f"{widget.key} needs {ms:.0f} ms for one picture"


@each_widget
@pytest.mark.parametrize("end", ["low", "high"])
def test_no_nan_is_told_where_all_sliders_stand_at_an_end(widget, end):
    """Found with W5: "MAML nan" at its largest step size, steps and amplitude together."""
    state = widget.state_type()
    for name, control in widget.controls().items():
        if control["kind"] in ("int", "float"):
            state = widget.turned(state, name, type(getattr(state, name))(control[end]))
    scene = widget.scene(state)
    assert not re.search(r"\b(nan|inf)\b", f"{scene.status} {scene.alt}")


# --- Each check must be able to fail --------------------------------------------------------------


def variant(**changes) -> Widget:
    """The toy widget with some of its parts replaced."""
    parts = {
        "state_type": TOY.state_type, "compute": TOY.compute, "draw": TOY.draw,
        "buttons": TOY.buttons, "on_drag": TOY.on_drag, "on_click": TOY.on_click,
        "on_key": TOY.on_key, "keys": TOY.keys, **changes,
    }  # fmt: skip
    return Widget("W97", "Planted", **parts)


def scene_of(*marks, status="something", **limits) -> Scene:
    panel = Panel(marks, **{"xlim": (0, 1), "ylim": (0, 1), **limits}, xlabel="x", ylabel="y")
    return Scene([[panel]], "A small planted picture.", status)


def test_a_state_that_is_not_frozen_is_found():
    @dataclass
    class Loose:
        count: int = slider(2, 1, 5, label="n")

    with pytest.raises(AssertionError, match="frozen"):
        check_state_type(variant(state_type=Loose))


def test_a_state_that_accepts_anything_is_found():
    @dataclass(frozen=True)
    class Careless:
        count: int = slider(2, 1, 5, label="n")

    with pytest.raises(AssertionError, match="outside its range but accepted"):
        check_state_type(variant(state_type=Careless))


def test_a_refusal_without_a_sentence_is_found():
    @dataclass(frozen=True)
    class Curt:
        count: int = slider(2, 1, 5, label="n")

        def __post_init__(self):
            if not 1 <= self.count <= 5:
                raise ValueError("bad")

    with pytest.raises(AssertionError, match="'bad'"):
        check_state_type(variant(state_type=Curt))


def test_hidden_randomness_is_found():
    def noisy(state):
        state, x, y = TOY.compute(state)
        return state, x, y + np.random.randn(len(y))  # noqa: NPY002  the planted fault

    with pytest.raises(AssertionError, match="differ"):
        check_picture(variant(compute=noisy), ToyState())


def test_a_dead_slider_is_found():
    def deaf(state):
        return TOY.compute(replace(state, amplitude=1.0))

    def draw(data):
        return TOY.draw(data)

    with pytest.raises(AssertionError, match="amplitude never changes the picture"):
        check_controls(variant(compute=deaf, draw=draw), [ToyState(), ToyState(count=3)])


@pytest.mark.parametrize("part", ["compute", "draw"])
def test_a_raising_compute_or_draw_is_found(part):
    def planted(_):
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        check_picture(variant(**{part: planted}), ToyState())


@pytest.mark.parametrize("part", ["on_drag", "on_click", "buttons"])
def test_a_raising_handler_is_found(part):
    def planted(*_):
        raise RuntimeError("planted")

    handler = {"Press": planted} if part == "buttons" else planted
    with pytest.raises(RuntimeError, match="planted"):
        check_handlers(variant(**{part: handler}), [ToyState()])


def test_a_handler_that_returns_no_state_is_found():
    with pytest.raises(AssertionError, match="gives NoneType"):
        check_handlers(variant(on_click=lambda state, name: None), [ToyState()])


def test_a_handle_or_a_button_without_effect_is_found():
    with pytest.raises(AssertionError, match=r"never changes.* drag of 'place'"):
        check_handlers(variant(on_drag=lambda state, *where: state), [ToyState()])
    with pytest.raises(AssertionError, match="no on_click"):
        check_handlers(variant(on_click=None), [ToyState()])


def test_a_handler_without_a_handle_is_found():
    bare = variant(draw=lambda data: scene_of(Line([0, data[0].clicks], [0, 1])))
    with pytest.raises(AssertionError, match="no handle to drag"):
        check_handlers(bare, [ToyState()])


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        (scene_of(Line([0, 1], [0, float("inf")])), "y holds inf"),
        (scene_of(Points([0, float("nan")], [0, 1])), "x holds nan"),
        (scene_of(Line([2, 3], [2, 3])), "every mark lies outside"),
        (scene_of(Line([0, 1], [float("nan")] * 2)), "every mark lies outside"),
        (scene_of(Points([2], [0.5], drag="far")), "out of reach"),
        (scene_of(Line([0.5, 1], [0, 1]), ylim=(0.1, 1), ylog=True), "logarithmic"),
        (scene_of(), "empty"),
        (scene_of(Line([0, 1], [0, 1]), status=" "), "status"),
        (scene_of(Line([0, 1], [0, 1]), status="After 1 inner steps"), "'1 inner steps'"),
        (Scene([[Panel([], (0, 1), (0, 1), frame=False)]], "Nothing.", "none"), "alternative"),
    ],
)
def test_a_bad_picture_is_found(scene, reason):
    with pytest.raises(AssertionError, match=reason):
        check_scene(scene)


def test_a_slow_compute_is_noticed():
    @dataclass(frozen=True)
    class One:
        n: int = slider(1, 1, 2, label="n")

        def __post_init__(self):
            check_sliders(self)

    def slow(state):
        return sum(i * i for i in range(1_500_000))

    assert compute_ms(variant(state_type=One, compute=slow, draw=lambda _: scene_of()), 1) > 20
