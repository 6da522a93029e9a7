"""`python -m course_lib exercises grade`: a class, from its folder to its book."""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from course_lib.checks.boxed.texts import clean
from course_lib.ground import files
from course_lib.ground.patience import patience
from course_lib.press.grading import book, report
from course_lib.press.grading.box import NoBox
from course_lib.press.grading.classroom import Room
from course_lib.press.grading.notebook import Limits, Row
from course_lib.press.grading.submissions import Pile, Submission, find_submissions

INTERRUPTED = 130
TABLES = ("csv", "summary", "review", "book", "moodle", "canvas")  # the options that name a file


def grade(arguments: argparse.Namespace, root: Path) -> int:
    """0: every file has its verdicts. 1: some failed or are nobody's. 2: bad usage, or no box."""
    try:
        pile = find_submissions(arguments.submissions, arguments.notebooks, root)
        roster = book.read_roster(arguments.roster) if arguments.roster else []
        for name in TABLES:
            if path := getattr(arguments, name):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.open("a").close()  # or it is found out after hours of work
        limits = Limits(arguments.seconds * patience(), arguments.memory)
        room = Room(limits, arguments.jobs, unsafe=arguments.unsafe, root=root)
        rows, whole = collected(room, pile, arguments)
        write(rows, pile, roster, arguments)
    except (NoBox, ValueError, OSError) as problem:
        print(clean(str(problem)), file=sys.stderr)
        return 2
    print(report.class_report(rows))
    print(f"Protected by: {', '.join(room.force) or 'nothing was run'}.")
    failed = sum(row.outcome in ("failed", "unplaced") for row in rows)
    if failed:
        print(f"{failed} rows failed or are unplaced: see the table.", file=sys.stderr)
    if not whole:
        print("Interrupted: what was done is kept. --resume goes on from there.", file=sys.stderr)
        return INTERRUPTED
    return 1 if failed else 0


def collected(room: Room, pile: Pile, arguments: argparse.Namespace) -> tuple[list[Row], bool]:
    """All rows, each written as soon as it is known; and whether nobody interrupted."""
    done = report.read_rows(arguments.csv) if arguments.resume else []
    rows, todo = resumed(done, pile.submissions, room)
    rows += [
        Row(student, "", "", "unplaced", message=clean(why), file=clean(path.name))
        for student, path, why in pile.unplaced
    ]
    report.write_rows(rows, arguments.csv)
    whole = True
    try:
        for found in told(room.graded(todo), todo):
            report.append(found, arguments.csv)
            rows += found
    except KeyboardInterrupt:
        whole = False
    order = {(one.student, one.notebook): i for i, one in enumerate(pile.submissions)}
    rows.sort(key=lambda row: order.get((row.student, row.notebook), len(order)))
    return rows, whole


def resumed(
    done: Sequence[Row], submissions: Sequence[Submission], room: Room
) -> tuple[list[Row], list[Submission]]:
    """The rows of an earlier run that still hold, and what is left to grade."""
    known = defaultdict(list)
    for row in done:
        known[row.student, row.notebook, row.digest].append(row)
    rows, todo = [], []
    for one in submissions:
        found = known[one.student, one.notebook, one.digest()]
        if {row.exercise for row in found} == set(room.known[one.notebook]):
            rows += found
        else:
            todo.append(one)
    return rows, todo


def told(found: Iterator[list[Row]], todo: Sequence[Submission]) -> Iterator[list[Row]]:
    """Passes rows on and says how far it is: one line on a terminal, every tenth elsewhere."""
    began, screen = time.monotonic(), sys.stderr.isatty()
    for number, rows in enumerate(found, 1):
        yield rows
        left = (time.monotonic() - began) / number * (len(todo) - number)
        line = f"{number} of {len(todo)} notebooks, about {left:.0f} s left"
        if screen:
            print(f"\r{line:60}", end="\n" if number == len(todo) else "", file=sys.stderr)
        elif number % 10 == 0 or number == len(todo):
            print(line, file=sys.stderr)


def write(
    rows: Sequence[Row], pile: Pile, roster: list[dict[str, str]], arguments: argparse.Namespace
) -> None:
    """All tables that are asked for."""
    report.write_rows(rows, arguments.csv)
    if arguments.summary:
        report.write_summary(rows, arguments.summary)
    if arguments.review:
        files.write(arguments.review, report.review(rows))
    numbers = {one.student: one.id for one in pile.submissions}
    lines = book.book(rows, numbers, roster)
    if arguments.book:
        book.write_book(lines, arguments.book)
    if arguments.moodle:
        book.write_moodle(lines, arguments.moodle, arguments.title)
    if arguments.canvas:
        book.write_canvas(lines, arguments.canvas, arguments.title)
    if arguments.feedback:
        book.write_feedback(rows, lines, arguments.feedback)
