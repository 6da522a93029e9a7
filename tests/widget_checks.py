"""What every widget must satisfy, as functions that raise AssertionError with the reason."""

import dataclasses
import json
import random
import re
import statistics
import time
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch

from course_lib.ground.patience import pace
from course_lib.scenes import scene as scenes
from course_lib.scenes.scene import (
    Arrows,
    Band,
    Bars,
    Image,
    Line,
    Panel,
    Points,
    Rect,
    Scene,
    Text,
    to_message,
)  # fmt: skip
from course_lib.widgets.core import Widget

MARKS = (Line, Points, Band, Bars, Arrows, Text, Rect, Image)
RANDOM_STATES = 12
BUDGET_MS = 40  # one compute at the default state, on one CPU thread


# --- States ---------------------------------------------------------------------------------------


def ends(control: dict) -> list:
    """The values at which a control is most likely to fail: both ends, or every option."""
    if control["kind"] == "choice":
        return list(control["options"])
    if control["kind"] == "switch":
        return [False, True]
    return [control["low"], control["high"]]


def any_value(control: dict, rng: random.Random):
    """A value that the reader could set, on the slider's own grid."""
    if control["kind"] in ("choice", "switch"):
        return rng.choice(ends(control))
    low, high = control["low"], control["high"]
    step = control["step"] or (1 if control["kind"] == "int" else 0.01)
    value = low + step * rng.randrange(int((high - low) / step + 1.5))
    return int(value) if control["kind"] == "int" else min(round(value, 9), high)


def end_states(widget: Widget) -> list:
    """The default, each control at its ends with the others at their default, all low, all high."""
    default, controls = widget.state_type(), widget.controls()
    singles = [
        replace(default, **{name: value}) for name, c in controls.items() for value in ends(c)
    ]
    corners = [{name: ends(c)[end] for name, c in controls.items()} for end in (0, -1)]
    return [default, *singles, *accepted(default, corners)]


def accepted(default, changes: list[dict]) -> list:
    """The states that these changes of the default give, without those refused in plain words."""
    states = []
    for change in changes:
        try:
            states.append(replace(default, **change))
        except ValueError as refusal:
            expect_sentence(refusal)
    return states


def random_states(widget: Widget, seed: int = 0) -> list:
    """Seeded random settings of all controls; most of them must be accepted."""
    rng, controls = random.Random(seed), widget.controls()
    changes = [{n: any_value(c, rng) for n, c in controls.items()} for _ in range(RANDOM_STATES)]
    states = accepted(widget.state_type(), changes)
    assert len(states) >= RANDOM_STATES - 2, "most settings of the controls are refused"
    return states


def expect_sentence(refusal: ValueError) -> None:
    """A refusal must tell the reader what to do."""
    assert is_sentence(str(refusal)), f"a refusal that is no sentence: {str(refusal)!r}"


def is_sentence(text: str) -> bool:
    """Whether `text` reads like one: a capital or a label first, a full stop last, some words."""
    return len(text.split()) >= 4 and text.rstrip().endswith((".", "!", "?"))


# --- Scenes ---------------------------------------------------------------------------------------


def picture(widget: Widget, state) -> str:
    """The scene of `state` as one comparable text, to five digits: as fine as anybody can see."""
    return as_text(widget.scene(state))


def as_text(scene: Scene) -> str:
    def rounded(item):
        if isinstance(item, dict):
            return {name: rounded(value) for name, value in item.items()}
        if isinstance(item, list):
            return [rounded(value) for value in item]
        return float(f"{item:.5g}") if isinstance(item, float) else item

    return json.dumps(rounded(to_message(scene)), default=lambda raw: raw.hex())


def from_message(message: Any) -> Any:
    """The scene that a canvas message describes: the inverse of `to_message`."""
    if isinstance(message, list):
        return tuple(from_message(item) for item in message)
    if not isinstance(message, dict):
        return np.nan if message is None else message
    if "bytes" in message:
        return np.frombuffer(message["bytes"], np.uint8).reshape(message["shape"])
    data = dict(message)
    kind = data.pop("kind", "Scene" if "rows" in data else "Panel")
    unset = {k: data.pop(k) for k in ("xticks", "yticks") if data.get(k, 0) is None}
    return getattr(scenes, kind)(**{k: from_message(v) for k, v in data.items()}, **unset)


def numbers_of(mark) -> dict[str, np.ndarray]:
    """Every number in a mark by field name, pixels apart."""
    values = {f.name: getattr(mark, f.name) for f in fields(mark) if f.name != "pixels"}
    return {
        name: np.atleast_1d(np.asarray(value, float))
        for name, value in values.items()
        if isinstance(value, tuple | int | float) and not isinstance(value, bool)
    }


def extent(mark) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the mark's corners or vertices, in data units."""
    if isinstance(mark, Rect | Image):
        return np.array([mark.x0, mark.x1]), np.array([mark.y0, mark.y1])
    x = np.atleast_1d(np.asarray(mark.x, float))
    if isinstance(mark, Band):
        return np.concatenate([x, x]), np.array(mark.low + mark.high)
    if isinstance(mark, Bars):
        half = mark.width / 2
        sides = np.concatenate([x - half, x + half])
        return sides, np.concatenate([mark.y, np.full(len(x), mark.base)])
    y = np.atleast_1d(np.asarray(mark.y, float))
    if isinstance(mark, Arrows):
        return np.concatenate([x, x + mark.dx]), np.concatenate([y, y + mark.dy])
    return x, y


def is_visible(mark, panel: Panel) -> bool:
    """Whether the mark's bounding box meets the panel's limits."""
    if isinstance(mark, Rect) and not (mark.fill or mark.border):
        return False
    if getattr(mark, "alpha", 1.0) == 0 or getattr(mark, "text", "words") == "":
        return False
    x, y = extent(mark)
    if isinstance(mark, Points | Text | Line):
        (x0, x1), (y0, y1) = panel.xlim, panel.ylim
        inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        if isinstance(mark, Points | Text):
            return bool(inside.any())
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    if not (len(x) and len(y)):
        return False
    (x0, x1), (y0, y1) = panel.xlim, panel.ylim
    return bool(x.max() >= x0 and x.min() <= x1 and y.max() >= y0 and y.min() <= y1)


def check_mark(mark, panel: Panel) -> None:
    """Finite numbers (a line may break at NaN), positive ones on a log axis, handles in reach."""
    where = f"{type(mark).__name__} in panel {panel.title!r}"
    assert isinstance(mark, MARKS), f"{where} is not a mark that both renderers know"
    for name, values in numbers_of(mark).items():
        broken = isinstance(mark, Line) and name in ("x", "y")
        fine = np.isfinite(values) | (np.isnan(values) if broken else False)
        assert fine.all(), f"{where}: {name} holds {values[~fine][0]}"
    for log, values, name in (
        (panel.xlog, extent(mark)[0], "x"),
        (panel.ylog, extent(mark)[1], "y"),
    ):
        finite = values[np.isfinite(values)]
        assert not log or isinstance(mark, Bars) or (finite > 0).all(), (
            f"{where}: {name} = {finite.min()} has no place on a logarithmic axis"
        )
    if isinstance(mark, Points) and mark.drag:
        (x0, x1), (y0, y1) = panel.xlim, panel.ylim
        x, y = extent(mark)
        inside = (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)
        assert inside.all(), f"{where}: a handle of {mark.drag!r} is out of reach"


ONE_OF_MANY = re.compile(
    r"(?<![\d.,–-])1 (?:inner |outer |test |support |query )?(?:steps|pairs|moves|pulls|pictures|"
    r"tasks|curves|shots|examples|answers|episodes|drawings|points|queries|classes|columns|arms)\b"
)


def check_scene(scene: Scene) -> None:
    """A picture that shows something, says what it shows, and survives the way to the page."""
    assert isinstance(scene, Scene), f"draw returned {type(scene).__name__}, not a Scene"
    assert is_sentence(scene.alt), f"the alternative text says too little: {scene.alt!r}"
    assert scene.status.strip(), "the status line is empty"
    panels = [panel for row in scene.rows for panel in row]
    for panel in panels:
        for mark in panel.marks:
            check_mark(mark, panel)
        if panel.marks:
            seen = any(is_visible(mark, panel) for mark in panel.marks)
            assert seen, f"panel {panel.title!r}: every mark lies outside its limits"
    assert any(panel.marks for panel in panels), "the picture is empty"
    wrong = ONE_OF_MANY.findall(as_text(scene))
    assert not wrong, f"one of them is called {wrong[0]!r}: see course_lib.scenes.words"
    message = to_message(scene)
    assert to_message(from_message(message)) == message, "the message loses part of the scene"


# --- Whole widgets --------------------------------------------------------------------------------


def check_state_type(widget: Widget) -> None:
    """A frozen dataclass that refuses what is outside its ranges, in a sentence."""
    frozen = getattr(getattr(widget.state_type, "__dataclass_params__", None), "frozen", False)
    assert frozen, "the State is not a frozen dataclass"
    events = widget.on_drag or widget.on_click or widget.on_stroke or widget.on_key
    assert widget.controls() or widget.buttons or events
    for name, control in widget.controls().items():
        for value in outside(control):
            try:
                replace(widget.state_type(), **{name: value})
            except ValueError as refusal:
                expect_sentence(refusal)
            else:
                raise AssertionError(f"{name} = {value!r} is outside its range but accepted")


def outside(control: dict) -> list:
    """Values just outside a control's range, of the same type as those inside."""
    if control["kind"] == "switch":
        return []
    if control["kind"] == "choice":
        texts = all(isinstance(option, str) for option in control["options"])
        return ["no such option"] if texts else [type(control["options"][0])(10**6 + 7)]
    step = control["step"] or (1 if control["kind"] == "int" else 0.01)
    return [control["low"] - step, control["high"] + step]


def check_picture(widget: Widget, state) -> None:
    """A valid scene, the same one twice, whatever the global random generators have been doing."""
    scene = widget.scene(state)
    check_scene(scene)
    torch.manual_seed(12345)
    np.random.seed(12345)  # noqa: NPY002  a hidden use of it is what we look for
    random.seed(12345)
    assert picture(widget, state) == as_text(scene), f"two pictures of {state} differ"
    assert dataclasses.is_dataclass(state)


def check_controls(widget: Widget, states: list) -> None:
    """Each control changes the picture from at least one of `states`."""
    for name, control in widget.controls().items():
        for state in states:
            before = picture(widget, state)
            others = accepted(state, [{name: v} for v in ends(control)])
            if any(picture(widget, other) != before for other in others):
                break
        else:
            raise AssertionError(f"{name} never changes the picture: a dead control")


def handles(scene: Scene) -> list[tuple]:
    """(name, index, panel) of every point that can be dragged."""
    marks = [(p, m) for row in scene.rows for p in row for m in p.marks if isinstance(m, Points)]
    return [(m.drag, i, p) for p, m in marks if m.drag for i in range(len(m.x))]


def clickables(scene: Scene) -> list[str]:
    """The names of everything that can be clicked."""
    marks = [m for row in scene.rows for panel in row for m in panel.marks]
    return list(dict.fromkeys(m.click for m in marks if isinstance(m, Rect | Image) and m.click))


def pads(scene: Scene) -> list[tuple]:
    """(name, mark) of everything that can be drawn on."""
    marks = [m for row in scene.rows for panel in row for m in panel.marks]
    return [(m.draw, m) for m in marks if isinstance(m, Rect) and m.draw]


def handler_results(widget: Widget, state) -> dict[str, list]:
    """What each button, key, drag and click makes of `state`, by the handler's name."""
    results = {
        f"button {label!r}": [change(state)] for label, change in widget.buttons.items()
    }  # fmt: skip
    results |= {f"key {key!r}": [widget.on_key(state, key)] for key in widget.keys}
    scene = widget.scene(state)
    for name, index, panel in handles(scene):
        assert widget.on_drag, f"{name} looks draggable, but there is no on_drag"
        (x0, x1), (y0, y1) = panel.xlim, panel.ylim
        spots = [(x0, y0), (x1, y1), (x0, y1), (x1, y0), (0.7 * x0 + 0.3 * x1, (y0 + y1) / 2)]
        moved = [widget.on_drag(state, name, index, x, y) for x, y in spots]
        results.setdefault(f"drag of {name!r}", []).extend(moved)
    for name in clickables(scene):
        assert widget.on_click, f"{name} looks clickable, but there is no on_click"
        results.setdefault(f"click on {name!r}", []).append(widget.on_click(state, name))
    for name, pad in pads(scene):
        assert widget.on_stroke, f"{name} looks like a pad, but there is no on_stroke"
        dot = (pad.x0 + pad.x1) / 2, (pad.y0 + pad.y1) / 2
        line = (pad.x0, pad.x1, pad.x1), (pad.y0, pad.y1, pad.y0)
        drawn = [widget.on_stroke(state, name, (dot[0],), (dot[1],))]
        drawn.append(widget.on_stroke(state, name, *line))
        results.setdefault(f"stroke on {name!r}", []).extend(drawn)
    return results


def check_handlers(widget: Widget, states: list) -> None:
    """Each button, key, drag and click gives a valid state; each changes some picture."""
    works: dict[str, bool] = {}
    for state in states:
        before = picture(widget, state)
        for what, after in handler_results(widget, state).items():
            for new in after:
                assert isinstance(new, widget.state_type), f"{what} gives {type(new).__name__}"
                check_scene(widget.scene(new))
            works[what] = works.get(what, False) or any(picture(widget, n) != before for n in after)
    touched = [n for after in handler_results(widget, states[0]).values() for n in after[-1:]]
    for label, change in widget.buttons.items():  # some buttons only undo what a hand has done
        moved = any(picture(widget, change(n)) != picture(widget, n) for n in touched)
        works[f"button {label!r}"] = works[f"button {label!r}"] or moved
    dead = [what for what, change in works.items() if not change]
    if "drag" not in "".join(works):
        assert not widget.on_drag, "there is an on_drag, but no handle to drag"
    if "stroke on" not in "".join(works):
        assert not widget.on_stroke, "there is an on_stroke, but nothing to draw on"
    if "click" not in "".join(works):
        assert not widget.on_click, "there is an on_click, but nothing to click"
    assert not dead, f"never changes the picture: {', '.join(dead)}"


def compute_ms(widget: Widget, repeats: int = 9) -> float:
    """Median milliseconds of `compute` and `draw` from place to place of the first slider, after
    one warm-up: many a widget keeps what it has computed, so no state comes twice where possible.

    The processor's time, not the clock's, and at its pace on a quiet machine: other programs on the
    machine must not fail a test.
    """
    widget.scene()
    times, before = [], pace().cpu
    for state in places(widget, repeats):
        began = time.process_time()
        widget.scene(state)
        times.append(1e3 * (time.process_time() - began))
    return statistics.median(times) / max(before, pace().cpu)


def places(widget: Widget, number: int) -> list:
    """So many states: the default with its first slider moved up and down; again the default where
    it has no more places."""
    default, controls = widget.state_type(), widget.controls()
    sliders = [(name, c) for name, c in controls.items() if c["kind"] in ("int", "float")]
    changes = []
    for name, c in sliders[:1]:
        here, size = getattr(default, name), c["step"] or (1 if c["kind"] == "int" else 0.01)
        near = [type(here)(round(here + k * size, 7)) for j in range(1, number) for k in (j, -j)]
        changes = [{name: value} for value in near if c["low"] <= value <= c["high"]]
    return [*accepted(default, changes), *[default] * number][:number]
