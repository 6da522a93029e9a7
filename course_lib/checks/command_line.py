"""`python -m course_lib exercises build|verify`."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from course_lib.checks.masters import ROOT

PROGRAM = "python -m course_lib exercises"


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
    return parser.parse_args(argv)


def build(arguments: argparse.Namespace, root: Path) -> int:
    """Writes the notebooks, or says which of them differ from their masters."""
    from course_lib.checks import building

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
    from course_lib.checks.verifying import verify

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
        print("\n".join(matrix.survivors) or "Nothing survives.")
    return 1 if matrix.survivors else 0


COMMANDS = {"build": build, "verify": verify}
