"""W19 in a real page: the curve grows while the kernel trains, and Stop is heard at once."""

import time
from pathlib import Path

import pytest

from benchmarks.lab import BUSY, NotebookPage, WidgetInPage
from course_lib.ground.patience import pace

RUN, STOP, KEEP, RESET = range(4)
MENUS = {"world": 0, "alpha": 1, "beta": 2, "width": 3}


@pytest.fixture
def w19(trainer: NotebookPage) -> WidgetInPage:
    widget = trainer.widgets()[0]
    widget.canvas.scroll_into_view_if_needed()
    return widget


def stop(widget: WidgetInPage) -> float:
    """Seconds from the press to the picture that shows it."""
    began = time.perf_counter()
    widget.buttons.nth(STOP).click()
    widget.wait(lambda: "Stopped" in widget.status())
    return time.perf_counter() - began


def test_w19_trains_nothing_before_it_is_told_to(trainer: NotebookPage, w19: WidgetInPage):
    w19.settle()
    assert "Press Train: sinusoids, 10-shot, α = 0.01, K = 1" in w19.status()
    assert "The pale run comes with the course, with the same settings." in w19.status()
    trainer.shot("before", w19.box)
    drawn = w19.drawn()
    trainer.page.wait_for_timeout(500)
    assert w19.drawn() == drawn


def test_w19_grows_its_curve_while_it_trains_and_stops(trainer: NotebookPage, w19: WidgetInPage):
    w19.buttons.nth(RUN).click()
    w19.wait(lambda: w19.steps_done() > 30)
    drawn, seen, pixels = w19.drawn(), w19.steps_done(), w19.pixels()
    w19.wait(lambda: w19.steps_done() > seen + 60)
    assert w19.drawn() >= drawn + 2
    assert w19.pixels() != pixels
    before = pace()
    times = [stop(w19)]
    stopped = w19.steps_done()
    trainer.page.wait_for_timeout(400)
    assert w19.steps_done() == stopped
    for _ in range(4):
        w19.buttons.nth(RUN).click()
        w19.wait(lambda: "Training" in w19.status())
        times.append(stop(w19))
    print({"Stop, ms": [round(1e3 * t) for t in times]})
    assert sorted(times)[2] <= 0.5 * max(before.wall, pace().wall)
    assert w19.steps_done() >= stopped
    trainer.shot("stopped", w19.box)


def test_w19_keeps_a_run_and_lays_the_next_one_over_it(trainer: NotebookPage, w19: WidgetInPage):
    w19.buttons.nth(KEEP).click()
    w19.settle()
    w19.sliders.nth(2).focus()  # K
    trainer.page.keyboard.press("End")
    w19.settle()
    w19.buttons.nth(RUN).click()
    w19.wait(lambda: w19.steps_done() > 40)
    stop(w19)
    assert "after K = 5" in w19.status()
    assert "Pale: the kept run, with K = 1." in w19.status()
    trainer.shot("overlaid", w19.box)
    assert w19.problem() == ""


def test_w19_is_stopped_by_a_moved_slider_and_says_what_is_new(
    trainer: NotebookPage, w19: WidgetInPage
):
    w19.buttons.nth(RUN).click()
    w19.wait(lambda: "Training" in w19.status())
    w19.sliders.nth(2).focus()
    trainer.page.keyboard.press("Home")
    w19.wait(lambda: "Press Train for a new run with K = 0." in w19.status())
    w19.settle()
    assert "Stopped" in w19.status()
    assert w19.box.locator(".widget-readout").nth(2).inner_text() == "0"


def test_w19_is_paused_by_a_cell_and_its_stop_button_ends_the_training(
    trainer: NotebookPage, w19: WidgetInPage, busy: Path
):
    w19.buttons.nth(RUN).click()
    w19.wait(lambda: w19.steps_done() > 5)
    trainer.start_cell(1)
    trainer.page.wait_for_selector(BUSY, state="attached")
    trainer.page.wait_for_timeout(800)
    seen = w19.steps_done()
    trainer.page.wait_for_timeout(500)
    assert w19.steps_done() == seen, "a cell runs, and so does the training"
    busy.unlink()
    w19.wait(lambda: w19.steps_done() > seen)
    trainer.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
    )
    w19.wait(lambda: "Stopped" in w19.status())
    w19.settle()


@pytest.mark.parametrize("key", ["End", "Home"])
def test_w19_holds_its_picture_at_both_ends_of_its_sliders(
    trainer: NotebookPage, w19: WidgetInPage, key: str
):
    for i in range(w19.sliders.count()):
        w19.sliders.nth(i).focus()
        trainer.page.keyboard.press(key)
    w19.settle()
    w19.buttons.nth(RUN).click()
    w19.wait(lambda: "Training" in w19.status() and w19.steps_done() > 5)
    stop(w19)
    trainer.shot(f"sliders-{key}", w19.box)
    assert w19.problem() == ""


def test_w19_trains_on_characters_and_refuses_what_is_too_much(
    trainer: NotebookPage, w19: WidgetInPage
):
    w19.buttons.nth(RESET).click()
    w19.settle()
    w19.menus.nth(MENUS["world"]).select_option(label="characters")
    w19.settle()
    assert "characters, 5-way 1-shot, α = 0.4" in w19.status()
    w19.buttons.nth(RUN).click()
    w19.wait(lambda: w19.steps_done() > 30, 120)
    before = pace()
    taken = stop(w19)
    print({"Stop, ms": round(1e3 * taken)})
    assert taken <= 0.5 * max(before.wall, pace().wall)
    trainer.shot("characters", w19.box)
    w19.sliders.nth(1).focus()  # shots
    trainer.page.keyboard.press("End")
    w19.settle()
    w19.buttons.nth(RUN).click()
    w19.settle()
    assert "20 shots and 2 queries are more than the 20 drawings" in w19.status()
    assert "Training" not in w19.status()
    trainer.shot("refused", w19.box)


def test_w19_fits_a_narrow_page(trainer: NotebookPage, w19: WidgetInPage):
    canvas, notebook = trainer.in_a_narrow_window(w19)
    assert canvas <= notebook


def test_nothing_went_wrong_and_nothing_left_the_machine(trainer: NotebookPage):
    assert trainer.errors == []
    assert trainer.strangers == []
