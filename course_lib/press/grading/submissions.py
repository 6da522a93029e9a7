"""What was handed in: which student, which notebook, which file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.checks.masters import ROOT, masters

# How Drive, Colab and file managers name a copy, in some languages: no part of a student's name.
COPY = re.compile(r"(?i)^(copy of|kopie von|copie de|copia de|cópia de|копия)[ _-]*")
ENDING = re.compile(r"(?i)\.ipynb(\.txt|\.json)?$")  # browsers add one, old systems shout
LARGEST = 20_000_000  # bytes; a notebook of exercises has a hundredth of it


@dataclass(frozen=True)
class Submission:
    """One notebook of one student. `path` is None where a student has handed nothing in."""

    student: str
    notebook: str  # "05_the_second_order_gradient"
    path: Path | None
    strays: tuple[str, ...] = ()  # files of the student that may be meant: other names or kinds

    def content(self) -> bytes:
        """The bytes of the file. Errors: OSError or ValueError, with a sentence."""
        if self.path is None:
            if self.strays:
                raise ValueError(
                    f"No notebook of this name was handed in, but {', '.join(self.strays)} was: "
                    f"if that is it, put it there as {self.notebook}.ipynb and grade again."
                )
            raise ValueError("No such notebook was handed in.")
        if self.path.is_symlink() or not self.path.is_file():
            raise ValueError("This is no file but a link or a folder.")
        if self.path.stat().st_size > LARGEST:
            raise ValueError(f"The file has more than {LARGEST // 10**6} MB.")
        return self.path.read_bytes()


@dataclass
class Pile:
    """All submissions, and sentences on files that could not be placed."""

    submissions: list[Submission] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def find_submissions(folder: Path, numbers: Sequence[str] = (), root: Path = ROOT) -> Pile:
    """Every student with every notebook that anybody has handed in, or with those of `numbers`.

    A student is a folder in `folder`, with NN_title.ipynb anywhere below, or the beginning of a
    file's name: student__NN_title.ipynb. A folder with NN_title.ipynb right in it is one student's.
    Errors: ValueError where there is no such folder, nothing in it, or no such notebook.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    if ROOT.is_relative_to(folder.resolve()):
        raise ValueError(f"{folder} holds the course itself: put the submissions into another.")
    known = [path.parent.name for path in masters(root)]
    chosen = [stem for stem in known if not numbers or stem[:2] in numbers]
    if not chosen or not set(numbers) <= {stem[:2] for stem in known}:
        choice = ", ".join(stem[:2] for stem in known)
        raise ValueError(f"Notebooks with exercises are {choice}; not all of yours are among them.")
    pile = Pile()
    students = {p.name for p in folder.iterdir() if p.is_dir() and p.name[0] not in "._"}
    found: dict[tuple[str, str], Path] = {}
    strays: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part[0] in "._" for part in parts):  # .ipynb_checkpoints, __MACOSX
            continue
        student, stem = owner(folder, parts, known)
        if not ENDING.search(path.name):
            if not stem or path.is_dir():
                continue  # a picture, a text, whatever else a student keeps there
            pile.remarks.append(f"{path}: this is no .ipynb file. Left out.")
            students.add(student)
            strays.setdefault(student, []).append(path.name)
        elif not stem:
            pile.remarks.append(f"{path}: no notebook of exercises has this name. Left out.")
            students.add(student)
            strays.setdefault(student, []).append(path.name)
        elif stem in chosen:
            students.add(student)
            older, newer = sorted([path, found.get((student, stem), path)], key=changed)
            if older != newer:
                pile.remarks.append(f"{student} has {stem} twice: {newer} is newer and is graded.")
            found[student, stem] = newer
    if not students:
        raise ValueError(f"{folder} holds neither a student's folder nor student__NN_title.ipynb.")
    handed_in = [stem for stem in chosen if numbers or any(s == stem for _, s in found)]
    pile.submissions = [
        Submission(student, stem, found.get((student, stem)), tuple(strays.get(student, ())))
        for student in sorted(students)
        for stem in handed_in
    ]
    return pile


def changed(path: Path) -> tuple[float, Path]:
    """When a file was last changed; its name decides between twins."""
    return path.lstat().st_mtime, path


def owner(folder: Path, parts: Sequence[str], known: Sequence[str]) -> tuple[str, str]:
    """The student and the notebook that a path means; "" for a notebook that isn't ours.

    NN_title may stand anywhere in the name, since tools and people rename: "Copy of 05_title",
    "05_title-Copy1", "05_title (1)", "05_title_final". What stands before it is the student, where
    there is no folder.
    """
    name = re.sub(ENDING, "", parts[-1])
    places = {stem: name.lower().rfind(stem.lower()) for stem in known}
    stem = max(known, key=lambda one: (places[one] >= 0, len(one)))
    at = places[stem]
    before = re.sub(COPY, "", name[: max(at, 0)] if at >= 0 else name.rpartition("__")[0])
    student = parts[0] if len(parts) > 1 else before.strip(" _-") or folder.resolve().name
    return student, stem if at >= 0 else ""
