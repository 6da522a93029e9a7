"""A box from a well-kept tool, with the student's side of the course in it.

In the box there are the system's libraries, Python, the course without its questions, and an empty
folder in memory. There is no other file, no network, no socket and no process of this machine.
Bubblewrap makes it; where it is missing or refused, Podman or Docker does, from an image that
holds Python and the course's packages.
"""

import contextlib
import json
import os
import shutil
import site
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from course_lib.checks.boxed.closing import FILTERED
from course_lib.checks.boxed.functions import pack
from course_lib.checks.boxed.plainly import Reader
from course_lib.checks.calling import Gone
from course_lib.ground.family import below
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
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"  # code crosses: the same in the box
IMAGE = f"learning-to-learn-box:{PYTHON}"
OWN = 1500  # megabytes that torch and the folder in memory take of a container
NO_BOX = (
    "Notebooks of strangers are run in a box, and there is none here: {}. Nothing was run. On "
    "Linux, install bubblewrap (`apt install bubblewrap`). With Docker or Podman, on macOS too, "
    "build the box's image once, in the course's folder: `docker build -f deploy/box.Dockerfile "
    f"--build-arg PYTHON={PYTHON} -t {IMAGE} .` `--unsafe` grades without a box: students' code "
    "can then read and change your files."
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
        for path in (root, *root.rglob("*")):  # a container's user is another one
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield root


class Walls(NamedTuple):
    """How a box is opened: a command that ends in Python, its environment, what removes it."""

    command: list[str]
    env: dict[str, str]
    course: str
    removal: Sequence[str] = ()


def bubblewrap(program: str, side: Path, memory: int) -> Walls:
    """A box of namespaces, around the Python that runs here. (`memory` is bounded inside.)"""
    found = [program, "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session",
             "--clearenv", "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000"]  # fmt: skip
    for name in ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/bin", "/etc/ld.so.cache",
                 "/proc/cpuinfo"):  # fmt: skip
        found += ["--ro-bind-try", name, name]
    for name in ("/bin", "/lib", "/lib32", "/lib64"):
        found += ["--symlink", os.readlink(name), name] if Path(name).is_symlink() else [
            "--ro-bind-try", name, name]  # fmt: skip
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
    return Walls([*found, sys.executable], {"PATH": os.environ["PATH"]}, "/course")


def container(program: str, side: Path, memory: int) -> Walls:
    """A container of Podman's or Docker's, around the Python of `IMAGE`. `memory` in megabytes."""
    name, most = f"learning-to-learn-{uuid.uuid4().hex[:12]}", f"{memory + OWN}m"
    found = [program, "run", "--rm", "--interactive", "--name", name, "--pull", "never",
             "--log-driver", "none", "--network", "none", "--ipc", "none", "--read-only",
             "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
             "--security-opt", "label=disable", "--user", "1000:1000", "--pids-limit", "512",
             "--ulimit", "nofile=256:256", "--ulimit", "nproc=4096:4096",
             "--memory", most, "--memory-swap", most,
             "--tmpfs", f"/tmp:rw,nosuid,nodev,noexec,size={SPACE}",
             "--workdir", "/tmp"]  # fmt: skip
    for folder in ("/run", "/var/tmp"):  # Podman would make them writable, and keep what is left
        found += ["--tmpfs", f"{folder}:ro,size=4k"]
    for source, target in ((side, "/course"), (CHECKPOINTS, "/course/course_lib/checkpoints")):
        found += ["--mount", f"type=bind,source={source},target={target},readonly"]
    for key, value in environment("/tmp").items():
        found += ["--env", f"{key}={value}"] if key != "PATH" else []
    return Walls([*found, IMAGE, "python"], dict(os.environ), "/course",
                 [program, "rm", "--force", name])  # fmt: skip


# The program that makes a box, and how. The first that can is taken.
TOOLS: dict[str, Callable[[str, Path, int], Walls]] = {
    "bwrap": bubblewrap, "podman": container, "docker": container,
}  # fmt: skip


def environment(folder: str) -> dict[str, str]:
    """What the process sees of your environment: nothing but what Python needs."""
    own = {
        name: folder for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR")
    }
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH", "COURSE_PATIENCE")
            if name in os.environ}  # fmt: skip
    return own | kept | {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COURSE_DEVICE": "cpu", "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "TORCHDYNAMO_DISABLE": "1",
        "COURSE_PROGRESS": f"{folder}/progress.json", "COURSE_BETS": f"{folder}/bets.json",
        "COURSE_SCORES": f"{folder}/scores.json",
    }  # fmt: skip


class Box:
    """A process that forks for one notebook after the other; `unsafe` is one without walls."""

    def __init__(self, side: Path, memory: int, *, unsafe: bool = False):
        self.side, self.memory, self.unsafe = side, memory, unsafe
        self.place = tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True)
        self.folder = "/tmp"
        self.process: subprocess.Popen | None = None
        self.ended, self.shut = True, False
        self.force: list[str] = []

    def open(self) -> None:
        """Starts the process, where it isn't there. Errors: NoBox."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.unsafe:
            if not hasattr(os, "fork"):
                raise NoBox("Grading needs Linux or macOS: on Windows, grade in WSL.")
            self.folder = tempfile.mkdtemp(dir=self.place.name)
            here = Walls([sys.executable], environment(self.folder), str(self.side))
            self.start(here, "nothing else: --unsafe")
            return
        why = []
        for name, tool in TOOLS.items():
            program = shutil.which(name)
            if self.shut:
                break
            if program is None:
                why.append(f"{name} is not installed")
                continue
            try:
                self.start(tool(program, self.side, self.memory), name)
                return
            except NoBox as problem:
                why.append(f"{name} says: {problem}")
        raise NoBox(NO_BOX.format("; ".join(why)))

    def start(self, walls: Walls, name: str) -> None:
        """Starts the process between these walls. Errors: NoBox, with what they say."""
        self.walls, self.kind = walls, name
        code = ENTRY.format(walls.course)
        self.ear, its_mouth = Pipe(duplex=False)
        its_ear, self.mouth = Pipe(duplex=False)
        with tempfile.TemporaryFile() as said:
            with its_ear, its_mouth:
                self.process = subprocess.Popen(
                    [*walls.command, "-I", "-X", "utf8", "-c", code],
                    stdin=its_ear, stdout=its_mouth, stderr=said,
                    cwd=self.place.name, start_new_session=True, env=walls.env,
                )  # fmt: skip
            if self.shut:  # by another thread
                self.close()
                raise NoBox("The box is closed.")
            letter = size = b""
            with contextlib.suppress(TimeoutError):
                letter, size = self.frame(time.monotonic() + START * patience())
            if letter != b"R":
                self.close()
                said.seek(0)
                lines = said.read().decode(errors="replace").splitlines()
                last = [line for line in lines if line.strip() and "--help" not in line][-1:]
                raise NoBox(*last or ["it did not start"])
        self.addresses = (int(size) if size else self.size()) + (self.memory << 20)

    def size(self) -> int:
        """The bytes of addresses that Python, torch and the course take in the box."""
        sizes = [0]
        for member in family(self.process.pid):
            with contextlib.suppress(psutil.Error):
                sizes.append(member.memory_info().vms)
        return max(sizes)

    def begin(self, seconds: float, stages: dict[str, Any]) -> None:
        """A new process for a notebook. Errors: NoBox, Gone."""
        self.open()
        self.reader, self.ended = Reader(), False
        order = {
            "folder": self.folder, "memory": self.addresses, "seconds": seconds, "stages": stages,
            "own disk": not self.unsafe,
        }  # fmt: skip
        self.write(b"J" + json.dumps(order).encode())
        force = self.receive(time.monotonic() + START * patience()).get("force")
        self.force = [self.kind, *force] if is_words(force) else [self.kind]
        if not self.unsafe and FILTERED not in self.force:
            self.close()
            raise NoBox(NO_BOX.format("this kernel takes no filter of its calls (seccomp)"))

    def write(self, frame: bytes) -> None:
        """Sends a frame: a letter and what belongs to it. Errors: Gone."""
        try:
            self.mouth.send_bytes(frame)
        except OSError as problem:
            raise Gone("") from problem

    def send(self, message: Any) -> list[Any]:
        """Sends a message to the notebook's process; what it may call back, by number."""
        body, kept = pack(message)
        self.write(b"D" + body)
        return kept

    def receive(self, deadline: float) -> dict[str, Any]:
        """What the notebook's process says. Errors: Gone, TimeoutError, Broken."""
        while True:
            message = self.reader.take()
            if message is not None:
                return message
            letter, body = self.frame(deadline)
            if letter != b"D":
                self.over(letter)
                raise Gone("")
            self.reader.pile += body

    def frame(self, deadline: float) -> tuple[bytes, bytes]:
        """The next frame; no letter where the box is gone. Errors: TimeoutError."""
        try:
            if (left := deadline - time.monotonic()) > 0 and self.ear.poll(left):
                found = self.ear.recv_bytes()
                return found[:1], found[1:]
        except (EOFError, OSError):
            return b"", b""
        raise TimeoutError

    def end(self) -> None:
        """Ends the notebook's process; the box stays open for the next one."""
        if self.process is None or self.ended:
            return
        try:
            self.write(b"K")
            deadline = time.monotonic() + AT_WORK
            while (letter := self.frame(deadline)[0]) == b"D":
                pass
            self.over(letter)
        except (Gone, TimeoutError):
            self.close()

    def over(self, letter: bytes) -> None:
        """A notebook's process has ended; so does the box, unless it is as it was before."""
        self.ended = True
        if letter != b"E":
            self.close()

    def close(self, *, for_good: bool = False) -> None:
        """Ends all that is in the box. Any thread may call this at any time."""
        self.ended, self.shut = True, self.shut or for_good
        process, self.process = self.process, None
        if process is not None:
            for member in family(process.pid):
                with contextlib.suppress(psutil.Error):
                    member.kill()
            process.wait()
            if self.walls.removal:
                subprocess.run(
                    self.walls.removal, capture_output=True, check=False, env=self.walls.env
                )
            self.ear.close()
            self.mouth.close()
        if for_good:
            with contextlib.suppress(RecursionError):  # a folder in a folder in a folder …
                self.place.cleanup()


def family(number: int) -> list[psutil.Process]:
    """A process and all below it, the youngest first; none where it is gone."""
    try:
        return [*reversed(below(number)), psutil.Process(number)]
    except psutil.Error:
        return []


def is_words(value: Any) -> bool:
    """Whether this is a short list of short texts."""
    return isinstance(value, list) and len(value) < 9 and all(isinstance(v, str) for v in value)
