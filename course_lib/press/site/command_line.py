"""`python -m course_lib site build|check|pdf`."""

import argparse
import json
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
    return {"build": build, "check": check, "pdf": pdf}[arguments.command](root, arguments)


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
    purpose = "open every built page from disk, without a network, and say what is wrong"
    command = commands.add_parser("check", help=purpose, description=purpose + ".")
    command.add_argument("pages", nargs="*", metavar="PAGE", help="such as notebooks/04_maml.html")
    command.add_argument("--json", action="store_true", help="one JSON object")
    command.add_argument("--built", type=place, metavar="FOLDER", help="instead of site/build")
    purpose = "print the built notebooks, exercises and the glossary into one PDF"
    command = commands.add_parser("pdf", help=purpose, description=purpose + ".")
    command.add_argument("--built", type=place, metavar="FOLDER", help="instead of site/build")
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


def check(root: Path, arguments: argparse.Namespace) -> int:
    """Looks at the built pages and prints what is wrong with them."""
    from course_lib.press.site.building import BUILT
    from course_lib.press.site.check import check
    from course_lib.press.slides.chromium import browser, why_not

    built = arguments.built or root / BUILT
    problem = why_not() or needs.why_not_axe()
    if problem:
        print(f"The site cannot be looked at: {problem}.")
        return 1
    for page in arguments.pages or ["index.html"]:
        if not (built / page).is_file():
            print(f"{built / page} is not there: call 'python -m course_lib site build' first.")
            return 2
    with browser() as chromium:
        say = (lambda _: None) if arguments.json else (lambda line: print(line, flush=True))
        report = check(chromium, built, arguments.pages, say)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for row in report["rows"]:
            for problem in row["problems"]:
                print(f"{row['page']}: {problem}")
        print(", ".join(f"{name} {value}" for name, value in report.items() if name != "rows"))
    return 1 if report["problems"] else 0


def pdf(root: Path, arguments: argparse.Namespace) -> int:
    """Prints the built site beside its first page."""
    from course_lib.press.site.building import BUILT
    from course_lib.press.site.needs import why_no_pdf
    from course_lib.press.site.pdf import print_pdf
    from course_lib.press.slides.chromium import browser, why_not

    if reason := why_not() or why_no_pdf():
        print(f"No PDF can be made: {reason}.")
        return 1
    built = arguments.built or root / BUILT
    target = built / "learning-to-learn.pdf"
    with browser() as chromium:
        pages = print_pdf(chromium, built, target)
    size = target.stat().st_size / 1e6
    print(f"{target}: {pages} pages, {size:.1f} MB")
    return 0
