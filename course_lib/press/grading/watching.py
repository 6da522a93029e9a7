"""One process: started with little, watched, and ended when it takes too much."""

import hmac
import json
import os
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from course_lib.checks.masters import ROOT
from course_lib.ground.patience import patience

START = 120.0  # seconds to import torch, times `patience`
MOST_LINES, MOST_PROCESSES = 10_000, 64
ENTRY = (
    "import sys; sys.path.insert(0, {!r}); "
    "from course_lib.press.grading import inside; inside.main()"
)


@dataclass(frozen=True)
class Limits:
    """Seconds for a cell or a check; megabytes above what the course itself needs."""

    seconds: float = 10.0
    memory: int = 2000

    @property
    def total(self) -> float:
        """Seconds for a whole notebook."""
        return 60 + 12 * self.seconds


@dataclass
class End:
    """How a process ended: its verdicts by key, and while it did what."""

    verdicts: dict[str, dict] = field(default_factory=dict)
    force: list[str] = field(default_factory=list)
    step: str = ""
    why: str = ""  # nothing where it came to its end


def run(order: dict[str, Any], content: bytes, limits: Limits) -> End:
    """What one process reports until it ends or is ended. Its folder is gone afterwards."""
    secret = secrets.token_hex(32)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", ENTRY.format(str(ROOT))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=folder, env=bare_environment(folder), start_new_session=True,
        )  # fmt: skip
        try:
            line = json.dumps(order | {"secret": secret, "folder": folder}).encode() + b"\n"
            threading.Thread(target=feed, args=(process, line + content), daemon=True).start()
            return watch(process, secret, limits)
        finally:
            kill_tree(process)


def feed(process: subprocess.Popen, text: bytes) -> None:
    """Writes the order and the notebook; a process that has ended needs neither."""
    try:
        with process.stdin as stream:
            stream.write(text)
    except OSError:
        return


def bare_environment(folder: str) -> dict[str, str]:
    """What the process sees of your environment: where programs are, and nothing else."""
    kept = ("PATH", "LANG", "SYSTEMROOT", "WINDIR", "LD_LIBRARY_PATH")
    own = {
        name: folder for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR")
    }
    return {name: os.environ[name] for name in kept if name in os.environ} | own | {
        "COURSE_PROGRESS": str(Path(folder) / "progress.json"),
        "COURSE_BETS": str(Path(folder) / "bets.json"),
        "COURSE_SCORES": str(Path(folder) / "scores.json"),
        "COURSE_DEVICE": "cpu", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


def watch(process: subprocess.Popen, secret: str, limits: Limits) -> End:
    """Reads the reports; ends the process when it takes too much time, memory or company."""
    end, lines = End(), queue.Queue()
    threading.Thread(target=read, args=(process, lines), daemon=True).start()
    began = last = time.monotonic()
    allowed, base = START * patience(), 0
    total = allowed + limits.total
    while True:
        try:
            line = lines.get(timeout=0.1)
        except queue.Empty:
            line = b""
        if line is None:
            end.why = "It ended the whole process, as `os._exit()` does."
            return end
        told = verified(line, secret)
        if told is not None:
            last = time.monotonic()
            allowed = 2 * limits.seconds * told.get("effort", 1.0) + 5
            end.force, end.step = told.get("force", end.force), told.get("step", end.step)
            if "bug" in told:
                raise RuntimeError(f"The grader itself failed:\n{told['bug']}")
            if "key" in told:
                end.verdicts[told.pop("key")] = told
            if "broken" in told:
                end.step, end.why = "", told["broken"]
                return end
            if "done" in told:
                end.why = ""
                return end
        number, memory = size(process)
        base = memory if not end.step else base
        if time.monotonic() - last > allowed or time.monotonic() - began > total:
            seconds = time.monotonic() - last
            end.why = f"It ran for {seconds:.0f} s, could not be interrupted, and was stopped."
        elif end.step and memory - base > limits.memory << 20:
            end.why = f"It took more than {limits.memory} MB of memory and was stopped."
        elif number > MOST_PROCESSES:
            end.why = "It started too many processes and was stopped."
        else:
            continue
        return end


def read(process: subprocess.Popen, lines: queue.Queue) -> None:
    """Puts the lines of a process into a queue, and None at the end; floods are cut off."""
    for _ in range(MOST_LINES):
        line = process.stdout.readline(1 << 16)
        if not line:
            break
        lines.put(line)
    lines.put(None)


def verified(line: bytes, secret: str) -> dict | None:
    """What a line says; None for a line that doesn't carry the secret's signature."""
    mac, _, body = line.rstrip(b"\n").partition(b" ")
    if not hmac.compare_digest(mac, signature(body, secret)):
        return None
    return json.loads(body)


def signature(body: bytes, secret: str) -> bytes:
    """The signature of a report."""
    return hmac.new(secret.encode(), body, "sha256").hexdigest().encode()


def family(process: subprocess.Popen) -> Iterator[psutil.Process]:
    """A process and all that it started, as far as they are still there."""
    try:
        first = psutil.Process(process.pid)
        yield first
        yield from first.children(recursive=True)
    except psutil.NoSuchProcess:
        return


def size(process: subprocess.Popen) -> tuple[int, int]:
    """How many processes there are, and their memory in bytes."""
    number = memory = 0
    for member in family(process):
        try:
            number, memory = number + 1, memory + member.memory_info().rss
        except psutil.Error:  # it has just ended, or isn't ours to look at
            continue
    return number, memory


def kill_tree(process: subprocess.Popen) -> None:
    """Ends a process, all that it started, and its group."""
    for member in list(family(process)):
        try:
            member.kill()
        except psutil.Error:  # it has just ended
            continue
    process.wait()
    process.stdout.close()
