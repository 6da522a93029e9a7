"""Lessons and exercises that a class doesn't take: they are left out of the students' copy."""

import json
import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from course_lib.checks.judging import all_exercises
from course_lib.checks.masters import masters, tasks
from course_lib.ground import files

FIRST = "00"  # start.py opens it
PLACES = ("notebooks", "exercises")


class Gone(NamedTuple):
    """What is left out: notebooks by the name of their file, exercises by key."""

    books: set[str]
    keys: set[str]


def meant(names: Sequence[str], root: Path) -> Gone:
    """What these names leave out: "07", "06_your_own_question", "05.2".

    Errors: ValueError with the nearest names for a name that nothing has, and for what others need.
    """
    books = {path.stem for place in PLACES for path in (root / place).glob("*.ipynb")}
    books -= {book for book in books if book.startswith(FIRST)}
    exercises = {e.key: e for e in all_exercises()}
    known = sorted({*books, *(book[:2] for book in books), *exercises})
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, cutoff=0.4) or known[:3]
            raise ValueError(f"Nothing that may go is called {name!r}. Did you mean "
                             f"{' or '.join(near)}?")  # fmt: skip
    books = {book for book in books if {book, book[:2]} & {*names}}
    keys = {*names} & {*exercises}
    keys |= {key for path in masters(root) if path.parent.name in books for key in tasks(path)}
    torn = [key for key, e in exercises.items() if key not in keys and keys & {*e.after}]
    if torn:
        raise ValueError(f"{' and '.join(torn)} would lack a function: leave that out too.")
    return Gone(books, keys)


def leave_out(gone: Gone, students: Path) -> None:
    """Takes the notebooks away, the exercises out of theirs, and the links to both."""
    for place in PLACES:
        for book in gone.books:
            (students / place / f"{book}.ipynb").unlink(missing_ok=True)
        for path in (students / place).glob("*.ipynb"):
            content = json.loads(path.read_text("utf-8"))
            content["cells"] = cells_without(gone, content["cells"])
            files.write(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    for path in (students / "README.md", *(students / "docs").glob("*.md")):
        files.write(path, unlinked(gone, path.read_text("utf-8")))


def cells_without(gone: Gone, cells: list[dict]) -> list[dict]:
    """A notebook's cells without the exercises: each begins with its heading."""
    kept, here = [], ""
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = re.match(r"## (\S+)", source)
            here = heading[1] if heading else here
            cell["source"] = unlinked(gone, source).splitlines(keepends=True)
        if here not in gone.keys or source == "progress()":
            kept.append(cell)
    return kept


def unlinked(gone: Gone, text: str) -> str:
    """A text without links to the notebooks, and without their lines of a table of contents."""
    if not gone.books:
        return text
    link = rf"\[([^\]]*)\]\([^)\s]*(?:{'|'.join(gone.books)})\.ipynb[^)]*\)"
    return re.sub(link, r"\1", re.sub(rf"(?m)^\| \d\d \| {link}.*\n", "", text))
