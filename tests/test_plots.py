"""The still picture shows what the scene says."""

import io

import numpy as np
import pytest
from PIL import Image as Picture
from toy_widget import TOY, ToyState

from course_lib.scenes import plots
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


def panel(*marks, **more) -> Panel:
    return Panel(marks, **{"xlim": (0, 4), "ylim": (0, 4), "xlabel": "x", "ylabel": "y", **more})


def pixels(scene: Scene) -> np.ndarray:
    return np.asarray(Picture.open(io.BytesIO(plots.png(scene))).convert("RGB")).astype(int)


def has_color(image: np.ndarray, hex_color: str, within: int = 12) -> bool:
    rgb = [int(hex_color[i : i + 2], 16) for i in (1, 3, 5)]
    return bool((np.abs(image - rgb).max(-1) <= within).any())


MARKS = [
    Line([0, 4], [0, 4], "#D55E00", width=4),
    Line([1, 3], [2, 2], "#D55E00", width=4, dash=True),
    *(Points([2], [2], "#D55E00", size=9, shape=shape) for shape in ("o", "s", "^", "x", "ring")),
    Band([0, 4], [1, 1], [2, 3], "#D55E00", alpha=1),
    Bars([1, 2], [2, 3], "#D55E00"),
    Arrows([1], [1], [2], [1], "#D55E00"),
    Text(1, 2, "W", "#D55E00", size=60, bold=True),
    Rect(1, 2, 1, 2, "#D55E00", fill=1),
    Rect(1, 2, 1, 2, "#D55E00", fill=0, border=4),
    Image(np.full((2, 2, 3), (213, 94, 0), np.uint8), 1, 2, 1, 2),
    Image(np.zeros((2, 2), np.uint8), 1, 2, 1, 2, color="#D55E00", border=4),
]


@pytest.mark.parametrize("frame", [True, False])
@pytest.mark.parametrize("mark", MARKS, ids=lambda m: type(m).__name__)
def test_every_mark_leaves_its_colour_with_and_without_axes(mark, frame):
    scene = Scene([[panel(mark, frame=frame)]], "One mark.")
    assert has_color(pixels(scene), "#D55E00")


def test_the_picture_is_960_pixels_wide_and_as_high_as_the_scene_says():
    picture = panel(Line([0, 4], [0, 4]))
    image = pixels(Scene([[picture], [picture]], "Two rows.", heights=(200, 150)))
    assert image.shape == (350, 960, 3)
    assert pixels(Scene([[picture]], "One row.", "A status line")).shape[0] > 320


def test_the_first_row_of_an_image_is_on_top():
    black_on_top = np.array([[0], [255]], np.uint8)
    image = pixels(Scene([[panel(Image(black_on_top, 0, 4, 0, 4), frame=False)]], "Halves."))
    dark = (image.sum(-1) < 30).any(1).nonzero()[0]
    assert dark.mean() < 160


def test_images_of_any_place_keep_the_panel_s_limits_and_shape():
    scene = Scene([[panel(Image(np.zeros((4, 4), np.uint8), 1, 2, 1, 2))]], "A square.")
    ax = plots.figure(scene).axes[0]
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 4), (0, 4))
    assert ax.get_aspect() == "auto"


def test_equal_panels_have_one_unit_on_both_axes():
    fig = plots.figure(Scene([[panel(Line([0, 4], [0, 4]), equal=True)]], "A line."))
    ((x0, y0), (x1, y1)) = fig.axes[0].get_window_extent().get_points()
    assert x1 - x0 == pytest.approx(y1 - y0)


def test_log_axes_ticks_key_and_labels_arrive():
    marked = panel(
        Line([1, 10], [1, 4], label="a curve"), xlim=(1, 100), xlog=True, yticks=[(1, "one")],
        title="A title",
    )  # fmt: skip
    fig = plots.figure(Scene([[marked]], "A curve."))
    ax = fig.axes[0]
    assert ax.get_xscale() == "log"
    assert ax.get_yscale() == "linear"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["one"]
    assert [t.get_text() for t in fig.legends[0].get_texts()] == ["a curve"]
    assert {t.get_text() for t in ax.texts} == {"A title", "x", "y"}


def test_the_same_scene_gives_the_same_bytes_and_another_scene_gives_others():
    first = plots.png(TOY.scene())
    assert plots.png(TOY.scene()) == first
    assert plots.png(TOY.scene(ToyState(amplitude=2.0))) != first


def test_an_unknown_mark_is_refused():
    with pytest.raises(TypeError, match="not a mark"):
        plots.figure(Scene([[panel("a string")]], "Nothing."))


def test_drawing_leaves_the_reader_s_own_style_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plots.png(TOY.scene())
    assert dict(mpl.rcParams) == before


def test_a_long_key_takes_several_lines_and_none_leaves_the_panel():
    lines = [Line([0, 4], [i, i], label=f"the curve with number {i}") for i in range(9)]
    fig = plots.figure(Scene([[panel(*lines), panel()]], "Nine lines."))
    fig.draw_without_rendering()
    boxes = [legend.get_window_extent() for legend in fig.legends]
    assert len(boxes) > 3
    assert max(box.x1 for box in boxes) <= 480
    assert min(box.y0 for box in boxes) >= fig.axes[0].get_window_extent().y1


def test_ticks_are_round_and_minus_signs_are_true_ones():
    assert [text for _, text in plots.nice_ticks(-1, 1, 4)] == ["−1", "−0.5", "0", "0.5", "1"]
    assert [text for _, text in plots.log_ticks(1e-4, 0.1)] == ["1e−4", "0.001", "0.01", "0.1"]
