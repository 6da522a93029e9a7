"""W17 and W18 in a real page: step sizes move while it trains; a click shows a place's numbers."""

from collections.abc import Iterator

import pytest

from benchmarks.lab import Lab, NotebookPage, WidgetInPage, notebook
from course_lib.widgets.w18_who_wins import AGAINST, BY_WORDS, LOOKS

CELLS = (
    "from course_lib.widgets.w17_step_sizes import W17\nW17.show()",
    "from course_lib.widgets.w18_who_wins import W18\nW18.show()",
)
TRAIN, STOP, OURS = range(3)
TENSOR, FROZEN, SWAP = range(3)
TASKS, COMPUTE, MAP, SHOTS = range(4)


@pytest.fixture(scope="module")
def beyond(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """Both widgets."""
    (lab.folder / "beyond.ipynb").write_text(notebook(*CELLS), encoding="utf-8")
    page = NotebookPage(chromium, lab, "beyond.ipynb")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture
def w17(beyond: NotebookPage) -> WidgetInPage:
    widget = beyond.widgets()[0]
    widget.scroll()
    return widget


@pytest.fixture
def w18(beyond: NotebookPage) -> WidgetInPage:
    widget = beyond.widgets(2)[1]
    widget.scroll()
    return widget


def test_w17_opens_with_the_course_s_training_and_swaps(beyond: NotebookPage, w17: WidgetInPage):
    w17.settle()
    assert w17.status().startswith("The course's own training")
    before = w17.pixels()
    beyond.shot("w17-opens", w17.box)
    w17.menus.nth(SWAP).select_option(label="w0 ↔ w2")
    w17.settle()
    assert "with w0 ↔ w2" in w17.status()
    assert w17.pixels() != before
    beyond.shot("w17-swapped", w17.box)
    w17.menus.nth(SWAP).select_option(label="nothing")
    w17.settle()
    assert w17.pixels() == before


def test_w17_s_bars_move_while_it_trains_and_a_frozen_one_stays(
    beyond: NotebookPage, w17: WidgetInPage
):
    w17.menus.nth(FROZEN).select_option(label="w1")
    w17.settle()
    w17.buttons.nth(TRAIN).click()
    w17.wait(lambda: w17.steps_done() >= 50)
    first = w17.pixels()
    w17.wait(lambda: w17.steps_done() >= 150)
    assert w17.pixels() != first
    w17.buttons.nth(STOP).click()
    w17.wait(lambda: "Stopped" in w17.status())
    assert "α of w1 frozen" in w17.status()
    beyond.shot("w17-trained", w17.box)
    w17.buttons.nth(OURS).click()
    w17.settle()
    assert w17.status().startswith("The course's own training")


def test_w18_shows_every_map_and_the_place_that_is_clicked(beyond: NotebookPage, w18: WidgetInPage):
    w18.settle()
    seen = set()
    for tasks, look in LOOKS.items():
        w18.menus.nth(TASKS).select_option(label=tasks)
        w18.menus.nth(MAP).select_option(label=AGAINST[0])
        for words in BY_WORDS:
            w18.menus.nth(COMPUTE).select_option(label=words)
            w18.settle()
            seen.add(w18.pixels())
            beyond.shot(f"w18-{tasks}-{BY_WORDS[words]}", w18.box)
        for against in AGAINST[1:]:
            w18.menus.nth(MAP).select_option(label=against)
            w18.settle()
            seen.add(w18.pixels())
        beyond.shot(f"w18-{tasks}-ratio", w18.box)
        assert look.world.things in w18.status()
        all_places = len(look.world.met) * len(look.world.shots)
        assert len(w18.clickables()) == all_places - 1  # the place that is shown is none
        place = w18.clickables()[-1]
        before = w18.status()
        w18.page.mouse.click(place["x"], place["y"])
        w18.settle()
        assert w18.status() != before
        assert f"{max(look.world.shots)} shots" in w18.status()
        beyond.shot(f"w18-{tasks}-clicked", w18.box)
        w18.menus.nth(SHOTS).select_option(label="few")
        w18.settle()
        assert f"{max(look.world.shots)} shots" not in w18.status()
        assert w18.problem() == ""
    assert len(seen) == len(LOOKS) * (len(BY_WORDS) + len(AGAINST) - 1)


def test_both_fit_a_narrow_page(beyond: NotebookPage, w17: WidgetInPage, w18: WidgetInPage):
    for widget in (w17, w18):
        canvas, whole = beyond.in_a_narrow_window(widget)
        assert canvas <= whole


def test_nothing_went_wrong_and_nothing_left_the_machine(beyond: NotebookPage):
    assert beyond.errors == []
    assert beyond.strangers == []
