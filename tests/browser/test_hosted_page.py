"""What Colab's page gets, which passes no buffers on, draws the same picture."""

import base64
import io
from collections.abc import Iterator

import numpy as np
import pytest
from hosted import FAKE_COLAB
from PIL import Image

from benchmarks.lab import Lab, NotebookPage, WidgetInPage, notebook

CELLS = ["from toy_widget import TOY\nTOY.show()", FAKE_COLAB, "TOY.show()"]


@pytest.fixture(scope="module")
def colab(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """The toy widget twice: with buffers, and from a kernel that takes itself for Colab's."""
    (lab.folder / "colab.ipynb").write_text(notebook(*CELLS), encoding="utf-8")
    page = NotebookPage(chromium, lab, "colab.ipynb")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


def picture(widget: WidgetInPage) -> np.ndarray:
    """The canvas as grey levels, wherever it stands in the page."""
    address = widget.canvas.evaluate("(canvas) => canvas.toDataURL()")
    png = base64.b64decode(address.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"), float)


def test_a_widget_without_buffers_looks_the_same_and_moves(colab: NotebookPage):
    with_buffers, without = colab.widgets(2)
    before = picture(without)
    colab.shot("twice")
    assert before.std() > 5
    assert np.abs(before - picture(with_buffers)).mean() < 0.1
    without.scroll()
    without.sliders.first.focus()
    colab.page.keyboard.press("ArrowRight")
    without.settle()
    assert np.abs(before - picture(without)).mean() > 0.1
    assert colab.errors == []
