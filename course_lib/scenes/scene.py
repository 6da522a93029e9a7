"""A picture as plain data: panels with marks, drawn live by a canvas and still by matplotlib.

One description serves the live widget, the static picture under it and the slides, so they cannot
drift apart. Nothing here draws or computes. Positions are in data units of their panel, y upwards.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from numbers import Real
from typing import Any

import numpy as np

# One colour means one thing in the whole course (Okabe & Ito's colour-blind-safe set, and greys).
COLORS = {
    "ink": "#222222",
    "muted": "#767676",
    "grid": "#E4E4E4",
    "truth": "#767676",
    "support": "#D55E00",
    "query": "#0072B2",
    "theta": "#7B3FA0",
    "adapted": "#009E73",
    "maml": "#009E73",
    "transformer": "#0072B2",
    "first_order": "#56B4E9",
    "meta_sgd": "#332288",
    "anil": "#A6761D",
    "reptile": "#CC79A7",
    "imaml": "#882255",
    "pretrained": "#E69F00",
    "scratch": "#767676",
    "meta_train": "#E69F00",
    "meta_test": "#0072B2",
    "good": "#007A5A",
    "bad": "#C03A2B",
}
CLASS_COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7B3FA0"]
SEQUENTIAL = ["#FFFFFF", "#CFE3F2", "#7FB5DA", "#2B7DB8", "#0B3C6F"]
DIVERGING = ["#B2182B", "#F4A582", "#F7F7F7", "#92C5DE", "#2166AC"]


def color(name: str) -> str:
    """Hex colour of a role ("support", "theta", …) or of a "#rrggbb" string itself."""
    if name.startswith("#"):
        return name
    if name not in COLORS:
        raise ValueError(f"No colour is called {name!r}: use one of {', '.join(COLORS)}.")
    return COLORS[name]


def _numbers(values) -> tuple[float, ...]:
    """A flat tuple of floats from a list, an array or a tensor."""
    detach = getattr(values, "detach", None)
    array = detach().cpu().numpy() if detach else values
    return tuple(np.asarray(array, dtype=float).reshape(-1).tolist())


class _Mark:
    """What every mark does on creation: sequences become tuples of floats, colours become hex."""

    _sequences: tuple[str, ...] = ("x", "y")

    def __post_init__(self):
        for name in self._sequences:
            object.__setattr__(self, name, _numbers(getattr(self, name)))
        lengths = {len(getattr(self, name)) for name in self._sequences}
        if len(lengths) > 1:
            raise ValueError(f"{type(self).__name__}: {self._sequences} differ in length.")
        if hasattr(self, "color"):
            object.__setattr__(self, "color", color(self.color))


@dataclass(frozen=True)
class Line(_Mark):
    """A polyline; NaN breaks it. `label` puts it into the panel's key."""

    x: Any
    y: Any
    color: str = "ink"
    width: Real = 2.0
    dash: bool = False
    label: str = ""
    alpha: Real = 1.0


@dataclass(frozen=True)
class Points(_Mark):
    """Markers. `drag="name"` lets the reader move them ("xy", or only along `drag_axis`)."""

    x: Any
    y: Any
    color: str = "ink"
    size: Real = 7.0
    shape: str = "o"  # o, s (square), ^ (triangle), x (cross), ring
    label: str = ""
    alpha: Real = 1.0
    drag: str = ""
    drag_axis: str = "xy"


@dataclass(frozen=True)
class Band(_Mark):
    """A filled strip between `low` and `high`, for an interval or a spread."""

    x: Any
    low: Any
    high: Any
    color: str = "ink"
    alpha: Real = 0.2
    label: str = ""

    _sequences = ("x", "low", "high")


@dataclass(frozen=True)
class Bars(_Mark):
    """Vertical bars of `width` data units, from `base` to `y`."""

    x: Any
    y: Any
    color: str = "ink"
    width: Real = 0.8
    base: Real = 0.0
    label: str = ""
    alpha: Real = 1.0


@dataclass(frozen=True)
class Arrows(_Mark):
    """Arrows from (x, y) to (x + dx, y + dy)."""

    x: Any
    y: Any
    dx: Any
    dy: Any
    color: str = "ink"
    width: Real = 2.5
    label: str = ""
    alpha: Real = 1.0

    _sequences = ("x", "y", "dx", "dy")


@dataclass(frozen=True)
class Text(_Mark):
    """Words at a point; `size` in pixels, `align` is left, center or right."""

    x: Real
    y: Real
    text: str
    color: str = "ink"
    size: Real = 13.0
    align: str = "left"
    bold: bool = False

    _sequences = ()


@dataclass(frozen=True)
class Rect(_Mark):
    """A rectangle; `fill` shades it, `border` (0 = none) outlines it.

    `click="name"` makes it a button, `draw="name"` a pad that the reader draws on. A button named
    like a key ("1", "Enter") is clicked by that key too: see `widgets.core.Widget`.
    """

    x0: Real
    x1: Real
    y0: Real
    y1: Real
    color: str = "ink"
    fill: Real = 0.12
    border: Real = 0.0
    click: str = ""
    draw: str = ""

    _sequences = ()


@dataclass(frozen=True)
class Image(_Mark):
    """A picture: uint8 pixels [height, width] or [height, width, 3], first row on top.

    `click="name"` makes it a button; `color` and `border` draw a frame of `border` pixels.
    """

    pixels: Any
    x0: Real
    x1: Real
    y0: Real
    y1: Real
    color: str = "muted"
    border: Real = 0.0
    click: str = ""
    smooth: bool = False

    _sequences = ()

    def __post_init__(self):
        super().__post_init__()
        pixels = np.ascontiguousarray(self.pixels)
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
            raise ValueError("Image: give uint8 pixels, [height, width] or [height, width, 3].")
        object.__setattr__(self, "pixels", pixels)


@dataclass(frozen=True)
class Panel:
    """Axes with marks. `width` is relative to its row; `frame=False` hides axes (pictures)."""

    marks: Sequence[Any]
    xlim: tuple[Real, Real]
    ylim: tuple[Real, Real]
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    width: Real = 1.0
    frame: bool = True
    equal: bool = False
    xlog: bool = False
    ylog: bool = False
    xticks: Sequence[tuple[Real, str]] | None = None
    yticks: Sequence[tuple[Real, str]] | None = None

    def __post_init__(self):
        object.__setattr__(self, "marks", tuple(self.marks))
        for name, log in (("xlim", self.xlog), ("ylim", self.ylog)):
            low, high = (float(v) for v in getattr(self, name))
            if not (np.isfinite([low, high]).all() and low < high and (low > 0 or not log)):
                raise ValueError(f"Panel {self.title!r}: {name} = ({low}, {high}) is not a range.")
            object.__setattr__(self, name, (low, high))
        if self.frame and not (self.xlabel and self.ylabel):
            raise ValueError(f"Panel {self.title!r}: name both axes (or frame=False).")


@dataclass(frozen=True)
class Scene:
    """Rows of panels with their heights in pixels; `alt` says what a blind reader should know.

    `status` is the one line under the picture: the numbers to read off.
    """

    rows: Sequence[Sequence[Panel]]
    alt: str
    status: str = ""
    heights: Sequence[int] = (320,)

    def __post_init__(self):
        object.__setattr__(self, "rows", tuple(tuple(row) for row in self.rows))
        object.__setattr__(self, "heights", tuple(self.heights))
        if len(self.rows) != len(self.heights):
            raise ValueError(f"{len(self.rows)} rows need {len(self.rows)} heights.")
        if not self.alt.strip():
            raise ValueError("Scene: say in `alt` what the picture shows.")


def heat(values, low: Real, high: Real, stops: Sequence[str] = SEQUENTIAL) -> np.ndarray:
    """Colours of `values` [height, width] between `low` and `high`: uint8 [height, width, 3]."""
    rgb = np.array([[int(s[i : i + 2], 16) for i in (1, 3, 5)] for s in stops], float)
    detach = getattr(values, "detach", None)
    array = np.asarray(detach().cpu().numpy() if detach else values, float)
    position = np.clip((array - low) / (high - low), 0, 1)
    grid = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(position, grid, rgb[:, c]) for c in range(3)], -1).astype(np.uint8)


def to_message(item):
    """A scene as nested dicts and lists for the canvas; images as raw bytes with their shape.

    A number that is not finite becomes None, where the canvas breaks a line.
    """
    kind = type(item)
    if kind is float:
        return item if math.isfinite(item) else None
    if kind in _AS_IT_IS:
        return item
    if kind is np.ndarray:
        return {"shape": list(item.shape), "bytes": item.tobytes()}
    if names := _field_names(kind):
        data = {} if kind in (Scene, Panel) else {"kind": kind.__name__}
        for name in names:  # most of them go as they are: no call for each
            value = getattr(item, name)
            data[name] = value if type(value) in _AS_IT_IS else to_message(value)
        return data
    if isinstance(item, np.generic):
        item = item.item()
    if isinstance(item, float):
        return item if math.isfinite(item) else None
    if isinstance(item, list | tuple):
        if set(map(type, item)) == {float}:  # a mark's numbers, at once
            return [value if math.isfinite(value) else None for value in item]
        return [to_message(value) for value in item]
    return item


_AS_IT_IS = {str, bool, int, type(None)}


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    """The names of a dataclass's fields; none for any other type."""
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else ()
