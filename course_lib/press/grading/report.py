"""The tables: a row per student and exercise, what the class got wrong, and sheets to review by."""

import csv
import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from course_lib.checks.boxed.texts import clean
from course_lib.checks.judging import find
from course_lib.checks.masters import rubric_table
from course_lib.ground import files
from course_lib.press.grading.notebook import OUTCOMES, Row

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute what begins so


HEAD = [field.name for field in fields(Row)]


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Writes a line per student and exercise."""
    write(path, HEAD, map(astuple, rows))


def read_rows(path: Path) -> list[Row]:
    """The rows of a table that `write_rows` or `Appended` wrote; none where there is no such."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = list(csv.reader(file))
    if not lines or lines[0] != HEAD:
        return []
    return [
        Row(*(freed(text) for text in line[:6]), float(line[6] or 0), *map(freed, line[7:]))
        for line in lines[1:]
        if len(line) == len(HEAD) and line[3] in OUTCOMES
    ]


class Appended:
    """A table that grows row by row, so that what is done is never lost."""

    def __init__(self, path: Path):
        write_rows([], path)
        self.path = path

    def add(self, rows: Iterable[Row]) -> None:
        """Writes these rows now."""
        with self.path.open("a", encoding="utf-8", errors="replace", newline="") as file:
            for row in rows:
                csv.writer(file, lineterminator="\n").writerow(map(harmless, astuple(row)))


def write_summary(rows: Iterable[Row], path: Path) -> None:
    """Writes how many students have which outcome, by exercise and misconception."""
    write(path, ["exercise", "outcome", "misconception", "students", "share"], shared(rows))


def summary(rows: Iterable[Row]) -> list[tuple[str, str, str, int]]:
    """(exercise, outcome, misconception, students), the most frequent misconception first."""
    counts = Counter((row.exercise, row.outcome, row.misconception) for row in rows if row.exercise)
    found = [(*what, number) for what, number in counts.items()]
    order = lambda line: (place(line[0]), OUTCOMES.index(line[1]), -line[3], line[2])  # noqa: E731
    return sorted(found, key=order)


def shared(rows: Iterable[Row]) -> list[tuple[str, str, str, int, str]]:
    """The summary, with the share of all who have the exercise."""
    counted = summary(rows)
    all_of = Counter()
    for key, _, _, number in counted:
        all_of[key] += number
    return [(*line, f"{line[3] / all_of[line[0]]:.0%}") for line in counted]


def place(key: str) -> tuple[int, ...]:
    """Where an exercise stands: 06.10 after 06.9."""
    return tuple(int(part) for part in key.split("."))


def class_report(rows: Sequence[Row]) -> str:
    """What the class got wrong, as text: a paragraph per exercise."""
    lines = []
    counted = summary(rows)
    for key in sorted({row.exercise for row in rows if row.exercise}, key=place):
        here = [(outcome, name, n) for k, outcome, name, n in counted if k == key]
        solved = sum(n for outcome, _, n in here if outcome == "solved")
        others = [f"{n} {outcome}" for outcome, _, n in here if outcome not in ("solved", "wrong")]
        text = f"{key} {find(key).title}: {solved} of {sum(n for *_, n in here)} solved"
        lines.append("; ".join([text, *others]))
        lines += [f"    {n} × {name}" for outcome, name, n in here if outcome == "wrong"]
    unplaced = sum(row.outcome == "unplaced" for row in rows)
    lines += [f"{unplaced} files are no graded notebook: see the table."] if unplaced else []
    return "\n".join(lines)


def review(rows: Sequence[Row]) -> str:
    """A sheet for each notebook with a rubric: verdicts and words, and the rubric to fill in.

    In Markdown. What a program can't judge stands in the words and in the notebook's plot.
    """
    books: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        books.setdefault((row.student, row.notebook), []).append(row)
    sheets = [
        sheet(student, notebook, found)
        for (student, notebook), found in books.items()
        if any(row.exercise and find(row.exercise).rubric for row in found)
    ]
    return "\n\n".join(sheets) + "\n" if sheets else "Nothing handed in has a rubric.\n"


def sheet(student: str, notebook: str, rows: Sequence[Row]) -> str:
    """What one student handed in, beside the rubric."""
    parts = [f"## {html.escape(student)} · {notebook}"]
    for row in rows:
        outcome = f"{row.outcome}, {row.misconception}" if row.misconception else row.outcome
        parts.append(f"**{row.exercise} {find(row.exercise).title}**: {html.escape(outcome)}")
        if row.outcome == "written":
            parts.append(f"> {html.escape(row.message, quote=False)}")
    parts += [
        rubric_table(rubric, "points") for row in rows if (rubric := find(row.exercise).rubric)
    ]
    most = sum(2 * len(find(row.exercise).rubric) for row in rows)
    return "\n\n".join([*parts, f"Points of {most}:"])


def write(path: Path, head: Sequence[str], lines: Iterable[Sequence]) -> None:
    """A CSV file that a spreadsheet opens without computing anything."""
    with (
        files.whole(path) as draft,
        draft.open("w", encoding="utf-8-sig", errors="replace", newline="") as file,
    ):
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)
        for line in lines:
            out.writerow([harmless(value) for value in line])


def harmless(value: object) -> object:
    """A text that begins like a formula gets an apostrophe; control characters go.

    So does what follows a semicolon: there, half of Europe's spreadsheets begin a new field.
    """
    if not isinstance(value, str):
        return value
    text = re.sub(r";(?=[=+@-])", ";'", clean(value))
    return f"'{text}" if text.startswith(FORMULA) else text


def freed(text: str) -> str:
    """The text without the apostrophe that `harmless` has put before it."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
