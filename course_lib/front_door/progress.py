"""One line that says how far an installer is. Whatever the installer says, this never stops it."""

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from typing import TextIO

from course_lib.front_door.saying import clock

TAIL = 80  # lines kept for an explanation
NAME = r"([A-Za-z0-9][\w.-]*)"
# What pip and uv say, and what is shown of it.
LABELS = [
    (rf"(?:Collecting|Requirement already satisfied:) {NAME}", "finding {}"),
    (rf"Downloading (?:\S*/)?{NAME}", "downloading {}"),
    (rf"Building (?:wheel for )?{NAME}", "building {}"),
    (r"Resolved (\d+) packages?", "{} packages wanted"),
    (r"Prepared (\d+) packages?", "{} packages downloaded"),
    (r"Installing collected packages: (.*)", "installing"),
]


class Progress:
    """What an installer is at, from the lines that it prints."""

    def __init__(self, what: str):
        self.what, self.label = what, what
        self.tail: list[str] = []
        self.shown = ("", 0.0)
        self.visible = True

    def follow(self, process: subprocess.Popen, log: TextIO, began: float) -> None:
        """Read and show until the process has ended; it began at that time."""
        reader = threading.Thread(target=self.read, args=(process.stdout, log), daemon=True)
        reader.start()
        while process.poll() is None:
            self.show(time.time() - began)
            time.sleep(0.1)
        reader.join(timeout=5)

    def read(self, stream: Iterable[str], log: TextIO) -> None:
        """Take in the installer's lines until it ends; a full disk ends only the log."""
        writes = True
        for line in stream:
            if writes:
                try:
                    log.write(line)
                    log.flush()
                except (OSError, ValueError) as problem:  # the disk is full; the log is closed
                    self.tail.append(f"{problem} (the log ends here)")
                    writes = False
            self.take(line.strip())

    def take(self, line: str) -> None:
        """Change the label to what the line tells, if it tells anything."""
        if line:
            self.tail = [*self.tail[1 - TAIL :], line]
        for pattern, label in LABELS:
            if found := re.match(pattern, line):
                self.label = label.format(re.split(r"-\d|==", found[1])[0])

    def show(self, seconds: float) -> None:
        """Draw the line: in place on a terminal, now and then in a log."""
        text = f"{self.what}: {self.label}" if self.label != self.what else self.what
        if self._is_terminal():
            width = shutil.get_terminal_size().columns
            self._say("\r\x1b[K" + f"{clock(seconds)}  {text}"[: max(width - 1, 1)])
        elif text != self.shown[0] and seconds - self.shown[1] >= 5:
            self._say(f"{clock(seconds)}  {text}\n")
            self.shown = (text, seconds)

    def end(self, seconds: float) -> None:
        """Leave one line that stays."""
        clear = "\r\x1b[K" if self._is_terminal() else ""
        self._say(f"{clear}{clock(seconds)}  {self.what}\n")

    def _is_terminal(self) -> bool:
        return self.visible and sys.stdout.isatty()

    def _say(self, text: str) -> None:
        """Print, as long as there is somebody to print to."""
        if self.visible:
            try:
                sys.stdout.write(text)
                sys.stdout.flush()
            except (OSError, ValueError):  # the terminal or the reader of a pipe is gone
                self.visible = False
