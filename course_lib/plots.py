"""A `Scene` drawn still, with matplotlib: the picture under each widget, and the slides' figures.

This is the only module that draws with matplotlib. It computes nothing.
"""

import io
from pathlib import Path

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

from course_lib.scene import Arrows, Band, Bars, Image, Line, Panel, Points, Rect, Scene, Text

STYLE = Path(__file__).with_name("house.mplstyle")
SHAPES = {"o": "o", "s": "s", "^": "^", "x": "x", "ring": "o"}
PIXELS_PER_INCH = 100
WIDTH = 960
POINTS_PER_PIXEL = 72 / PIXELS_PER_INCH


def use_style() -> None:
    """Make the course's style the default for figures drawn by hand in this kernel."""
    style.use(STYLE)


def draw_mark(ax: Axes, mark, zorder: float = 2) -> Axes:
    """One mark of a scene, drawn into `ax` above everything with a lower `zorder`."""
    label = getattr(mark, "label", "") or None
    above = {"zorder": zorder}
    if isinstance(mark, Line):
        dash = "--" if mark.dash else "-"
        width = mark.width * POINTS_PER_PIXEL
        look = {"color": mark.color, "lw": width, "alpha": mark.alpha, "label": label}
        ax.plot(mark.x, mark.y, dash, **look, **above)
    elif isinstance(mark, Points):
        face = "none" if mark.shape == "ring" else mark.color
        edge = "white" if mark.shape in "os^" else mark.color
        ax.scatter(
            mark.x, mark.y, s=(1.6 * mark.size * POINTS_PER_PIXEL) ** 2, label=label, **above,
            marker=SHAPES[mark.shape], alpha=mark.alpha, linewidths=1.2,
            **({"c": mark.color} if mark.shape == "x" else {"facecolor": face, "edgecolor": edge}),
        )  # fmt: skip
    elif isinstance(mark, Band):
        look = {"color": mark.color, "lw": 0, "alpha": mark.alpha, "label": label}
        ax.fill_between(mark.x, mark.low, mark.high, **look, **above)
    elif isinstance(mark, Bars):
        heights = [y - mark.base for y in mark.y]
        look = {"color": mark.color, "alpha": mark.alpha, "label": label}
        ax.bar(mark.x, heights, mark.width, mark.base, **look, **above)
    elif isinstance(mark, Arrows):
        ax.quiver(
            mark.x, mark.y, mark.dx, mark.dy, color=mark.color, alpha=mark.alpha, label=label,
            angles="xy", scale_units="xy", scale=1, width=mark.width / 700, **above,
        )  # fmt: skip
    elif isinstance(mark, Text):
        ax.text(
            mark.x, mark.y, mark.text, color=mark.color, size=mark.size * POINTS_PER_PIXEL,
            ha=mark.align, va="center", weight="bold" if mark.bold else "normal", **above,
        )  # fmt: skip
    elif isinstance(mark, Rect):
        box = (mark.x0, mark.y0), mark.x1 - mark.x0, mark.y1 - mark.y0
        ax.add_patch(Rectangle(*box, color=mark.color, alpha=mark.fill, lw=0, **above))
        if mark.border:
            edge = {"edgecolor": mark.color, "linewidth": mark.border * POINTS_PER_PIXEL}
            ax.add_patch(Rectangle(*box, fill=False, **above, **edge))
    elif isinstance(mark, Image):
        smooth = "bilinear" if mark.smooth else "nearest"
        extent = (mark.x0, mark.x1, mark.y0, mark.y1)
        gray = {"cmap": "gray", "vmin": 0, "vmax": 255} if mark.pixels.ndim == 2 else {}
        ax.imshow(mark.pixels, extent=extent, interpolation=smooth, aspect="auto", **gray, **above)
        if mark.border:
            box = (mark.x0, mark.y0), mark.x1 - mark.x0, mark.y1 - mark.y0
            edge = {"edgecolor": mark.color, "linewidth": mark.border * POINTS_PER_PIXEL}
            ax.add_patch(Rectangle(*box, fill=False, **above, **edge))
    else:
        raise TypeError(f"{type(mark).__name__} is not a mark of a scene.")
    return ax


def draw_panel(ax: Axes, panel: Panel) -> Axes:
    """A panel's marks, limits, labels and key, drawn into `ax`."""
    for i, mark in enumerate(panel.marks):
        draw_mark(ax, mark, zorder=2 + i / 1000)  # the later mark covers, as on the canvas
    if panel.xlog:
        ax.set_xscale("log")
    if panel.ylog:
        ax.set_yscale("log")
    ax.set_xlim(panel.xlim)
    ax.set_ylim(panel.ylim)
    ax.set_aspect("equal" if panel.equal else "auto")
    ax.set_title(panel.title)
    if not panel.frame:
        ax.set_axis_off()
        return ax
    ax.set_xlabel(panel.xlabel)
    ax.set_ylabel(panel.ylabel)
    for axis, ticks in ((ax.xaxis, panel.xticks), (ax.yaxis, panel.yticks)):
        if ticks is not None:
            axis.set_ticks([t for t, _ in ticks], [text for _, text in ticks])
            axis.set_minor_locator(NullLocator())
    if ax.get_legend_handles_labels()[1]:
        tight = {"columnspacing": 1.2, "handlelength": 1.4, "handletextpad": 0.5}
        key = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0, **tight)
        key.set_in_layout(False)  # a long key must not squeeze the axes
        ax.set_title(panel.title, pad=20 * len(key.get_texts()) ** 0 + 6)
    return ax


def figure(scene: Scene) -> Figure:
    """A scene as a matplotlib figure, 960 pixels wide, its status line underneath."""
    with style.context(STYLE):
        height = sum(scene.heights) + (30 if scene.status else 0)
        size = (WIDTH / PIXELS_PER_INCH, height / PIXELS_PER_INCH)
        fig = Figure(figsize=size, dpi=PIXELS_PER_INCH, layout="constrained")
        stack = fig.subfigures(len(scene.rows), 1, height_ratios=scene.heights, squeeze=False)
        for subfig, row in zip(stack[:, 0], scene.rows, strict=True):
            axes = subfig.subplots(1, len(row), width_ratios=[p.width for p in row], squeeze=False)
            for ax, panel in zip(axes[0], row, strict=True):
                draw_panel(ax, panel)
        if scene.status:
            fig.supxlabel(scene.status, size=10, ha="left", x=0.01)
    return fig


def png(scene: Scene) -> bytes:
    """A scene as PNG bytes."""
    buffer = io.BytesIO()
    figure(scene).savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
