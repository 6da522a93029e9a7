"""The command line: `python -m course_lib COMMAND`. Each command is imported when it is called.

What goes wrong is told in a sentence (see `door`), and the exit status is 1, or 2 for bad usage.
"""

import argparse
import importlib
import sys
from pathlib import Path

from course_lib.ground import paths
from course_lib.ground.door import through_the_door

SCRIPT = "learning-to-learn"  # what pip calls this
NAME = SCRIPT if SCRIPT in Path(sys.argv[0]).name else "python -m course_lib"
COMMANDS = {
    "doctor": (
        "course_lib.press.doctor",
        "main",
        "say whether this machine is ready for the course",
    ),
    "data": ("course_lib.press.data", "main", "say which pictures are here; fetch Omniglot"),
    "lesson": ("course_lib.press.lesson", "main", "make or check all that belongs to a lesson"),
    "notebooks": ("course_lib.press.notebooks", "main", "sync, run or check the notebooks"),
    "slides": ("course_lib.press.slides", "main", "run, build or check the decks of the lectures"),
    "site": ("course_lib.press.site", "main", "build or check the course as a site to read"),
    "exercises": (
        "course_lib.press.exercises.command_line",
        "main",
        "build, verify or grade the exercises",
    ),
    "lab": ("course_lib.press.copying", "main_lab", "open a copy of the notebooks in JupyterLab"),
    "copy": ("course_lib.press.copying", "main_copy", "copy the notebooks and exercises out"),
    "class": ("course_lib.press.exercises.packing", "main", "pack the course for a class"),
    "train": ("course_lib.press.train", "main_train", "train the nets of one recipe"),
    "reproduce": (
        "course_lib.press.train",
        "main_reproduce",
        "make the numbers of one table again",
    ),
}


FOR_READERS = ("doctor", "data", "lab", "copy", "train", "reproduce")


def offered() -> dict[str, tuple[str, str, str]]:
    """The commands that work here: without the makers' files, the readers' own."""
    whole = (paths.ROOT / "lessons").is_dir()
    return COMMANDS if whole else {name: COMMANDS[name] for name in FOR_READERS}


def main(argv: list[str] | None = None) -> int:
    """The exit status of the command that `argv` names; the command reads the other arguments."""
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Tools of the course.",
        epilog=f"'{NAME} COMMAND --help' explains a command.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, _, purpose) in offered().items():
        subparsers.add_parser(name, help=purpose, add_help=False, prefix_chars="\0")
    argv = sys.argv[1:] if argv is None else argv
    command = parser.parse_args(argv[:1]).command
    module, function, _ = COMMANDS[command]
    return through_the_door(
        lambda rest: getattr(importlib.import_module(module), function)(rest), argv[1:]
    )


if __name__ == "__main__":
    sys.exit(main())
