"""The book: a line a student, in the roster's order; forms for Moodle and Canvas; feedback."""

import csv
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.checks.boxed.texts import clean, decoded
from course_lib.checks.judging import find
from course_lib.ground import files
from course_lib.press.grading.notebook import Row, points_of
from course_lib.press.grading.report import place, write

MOODLE = ("email address", "email", "e-mail", "e-mail address", "username", "id number", "id")
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l"})


@dataclass(frozen=True)
class Line:
    """One student: points of a maximum, what a person has yet to read, and what failed."""

    student: str
    points: int = 0
    maximum: int = 0
    unread: int = 0
    failed: int = 0
    by_notebook: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)  # the roster's columns


def read_roster(path: Path) -> list[dict[str, str]]:
    """A row per student, by column. Errors: ValueError with a sentence; OSError."""
    text = decoded(path.read_bytes())
    if not text.strip():
        raise ValueError(f"{path} holds no roster: a first line with the columns' names is needed.")
    first = text.splitlines()[0]
    marks = max(",;\t", key=first.count)
    lines = [
        {str(k).strip(): (v or "").strip() for k, v in line.items() if k}
        for line in csv.DictReader(text.splitlines(), delimiter=marks)
    ]
    maxima = "points possible"  # in the second line of Canvas' own export
    return [line for line in lines if any(line.values())
            and maxima not in map(str.lower, line.values())]  # fmt: skip


def forms(text: str) -> set[str]:
    """How a name may be written: "Müller, Anna" is also muelleranna and annamuller."""
    found = set()
    for written in (text.casefold(), text.casefold().translate(UMLAUTS)):
        flat = unicodedata.normalize("NFKD", written)
        words = re.findall(r"[^\W_]+", "".join(c for c in flat if not unicodedata.combining(c)))
        found |= {"".join(words[i:] + words[:i]) for i in (-1, 0, 1)} | {" ".join(sorted(words))}
    return found - {""}


def names_of(line: Mapping[str, str]) -> set[str]:
    """All that a roster's line may be called."""
    values = list(line.values())
    both = [f"{a} {b}" for a in values for b in values if a and b and a != b]
    mails = [value.partition("@")[0] for value in values if "@" in value]
    return {form for value in (*values, *both, *mails) for form in forms(value)}


def matched(
    students: Iterable[str], numbers: Mapping[str, str], roster: Sequence[Mapping[str, str]]
) -> dict[str, int]:
    """The roster's line of each student, where exactly one fits."""
    known = [names_of(line) for line in roster]
    found = {}
    for student in students:
        wanted = {numbers[student]} if numbers.get(student) else set()
        fits = [i for i, line in enumerate(roster) if wanted & set(line.values())]
        fits = fits or [i for i, names in enumerate(known) if forms(student) & names]
        if len(fits) == 1:
            found[student] = fits[0]
    return found


def book(
    rows: Sequence[Row],
    numbers: Mapping[str, str] | None = None,
    roster: Sequence[Mapping[str, str]] = (),
) -> list[Line]:
    """A line a student: those of the roster in its order, then the others."""
    graded = list(dict.fromkeys(row.notebook for row in rows if row.exercise))
    most = {
        name: sum(points_of(find(key)) for key in {r.exercise for r in rows if r.notebook == name})
        for name in graded
    }
    students = list(dict.fromkeys(row.student for row in rows))
    places = matched(students, numbers or {}, roster)
    by_line: dict[int, list[str]] = {}
    for student, number in places.items():
        by_line.setdefault(number, []).append(student)
    lines = [
        line_of(by_line.get(i, []), rows, most, about, called(about))
        for i, about in enumerate(roster)
    ]
    others = [student for student in students if student not in places]
    return lines + [line_of([student], rows, most, {}, student) for student in others]


def called(about: Mapping[str, str]) -> str:
    """The name on a roster's line."""
    low = {name.lower(): value for name, value in about.items()}
    if "first name" in low and ("surname" in low or "last name" in low):
        return f"{low['first name']} {low.get('surname') or low.get('last name')}"
    for name in ("student", "name", "full name", "username", "id"):
        if low.get(name):
            return low[name]
    return next(iter(about.values()), "")


def line_of(
    students: Sequence[str], rows: Sequence[Row], most: Mapping[str, int], about: Mapping, name: str
) -> Line:
    """The line of one student, who may have handed in under several names: the best counts."""
    mine = [row for row in rows if row.student in students]
    won = Counter()
    for row in mine:
        if row.outcome == "solved":
            won[row.student, row.notebook] += points_of(find(row.exercise))
    points = {book: max((won[one, book] for one in students), default=0) for book in most}
    return Line(
        clean(name), sum(points.values()), sum(most.values()),
        sum(row.outcome == "written" for row in mine),
        sum(row.outcome in ("failed", "unplaced") for row in mine),
        {book: (points[book], most[book]) for book in most}, about,
    )  # fmt: skip


def write_book(lines: Sequence[Line], path: Path) -> None:
    """Points and maximum, in all and by notebook."""
    books = list(lines[0].by_notebook) if lines else []
    head = ["student", "points", "maximum", "to read", "failed", *books]
    rows = [
        [one.student, one.points, one.maximum, one.unread, one.failed,
         *(one.by_notebook[book][0] for book in books)]
        for one in lines
    ]  # fmt: skip
    write(path, head, rows)


def write_moodle(lines: Sequence[Line], path: Path, title: str) -> None:
    """What Moodle's "Import from CSV" takes: a column that identifies, and a grade."""
    columns = next((list(one.about) for one in lines if one.about), [])
    head = next((c for want in MOODLE for c in columns if c.lower() == want), "")
    rows = [[one.about.get(head) or one.student, one.points] for one in lines]
    write(path, [head or "Full name", title], rows)


def write_canvas(lines: Sequence[Line], path: Path, title: str) -> None:
    """What Canvas' grade book imports: its five columns, the points, and the maximum above them."""
    most = lines[0].maximum if lines else 0
    rows = [["Points Possible", "", "", "", "", most]]
    rows += [
        [one.about.get("Student") or one.student, *(one.about.get(c, "") for c in CANVAS[1:]),
         one.points]
        for one in lines
    ]  # fmt: skip
    write(path, [*CANVAS, title], rows)


PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}}"
    "td{{padding:.3em .6em;vertical-align:top;border-top:1px solid #ccc}}</style>"
    "<h1>{title}</h1><p>{points} of {maximum} points.</p>{tables}</html>\n"
)
SAID = {
    "solved": "solved", "written": "handed on to be read", "wrong": "not yet", "stub": "not begun",
    "missing": "missing", "failed": "could not be graded", "unplaced": "not graded",
}  # fmt: skip


def write_feedback(rows: Sequence[Row], lines: Sequence[Line], folder: Path) -> None:
    """A page per student: what is solved, and what to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    totals = {one.student: one for one in book(rows)} | {one.student: one for one in lines}
    taken: set[str] = set()
    for student in dict.fromkeys(row.student for row in rows):
        mine = [row for row in rows if row.student == student]
        mine.sort(key=lambda row: (row.notebook, place(row.exercise)))
        name = re.sub(r"[^\w-]+", "_", student).strip("_")
        name = name.encode()[:120].decode(errors="ignore") or "student"  # a disk counts bytes
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        tables = "<table>" + "".join(map(told, mine)) + "</table>"
        total = totals[student]
        page = PAGE.format(title=html.escape(student), points=total.points, tables=tables,
                           maximum=total.maximum)  # fmt: skip
        files.write(folder / f"{name}.html", page)


def told(row: Row) -> str:
    """A row of a feedback page."""
    what = f"{row.exercise} {find(row.exercise).title}" if row.exercise else row.file
    words = row.message if row.outcome != "written" else ""
    why = f"<b>{html.escape(row.misconception)}.</b> " if row.misconception else ""
    cells = (html.escape(what), SAID[row.outcome], why + html.escape(words))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
