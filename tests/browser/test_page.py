"""The canvas in a real page: keys, touch, themes, narrow screens, a busy kernel, errors."""

from pathlib import Path

import pytest

from benchmarks.lab import BUSY, NotebookPage, WidgetInPage


@pytest.fixture
def widget(toy: NotebookPage) -> WidgetInPage:
    """The toy widget, in view."""
    widget = toy.widgets()[0]
    widget.scroll()
    return widget


def test_keys_choose_a_handle_and_move_it(toy: NotebookPage, widget: WidgetInPage):
    keyboard, before = toy.page.keyboard, widget.handles()
    widget.switches.first.focus()
    while not widget.canvas.evaluate("(canvas) => canvas === document.activeElement"):
        keyboard.press("Tab")
    keyboard.press("n")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        keyboard.press(key)
        widget.settle()
    after = widget.handles()
    toy.shot("keys")
    assert after[0] == before[0]
    assert after[1]["px"] == pytest.approx(before[1]["px"] + 16, abs=0.1)
    assert after[1]["py"] == before[1]["py"], "it may move along x only"


def test_two_keys_within_one_frame_are_two_steps(toy: NotebookPage, widget: WidgetInPage):
    widget.canvas.focus()
    before = {h["index"]: h["px"] for h in widget.handles()}
    widget.canvas.evaluate("""(canvas) => {
      for (let i = 0; i < 2; i++) {
        canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
      }
    }""")
    widget.settle()
    shifts = [h["px"] - before[h["index"]] for h in widget.handles()]
    assert min(shifts) == pytest.approx(-16, abs=0.1)
    assert max(shifts) == 0
    for _ in range(2):
        toy.page.keyboard.press("ArrowRight")
    widget.settle()


def test_keys_that_the_widget_wants_are_its_own(toy: NotebookPage, widget: WidgetInPage):
    keyboard, handles, status = toy.page.keyboard, widget.handles(), widget.status()
    top = widget.canvas.bounding_box()["y"]
    widget.canvas.focus()
    keyboard.down("ArrowDown")
    keyboard.down("ArrowDown")  # held: the browser repeats it, and it counts once
    keyboard.up("ArrowDown")
    for key in ("d", "1", "d"):  # JupyterLab's "d, d" would restart nothing less than the kernel
        keyboard.press(key)
    widget.settle()
    assert "keys ''" in status
    assert "1 clicks, keys 'ndd'" in widget.status()
    assert widget.handles() == handles
    assert widget.canvas.bounding_box()["y"] == top, "the page has scrolled"
    widget.buttons.first.click()
    widget.settle()


def test_a_finger_drags_a_handle_and_the_page_stays(toy: NotebookPage, widget: WidgetInPage):
    handle = widget.handles()[0]
    send = toy.context.new_cdp_session(toy.page).send

    def finger(kind: str, dx: float) -> None:
        points = [{"x": handle["x"] + dx, "y": handle["y"]}] if kind != "touchEnd" else []
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", 12)  # beside the handle: a finger is thick
    for dx in range(20, 101, 10):
        finger("touchMove", dx)
    finger("touchEnd", 0)
    widget.settle()
    moved = widget.handles()[0]
    assert moved["px"] == pytest.approx(handle["px"] + 100, abs=1)
    assert moved["y"] == pytest.approx(handle["y"], abs=1)


def test_a_handle_stays_inside_its_panel(toy: NotebookPage, widget: WidgetInPage):
    handle, mouse = widget.handles()[0], toy.page.mouse
    mouse.move(handle["x"], handle["y"])
    mouse.down()
    mouse.move(5, handle["y"], steps=4)
    mouse.up()
    widget.settle()
    assert widget.handles()[0]["px"] == pytest.approx(62, abs=1)


def test_a_finger_s_tap_is_a_click(toy: NotebookPage, widget: WidgetInPage):
    spot = widget.clickables()[0]
    toy.page.touchscreen.tap(spot["x"], spot["y"])
    widget.settle()
    assert "1 clicks" in widget.box.locator(".course-status").inner_text()


def test_a_dragged_handle_follows_while_the_kernel_is_busy(
    toy: NotebookPage, widget: WidgetInPage, busy: Path
):
    toy.start_cell(-1)
    toy.page.wait_for_selector(BUSY, state="attached")
    widget.canvas.scroll_into_view_if_needed()
    handle, mouse = widget.handles()[1], toy.page.mouse
    mouse.move(handle["x"], handle["y"])
    mouse.down()
    for dx in range(10, 61, 10):
        mouse.move(handle["x"] + dx, handle["y"])
        widget.frame()
        assert widget.handles()[1]["px"] == pytest.approx(handle["px"] + dx, abs=1)
    mouse.up()
    widget.frame()
    assert widget.handles()[1]["px"] == pytest.approx(handle["px"] + 60, abs=1)
    assert toy.page.locator(BUSY).count()
    busy.unlink()
    widget.settle()
    assert widget.handles()[1]["px"] == pytest.approx(handle["px"] + 60, abs=1)


def test_an_error_in_a_widget_is_shown_and_the_picture_stays(toy: NotebookPage):
    broken = toy.widgets(2)[1]
    broken.scroll()
    before = broken.pixels()
    broken.buttons.first.click()
    broken.settle()
    toy.shot("error")
    assert "W99 met an error of its own (RuntimeError: a planted error)" in broken.problem()
    assert broken.pixels() == before


def test_on_a_fine_screen_the_canvas_has_twice_the_pixels(widget: WidgetInPage):
    width, height = widget.canvas.evaluate("(canvas) => [canvas.width, canvas.height]")
    box = widget.canvas.bounding_box()
    assert (width, height) == (round(2 * box["width"]), round(2 * box["height"]))


def test_in_a_dark_theme_the_widget_stays_a_white_card(toy: NotebookPage, widget: WidgetInPage):
    before = widget.pixels()
    toy.page.click(".lm-MenuBar-item >> text=Settings")
    toy.page.hover(".lm-Menu-item >> text=Theme")
    toy.page.click(".lm-Menu-item >> text=JupyterLab Dark >> nth=0")
    toy.page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    widget.settle()
    toy.shot("dark")
    card = widget.box.locator(".course-widget")
    assert card.evaluate("(el) => getComputedStyle(el).backgroundColor") == "rgb(255, 255, 255)"
    assert widget.pixels() == before


def test_on_a_narrow_screen_panels_stand_below_each_other(toy: NotebookPage, widget: WidgetInPage):
    wide = widget.canvas.bounding_box()
    toy.page.keyboard.press("Control+b")
    toy.page.set_viewport_size({"width": 560, "height": 900})
    widget.scroll()
    toy.shot("narrow")
    narrow = widget.canvas.bounding_box()
    toy.page.set_viewport_size({"width": 1300, "height": 1000})
    assert narrow["width"] < 450
    assert narrow["height"] == pytest.approx(2 * wide["height"], rel=0.01)


def test_nothing_went_wrong_in_the_page_and_nothing_left_the_machine(toy: NotebookPage):
    assert toy.errors == []
    assert toy.strangers == []
