"""How every widget of the course is made: a frozen State, `compute(state)`, `draw(data)`
(notebooks 00 to 10).

    @dataclass(frozen=True)
    class State:
        shots: int = slider(5, 1, 20, label="shots k")

        def __post_init__(self):
            check_sliders(self)  # and ValueErrors of your own, in plain words

    W5 = Widget("W5", "Sine playground", State, compute, draw)

`compute` turns a state into numbers and is tested without a browser; `draw` turns the numbers into
a `Scene`. In a notebook `W5.show()` displays sliders and a canvas, and under them a still picture
for readers without a kernel. An error never disappears: the reader sees it in the widget, the last
good picture stays, and `Live.error` keeps it for the tests.

A state with a field `running` that is True goes on by itself: see `slices.py`. What a slider's next
steps need may be computed before they are asked for: see `ahead.py`.
"""

import base64
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, field, fields, replace
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets
from IPython import get_ipython
from IPython.display import display

from course_lib.ground.bundle import bundle
from course_lib.scenes import plots
from course_lib.scenes.scene import Scene, to_message
from course_lib.widgets.ahead import Ahead
from course_lib.widgets.slices import Slices

HERE = Path(__file__).parent


def slider(default, low, high, *, step=None, label: str, resets: Sequence[str] = (), play: int = 0):
    """A state field with a slider: an int slider for an int default, a float slider otherwise.

    Moving it sets the fields named in `resets` back to their defaults (here and below). With
    `play` an int slider gets a play button that moves it on every so many milliseconds.
    """
    number = int if isinstance(default, int) else float
    if play and number is not int:
        raise ValueError(f"The slider {label!r} has a play button: give whole numbers.")
    control = {"kind": number.__name__, "low": number(low), "high": number(high), "step": step}
    more = {"label": label, "resets": resets, "play": play}
    return field(default=default, metadata={**control, **more})


def choice(
    default, options, *, label: str, resets: Sequence[str] = (), brings: Mapping | None = None
):
    """A state field with a menu of `options` (a sequence of values).

    `brings` gives for an option what it sets other fields to: {option: {field: value}}.
    """
    control = {"kind": "choice", "options": list(options), "label": label, "resets": resets}
    control["brings"] = dict(brings or {})
    return field(default=default, metadata=control)


def switch(default: bool, *, label: str, resets: Sequence[str] = ()):
    """A state field with a check box."""
    return field(default=default, metadata={"kind": "switch", "label": label, "resets": resets})


def check_sliders(state) -> None:
    """Raise a ValueError that names the range when a slider's value is outside it."""
    for f in fields(state):
        value = getattr(state, f.name)
        if f.metadata.get("kind") in ("int", "float"):
            low, high = f.metadata["low"], f.metadata["high"]
            if not low <= value <= high:
                raise ValueError(
                    f"{f.metadata['label']} is {value}: choose a value from {low} to {high}."
                )
        elif f.metadata.get("kind") == "choice" and value not in f.metadata["options"]:
            options = ", ".join(map(str, f.metadata["options"]))
            raise ValueError(f"{f.metadata['label']} is {value!r}: choose one of {options}.")


def packed(message, _widget=None):
    """A scene's message with long lists of numbers as float32 buffers, which travel faster.

    Colab's page drops all buffers. There the lists stay lists, and pictures are base64 text.
    """
    if isinstance(message, dict):
        return {  # most values go as they are: no call for each
            name: value if type(value) in _AS_IT_IS else packed(value)
            for name, value in message.items()
        }
    buffers = "google.colab" not in sys.modules
    if isinstance(message, list):
        if buffers and len(message) > 8 and set(map(type, message)) <= {float, type(None)}:
            return {"float32": np.array(message, np.float32).tobytes()}
        return [packed(item) for item in message]
    if isinstance(message, bytes) and not buffers:
        return {"base64": base64.b64encode(message).decode()}
    return message


_AS_IT_IS = {str, bool, int, float, type(None)}


class Canvas(anywidget.AnyWidget):
    """The picture in the page: Python sets its traits, but `event`, which the page sets.

    `event` is {"count": n, "waiting": [...]}: all that the reader did and that has no answer yet,
    each with its number. `answered` is the number of the last one that `scene` or `problem`
    answers. `own_keys` are the keys that the widget wants for itself.
    """

    _esm = HERE / "canvas.js"
    _css = HERE / "canvas.css"
    key = traitlets.Unicode().tag(sync=True)
    own_keys = traitlets.List(traitlets.Unicode()).tag(sync=True)
    scene = traitlets.Dict().tag(sync=True, to_json=packed)
    problem = traitlets.Unicode("").tag(sync=True)
    event = traitlets.Dict().tag(sync=True, echo_update=False)
    answered = traitlets.Int(0).tag(sync=True)
    unfolds = traitlets.Bool(False).tag(sync=True)  # whether the cells that answer it may open


def make_control(metadata: Mapping[str, Any], value) -> ipywidgets.Widget:
    """The ipywidgets control that a state field asks for."""
    look = {
        "description": metadata["label"],
        "style": {"description_width": "initial"},
        "layout": ipywidgets.Layout(width="300px"),
    }
    if metadata["kind"] == "choice":
        return ipywidgets.Dropdown(options=metadata["options"], value=value, **look)
    if metadata["kind"] == "switch":
        return ipywidgets.Checkbox(value=value, indent=False, **look)
    make = ipywidgets.IntSlider if metadata["kind"] == "int" else ipywidgets.FloatSlider
    step = metadata["step"] or (1 if metadata["kind"] == "int" else 0.01)
    if metadata["kind"] == "float":
        look["readout_format"] = f".{max(1, len(f'{step:f}'.rstrip('0').partition('.')[2]))}f"
    return make(value=value, min=metadata["low"], max=metadata["high"], step=step, **look)


def make_player(metadata: Mapping[str, Any], slider: ipywidgets.IntSlider) -> ipywidgets.Play:
    """Play, pause and back to the start, for an int slider that it moves and follows."""
    ends = {"min": slider.min, "max": slider.max, "step": slider.step}
    player = ipywidgets.Play(
        value=slider.value, interval=metadata["play"], show_repeat=False, **ends
    )
    traitlets.link((player, "value"), (slider, "value"))
    return player


class Widget:
    """A widget's definition: pure functions, and how events change the state.

    `compute(state) -> data` and `draw(data) -> Scene`. Events are pure functions too:
    `buttons = {"New task": state -> state}`, `on_drag(state, name, index, x, y) -> state` with x
    and y in data units, `on_click(state, name) -> state`, `on_stroke(state, name, x, y) -> state`
    with the stroke's points in data units, `on_key(state, key) -> state` for each of `keys`.

    Keys work while the picture has the focus: after a click on it, or by Tab. What is named like a
    key is clicked by it: `Rect(…, click="1")`. From button to button go the arrow keys, and Enter
    clicks. For keys that stand for no place in the picture, `keys=("ArrowUp", "r")` names them as
    the browser does; the picture keeps them from JupyterLab and from the page. One press is one
    event, however long it is held. None is lost while the kernel is busy. Say in `status` which
    keys there are.

    `advance(state) -> state` is one small piece of work, of a few hundredths of a second. It is
    done again and again while the state is `running`.

    `ahead(state)` is an iterator that computes, in such pieces, what `compute(state)` will find.
    """

    def __init__(
        self,
        key: str,
        title: str,
        state_type: type,
        compute: Callable[[Any], Any],
        draw: Callable[[Any], Scene],
        *,
        buttons: Mapping[str, Callable] | None = None,
        on_drag: Callable | None = None,
        on_click: Callable | None = None,
        on_stroke: Callable | None = None,
        on_key: Callable | None = None,
        keys: Sequence[str] = (),
        advance: Callable | None = None,
        ahead: Callable | None = None,
    ):
        self.key, self.title, self.state_type = key, title, state_type
        self.compute, self.draw = compute, draw
        self.buttons, self.on_drag, self.on_click = dict(buttons or {}), on_drag, on_click
        self.on_stroke, self.on_key, self.keys = on_stroke, on_key, tuple(keys)
        self.advance, self.ahead = advance, ahead
        if bool(on_key) != bool(keys):
            raise ValueError(f"{key}: `keys` and `on_key` go together; give both or neither.")

    def controls(self) -> dict[str, Mapping[str, Any]]:
        """The state's fields that the reader can set: name → what kind of control, which range."""
        return {f.name: f.metadata for f in fields(self.state_type) if f.metadata.get("kind")}

    def turned(self, state, name: str, value):
        """`state` after its control `name` was set to `value`; some controls reset other fields."""
        fresh = default_state(self.state_type)
        control = self.controls()[name]
        resets = {other: fresh[other] for other in control["resets"]}
        brings = control.get("brings", {}).get(value, {})
        return replace(state, **{**resets, **brings, name: value})

    def scene(self, state=None) -> Scene:
        """The picture of `state` (default: the state that the widget opens with)."""
        return self.draw(self.compute(self.state_type() if state is None else state))

    def live(self, **start) -> "Live":
        """A live copy with its own state; `start` overrides fields of the default state."""
        return Live(self, self.state_type(**start))

    def show(self, **start) -> None:
        """Display a live copy, then its still picture for readers without a kernel."""
        self.shown(**start)

    def shown(self, **start) -> "Live":
        """The live copy that `show` displays."""
        run = running_cell()
        forget(run)
        live = self.live(**start)
        live.run = run
        name = f"{self.key} · {self.title} (run this cell to make it live)"
        live.handle = display(bundle(live.box, name), raw=True)
        alt = f"Static picture of {self.key}: {self.scene(live.state).alt}"
        still = {"image/png": plots.png(self.scene(live.state)), "text/plain": alt}
        display(still, metadata={"image/png": {"alt": alt}}, raw=True)
        LIVE.append(live)
        live.ahead.shown()
        return live

    def __repr__(self) -> str:
        return f"<widget {self.key}: {self.title}>"


LIVE: list["Live"] = []  # what this kernel shows: tests ask every copy for its error


def running_cell() -> tuple[str | None, str | None]:
    """The id of the cell that runs now and of this run; None where the front end tells none.

    JupyterLab and VS Code tell them.
    """
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    metadata, header = parent.get("metadata", {}), parent.get("header", {})
    return metadata.get("cellId") or metadata.get("cell_id"), header.get("msg_id")


def forget(run: tuple[str | None, str | None]) -> None:
    """Close what earlier runs of this cell have shown: their outputs are gone from the page."""
    cell, now = run
    old = [live for live in LIVE if cell and live.run[0] == cell and live.run[1] != now]
    for live in old:
        LIVE.remove(live)
        live.close()


class Live:
    """One displayed copy of a widget: its state, its controls and its canvas."""

    def __init__(self, widget: Widget, state):
        self.widget, self.state = widget, state
        self.error: Exception | None = None
        self.lock = threading.RLock()  # JupyterLab sends events to a thread of their own
        self.slices = Slices(self)
        self.ahead = Ahead(self)
        self.run: tuple[str | None, str | None] = (None, None)  # the cell that shows it, and when
        self.canvas = Canvas(key=widget.key, own_keys=list(widget.keys))
        self.inputs = {
            name: make_control(meta, getattr(state, name))
            for name, meta in widget.controls().items()
        }
        for name, control in self.inputs.items():
            control.observe(self._listener(name), "value")
        self.players = {
            name: make_player(meta, self.inputs[name])
            for name, meta in widget.controls().items()
            if meta.get("play")
        }
        presses = []
        for label, change in widget.buttons.items():
            button = ipywidgets.Button(description=label)
            button.layout.width = "auto"
            button.on_click(lambda _, change=change: self.update(lambda: change(self.state)))
            presses.append(button)
        self.presses = {button.description: button for button in presses}
        self.canvas.observe(self._on_event, "event")
        wrap = ipywidgets.Layout(flex_flow="row wrap", max_width="960px")
        inputs = [
            ipywidgets.HBox([control, self.players[name]]) if name in self.players else control
            for name, control in self.inputs.items()
        ]
        controls = ipywidgets.HBox([*inputs, *presses], layout=wrap)
        self.box = ipywidgets.VBox([controls, self.canvas])
        self._following = False
        self._taken = 0  # the number of the newest event that the state holds
        self.update(lambda: self.state)

    def close(self) -> None:
        """Take this copy out of the page and of the kernel's memory, with all of its controls."""
        self.slices.closed = self.ahead.closed = True
        open_ones = [self.box]
        while open_ones:
            one = open_ones.pop()
            open_ones += getattr(one, "children", ())
            for part in (getattr(one, "style", None), one.layout, one):
                if isinstance(part, ipywidgets.Widget):
                    part.close()

    def _listener(self, name: str):
        def listen(change):
            self.ahead.stop()
            with self.lock:
                if not self._following:
                    self.update(lambda: self.widget.turned(self.state, name, change["new"]))
                    self.ahead.moved(name, change["old"], change["new"])

        return listen

    def _on_event(self, change) -> None:
        """Every message brings all events without an answer: none is lost, none counts twice."""
        message = change["new"]
        self.ahead.stop()
        with self.lock, self.canvas.hold_sync():  # one message back: the picture, what it answers
            for event in message["waiting"]:
                if event["count"] > self._taken:
                    self._taken = event["count"]
                    self._take(event)
            self.canvas.answered = message["count"]

    def _take(self, event: dict) -> None:
        widget, kind = self.widget, event["type"]
        if kind == "drag" and widget.on_drag:
            where = event["name"], event["index"], float(event["x"]), float(event["y"])
            self.update(lambda: widget.on_drag(self.state, *where))
        elif kind == "click" and widget.on_click:
            self.update(lambda: widget.on_click(self.state, event["name"]))
        elif kind == "stroke" and widget.on_stroke:
            line = event["name"], tuple(event["x"]), tuple(event["y"])
            self.update(lambda: widget.on_stroke(self.state, *line))
        elif kind == "key" and event["key"] in widget.keys:
            self.update(lambda: widget.on_key(self.state, event["key"]))

    def update(self, new_state: Callable[[], Any]) -> None:
        """Move to `new_state()` and redraw; on an error say it, keep it, keep the old picture.

        A ValueError is a sentence for the reader. Anything else is our mistake: it is shown with
        its type, and its traceback goes to standard error.
        """
        self.ahead.stop()
        with self.lock:
            if self._shown(new_state):
                self._follow()
                self.slices.go_on()

    def _shown(self, new_state: Callable[[], Any]) -> bool:
        """Whether the state could be moved to `new_state()` and drawn."""
        try:
            state = new_state()
            scene = self.widget.scene(state)
        except ValueError as problem:
            self.error, self.canvas.problem = problem, str(problem)
            return False
        except Exception as problem:
            traceback.print_exc(file=sys.stderr)
            self.error = problem
            self.canvas.problem = (
                f"{self.widget.key} met an error of its own ({type(problem).__name__}: {problem}). "
                "The picture shows the last state that worked. Run the cell again to start anew."
            )
            return False
        self.state, self.error = state, None
        with self.canvas.hold_sync():
            self.canvas.scene, self.canvas.problem = to_message(scene), ""
        return True

    def go_further(self, new_state: Callable[[], Any]) -> None:
        """A slice of work: as `update`, but the controls are left alone; an error ends the work."""
        if not self._shown(new_state):
            said = self.error, self.canvas.problem
            if self._shown(lambda: replace(self.state, running=False)):
                self.error, self.canvas.problem = said
            else:
                self.state = replace(self.state, running=False)

    def _follow(self) -> None:
        """Let the sliders show a state that a button or a drag has changed.

        A state that is `done` takes no more changes, and what it answers may open.
        """
        self._following = True
        self.canvas.unfolds = done = getattr(self.state, "done", False) is True
        for control in (*self.inputs.values(), *self.presses.values()):
            control.disabled = done
        for name, control in self.inputs.items():
            if control.value != getattr(self.state, name):
                control.value = getattr(self.state, name)
        self._following = False


def default_state(state_type: type) -> dict[str, Any]:
    """The default value of every field of a state type, by name."""
    return {
        f.name: f.default if f.default is not MISSING else f.default_factory()
        for f in fields(state_type)
    }
