"""JupyterLab in a real browser: what the browser tests and the latency benchmark drive.

Notebooks are opened as copies, so that nothing in the work tree changes, and with settings of
their own, so that nobody's JupyterLab is touched. The page may talk to this machine only.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from course_lib.front_door.serving import AT_ONCE
from course_lib.ground.family import below
from course_lib.ground.patience import Deadline, patience
from course_lib.press.slides.chromium import browser, why_not

__all__ = ["Lab", "NotebookPage", "WidgetInPage", "browser", "copy_unrun", "notebook", "why_not"]
ROOT = Path(__file__).resolve().parents[1]
SCREENSHOTS = ROOT / "screenshots"
TOKEN = "course"
# What start.py sets too; no autosave in the middle of a measurement; all cells in the page at once.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
HERE = {"127.0.0.1", "localhost", ""}
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def notebook(*cells: str) -> str:
    """The text of a small notebook with these code cells, never executed."""
    listed = [
        {"cell_type": "code", "id": f"cell-{i}", "source": source, "metadata": {}, "outputs": [],
         "execution_count": None}
        for i, source in enumerate(cells)
    ]  # fmt: skip
    meta = {"kernelspec": KERNEL}
    return json.dumps({"cells": listed, "metadata": meta, "nbformat": 4, "nbformat_minor": 5})


def copy_unrun(path: Path, folder: Path) -> None:
    """A notebook with its outputs but without its execution counts, so that a run shows."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    (folder / path.name).write_text(json.dumps(content), encoding="utf-8")


def end(process: subprocess.Popen, how: int = signal.SIGTERM, seconds: float = 20) -> None:
    """Ends a process with a signal, and then all that it has started and that is still there."""
    family = below(process.pid)
    process.send_signal(how)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds * patience())
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    process.kill()
    process.wait()
    deadline = Deadline(seconds)
    while any(map(alive, family)) and not deadline.over():
        time.sleep(0.05)


def alive(process: psutil.Process) -> bool:
    """Whether a process still does anything: one that has ended may stay listed as a zombie, for
    as long as whoever adopted it does not ask for its end."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


class Lab:
    """A JupyterLab that serves `folder` on loopback, started as start.py starts it."""

    def __init__(self, folder: Path, *paths: Path):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.private = tempfile.TemporaryDirectory()
        settings = Path(self.private.name) / "jupyterlab_settings_dir/@jupyterlab"
        for name, values in SETTINGS.items():
            file = settings / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values), encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", "--no-browser"]
        command += [f"--port={self.port}", "--port-retries=0", f"--IdentityProvider.token={TOKEN}"]
        command += [f"--ServerApp.root_dir={folder}", "--log-level=WARN"]
        command += [AT_ONCE, "--LabApp.extension_manager=readonly"]
        command += ["--LabApp.expose_app_in_browser=True"]
        command += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        self.log = open(Path(self.private.name) / "log.txt", "w+", encoding="utf-8")  # noqa: SIM115
        self.process = subprocess.Popen(
            command, cwd=folder, env=self._env(*paths), stdout=self.log, stderr=subprocess.STDOUT
        )
        try:
            self._wait()
        except RuntimeError:
            self.close()
            raise

    def _env(self, *paths: Path) -> dict[str, str]:
        """Settings, kernels' IPython and all that is kept of a reader, in a folder of their own."""
        home = self.private.name
        search = [str(ROOT), *map(str, paths), *filter(None, [os.environ.get("PYTHONPATH")])]
        names = ["JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR"]
        names += ["JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR"]
        unset = {"PYTHONWARNINGS", "MPLBACKEND"}
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        return kept | {name: f"{home}/{name.lower()}" for name in names} | {
            "PYTHONPATH": os.pathsep.join(search),
            "COURSE_BETS": f"{home}/bets.json",
            "COURSE_SCORES": f"{home}/scores.json",
            "COURSE_SELFTEST": f"{home}/selftest.json",
            "COURSE_PROGRESS": f"{home}/progress.json",
            "COURSE_DEVICE": "cpu",
        }  # fmt: skip

    def _wait(self, seconds: float = 60) -> None:
        """Returns when the server answers; RuntimeError with its last words when it does not."""
        deadline = Deadline(seconds)
        while self.process.poll() is None and not deadline.over():
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api?token={TOKEN}", timeout=5)
                return
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.2)
        raise RuntimeError(f"JupyterLab did not start:\n{self.words()[-2000:]}")

    def words(self) -> str:
        """What the server has said so far."""
        self.log.flush()
        return Path(self.log.name).read_text(encoding="utf-8", errors="replace")

    def url(self, name: str) -> str:
        """The address of a notebook, in a fresh workspace."""
        return f"http://127.0.0.1:{self.port}/lab/tree/{name}?token={TOKEN}&reset"

    def kernels(self) -> list[dict]:
        """The kernels that run now."""
        return json.loads(self._call("GET", "/api/kernels"))

    def stop_kernels(self) -> None:
        """Ends every kernel, so that the next notebook has the machine to itself."""
        for session in json.loads(self._call("GET", "/api/sessions")):
            self._call("DELETE", f"/api/sessions/{session['id']}")

    def _call(self, method: str, path: str) -> bytes:
        address = f"http://127.0.0.1:{self.port}{path}?token={TOKEN}"
        request = urllib.request.Request(address, method=method)
        request.add_header("Authorization", f"token {TOKEN}")
        with urllib.request.urlopen(request, timeout=30 * patience()) as answer:
            return answer.read()

    def close(self) -> None:
        """Ends the server and its kernels, and forgets its settings."""
        end(self.process)
        self.log.close()
        self.private.cleanup()


class NotebookPage:
    """A notebook in JupyterLab, and everything that went wrong in its page."""

    def __init__(self, chromium, lab: Lab, name: str, **context):
        look = {"viewport": {"width": 1300, "height": 1000}, **context}
        self.context = chromium.new_context(**look)
        self.lab, self.name, self.errors, self.strangers = lab, name, [], []
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000 * patience())
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        self.context.route("**/*", self._guard)
        self.page.goto(lab.url(name))
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(READY)
        self.page.wait_for_timeout(1000)  # JupyterLab goes on putting the cells in order

    def _listen(self, message) -> None:
        if message.type == "error":
            said = self.lab.words()[-1500:] if "status of 5" in message.text else ""
            self.errors.append(f"{message.text} ({message.location.get('url', '')}){said}")

    def _guard(self, route) -> None:
        """Lets the page talk to this machine only, and notes whom else it wanted."""
        if urlsplit(route.request.url).hostname in HERE:
            route.continue_()
        else:
            self.strangers.append(route.request.url)
            route.abort()

    def run_all(self, seconds: float = 180) -> None:
        """Runs every cell; returns when the last one is done."""
        self.page.wait_for_function(CONNECTED, timeout=1e3 * seconds * patience())
        for _ in range(5):  # JupyterLab drops cells that are run while it still connects
            self.page.click(".jp-Notebook .jp-Cell .jp-InputPrompt >> nth=0", force=True)
            self.page.click(".lm-MenuBar-item >> text=Run")
            self.page.click(".lm-Menu-item >> text=Run All Cells >> nth=0")
            self.page.wait_for_timeout(1500)
            if self.page.evaluate(STARTED):
                break
        self.page.wait_for_function(DONE, timeout=1e3 * seconds * patience())

    def run_cell(self, number: int, seconds: float = 60) -> None:
        """Runs one cell; returns when the kernel has run it."""
        for _ in range(5):  # JupyterLab drops a cell that is run while it still connects
            self.start_cell(number, seconds, wait=True)
            if self.page.evaluate(COUNT_OF, number) is not None:
                self.page.wait_for_function(READY)
                return
        raise AssertionError(f"Cell {number} of {self.name} was run five times and never ran.")

    def start_cell(self, number: int, seconds: float = 60, wait: bool = False) -> None:
        """Runs one cell by the command behind Ctrl+Enter; only where asked to it awaits the end.

        A key press would go to whatever is selected by then.
        """
        self.page.wait_for_function(CONNECTED, timeout=1e3 * seconds * patience())
        self.page.evaluate(RUN_CELL, [number, wait])

    def visible_stills(self) -> list[bool]:
        """For every still picture of a widget, whether the reader sees it."""
        return self.page.evaluate(STILLS)

    def shot(self, what: str, part=None) -> None:
        """Keeps a screenshot, of the page or of one part of it, in a folder that git ignores."""
        SCREENSHOTS.mkdir(exist_ok=True)
        (part or self.page).screenshot(path=SCREENSHOTS / f"{Path(self.name).stem}-{what}.png")

    def in_a_narrow_window(self, widget: "WidgetInPage") -> tuple[float, float]:
        """The widths of a widget's canvas and of the notebook, where the window is half as wide."""
        self.page.set_viewport_size({"width": 700, "height": 1000})
        widget.settle()
        self.shot("narrow", widget.box)
        boxes = widget.canvas.bounding_box(), self.page.locator(".jp-Notebook").first.bounding_box()
        self.page.set_viewport_size({"width": 1300, "height": 1000})
        widget.settle()
        return boxes[0]["width"], boxes[1]["width"]

    def widgets(self, count: int = 1) -> list["WidgetInPage"]:
        """The live widgets of the page, once there are `count` or more and all are drawn.

        They come after their cells have ended, one by one: without a count the later ones may lack.
        """
        self.page.wait_for_function(DRAWN, arg=count)
        return [WidgetInPage(self.page, i) for i in range(self.page.locator(WIDGET).count())]

    def close(self) -> None:
        self.context.close()


class WidgetInPage:
    """One live widget: its canvas, its controls, its message."""

    def __init__(self, page, number: int):
        self.page = page
        self.box = page.locator(f".widget-vbox:has(> {WIDGET}), .widget-vbox:has(> * > {WIDGET})")
        self.box = self.box.nth(number)
        self.canvas = self.box.locator("canvas.course-canvas")
        self.key = self.box.locator(WIDGET).get_attribute("data-widget")
        self.sliders = self.box.locator(".noUi-handle")
        self.readouts = self.box.locator(".widget-readout")
        self.menus = self.box.locator("select")
        self.switches = self.box.locator("input[type=checkbox]")
        self.players = self.box.locator(".widget-play button")  # play or pause; back
        self.buttons = self.box.locator("button.jupyter-button:not(.widget-play button)")

    def scroll(self) -> None:
        """Brings the whole widget into view, as far as it fits."""
        self.canvas.scroll_into_view_if_needed()
        self.settle()

    def drawn(self) -> int:
        """How often the canvas has been drawn."""
        return int(self.canvas.get_attribute("data-drawn"))

    def pixels(self) -> int:
        """A number that changes with the canvas's pixels."""
        return self.canvas.evaluate(PIXELS)

    def problem(self) -> str:
        """The message that the reader sees, or nothing."""
        message = self.box.locator(".course-problem")
        return message.inner_text() if message.is_visible() else ""

    def settle(self, seconds: float = 20) -> None:
        """Returns when the kernel has answered all that was sent, and the canvas shows it.

        A question to the kernel is answered after all that came before. Two of them in a row find
        the canvas as it was, so no answer has led to another message.
        """
        deadline, last = Deadline(seconds), -1
        while not deadline.over():
            self.page.wait_for_function(READY)
            answered = self.page.evaluate(ROUND_TRIP, 1e3 * seconds * patience())
            if answered and (now := self.drawn()) == last:
                return
            last = now if answered else -1
        raise AssertionError(f"{self.key} keeps changing for {seconds} s after the last touch.")

    def wait(self, reached: Callable[[], bool], seconds: float = 30) -> None:
        """Returns when `reached()` says so, without waiting for the kernel to fall silent."""
        deadline = Deadline(seconds)
        while not reached():
            said = f"{self.status()!r}, {self.problem()!r}"
            assert not deadline.over(), f"{self.key} never came so far: {said}"
            self.page.wait_for_timeout(20)

    def steps_done(self) -> int:
        """The outer steps that the line under the picture counts; 0 if it counts none."""
        found = re.search(r"(Training|Stopped): (\d+) of", self.status())
        return int(found[2]) if found else 0

    def frame(self) -> None:
        """Returns when the page has drawn what it knows by now."""
        self.page.evaluate(f"async () => {{ {FRAMES} await frames(); }}")

    def handles(self) -> list[dict]:
        """Every handle that can be dragged: its name, index and place in the page."""
        return [hit for hit in self._hits() if hit["type"] == "drag"]

    def clickables(self) -> list[dict]:
        """Everything on the canvas that can be clicked, and the place of its middle."""
        return [hit for hit in self._hits() if hit["type"] == "click"]

    def pads(self) -> dict[str, dict]:
        """Every pad that can be drawn on by its name, and the place of its middle."""
        return {hit["name"]: hit for hit in self._hits() if hit["type"] == "pad"}

    def status(self) -> str:
        """The line under the picture."""
        return self.box.locator(".course-status").inner_text()

    def _hits(self) -> list[dict]:
        box = self.canvas.bounding_box()
        hits = self.canvas.evaluate(HITS)
        return [{**hit, "x": box["x"] + hit["px"], "y": box["y"] + hit["py"]} for hit in hits]


WIDGET = ".course-widget"
STILLS = """[...document.querySelectorAll(".jp-CodeCell")].filter(
  (cell) => /W\\d+\\.show\\(/.test(cell.querySelector(".cm-content")?.textContent)).flatMap(
  (cell) => [...cell.querySelectorAll(".jp-RenderedImage img")]).map((img) => img.checkVisibility())
"""
DRAWN = f"""(count) => {{
  const all = [...document.querySelectorAll("{WIDGET}")];
  return all.length >= count && all.every((one) => one.querySelector("canvas")?.dataset.drawn);
}}"""
PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const data = new Uint32Array(
    canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
  let hash = 17;
  for (let i = 0; i < data.length; i++) hash = (Math.imul(hash, 31) + data[i]) | 0;
  return hash;
}"""
HITS = """(canvas) => canvas.hits.map((h) => h.type === "drag"
  ? { type: h.type, name: h.name, index: h.index, px: h.px, py: h.py }
  : { type: h.type, name: h.name, index: 0, px: h.left + h.width / 2, py: h.top + h.height / 2 })"""
# The kernel is known and rests.
READY = """() => {
  const status = document.querySelector(".jp-Notebook-ExecutionIndicator");
  return status && status.dataset.status === "idle";
}"""
BUSY = '.jp-Notebook-ExecutionIndicator[data-status="busy"]'
FRAMES = """const frames = async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
};"""
ROUND_TRIP = f"""async (most) => {{
  {FRAMES}
  await frames();
  const {{ kernel }} = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const late = new Promise((resolve) => setTimeout(resolve, most, "late"));
  const answer = await Promise.race([kernel.requestKernelInfo(), late]);
  await frames();
  return answer !== "late";
}}"""
PROMPTS = """[...document.querySelectorAll(".jp-Notebook .jp-CodeCell")].filter(
  (cell) => cell.querySelector(".cm-content")?.textContent.trim()).map(
  (cell) => cell.querySelector(".jp-InputArea-prompt").textContent)"""
# A page calls itself idle before it has a kernel too; who runs a cell then is asked for a kernel.
CONNECTED = """() => {
  const shown = (part) => document.querySelector(part);
  const name = shown('.jp-KernelName') ?? shown('.jp-Toolbar-kernelName');
  const state = shown('.jp-Notebook-ExecutionIndicator');
  return name && name.textContent !== 'No Kernel' && state?.dataset.status === 'idle';
}"""
CELLS = "window.jupyterapp.shell.currentWidget.content"
RUN_CELL = f"""async ([number, wait]) => {{
  const cells = {CELLS};
  const cell = cells.widgets.at(number); // -1 is the last one, as in Python
  cells.deselectAll();
  cells.activeCellIndex = cells.widgets.indexOf(cell);
  cell.model.sharedModel.execution_count = null;
  const done = window.jupyterapp.commands.execute("notebook:run-cell");
  if (wait) await done;
}}"""
COUNT_OF = f"(number) => {CELLS}.widgets.at(number).model.executionCount"
STARTED = f"{PROMPTS}.some((prompt) => /[*\\d]/.test(prompt))"
DONE = f"(() => {{ const p = {PROMPTS}; return p.length && p.every((t) => /\\d/.test(t)); }})()"
