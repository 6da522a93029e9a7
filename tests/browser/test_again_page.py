"""Cells that are run again and again: what is left of a widget, in the kernel and in the page."""

import json
from collections.abc import Iterator

import pytest

from benchmarks.lab import Lab, NotebookPage

AGAIN = 20
# Models, copies and open channels in the kernel.
KERNEL = """import ipywidgets, json
from course_lib.widgets import core
_all = ipywidgets.widgets.widget._instances, core.LIVE, get_ipython().kernel.comm_manager.comms
print(json.dumps([len(some) for some in _all]))"""
# What the kernel says to that; open channels, models and pictures in the page.
COUNT = """async (code) => {
  const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
  const { kernel } = sessionContext.session;
  let text = "";
  const future = kernel.requestExecute({ code, store_history: false });
  future.onIOPub = ({ content }) => { text += content.text ?? content.evalue ?? ""; };
  await future.done;
  const view = "application/vnd.jupyter.widget-view+json";
  const { _manager } = content.rendermime.createRenderer(view);
  const { _models } = await (_manager.promise ?? _manager);
  const pictures = document.querySelectorAll("canvas.course-canvas").length;
  return [text, kernel._comms.size, _models.size ?? Object.keys(_models).length, pictures];
}"""


@pytest.fixture(scope="module")
def again(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """A cell with one widget and a cell with two copies of another."""
    page = NotebookPage(chromium, lab, "again.ipynb")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


def counted(again: NotebookPage) -> list[int]:
    """[models, copies and channels in the kernel, channels, models and pictures in the page]."""
    again.widgets(3)
    text, *page = again.page.evaluate(COUNT, KERNEL)
    return [*json.loads(text), *page]


def test_a_cell_run_twenty_times_leaves_as_much_as_a_cell_run_once(again: NotebookPage):
    once = counted(again)
    print(f"models, copies, channels; channels, models, pictures in the page: {once}")
    assert once[1] == once[-1] == 3
    assert once[0] == once[2] == once[3] == once[4] > 30
    for number in range(2):
        for _ in range(AGAIN):
            again.run_cell(number)
        assert counted(again) == once


def test_the_widget_that_is_left_is_live(again: NotebookPage):
    left = again.widgets()[0]
    before = left.pixels()
    left.scroll()
    left.sliders.first.focus()
    again.page.keyboard.press("ArrowRight")
    left.settle()
    assert left.pixels() != before


def test_nothing_went_wrong_in_the_page_and_nothing_left_the_machine(again: NotebookPage):
    assert again.errors == []
    assert again.strangers == []
