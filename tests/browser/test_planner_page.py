"""W21 in a real page: a planner is stepped by keys and buttons, and its world drawn."""

import math
import re
from collections.abc import Iterator

import pytest

from benchmarks.lab import Lab, NotebookPage, WidgetInPage, notebook
from benchmarks.widget_latency import CLOCK, HASH, measure
from course_lib.ground.patience import pace
from course_lib.widgets.w21_planner import PLANNERS, STEPS

CELL = "from course_lib.widgets.w21_planner import W21\nW21.show()"
STEP, EPISODE, START, LUCK, WORLD = range(5)


@pytest.fixture(scope="module")
def planning(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """W21."""
    (lab.folder / "planner.ipynb").write_text(notebook(CELL), encoding="utf-8")
    page = NotebookPage(chromium, lab, "planner.ipynb")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture
def w21(planning: NotebookPage) -> WidgetInPage:
    """W21 in view, at the start of its trial."""
    (widget,) = planning.widgets()
    widget.scroll()
    press(widget, START)
    return widget


def press(widget: WidgetInPage, button: int) -> None:
    widget.buttons.nth(button).click()
    widget.settle()
    assert widget.problem() == ""


def steps_done(widget: WidgetInPage) -> int:
    return int(re.match(r"(\d+) steps? done", widget.status())[1])


def test_arrow_keys_step_and_step_back(planning: NotebookPage, w21: WidgetInPage):
    w21.canvas.focus()
    seen = [w21.pixels()]
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        planning.page.keyboard.press(key)
        w21.settle()
        seen.append(w21.pixels())
    assert steps_done(w21) == 2
    assert seen[4] == seen[2]
    assert len(set(seen)) == 4


def test_buttons_go_by_steps_and_by_episodes(w21: WidgetInPage):
    press(w21, STEP)
    assert steps_done(w21) == 1
    press(w21, EPISODE)
    assert steps_done(w21) == 10
    press(w21, EPISODE)
    assert steps_done(w21) == 20


def test_each_planner_has_a_picture_of_its_own(planning: NotebookPage, w21: WidgetInPage):
    press(w21, EPISODE)
    shown = {}
    for name in PLANNERS:
        w21.menus.first.select_option(label=name)
        w21.settle()
        assert w21.problem() == ""
        shown[name] = w21.pixels()
        planning.shot(f"planner-{name}", w21.box)
    assert len(set(shown.values())) == len(PLANNERS)
    w21.menus.first.select_option(label="UCRL2")
    w21.settle()


def test_the_truth_is_shown_on_demand_and_covered_again(planning: NotebookPage, w21: WidgetInPage):
    press(w21, EPISODE)
    before = w21.pixels()
    w21.switches.first.click()
    w21.settle()
    assert "who knows the world gets" in w21.status()
    planning.shot("revealed", w21.box)
    w21.switches.first.click()
    w21.settle()
    assert w21.pixels() == before


def test_greedy_stays_where_it_is_and_other_luck_is_another_trial(
    planning: NotebookPage, w21: WidgetInPage
):
    w21.menus.first.select_option(label="greedy")
    w21.sliders.first.focus()
    planning.page.keyboard.press("End")
    w21.settle()
    assert w21.status().startswith(f"{STEPS} steps done, 0 of them away")
    w21.switches.first.click()
    w21.settle()
    planning.shot("greedy-stuck", w21.box)
    w21.switches.first.click()
    before = w21.status()
    press(w21, LUCK)
    assert w21.status() != before
    press(w21, WORLD)
    planning.shot("another-world", w21.box)
    w21.menus.first.select_option(label="UCRL2")
    w21.settle()


def test_it_fits_a_narrow_page(planning: NotebookPage, w21: WidgetInPage):
    canvas, notebook = planning.in_a_narrow_window(w21)
    assert canvas <= notebook


def test_a_step_shows_within_a_fifth_of_a_second(w21: WidgetInPage):
    w21.canvas.evaluate(CLOCK % HASH)
    w21.canvas.focus()
    before = pace()
    keys = ["ArrowRight"] * 15 + ["ArrowLeft"] * 5
    press = w21.page.keyboard.press
    times = sorted(measure(w21, lambda key=key: press(key)) or math.inf for key in keys)
    p95 = times[-2]  # ∞ where no pixel changed
    print({"median, ms": times[10], "p95, ms": p95})
    assert p95 <= 200 * max(before.wall, pace().wall)


def test_nothing_went_wrong_and_nothing_left_the_machine(planning: NotebookPage):
    assert planning.errors == []
    assert planning.strangers == []
