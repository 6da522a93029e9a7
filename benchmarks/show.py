"""A deck as `start.py present` shows it, in a real browser: server, kernel, page, and how they end.

What the browser tests of the live deck drive, and `benchmarks/deck_speed.py`.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
from jupyter_client import BlockingKernelClient
from jupyter_core.paths import jupyter_runtime_dir

from benchmarks.lab import ROOT, SCREENSHOTS, end
from course_lib.ground.family import below
from course_lib.ground.patience import Deadline, patience

# `start.py present`, but nothing is set up, and this Python takes the place of the one in .venv.
PRESENT = f"""
import pathlib, sys
from course_lib.front_door import command_line, places, processes, serving
usual = processes.environment
processes.environment = lambda **more: usual(**more, PYTHONPATH={str(ROOT)!r}, COURSE_DEVICE="cpu")
places.Places.python = pathlib.Path(sys.executable)
serving.set_up = lambda places: None
processes.listen()
sys.exit(command_line.main(["present", *sys.argv[1:], "--no-browser"]))
"""
ALL_LIVE = "document.documentElement.dataset.live === String(courseDeck.stages)"


class Show:
    """A server that shows one deck, on a port that stays the same when it is started again."""

    def __init__(self, deck: str, folder: Path):
        self.deck, self.log = deck, folder / f"{deck}.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self, seconds: float = 90) -> None:
        """Returns when the server answers; RuntimeError with its last words when it does not."""
        command = [sys.executable, "-c", PRESENT, self.deck, f"--port={self.port}"]
        with self.log.open("w") as words:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=words, stderr=words)
        deadline = Deadline(seconds)
        while self.process.poll() is None and not deadline.over():
            time.sleep(0.2)
            if found := re.search(r"http://127\S+\?token=(\S+)", self.log.read_text()):
                self.address, self.token = found[0], found[1]
                try:
                    self.ask("GET", "status")
                    return
                except OSError:
                    continue
        self.close()
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()[-2000:]}")

    def ask(self, method: str, path: str):
        """The server's answer to a call of its interface."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=60 * patience()) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def server(self) -> psutil.Process:
        """The server's process."""
        return self._found("jupyter_server")

    def kernel(self) -> psutil.Process:
        """The kernel's process."""
        return self._found("ipykernel_launcher")

    def _found(self, word: str) -> psutil.Process:
        family = below(self.process.pid)
        found = [p for p in family if any(word in part for part in p.cmdline()[2:])]
        return found[-1]  # its guardian has the same words in its command, and comes first

    def widgets_in_kernel(self) -> int:
        """How many live widgets the kernel holds for pages."""
        kernel = self.ask("GET", "kernels")[0]["id"]
        client = BlockingKernelClient()
        client.load_connection_file(f"{jupyter_runtime_dir()}/kernel-{kernel}.json")
        client.start_channels()
        try:
            count = "len(__import__('course_lib.widgets.core').widgets.core.LIVE)"
            asked = client.execute("", user_expressions={"count": count}, store_history=False)
            while True:
                reply = client.get_shell_msg(timeout=60 * patience())
                if reply["parent_header"].get("msg_id") == asked:
                    return int(reply["content"]["user_expressions"]["count"]["data"]["text/plain"])
        finally:
            client.stop_channels()

    def kill(self) -> None:
        """The server ends without a word, and with it the command that has started it."""
        self.server().send_signal(signal.SIGKILL)
        self.process.wait(timeout=60 * patience())

    def close(self) -> None:
        """Ends all that is left."""
        end(self.process, signal.SIGINT)


class DeckPage:
    """The page of a deck that is shown, and everything that went wrong in it."""

    def __init__(self, chromium, show: Show, **context):
        look = {"viewport": {"width": 1280, "height": 720}, **context}
        self.show, self.context = show, chromium.new_context(**look)
        self.strangers, self.errors = [], []
        self.context.on("request", self._note)
        self.page = self.opened()

    def _note(self, request) -> None:
        if not request.url.startswith(("http://127.0.0.1", "data:", "blob:", "about:")):
            self.strangers.append(request.url)

    def opened(self):
        """A window with the deck."""
        page = self.context.new_page()
        page.set_default_timeout(60_000 * patience())
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.goto(self.show.address)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    def wait_live(self, page=None) -> None:
        """Returns when every widget of the page is live."""
        (page or self.page).wait_for_function(ALL_LIVE, timeout=90_000 * patience())

    def shot(self, name: str, page=None) -> None:
        """Keeps a screenshot in a folder that git ignores."""
        SCREENSHOTS.mkdir(exist_ok=True)
        (page or self.page).screenshot(path=SCREENSHOTS / f"live-{name}.png")

    def close(self) -> None:
        self.context.close()
