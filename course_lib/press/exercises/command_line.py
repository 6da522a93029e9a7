"""`python -m course_lib exercises build|verify|grade`."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from course_lib.checks.masters import ROOT
from course_lib.ground import settings

PROGRAM = "python -m course_lib exercises"
HANDED_IN = (
    "SUBMISSIONS holds a folder per student, or files as Canvas, Moodle and Blackboard name them, "
    "or files student__NN_title.ipynb. Exit status: 0 all graded, 1 something failed or is no "
    "notebook of the course, 2 nothing could be done, 130 interrupted."
)


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """The exit status: 0 when all is well, 1 when something is wrong, 2 for bad usage."""
    arguments = parse(argv)
    return COMMANDS[arguments.command](arguments, root)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command and its options."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description="The exercises and their checks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    purpose = "make the student's and the instructor's notebooks from the masters"
    command = commands.add_parser("build", help=purpose, description=purpose.capitalize() + ".")
    command.add_argument("--check", action="store_true", help="only say which files differ")
    purpose = "try every check on wrong answers, right answers and the stub"
    command = commands.add_parser("verify", help=purpose, description=purpose.capitalize() + ".")
    command.add_argument("keys", nargs="*", metavar="KEY", help="such as 05 or 05.2; default: all")
    command.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    purpose = "grade the notebooks of a class, each in a process of its own"
    command = commands.add_parser(
        "grade", help=purpose, description=purpose.capitalize() + ".", epilog=HANDED_IN
    )
    command.add_argument("submissions", type=settings.place, metavar="SUBMISSIONS")
    command.add_argument(
        "--csv", type=settings.place, required=True, help="a line per student and exercise"
    )
    command.add_argument(
        "--summary", type=settings.place, help="CSV: how many students, per misconception"
    )
    what = "Markdown: words and verdicts beside the rubric, for whoever reviews the capstone"
    command.add_argument("--review", type=settings.place, metavar="FILE", help=what)
    for name, what in (
        ("--book", "CSV: a line a student, points and maximum"),
        ("--moodle", "CSV for Moodle's grade import"),
        ("--canvas", "CSV for Canvas' grade book"),
        ("--feedback", "a folder: a page per student"),
        ("--roster", "CSV with the students; their order is the book's"),
    ):
        command.add_argument(name, type=settings.place, help=what)
    what = "of the column in Moodle's and Canvas' forms; default: Exercises"
    command.add_argument("--title", default="Exercises", help=what)
    what = "keep what an earlier run has written to the table, where the file is still the same"
    command.add_argument("--resume", action="store_true", help=what)
    what = "grade without a box: a student's code can read and change your files"
    command.add_argument("--unsafe", action="store_true", help=what)
    what = "such as 00 05; default: all that anybody has handed in"
    command.add_argument("--notebooks", nargs="+", default=[], metavar="NN", help=what)
    what = "for a cell or a check, longer on a slow machine; default: 10"
    command.add_argument("--seconds", type=settings.positive, default=10.0, metavar="S", help=what)
    what = "above what the course itself needs; default: 2000"
    command.add_argument(
        "--memory", type=settings.whole_number(1), default=2000, metavar="MB", help=what
    )
    what = "notebooks at the same time; default: one per core, at most 4"
    usual = min(4, os.cpu_count() or 1)
    command.add_argument("--jobs", type=settings.whole_number(1, 64), default=usual, help=what)
    return parser.parse_args(argv)


def build(arguments: argparse.Namespace, root: Path) -> int:
    """Writes the notebooks, or says which of them differ from their masters."""
    from course_lib.press.exercises import building

    if not arguments.check:
        changed = building.build(root)
        print("\n".join(f"{path.relative_to(root)}: written" for path in changed) or "Up to date.")
        return 0
    found = building.drift(root)
    for problem in found:
        print(problem)
    print(f"Call '{PROGRAM} build'." if found else "Up to date.")
    return 1 if found else 0


def verify(arguments: argparse.Namespace, root: Path) -> int:
    """Prints the kill matrix."""
    from course_lib.checks.judging import all_exercises
    from course_lib.press.exercises.verifying import verify

    chosen = None
    if arguments.keys:
        chosen = [
            e for e in all_exercises() if e.key in arguments.keys or e.notebook in arguments.keys
        ]
        if not chosen:
            print(f"No exercise is called {' or '.join(arguments.keys)}.", file=sys.stderr)
            return 2
    matrix = verify(chosen, root)
    if arguments.json:
        print(json.dumps(asdict(matrix), ensure_ascii=False))
    else:
        print(f"{matrix.exercises} exercises")
        print(f"{matrix.killed} of {matrix.mutants} wrong answers rejected, {matrix.named} by name")
        print(f"{matrix.accepted} of {matrix.rights} right answers accepted")
        print(f"{matrix.plain_inputs['accepted']} of them with plain inputs alone")
        print("\n".join(matrix.survivors) or "Nothing survives.")
    return 1 if matrix.survivors else 0


def grade(arguments: argparse.Namespace, root: Path) -> int:
    """Grades a class."""
    from course_lib.press.grading.command import grade

    return grade(arguments, root)


COMMANDS = {"build": build, "verify": verify, "grade": grade}
