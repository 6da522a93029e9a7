"""A deck with a kernel behind it: after every load slides stand, and every widget is live.

`COURSE_LOADS=10` tries ten loads on one kernel, half of them reloads; else there are two.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from benchmarks.lab import PIXELS, SCREENSHOTS, end
from course_lib.ground.paths import ROOT
from course_lib.ground.patience import Deadline, patience
from course_lib.press.notebooks.files import read_notebook
from course_lib.slides import STAGE

DECK = "talk"
LOADS = int(os.environ.get("COURSE_LOADS", "2"))
# `start.py present`, but nothing is set up, and this Python takes the place of the one in .venv.
PRESENT = f"""
import pathlib, sys
from course_lib.front_door import command_line, places, processes, serving
usual = processes.environment
processes.environment = lambda **more: usual(**more, PYTHONPATH={str(ROOT)!r})
places.Places.python = pathlib.Path(sys.executable)
serving.set_up = lambda places: None
processes.listen()
sys.exit(command_line.main(["present", "{DECK}", "--no-browser"]))
"""
STATE = """() => {
  const cells = Jupyter.notebook.get_cells().filter((cell) => cell.cell_type === "code");
  const box = (cell) => cell.element.find(".output_area")[0];
  const stages = cells.filter((cell) => box(cell)?.querySelector(".course-widget"));
  return {
    standing: Boolean(document.querySelector("#maintoolbar.reveal_tagging")
      && document.querySelector(".reveal .slides section.present")),
    slides: document.querySelectorAll(".reveal .slides > section").length,
    errors: cells.flatMap((cell) => cell.output_area.toJSON().filter(
      (output) => output.output_type === "error").map((output) => output.evalue)),
    unrun: cells.filter((cell) => !Number.isInteger(cell.input_prompt_number)).length,
    drawn: stages.filter((cell) => box(cell).querySelector("canvas[data-drawn]")).length,
    controls: stages.map((cell) => box(cell).querySelectorAll(
      ".noUi-handle, select, input[type=checkbox]").length),
  };
}"""


def stages() -> list[int]:
    """How many controls each widget of the deck has on its slide."""
    outputs = [o for cell in read_notebook(ROOT / "slides" / f"{DECK}.ipynb").cells
               for o in cell.get("outputs", [])]  # fmt: skip
    return [len(o.data[STAGE]["controls"]) for o in outputs if STAGE in o.get("data", {})]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the deck, served as `start.py present` does it."""
    log = tmp_path_factory.mktemp("live") / "log.txt"
    with log.open("w") as words:
        server = subprocess.Popen(
            [sys.executable, "-c", PRESENT], cwd=ROOT, stdout=words, stderr=words
        )
    try:
        address, deadline = None, Deadline(90)
        while not address and not deadline.over() and server.poll() is None:
            time.sleep(0.3)
            address = re.search(r"http://127\.0\.0\.1:\d+/nbclassic/notebooks/\S+", log.read_text())
        assert address, f"The server has not said where it is:\n{log.read_text()}"
        yield address[0]
    finally:
        end(server, signal.SIGINT)


@pytest.fixture(scope="module")
def page(chromium) -> Iterator:
    """A page of a projector's size. It may ask nobody but this machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page, strangers = context.new_page(), []
    page.set_default_timeout(60_000 * patience())
    page.on("request", lambda r: strangers.append(r.url) if "//127.0.0.1" not in r.url else None)
    yield page
    context.close()
    assert [url for url in strangers if not url.startswith(("data:", "blob:", "about:"))] == []


def opened(page, live: str) -> None:
    """Opens the deck where no test before has."""
    if page.url == "about:blank":
        page.goto(live)


def settled(page, seconds: float = 180) -> dict:
    """The page's state when all widgets have been drawn, or when the time is up."""
    page.wait_for_function("window.Jupyter?.notebook?._fully_loaded")
    deadline, expected = Deadline(seconds), len(stages())
    while True:
        state = page.evaluate(STATE)
        if state["standing"] and not state["unrun"] and state["drawn"] == expected:
            break
        if deadline.over() or state["errors"]:
            break
        page.wait_for_timeout(300)
    page.wait_for_timeout(3000)  # slides that stood were gone after two seconds
    return page.evaluate(STATE)


def test_after_every_load_slides_stand_and_every_widget_is_live(live: str, page):
    expected, found = stages(), []
    assert len(expected) >= 10
    for number in range(LOADS):
        page.reload() if number % 2 else page.goto(live)
        found.append(settled(page))
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"live-{number}.png")
        print(json.dumps(found[-1]), flush=True)
    for state in found:
        assert state["standing"], found
        assert state["errors"] == []
        assert not state["unrun"], found
        assert state["drawn"] == len(expected), found
        enough = [have >= want for have, want in zip(state["controls"], expected, strict=True)]
        assert all(enough), found


def test_a_slider_moves_the_picture(live: str, page):
    opened(page, live)
    assert settled(page)["standing"]
    canvas = page.locator("section.present .course-canvas")
    for _ in range(40):
        if canvas.count() and canvas.first.is_visible():
            break
        page.keyboard.press("PageDown")
        page.wait_for_timeout(300)
    canvas = canvas.first
    before = canvas.evaluate(PIXELS)
    handle = page.locator("section.present .noUi-handle").first
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"(args) => ({PIXELS})(args[0]) !== args[1]", arg=[
        canvas.element_handle(), before
    ])  # fmt: skip


def test_who_leaves_the_slides_is_left_in_peace_and_comes_back(live: str, page):
    opened(page, live)
    assert settled(page)["standing"]
    for standing in (False, True):
        page.keyboard.press("Alt+r")
        page.wait_for_timeout(3000)
        assert page.evaluate(STATE)["standing"] is standing


def test_slides_that_somebody_else_has_ended_stand_again(live: str, page):
    opened(page, live)
    assert settled(page)["standing"]
    page.evaluate('Jupyter.notebook.keyboard_manager.actions.call("RISE:slideshow")')
    page.wait_for_function(f"({STATE})().standing")
