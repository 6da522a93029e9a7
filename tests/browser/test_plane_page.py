"""W20 in a real page: mouse, finger and keys move the tasks and θ, and the buttons move θ on."""

import math
import re

import pytest

from benchmarks.lab import NotebookPage, WidgetInPage
from benchmarks.widget_latency import CLOCK, HASH, measure
from course_lib.ground.patience import pace

STEP, RUN, FIGURE, AGAIN = range(4)
TASKS, K, ALPHA, NARROW, TURN = range(5)


@pytest.fixture
def w20(in_the_plane: NotebookPage) -> WidgetInPage:
    """The widget as it opens."""
    widget = in_the_plane.widgets()[0]
    widget.canvas.scroll_into_view_if_needed()
    press(widget, AGAIN)
    return widget


def press(widget: WidgetInPage, button: int) -> None:
    widget.buttons.nth(button).click()
    widget.settle()
    assert widget.problem() == ""


def set_to(widget: WidgetInPage, slider: int, value: str) -> None:
    widget.readouts.nth(slider).fill(value)
    widget.page.keyboard.press("Enter")
    widget.settle()
    assert widget.problem() == ""


def place(widget: WidgetInPage, name: str) -> dict:
    return next(handle for handle in widget.handles() if handle["name"] == name)


def numbers(widget: WidgetInPage) -> list[float]:
    """The meta-loss at θ, and where exact, first order and joint end."""
    words = re.search(r"at θ (\S+)\. .* exact (\S+), first order (\S+), joint (\S+?)\.(?: |$)",
                      widget.status())  # fmt: skip
    return [float(word) for word in words.groups()]


def drag(widget: WidgetInPage, name: str, dx: float, dy: float) -> None:
    handle, mouse = place(widget, name), widget.page.mouse
    mouse.move(handle["x"], handle["y"])
    mouse.down()
    mouse.move(handle["x"] + dx, handle["y"] + dy, steps=8)
    mouse.up()
    widget.settle()
    assert widget.problem() == ""


def test_a_dragged_task_takes_all_three_ends_with_it(in_the_plane: NotebookPage, w20: WidgetInPage):
    before = numbers(w20)
    drag(w20, "c1", -60, 40)
    after = numbers(w20)
    assert all(a < b for a, b in zip(after[1:], before[1:], strict=True))  # nearer to each other
    in_the_plane.shot("dragged", w20.box)


def test_a_dragged_theta_changes_its_own_loss_and_no_end(w20: WidgetInPage):
    before = numbers(w20)
    drag(w20, "theta", -20, -120)
    after = numbers(w20)
    assert after[0] < before[0]
    assert after[1:] == before[1:]


def test_a_finger_drags_and_the_page_stays(in_the_plane: NotebookPage, w20: WidgetInPage):
    handle, before = place(w20, "c0"), numbers(w20)
    send = in_the_plane.context.new_cdp_session(in_the_plane.page).send

    def finger(kind: str, d: float) -> None:
        points = [{"x": handle["x"] + d, "y": handle["y"] - d}] if kind != "touchEnd" else []
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", 8)
    for d in range(15, 61, 5):
        finger("touchMove", d)
    finger("touchEnd", 0)
    w20.settle()
    moved = place(w20, "c0")
    assert moved["px"] > handle["px"] + 40
    assert moved["y"] < handle["y"] - 40
    assert place(w20, "c1")["y"] == pytest.approx(place(w20, "c1")["py"] + moved["y"] - moved["py"])
    assert numbers(w20) != before


def test_keys_choose_a_handle_and_move_it(in_the_plane: NotebookPage, w20: WidgetInPage):
    keyboard = in_the_plane.page.keyboard
    before = {h["name"]: (h["px"], h["py"]) for h in w20.handles()}
    w20.canvas.focus()
    keyboard.press("n")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        keyboard.press(key)
    w20.settle()
    after = {h["name"]: (h["px"], h["py"]) for h in w20.handles()}
    moved = [name for name in after if after[name] != pytest.approx(before[name], abs=0.5)]
    assert len(moved) == 1
    (x0, y0), (x1, y1) = before[moved[0]], after[moved[0]]
    assert (x1 - x0, y1 - y0) == pytest.approx((16, -8), abs=1)


def test_outer_steps_lead_to_the_end_of_the_chosen_way(
    in_the_plane: NotebookPage, w20: WidgetInPage
):
    for way, column in (("joint", 3), ("exact", 1)):
        press(w20, AGAIN)
        w20.menus.first.select_option(label=way)
        w20.settle()
        for _ in range(12):
            press(w20, STEP)
        found = numbers(w20)
        assert found[0] == pytest.approx(found[column], rel=0.05)
    in_the_plane.shot("steps", w20.box)


def test_its_buttons_draw_the_ways_and_the_papers_figure(
    in_the_plane: NotebookPage, w20: WidgetInPage
):
    plain = w20.pixels()
    press(w20, RUN)
    assert w20.pixels() != plain
    in_the_plane.shot("run", w20.box)
    press(w20, FIGURE)
    assert "All tasks curve alike" in w20.status()
    _, *ends = numbers(w20)
    assert len(set(ends)) == 1
    assert len(w20.handles()) == 4
    in_the_plane.shot("figure-1", w20.box)


@pytest.mark.parametrize("key", ["Home", "End"])
def test_its_picture_holds_at_both_ends_of_all_sliders(
    in_the_plane: NotebookPage, w20: WidgetInPage, key: str
):
    press(w20, RUN)
    for i in range(w20.sliders.count()):
        w20.sliders.nth(i).focus()
        in_the_plane.page.keyboard.press(key)
        w20.settle()
        assert w20.problem() == ""
    for name in ("theta", "c0", "c1"):
        drag(w20, name, 900, -900)
    in_the_plane.shot(f"sliders-{key}", w20.box)
    assert len(w20.handles()) == (4 if key == "End" else 3)


def test_overshooting_and_divergence_are_said(in_the_plane: NotebookPage, w20: WidgetInPage):
    set_to(w20, K, "1")
    set_to(w20, ALPHA, "0.5")
    assert "overshoot across the valleys. First order runs away from its ring." in w20.status()
    press(w20, RUN)
    in_the_plane.shot("runs-away", w20.box)
    set_to(w20, ALPHA, "0.8")
    set_to(w20, K, "20")
    assert "αλ = 2.40 > 2: the inner steps diverge" in w20.status()
    in_the_plane.shot("diverged", w20.box)


def test_it_fits_a_narrow_page(in_the_plane: NotebookPage, w20: WidgetInPage):
    canvas, notebook = in_the_plane.in_a_narrow_window(w20)
    assert canvas <= notebook


def test_a_moved_slider_shows_within_a_fifth_of_a_second(w20: WidgetInPage):
    w20.canvas.evaluate(CLOCK % HASH)
    w20.sliders.nth(K).focus()
    before = pace()
    keys = ["ArrowRight"] * 10 + ["ArrowLeft"] * 10
    press = w20.page.keyboard.press
    times = sorted(measure(w20, lambda key=key: press(key)) or math.inf for key in keys)
    p95 = times[-2]  # ∞ where no pixel changed
    print({"median, ms": times[10], "p95, ms": p95})
    assert p95 <= 200 * max(before.wall, pace().wall)


def test_nothing_went_wrong_and_nothing_left_the_machine(in_the_plane: NotebookPage):
    assert in_the_plane.errors == []
    assert in_the_plane.strangers == []
