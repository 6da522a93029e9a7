"""A scene is checked when it is made, and reaches the canvas whole."""

import json
import re
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
import torch
from toy_widget import TOY
from widget_checks import MARKS, from_message

from course_lib.ground.paths import PACKAGE
from course_lib.scenes import plots
from course_lib.scenes import scene as scenes
from course_lib.scenes.scene import (
    CLASS_COLORS,
    COLORS,
    Image,
    Line,
    Panel,
    Points,
    Scene,
    Text,
    heat,
)

CANVAS = PACKAGE / "widgets" / "canvas.js"
PLOTS = PACKAGE / "scenes" / "plots.py"
BASE = Line.__base__  # of every mark


def test_a_scene_is_the_same_after_the_way_to_the_canvas_and_back():
    message = scenes.to_message(TOY.scene())
    assert scenes.to_message(from_message(message)) == message


def test_a_message_holds_only_what_json_or_a_buffer_can_carry():
    raw = []
    text = json.dumps(scenes.to_message(TOY.scene()), default=raw.append, allow_nan=False)
    assert "A wave and some bars." in text
    assert [type(item) for item in raw] == [bytes]


def test_a_gap_in_a_line_is_sent_as_null():
    message = scenes.to_message(Line([0, float("nan"), 123.4567], [1 / 3, 0, 1e-9]))
    assert message["x"] == [0, None, 123.4567]
    assert message["y"] == [1 / 3, 0, 1e-9]
    assert message["kind"] == "Line"


def test_marks_take_lists_arrays_and_tensors_alike():
    expected = Line([0, 1], [2, 3])
    assert Line(np.array([0, 1]), torch.tensor([2.0, 3.0], requires_grad=True)) == expected


def test_a_mark_whose_coordinates_differ_in_length_is_refused():
    with pytest.raises(ValueError, match="differ in length"):
        Points([1, 2, 3], [1, 2])


def test_an_unknown_colour_is_refused_with_the_list_of_those_there_are():
    with pytest.raises(ValueError, match="use one of ink, muted"):
        Line([0], [0], "mauve")


@pytest.mark.parametrize(
    "limits",
    [{"xlim": (1, 0)}, {"ylim": (0, float("nan"))}, {"ylim": (0, 1), "ylog": True}],
)
def test_limits_that_are_no_range_are_refused(limits):
    with pytest.raises(ValueError, match="is not a range"):
        Panel([], **{"xlim": (0, 1), "ylim": (0, 1), **limits}, frame=False)


def test_axes_without_names_are_refused():
    with pytest.raises(ValueError, match="name both axes"):
        Panel([], (0, 1), (0, 1), xlabel="x")


def test_a_scene_without_alternative_text_or_with_a_missing_height_is_refused():
    panel = Panel([], (0, 1), (0, 1), frame=False)
    with pytest.raises(ValueError, match="alt"):
        Scene([[panel]], " ")
    with pytest.raises(ValueError, match="2 rows need 2 heights"):
        Scene([[panel], [panel]], "Two panels.")


def test_pixels_that_are_not_bytes_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        Image(np.zeros((2, 2)), 0, 1, 0, 1)


def test_heat_goes_from_the_first_stop_to_the_last_and_clips_outside():
    shades = heat([[-1.0, 0.0, 1.0, 2.0]], 0, 1, ["#000000", "#FF8000"])
    assert shades[0].tolist() == [[0, 0, 0], [0, 0, 0], [255, 128, 0], [255, 128, 0]]


def luminance(hex_color: str) -> float:
    """Relative luminance of WCAG 2."""
    rgb = [int(hex_color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_every_colour_stands_out_from_white_and_words_are_legible():
    def contrast(hex_color):
        return 1.05 / (luminance(hex_color) + 0.05)

    marks = {name: c for name, c in COLORS.items() if name != "grid"} | dict(
        enumerate(CLASS_COLORS)
    )
    assert min(contrast(c) for c in marks.values()) > 2
    assert all(contrast(COLORS[name]) >= 4.5 for name in ("ink", "muted", "good", "bad", "query"))


def test_the_canvas_and_matplotlib_draw_the_same_kinds_of_marks():
    names = {mark.__name__ for mark in MARKS}
    in_scene = {k for k, v in vars(scenes).items() if isinstance(v, type) and v.__base__ is BASE}
    on_canvas = set(re.findall(r'kind === "(\w+)"', CANVAS.read_text("utf-8")))
    in_plots = set(re.findall(r"isinstance\(mark, (\w+)\)", PLOTS.read_text("utf-8")))
    assert names == in_scene == on_canvas == in_plots


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.__name__)
def test_no_property_of_a_mark_is_forgotten_by_the_canvas_or_by_matplotlib(mark):
    canvas, plots = CANVAS.read_text("utf-8"), PLOTS.read_text("utf-8")
    names = {f.name for f in fields(mark)}
    unknown = {n for n in names if not re.search(rf"\b(mark|m|image)\.{n}\b", canvas)}
    assert not unknown, f"canvas.js never reads {unknown}"
    unknown = {n for n in names if not re.search(rf"\bmark(\.{n}\b|, \"{n}\")", plots)}
    assert unknown <= {"drag", "drag_axis", "click", "draw"}, f"plots.py never reads {unknown}"


def test_scenes_need_neither_torch_nor_anything_that_draws():
    heavy = "{'torch', 'matplotlib', 'ipywidgets'}"
    code = f"import sys, course_lib.scenes.scene; print({heavy} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_a_number_of_numpy_travels_as_a_plain_one():
    message = scenes.to_message(Text(np.float32(0.5), np.float64("nan"), "here"))
    assert (type(message["x"]), message["x"], message["y"]) == (float, 0.5, None)


# --- The canvas and matplotlib write the same ticks ----------------------------------------------

TICKS_IN_JS = """
const ranges = JSON.parse(require("fs").readFileSync(0));
const ticks = ([log, low, high, count]) => log ? logTicks(low, high) : niceTicks(low, high, count);
console.log(JSON.stringify(ranges.map(ticks)));
"""


def in_javascript(functions: list[str], code: str, data: object) -> list:
    """What `code` prints of `data` with these functions of canvas.js, run by Playwright's Node."""
    driver = pytest.importorskip("playwright._impl._driver")
    text = CANVAS.read_text(encoding="utf-8")
    parts = [re.search(rf"(?ms)^function {name}\(.*?^}}", text)[0] for name in functions]
    command = [driver.compute_driver_executable()[0], "-e", "\n".join([*parts, code])]
    ran = subprocess.run(
        command, input=json.dumps(data), capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


def test_the_canvas_writes_the_ticks_that_matplotlib_writes():
    gen = torch.Generator().manual_seed(0)
    u = torch.rand(4000, 4, generator=gen, dtype=torch.float64).tolist()
    ranges = []
    for i, (a, b, c, d) in enumerate(u):
        size = 10 ** (12 * a - 6)
        low = size * (2 * b - 1) if i % 4 else 0.0
        if i >= 3000:
            low = 10 ** (16 * a - 8)
            ranges.append([True, low, low * 10 ** (1 + 7 * b), 0])
        else:
            ranges.append([False, low, low + size * (0.1 + c), 2 + 12 * d])
    theirs = in_javascript(["numeral", "niceTicks", "logTicks"], TICKS_IN_JS, ranges)
    for (log, low, high, count), found in zip(ranges, theirs, strict=True):
        ours = plots.log_ticks(low, high) if log else plots.nice_ticks(low, high, count)
        assert [text for _, text in found] == [text for _, text in ours], (log, low, high, count)
        assert [v for v, _ in found] == pytest.approx([v for v, _ in ours], rel=1e-12)
