"""A `Scene` drawn still, with matplotlib: the picture under each widget, and the slides' figures.

This is the only module that draws with matplotlib. It computes nothing.
"""

import io
import math
import textwrap
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.ticker import NullLocator

from course_lib.scenes.rounding import without_ties
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
)

STYLE = Path(__file__).with_name("house.mplstyle")
SHAPES = {"o": "o", "s": "s", "^": "^", "x": "x", "ring": "o"}
PIXELS_PER_INCH = 100
WIDTH = 960
PT = 72 / PIXELS_PER_INCH  # points in one pixel

without_ties()


def use_style() -> None:
    """Make the course's style the default for figures drawn by hand in this kernel."""
    style.use(STYLE)


def show(fig: Figure, alt: str) -> None:
    """Display a figure that was drawn by hand in a notebook; `alt` says what it shows."""
    from IPython.display import display
    from matplotlib import pyplot

    display(fig, metadata={"image/png": {"alt": alt}})
    pyplot.close(fig)  # or the cell shows it once more at its end


def show_scene(scene: Scene) -> None:
    """Display a scene in a notebook, still, with its alternative text."""
    from IPython.display import display

    data = {"image/png": png(scene), "text/plain": scene.alt}
    display(data, metadata={"image/png": {"alt": scene.alt}}, raw=True)


def draw_mark(ax: Axes, mark, zorder: float = 2) -> Axes:
    """One mark of a scene, drawn into `ax` above everything with a lower `zorder`."""
    above = {"zorder": zorder}
    if isinstance(mark, Line):
        dash = (0, (6 / mark.width, 5 / mark.width)) if mark.dash else "-"
        look = {"color": mark.color, "lw": mark.width * PT, "alpha": mark.alpha, "ls": dash}
        ax.plot(mark.x, mark.y, **look, **above)
    elif isinstance(mark, Points):
        face = "none" if mark.shape == "ring" else mark.color
        edge = "white" if mark.shape in "os^" else mark.color
        ax.scatter(  # a point on the rim is whole; one outside is not there
            *inside(ax, mark.x, mark.y), s=(2 * mark.size * PT) ** 2, clip_on=False, **above,
            marker=SHAPES[mark.shape], alpha=mark.alpha,
            linewidths=(2.2 if mark.shape in ("x", "ring") else 1.2) * PT,
            **({"c": mark.color} if mark.shape == "x" else {"facecolor": face, "edgecolor": edge}),
        )  # fmt: skip
    elif isinstance(mark, Band):
        look = {"color": mark.color, "lw": 0, "alpha": mark.alpha}
        ax.fill_between(mark.x, mark.low, mark.high, **look, **above)
    elif isinstance(mark, Bars):
        heights = [y - mark.base for y in mark.y]
        look = {"color": mark.color, "alpha": mark.alpha}
        ax.bar(mark.x, heights, mark.width, mark.base, **look, **above)
    elif isinstance(mark, Arrows):
        head = (4 * mark.width + 2) / mark.width  # in widths of the shaft
        ax.quiver(
            mark.x, mark.y, mark.dx, mark.dy, color=mark.color, alpha=mark.alpha, **above,
            angles="xy", scale_units="xy", scale=1, units="dots", width=mark.width, minlength=0.2,
            headwidth=head, headlength=head, headaxislength=0.85 * head,
        )  # fmt: skip
    elif isinstance(mark, Text):
        ax.text(
            mark.x, mark.y, mark.text, color=mark.color, size=mark.size * PT,
            ha=mark.align, va="center", weight="bold" if mark.bold else "normal", **above,
            clip_on=True,
        )  # fmt: skip
    elif isinstance(mark, Rect):
        box = (mark.x0, mark.y0), mark.x1 - mark.x0, mark.y1 - mark.y0
        ax.add_patch(Rectangle(*box, color=mark.color, alpha=mark.fill, lw=0, **above))
        if mark.border:
            edge = {"edgecolor": mark.color, "linewidth": mark.border * PT}
            ax.add_patch(Rectangle(*box, fill=False, **above, **edge))
    elif isinstance(mark, Image):
        smooth = "bilinear" if mark.smooth else "nearest"
        extent = (mark.x0, mark.x1, mark.y0, mark.y1)
        gray = {"cmap": "gray", "vmin": 0, "vmax": 255} if mark.pixels.ndim == 2 else {}
        ax.imshow(mark.pixels, extent=extent, interpolation=smooth, aspect="auto", **gray, **above)
        if mark.border:
            box = (mark.x0, mark.y0), mark.x1 - mark.x0, mark.y1 - mark.y0
            edge = {"edgecolor": mark.color, "linewidth": mark.border * PT}
            ax.add_patch(Rectangle(*box, fill=False, **above, **edge))
    else:
        raise TypeError(f"{type(mark).__name__} is not a mark of a scene.")
    return ax


def inside(ax: Axes, x: Sequence, y: Sequence) -> tuple[list, list]:
    """The points that lie within the limits of `ax`."""
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    kept = [(a, b) for a, b in zip(x, y, strict=True) if x0 <= a <= x1 and y0 <= b <= y1]
    return [a for a, _ in kept], [b for _, b in kept]


def nice_ticks(low: float, high: float, count: float) -> list[tuple[float, str]]:
    """At most about `count` round values from `low` to `high`, with their texts."""
    raw = (high - low) / max(count, 1)
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(i * step, f"{i * step:.6g}".replace("-", "−")) for i in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """The powers of ten from `low` to `high`, with their texts."""
    first, last = (math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9))
    texts = {e: f"{10.0**e:g}" if -3 <= e <= 4 else f"1e{e}" for e in range(first, last + 1)}
    ticks = [(10.0**e, text.replace("-", "−")) for e, text in texts.items()]
    return ticks if len(ticks) > 1 else nice_ticks(low, high, 4)


@lru_cache(maxsize=4096)
def text_width(text: str, pixels: float) -> float:
    """How wide `text` is when it is `pixels` high, in pixels."""
    font = FontProperties(family="DejaVu Sans", size=pixels)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]


def key_lines(marks: Sequence, room: float) -> list[list]:
    """The marks that have a label, in lines that are at most `room` pixels wide."""
    lines, end = [], math.inf
    for mark in marks:
        if getattr(mark, "label", ""):
            width = 22 + text_width(mark.label, 12)
            if end + width > room:
                lines.append([])
                end = 0
            lines[-1].append(mark)
            end += width + 16
    return lines


def key_handle(mark):
    """What stands for a mark in the key."""
    if isinstance(mark, Line):
        dash, width = "--" if mark.dash else "-", max(mark.width, 2) * PT
        return Line2D([], [], color=mark.color, ls=dash, lw=width)
    if isinstance(mark, Points):
        face = "none" if mark.shape == "ring" else mark.color
        look = {"mec": mark.color, "mfc": face, "ms": 10 * PT, "ls": ""}
        return Line2D([], [], marker=SHAPES[mark.shape], **look)
    if isinstance(mark, Arrows):
        return Line2D([], [], color=mark.color, marker=">", ms=6 * PT, lw=2 * PT)
    alpha = max(mark.alpha, 0.3) if isinstance(mark, Band) else 1
    return Patch(color=mark.color, alpha=alpha, lw=0)


def draw_panel(fig: Figure, panel: Panel, left: float, top: float, width: float, height: float):
    """A panel in its box of `fig`, all in pixels from the top left: the canvas's very layout."""
    title_at, size = top + 14, fig.get_size_inches() * PIXELS_PER_INCH
    bottom, right = top + height - (42 if panel.frame else 4), left + width - 4
    top += 26 if panel.title else 8
    xticks, yticks, key = [], [], []
    if panel.frame:  # the twin of this layout stands in canvas.js: change both
        ticks = log_ticks(*panel.ylim) if panel.ylog else None
        yticks = panel.yticks or ticks or nice_ticks(*panel.ylim, (bottom - top) / 36)
        left += max(62, 30 + max(text_width(text, 12) for _, text in yticks))
        right -= 12
        ticks = log_ticks(*panel.xlim) if panel.xlog else None
        xticks = panel.xticks or ticks or nice_ticks(*panel.xlim, (right - left) / 60)
        key = key_lines(panel.marks, right - left)
        key_at, top = top, top + 20 * len(key)
    else:
        left += 4
    title_left = left
    if panel.equal:
        wide, high = panel.xlim[1] - panel.xlim[0], panel.ylim[1] - panel.ylim[0]
        unit = min((right - left) / wide, (bottom - top) / high)
        left, top = (left + right - unit * wide) / 2, (top + bottom - unit * high) / 2
        right, bottom = left + unit * wide, top + unit * high
    box = left / size[0], 1 - bottom / size[1], (right - left) / size[0], (bottom - top) / size[1]
    ax = fig.add_axes(box, autoscale_on=False)
    ax.set(xscale="log" if panel.xlog else "linear", yscale="log" if panel.ylog else "linear")
    ax.set(xlim=panel.xlim, ylim=panel.ylim)
    for i, mark in enumerate(panel.marks):
        draw_mark(ax, mark, zorder=3 + i / 1000)  # the later mark covers, as on the canvas

    def write(x, y, text, pixels, **look):
        look = {"va": "center", "size": pixels * PT, **look}
        ax.annotate(text, (x / size[0], 1 - y / size[1]), xycoords="figure fraction", **look)

    write(title_left, title_at, panel.title, 14, weight="bold")
    if not panel.frame:
        ax.set_axis_off()
        return ax
    middle = (left + right) / 2, (top + bottom) / 2
    write(middle[0], bottom + 32, panel.xlabel, 13, ha="center")
    write(left - 52, middle[1], panel.ylabel, 13, ha="center", rotation=90)
    for axis, ticks in ((ax.xaxis, xticks), (ax.yaxis, yticks)):
        axis.set_ticks([t for t, _ in ticks], [text for _, text in ticks], size=12 * PT)
        axis.set_minor_locator(NullLocator())
    ax.tick_params(length=0, pad=6 * PT)
    for i, line in enumerate(key):
        place = title_left / size[0], 1 - (key_at + 20 * i + 8) / size[1]
        look = {"loc": "center left", "bbox_to_anchor": place, "fontsize": 12 * PT}
        look |= {"handlelength": 1.5, "handletextpad": 4 / 12, "columnspacing": 16 / 12}
        handles, labels = [key_handle(mark) for mark in line], [mark.label for mark in line]
        look |= {"ncols": len(line), "borderpad": 0, "borderaxespad": 0}
        fig.legend(handles, labels, **look)
    return ax


def figure(scene: Scene) -> Figure:
    """A scene as a matplotlib figure, 960 pixels wide, its status line underneath."""
    status = textwrap.wrap(scene.status, 112)
    height = sum(scene.heights) + (12 + 20 * len(status) if status else 0)
    with style.context(STYLE):
        fig = Figure((WIDTH / PIXELS_PER_INCH, height / PIXELS_PER_INCH), dpi=PIXELS_PER_INCH)
        top = 0
        for row, row_height in zip(scene.rows, scene.heights, strict=True):
            left, total = 0, sum(panel.width for panel in row)
            for panel in row:
                width = WIDTH * panel.width / total
                draw_panel(fig, panel, left, top, width, row_height)
                left += width
            top += row_height
        look = {"size": 15 * PT, "va": "top", "linespacing": 1.3}
        fig.text(8 / WIDTH, 1 - (top + 4) / height, "\n".join(status), **look)
    return fig


def png(scene: Scene) -> bytes:
    """A scene as PNG bytes."""
    buffer = io.BytesIO()
    figure(scene).savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
