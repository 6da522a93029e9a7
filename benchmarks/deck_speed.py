"""How fast and how surely a deck goes live: `python -m benchmarks.deck_speed talk --loads 10`.

Each load, reload, and load beside four busy processes has to end with slides that stand and with
every widget live, drawn, and moved by its slider. Prints one JSON object: the seconds until the
page is ready and until all is live, the milliseconds from a key to the picture of the next slide.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.lab import PIXELS
from benchmarks.show import DeckPage, Show
from course_lib.ground.patience import patience
from course_lib.press.slides.chromium import browser

LIVE = ".slide.current .stage.live .alive"
WATCH = """() => {
  window.waits = [];
  addEventListener("keydown", (e) => requestAnimationFrame(() => requestAnimationFrame(
    () => window.waits.push(performance.now() - e.timeStamp))), true);
}"""


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that keep a processor busy."""
    work = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for one in work:
            one.kill()
            one.wait()


def stages_of(page) -> list[int]:
    """The slides with a widget, counted from 0."""
    having = "(slide, i) => slide.querySelector('.stage') ? i : []"
    return page.evaluate(f"[...document.querySelectorAll('.slide')].flatMap({having})")


def moves(page, where: str = LIVE) -> bool:
    """Whether the picture of the slide follows its first slider or menu; ends in time or raises."""
    canvas, control = page.locator(f"{where} canvas"), page.locator(f"{where} .controls")
    before = canvas.evaluate(PIXELS)
    control.evaluate(
        """(bar) => {
          const input = bar.querySelector("input, select");
          const last = Number(input.options ? input.length - 1 : input.max);
          const old = Number(input.value);
          input.value = old < last ? old + Number(input.step || 1) : Number(input.min || 0);
          input.dispatchEvent(new Event("input"));
        }"""
    )
    changed = f"(args) => ({PIXELS})(args[0]) !== args[1]"
    page.wait_for_function(changed, arg=[canvas.element_handle(), before])
    return True


def loads(show: Show, chromium, how: str, count: int) -> list[dict]:
    """What each load took, and whether it ended as it must."""
    found, deck = [], DeckPage(chromium, show)
    for _ in range(count):
        began = time.perf_counter()
        if how == "reload":
            deck.page.reload()
            deck.page.wait_for_selector("html[data-ready]", state="attached")
        else:
            deck.close()
            deck = DeckPage(chromium, show)
        ready = time.perf_counter() - began
        deck.wait_live()
        live, moved = time.perf_counter() - began, 0
        for number in stages_of(deck.page):
            deck.page.evaluate(f"courseDeck.go({number}, 9)")
            moved += deck.page.locator(".slide.current").is_visible() and moves(deck.page)
        whole = moved == len(stages_of(deck.page)) and not deck.errors
        found.append({"how": how, "ready_s": ready, "live_s": live, "moved": moved, "whole": whole})
    deck.close()
    return found


def keys(show: Show, chromium) -> list[float]:
    """Milliseconds from each key to the second frame after it, through all slides, live."""
    deck = DeckPage(chromium, show)
    deck.wait_live()
    deck.page.evaluate(WATCH)
    for _ in range(deck.page.locator(".slide").count()):
        deck.page.keyboard.press("PageDown")
        deck.page.wait_for_timeout(150)
    waits = deck.page.evaluate("window.waits")
    deck.close()
    return waits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("deck", nargs="?", default="talk")
    parser.add_argument("--loads", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        show = Show(arguments.deck, Path(folder))
        try:
            rows = loads(show, chromium, "first", 1)
            rows += loads(show, chromium, "load", arguments.loads)
            rows += loads(show, chromium, "reload", arguments.loads)
            waits = keys(show, chromium)
            with busy(4):
                rows += loads(show, chromium, "busy", arguments.loads)
        finally:
            show.close()
    report = {"deck": arguments.deck, "whole": sum(row["whole"] for row in rows), "of": len(rows)}
    for how in ("first", "load", "reload", "busy"):
        for name in ("ready_s", "live_s"):
            times = [row[name] for row in rows if row["how"] == how]
            report[f"{how}_{name}"] = [round(f(times), 2) for f in (np.median, np.max)]
    report["key_ms"] = {f"p{q}": round(float(np.percentile(waits, q))) for q in (50, 95, 100)}
    report["patience"], report["load"] = round(patience(), 1), round(os.getloadavg()[0], 1)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
