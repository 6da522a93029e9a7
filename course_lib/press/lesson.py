"""`python -m course_lib lesson run|check|build NN`: a lesson's notebook, exercises and deck.

`lesson check --json` only reads: prompts, bets, claims without an assert (`lesson_facts`).
Each product has a tool of its own, with options of its own. This calls them in their order for the
lessons that are named, and goes on where one has something to say.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from course_lib.ground.paths import ROOT, written
from course_lib.press import house_map, lesson_facts
from course_lib.press import notebooks as notebook_tool
from course_lib.press import slides as slide_tool
from course_lib.press.exercises import command_line as exercise_tool
from course_lib.press.notebooks.files import named

Step = Callable[[list[str]], int]


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """The exit status: 0 when all is well, 1 where a product has a problem, 2 for bad usage."""
    arguments = parse(argv)
    if arguments.command == "map":
        return house_map.main()
    try:
        lessons = find(arguments.lessons, root)
    except ValueError as problem:
        print(problem)
        return 2
    if arguments.command == "check" and arguments.json:
        return lesson_facts.main(lessons, root)
    worst = 0
    for title, step, part in STEPS[arguments.command]:
        chosen = [name for name in lessons if (root / "lessons" / name / f"{part}.py").exists()]
        if chosen:
            print(f"--- {title}", flush=True)
            worst = max(worst, step([name[:2] if part == "exercises" else name for name in chosen]))
    return worst


def find(names: list[str], root: Path) -> list[str]:
    """The lessons' full names: those that start with a name or have it; all of them without names.

    Errors: ValueError for a name that no lesson has, with the list of those that exist.
    """
    known = [path.parent.name for path in written("lesson", root)]
    chosen = [] if names else known
    for name in map(named, names):
        found = [lesson for lesson in known if name and lesson.startswith(name)]
        if not found:
            raise ValueError(f"No lesson is called {name!r}: choose from {', '.join(known)}.")
        chosen += found
    return chosen


def _build_books(_: list[str]) -> int:
    return exercise_tool.main(["build"])  # all of them: it takes a second


STEPS: dict[str, list[tuple[str, Step, str]]] = {
    "run": [
        ("notebook", lambda names: notebook_tool.main(["run", *names]), "lesson"),
        ("exercises", _build_books, "exercises"),
        ("deck", lambda names: slide_tool.main(["run", *names]), "slides"),
    ],
    "check": [
        ("notebook", lambda names: notebook_tool.main(["check", *names]), "lesson"),
        ("exercises", lambda names: exercise_tool.main(["verify", *names]), "exercises"),
        ("deck", lambda names: slide_tool.main(["check", *names]), "slides"),
    ],
    "build": [
        ("notebook", lambda names: notebook_tool.main(["sync", *names]), "lesson"),
        ("exercises", _build_books, "exercises"),
        ("deck", lambda names: slide_tool.main(["build", *names]), "slides"),
    ],
}


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command and the lessons."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib lesson",
        description="Edit lessons/NN_title, then run this. Names may be short: 04.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in (
        ("run", "make the notebook with its outputs, the exercise books and the deck"),
        ("check", "say what is wrong with any of them"),
        ("build", "bring notebook and exercise books in step, and write the deck's page"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
        command.add_argument("lessons", nargs="*", metavar="NN", help="default: all lessons")
        if name == "check":
            facts = "run nothing: count prompts, bets and claims, as JSON"
            command.add_argument("--json", action="store_true", help=facts)
    purpose = "write the map lesson → rooms → widgets → … into CONTRIBUTING.md"
    commands.add_parser("map", help=purpose, description=purpose.capitalize() + ".")
    return parser.parse_args(argv)
