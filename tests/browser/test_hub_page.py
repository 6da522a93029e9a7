"""A student in a browser: logs in at the hub of `deploy/hub`, opens 04, runs it as far as W5, moves
a slider. tests/test_hub.py asks the hub for all the rest, without a browser.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from benchmarks.hub import ROOT, Hub, fetched, why_no_walls
from benchmarks.lab import CONNECTED, HERE, SCREENSHOTS, WIDGET, WidgetInPage
from course_lib.ground.patience import patience

NAME = "coursetest3"  # no other test's student
LESSON = "notebooks/04_maml.ipynb"
pytestmark = pytest.mark.skipif(
    os.environ.get("COURSE_SLOW") != "1",
    reason="starts a hub and runs most of 04 in it, which takes two minutes: set COURSE_SLOW=1",
)


class Door(NamedTuple):
    """The hub, and the password of its one student."""

    hub: Hub
    password: str


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """The student's server is not started yet: the hub does that after the login."""
    with ExitStack() as stack:
        tools = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="course-hub-tools-")))
        tools.chmod(0o755)
        if reason := fetched(tools):
            pytest.skip(reason)
        hub = Hub(tools, ROOT, walls=not why_no_walls())
        stack.callback(hub.close)
        yield Door(hub, hub.accounts([NAME])[NAME])


def test_a_student_logs_in_runs_the_lesson_and_moves_a_slider(door: Door, chromium):
    context, strangers = chromium.new_context(viewport={"width": 1300, "height": 1000}), []

    def guard(route) -> None:
        if urlsplit(route.request.url).hostname in HERE:
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page = context.new_page()
    page.set_default_timeout(120_000 * patience())
    there = f"/user/{NAME}/lab/tree/{LESSON}"
    page.goto(f"{door.hub.address}/hub/login?next={there}")
    page.fill("input[name=username]", NAME)
    page.fill("input[name=password]", door.password)
    page.click("input[type=submit]")
    page.click("#start")  # the hub asks before it starts a server for a notebook's address
    page.wait_for_url(f"{door.hub.address}{there}*")
    page.wait_for_function(CONNECTED)
    shown = page.locator(".jp-CodeCell", has_text="W5.show()")
    shown.scroll_into_view_if_needed()
    shown.locator(".jp-InputPrompt").click()
    page.click(".lm-MenuBar-item >> text=Run")
    page.click(".lm-Menu-item >> text=Run All Above Selected Cell")
    shown.locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Enter")
    canvas = page.locator(f"{WIDGET}[data-widget=W5] canvas[data-drawn]")
    canvas.wait_for(state="attached")
    live = [WidgetInPage(page, i) for i in range(page.locator(WIDGET).count())]
    [widget] = [one for one in live if one.key == "W5"]
    widget.canvas.scroll_into_view_if_needed()
    before, text = widget.pixels(), widget.readouts.first.inner_text()
    widget.sliders.first.focus()
    page.keyboard.press("ArrowRight")
    widget.wait(lambda: widget.pixels() != before)
    assert widget.readouts.first.inner_text() != text
    assert (widget.problem(), strangers) == ("", [])
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "hub-04.png")
    context.close()
