"""`python -m course_lib data`: which pictures are on this machine, and a way to get Omniglot."""

import argparse
import sys

from course_lib.tasks import omniglot
from course_lib.tasks.characters import cache_folder
from course_lib.tasks.omniglot_download import BASE, DownloadProblem, download


def report() -> str:
    """One line for each data set."""
    found = omniglot.find()
    real = f"found: {found}" if found else f"not here; get it with: {omniglot.COMMAND}"
    return "\n".join(
        [
            f"glyphs         drawn from a font at first use, kept in {cache_folder()}",
            f"omniglot       {real}",
            "mini-imagenet  your own folder: see course_lib/tasks/miniimagenet.py",
        ]
    )


def main(argv: list[str]) -> int:
    """`python -m course_lib data [omniglot]`."""
    parser = argparse.ArgumentParser(prog="python -m course_lib data", description=__doc__)
    parser.add_argument("name", nargs="?", choices=["omniglot"], help="download this data set")
    parser.add_argument("--from", dest="base", default=BASE, help="another address of the archives")
    options = parser.parse_args(argv)
    if options.name:
        try:
            path = download(base=options.base)
        except DownloadProblem as problem:
            print(problem, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("Stopped. What has arrived is kept: call again to go on.", file=sys.stderr)
            return 130
        print(f"Omniglot is in {path}.")
    print(report())
    return 0
