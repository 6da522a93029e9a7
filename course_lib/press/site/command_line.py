"""`python -m course_lib site build|check|pdf`."""

import argparse
import tempfile
import time
from pathlib import Path

from course_lib.ground.settings import place
from course_lib.press.site import needs


def main(argv: list[str] | None, root: Path) -> int:
    """The exit status: 0 when all is well, 1 when something is wrong, 2 for bad usage."""
    arguments = parse(argv)
    problem = needs.why_not()
    if problem:
        print(problem)
        return 1
    return build(root, arguments)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command and its options."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib site",
        description="The course as pages that open from disk, without a kernel and a network.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    purpose = "write site/build: open its index.html, or put the folder on any web server"
    command = commands.add_parser("build", help=purpose, description=purpose + ".")
    command.add_argument("--into", type=place, metavar="FOLDER", help="instead of site/build")
    return parser.parse_args(argv)


def build(root: Path, arguments: argparse.Namespace) -> int:
    """Builds the site and prints what it is."""
    from course_lib.press.site.building import BUILT, build

    built = arguments.into or root / BUILT
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = build(root, Path(folder), built)
    for line in made.warnings:
        print(line)
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    took = time.monotonic() - began
    print(f"{built}: {made.pages} pages, {size / 1e6:.1f} MB, in {took:.0f} s")
    return 1 if made.warnings else 0
