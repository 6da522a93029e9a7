"""What was handed in: which student, which notebook, which file. Every file ends up somewhere."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from course_lib.checks.boxed.cells import code_cells
from course_lib.checks.boxed.texts import clean
from course_lib.checks.masters import ROOT, masters, tasks

# How Drive, Colab and file managers name a copy, in some languages: no part of a student's name.
COPY = re.compile(r"(?i)^(copy of|kopie von|copie de|copia de|cópia de|копия)[ _-]*")
# Words after a notebook's name that are no student.
VERSIONS = {"copy", "kopie", "copie", "copia", "final", "fixed", "new", "neu", "v", "version"}
ENDING = re.compile(r"(?i)\.ipynb(\.txt|\.json)?$")  # browsers add one, old systems shout
CALLED = re.compile(r"\b(?:check|predict|reflect|explore)\(\s*[\"'](\d\d\.\d+)[\"']")
BLANK = b"\xef\xbb\xbf \r\n\t"
LARGEST = 100_000_000  # bytes; a notebook of exercises has a thousandth, but for its outputs
NOBODYS = re.compile(
    r"^(\.ipynb_checkpoints|__MACOSX|__pycache__|\.git|\.DS_Store|Thumbs\.db|\._.*)$"
)
# How the systems name what they hand to a teacher: the student, a number of theirs, the file.
SYSTEMS = (
    re.compile(
        r"^(?P<student>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)$"
    ),
    re.compile(r"^[^_]*_(?P<id>.*?(?P<student>[^_]+))_attempt_\d{4}(?:-\d\d){5}_?(?P<rest>.*)$"),
    re.compile(r"^(?P<student>[^_\W]+(?:-[^_\W]+)*)(?:_LATE)?_(?P<id>\d+)_\d+_(?P<rest>.+)$"),
)
Who = tuple[str, str]  # a student's name, and what tells them from others of this name
Copy = tuple[float, Path, set[str]]  # when it was changed, where it is, exercises that it holds


@dataclass(frozen=True)
class Submission:
    """One notebook of one student. `path` is None where a student has handed nothing in."""

    student: str
    notebook: str  # "05_the_second_order_gradient"
    path: Path | None
    id: str = ""  # the system's number for the student, where the file's name tells it

    def content(self) -> bytes:
        """The bytes of the file. Errors: ValueError with a sentence."""
        if self.path is None:
            raise ValueError("No such notebook was handed in.")
        return read(self.path)

    def digest(self) -> str:
        """Twelve letters that change with the file; "" for none."""
        try:
            return hashlib.sha256(self.content()).hexdigest()[:12]
        except ValueError:
            return ""


class Pile(NamedTuple):
    """All submissions, and the files that are nobody's notebook: student, path, why."""

    submissions: list[Submission]
    unplaced: list[tuple[str, Path, str]]


def read(path: Path) -> bytes:
    """The bytes of a file of a stranger's. Errors: ValueError with a sentence."""
    try:
        if path.is_symlink() or not path.is_file():
            raise ValueError("This is no file but a link or a folder.")
        if path.stat().st_size > LARGEST:
            raise ValueError(f"The file has more than {LARGEST // 10**6} MB.")
        return path.read_bytes()
    except OSError as problem:  # its own words name a folder of yours
        raise ValueError(f"The file can't be read: {problem.strerror}.") from problem


def find_submissions(folder: Path, numbers: Sequence[str] = (), root: Path = ROOT) -> Pile:
    """Every student with every notebook that anybody has handed in, or with those of `numbers`.

    A student is a folder in `folder`, or what a file's name says: `owner`. A notebook is known by
    its exercises, and only where it can't be read by its name.
    Errors: ValueError where there is no such folder, nothing in it, or no such notebook.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    if ROOT.is_relative_to(folder.resolve()):
        raise ValueError(f"{folder} holds the course itself: put the submissions into another.")
    known = {key: path.parent.name for path in masters(root) for key in tasks(path)}
    stems = list(dict.fromkeys(known.values()))
    chosen = [stem for stem in stems if not numbers or stem[:2] in numbers]
    if not chosen or not set(numbers) <= {stem[:2] for stem in stems}:
        choice = ", ".join(stem[:2] for stem in stems)
        raise ValueError(f"Notebooks with exercises are {choice}; not all of yours are among them.")
    seen = {
        person(path.name)
        for path in folder.iterdir()
        if path.is_dir() and not path.is_symlink() and not NOBODYS.match(path.name)
    }
    found: dict[tuple[Who, str], Copy] = {}
    more: dict[tuple[Who, str], Copy] = {}  # of several notebooks that were copied into one
    strays: list[tuple[Who, Path, str]] = []
    for path in everything(folder):
        who, held, why = placed(folder, path, known, stems)
        here = [stem for stem in held if stem in chosen]
        if not why:
            seen.add(who)
            why = "" if here else f"It is {next(iter(held))}, which is not graded now."
        if why:
            strays.append((who, path, why))
        for stem in here:
            mine = (changed(path), path, held[stem])
            if stem != next(iter(held)):
                more[who, stem] = mine
                continue
            older, newer = sorted([mine, found.get((who, stem), mine)])
            if older != newer:
                why = f"An older copy of {stem}: {newer[1].name} is graded."
                lacks = ", ".join(sorted(older[2] - newer[2]))
                strays.append((who, older[1], why + (f" That one lacks {lacks}." if lacks else "")))
            found[who, stem] = newer
    if not seen and not strays:
        raise ValueError(f"{folder} holds neither a student's folder nor a notebook.")
    handed_in = [stem for stem in chosen if numbers or any(s == stem for _, s in found)]
    paths = {place: path for place, (_, path, _) in (more | found).items()}
    names = told_apart(sorted(seen | {who for who, _, _ in strays}))
    return Pile(
        [Submission(names[who], stem, paths.get((who, stem)), who[1])
         for who in sorted(seen) for stem in handed_in],
        [(names[who], path, why) for who, path, why in strays],
    )  # fmt: skip


def everything(folder: Path) -> Iterator[Path]:
    """All files and links below a folder, however deep; and the folders that nobody may read."""
    todo = [folder]
    while todo:
        place = todo.pop()
        try:
            found = [path for path in sorted(place.iterdir()) if not NOBODYS.match(path.name)]
        except OSError:
            yield place
            continue
        folders = {path for path in found if os.path.isdir(path) and not os.path.islink(path)}
        yield from (path for path in found if path not in folders)
        todo += sorted(folders, reverse=True)


def told_apart(whos: Iterable[Who]) -> dict[Who, str]:
    """A name for each, that no other has: two students may be called the same."""
    names: dict[Who, str] = {}
    for name, mark in whos:
        called, number = name, 1
        while called in names.values():
            number += 1
            called = f"{name} ({mark if mark.isdigit() and number == 2 else number})"
        names[name, mark] = called
    return names


def placed(
    folder: Path, path: Path, known: Mapping[str, str], stems: Sequence[str]
) -> tuple[Who, dict[str, set[str]], str]:
    """Whose file it is, the exercises that it holds by notebook, and why it is none."""
    who, by_name = owner(folder, path.relative_to(folder).parts, stems)
    if not is_notebook(path):
        return who, {}, "This is no .ipynb file, or a folder that can't be looked into."
    try:
        held = by_content(read(path), known) or ({by_name: set()} if by_name else {})
        return who, held, "" if held else "It holds no exercise of the course."
    except ValueError as problem:
        if by_name:
            return who, {by_name: set()}, ""
        return who, {}, f"No notebook of exercises has this name. {problem}"


def is_notebook(path: Path) -> bool:
    """Whether a file says so by its name, or holds a notebook's cells under any name."""
    if ENDING.search(path.name):
        return True
    try:
        content = read(path)
        return content[:20].strip(BLANK).startswith(b"{") and bool(code_cells(content))
    except ValueError:
        return False


def by_content(content: bytes, known: Mapping[str, str]) -> dict[str, set[str]]:
    """The exercises in a file by notebook; that with most of them comes first. ValueError."""
    held: dict[str, set[str]] = {}
    for grade_id, source in code_cells(content):
        for key in (grade_id.removesuffix("-check").replace("-", "."), *CALLED.findall(source)):
            if key in known:
                held.setdefault(known[key], set()).add(key)
    return dict(sorted(held.items(), key=lambda one: -len(one[1])))


def changed(path: Path) -> float:
    """When a file was last changed."""
    try:
        return path.lstat().st_mtime
    except OSError:  # a name that is too long
        return 0.0


def by_system(name: str, systems: Sequence[re.Pattern] = SYSTEMS) -> tuple[Who, str] | None:
    """The student that a system's name tells, and the rest of it; None for another name."""
    for system in systems:
        if match := system.match(name):
            return (clean(match["student"]), match.groupdict().get("id") or ""), match["rest"]
    return None


def person(name: str) -> Who:
    """The student that a folder's name tells."""
    if found := by_system(name, SYSTEMS[:2]):
        return found[0]
    return clean(name) or "?", "" if clean(name) == name else name


def owner(folder: Path, parts: Sequence[str], stems: Sequence[str]) -> tuple[Who, str]:
    """The student and the notebook that a path means, "" for none of ours.

    Canvas, Moodle and Blackboard put the student before the file. Else NN_title may stand anywhere
    in the name, since tools and people rename: "Copy of 05_title", "05_title (1)", "ann__05_title",
    "05_title_ann". What else the name says is the student, where there is no folder.
    """
    is_notebook = ENDING.search(parts[-1])
    name = re.sub(ENDING, "", parts[-1]) if is_notebook else Path(parts[-1]).stem
    student, number = person(parts[0]) if len(parts) > 1 else ("", "")
    if not student and (found := by_system(name)):
        (student, number), name = found
    places = {stem: name.lower().rfind(stem.lower()) for stem in stems}
    stem = max(stems, key=lambda one: (places[one] >= 0, len(one)))
    at = places[stem]
    if not student and at >= 0:
        before = re.sub(COPY, "", name[:at]).strip(" _-")
        after = name[at + len(stem) :]
        words = set(re.findall(r"[^\W\d_]+", after.lower()))
        after = "" if words <= VERSIONS else after.strip(" _-")
        student = clean(before or after) or folder.resolve().name
    elif not student:
        before, mark, _ = name.rpartition("__")
        student = clean(before if mark else name) or folder.resolve().name
    return (student, number), stem if at >= 0 else ""
