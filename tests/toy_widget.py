"""A widget with one of everything, for tests of the widget core and of the page."""

from dataclasses import dataclass, replace

import numpy as np

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
)  # fmt: skip
from course_lib.widgets.core import Widget, check_sliders, choice, slider, switch


@dataclass(frozen=True)
class ToyState:
    amplitude: float = slider(1.0, 0.0, 3.0, step=0.1, label="amplitude a")
    count: int = slider(2, 1, 5, label="bars n", resets=["clicks"])
    shape: str = choice("sine", ["sine", "cosine"], label="shape")
    band: bool = switch(True, label="show the band")
    places: tuple[float, ...] = (1.0, 2.0)
    clicks: int = 0
    keys: str = ""
    broken: str = ""

    def __post_init__(self):
        check_sliders(self)


def compute(state: ToyState) -> tuple:
    if state.broken == "compute":
        raise RuntimeError("a planted error")
    x = np.linspace(0, 6, 100)
    wave = np.sin(x) if state.shape == "sine" else np.cos(x)
    return state, x, state.amplitude * wave


def draw(data: tuple) -> Scene:
    state, x, y = data
    curves = [
        Line(x, y, "theta", label=state.shape),
        Line(x, -y, "adapted", dash=True, label="its mirror"),
        Points(state.places, (0.5, 1.0), "support", label="support", drag="place", drag_axis="x"),
        Points((4, 5, 5.5), (1, 2, 1), "query", shape="x", label="query"),
        Arrows([1], [1], [1], [0.5], "query"),
        Text(3, 2, "hello φ₀ → φ₁"),
    ]
    if state.band:
        curves.append(Band(x, y - 0.2, y + 0.2, "theta"))
    pixels = (np.arange(28 * 28).reshape(28, 28) * (1 + state.clicks) % 256).astype(np.uint8)
    bars = range(state.count)
    counts = [
        Bars(bars, [1 + b for b in bars], "adapted", label="bars"),
        Rect(3, 4, 3, 4, "good", border=2, click="1"),
        Image(pixels, 0, 1, 4.5, 5.5, click="image", border=2, color="bad"),
    ]
    left = Panel(curves, (0, 6), (-3, 3), "Curves", "x", "y")
    right = Panel(counts, (-1, 5), (0, 6), "Bars", "class", "count", width=0.6)
    status = f"a = {state.amplitude:.1f}, {state.clicks} clicks, keys {state.keys!r}"
    return Scene([[left, right]], "A wave and some bars.", status)


def on_drag(state: ToyState, name: str, index: int, x: float, y: float) -> ToyState:
    if state.broken == "drag":
        raise RuntimeError("a planted error")
    return replace(state, places=tuple(x if i == index else v for i, v in enumerate(state.places)))


def on_click(state: ToyState, name: str) -> ToyState:
    return replace(state, clicks=state.clicks + 1)


def on_key(state: ToyState, key: str) -> ToyState:
    return replace(state, keys=state.keys + key[-1])


def break_compute(state: ToyState) -> ToyState:
    return replace(state, broken="compute")


TOY = Widget(
    "W98", "Toy", ToyState, compute, draw,
    buttons={"Reset": lambda state: ToyState(), "More": lambda s: replace(s, clicks=s.clicks + 1)},
    on_drag=on_drag, on_click=on_click, on_key=on_key, keys=("d", "ArrowDown"),
)  # fmt: skip
BROKEN = Widget("W99", "Broken", ToyState, compute, draw, buttons={"Break": break_compute})
