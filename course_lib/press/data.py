"""`python -m course_lib data`: which pictures are on this machine, and a way to get Omniglot."""

import argparse
import sys
import textwrap

from course_lib.tasks import glyphs, miniimagenet, omniglot
from course_lib.tasks.characters import cache_folder
from course_lib.tasks.omniglot_download import BASE, DownloadProblem, download


def report() -> str:
    """A line for each data set: where it is, or what to do about it."""
    drawn = cache_folder() / f"glyphs-v{glyphs.VERSION}.npz"
    real, folder = omniglot.find(), miniimagenet.find()
    lines = [
        f"glyphs         {f'here: {drawn}' if drawn.is_file() else 'drawn at first use'}",
        f"omniglot       {f'here: {real}' if real else f'not here; get it: {omniglot.COMMAND}'}",
        f"mini-imagenet  {f'here: {folder}' if folder else 'not here, or in a folder of yours'}",
    ]
    if not folder:
        lines += ["", textwrap.fill(miniimagenet.WHAT_TO_GET, 100, break_on_hyphens=False)]
    return "\n".join(lines)


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
