"""A PDF of each built deck, a page per slide; with notes, they stand below the slide."""

import re
from collections.abc import Iterator
from pathlib import Path

from course_lib.ground.patience import patience
from course_lib.press.slides.check import SECONDS

WIDTH, HEIGHT = 1280, 720
PAGE = re.compile(rb"/Type\s*/Page\b")


def print_pdf(chromium, names: list[str], folder: Path, notes: bool) -> Iterator[tuple[Path, int]]:
    """Prints NAME.html to NAME.pdf (NAME-notes.pdf) and yields each path with its pages.

    Raises ValueError where the pages are not as many as the slides.
    """
    for name in names:
        look = {"viewport": {"width": WIDTH, "height": HEIGHT}, "device_scale_factor": 2}
        context = chromium.new_context(**look)
        page = context.new_page()
        address = (folder / f"{name}.html").absolute().as_uri()
        page.goto(f"{address}?print{'&notes' if notes else ''}")
        limit = 1e3 * SECONDS * patience()
        page.wait_for_selector("html[data-ready]", state="attached", timeout=limit)
        path = folder / f"{name}{'-notes' if notes else ''}.pdf"
        page.pdf(path=path, prefer_css_page_size=True, print_background=True)
        pages, slides = count_pages(path), page.locator(".slide").count()
        context.close()
        if pages != slides:
            raise ValueError(f"{path.name} has {pages} pages for {slides} slides.")
        yield path, pages


def count_pages(path: Path) -> int:
    """How many pages a PDF of Chromium's has."""
    return len(PAGE.findall(path.read_bytes()))
