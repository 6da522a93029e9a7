"""The self-test in a real page: a click, a finger or a key answers, once; what is wrong is kept."""

import pytest

from benchmarks.lab import NotebookPage, WidgetInPage

NEXT, ANEW = range(2)


@pytest.fixture
def card(tested: NotebookPage) -> WidgetInPage:
    """The card, at a question that has no answer yet."""
    card = tested.widgets()[0]
    card.canvas.scroll_into_view_if_needed()
    press(card, ANEW)
    return card


def press(card: WidgetInPage, button: int) -> None:
    card.buttons.nth(button).click()
    card.settle()
    assert card.problem() == ""


def option(card: WidgetInPage, number: int) -> dict:
    return card.clickables()[number]


def test_a_click_answers_and_the_reason_stands_below(tested: NotebookPage, card: WidgetInPage):
    assert card.status().startswith("Question 1 of ")
    place = option(card, 1)
    card.page.mouse.click(place["x"], place["y"])
    card.settle()
    assert any(word in card.status() for word in (" Right. ", " Not so. "))
    assert card.clickables() == []
    tested.shot("answered", card.box)


def test_a_key_answers_too_and_only_once(card: WidgetInPage):
    card.canvas.focus()
    card.page.keyboard.press("2")
    card.settle()
    said = card.status()
    assert any(word in said for word in (" Right. ", " Not so. "))
    card.page.keyboard.press("1")
    card.settle()
    assert card.status() == said


def test_a_finger_answers_too(card: WidgetInPage):
    place = option(card, 0)
    card.page.touchscreen.tap(place["x"], place["y"])
    card.settle()
    assert any(word in card.status() for word in (" Right. ", " Not so. "))


def test_the_next_question_waits_for_an_answer(card: WidgetInPage):
    press(card, NEXT)
    assert "Choose an answer first." in card.status()
    card.canvas.focus()
    card.page.keyboard.press("1")
    card.settle()
    press(card, NEXT)
    assert card.status().startswith("Question 2 of ")


def test_a_round_on_one_lesson_ends_with_its_score(tested: NotebookPage, card: WidgetInPage):
    card.menus.first.select_option("02")
    card.settle()
    asked = int(card.status().split(" of ")[1].split(" ")[0])
    for _ in range(asked):
        card.canvas.focus()
        card.page.keyboard.press("1")
        card.settle()
        press(card, NEXT)
    assert f" of {asked} answers were right" in card.status()
    tested.shot("finished", card.box)
    card.menus.first.select_option("all lessons")
    card.settle()


def test_it_fits_into_a_narrow_window(tested: NotebookPage, card: WidgetInPage):
    inner, outer = tested.in_a_narrow_window(card)
    assert inner <= outer
