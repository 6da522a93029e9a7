"""A live widget follows its controls, says its errors, and never loses the last good picture."""

import base64
import json
import sys
from dataclasses import dataclass, replace
from types import ModuleType

import ipywidgets
import numpy as np
import pytest
from anywidget._util import enable_custom_widget_manager_once
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from ipywidgets.widgets.widget import _remove_buffers
from toy_widget import BROKEN, TOY, ToyState

from course_lib.scenes.scene import to_message
from course_lib.widgets import all_widgets, core
from course_lib.widgets.core import Widget, slider


@pytest.fixture
def live() -> core.Live:
    return TOY.live()


def event(live: core.Live, **what) -> None:
    """What the page sends when the reader does something on the canvas."""
    live.canvas.event = {"count": what["count"], "waiting": [what]}


def test_it_opens_with_the_default_state_or_with_the_fields_given():
    assert TOY.live().state == ToyState()
    assert TOY.live(amplitude=2.0).inputs["amplitude"].value == 2.0


def test_a_control_changes_the_state_and_the_picture(live):
    before = live.canvas.scene
    live.inputs["amplitude"].value = 3.0
    live.inputs["shape"].value = "cosine"
    assert live.state == ToyState(amplitude=3.0, shape="cosine")
    assert live.canvas.scene != before
    assert live.canvas.scene == to_message(TOY.scene(live.state))


def test_a_control_may_reset_what_belongs_to_its_old_value():
    live = TOY.live(clicks=3, keys="d")
    live.inputs["amplitude"].value = 3.0
    assert live.state.clicks == 3
    live.inputs["count"].value = 5
    assert live.state == ToyState(amplitude=3.0, count=5, keys="d")


def test_a_player_moves_its_slider_and_follows_it():
    @dataclass(frozen=True)
    class Film:
        frame: int = slider(3, 0, 9, label="frame", play=200)

    made = Widget("W97", "Film", Film, lambda s: s, lambda s: TOY.scene(ToyState(clicks=s.frame)))
    live = made.live()
    player = live.players["frame"]
    assert (player.min, player.max, player.value, player.interval) == (0, 9, 3, 200)
    player.value = 4  # what a tick does
    assert live.state == Film(4)
    live.inputs["frame"].value = 7
    assert player.value == 7
    assert live.box.children[0].children[0].children == (live.inputs["frame"], player)
    assert TOY.live().players == {}
    with pytest.raises(ValueError, match="whole numbers"):
        slider(0.5, 0, 1, label="share", play=200)


def test_a_button_changes_the_state_and_the_controls_follow(live):
    live.inputs["amplitude"].value = 3.0
    live.presses["Reset"].click()
    assert live.state == ToyState()
    assert live.inputs["amplitude"].value == 1.0


def test_a_drag_and_a_click_on_the_canvas_change_the_state(live):
    event(live, type="drag", name="place", index=1, x=4.5, y=0.0, count=1)
    assert live.state.places == (1.0, 4.5)
    event(live, type="click", name="image", count=2)
    event(live, type="click", name="image", count=3)
    assert live.state.clicks == 2


def test_a_key_of_its_own_changes_the_state_and_others_do_not(live):
    event(live, type="key", key="ArrowDown", count=1)
    event(live, type="key", key="x", count=2)
    event(live, type="key", key="d", count=3)
    assert live.state.keys == "nd"
    assert live.canvas.own_keys == ["d", "ArrowDown"]


def test_of_the_events_that_come_again_none_is_lost_and_none_counts_twice(live):
    click = {"type": "click", "name": "1"}
    first, third = {**click, "count": 1}, {**click, "count": 3}
    second = {"type": "key", "key": "d", "count": 2}
    live.canvas.event = {"count": 1, "waiting": [first]}
    live.canvas.event = {"count": 3, "waiting": [first, second, third]}
    assert (live.state.clicks, live.state.keys, live.canvas.answered) == (2, "d", 3)


def test_keys_without_a_handler_are_refused():
    with pytest.raises(ValueError, match="go together"):
        Widget("W97", "Deaf", ToyState, TOY.compute, TOY.draw, keys=("d",))


@pytest.mark.parametrize("part", ["compute", "drag"])
def test_an_error_is_shown_and_kept_and_the_last_good_picture_stays(live, part, capsys):
    good, state = live.canvas.scene, live.state
    planted = replace(state, broken=part)
    if part == "compute":
        live.update(lambda: planted)
    else:
        live.state = planted
        event(live, type="drag", name="place", index=0, x=1.0, y=0.0, count=1)
    assert isinstance(live.error, RuntimeError)
    assert "W98 met an error of its own (RuntimeError: a planted error)" in live.canvas.problem
    assert live.canvas.scene == good
    assert "a planted error" in capsys.readouterr().err
    assert live.state == (state if part == "compute" else planted)


def test_an_error_in_draw_or_in_a_button_is_kept_too(capsys):
    def planted(_):
        raise KeyError("planted")

    parts = TOY.state_type, TOY.compute
    drawn = Widget("W97", "Draws badly", *parts, planted).live()
    pressed = Widget("W97", "Presses badly", *parts, TOY.draw, buttons={"Go": planted}).live()
    assert isinstance(drawn.error, KeyError)
    assert pressed.error is None
    pressed.presses["Go"].click()
    assert isinstance(pressed.error, KeyError)
    assert capsys.readouterr().err.count("KeyError: 'planted'") == 2


def test_a_refusal_is_shown_as_it_is_and_goes_away_with_the_next_good_state(live):
    live.update(lambda: replace(live.state, amplitude=-1.0))
    assert live.canvas.problem == "amplitude a is -1.0: choose a value from 0.0 to 3.0."
    assert isinstance(live.error, ValueError)
    live.inputs["count"].value = 4
    assert (live.canvas.problem, live.error) == ("", None)


def test_an_option_that_does_not_exist_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="shape is 'square': choose one of sine, cosine"):
        ToyState(shape="square")


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_show_displays_the_live_widget_and_then_its_still_picture(shell):
    with capture_output() as shown:
        TOY.show()
    live, still = shown.outputs
    assert live.data["text/plain"] == "W98 · Toy (run this cell to make it live)"
    assert "application/vnd.jupyter.widget-view+json" in live.data
    assert set(still.data) == {"image/png", "text/plain"}
    assert still.data["text/plain"] == "Static picture of W98: A wave and some bars."
    assert core.LIVE[-1].widget is TOY


def test_every_control_is_labelled_and_shows_as_many_digits_as_its_step_needs(live):
    assert [c.description for c in live.inputs.values()] == [
        "amplitude a", "bars n", "shape", "show the band"
    ]  # fmt: skip
    assert live.inputs["amplitude"].readout_format == ".1f"


def test_widgets_are_found_in_the_order_of_their_numbers():
    found = all_widgets()
    assert [int(key[1:]) for key in found] == sorted(int(key[1:]) for key in found)
    assert all(widget.key == key for key, widget in found.items())


def test_a_broken_widget_is_noticed_by_whoever_touches_it(capsys):
    from course_lib.press.notebooks.touch import touch

    assert touch(TOY.live()) == []
    assert touch(BROKEN.live()) == [
        "W99 fails at the button 'Break': RuntimeError('a planted error')."
    ]


def test_long_lists_of_numbers_travel_as_float32_and_short_ones_as_they_are():
    message = {"x": [0.5, None, *range(7), 0.25], "y": [1.0, 2.0]}
    message["x"] = [value if value is None else float(value) for value in message["x"]]
    sent = core.packed(message)
    assert sent["y"] == [1.0, 2.0]
    numbers = np.frombuffer(sent["x"]["float32"], np.float32)
    assert np.isnan(numbers[1])
    assert numbers[[0, 2, -1]].tolist() == [0.5, 0.0, 0.25]


def test_on_colab_no_widget_sends_buffers_and_its_own_manager_is_asked_for(monkeypatch):
    asked, output = [], ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: asked.append(True)
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    enable_custom_widget_manager_once.cache_clear()
    for widget in [TOY, *all_widgets().values()]:
        state, _, buffers = _remove_buffers(widget.live().canvas.get_state())
        assert buffers == []
        json.dumps(state, allow_nan=False)
    assert asked == [True]


def test_a_picture_without_buffers_is_the_same_bytes(monkeypatch):
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    message = {"shape": [3, 4], "bytes": pixels.tobytes()}
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert base64.b64decode(core.packed(message)["bytes"]["base64"]) == message["bytes"]
    monkeypatch.delitem(sys.modules, "google.colab")
    assert core.packed(message) == message


# --- What stays behind ---------------------------------------------------------------------------


def models() -> int:
    """How many widget models this process holds."""
    return len(ipywidgets.widgets.widget._instances)


def test_a_cell_run_a_thousand_times_leaves_one_copy_behind(monkeypatch):
    run = [0]
    monkeypatch.setattr(core, "running_cell", lambda: ("a cell", str(run[0])))
    monkeypatch.setattr(core, "LIVE", [])
    monkeypatch.setattr(core, "display", lambda *_, **__: None)
    monkeypatch.setattr(core.plots, "png", lambda _: b"")
    TOY.show()
    once = models()
    for run[0] in range(1, 1000):
        TOY.show()
    assert models() == once
    assert len(core.LIVE) == 1
    core.forget(("a cell", "the last"))
    assert core.LIVE == []


def test_two_copies_in_one_cell_and_copies_in_other_cells_stay(monkeypatch):
    now = [("first", "1")]
    monkeypatch.setattr(core, "running_cell", lambda: now[0])
    monkeypatch.setattr(core, "LIVE", [])
    monkeypatch.setattr(core, "display", lambda *_, **__: None)
    for now[0] in (("first", "1"), ("first", "1"), ("second", "2"), (None, None), (None, None)):
        TOY.show()
    assert len(core.LIVE) == 5
    now[0] = ("first", "3")
    TOY.show()
    assert [live.run[0] for live in core.LIVE] == ["second", None, None, "first"]
    for live in core.LIVE:
        live.close()
