"""Which stored numbers and weights a book's outputs stand on, noted while it runs.

A table that is measured again, or an agent that is trained again, makes the pictures drawn from it
old, though no line of the book has changed.
"""

import hashlib
import inspect
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.ground.paths import CHECKPOINTS, RESULTS, ROOT

if TYPE_CHECKING:  # a machine that only trains has no nbformat
    from nbformat import NotebookNode

STORED = (RESULTS, CHECKPOINTS)
KINDS = (".json", ".safetensors")


def note_reads(folders: tuple[str, ...], kinds: tuple[str, ...], notes: str) -> None:
    """Writes the path of each file of these folders and kinds that this Python opens into `notes`.

    It runs in the kernel, before anything of the course is there.
    """
    import os
    import sys

    seen = set()

    def look(event: str, given: tuple) -> None:
        if event != "open" or not isinstance(given[0], (str, bytes, os.PathLike)):
            return
        path = os.path.abspath(os.fsdecode(given[0]))
        if path not in seen and path.endswith(kinds) and os.path.dirname(path) in folders:
            seen.add(path)
            with open(notes, "a", encoding="utf-8") as file:
                print(path, file=file)

    sys.addaudithook(look)


def watch(ipython: Path, notes: Path) -> None:
    """Has the kernels whose IPYTHONDIR is `ipython` write into `notes` what they read."""
    startup = ipython / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    call = f"note_reads({tuple(map(str, STORED))!r}, {KINDS!r}, {str(notes)!r})\ndel note_reads\n"
    text = inspect.getsource(note_reads) + "\n\n" + call
    (startup / "00_note_reads.py").write_text(text, encoding="utf-8")


def noted(notes: Path) -> list[str]:
    """The names of the files that were read, in order, as `bandits.json`."""
    if not notes.exists():
        return []
    return sorted({Path(line).name for line in notes.read_text(encoding="utf-8").splitlines()})


def digests(names: Iterable[str]) -> dict[str, str]:
    """Each name with a short fingerprint of what stands in its file now; "" where it is gone."""
    return {name: digest(name) for name in names}


def changed(nb: "NotebookNode") -> list[str]:
    """The stored files that the outputs of a book stand on and that have changed since it ran."""
    read = nb.metadata.get("course", {}).get("read", {})
    return [name for name, then in read.items() if digest(name) != then]


def readers(name: str, root: Path = ROOT) -> dict[str, list[str]]:
    """The books whose outputs stand on a stored file, by the folder they are in."""
    found = {}
    for kind in ("notebooks", "slides"):
        books = sorted((root / kind).glob("*.ipynb"))
        found[kind] = [book.stem for book in books if name in _read_by(book)]
    return found


def _read_by(book: Path) -> dict[str, str]:
    try:
        notebook = json.loads(book.read_text(encoding="utf-8"))
        return notebook["metadata"].get("course", {}).get("read", {})
    except (ValueError, KeyError):  # half merged, or empty: it is somebody's work of this hour
        return {}


def digest(name: str) -> str:
    """A short fingerprint of a stored file; of a table, who made it when is no part of it."""
    for folder in STORED:
        if (path := folder / name).exists():
            stamp = path.stat()
            return _digest(path, stamp.st_mtime_ns, stamp.st_size)
    return ""


@cache
def _digest(path: Path, changed: int, size: int) -> str:
    content = path.read_bytes()
    if path.suffix == ".json":
        stored = json.loads(content)
        if isinstance(stored, dict):
            stored.pop("made", None)
        content = json.dumps(stored, ensure_ascii=False).encode()
    return hashlib.sha256(content).hexdigest()[:12]
