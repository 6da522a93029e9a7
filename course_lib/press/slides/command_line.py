"""`python -m course_lib slides sync|run|build|check|live [DECKS…]`."""

import argparse
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from course_lib.ground.settings import place
from course_lib.press.notebooks.execute import NotebookFailed, execute
from course_lib.press.notebooks.files import (
    Pair,
    find_pairs,
    fingerprint,
    read_text,
    write_notebook,
)
from course_lib.press.notebooks.normal import normalise
from course_lib.press.notebooks.sync import BothChanged, stamped, sync
from course_lib.press.slides.chromium import browser, why_not

BUILD = Path("slides", "build")
PURPOSES = {
    "sync": "bring text and .ipynb in step, keeping the outputs of unchanged cells",
    "run": "sync, execute in a fresh kernel, store the outputs",
    "build": "write slides/build: pages that open from disk, without kernel and network",
    "check": "build, then look at every slide in a browser and say what is wrong",
    "live": "build the page that `start.py present` shows with a kernel",
}


def main(argv: list[str] | None, root: Path) -> int:
    """The exit status: 0 when all is well, 1 when a deck has a problem, 2 for bad usage."""
    arguments = parse(argv)
    try:
        pairs = find_pairs(root, arguments.names, "slides", "[!.]*")
        if not pairs:
            raise ValueError("There is no deck in lessons.")
    except ValueError as problem:
        print(problem)
        return 2
    if arguments.command in ("sync", "run"):
        done = [synced(pair) and (arguments.command == "sync" or run(pair)) for pair in pairs]
        return 0 if all(done) else 1
    try:
        if arguments.command == "live":
            return live(pairs, root)
        if arguments.command == "build":
            return build(pairs, root, arguments)
        return check(pairs, root, arguments)
    except ValueError as problem:
        print(problem)
        return 1


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command, the decks and the options."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib slides",
        description="Edit lessons/NAME/slides.py, then run this. Names may be short: 04.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in PURPOSES.items():
        command = commands.add_parser(name, help=purpose, description=purpose + ".")
        command.add_argument("names", nargs="*", metavar="DECK", help="default: all decks")
        if name == "build":
            command.add_argument("--pdf", action="store_true", help="also print a PDF of each deck")
            command.add_argument("--notes", action="store_true", help="with the notes on each page")
        if name == "check":
            command.add_argument("--json", action="store_true", help="one JSON object")
            command.add_argument("--shots", type=place, metavar="FOLDER", help="a PNG per slide")
            command.add_argument("--live", action="store_true", help="also with a kernel")
    return parser.parse_args(argv)


def synced(pair: Pair) -> bool:
    """Syncs, prints what was done and says whether it worked."""
    try:
        print(f"{pair.name}: {sync(pair)}")
    except BothChanged as problem:
        print(problem)
        return False
    return True


def run(pair: Pair) -> bool:
    """Executes, stores and prints; a deck that fails keeps its old outputs."""
    try:
        nb, took = execute(read_text(pair.text), pair.ipynb.parent)
    except NotebookFailed as problem:
        print(f"{pair.name}: failed, its old outputs stay.\n{problem}")
        return False
    nb.metadata["course"]["ran"] = fingerprint(nb, code_only=True)
    write_notebook(stamped(normalise(nb)), pair.ipynb)
    print(f"{pair.name}: ran in {took.wall:.0f} s")
    return True


def build(pairs: list[Pair], root: Path, arguments: argparse.Namespace) -> int:
    """Writes the pages, and PDFs where they are asked for."""
    from course_lib.press.slides.page import build
    from course_lib.press.slides.pdf import print_pdf

    if (arguments.pdf or arguments.notes) and why_not():
        print(f"No PDF can be made: {why_not()}. Or open a deck with ?print behind its address")
        print("(?print&notes with the notes) and let any browser print it to a file.")
        return 1
    for pair in pairs:
        size = build(pair, root / BUILD)
        print(f"{BUILD / pair.name}.html: {size / 1e6:.1f} MB", flush=True)
    if arguments.pdf or arguments.notes:
        names = [pair.name for pair in pairs]
        with browser() as chromium:
            for path, pages in print_pdf(chromium, names, root / BUILD, arguments.notes):
                print(f"{BUILD / path.name}: {pages} pages", flush=True)
    return 0


def check(pairs: list[Pair], root: Path, arguments: argparse.Namespace) -> int:
    """Builds the decks elsewhere, looks at them, and prints what is wrong."""
    from course_lib.press.slides.check import check
    from course_lib.press.slides.page import build
    from course_lib.press.slides.server import server

    if why_not():
        print(f"The slides cannot be looked at: {why_not()}.")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            build(pair, Path(folder))
        with browser() as chromium, ExitStack() as stack:
            live = stack.enter_context(server(Path(folder))) if arguments.live else None
            report = check(chromium, pairs, Path(folder), root, arguments.shots, live)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for row in report["rows"]:
            for problem in row["problems"]:
                print(f"{row['deck']} {row['slide']}: {problem}")
        print(f"{report['slides']} slides, {report['problems']} problems")
    return 1 if report["problems"] else 0


def live(pairs: list[Pair], root: Path) -> int:
    """Builds one deck's page where `start.py present` shows it, and prints the page's path."""
    from course_lib.press.slides.page import build

    if len(pairs) != 1:
        names = ", ".join(pair.name for pair in pairs)
        raise ValueError(f"Say which deck: {names}.")
    folder = Path(".course", "present")
    build(pairs[0], root / folder)
    print((folder / f"{pairs[0].name}.html").as_posix())
    return 0
