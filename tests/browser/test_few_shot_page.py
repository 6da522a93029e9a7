"""W10 and W11 in a real page: latency, a slow kernel, drawing with mouse, finger and keys."""

import statistics
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.lab import BUSY, NotebookPage, WidgetInPage
from benchmarks.widget_latency import CLOCK, HASH, measure, row
from course_lib.ground.family import below
from course_lib.ground.patience import pace

ROOF = [(-0.4, 0.4), (0.0, -0.4), (0.4, 0.4)]  # in halves of a pad, y downwards as in the page
BAR = [(-0.4, 0.0), (0.0, 0.0), (0.4, 0.0)]


@pytest.fixture
def w10(few_shot: NotebookPage) -> WidgetInPage:
    widget = few_shot.widgets()[0]
    widget.scroll()
    return widget


@pytest.fixture
def w11(few_shot: NotebookPage) -> WidgetInPage:
    """W11 with two classes and empty pads."""
    widget = few_shot.widgets(2)[1]
    widget.scroll()
    widget.sliders.first.focus()
    few_shot.page.keyboard.press("Home")
    widget.buttons.nth(0).click()
    widget.settle()
    assert "pad A1 next: 3 of 3" in widget.status()
    return widget


def kernel_of(page: NotebookPage) -> psutil.Process:
    """The process that computes for the page: the newest kernel; the lab serves other pages too."""
    children = below(page.lab.process.pid)
    kernels = [child for child in children if "ipykernel_launcher" in " ".join(child.cmdline())]
    return max(kernels, key=lambda kernel: kernel.create_time())


def times_of(widget: WidgetInPage, slider: int, presses: int, turn: int) -> list[float]:
    """Milliseconds from a key to changed pixels; the direction changes every `turn` keys."""
    widget.sliders.nth(slider).focus()
    press, found = widget.page.keyboard.press, []
    for i in range(presses):
        key = "ArrowRight" if (i // turn) % 2 == 0 else "ArrowLeft"
        found.append(measure(widget, lambda key=key: press(key)))
    return [t for t in found if t is not None]


def test_w10_answers_a_slider_in_a_quarter_of_a_second(few_shot: NotebookPage, w10: WidgetInPage):
    """By the kernel's processor for every key, and by the clock for the quicker half of them."""
    w10.canvas.evaluate(CLOCK % HASH)
    kernel = kernel_of(few_shot)
    # twelve values of α that it has not seen; the second time round the steps, no path is new
    for action, slider, presses, turn in (("adapts (α)", 2, 12, 12), ("shows (steps)", 3, 24, 4)):
        before, used = pace(), sum(kernel.cpu_times()[:2])
        times = times_of(w10, slider, presses, turn)
        w10.settle()
        used, after = sum(kernel.cpu_times()[:2]) - used, pace()
        print(row("W10", action, times, cpu_ms=round(1e3 * used / presses)))
        assert len(times) >= 8, f"{action}: hardly a key changed the picture"
        assert 1e3 * used / presses <= 250 * max(before.cpu, after.cpu)
        assert statistics.median(times) <= 250 * max(before.wall, after.wall)


def test_w10_drops_what_is_stale_and_ends_with_the_newest(w10: WidgetInPage):
    """20-way 10-shot with ten steps is slow: many moves, few computations, the last one wins."""
    press = w10.page.keyboard.press
    starts = [w10.readouts.nth(i).inner_text() for i in range(4)]
    for slider in (0, 1, 3):
        w10.sliders.nth(slider).focus()
        press("End")
        w10.settle(60)
    w10.sliders.nth(2).focus()
    press("Home")
    w10.settle(60)
    before, began = w10.drawn(), time.monotonic()
    for _ in range(16):
        press("ArrowRight", delay=0)
    readout = w10.readouts.nth(2).inner_text()
    moved = time.monotonic() - began
    w10.settle(60)
    pictures = w10.drawn() - before
    print({"moves": 16, "moving_s": round(moved, 2), "pictures": pictures})
    assert readout == "0.80", "the slider itself waited for the kernel"
    assert "α = 0.80" in w10.status()
    assert pictures < 16
    for slider, start in enumerate(starts):
        w10.readouts.nth(slider).fill(start)
        press("Enter")
    w10.settle(60)


def test_w10_draws_new_episodes(w10: WidgetInPage):
    before = w10.pixels()
    w10.buttons.nth(0).click()
    w10.settle()
    assert "2 episodes" in w10.status()
    assert w10.pixels() != before
    assert w10.problem() == ""


def mouse_stroke(widget: WidgetInPage, pad: str, shape: list, wait: bool = True) -> None:
    place, mouse = widget.pads()[pad], widget.page.mouse
    half = 35
    points = [(place["x"] + half * x, place["y"] + half * y) for x, y in shape]
    mouse.move(*points[0])
    mouse.down()
    for point in points[1:]:
        mouse.move(*point, steps=6)
    mouse.up()
    if wait:
        widget.settle()


def test_w11_tells_what_the_mouse_has_drawn(few_shot: NotebookPage, w11: WidgetInPage):
    for pad, shape in (("A1", ROOF), ("B1", BAR), ("query", ROOF)):
        mouse_stroke(w11, pad, shape)
    few_shot.shot("drawn", w11.box)
    assert "The learner says A" in w11.status()
    w11.buttons.nth(1).click()  # undo
    w11.settle()
    assert "pad query next: 1 of 3" in w11.status()
    mouse_stroke(w11, "query", BAR)
    assert "The learner says B" in w11.status()
    assert w11.problem() == ""


def test_w11_takes_a_finger_and_the_page_stays(few_shot: NotebookPage, w11: WidgetInPage):
    send = few_shot.context.new_cdp_session(few_shot.page).send
    place = w11.pads()["A1"]

    def finger(kind: str, x: float, y: float) -> None:
        points = [{"x": place["x"] + x, "y": place["y"] + y}] if kind != "touchEnd" else []
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", -20, -20)
    for d in range(-15, 21, 5):
        finger("touchMove", d, d)
    finger("touchEnd", 0, 0)
    w11.settle()
    assert "pad B1 next: 2 of 3" in w11.status()
    assert w11.pads()["A1"]["y"] == pytest.approx(place["y"], abs=1), "the page has scrolled"


def test_w11_takes_the_keyboard(few_shot: NotebookPage, w11: WidgetInPage):
    keyboard = few_shot.page.keyboard
    w11.canvas.focus()
    for key in (" ", "ArrowRight", "ArrowRight", "ArrowDown", " "):
        keyboard.press(key)
    w11.settle()
    few_shot.shot("keys", w11.box)
    assert "pad B1 next: 2 of 3" in w11.status()


def test_w11_loses_no_stroke_while_the_kernel_is_busy(
    few_shot: NotebookPage, w11: WidgetInPage, busy: Path
):
    few_shot.start_cell(-1)
    few_shot.page.wait_for_selector(BUSY, state="attached")
    w11.canvas.scroll_into_view_if_needed()
    for pad, shape in (("A1", ROOF), ("B1", BAR), ("query", ROOF)):
        mouse_stroke(w11, pad, shape, wait=False)
    assert few_shot.page.locator(BUSY).count()
    busy.unlink()
    w11.settle()
    assert "The learner says A" in w11.status()


def test_nothing_went_wrong_and_nothing_left_the_machine(few_shot: NotebookPage):
    assert few_shot.errors == []
    assert few_shot.strangers == []
