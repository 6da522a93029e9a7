"""Presenting from a built page: a clicker's keys, controls that have the keyboard, fingers, pen,
black, and the presenter's window with its notes.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from benchmarks.lab import SCREENSHOTS
from course_lib.ground.paths import ROOT
from course_lib.ground.patience import patience
from course_lib.press.notebooks.files import find_pairs, read_notebook
from course_lib.press.slides.deck import LONGER, slides_of
from course_lib.press.slides.page import page as page_of
from course_lib.slides import STAGE

NOTES = "time: 1:00\n\nSay that $\\alpha^2$ is small."
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
IS_BLACK = "document.documentElement.classList.contains('black')"
FORMULAS = [  # the decks whose notes hold one
    pair for pair in find_pairs(ROOT, [], "slides", "[!.]*")
    if any("$" in slide.notes for slide in slides_of(read_notebook(pair.ipynb)))
]  # fmt: skip


def cell(source: str, kind: str, *tags: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_markdown_cell(source)
    made.metadata = nbformat.from_dict({"slideshow": {"slide_type": kind}, "tags": list(tags)})
    return made


def widget() -> nbformat.NotebookNode:
    controls = [["learner", ["SGD", "nearest neighbours"]], ["shots", [2, 8]]]
    look = {"panels": [1], "height": 440, "status": True}
    spec = {"widget": "W3", "controls": controls, **look, "start": {"learner": "SGD", "shots": 2}}
    made = nbformat.v4.new_code_cell("", execution_count=1)
    data = {STAGE: spec, "image/png": DOT, "text/plain": "a widget"}
    made.outputs = [nbformat.v4.new_output("display_data", data)]
    made.metadata = nbformat.from_dict({"slideshow": {"slide_type": "-"}})
    return made


CELLS = [
    cell("# Deck\n\n*Speaking time: …*", "slide"), cell(NOTES, "notes"),
    cell("## A widget", "slide"), widget(), cell(NOTES, "notes"),
    cell("# Part two", "slide"), cell(NOTES, "notes"),
    cell("## Left out\n\nfirst", "slide", LONGER), cell("second", "fragment"), cell(NOTES, "notes"),
    cell("## The end\n\nwords", "slide"), cell(NOTES, "notes"),
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deck of five slides: cover, widget, cover, one that the short version leaves out, end."""
    from course_lib.press.slides.page import copy_mathjax

    folder = tmp_path_factory.mktemp("deck")
    nb = nbformat.v4.new_notebook(cells=CELLS)
    (folder / "deck.html").write_text(page_of(slides_of(nb), folder), encoding="utf-8")
    copy_mathjax(folder / "mathjax")
    return folder / "deck.html"


@pytest.fixture
def page(built: Path, chromium, named: str) -> Iterator:
    """A page at the deck's first slide; at the end it is pictured."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, has_touch=True)
    page, errors = context.new_page(), []
    context.set_default_timeout(30_000 * patience())
    context.on("weberror", lambda problem: errors.append(problem.error.stack))
    opened(page, built)
    yield page
    if not page.is_closed():
        shot(page, named)
    context.close()
    assert errors == []


def opened(page, path: Path, where: str = "#1") -> None:
    page.goto(path.as_uri() + where)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000 * patience())


def at(page) -> str:
    return page.evaluate("location.hash")


def shot(page, name: str) -> Image.Image:
    """The picture of the window, kept in a folder that git ignores."""
    SCREENSHOTS.mkdir(exist_ok=True)
    data = page.screenshot(path=SCREENSHOTS / f"deck-{name}.png")
    return Image.open(io.BytesIO(data)).convert("L")


def test_a_clicker_turns_slides_and_blackens_the_screen_whatever_has_the_keyboard(page):
    page.keyboard.press("PageDown")
    for control in ("input[type=range]", "select"):
        page.locator(f".slide.current {control}").focus()
        value = page.locator(f".slide.current {control}").input_value()
        page.keyboard.press("PageDown")
        assert at(page) == "#3"
        page.keyboard.press("PageUp")
        assert at(page) == "#2"
        for key in ("b", "."):
            page.locator(f".slide.current {control}").focus()
            page.keyboard.press(key)
            assert shot(page, "black").getextrema() == (0, 0)
            page.keyboard.press(key)
            assert shot(page, "lit").getextrema()[1] == 255
        assert page.locator(f".slide.current {control}").input_value() == value
        assert at(page) == "#2"


def test_after_black_the_first_key_shows_the_same_slide(page):
    page.keyboard.press("b")
    page.keyboard.press("PageDown")
    assert at(page) == "#1"
    page.keyboard.press("PageDown")
    assert at(page) == "#2"


def test_keys_in_a_control_move_the_control_and_turn_no_slide(page):
    page.keyboard.press("PageDown")
    slider = page.locator(".slide.current input[type=range]")
    slider.focus()
    for key in ("ArrowRight", "Home", "End", "x", "d", "d", "a", "0", "0", "Enter", " "):
        page.keyboard.press(key)
        assert at(page) == "#2"
    assert slider.input_value() == "1"
    menu = page.locator(".slide.current select")
    menu.focus()
    page.keyboard.press("n")
    assert at(page) == "#2"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert at(page) == "#3"


def test_after_a_choice_in_a_menu_or_a_touch_of_a_slider_the_keys_turn_slides_again(page):
    page.keyboard.press("PageDown")
    page.locator(".slide.current select").select_option(index=1)
    page.keyboard.press("ArrowRight")
    assert at(page) == "#3"
    page.keyboard.press("ArrowLeft")
    page.locator(".slide.current input[type=range]").click()
    page.keyboard.press("ArrowRight")
    assert at(page) == "#3"
    page.keyboard.press("ArrowLeft")
    assert page.locator(".slide.current select").input_value() == "1"


def test_a_number_and_enter_go_to_a_slide_and_a_reload_stays_there_with_its_parts(page):
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    assert at(page) == "#4"
    page.keyboard.press("ArrowRight")
    assert at(page) == "#4.1"
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert at(page) == "#4.1"
    assert page.get_by_text("second", exact=True).is_visible()


def test_the_foot_of_a_slide_says_the_part_and_how_many_there_are_and_no_cover_the_timing(page):
    feet = [foot.locator("span").all_text_contents() for foot in page.locator("footer").all()]
    assert (feet[0], feet[3]) == (["Deck", "1 / 5"], ["Part two", "4 / 5"])
    assert "Speaking time" not in page.locator("#slide-1 .body").inner_text()


def swipe(page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """A finger that comes down, moves and leaves."""
    finger = page.context.new_cdp_session(page)
    for kind, points in (("touchStart", [start]), ("touchMove", [end]), ("touchEnd", [])):
        touches = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_a_swipe_turns_the_slide_and_so_does_a_tap(page):
    swipe(page, (900, 650), (500, 640))
    assert at(page) == "#2"
    swipe(page, (400, 650), (800, 640))
    assert at(page) == "#1"
    swipe(page, (600, 200), (610, 500))
    assert at(page) == "#1", "up and down is no turn"
    page.touchscreen.tap(1000, 60)
    assert at(page) == "#2"
    page.touchscreen.tap(100, 60)
    assert at(page) == "#1"


def test_a_finger_on_a_slider_moves_the_slider_only(page):
    page.keyboard.press("PageDown")
    slider = page.locator(".slide.current input[type=range]")
    box = slider.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    assert slider.input_value() == "1"
    assert at(page) == "#2"


def test_a_pen_draws_on_its_slide_until_it_is_erased_and_a_pointer_follows_the_mouse(page):
    clean = shot(page, "clean").tobytes()
    page.keyboard.press("p")
    page.mouse.move(200, 200)
    page.mouse.down()
    page.mouse.move(500, 300, steps=4)
    page.mouse.up()
    assert shot(page, "pen").tobytes() != clean
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    assert shot(page, "pen-again").tobytes() != clean
    page.keyboard.press("e")
    page.keyboard.press("p")
    assert shot(page, "erased").tobytes() == clean
    page.keyboard.press("l")
    page.mouse.move(600, 400)
    box = page.locator("#dot").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - 600) < 1
    page.keyboard.press("Escape")
    assert not page.locator("#dot").is_visible()


def test_dark_stays_dark_after_a_reload(page):
    page.keyboard.press("d")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    dark = shot(page, "dark")
    assert np.median(np.asarray(dark)) < 30
    assert dark.getextrema()[1] > 180


def test_full_screen_goes_in_and_out(page):
    for full in (True, False):
        page.keyboard.press("f")
        page.wait_for_function("(full) => Boolean(document.fullscreenElement) === full", arg=full)


def test_the_short_version_leaves_out_what_is_marked(page):
    page.keyboard.press("v")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.keyboard.press("PageDown")
    assert at(page) == "#5"
    page.keyboard.press("PageUp")
    assert at(page) == "#3"


def presenter_of(page):
    """The presenter's window, once it knows where the deck is."""
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    window = popup.value
    window.wait_for_selector("html[data-ready]", state="attached")
    window.set_viewport_size({"width": 1280, "height": 800})
    return window


def wait_at(page, where: str) -> None:
    page.wait_for_function("(where) => location.hash === where", arg=where)


def test_the_presenter_s_window_shows_notes_next_slide_and_times_and_turns_the_deck(page):
    window = presenter_of(page)
    window.keyboard.press("PageDown")
    wait_at(page, "#2")
    wait_at(window, "#2")
    assert window.locator(".slide.next h1").inner_text() == "Part two"
    assert (
        window.locator("#plan").inner_text() == "planned to the end of this slide 2:00, in all 5:00"
    )
    assert window.locator("#where").inner_text() == "2 of 5"
    assert "Say that" in window.locator("#said").inner_text()
    window.locator("#menu").select_option(label="5  The end")
    wait_at(page, "#5")
    window.keyboard.press("b")
    for black in (True, False, True):
        for one in (window, page):
            one.wait_for_function(f"({IS_BLACK}) === {str(black).lower()}")
        window.keyboard.press("PageDown" if black else "b")
    window.wait_for_function(f"!({IS_BLACK})")
    window.keyboard.press("1")
    window.keyboard.press("Enter")
    wait_at(page, "#1")
    wait_at(window, "#1")
    assert "Speaking time: 5:00" in window.locator("#said").inner_text()
    shot(window, "presenter")


def test_the_presenter_s_window_outlives_a_reload_of_the_deck_and_its_own(page):
    window = presenter_of(page)
    window.evaluate("sessionStorage.setItem('course-began', String(Date.now() - 300000))")
    window.reload()
    window.wait_for_selector("html[data-ready]", state="attached")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    wait_at(window, "#3")
    window.keyboard.press("PageDown")
    wait_at(page, "#4")
    assert int(window.locator("#clock").inner_text().split(":")[0]) >= 5, "its clock goes on"
    assert window.locator("#far").inner_text() == ""
    page.close()
    window.wait_for_function("document.getElementById('far').textContent.includes('press s')")


def inks(window) -> list[bool]:
    """For every formula in the notes that are shown, whether there is ink."""
    found = []
    for formula in window.locator("#said .notes.current svg").all():
        formula.scroll_into_view_if_needed()
        picture = Image.open(io.BytesIO(formula.screenshot())).convert("L")
        found.append(picture.getextrema()[0] < 128 < picture.getextrema()[1])
    return found


def test_notes_show_every_formula(page):
    window = presenter_of(page)
    assert inks(window) == [True]


@pytest.mark.parametrize("pair", FORMULAS, ids=lambda pair: pair.name)
def test_the_notes_of_the_course_show_every_formula(chromium, pair, tmp_path):
    from course_lib.press.slides.page import build

    build(pair, tmp_path)
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    opened(page, tmp_path / f"{pair.name}.html")
    window = presenter_of(page)
    for number, slide in enumerate(slides_of(read_notebook(pair.ipynb)), 1):
        if wanted := (slide.notes.count("$") - 2 * slide.notes.count("$$")) // 2:
            page.evaluate(f"courseDeck.go({number - 1}, 0)")
            wait_at(window, f"#{number}")
            assert inks(window) == [True] * wanted, f"slide {number}"
    context.close()
