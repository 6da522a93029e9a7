"""W16 in a real page: watched with the play button and the slider, walked with keys and clicks."""

import re
from collections.abc import Iterator

import pytest
from maze_cases import way

from benchmarks.lab import Lab, NotebookPage, WidgetInPage, notebook
from course_lib.widgets.w16_maze import END, State

CELL = "from course_lib.widgets.w16_maze import W16\nW16.show()"


@pytest.fixture(scope="module")
def maze(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """W16 on a screen with a touch panel."""
    (lab.folder / "maze.ipynb").write_text(notebook(CELL), encoding="utf-8")
    page = NotebookPage(chromium, lab, "maze.ipynb", has_touch=True)
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture
def w16(maze: NotebookPage) -> WidgetInPage:
    """W16 in view, the agent walking, at the start of some maze."""
    (widget,) = maze.widgets()
    widget.scroll()
    widget.menus.nth(1).select_option(label="watch the agent")
    widget.buttons.nth(1).click()
    widget.settle()
    return widget


def walking(widget: WidgetInPage) -> WidgetInPage:
    widget.menus.nth(1).select_option(label="walk yourself")
    widget.settle()
    return widget


def test_the_slider_shows_more_of_both_walks(maze: NotebookPage, w16: WidgetInPage):
    shown = {}
    w16.sliders.first.focus()
    for key in ("End", "Home"):
        maze.page.keyboard.press(key)
        w16.settle()
        maze.shot(f"slider-{key}", w16.box)
        shown[w16.readouts.first.inner_text()] = w16.pixels()
    assert set(shown) == {"0", str(END)}
    assert len(set(shown.values())) == 2


def test_the_play_button_moves_on_and_pauses(maze: NotebookPage, w16: WidgetInPage):
    w16.players.nth(0).click()
    readout = w16.readouts.first.element_handle()
    maze.page.wait_for_function("(readout) => Number(readout.innerText) >= 2", arg=readout)
    w16.players.nth(0).click()
    w16.settle()
    moves = int(w16.readouts.first.inner_text())
    assert 2 <= moves < END
    maze.page.wait_for_timeout(1000)
    assert w16.readouts.first.inner_text() == str(moves)


def test_each_switch_changes_the_picture(maze: NotebookPage, w16: WidgetInPage):
    w16.sliders.first.focus()
    maze.page.keyboard.press("End")
    w16.settle()
    before = w16.pixels()
    for i in range(w16.switches.count()):
        w16.switches.nth(i).click()
        w16.settle()
        maze.shot(f"switch-{i}", w16.box)
        assert w16.pixels() != before
        w16.switches.nth(i).click()
        w16.settle()
        assert w16.pixels() == before


def test_the_reader_walks_with_the_arrow_keys(maze: NotebookPage, w16: WidgetInPage):
    walking(w16).canvas.focus()
    keys = way(4, State().maze)
    for key in keys:
        maze.page.keyboard.press(key)
    w16.settle()
    maze.shot("halfway", w16.box)
    assert "Episode 2: 0 moves" in w16.status()
    for key in keys:
        maze.page.keyboard.press(key)
    w16.settle()
    maze.shot("walked", w16.box)
    found = re.search(r"You: (\d+) moves?, then (\d+).* shortest path: (\d+)", w16.status())
    assert found
    assert set(found.groups()) == {str(len(keys))}


def test_the_page_does_not_scroll_under_the_arrow_keys(maze: NotebookPage, w16: WidgetInPage):
    walking(w16).canvas.focus()
    before = w16.canvas.bounding_box()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        maze.page.keyboard.press(key)
    w16.settle()
    assert w16.canvas.bounding_box() == before
    assert "Episode 1: 3 moves" in w16.status()


def test_a_finger_walks_on_the_arrows(maze: NotebookPage, w16: WidgetInPage):
    walking(w16)
    arrows = {spot["name"]: spot for spot in w16.clickables()}
    assert set(arrows) == {"ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"}
    for name in way(4, State().maze)[:3]:
        maze.page.touchscreen.tap(arrows[name]["x"], arrows[name]["y"])
        w16.settle()
    maze.shot("finger", w16.box)
    assert "Episode 1: 3 moves" in w16.status()


def test_nothing_went_wrong_and_nothing_left_the_machine(maze: NotebookPage):
    assert maze.errors == []
    assert maze.strangers == []
