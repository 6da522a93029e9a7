"""`python -m course_lib notebooks sync|run|check [NAMES…]`."""

import argparse
import os
from pathlib import Path

from course_lib.ground import files, settings
from course_lib.press.notebooks import claims, plans, routes
from course_lib.press.notebooks.contents import fill_time, filled_readme, note_time, read_times
from course_lib.press.notebooks.execute import NotebookFailed, execute
from course_lib.press.notebooks.files import (
    Pair,
    find_pairs,
    fingerprint,
    notebook_bytes,
    read_notebook,
    read_text,
    write_notebook,
)
from course_lib.press.notebooks.normal import normalise
from course_lib.press.notebooks.processors import PLACES, check_processors
from course_lib.press.notebooks.rules import problems
from course_lib.press.notebooks.sync import BothChanged, stamped, sync


def main(argv: list[str] | None, root: Path) -> int:
    """The exit status: 0 when all is well, 1 when a notebook has a problem, 2 for bad usage."""
    arguments = parse(argv)
    if arguments.processors:
        return check_processors(
            root,
            arguments.names,
            settings=arguments.settings,
            places=arguments.books,
            jobs=arguments.jobs,
            fresh=arguments.fresh,
        )
    try:
        pairs = find_pairs(root, arguments.names)
    except ValueError as problem:
        print(problem)
        return 2
    if arguments.command == "check":
        bad = [pair for pair in pairs if not check(pair, root, arguments.repeat)]
    elif arguments.command == "sync":
        bad = [pair for pair in pairs if not synced(pair, root)]
    else:
        bad = [pair for pair in pairs if not (synced(pair, root) and run(pair, root))]
    if arguments.command != "check":
        contents(root, write=True)
        return 1 if bad else 0
    return 1 if bad or not (arguments.names or contents(root, write=False)) else 0


def contents(root: Path, *, write: bool) -> bool:
    """Writes the README's table of contents and the pages made of notebooks, or says which is old.

    A course without such a page needs none.
    """
    pairs = [pair for pair in find_pairs(root, []) if pair.text.exists()]
    pages = {Path("README.md"): filled_readme}
    made = {page.PAGE: page.filled_page for page in (routes, claims, plans)}
    pages |= {page: filled for page, filled in made.items() if (root / page).exists()}
    for page, filled in pages.items():
        try:
            text = filled(root, pairs)
        except (FileNotFoundError, ValueError) as problem:
            print(problem)
            return False
        if write:
            files.write(root / page, text)
        elif text != (root / page).read_text(encoding="utf-8"):
            how = "run 'python -m course_lib notebooks sync'"
            print(f"{page} is old: {how}.")
            return False
    return True


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command, the names and the number of repeats."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib notebooks",
        description="Edit lessons/NN_name/lesson.py, then run this. Names may be short: 04.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in [
        ("sync", "bring text and .ipynb in step, keeping the outputs of unchanged cells"),
        ("run", "sync, execute in a fresh kernel, store the outputs and the running time"),
        ("check", "say what is wrong with a notebook; executes nothing without --repeat"),
    ]:
        command = commands.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
        command.add_argument("names", nargs="*", metavar="NAME", help="default: all notebooks")
        if name == "check":
            explanation = "also execute it N times: every run must give the same bytes"
            command.add_argument(
                "--repeat", type=settings.whole_number(0), default=0, metavar="N", help=explanation
            )
            add_processors(command)
    arguments = parser.parse_args(argv)
    arguments.repeat = getattr(arguments, "repeat", 0)
    arguments.processors = getattr(arguments, "processors", False)
    return arguments


def add_processors(command: argparse.ArgumentParser) -> None:
    """The options that compare the outputs with other processors' arithmetic."""
    group = command.add_argument_group("other processors")
    what = "execute under other processors' arithmetic; every output must compare equal"
    group.add_argument("--processors", action="store_true", help=what)
    what = "such as foreign,threads-2; default: all that change a bit on this machine"
    group.add_argument("--settings", type=lambda text: text.split(","), default=[], help=what)
    what = "also the decks and the instructor's exercise books; default: the notebooks"
    group.add_argument("--books", nargs="+", choices=PLACES, default=["notebooks"], help=what)
    what = "books at the same time; default: one per core, at most 4"
    group.add_argument(
        "--jobs", type=settings.whole_number(1), default=min(4, os.cpu_count() or 1), help=what
    )
    what = "forget what was found before; otherwise only what has changed since is run"
    group.add_argument("--fresh", action="store_true", help=what)


def synced(pair: Pair, root: Path) -> bool:
    """Syncs, prints what was done and says whether it worked."""
    try:
        print(f"{pair.name}: {sync(pair)}")
    except BothChanged as problem:
        print(problem)
        return False
    nb = fill_time(read_notebook(pair.ipynb), read_times(root).get(pair.name))
    write_notebook(nb, pair.ipynb)
    return True


def run(pair: Pair, root: Path) -> bool:
    """Executes, stores and prints; a notebook that fails keeps its old outputs."""
    try:
        nb, took = execute(read_text(pair.text), pair.ipynb.parent)
    except NotebookFailed as problem:
        print(f"{pair.name}: failed, its old outputs stay.\n{problem}")
        return False
    note_time(root, pair.name, took)
    nb.metadata["course"]["ran"] = fingerprint(nb, code_only=True)
    nb = fill_time(stamped(normalise(nb)), read_times(root)[pair.name])
    write_notebook(nb, pair.ipynb)
    print(f"{pair.name}: ran in {took.wall:.0f} s, {took.cpu:.0f} s of them computing")
    return True


def check(pair: Pair, root: Path, repeat: int) -> bool:
    """Prints what is wrong and says whether the notebook is fine."""
    found = problems(pair, read_times(root).get(pair.name))
    unequal = differences(pair, repeat) if repeat else []
    for problem in found + unequal:
        print(f"{pair.name}: {problem}")
    if repeat and not unequal:
        print(f"{pair.name}: {repeat} runs gave the same bytes")
    if not found:
        print(f"{pair.name}: fine")
    return not found + unequal


def differences(pair: Pair, repeat: int) -> list[str]:
    """Where repeated runs of a notebook differ: pictures included, byte for byte."""
    found, first = [], None
    for number in range(1, repeat + 1):
        nb = normalise(execute(read_text(pair.text), pair.ipynb.parent)[0])
        first = first or nb
        if notebook_bytes(nb) != notebook_bytes(first):
            cells = zip(nb.cells, first.cells, strict=True)
            which = [i for i, (one, other) in enumerate(cells, 1) if one != other]
            found.append(f"Run {number} differs from run 1 in cells {which}.")
    return found
