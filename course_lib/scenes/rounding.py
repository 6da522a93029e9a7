"""Pictures whose words and lines stand on the same pixels on every processor.

Agg, which draws matplotlib's pictures, puts a word on whole pixels, and a straight line too. What
is in the middle of its axes often stands on exactly half a pixel. There the last bit of the layout
would decide, and that bit belongs to the processor: the word moves by a whole pixel.
"""

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends import backend_agg
from matplotlib.transforms import Affine2D, Bbox

NUDGE = 2**-10  # pixels: far more than a last bit, far less than an eye sees
NUDGED = Affine2D().translate(NUDGE, -NUDGE)  # right and down: y is counted from the bottom


class Context(GraphicsContextBase):
    """The edges at which Agg cuts off what it draws, moved with it."""

    def set_clip_rectangle(self, rectangle):
        if rectangle is not None:
            rectangle = Bbox(NUDGED.transform(rectangle.get_points()))
        super().set_clip_rectangle(rectangle)


class Renderer(backend_agg.RendererAgg):
    """Agg, with everything a thousandth of a pixel to the right and down: no tie at half a pixel.

    Its methods are Agg's.
    """

    def new_gc(self):
        return Context()

    def draw_text(self, gc, x, y, *text, **more):
        super().draw_text(gc, x + NUDGE, y + NUDGE, *text, **more)  # y is counted from the top

    def draw_path(self, gc, path, transform, *face, **more):
        super().draw_path(gc, path, transform + NUDGED, *face, **more)

    def _update_methods(self):
        """Agg's own hook: it gives each renderer its `draw_markers` here, which draws the ticks."""
        super()._update_methods()
        drawn = self.draw_markers

        def draw_markers(gc, marker, marker_transform, path, transform, *face, **more):
            drawn(gc, marker, marker_transform, path, transform + NUDGED, *face, **more)

        self.draw_markers = draw_markers


def without_ties() -> None:
    """Draw with `Renderer` from now on, in this process."""
    backend_agg.RendererAgg = Renderer
