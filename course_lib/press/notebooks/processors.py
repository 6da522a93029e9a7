"""`notebooks check --processors`: the stored outputs against other processors' arithmetic.

Each book is executed under each setting, and each cell's outputs are compared with the stored ones
as `pytest --nbval` compares them. What was run is remembered in `.course/processors.json`, until
the book, the course's code or its libraries change: an interrupted run goes on where it stopped.
"""

import hashlib
import json
import os
import platform
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from nbformat import NotebookNode

from course_lib.ground import files
from course_lib.ground.paths import PACKAGE
from course_lib.press.notebooks.arithmetic import effect
from course_lib.press.notebooks.compare import output_differences
from course_lib.press.notebooks.contents import TIMES
from course_lib.press.notebooks.execute import NotebookFailed, execute
from course_lib.press.notebooks.files import NUMBERED, find_pairs, read_notebook
from course_lib.press.notebooks.forcing import Settings, possible
from course_lib.press.notebooks.rules import is_ignored

REMEMBERED = Path(".course", "processors.json")
PLACES = {  # where each kind of book stands, and what its files are called
    "notebooks": ("notebooks", NUMBERED),
    "slides": ("slides", "[!.]*"),
    "exercises": ("exercises/solutions", NUMBERED),
}
LOCKS: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
LIBRARIES = ("torch", "numpy", "scipy", "matplotlib", "ipywidgets")


@dataclass
class Run:
    """What one execution of a book under one setting gave."""

    seconds: float = 0.0  # by the clock on the wall
    computing: float = 0.0  # of one CPU, in the kernel
    cells: dict[str, list[str]] = field(default_factory=dict)  # code cell → what differs there
    failed: str = ""

    @property
    def count(self) -> int:
        """The number of cells that differ; a book that breaks off counts as one."""
        return len(self.cells) + bool(self.failed)


def check_processors(
    root: Path,
    names: list[str],
    *,
    settings: list[str],
    places: list[str],
    jobs: int,
    fresh: bool = False,
) -> int:
    """Prints the table; 0 if nothing differs, 1 if something does, 2 for an unknown name.

    Without names of settings, those that change a bit on this machine.
    """
    try:
        books = find_books(root, places, names)
        settings = chosen(settings)
    except ValueError as problem:
        print(problem)
        return 2
    memory = Memory(root / REMEMBERED, fresh=fresh)
    began = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        started = {
            (book, name): pool.submit(run, book, name, settings[name], memory)
            for name in settings
            for book in books
        }
        runs = {}
        for (book, name), future in started.items():
            runs[book, name] = future.result()
            tell(book.relative_to(root), name, runs[book, name])
    print(table(root, books, list(settings), runs))
    count = sum(run.count for run in runs.values())
    print(f"{count} cells differ; {len(runs)} runs, {time.monotonic() - began:.0f} s")
    return 1 if count else 0


def chosen(names: list[str]) -> Settings:
    """The settings of these names, or all that change a bit on this machine.

    Raises ValueError for a name that this machine does not know.
    """
    known = possible()
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"Not to be had here: {', '.join(unknown)}. Known: {', '.join(known)}.")
    if names:
        return {name: known[name] for name in names}
    found = {}
    for name, setting in known.items():
        changed = effect(setting) if setting else []
        print(f"{name}: {', '.join(changed) or 'nothing'} rounded otherwise", flush=True)
        if changed or not setting:
            found[name] = setting
    return found


def find_books(root: Path, places: list[str], names: list[str]) -> list[Path]:
    """The .ipynb files in these places whose names start so; all of them without a name.

    Raises ValueError for a name that starts no file in any of the places.
    """
    found = [p.ipynb for place in places for p in find_pairs(root, [], *PLACES[place])]
    for name in names:
        if not any(book.name.startswith(name) for book in found):
            raise ValueError(f"Nothing is called {name!r} in: {', '.join(places)}.")
    return [book for book in found if not names or book.name.startswith(tuple(names))]


def run(book: Path, name: str, setting: dict[str, str], memory: "Memory") -> Run:
    """Executes a book under a setting and compares, unless that is remembered."""
    key = f"{book.parent.name}/{book.name} {name} {memory.digest(book, setting)}"
    if (known := memory.get(key)) is not None:
        return known
    began = time.monotonic()
    try:
        stored = reference(book)
        fresh, took = execute(stored, book.parent, settings=setting)
        found = Run(computing=round(took.cpu, 1), cells=differing(stored, fresh))
    except NotebookFailed as problem:
        found = Run(failed=str(problem))
    found.seconds = round(time.monotonic() - began, 1)
    memory.put(key, found)
    return found


def reference(book: Path) -> NotebookNode:
    """The book with what to compare with: as it is stored, or where that is nothing, as run here.

    An instructor's exercise book is kept without outputs.
    """
    with LOCKS[book]:
        return read_or_run(book)


@cache
def read_or_run(book: Path) -> NotebookNode:
    """The stored book, executed once if it has no outputs."""
    nb = read_notebook(book)
    ran = any(c.execution_count is not None for c in nb.cells if c.cell_type == "code")
    return nb if ran else execute(nb, book.parent)[0]


def differing(stored: NotebookNode, fresh: NotebookNode) -> dict[str, list[str]]:
    """What differs, by the number of the code cell, counted from 1."""
    cells = [
        (old, new)
        for old, new in zip(stored.cells, fresh.cells, strict=True)
        if old.cell_type == "code"
    ]
    return {
        str(number): found
        for number, (old, new) in enumerate(cells, 1)
        if not is_ignored(old) and (found := output_differences(old.outputs, new.outputs))
    }


def is_run(row: object) -> bool:
    """Whether something read from a file has the fields of a `Run`."""
    return isinstance(row, dict) and row.keys() == vars(Run()).keys()


class Memory:
    """The runs so far, in a file, by a key that holds all that they depend on."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self.path, self.lock = path, threading.Lock()
        self.runs = {} if fresh or not path.exists() else self.read()

    def read(self) -> dict:
        """The runs in the file; none, and a sentence, where it holds something else."""
        damaged = f"{self.path.name} was damaged; everything is run again."
        try:
            runs = files.read_json(self.path, damaged)
            if not (isinstance(runs, dict) and all(map(is_run, runs.values()))):
                raise ValueError(damaged)
        except (ValueError, OSError) as problem:
            print(problem)
            return {}
        return runs

    def get(self, key: str) -> Run | None:
        """The run of this key; None if there was none."""
        return Run(**self.runs[key]) if key in self.runs else None

    def put(self, key: str, run: Run) -> None:
        """Keeps a run in the place of an older one of the same book and setting."""
        with self.lock:
            name = key.rpartition(" ")[0]
            self.runs = {k: v for k, v in self.runs.items() if k.rpartition(" ")[0] != name}
            self.runs[key] = vars(run)
            files.write(self.path, json.dumps(self.runs, indent=1))

    def digest(self, book: Path, setting: dict[str, str]) -> str:
        """Of the book, the setting, the course's code, the libraries and the processor."""
        parts = [book.read_bytes(), repr(sorted(setting.items())).encode(), state()]
        return hashlib.sha256(b"\n".join(parts)).hexdigest()[:12]


@lru_cache(maxsize=1)
def state() -> bytes:
    """A digest of the course's code and the libraries under it, and of the machine."""
    versions = [platform.python_version(), *map(version, LIBRARIES)]
    digest = hashlib.sha256(repr([*versions, platform.processor(), os.cpu_count()]).encode())
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name != TIMES.name:
            digest.update(str(path.relative_to(PACKAGE)).encode() + path.read_bytes())
    return digest.digest()


def tell(book: Path, name: str, run: Run) -> None:
    """One line for a run, and one for each thing that differs."""
    took = f"{run.seconds:.0f} s, {run.computing:.0f} s of them computing"
    print(f"{book.with_suffix('')} {name}: {run.count} differ; {took}", flush=True)
    for number, found in run.cells.items():
        for said in found:
            print(f"  code cell {number}: {said}")
    if run.failed:
        print("  " + reason(run.failed))


def table(root: Path, books: list[Path], names: list[str], runs: dict) -> str:
    """Books down, settings across: how many cells differ; the seconds and the CPU's seconds."""
    rows = [["cells that differ", *names]]
    for book in books:
        label = book.relative_to(root).with_suffix("").as_posix()
        rows.append([label, *(str(runs[book, name].count) for name in names)])
    for label in ("seconds", "computing"):
        sums = [sum(vars(runs[book, name])[label] for book in books) for name in names]
        rows.append([label, *(f"{seconds:.0f}" for seconds in sums)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def reason(failed: str) -> str:
    """Why a notebook did not run, in a line: how the message begins, and how it ends."""
    lines = [line for line in failed.splitlines() if line.strip(" -")]
    return " … ".join(dict.fromkeys([lines[0], lines[-1]])) if lines else "no reason was given"
