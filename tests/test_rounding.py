"""A picture is the same to the pixel when the last bits of its layout are others."""

import io

import numpy as np
import pytest
from matplotlib.backends import backend_agg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from course_lib.scenes import plots, rounding

LAST_BITS = 1e-9  # pixels: thousands of times the last bit of a layout


def drawn(figure: Figure) -> np.ndarray:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return np.asarray(Image.open(io.BytesIO(buffer.getvalue())).convert("L"), dtype=float)


def picture(left: float, word: str = "F") -> np.ndarray:
    """A framed picture with a title in its middle, a tick and a line; its left edge in pixels."""
    figure = Figure(figsize=(3, 2), dpi=100)
    ax = figure.add_axes(Bbox.from_bounds(left / 300, left / 200, 0.6, 0.6))
    ax.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], xlim=(0, 1), ylim=(0, 1))
    ax.set_title(word, loc="center")
    ax.plot([0.5, 0.5], [0, 1], color="black", lw=1)
    return drawn(figure)


# Fractions of a pixel, sixteenths: among them are those that put a word, a spine, a tick or a line
# on half a pixel, whatever the word's width is.
SIXTEENTHS = [30 + k / 16 for k in range(16)]


@pytest.mark.parametrize("word", ["F", "task", r"$\theta$"])
def test_the_last_bits_of_a_layout_move_nothing(word):
    for left in SIXTEENTHS:
        for off in (-LAST_BITS, LAST_BITS):
            assert np.abs(picture(left, word) - picture(left + off, word)).max() <= 1


def test_agg_alone_moves_a_word_or_a_line_by_a_whole_pixel(monkeypatch):
    """Or the test above would show nothing."""
    (plain,) = rounding.Renderer.__bases__
    monkeypatch.setattr(backend_agg, "RendererAgg", plain)
    moved = [
        np.abs(picture(left - LAST_BITS) - picture(left + LAST_BITS)).max() for left in SIXTEENTHS
    ]
    assert max(moved) > 30


@pytest.mark.parametrize("part", ["new_gc", "draw_text", "draw_path", "draw_markers"])
def test_each_part_of_it_is_needed(monkeypatch, part):
    plain = backend_agg.RendererAgg
    (agg,) = rounding.Renderer.__bases__
    if part == "draw_markers":
        monkeypatch.setattr(rounding.Renderer, "_update_methods", agg._update_methods)
    else:
        monkeypatch.setattr(rounding.Renderer, part, getattr(agg, part))
    assert plain is rounding.Renderer
    moved = [
        np.abs(picture(left - LAST_BITS) - picture(left + LAST_BITS)).max() for left in SIXTEENTHS
    ]
    assert max(moved) > 30


def test_the_still_pictures_of_widgets_are_drawn_so():
    assert plots.without_ties is rounding.without_ties
    assert backend_agg.RendererAgg is rounding.Renderer
