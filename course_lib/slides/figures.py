"""What a slide's code cells call: `stage` puts a widget on the slide, `show` a figure.

A slide is 1280 × 720 pixels and is read from the last row, so no letter may be smaller than 24
pixels. A widget's scene is laid out at half the width and magnified: its 12 pixels become 24.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text as Words

from course_lib.ground.bundle import bundle
from course_lib.scenes import plots
from course_lib.scenes.scene import Panel, Scene, Text
from course_lib.slides import STAGE
from course_lib.slides.overlaps import overlaps
from course_lib.widgets import all_widgets
from course_lib.widgets.core import LIVE, Live, Widget

SMALLEST = 24  # pixels
ZOOM = 2
WIDTH, HEIGHT = 1200, 550  # pixels that a figure may take
SHARPNESS = 1.5  # a figure's own pixels in one of the slide's
FONT = {
    "font.size": 18, "axes.titlesize": 19, "axes.labelsize": 18, "xtick.labelsize": 18,
    "ytick.labelsize": 18, "legend.fontsize": 18, "lines.linewidth": 3, "lines.markersize": 10,
    "figure.figsize": (12, 5),
}  # fmt: skip
MOST_FRAMES = 250
STRIP = 50  # half pixels of a slide that two lines of words need
MARGINS = (80, 90)  # around a panel with axes, in the same unit, about
NARROW = 210  # pixels of a panel: the canvas would put a narrower one below the others


def use_style() -> None:
    """Make letters that can be read from the last row the default in this kernel."""
    plots.use_style()
    plt.rcParams.update(FONT)


def show(figure: Figure, alt: str) -> None:
    """Display a figure on the slide; `alt` says what it shows, for those who can't see it.

    Raises ValueError for a figure that is too large, with letters that are too small, or with words
    over words.
    """
    size = figure.get_size_inches() * plots.PIXELS_PER_INCH
    if size[0] > WIDTH or size[1] > HEIGHT:
        raise ValueError(
            f"The figure has {size[0]:.0f} × {size[1]:.0f} pixels, and a slide has room for "
            f"{WIDTH} × {HEIGHT}: choose a figsize of at most ({WIDTH / 100:g}, {HEIGHT / 100:g})."
        )
    figure.set_layout_engine("constrained")
    figure.draw_without_rendering()
    for words in figure.findobj(Words):
        pixels = words.get_size() / plots.PT
        if words.get_visible() and words.get_text().strip() and pixels < SMALLEST - 0.01:
            raise ValueError(
                f"{words.get_text()!r} is {pixels:.0f} pixels high, and a slide needs {SMALLEST}: "
                f"write it with a size of at least {SMALLEST * plots.PT:.4g} points."
            )
    for one, other in overlaps(figure):
        raise ValueError(f"{one!r} and {other!r} lie over one another: move one of them.")
    buffer = io.BytesIO()
    dpi = SHARPNESS * plots.PIXELS_PER_INCH
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    plt.close(figure)
    look = {"image/png": {"alt": alt, "width": round(size[0])}}
    display({"image/png": buffer.getvalue(), "text/plain": alt}, metadata=look, raw=True)


def fitted(scene: Scene, panels: Sequence[int] | None, height: int) -> Scene:
    """The scene for a slide: only the `panels` counted from 0, `height` slide pixels in all."""
    numbered, rows = 0, []
    for row, row_height in zip(scene.rows, scene.heights, strict=True):
        kept = [p for i, p in enumerate(row, numbered) if panels is None or i in panels]
        numbered += len(row)
        if kept:
            rows.append(([_readable(panel) for panel in kept], row_height))
    if panels is not None and sum(len(kept) for kept, _ in rows) != len(set(panels)):
        raise ValueError(f"Panels {list(panels)} are asked for; there are 0 to {numbered - 1}.")
    for kept, _ in rows:
        share = min(panel.width for panel in kept) / sum(panel.width for panel in kept)
        if share * WIDTH / ZOOM < NARROW:
            titles = ", ".join(panel.title or "(no title)" for panel in kept)
            raise ValueError(f"Panels {titles} don't fit side by side: choose fewer with `panels`.")
    unit = height / ZOOM / sum(row_height for _, row_height in rows)
    heights = [round(unit * row_height) for _, row_height in rows]
    if len(rows) > 1 and not any(panel.frame for panel in rows[-1][0]):  # a strip of words
        heights[0] -= max(STRIP - heights[-1], 0)
        heights[-1] = max(STRIP, heights[-1])
    spaced = [
        [_spaced(p, p.width / sum(q.width for q in kept) * WIDTH / ZOOM, tall) for p in kept]
        for (kept, _), tall in zip(rows, heights, strict=True)
    ]
    return Scene(spaced, scene.alt, scene.status, heights)


def _spaced(panel: Panel, width: float, height: float) -> Panel:
    """The panel without the numbers that would lie over a later one, say along a path."""
    if panel.xlog or panel.ylog:
        return panel
    across = (width - MARGINS[0]) / (panel.xlim[1] - panel.xlim[0])
    up = (height - MARGINS[1]) / (panel.ylim[1] - panel.ylim[0])
    kept, numbers = [], []
    for mark in reversed(panel.marks):
        if isinstance(mark, Text) and mark.text.strip().isdigit():
            wide, tall = 0.64 * mark.size * len(mark.text), 0.8 * mark.size
            x, y = mark.x * across, mark.y * up
            if any(abs(x - a) < max(wide, w) and abs(y - b) < tall for a, b, w in numbers):
                continue
            numbers.append((x, y, wide))
        kept.append(mark)
    return replace(panel, marks=kept[::-1])


def _readable(panel: Panel) -> Panel:
    """The panel with every word at least `SMALLEST` pixels high on the slide."""
    least = SMALLEST / ZOOM
    marks = [
        replace(mark, size=max(mark.size, least)) if isinstance(mark, Text) else mark
        for mark in panel.marks
    ]
    return replace(panel, marks=marks)


class Staged(Widget):
    """A widget as it stands on a slide: chosen controls, chosen panels, a given height."""

    def __init__(self, widget: Widget, controls: Iterable[str], panels, height: int, status: bool):
        super().__init__(
            widget.key, widget.title, widget.state_type, widget.compute,
            lambda data: self._drawn(widget.draw(data)),
            on_drag=widget.on_drag, on_click=widget.on_click, on_stroke=widget.on_stroke,
        )  # fmt: skip
        self.chosen, self.panels, self.height, self.status = controls, panels, height, status

    def _drawn(self, scene: Scene) -> Scene:
        scene = fitted(scene, self.panels, self.height)
        return scene if self.status else replace(scene, status="")

    def controls(self) -> dict[str, Mapping]:
        """The chosen controls, in the order that the slide names them."""
        return {name: super(Staged, self).controls()[name] for name in self.chosen}


def restaged(spec: Mapping) -> tuple[Staged, dict]:
    """The widget that a stored stage shows, and the fields of the state that it opens with."""
    widget = all_widgets()[spec["widget"]]
    names = [name for name, _ in spec["controls"]]
    start = {n: tuple(v) if isinstance(v, list) else v for n, v in spec["start"].items()}
    return Staged(widget, names, spec["panels"], spec["height"], spec["status"]), start


def stage(
    widget: Widget,
    controls: Mapping[str, Iterable] | Sequence[str] = (),
    *,
    panels: Sequence[int] | None = None,
    height: int = 440,
    status: bool = True,
    **start,
) -> None:
    """Put a widget on the slide: live with a kernel, moved through frames without one.

    `controls` names the sliders and menus on the slide, with the values that the frames are
    computed for: `{"steps": range(11), "alpha": (0.0, 0.01, 0.02)}`. A bare name takes every value
    of its slider. `panels` picks some of the picture's panels, `height` is in pixels of the slide,
    `status=False` drops the line under the picture, and `start` is the state that it opens with.

    Raises ValueError for an unknown control or panel, and where too many frames would be needed.
    """
    grid = {name: values_of(widget, name, controls) for name in controls}
    opened = widget.state_type(**start)
    for name, values in grid.items():
        if getattr(opened, name) not in values:
            raise ValueError(
                f"{widget.key} opens with {name} = {getattr(opened, name)}, which is not among "
                f"the values of its frames: add it, or start elsewhere."
            )
    count = 1
    for values in grid.values():
        count *= len(values)
    if count > MOST_FRAMES:
        sizes = " × ".join(str(len(values)) for values in grid.values())
        raise ValueError(f"{sizes} values are {count} frames; {MOST_FRAMES} are allowed.")
    staged = Staged(widget, list(grid), panels, height, status)
    live = Live(staged, opened)
    name = f"{widget.key} · {widget.title} (run this cell to make it live)"
    display(bundle(live.box, name), raw=True)
    scene = staged.scene(opened)
    spec = {
        "widget": widget.key, "controls": list(grid.items()), "panels": panels, "height": height,
        "status": status, "start": start,
    }  # fmt: skip
    still = {"image/png": plots.png(scene), "text/plain": scene.alt, STAGE: spec}
    display(still, metadata={"image/png": {"alt": scene.alt}}, raw=True)
    LIVE.append(live)


def values_of(widget: Widget, name: str, controls) -> list:
    """The values of one control that frames are computed for."""
    known = widget.controls()
    if name not in known:
        raise ValueError(f"{widget.key} has no control {name!r}: choose from {', '.join(known)}.")
    if isinstance(controls, Mapping):
        kind = type(next(f.default for f in fields(widget.state_type) if f.name == name))
        return [kind(value) for value in controls[name]]
    meta = known[name]
    if meta["kind"] == "switch":
        return [False, True]
    if meta["kind"] == "choice":
        return list(meta["options"])
    step = meta["step"] or (1 if meta["kind"] == "int" else 0.01)
    count = round((meta["high"] - meta["low"]) / step)
    values = [meta["low"] + i * step for i in range(count + 1)]
    return values if meta["kind"] == "int" else [round(value, 9) for value in values]
