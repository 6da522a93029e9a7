"""Widgets that move on a page without a kernel: the values that their frames are computed for.

A page's frames are a script of their own, because a page opened from disk may fetch no data. The
slides' player (`slides/stage.js`) moves through them, and the widgets' `canvas.js` draws them.
"""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from course_lib.ground import files
from course_lib.ground.paths import PACKAGE
from course_lib.press.site.recorded import LETTERS, OPEN, RECORDED, RULES
from course_lib.press.slides.frames import computed
from course_lib.supervised.study import LEVELS
from course_lib.widgets import all_widgets
from course_lib.widgets.core import Widget

MOST_BYTES = 1_000_000  # of one widget's frames
FRAMES = Path("_static", "frames")
HERE = Path(__file__).parent
SCRIPTS = (PACKAGE / "widgets" / "canvas.js", HERE.parent / "slides" / "stage.js", HERE / "page.js")
EXPORT = re.compile(r"(?m)^export .*\n?")


@dataclass(frozen=True)
class Moves:
    """The `values` of some of a widget's fields; `start` is the state that it opens with.

    `draws` names a field that counts what is drawn by chance, and the label of its menu. `note`
    says under the picture what is not as in the live notebook.
    """

    values: Mapping[str, Any]
    start: Mapping[str, Any] = field(default_factory=dict)
    draws: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


WORDS = (
    "Each picture was computed beforehand. In the live notebook all sliders move, and what can be "
    "dragged or clicked answers."
)
SIZES = (1, 2, 4, 8, 16, 32)
LEARNERS = ("SGD", "ridge", "nearest mean", "nearest neighbours")
METHODS = ("MAML", "first-order MAML", "from scratch", "nearest neighbour")
SPOILS = ("as drawn", "thick pen", "coarse", "turned 30°", "upside down")
RACES = ("sinusoids", "glyphs")
BUDGETS = ("the least", "10 × the least", "100 × the least")
PRICES = ("everybody", "MAML / ANIL", "MAML / Reptile", "MAML / pretrained", "MAML / scratch")
NETS = ("a quadratic", "a tanh net", "a ReLU net")
SWITCH = (False, True)
DATA = ("glyphs", "omniglot")
MOVING = {
    "W0": Moves(
        {"number": range(1, 9), "shots": (1, 5), "said": (OPEN, *LETTERS)},
        note="Eight questions, and nobody keeps your score. The live game has no end.",
    ),
    "W1": Moves(
        {"budget": (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5), "exponent": (0.0, 0.5, 1.0, 1.5, 2.0)}
    ),
    "W2": Moves(
        {"difference": LEVELS, "number": (1, 2), "said": (OPEN, *LETTERS[:2])},
        note="One pair of painters, and nobody keeps your score. The live game has many.",
    ),
    "W3": Moves(
        {"shots": SIZES, "learner": LEARNERS, "seed": range(2)}, {}, {"seed": "training set"}
    ),
    "W4": Moves(
        {"num_tasks": (*SIZES, 64), "shots": (1, 4, 12), "steps": (0, 20, 50, 100, 300)},
    ),
    "W5": Moves(
        {"steps": (0, 1, 2, 3, 4, 5, 7, 10), "shots": (1, 5, 20), "alpha": (0.01, 0.02, 0.03, 0.05)}
    ),
    "W6": Moves({"steps": range(21), "alpha": (0.1, 0.2, 0.3, 0.4, 0.7)}),
    "W7": Moves({"alpha": [round(0.04 * i, 2) for i in range(16)], "steps": range(1, 6)}),
    "W8": Moves(
        {"steps": range(1, 11), "alpha": (0.02, 0.06, 0.1), "net": NETS},
    ),
    "W9": Moves({"steps": range(2, 17, 2), "width": (20, 40, 80), "examples": (10, 100, 400)}),
    "W10": Moves(
        {"steps": (0, 1, 3), "ways": (2, 5, 10, 20), "alpha": (0.0, 0.4, 1.0), "method": METHODS}
    ),
    "W11": Moves(
        {"ways": (2, 3, 5), "shots": (1, 3), "steps": (0, 1, 3), "net": DATA, "example": range(2)},
        draws={"example": "drawings"},
        note="These drawings are stored ones. A drawing of your own needs the learner itself.",
    ),
    "W12": Moves({"ways": (5, 10), "shots": (1, 5), "spoil": SPOILS}),
    "W13": Moves(
        {"pairs": (*range(11), 15, 20, 30, 40), "amplitude": (3.0, 8.0), "phase": (1.0, 4.5)}
    ),
    "W14": Moves(
        {"pulls": range(11), "rule": RULES, "bandit": (1, 2, 3)},
        note="Here “you” follows the rule in the menu. In the live notebook you choose each arm.",
    ),
    "W15": Moves({"pulls": range(11), "shuffle": SWITCH, "untrained": SWITCH}),
    "W16": Moves({"moves": range(41), "wipe": SWITCH, "unpaid": SWITCH}, {"moves": 0}),
    "W17": Moves(
        {"tensor": ("w0", "b0", "w1", "b1", "w2", "b2"), "swap": ("nothing", "w0 ↔ w2", "b0 ↔ b1")}
    ),
    "W18": Moves({"tasks": RACES, "compute": BUDGETS, "against": PRICES, "shots": ("few", "many")}),
    "W19": Moves(
        {"share": range(0, 101, 5), "world": ("sinusoids", "characters")},
        note="This training is stored. In the live notebook you change it, and it trains before "
        "your eyes.",
    ),
    "W20": Moves({"steps": (0, 1, 2, 3, 4, 6, 10, 20), "alpha": (0.1, 0.2)}, {"run": True}),
    "W21": Moves(
        {"steps": range(0, 81, 5), "planner": ("greedy", "UCRL2", "PSRL"), "reveal": SWITCH}
    ),
}


def frames_of(key: str) -> dict:
    """The controls, frames and marks of a widget that moves.

    Errors: ValueError where the values don't hold the state that the widget opens with.
    """
    widget, moves = RECORDED.get(key) or all_widgets()[key], MOVING[key]
    grid = {name: _alike(widget, name, values) for name, values in moves.values.items()}
    known = dict(widget.controls())
    for name, label in moves.draws.items():
        known[name] = {"label": label, "kind": "choice"}
    opened = widget.state_type(**moves.start)
    start = dict(moves.start)
    for name, values in grid.items():
        if getattr(opened, name) not in values:
            raise ValueError(
                f"{key} opens with {name} = {getattr(opened, name)}: add it to {values}."
            )
    made = computed(widget, grid, start, known)
    for name, control in zip(grid, made["controls"], strict=True):
        if name in moves.draws:  # counted from 1, as people do
            control["texts"] = [str(number + 1) for number in range(len(control["texts"]))]
    if key in RECORDED and widget.on_click:
        add_clicks(widget, grid, made)
    return {**made, "spec": {"controls": [(name, list(values)) for name, values in grid.items()]}}


def add_clicks(widget: Widget, grid: Mapping, made: dict) -> None:
    """Says in each frame where a click on one of its places leads: values of some controls."""
    for values, frame in zip(product(*grid.values()), made["frames"], strict=True):
        shown = dict(zip(grid, values, strict=True))
        numbers = (number for row in frame["rows"] for panel in row for number in panel["marks"])
        names = {made["pool"][number].get("click", "") for number in numbers} - {""}
        then = {name: asdict(widget.on_click(widget.state_type(**shown), name)) for name in names}
        frame["goes"] = {
            name: {field: value for field, value in after.items() if value != shown[field]}
            for name, after in sorted(then.items())
        }


def write_frames(key: str, sources: Path) -> int:
    """Writes a widget's frames as a script; returns its bytes.

    Errors: ValueError for a widget with more than `MOST_BYTES`.
    """
    data = json.dumps(frames_of(key), ensure_ascii=False, separators=(",", ":"))
    text = f"(window.courseFrames ??= {{}}).{key} = {data};\n"
    size = len(text.encode())
    if size > MOST_BYTES:
        raise ValueError(
            f"{key} has {size:,} bytes of frames; {MOST_BYTES:,} are allowed: give it fewer values."
        )
    files.write(sources / FRAMES / f"{key}.js", text)
    return size


def figure(key: str, up: str) -> str:
    """A widget that moves, as HTML for a page `up` from which the site's first folder lies."""
    title, note = (html.escape(words) for words in (all_widgets()[key].title, MOVING[key].note))
    dot = "" if title.endswith(("?", "!")) else "."
    return (
        f'<figure class="course-moving" data-widget="{key}" aria-label="{key}: {title}">'
        f"<figcaption><b>{key} · {title}</b>{dot} {WORDS} {note}</figcaption>"
        f'<script defer src="{up}{FRAMES.as_posix()}/{key}.js"></script>'
        "<noscript>This picture moves where the browser may run scripts.</noscript></figure>"
    )


def script() -> str:
    """The one script of all pages: what draws, what plays, and what the page itself does."""
    parts = [EXPORT.sub("", path.read_text(encoding="utf-8")) for path in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


def _alike(widget, name: str, values) -> list:
    kind = type(getattr(widget.state_type(), name))
    return [kind(value) for value in values]
