"""The tables: a row per student and exercise, what the class got wrong, and sheets to review by."""

import csv
import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from itertools import groupby
from pathlib import Path
from typing import TextIO

from course_lib.checks.boxed.texts import clean
from course_lib.checks.judging import find
from course_lib.checks.masters import rubric_table
from course_lib.ground import files
from course_lib.press.grading.notebook import OUTCOMES, Row

# A spreadsheet would compute what begins so: also with the wide letters of Chinese and Japanese.
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
HEAD = [field.name for field in fields(Row)]


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Writes a line per student and exercise."""
    write(path, HEAD, map(astuple, rows))


def read_rows(path: Path) -> list[Row]:
    """The rows of a table that `write_rows` or `append` wrote; none where there is no such."""
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


def append(rows: Iterable[Row], path: Path) -> None:
    """Adds rows to a table now, so that what is done is never lost."""
    with path.open("a", encoding="utf-8", errors="replace", newline="") as file:
        put(file, map(astuple, rows))


def write_summary(rows: Iterable[Row], path: Path) -> None:
    """Writes how many students have which outcome, and their share of all with the exercise."""
    counted = summary(rows)
    everyone = Counter()
    for key, _, _, number in counted:
        everyone[key] += number
    lines = [(*line, f"{line[3] / everyone[line[0]]:.0%}") for line in counted]
    write(path, ["exercise", "outcome", "misconception", "students", "share"], lines)


def summary(rows: Iterable[Row]) -> list[tuple[str, str, str, int]]:
    """(exercise, outcome, misconception, students), the most frequent misconception first."""
    counts = Counter((row.exercise, row.outcome, row.misconception) for row in rows if row.exercise)
    found = [(*what, number) for what, number in counts.items()]
    order = lambda line: (place(line[0]), OUTCOMES.index(line[1]), -line[3], line[2])  # noqa: E731
    return sorted(found, key=order)


def place(key: str) -> tuple[int, ...]:
    """Where an exercise stands: 06.10 after 06.9, and a file of nobody's, which has none, first."""
    return tuple(int(part) for part in key.split(".") if part)


def class_report(rows: Sequence[Row]) -> str:
    """What the class got wrong, as text: a paragraph per exercise."""
    lines = []
    for key, counted in groupby(summary(rows), key=lambda line: line[0]):
        here = [(outcome, name, n) for _, outcome, name, n in counted]
        solved = sum(n for outcome, _, n in here if outcome == "solved")
        others = [f"{n} {outcome}" for outcome, _, n in here if outcome not in ("solved", "wrong")]
        text = f"{key} {find(key).title}: {solved} of {sum(n for *_, n in here)} solved"
        lines.append("; ".join([text, *others]))
        lines += [f"    {n} × {name}" for outcome, name, n in here if outcome == "wrong"]
    everyone = len({row.student for row in rows})
    pairs = {(row.student, row.notebook) for row in rows if row.file and row.notebook}
    for notebook, n in Counter(notebook for _, notebook in pairs).items():
        if 2 * n < everyone:
            lines.append(
                f"Only {n} of {everyone} handed in {notebook}, and it counts in all maxima: "
                "--notebooks names those that should."
            )
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
    parts = [f"## {unformatted(student)} · {notebook}"]
    for row in rows:
        outcome = f"{row.outcome}, {row.misconception}" if row.misconception else row.outcome
        parts.append(f"**{row.exercise} {find(row.exercise).title}**: {unformatted(outcome)}")
        if row.outcome == "written":
            parts.append(f"> {unformatted(row.message)}")
    parts += [
        rubric_table(rubric, "points") for row in rows if (rubric := find(row.exercise).rubric)
    ]
    most = sum(2 * len(find(row.exercise).rubric) for row in rows)
    return "\n\n".join([*parts, f"Points of {most}:"])


def unformatted(text: str) -> str:
    """A text in which Markdown finds no tag, no link and no picture to load."""
    return re.sub(r"([\\\[\]`])", r"\\\1", html.escape(text, quote=False))


def write(path: Path, head: Sequence[str], lines: Iterable[Sequence]) -> None:
    """A CSV file that a spreadsheet opens without computing anything."""
    with (
        files.whole(path) as draft,
        draft.open("w", encoding="utf-8-sig", errors="replace", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerow(head)
        put(file, lines)


def put(file: TextIO, lines: Iterable[Sequence]) -> None:
    """Writes lines of a CSV file."""
    csv.writer(file, lineterminator="\n").writerows(map(harmless, line) for line in lines)


def harmless(value: object) -> object:
    """A text that begins like a formula gets an apostrophe; control characters go.

    So does what follows a semicolon: there, half of Europe's spreadsheets begin a new field.
    """
    if not isinstance(value, str):
        return value
    text = re.sub(r";(?=[=+@\uff1d\uff0b\uff20\uff0d-])", ";'", clean(value))
    return f"'{text}" if text.startswith(FORMULA) else text


def freed(text: str) -> str:
    """The text without the apostrophe that `harmless` has put before it."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
