"""W9: memory and time of a meta-gradient against the number of inner steps (notebook 05).

The picture opens with stored measurements (`results/meta_cost.json`). A button measures again on
the reader's machine; those numbers are then part of the state.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from course_lib import results
from course_lib.maml.meta_cost import EXAMPLES, FEWER_STEPS, STEPS, WAYS, WIDTHS, measure_task
from course_lib.scenes.scene import Line, Panel, Points, Scene
from course_lib.widgets.core import Widget, check_sliders, choice, slider

MOST = max(STEPS)
LOOK = {  # way -> colour, name
    "whole graph": ("ink", "exact, every graph kept"),
    "recursion": ("maml", "exact, one graph at a time"),
    "first-order": ("first_order", "first-order"),
}


class Cost(NamedTuple):
    """One measurement: K, peak bytes, milliseconds."""

    steps: int
    bytes: int
    ms: float


@dataclass(frozen=True)
class State:
    """Which net and how much data; `here` holds what was measured on the reader's machine."""

    steps: int = slider(MOST, 2, MOST, step=2, label="inner steps K up to")
    width: int = choice(40, WIDTHS, label="width of the net")
    examples: int = choice(100, EXAMPLES, label="support points")
    here: tuple[tuple[int, int, tuple[tuple[str, Cost], ...]], ...] = ()

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """Costs by way, for all K up to the chosen one, and where they are from."""

    state: State
    costs: dict[str, list[Cost]]
    tops: tuple[float, float]  # the most bytes and milliseconds over all K: they fix the axes
    is_here: bool
    made: dict


@cache
def stored() -> dict:
    """The stored table with its provenance."""
    return results.load("meta_cost")


def compute(state: State) -> Data:
    """The measurements to show: the reader's own for this net if there are any, else the stored."""
    own = [rows for width, examples, rows in state.here if (width, examples) == setting(state)]
    if own:
        pairs = own[-1]
    else:
        rows = [r for r in stored()["rows"] if (r["width"], r["examples"]) == setting(state)]
        pairs = [(r["way"], Cost(r["steps"], r["bytes"], r["ms"])) for r in rows]
    costs = {
        way: [cost for name, cost in pairs if name == way and cost.steps <= state.steps]
        for way in WAYS
    }
    reach = max(cost.bytes for _, cost in pairs), max(cost.ms for _, cost in pairs)
    return Data(state, costs, reach, bool(own), stored()["made"])


def setting(state: State) -> tuple[int, int]:
    """The net and the data that a measurement belongs to."""
    return state.width, state.examples


def unit_of(largest: float) -> tuple[float, str]:
    """A unit of memory in which `largest` bytes is a number of moderate size."""
    return (1e6, "MB") if largest >= 1e6 else (1e3, "kB")


def _panel(data: Data, values: dict[str, list[float]], top: float, title: str, unit: str) -> Panel:
    marks = []
    for way, (role, name) in LOOK.items():
        K = [cost.steps for cost in data.costs[way]]
        marks += [Line(K, values[way], role, 3, label=name), Points(K, values[way], role, 5)]
    ticks = [(k, str(k)) for k in range(0, MOST + 1, 4)]
    return Panel(
        marks, (0, MOST + 0.5), (0, 1.08 * top), title, "inner steps K", unit, xticks=ticks
    )  # fmt: skip


def draw(data: Data) -> Scene:
    """Left the peak memory, right the time, each a line per way over K."""
    last = {way: costs[-1] for way, costs in data.costs.items()}
    scale, unit = unit_of(data.tops[0])
    memory = {way: [c.bytes / scale for c in costs] for way, costs in data.costs.items()}
    time = {way: [c.ms for c in costs] for way, costs in data.costs.items()}
    panels = [
        _panel(data, memory, data.tops[0] / scale, "Peak memory", unit),
        _panel(data, time, data.tops[1], "Time", "milliseconds"),
    ]
    K, ways = last["first-order"].steps, ("whole graph", "recursion", "first-order")
    bytes_, ms = ([getattr(last[w], what) for w in ways] for what in ("bytes", "ms"))
    ratios = [
        f"{a / bytes_[2]:.1f} × the memory, {b / max(ms[2], 1e-6):.1f} × the time"
        for a, b in zip(bytes_, ms, strict=True)
    ]
    made = data.made
    where = "Measured on this machine"
    if not data.is_here:
        where = (
            f"Stored: {made['date']}, one {made['device'].upper()} thread, torch {made['torch']}"
        )
    status = (
        f"K = {K}, first-order = 1. Every graph kept: {ratios[0]}. One graph at a time: "
        f"{ratios[1]}. {where}."
    )
    alt = (
        "Two panels against the number of inner steps. Left, peak memory: autograd through the "
        "loop grows along a straight line; the recursion, which keeps one graph at a time, grows "
        "far more slowly; first-order stays level. Right, time: all three grow roughly in "
        f"proportion to K, first-order the slowest. {status}"
    )
    return Scene([panels], alt, status, [340])


def measured_here(state: State) -> State:
    """The state with fresh measurements of its net; takes a few seconds."""
    rows = measure_task(state.width, state.examples, FEWER_STEPS, repeats=2)
    pairs = tuple((r["way"], Cost(r["steps"], r["bytes"], r["ms"])) for r in rows)
    kept = tuple(entry for entry in state.here if entry[:2] != setting(state))
    return replace(state, here=(*kept, (*setting(state), pairs)))


W9 = Widget(
    "W9", "Memory and time", State, compute, draw,
    buttons={"Measure on this machine": measured_here},
)  # fmt: skip
