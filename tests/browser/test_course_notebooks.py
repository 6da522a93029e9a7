"""Every notebook with widgets or bets, in a real JupyterLab: it runs, and all do what they should.

The tests of one notebook share one page and run in this order.
"""

import re

from benchmarks.lab import NotebookPage, WidgetInPage


def touch(widget: WidgetInPage, act, *where, **how) -> int:
    """The canvas's pixels after `act(…)`; the reader must not have been shown a problem."""
    act(*where, **how)
    widget.settle()
    assert widget.problem() == "", f"{widget.key} says: {widget.problem()}"
    return widget.pixels()


def widgets_of(opened: NotebookPage) -> list[WidgetInPage]:
    """The lesson's widgets; the cards of its bets have tests of their own."""
    return [widget for widget in opened.widgets(opened.live) if not widget.key.startswith("bet ")]


def test_before_it_runs_every_widget_has_a_visible_still_picture(opened: NotebookPage):
    stills, live = opened.before
    assert live == 0
    assert len(stills) == opened.shows
    assert all(stills)


def test_it_runs_to_the_end_without_an_error(opened: NotebookPage):
    bad = '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type$=".stderr"]'
    found = opened.page.locator(".jp-Notebook").locator(bad)
    assert [found.nth(i).inner_text() for i in range(found.count())] == []


def test_each_live_widget_hides_its_still_picture(opened: NotebookPage):
    widgets = [widget for widget in widgets_of(opened) if re.match(r"W\d", widget.key)]
    assert len(widgets) == len(opened.before[0])
    assert not any(opened.visible_stills())
    for widget in widgets:
        widget.scroll()
        opened.shot(widget.key, widget.box)
        assert widget.problem() == ""


def test_every_slider_changes_the_picture_between_its_ends(opened: NotebookPage):
    press = opened.page.keyboard.press
    for widget in widgets_of(opened):
        widget.scroll()
        for i in range(widget.sliders.count()):
            handle, readout = widget.sliders.nth(i), widget.readouts.nth(i)
            start = readout.inner_text()
            handle.focus()
            high = touch(widget, press, "End")
            low = touch(widget, press, "Home")
            assert low != high, f"{widget.key}: slider {i} changes nothing"
            readout.fill(start.replace("−", "-"))
            touch(widget, press, "Enter")
            assert readout.inner_text() == start


def test_every_menu_and_check_box_changes_the_picture(opened: NotebookPage):
    for widget in widgets_of(opened):
        widget.scroll()
        for i in range(widget.menus.count()):
            menu = widget.menus.nth(i)
            start, options = menu.input_value(), menu.locator("option").all_inner_texts()
            shown = {touch(widget, menu.select_option, label=o) for o in options}
            assert len(shown) == len(options), f"{widget.key}: some options look the same"
            touch(widget, menu.select_option, value=start)
        for i in range(widget.switches.count()):
            before = widget.pixels()
            assert touch(widget, widget.switches.nth(i).click) != before
            touch(widget, widget.switches.nth(i).click)


def test_handles_follow_the_mouse_and_the_arrow_keys(opened: NotebookPage):
    for widget in widgets_of(opened):
        widget.scroll()
        if not (handles := widget.handles()):
            continue
        handle, mouse = handles[0], opened.page.mouse
        before = widget.pixels()
        mouse.move(handle["x"], handle["y"])
        mouse.down()
        mouse.move(handle["x"] + 30, handle["y"] - 24, steps=6)
        after = touch(widget, mouse.up)
        assert after != before, f"{widget.key}: the handle does not move"
        moves = [touch(widget, opened.page.keyboard.press, key) for key in ARROWS]
        assert len({after, *moves}) > 2, f"{widget.key}: arrow keys do not move the handle"


ARROWS = ("ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowDown")


def test_what_can_be_clicked_answers(opened: NotebookPage):
    for widget in widgets_of(opened):
        widget.scroll()
        if spots := widget.clickables():
            before = widget.pixels()
            where = spots[0]["x"], spots[0]["y"]
            assert touch(widget, opened.page.mouse.click, *where) != before


def test_every_button_can_be_pressed(opened: NotebookPage):
    for widget in widgets_of(opened):
        widget.scroll()
        if not widget.buttons.count():
            continue
        seen = pressed(widget)
        if len(seen) == 1 and widget.sliders.count():  # "Start again" does nothing at the start
            touch(widget, widget.sliders.first.press, "End")
            seen = pressed(widget)
        assert len(seen) > 1, f"{widget.key}: no button does a thing"


def pressed(widget: WidgetInPage) -> set[int]:
    """The pictures before the first button and after each."""
    seen = {widget.pixels()}
    for i in range(widget.buttons.count()):
        seen.add(touch(widget, widget.buttons.nth(i).click))
    return seen


def test_every_bet_can_be_made_and_knows_its_outcome(opened: NotebookPage):
    """All cells have run, so a bet is late; one on what the reader does has no outcome yet."""
    for card in opened.widgets(opened.live):
        if not card.key.startswith("bet "):
            continue
        card.scroll()
        opened.shot(card.key.replace(" ", "-"), card.box)
        if card.sliders.count():
            card.sliders.nth(0).focus()
            touch(card, opened.page.keyboard.press, "ArrowRight")
        elif card.clickables():
            touch(card, opened.page.mouse.click, *(card.clickables()[0][axis] for axis in "xy"))
        elif pads := card.pads():
            where = pads["pad"]["x"], pads["pad"]["y"] - 40  # beside the dot in the middle
            touch(card, opened.page.mouse.click, *where)
        touch(card, card.buttons.nth(0).click)
        ends = ("It is locked: read on, and run the next cells.", "it does not count.")
        assert card.status().endswith(ends), card.status()
        opened.shot(f"{card.key.replace(' ', '-')}-outcome", card.box)


def test_every_question_unfolds_its_answer(opened: NotebookPage):
    folds = opened.page.locator(".jp-RenderedMarkdown details")
    for i in range(folds.count()):
        fold = folds.nth(i)
        fold.scroll_into_view_if_needed()
        shown = fold.locator("p, table").first
        assert not shown.is_visible()
        fold.locator("summary").click()
        assert shown.is_visible()
        assert "$" not in fold.inner_text(), "its formulas are set"
    opened.shot("questions", folds.last) if folds.count() else None


def test_nothing_went_wrong_in_the_page_and_nothing_left_the_machine(opened: NotebookPage):
    assert opened.errors == []
    assert opened.strangers == []
