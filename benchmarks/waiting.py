"""How long a person waits: for a first picture, a first check, a deck, a lesson's check.

    python -m benchmarks.waiting [--json] [--only WORDS] [--repeats N] [--store]

Each row is one wait, in seconds on the wall and of the processor (the kernel's, or that of the
command and all that it starts); of several repeats the median by the wall. `load` says how busy the
machine was. A kernel's own start is part of a notebook's first picture, and not of a first check:
there the reader has been at work.
"""

import argparse
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from course_lib import results
from course_lib.ground import commit, paths
from course_lib.ground.patience import patience

NOTEBOOKS = sorted(path.stem for path in (paths.ROOT / "notebooks").glob("[0-9]*.ipynb"))
PICTURES = ("image/png", "image/svg+xml", "application/vnd.jupyter.widget-view+json")
CHECKS = {"05.3": "'a'", "02.2": "lambda *given: given[0]"}  # a letter; a function
COMMANDS = {
    "a deck's page from what is stored": ["slides", "build", "04"],
    "a lesson's check": ["lesson", "check", "04"],
    "a lesson's map": ["lesson", "map"],
    "the doctor": ["doctor"],
}
Timed = tuple[float, float]  # seconds on the wall, and of the processor


class Kernel:
    """A kernel in an empty home, so that nobody's notes change."""

    def __init__(self) -> None:
        self.home = tempfile.TemporaryDirectory()
        home = Path(self.home.name)
        kept = {f"COURSE_{name}": str(home / name) for name in ("BETS", "SCORES", "PROGRESS")}
        self.manager: KernelManager
        self.client: BlockingKernelClient
        self.manager, self.client = start_new_kernel(
            env={**os.environ, **kept, "COURSE_DEVICE": "cpu"}, cwd=str(paths.ROOT / "notebooks")
        )

    def run(self, code: str) -> bool:
        """Runs a cell; whether it showed a picture. Errors: RuntimeError where the cell fails."""
        seen = []

        def note(message: dict) -> None:
            if message["msg_type"] == "error":
                raise RuntimeError(message["content"]["evalue"])
            seen.extend(message["content"].get("data", {}))

        self.client.execute_interactive(code, output_hook=note, timeout=300 * patience())
        return not set(PICTURES).isdisjoint(seen)

    def processor(self) -> float:
        """Seconds that the kernel has used."""
        return sum(psutil.Process(self.manager.provisioner.pid).cpu_times()[:2])

    def end(self) -> None:
        """The kernel's end."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.home.cleanup()


def first_picture(name: str) -> Timed:
    """From the kernel's start to the first picture of a notebook that is run from the top."""
    cells = nbformat.read(paths.ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
    began = time.perf_counter()
    kernel = Kernel()
    try:
        for cell in cells:
            if cell.cell_type == "code" and kernel.run(cell.source):
                return time.perf_counter() - began, kernel.processor()
        raise RuntimeError(f"{name} shows no picture.")
    finally:
        kernel.end()


def first_check(key: str, reading: float) -> Timed:
    """The first check of a session, `reading` seconds after the cell that imports it."""
    kernel = Kernel()
    try:
        kernel.run("from course_lib.checks import check")
        time.sleep(reading)
        began, used = time.perf_counter(), kernel.processor()
        kernel.run(f"check({key!r}, {CHECKS[key]})")
        return time.perf_counter() - began, kernel.processor() - used
    finally:
        kernel.end()


def command(arguments: list[str]) -> Timed:
    """A command of the course, from the key to its end."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    call = [sys.executable, "-m", "course_lib", *arguments]
    subprocess.run(call, cwd=paths.ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return time.perf_counter() - began, cpu


def waits() -> Iterator[tuple[str, Callable[[], Timed]]]:
    """What is waited for, and how to wait for it."""
    for name in NOTEBOOKS:
        yield f"{name[:2]}, first picture", lambda name=name: first_picture(name)
    for key in CHECKS:
        for reading in (0, 20):
            what = f"first check, {key}, {reading} s after the import"
            yield what, lambda key=key, reading=reading: first_check(key, reading * patience())
    for what, arguments in COMMANDS.items():
        yield what, lambda arguments=arguments: command(arguments)


def measure(only: list[str], repeats: int) -> list[dict]:
    """The rows, shown as they come."""
    rows = []
    for what, wait in waits():
        if only and not any(word in what for word in only):
            continue
        load = os.getloadavg()[0]
        wall, cpu = sorted(wait() for _ in range(repeats))[repeats // 2]
        rows.append(
            {"what": what, "seconds": round(wall, 2), "cpu_s": round(cpu, 2),
             "repeats": repeats, "load": round(load, 1)}
        )  # fmt: skip
        print(f"{what:45} {wall:6.2f} s {cpu:6.2f} s of the processor", file=sys.stderr)
    return rows


def main() -> None:
    """The table, or JSON; `--store` keeps it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORDS")
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error("--repeats: at least 1")
    if options.store and (options.only or commit.why_not()):
        parser.error(commit.why_not() or "--store keeps the whole table: leave out --only.")
    rows = measure(options.only, options.repeats)
    if not rows:
        parser.error(f"nothing is called {' '.join(options.only)}")
    if options.json:
        print(json.dumps({"rows": rows}, indent=1))
    if options.store:
        call = shlex.join(["python", "-m", "benchmarks.waiting", *sys.argv[1:]])
        results.save("waiting", rows, command=call)


if __name__ == "__main__":
    main()
