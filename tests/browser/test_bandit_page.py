"""W14 in a real page, played from the keyboard: JupyterLab must not swallow the keys."""

from pathlib import Path

import pytest

from benchmarks.lab import NotebookPage, WidgetInPage


@pytest.fixture
def w14(bandit: NotebookPage) -> WidgetInPage:
    """W14 in view, with a bandit that nobody has played."""
    widget, _ = bandit.widgets(2)
    widget.scroll()
    widget.buttons.nth(0).click()
    widget.settle()
    return widget


def test_w14_is_played_with_digits(bandit: NotebookPage, w14: WidgetInPage):
    arms = w14.clickables()
    assert [arm["name"] for arm in arms] == ["1", "2", "3", "4", "5"]
    bandit.page.mouse.click(arms[2]["x"], arms[2]["y"])  # from here on the picture hears keys
    for key in "1223345":
        bandit.page.keyboard.press(key)
    w14.settle()
    assert "after 8 of 10 pulls" in w14.status()
    for key in "719":  # a five-armed bandit has neither a 7 nor a 9
        bandit.page.keyboard.press(key)
    bandit.page.keyboard.press("2")
    w14.settle()
    bandit.shot("digits", w14.box)
    assert "after 10 of 10 pulls. On the same coin flips: RL² " in w14.status()


def test_w14_is_played_with_arrows_and_enter(bandit: NotebookPage, w14: WidgetInPage):
    w14.canvas.focus()
    for key in ("ArrowRight", "Enter", "ArrowLeft", "ArrowLeft", " ", "Enter"):
        bandit.page.keyboard.press(key)
        w14.settle()
    bandit.shot("arrows", w14.box)
    assert "after 3 of 10 pulls" in w14.status()
    assert w14.box.locator(".course-status").evaluate("(el) => el.scrollWidth <= el.clientWidth")


def test_w14_s_tenth_arm_has_the_key_0(bandit: NotebookPage, w14: WidgetInPage):
    w14.menus.nth(0).select_option(label="10")
    w14.settle()
    w14.canvas.focus()
    bandit.page.keyboard.press("0")
    w14.settle()
    assert "after 1 of 10 pulls" in w14.status()
    assert "keys 1 … 9, 0" in w14.status()
    w14.menus.nth(0).select_option(label="5")
    w14.settle()
    assert "keys 1 … 5" in w14.status()


def test_w14_loses_no_key_while_the_kernel_is_busy(bandit: NotebookPage, busy: Path):
    _, slow = bandit.widgets(2)
    slow.scroll()
    slow.canvas.focus()
    for key in "1122345":
        bandit.page.keyboard.press(key)
    assert "after 0 of 10 pulls" in slow.status()
    busy.unlink()
    slow.box.get_by_text("after 7 of 10 pulls").wait_for()
    slow.settle()
    assert "after 7 of 10 pulls" in slow.status()


def test_nothing_went_wrong_and_nothing_left_the_machine(bandit: NotebookPage):
    assert bandit.errors == []
    assert bandit.strangers == []
