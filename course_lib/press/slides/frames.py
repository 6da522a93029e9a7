"""A staged widget without a kernel: the pictures of all its states, computed when a deck is built.

Marks that several frames share are stored once: `pool` holds them, the frames hold their numbers.
"""

import base64
import json
from collections.abc import Mapping
from itertools import product

from course_lib.scenes.scene import to_message
from course_lib.slides.figures import restaged
from course_lib.widgets.core import Widget

DIGITS = 4  # of a position: a thousandth of a panel, less than half a pixel
MOST_BYTES = 5e6


def frames(spec: dict) -> dict:
    """What the page needs to show a staged widget: its controls, frames and pool of marks."""
    staged, start = restaged(spec)
    return computed(staged, dict(spec["controls"]), start, staged.controls())


def computed(widget: Widget, grid: Mapping, start: Mapping, controls: Mapping) -> dict:
    """The frames of a widget that opens with the fields `start`, for all values of `grid`.

    `controls` says of each name in the grid what it is, as `widget.controls()` does. A frame's
    number counts through the controls' values, the last control fastest.
    """
    opened = widget.state_type(**start)
    pool: dict[str, int] = {}
    made = []
    for values in product(*grid.values()):
        state = widget.state_type(**{**start, **dict(zip(grid, values, strict=True))})
        made.append(_pooled(rounded(to_message(widget.scene(state))), pool))
    shown = []
    for name, values in grid.items():
        meta = controls[name]
        control = {"label": meta["label"], "kind": meta["kind"], "texts": texts(values, meta)}
        shown.append({**control, "start": list(values).index(getattr(opened, name))})
    marks = [json.loads(mark) for mark in pool]
    return {"key": widget.key, "controls": shown, "frames": made, "pool": marks}


def rounded(item):
    """A message with its numbers rounded and its pictures' bytes as base64 text."""
    if isinstance(item, dict):
        return {name: rounded(value) for name, value in item.items()}
    if isinstance(item, list):
        return [rounded(value) for value in item]
    if isinstance(item, bytes):
        return {"base64": base64.b64encode(item).decode()}
    return float(f"{item:.{DIGITS}g}") if isinstance(item, float) else item


def _pooled(scene: dict, pool: dict[str, int]) -> dict:
    """The scene with the numbers of its marks in `pool`, to which new marks are added."""
    for row in scene["rows"]:
        for panel in row:
            found = [json.dumps(mark, separators=(",", ":")) for mark in panel["marks"]]
            panel["marks"] = [pool.setdefault(mark, len(pool)) for mark in found]
    return scene


def texts(values: list, meta) -> list[str]:
    """The values of a control as the reader sees them."""
    if meta["kind"] == "switch":
        return ["yes" if value else "no" for value in values]
    if meta["kind"] != "float":
        return [str(value) for value in values]
    step = meta["step"] or 0.01
    digits = max(1, len(f"{step:f}".rstrip("0").partition(".")[2]))
    return [f"{value:.{digits}f}".replace("-", "−") for value in values]
