"""How long each widget takes from an input event to changed pixels, in a real JupyterLab.

    python -m benchmarks.widget_latency [--json] [--only W5] [--store]

A clock in the page starts when a key press, a pointer move or a click arrives there, and stops as
soon as the animation frame that changed the canvas's pixels is done and handed to the screen.

- slider: arrow keys on the widget's first slider; one event at a time, then a fast burst, where
  the clock runs from the burst's last key until the picture has caught up with it;
- drag: a handle under the pointer. The row's p50 and p95 say how far the handle itself lags;
  `busy_` the same while the kernel computes something else, `kernel_` how far the curves lag;
- click: the first thing on the canvas, else the first button, that changes the picture;
- message: the row `bound`, what all the others have to wait for. In the same page an empty message
  goes from the page through the server to the kernel and back (`round_trip_`), and then the next
  animation frame is waited for (`frame_`); p50 and p95 are those of the sum. Half of them are sent
  before the widgets' turn, half after it. No computing, no picture and no drawing is in it. A
  handle is drawn by the page itself, without the kernel: only `frame_` is its floor.
"""

import argparse
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.echo import ECHOES
from benchmarks.lab import Lab, NotebookPage, WidgetInPage, browser, notebook, why_not
from course_lib.ground import commit
from course_lib.ground.patience import Deadline
from course_lib.results import save
from course_lib.widgets import all_widgets

SLIDER_EVENTS, BURST, DRAG_EVENTS, CLICKS, MESSAGES = 40, 20, 40, 15, 80
ECHO = "from benchmarks.echo import Echo\necho = Echo()\necho"
BUSY = "import time\nend = time.time() + 8\nwhile time.time() < end: sum(range(10_000))"

# Clocks of one canvas: inputs are noted as they arrive, draws as they are about to be shown.
CLOCK = """(canvas) => {
  const hash = %s;
  const clock = { inputs: [], draws: [], last: hash(canvas) };
  window.courseClock?.stop();
  const note = (e) => {
    if (e.type !== "pointermove" || e.buttons) clock.inputs.push(performance.now());
  };
  const kinds = ["keydown", "pointermove", "click"];
  kinds.forEach((kind) => window.addEventListener(kind, note, true));
  const painted = new MessageChannel(); // its message arrives when the frame is done
  painted.port1.onmessage = ({ data }) => {
    const at = performance.now(), pixels = hash(canvas);
    clock.draws.push({ ...data, at, changed: pixels !== clock.last });
    clock.last = pixels;
  };
  const watcher = new MutationObserver(() => painted.port2.postMessage(
    { cause: canvas.dataset.cause, answered: Number(canvas.dataset.answered) }));
  watcher.observe(canvas, { attributeFilter: ["data-drawn"] });
  clock.stop = () => {
    watcher.disconnect();
    kinds.forEach((kind) => window.removeEventListener(kind, note, true));
  };
  window.courseClock = clock;
}"""
# Every second pixel is enough to see a change.
HASH = """(canvas) => {
  const { width, height } = canvas;
  const image = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const data = new Uint32Array(image.buffer);
  let hash = 17;
  for (let i = 0; i < data.length; i += 2) hash = (Math.imul(hash, 31) + data[i]) | 0;
  return hash;
}"""
READ = """() => {
  const { inputs, draws } = window.courseClock;
  window.courseClock.inputs = [];
  window.courseClock.draws = [];
  return { inputs, draws };
}"""


def measure(widget: WidgetInPage, act, wait: float = 0.6) -> float | None:
    """Milliseconds from one input to changed pixels; None when none changed within `wait` s."""
    page = widget.page
    page.evaluate(READ)
    act()
    deadline = Deadline(wait)
    while not deadline.over():
        page.wait_for_timeout(25)
        if page.evaluate("window.courseClock.draws.some((d) => d.changed)"):
            break
    page.wait_for_timeout(40)  # apart from each other: nothing piles up
    seen = page.evaluate(READ)
    changed = [draw["at"] for draw in seen["draws"] if draw["changed"]]
    return changed[0] - seen["inputs"][0] if changed and seen["inputs"] else None


def row(key: str, action: str, times: list, **more) -> dict:
    """One row of the report, from the times of the events that changed something."""
    times = [t for t in times if t is not None]
    p50, p95 = np.percentile(times, [50, 95]) if times else (float("nan"), float("nan"))
    summary = {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1)}
    return {"widget": key, "action": action, **summary, "events": len(times), **more}


def slider_row(widget: WidgetInPage) -> dict | None:
    """Key by key on the first slider, and then a burst."""
    if not widget.sliders.count():
        return None
    press = widget.page.keyboard.press
    widget.sliders.first.focus()
    press("Home")
    widget.settle()
    times, key = [], "ArrowRight"
    while len(times) < 2 * SLIDER_EVENTS and sum(t is not None for t in times) < SLIDER_EVENTS:
        times.append(measure(widget, lambda key=key: press(key)))
        if times[-1] is None:  # an end of the slider: go back
            key = "ArrowLeft" if key == "ArrowRight" else "ArrowRight"
    press("Home")
    widget.settle()
    widget.page.evaluate(READ)
    for i in range(BURST):
        press("ArrowRight" if i % 10 < 5 else "ArrowLeft", delay=0)
    widget.settle()
    seen = widget.page.evaluate(READ)
    ends = [draw["at"] for draw in seen["draws"] if draw["changed"]]
    burst = max(0.0, ends[-1] - seen["inputs"][-1]) if ends else float("nan")
    return row(widget.key, "slider", times, burst_ms=round(burst, 1))


def drag(widget: WidgetInPage) -> dict[str, list[float]]:
    """How far the handle, and the kernel's picture, lag behind the pointer, event by event."""
    widget.scroll()
    handle, mouse = widget.handles()[0], widget.page.mouse
    mouse.move(handle["x"], handle["y"])
    mouse.down()
    widget.page.evaluate(READ)
    earlier = int(widget.canvas.get_attribute("data-answered"))
    for i in range(DRAG_EVENTS):
        mouse.move(handle["x"] + 25 * np.sin(i / 4), handle["y"] + 20 * np.cos(i / 5))
        widget.page.wait_for_timeout(60)
    mouse.up()
    widget.settle(60)
    seen = widget.page.evaluate(READ)
    lags: dict[str, list[float]] = {"handle": [], "kernel": []}
    draws = [draw for draw in seen["draws"] if draw["changed"]]
    for number, begun in enumerate(seen["inputs"], start=earlier + 1):
        moved = [d["at"] for d in draws if "drag" in d["cause"] and d["at"] > begun]
        answered = [d["at"] for d in draws if d["answered"] >= number]
        lags["handle"] += [at - begun for at in moved[:1]]
        lags["kernel"] += [at - begun for at in answered[:1]]
    return lags


def drag_row(widget: WidgetInPage) -> dict | None:
    """A handle dragged with a resting kernel, then with a busy one."""
    if not widget.handles():
        return None
    free = drag(widget)
    widget.settle()
    busy_cell = widget.page.locator(".jp-CodeCell").last
    busy_cell.locator(".cm-content").click()
    widget.page.keyboard.press("Control+Enter")
    busy = row(widget.key, "drag", drag(widget)["handle"])
    kernel = row(widget.key, "drag", free["kernel"])
    more = {f"busy_{k}": busy[k] for k in ("p50_ms", "p95_ms", "events")}
    more |= {f"kernel_{k}": kernel[k] for k in ("p50_ms", "p95_ms", "events")}
    return row(widget.key, "drag", free["handle"], **more)


def click_row(widget: WidgetInPage) -> dict | None:
    """What can be clicked, clicked again and again."""
    if not (widget.clickables() or widget.buttons.count()):
        return None
    times: list[float | None] = []
    for _ in range(CLICKS):
        if times[-3:] == [None] * 3:
            break  # it has done what it can
        if spots := widget.clickables():
            where = spots[0]["x"], spots[0]["y"]
            times.append(measure(widget, lambda w=where: widget.page.mouse.click(*w)))
        else:
            times.append(measure(widget, widget.buttons.first.click))
    if len([t for t in times if t is not None]) < 5:
        return None  # too few for a percentile
    return row(widget.key, "click", times)


def bound_row(times: list[tuple[float, float]]) -> dict:
    """The floor: a row of `ECHOES`' [round trip, wait for the frame]."""
    ways = {"round_trip": [t[0] for t in times], "frame": [t[1] for t in times]}
    more = {
        f"{way}_{key}": row("bound", "message", spent)[key]
        for way, spent in ways.items()
        for key in ("p50_ms", "p95_ms")
    }
    return row("bound", "message", [sum(t) for t in times], **more)


def measure_all(keys: list[str]) -> list[dict]:
    """The rows of these widgets and the bound's, all shown in one notebook."""
    shows = [f"W[{key!r}].show()" for key in keys]
    cells = ["from course_lib.widgets import all_widgets\nW = all_widgets()", ECHO, *shows, BUSY]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "latency.ipynb").write_text(notebook(*cells), encoding="utf-8")
        lab = Lab(Path(folder))
        try:
            with browser() as chromium:
                page = NotebookPage(chromium, lab, "latency.ipynb")
                page.run_all(300)
                widgets = page.widgets(len(keys))
                echoes = page.page.evaluate(ECHOES, MESSAGES // 2)
                for widget in widgets:
                    widget.scroll()
                    widget.canvas.evaluate(CLOCK % HASH)
                    for measured in (slider_row, drag_row, click_row):
                        if found := measured(widget):
                            rows.append(found)
                            print(found, file=sys.stderr)
                widgets[-1].settle()
                rows.append(bound_row(echoes + page.page.evaluate(ECHOES, MESSAGES // 2)))
                page.close()
        finally:
            lab.close()
    return rows


def main(argv: list[str] | None = None) -> int:
    """Print the report: one JSON object, or a table; `--store` keeps it."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.widget_latency",
        description="Latency of the widgets in a real JupyterLab.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--only", action="append", metavar="W5", help="only this widget; repeat it")
    parser.add_argument("--store", action="store_true", help="write course_lib/results/")
    arguments = parser.parse_args(argv)
    if arguments.store and arguments.only:
        parser.error("--store keeps the whole table: leave out --only.")
    if arguments.store and (reason := commit.why_not()):
        parser.error(reason)
    if reason := why_not():
        print(f"Nothing can be measured: {reason}.", file=sys.stderr)
        return 1
    keys = [key for key in all_widgets() if not arguments.only or key in arguments.only]
    load = [round(value, 2) for value in os.getloadavg()]
    rows = measure_all(keys)
    load += [round(value, 2) for value in os.getloadavg()]
    if arguments.store:
        words = ["python", "-m", "benchmarks.widget_latency", *(argv or sys.argv[1:])]
        save("widget_latency", rows, command=shlex.join(words), load_before_and_after=load)
    if arguments.json:
        cores = os.cpu_count()
        print(json.dumps({"rows": rows, "cores": cores, "load_before_and_after": load}))
        return 0
    for found in rows:
        print("  ".join(f"{name} {value}" for name, value in found.items()))
    print(f"load average before {load[:3]}, after {load[3:]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
