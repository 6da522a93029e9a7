"""Fills .venv: with uv, which takes seconds, and with pip where uv can't be had."""

import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import TextIO

from course_lib.front_door import pip_settings, processes
from course_lib.front_door.environment import own
from course_lib.front_door.explaining import explain, is_final
from course_lib.front_door.places import Places
from course_lib.front_door.processes import guarded
from course_lib.front_door.progress import Progress
from course_lib.front_door.saying import Stop

LEARN2LEARN = "./packaging/learn2learn"
PROBE_SECONDS = 60


class Failed(Exception):
    """An installer failed; the message is the end of what it said."""


class Installer:
    """Installs into the .venv of `places`, and tells how far it is."""

    def __init__(self, places: Places, lock: int):
        self.places, self.lock = places, lock
        self.python = str(places.python)
        self.env = processes.environment()
        self.uv: list[str] | None = None

    def run(self, what: str, command: list[str], env: dict[str, str] | None = None) -> None:
        """Run a command, show its progress, keep its words in the log.

        Errors: Failed with its last lines, where its exit status is not 0.
        """
        began, progress = time.time(), Progress(what)
        with self._open_log() as log:
            log.write(f"\n$ {' '.join(command)}\n")
            log.flush()
            pipe = {"stdout": processes.PIPE, "stderr": processes.STDOUT}
            text = {"encoding": "utf-8", "errors": "replace"}
            with guarded(
                command, cwd=self.places.root, env=env or self.env, kept=[self.lock], **pipe, **text
            ) as process:
                progress.follow(process, log, began)
        progress.end(time.time() - began)
        if process.returncode != 0:
            raise Failed("\n".join(progress.tail))

    def must(self, what: str, command: list[str]) -> None:
        """`run`, where a failure ends the set-up with a sentence."""
        try:
            self.run(what, command)
        except Failed as failure:
            raise Stop(explain(str(failure), what, self.places)) from None

    def prepare(self) -> None:
        """Put pip and uv into .venv; without uv, pip does it all."""
        if own(self.places) is None:
            raise Stop(".venv has changed while it was being set up: call start.py again.")
        if not processes.succeeds([self.python, "-I", "-c", "import pip._internal.cli.main"]):
            self.must("pip", [self.python, "-I", "-m", "ensurepip", "--upgrade"])
        wanted = locked(self.places, "uv")
        try:
            self.run("uv", [*self._pip(), "--only-binary", ":all:", *wanted])
        except Failed as failure:
            if is_final(str(failure)):
                raise Stop(explain(str(failure), "uv", self.places)) from None
            print("Note: uv can't be had here, so pip does its work; that takes longer.")
            self.must("pip", [*self._pip(), *locked(self.places, "pip", "setuptools")])
            return
        self.uv = [self.python, "-m", "uv", "pip", "install", "--python", self.python]
        self.env |= pip_settings.as_uv(self.python, self.places.root, self.env)

    def install(self, what: str, *arguments: str, cpu_torch: bool = False) -> None:
        """Install what `arguments` say, with uv if it is there and works, else with pip.

        Errors: Failed.
        """
        if self.uv:
            backend = ["--torch-backend=cpu"] if cpu_torch else []
            try:
                self.run(what, [*self.uv, *backend, *arguments])
                return
            except Failed as failure:
                if is_final(str(failure)):
                    raise
                self._note(f"uv failed at {what}; pip tries it.")
        self.run(what, [*self._pip(), *arguments])

    def reaches_cpu_builds(self) -> bool:
        """Whether PyTorch's own index, which has a build without GPU libraries, can be reached."""
        command = [*self.uv, "--torch-backend=cpu", "--dry-run", "--no-deps"] if self.uv else None
        if command is None:
            return False
        try:
            env = self.env | {"UV_HTTP_RETRIES": "0"}
            self.run(
                "looking for PyTorch's CPU build", [*command, *locked(self.places, "torch")], env
            )
        except Failed:
            return False
        return True

    def _pip(self) -> list[str]:
        """It compiles nothing in advance: trying the course out compiles what it uses."""
        quiet = ["--disable-pip-version-check", "--no-input", "--no-compile"]
        return [self.python, "-m", "pip", "install", *quiet]

    def _note(self, text: str) -> None:
        with self._open_log() as log:
            log.write(f"\n{text}\n")

    def _open_log(self) -> TextIO:
        """Any path can be written into it, also one whose letters the system does not know."""
        return self.places.log.open("a", encoding="utf-8", errors="backslashreplace")


def locked(places: Places, *names: str) -> list[str]:
    """The lines of the lock that fix these packages, such as ["uv==0.13.9"]."""
    lines = places.lock.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if re.match(rf"({'|'.join(names)})==", line)]
    if len(found) < len(names):
        raise Stop(
            f"{places.lock.name} is damaged: bring it back with `git checkout {places.lock.name}`."
        )
    return found


def without_learn2learn(places: Places) -> str:
    """The path of a copy of requirements.txt without learn2learn, which is built here."""
    lines = (places.root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    first = [line for line in lines if line.strip() != LEARN2LEARN]
    path = places.course / "requirements.txt"
    text = "\n".join([*first, ""]).replace("-c constraints.lock", "-c ../constraints.lock")
    path.write_text(text, encoding="utf-8")
    return str(path.relative_to(places.root))


def has_nvidia_gpu() -> bool:
    """Whether this machine has an NVIDIA GPU whose driver answers."""
    return bool(shutil.which("nvidia-smi")) and processes.succeeds(["nvidia-smi", "-L"])


def drop_half_installed(places: Places) -> None:
    """Remove what an interrupted installer left half done and would take for installed."""
    found = places.site_packages.glob("*.dist-info")
    unfinished = [folder for folder in found if not (folder / "RECORD").exists()]
    for folder in [*unfinished, *places.site_packages.glob("~*/")]:
        shutil.rmtree(folder)


def wants_cpu_torch() -> bool:
    """Whether PyTorch's CPU build should be chosen: on Linux alone the usual build has CUDA."""
    chosen = os.environ.get("UV_TORCH_BACKEND")
    return sys.platform == "linux" and not chosen and not has_nvidia_gpu()


def torch_build(places: Places) -> str | None:
    """The build of torch in .venv: "cpu", "cu130", …; None where there is no torch."""
    file: Path = places.site_packages / "torch" / "version.py"
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    cuda = re.search(r"^cuda(?:: [^=]*)? = '([\d.]+)'", text, flags=re.MULTILINE)
    return "cu" + cuda[1].replace(".", "") if cuda else "cpu"
