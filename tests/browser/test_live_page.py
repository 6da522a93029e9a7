"""A deck with a kernel behind it: after every load every widget is live, whatever dies comes back,
and meanwhile the widget moves through its frames, on the same slide.

`COURSE_LOADS=10` tries ten loads, ten reloads, and ten loads beside four busy processes.
"""

import os
import signal
from collections.abc import Iterator

import pytest

from benchmarks.deck_speed import LIVE, busy, loads, moves, stages_of
from benchmarks.lab import PIXELS, SCREENSHOTS
from benchmarks.show import DeckPage, Show
from course_lib.ground.patience import Deadline, patience

LOADS = int(os.environ.get("COURSE_LOADS", "1"))
STAGE = 6  # the slide of the deck, counted from 0, that the widget stands on
FRAMES = ".slide.current .stage:not(.live) .still"
COUNT = "() => document.querySelectorAll('.slide.current .stage.live').length"


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    it = Show("04", tmp_path_factory.mktemp("show"))
    yield it
    it.close()


@pytest.fixture
def deck(show: Show, chromium, named: str) -> Iterator[DeckPage]:
    """A page with all widgets live, on the slide with the first one; at the end it is pictured."""
    it = DeckPage(chromium, show)
    it.wait_live()
    it.page.evaluate(f"courseDeck.go({STAGE}, 0)")
    yield it
    it.shot(named)
    it.close()
    assert it.strangers == []
    assert it.errors == []


def steps(page) -> str:
    """Where the slider of what is shown stands."""
    shown = (
        ".slide.current .stage.live .alive output, .slide.current .stage:not(.live) .still output"
    )
    return page.locator(shown).first.inner_text()


def on_frames(page) -> None:
    page.wait_for_selector(FRAMES, timeout=60_000 * patience())


def comes_back(deck: DeckPage, name: str) -> None:
    """The page is on the same slide, its frames move, and it goes live again by itself."""
    page = deck.page
    on_frames(page)
    assert moves(page, FRAMES)
    moved = steps(page)
    deck.shot(f"{name}-away")
    deck.wait_live()
    assert page.evaluate("location.hash") == f"#{STAGE + 1}"
    page.wait_for_function(f"() => ({COUNT})() === 1")
    assert steps(page) == moved, "the live widget goes on where the frames were left"
    assert moves(page, LIVE)
    deck.shot(f"{name}-back")


def test_a_slider_moves_the_live_picture_and_the_token_has_left_the_address(deck: DeckPage):
    assert moves(deck.page, LIVE)
    assert "token" not in deck.page.url


@pytest.mark.parametrize("token", ["", "?token=wrong"])
def test_without_a_token_that_the_server_knows_the_page_moves_through_its_frames(
    show: Show, chromium, token: str, named: str
):
    page = chromium.new_context().new_page()
    page.goto(show.address.partition("?")[0] + token + f"#{STAGE + 1}")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.wait_for_timeout(3000)
    assert page.evaluate("document.documentElement.dataset.live") == "no"
    assert moves(page, FRAMES)
    page.screenshot(path=SCREENSHOTS / f"live-{named}.png")
    page.context.close()


def test_after_the_kernel_was_killed_the_widget_goes_on(deck: DeckPage):
    deck.show.kernel().send_signal(signal.SIGKILL)
    comes_back(deck, "killed")


def test_after_somebody_restarted_the_kernel_the_widget_goes_on(deck: DeckPage):
    old = deck.page.locator(f"{LIVE} canvas").element_handle()
    kernel = deck.show.ask("GET", "kernels")[0]["id"]
    deck.show.ask("POST", f"kernels/{kernel}/restart")
    deck.page.wait_for_function("(canvas) => !canvas.isConnected", arg=old)
    deck.wait_live()
    assert deck.page.evaluate("location.hash") == f"#{STAGE + 1}"
    assert moves(deck.page, LIVE)


def test_after_the_server_was_killed_and_started_again_the_widget_goes_on(deck: DeckPage):
    deck.show.kill()
    on_frames(deck.page)
    assert moves(deck.page, FRAMES)
    deck.shot("no-server")
    deck.show.start()
    deck.wait_live()
    assert deck.page.evaluate("location.hash") == f"#{STAGE + 1}"
    assert moves(deck.page, LIVE)


@pytest.mark.parametrize("who", ["kernel", "server"])
def test_while_nobody_answers_the_widget_moves_through_its_frames(deck: DeckPage, who: str):
    """As after a laptop's sleep, or when the machine is too busy: no socket closes."""
    sleeper = getattr(deck.show, who)()
    sleeper.send_signal(signal.SIGSTOP)
    try:
        on_frames(deck.page)
        assert moves(deck.page, FRAMES)
        moved = steps(deck.page)
        deck.shot(f"sleeping-{who}")
    finally:
        sleeper.send_signal(signal.SIGCONT)
    deck.wait_live()
    deck.page.wait_for_function(f"() => ({COUNT})() === 1")
    assert steps(deck.page) == moved
    assert moves(deck.page, LIVE)


def test_a_reload_stays_on_the_slide_and_goes_live_again(deck: DeckPage):
    deck.page.evaluate("courseDeck.go(4, 1)")
    where = deck.page.evaluate("location.hash")
    deck.page.reload()
    deck.page.wait_for_selector("html[data-ready]", state="attached")
    assert deck.page.evaluate("location.hash") == where
    deck.wait_live()


def test_two_windows_don_t_disturb_each_other_and_leave_nothing_behind(deck: DeckPage):
    alone = deck.show.widgets_in_kernel()
    other = deck.opened()
    deck.wait_live(other)
    other.evaluate(f"courseDeck.go({STAGE}, 0)")
    before = deck.page.locator(f"{LIVE} canvas").evaluate(PIXELS)
    assert moves(other, LIVE)
    assert deck.page.locator(f"{LIVE} canvas").evaluate(PIXELS) == before
    assert moves(deck.page, LIVE)
    assert deck.show.widgets_in_kernel() == alone + len(stages_of(deck.page))
    other.goto("about:blank")
    deadline = Deadline(20)
    while deck.show.widgets_in_kernel() > alone:
        assert not deadline.over(), "the kernel keeps the widgets of a page that has gone"
        deck.page.wait_for_timeout(200)
    assert moves(deck.page, LIVE)


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (800, 1100)])
def test_on_another_screen_the_same_slide_stands_whole_and_its_widget_moves(deck: DeckPage, size):
    page, (width, height) = deck.page, size
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"() => innerWidth === {width}")
    deck.wait_live()
    assert page.evaluate("location.hash") == f"#{STAGE + 1}"
    assert moves(page, LIVE)
    for what in (".slide.current", f"{LIVE} canvas", f"{LIVE} .controls"):
        box = page.locator(what).first.bounding_box()
        assert 0 <= box["x"] <= width - box["width"], what
        assert 0 <= box["y"] <= height - box["height"], what


@pytest.mark.parametrize("how", ["load", "reload", "load beside four busy processes"])
def test_after_every_load_slides_stand_and_every_widget_is_live(show: Show, chromium, how: str):
    with busy(4 if "busy" in how else 0):
        found = loads(show, chromium, how, LOADS)
    print(found)
    assert [load["whole"] for load in found] == [True] * LOADS, found
