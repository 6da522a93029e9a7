"""W12 in a real page: a click on a query, a spoiled episode, new characters, latency."""

import statistics

import pytest

from benchmarks.lab import NotebookPage, WidgetInPage
from benchmarks.widget_latency import CLOCK, HASH, measure
from course_lib.ground.patience import pace

LOOKS = {
    "prototypical": "squared distance to the class's mean (prototypical); the least has the",
    "matching": "the picture's share of the votes (matching); the largest has the longest",
    "siamese": "p(the same character) (siamese)",
    "memory-module": "cosine with the class's nearest key (memory-module)",
    "maml": "nothing of maml: the support has gone into the weights",
    "mann": "nothing of mann: it reads slots",
}


@pytest.fixture
def w12(rivals: NotebookPage) -> WidgetInPage:
    widget = rivals.widgets()[0]
    widget.scroll()
    return widget


def test_w12_shows_every_system_with_weights(rivals: NotebookPage, w12: WidgetInPage):
    assert "5-way 1-shot, glyphs" in w12.status()
    rivals.shot("rivals", w12.box)
    assert w12.problem() == ""


def test_w12_asks_the_next_query(w12: WidgetInPage):
    before = w12.pixels()
    w12.buttons.nth(0).click()
    w12.settle()
    assert "asked about B" in w12.status()
    assert w12.pixels() != before


def test_w12_draws_a_new_episode(w12: WidgetInPage):
    before = w12.pixels()
    w12.buttons.nth(1).click()
    w12.settle()
    assert "asked about A" in w12.status()
    assert w12.pixels() != before


def test_w12_breaks_the_queries(rivals: NotebookPage, w12: WidgetInPage):
    w12.box.locator("select").nth(1).select_option(label="thick pen")
    w12.settle()
    rivals.shot("thick", w12.box)
    assert "queries thick pen" in w12.status()
    assert w12.problem() == ""


def test_w12_shows_on_the_support_what_each_system_sees(rivals: NotebookPage, w12: WidgetInPage):
    """Each system has a picture of its own; where it singles no picture out, that is said."""
    seen = {}
    for name, words in LOOKS.items():
        w12.box.locator("select").nth(2).select_option(label=name)
        w12.settle()
        rivals.shot(f"looks-{name}", w12.box)
        assert words in w12.status()
        assert w12.problem() == ""
        seen[name] = w12.pixels()
    assert len(set(seen.values())) == len(LOOKS)  # its bars, and its name in bold


@pytest.mark.parametrize(("key", "ways", "shots"), [("End", 20, 5), ("Home", 2, 1)])
def test_w12_holds_its_picture_at_both_ends_of_its_sliders(
    rivals: NotebookPage, w12: WidgetInPage, key: str, ways: int, shots: int
):
    w12.box.locator("select").nth(2).select_option(label="siamese")
    w12.settle()
    for i in range(2):
        w12.sliders.nth(i).focus()
        rivals.page.keyboard.press(key)
        w12.settle()
    rivals.shot(f"{ways}-ways-{shots}-shots", w12.box)
    assert f"{ways}-way {shots}-shot" in w12.status()
    assert "p(the same character) (siamese)" in w12.status()
    assert w12.problem() == ""


def test_w12_answers_a_slider_in_half_a_second(rivals: NotebookPage, w12: WidgetInPage):
    """Every number of ways is a new episode, which all systems answer."""
    w12.canvas.evaluate(CLOCK % HASH)
    w12.sliders.first.focus()
    press = rivals.page.keyboard.press
    before = pace()
    times = [measure(w12, lambda: press("ArrowRight")) for _ in range(8)]
    times = [t for t in times if t is not None]
    print({"W12, ms": [round(t) for t in times]})
    assert len(times) >= 6, "hardly a key changed the picture"
    assert statistics.median(times) <= 500 * max(before.wall, pace().wall)


def test_nothing_went_wrong_and_nothing_left_the_machine(rivals: NotebookPage):
    assert rivals.errors == []
    assert rivals.strangers == []
