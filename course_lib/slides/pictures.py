"""Pictures that more than one slide draws: a scene of the library, large, and an unrolled network.

`figures.show` puts the figures on the slide. Widgets have `figures.stage`.
"""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
from jaxtyping import UInt8
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.scenes.bilevel import bilevel
from course_lib.scenes.plots import draw_mark
from course_lib.scenes.scene import COLORS, Arrows, Image, Line, Points, Rect, Scene, Text, color
from course_lib.slides.figures import FONT, SMALLEST

IN_PIXELS = {Line: "width", Points: "size", Arrows: "width", Text: "size"}  # scaled with a scene
IN_PIXELS |= {Rect: "border", Image: "border"}


def enlarged(mark, factor: float):
    """The mark with its letters, lines and points `factor` times as large; positions stay."""
    name = IN_PIXELS.get(type(mark))
    if name is None or name not in {f.name for f in fields(mark)}:
        return mark
    size = factor * getattr(mark, name)
    return replace(mark, **{name: max(size, SMALLEST) if isinstance(mark, Text) else size})


def scene_figure(scene: Scene, height: float = 5.0, factor: float = 1.8) -> Figure:
    """A scene of panels without frames as a figure for a slide, `height` inches high.

    Errors: ValueError for a panel with a frame: its ticks would be too small to read; stage its
    widget instead.
    """
    if any(panel.frame for row in scene.rows for panel in row):
        raise ValueError("A panel of this scene has a frame: put its widget on the slide instead.")
    fig = plt.figure(figsize=(12, height))
    bands = fig.subfigures(len(scene.rows), 1, height_ratios=scene.heights, squeeze=False)
    for band, row in zip(bands.flat, scene.rows, strict=True):
        widths = {"width_ratios": [panel.width for panel in row]}
        for ax, panel in zip(
            band.subplots(1, len(row), squeeze=False, **widths).flat, row, strict=True
        ):
            ax.set(xlim=panel.xlim, ylim=panel.ylim, autoscale_on=False)
            ax.set_aspect("equal" if panel.equal else "auto")
            ax.set_title(panel.title, loc="center")
            for i, mark in enumerate(panel.marks):
                draw_mark(ax, enlarged(mark, factor), zorder=3 + i / 1000)
            ax.set_axis_off()
    return fig


def which_painter(
    support: UInt8[np.ndarray, "2 3 side side 3"],
    query: UInt8[np.ndarray, "side side 3"],
    height: float,
) -> Figure:
    """Three paintings by A above three by B, and the one that is asked about."""
    fig = plt.figure(figsize=(12, height))
    left, right = fig.subfigures(1, 2, width_ratios=(3, 1.6))
    for i, ax in enumerate(left.subplots(2, 3).flat):
        ax.imshow(support[divmod(i, 3)])
        ax.set_axis_off()
        if i % 3 == 0:
            look = {"size": 26, "weight": "bold", "color": COLORS["support"]}
            ax.text(-8, 48, "AB"[i // 3], ha="right", va="center", **look)
    ax = right.subplots()
    ax.imshow(query)
    ax.set_title("by A or by B?", loc="center", color=COLORS["query"], size=24)
    ax.set_axis_off()
    return fig


def two_levels() -> Figure:
    """The bilevel picture for a slide: its index θ, enlarged most, stands away from its A."""
    levels = bilevel()
    (panel,) = levels.rows[0]
    marks = [
        replace(m, x=m.x + 0.8, y=m.y - 0.5) if isinstance(m, Text) and m.size < 12 else m
        for m in panel.marks
    ]
    return scene_figure(replace(levels, rows=[[replace(panel, marks=marks)]]), height=5.3)


def unrolled(
    ax: Axes,
    inside: Sequence[str],
    below: Sequence[str],
    above: Sequence[str],
    roles: Sequence[str],
    *,
    cuts: Sequence[int] = (),
) -> Axes:
    """A recurrent network step by step: inputs below, the memory in boxes, outputs above.

    `roles` colours each box. Before the steps in `cuts` the memory is emptied: no arrow, a gap.
    """
    step, gap, box, size = 1.5, 0.7, 1.0, FONT["font.size"]
    place, x = [], 0.0
    for t in range(len(inside)):
        x += gap if t in cuts else 0.0
        place.append(x)
        x += step
    arrow = {"arrowprops": {"arrowstyle": "-|>", "lw": 2, "color": color("ink")}}
    for t, (x, role) in enumerate(zip(place, roles, strict=True)):
        look = {"fc": color(role), "ec": "none", "alpha": 0.22}
        ax.add_patch(plt.Rectangle((x, 0), box, 1, **look))
        ax.add_patch(plt.Rectangle((x, 0), box, 1, fc="none", ec=color(role), lw=2))
        middle = x + box / 2
        ax.text(middle, 0.5, inside[t], ha="center", va="center", size=size + 2)
        ax.text(middle, -1.0, below[t], ha="center", va="center", size=size)
        ax.text(middle, 1.95, above[t], ha="center", va="center", size=size)
        ax.annotate("", (middle, -0.02), (middle, -0.72), **arrow)
        ax.annotate("", (middle, 1.68), (middle, 1.02), **arrow)
        if t + 1 < len(place) and t + 1 not in cuts:
            ax.annotate("", (place[t + 1] - 0.02, 0.5), (x + box + 0.02, 0.5), **arrow)
    for t in cuts:
        middle = (place[t - 1] + box + place[t]) / 2
        ax.plot([middle] * 2, [-1.25, 2.2], "--", color=color("bad"), lw=2.5)
    ax.set(xlim=(-0.3, place[-1] + box + 0.3), ylim=(-1.4, 2.4))
    ax.set_axis_off()
    return ax
