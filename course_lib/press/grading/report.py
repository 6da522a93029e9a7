"""The tables: a row per student and exercise, and what the class got wrong."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from course_lib.checks.judging import find
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
    return sorted(found, key=lambda line: (line[0], OUTCOMES.index(line[1]), -line[3], line[2]))


def class_report(rows: Sequence[Row]) -> str:
    """What the class got wrong, as text: a paragraph per exercise."""
    lines = []
    counted = summary(rows)
    for key in sorted({row.exercise for row in rows}):
        here = [(outcome, name, n) for k, outcome, name, n in counted if k == key]
        solved = sum(n for outcome, _, n in here if outcome == "solved")
        others = [f"{n} {outcome}" for outcome, _, n in here if outcome not in ("solved", "wrong")]
        text = f"{key} {find(key).title}: {solved} of {sum(n for *_, n in here)} solved"
        lines.append("; ".join([text, *others]))
        lines += [f"    {n} × {name}" for outcome, name, n in here if outcome == "wrong"]
    return "\n".join(lines)


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
