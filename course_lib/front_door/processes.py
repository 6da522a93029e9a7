"""Commands that end with start.py, whatever ends it: a signal, the terminal's closing, a kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

PIPE, STDOUT = subprocess.PIPE, subprocess.STDOUT
GUARDIAN = Path(__file__).with_name("guardian.py")
STOPPING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # the last one is Windows' window closing

# What would lead Python or an installer out of .venv, or make every import compile torch again.
MISLEADING = (
    "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PIP_TARGET", "PIP_PREFIX", "PIP_USER",
    "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN", "UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_TARGET",
    "UV_PREFIX", "UV_BREAK_SYSTEM_PACKAGES", "UV_PROJECT_ENVIRONMENT", "__PYVENV_LAUNCHER__",
)  # fmt: skip


class Ended(BaseException):
    """A signal asked this process to stop; `status` is the exit status that says so."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


def listen() -> None:
    """Let every signal that asks for an end raise `Ended`; those that are ignored stay ignored."""

    def stop(number: int, _frame: FrameType | None) -> None:
        for name in STOPPING:  # once is enough: a second one must not disturb the tidying up
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise Ended(number)

    for name in STOPPING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def environment(**more: str) -> dict[str, str]:
    """The environment variables for what start.py calls: no way leads out of .venv."""
    env = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    env |= {"PYTHONUTF8": "1", "DEBIAN_FRONTEND": "noninteractive", "PIP_REQUIRE_VIRTUALENV": "1"}
    return env | {"PYTHONNOUSERSITE": "1"} | more


@contextmanager
def guarded(
    command: list[str], *, cwd: Path, env: dict[str, str], kept: Iterable[int] = (), **options
) -> Iterator[subprocess.Popen]:
    """A running command that is ended, with all that it started, when the block is left.

    `kept` are file descriptors that stay open as long as the command lives; `options` go to Popen.
    """
    kept = tuple(kept)
    guard = [sys.executable, "-I", "-S", str(GUARDIAN), ",".join(map(str, kept)), *command]
    posix = {"start_new_session": True, "pass_fds": kept}
    windows = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    options |= posix if os.name == "posix" else windows
    process = subprocess.Popen(guard, cwd=str(cwd), env=env, stdin=subprocess.PIPE, **options)
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait()


def call(command: list[str], *, cwd: Path, env: dict[str, str], **options) -> int:
    """The exit status of a guarded command."""
    with guarded(command, cwd=cwd, env=env, **options) as process:
        return process.wait()


def succeeds(command: list[str], *, seconds: float = 60) -> bool:
    """Whether a short command ends well within so many seconds; it says nothing."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    try:
        ran = subprocess.run(
            command, env=environment(), stderr=subprocess.DEVNULL, timeout=seconds, check=False,
            **quiet,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ran.returncode == 0
