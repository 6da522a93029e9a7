"""A box from a well-kept tool, with the student's side of the course in it: bubblewrap on Linux.

In the box there are the system's libraries, Python, the course without its questions, and an empty
folder in memory. There is no other file, no network, no socket and no process of this machine.
"""

import contextlib
import json
import os
import select
import shutil
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from course_lib.checks.boxed.closing import FILTERED
from course_lib.checks.boxed.functions import pack
from course_lib.checks.boxed.plainly import Reader
from course_lib.checks.calling import Gone
from course_lib.ground.paths import CHECKPOINTS, PACKAGE
from course_lib.ground.patience import patience

START = 120.0  # seconds to import torch, times `patience`
AT_WORK = 30.0  # seconds of a process in the box to end, when it is told so
SPACE = 64 << 20  # bytes of the folder in memory
LEFT_OUT = {"press", "front_door", "slides", "checks", "checkpoints"}
# Of the checks, what knows no exercise: see `boxed`.
CHECKS = ("calling", "costs", "exercise", "limit", "pictures", "torch_errors", "values")
ENTRY = "import sys; sys.path.insert(0, {!r}); from course_lib.checks.boxed import server; " \
        "server.main()"  # fmt: skip
NO_BOX = (
    "Notebooks of strangers are run in a box, and there is none here: {}. Nothing was run. On "
    "Linux, install bubblewrap (`apt install bubblewrap`); elsewhere, grade in Linux. `--unsafe` "
    "grades without a box: students' code can then read and change your files."
)


class NoBox(ValueError):
    """There is no box; the message says why, and what to do."""


@contextlib.contextmanager
def students_side() -> Iterator[Path]:
    """A folder with the files of the course that a student's process may see."""
    with tempfile.TemporaryDirectory(prefix="course-") as place:
        root = Path(place, "side")
        target = root / PACKAGE.name
        leave = shutil.ignore_patterns("__pycache__")
        for part in PACKAGE.iterdir():
            if part.is_dir() and part.name not in {*LEFT_OUT, "__pycache__"}:
                shutil.copytree(part, target / part.name, ignore=leave)
        shutil.copy(PACKAGE / "__init__.py", target)
        (target / "checks").mkdir()
        (target / "checks" / "__init__.py").touch()
        for name in CHECKS:
            shutil.copy(PACKAGE / "checks" / f"{name}.py", target / "checks")
        shutil.copytree(PACKAGE / "checks" / "boxed", target / "checks" / "boxed", ignore=leave)
        (target / "checkpoints").mkdir()
        yield root


def bubblewrap(side: Path) -> list[str]:
    """The command that opens the box, before the program that runs in it. Errors: NoBox."""
    program = shutil.which("bwrap") if sys.platform.startswith("linux") else None
    if program is None:
        raise NoBox(NO_BOX.format("bubblewrap (bwrap) is not installed"))
    found = [program, "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session",
             "--clearenv", "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000"]  # fmt: skip
    for name in ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/bin"):
        found += ["--ro-bind-try", name, name]
    for name in ("/bin", "/lib", "/lib32", "/lib64"):
        found += ["--symlink", os.readlink(name), name] if Path(name).is_symlink() else [
            "--ro-bind-try", name, name]  # fmt: skip
    for name in ("/etc/ld.so.cache", "/proc/cpuinfo"):
        found += ["--ro-bind-try", name, name]
    for name in dict.fromkeys([sys.base_prefix, sys.prefix]):
        if Path(name).resolve() != Path("/usr"):
            found += ["--ro-bind", name, name]
    found += ["--ro-bind", str(side), "/course"]
    found += ["--ro-bind", str(CHECKPOINTS), "/course/course_lib/checkpoints"]
    for name in site.getsitepackages():  # a second copy of the course
        if Path(name, PACKAGE.name).is_dir():
            found += ["--tmpfs", str(Path(name, PACKAGE.name))]
    found += ["--dev", "/dev", "--remount-ro", "/dev"]
    found += ["--size", str(SPACE), "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/"]
    for name, value in environment("/tmp").items():
        found += ["--setenv", name, value]
    return found


def environment(folder: str) -> dict[str, str]:
    """What the process sees of your environment: nothing but what Python needs."""
    own = {
        name: folder for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR")
    }
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH", "COURSE_PATIENCE")
            if name in os.environ}  # fmt: skip
    return own | kept | {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COURSE_DEVICE": "cpu", "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
        "COURSE_PROGRESS": f"{folder}/progress.json", "COURSE_BETS": f"{folder}/bets.json",
        "COURSE_SCORES": f"{folder}/scores.json",
    }  # fmt: skip


class Box:
    """A process that forks for one notebook after the other; `unsafe` is one without walls."""

    def __init__(self, side: Path, memory: int, *, unsafe: bool = False):
        self.side, self.memory, self.unsafe = side, memory, unsafe
        self.place = tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True)
        self.folder = f"{self.place.name}/work" if unsafe else "/tmp"
        self.process: subprocess.Popen | None = None
        self.ended, self.shut = True, False
        self.force: list[str] = []

    def open(self) -> None:
        """Starts the process, where it isn't there. Errors: NoBox."""
        if self.shut:
            raise NoBox("The box is closed.")
        if self.process is not None and self.process.poll() is None:
            return
        walls = [] if self.unsafe else bubblewrap(self.side)
        if self.unsafe and not hasattr(os, "fork"):
            raise NoBox("Grading needs Linux or macOS: on Windows, grade in WSL.")
        entry = ENTRY.format(str(self.side) if self.unsafe else "/course")
        with tempfile.TemporaryFile() as said:
            self.process = subprocess.Popen(
                [*walls, sys.executable, "-I", "-X", "utf8", "-c", entry],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                cwd=self.place.name, start_new_session=True, close_fds=True,
                env=environment(self.folder) if self.unsafe else {"PATH": os.environ["PATH"]},
            )  # fmt: skip
            letter, _ = self.frame(time.monotonic() + START * patience())
            if letter != b"R":
                self.close()
                said.seek(0)
                last = said.read().decode(errors="replace").strip().splitlines()[-1:]
                raise NoBox(NO_BOX.format(*last or ["it did not start"]))
        self.addresses = self.size() + (self.memory << 20)

    def size(self) -> int:
        """The bytes of addresses that Python, torch and the course take in the box."""
        first = psutil.Process(self.process.pid)
        sizes = []
        for member in (first, *first.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                sizes.append(member.memory_info().vms)
        return max(sizes)

    def begin(self, seconds: float, stages: dict[str, Any], deadline: float) -> None:
        """A new process for a notebook. Errors: NoBox, Gone."""
        self.open()
        self.reader, self.ended = Reader(), False
        order = {
            "folder": self.folder, "memory": self.addresses, "seconds": seconds, "stages": stages,
        }  # fmt: skip
        self.write(b"J", json.dumps(order).encode())
        force = self.receive(deadline).get("force")
        own = ["nothing else: --unsafe"] if self.unsafe else ["bubblewrap"]
        self.force = [*own, *force] if is_words(force) else own
        if not self.unsafe and FILTERED not in self.force:
            self.close()
            raise NoBox(NO_BOX.format("this kernel takes no filter of its calls (seccomp)"))

    def write(self, letter: bytes, body: bytes) -> None:
        """Sends a frame. Errors: Gone."""
        try:
            self.process.stdin.write(letter + len(body).to_bytes(4, "big") + body)
            self.process.stdin.flush()
        except OSError as problem:
            raise Gone("") from problem

    def send(self, message: Any) -> list[Any]:
        """Sends a message to the notebook's process; what it may call back, by number."""
        body, kept = pack(message)
        self.write(b"D", len(body).to_bytes(8, "big") + body)
        return kept

    def receive(self, deadline: float) -> dict[str, Any]:
        """What the notebook's process says. Errors: Gone, TimeoutError, Broken."""
        while True:
            message = self.reader.take()
            if message is not None:
                return message
            letter, body = self.frame(deadline)
            if letter == b"D":
                self.reader.pile += body
            else:
                self.ended = True
                raise Gone("")

    def frame(self, deadline: float) -> tuple[bytes, bytes]:
        """The next frame; no letter where the box is gone. Errors: TimeoutError."""
        head = self.exactly(5, deadline)
        if head is None:
            return b"", b""
        body = self.exactly(int.from_bytes(head[1:], "big"), deadline)
        return (b"", b"") if body is None else (head[:1], body)

    def exactly(self, number: int, deadline: float) -> bytes | None:
        """So many bytes, or None at the end."""
        found, source = b"", self.process.stdout.fileno()
        while len(found) < number:
            ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
            if not ready or time.monotonic() > deadline:
                raise TimeoutError
            part = os.read(source, number - len(found))
            if not part:
                return None
            found += part
        return found

    def end(self) -> None:
        """Ends the notebook's process; the box stays open for the next one."""
        if self.process is None or self.ended:
            return
        try:
            self.write(b"K", b"")
            deadline = time.monotonic() + AT_WORK
            while (letter := self.frame(deadline)[0]) not in (b"E", b""):
                pass
            self.ended = True
            if not letter:
                self.close()
        except (Gone, TimeoutError):
            self.close()

    def close(self, *, for_good: bool = False) -> None:
        """Ends all that is in the box. Any thread may call this at any time."""
        self.ended, self.shut = True, self.shut or for_good
        process, self.process = self.process, None
        if process is None:
            if for_good:
                self.place.cleanup()
            return
        with contextlib.suppress(psutil.Error):
            first = psutil.Process(process.pid)
            for member in (*first.children(recursive=True), first):
                with contextlib.suppress(psutil.Error):
                    member.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        if for_good:
            self.place.cleanup()


def is_words(value: Any) -> bool:
    """Whether this is a short list of short texts."""
    return isinstance(value, list) and len(value) < 9 and all(isinstance(v, str) for v in value)
