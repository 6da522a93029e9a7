"""A PDF of each built deck, a page per slide; with notes, they stand below the slide."""

import re
from collections.abc import Iterator
from pathlib import Path

from course_lib.slides.check import SECONDS
from course_lib.slides.chromium import browser

WIDTH, HEIGHT, WITH_NOTES = 1280, 720, 1200
PAGE = re.compile(rb"/Type\s*/Page\b")


def print_pdf(names: list[str], folder: Path, notes: bool) -> Iterator[tuple[Path, int]]:
    """Prints NAME.html to NAME.pdf (NAME-notes.pdf) and yields each path with its pages.

    Raises ValueError where the pages are not as many as the slides.
    """
    with browser() as chromium:
        for name in names:
            look = {"viewport": {"width": WIDTH, "height": HEIGHT}, "device_scale_factor": 2}
            context = chromium.new_context(**look)
            page = context.new_page()
            address = (folder / f"{name}.html").absolute().as_uri()
            page.goto(f"{address}?print{'&notes' if notes else ''}")
            page.wait_for_selector("html[data-ready]", state="attached", timeout=1e3 * SECONDS)
            path = folder / f"{name}{'-notes' if notes else ''}.pdf"
            height = WITH_NOTES if notes else HEIGHT
            page.pdf(
                path=path, width=f"{WIDTH}px", height=f"{height}px", print_background=True,
                margin=dict.fromkeys(("top", "right", "bottom", "left"), "0"),
            )  # fmt: skip
            pages, slides = count_pages(path), page.locator(".slide").count()
            context.close()
            if pages != slides:
                raise ValueError(f"{path.name} has {pages} pages for {slides} slides.")
            yield path, pages


def count_pages(path: Path) -> int:
    """How many pages a PDF of Chromium's has."""
    return len(PAGE.findall(path.read_bytes()))
