"""The tables: a row per student and exercise, what the class got wrong, and sheets to review by."""

import csv
import html
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from course_lib.checks.judging import find
from course_lib.checks.masters import rubric_table
from course_lib.ground import files
from course_lib.press.grading.outside import OUTCOMES, Row

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute what begins so


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Writes a line per student and exercise."""
    write(path, [field.name for field in fields(Row)], map(astuple, rows))


def write_summary(rows: Iterable[Row], path: Path) -> None:
    """Writes how many students have which outcome, by exercise and misconception."""
    write(path, ["exercise", "outcome", "misconception", "students"], summary(rows))


def summary(rows: Iterable[Row]) -> list[tuple[str, str, str, int]]:
    """(exercise, outcome, misconception, students), the most frequent misconception first."""
    counts = Counter((row.exercise, row.outcome, row.misconception) for row in rows)
    found = [(*what, number) for what, number in counts.items()]
    order = lambda line: (place(line[0]), OUTCOMES.index(line[1]), -line[3], line[2])  # noqa: E731
    return sorted(found, key=order)


def place(key: str) -> tuple[int, ...]:
    """Where an exercise stands: 06.10 after 06.9."""
    return tuple(int(part) for part in key.split("."))


def class_report(rows: Sequence[Row]) -> str:
    """What the class got wrong, as text: a paragraph per exercise."""
    lines = []
    counted = summary(rows)
    for key in sorted({row.exercise for row in rows}, key=place):
        here = [(outcome, name, n) for k, outcome, name, n in counted if k == key]
        solved = sum(n for outcome, _, n in here if outcome == "solved")
        others = [f"{n} {outcome}" for outcome, _, n in here if outcome not in ("solved", "wrong")]
        text = f"{key} {find(key).title}: {solved} of {sum(n for *_, n in here)} solved"
        lines.append("; ".join([text, *others]))
        lines += [f"    {n} × {name}" for outcome, name, n in here if outcome == "wrong"]
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
        if any(find(row.exercise).rubric for row in found)
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
        draft.open("w", encoding="utf-8", errors="replace", newline="") as file,
    ):
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)
        for line in lines:
            out.writerow([harmless(value) for value in line])


def harmless(value: object) -> object:
    """A text that begins like a formula gets an apostrophe; line breaks become spaces."""
    if not isinstance(value, str):
        return value
    text = " ".join(value.splitlines())
    return f"'{text}" if text.startswith(FORMULA) else text
