"""The browser that looks at pages and prints them: a Chromium that is on this machine already."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def why_not() -> str | None:
    """Why no browser can be driven on this machine; None if one can."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed: call `python3 start.py setup`"
    if not any(map(shutil.which, BROWSERS)):
        return "there is no chromium: install it, on Debian with `sudo apt install chromium`"
    return None


@contextmanager
def browser() -> Iterator:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()
