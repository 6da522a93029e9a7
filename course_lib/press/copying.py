"""The readers' files in a folder of their own: `python -m course_lib copy FOLDER`, and `lab`.

What is in the folder already stays as it is, so no work is lost, and a second call brings back
what is missing: a notebook that was renamed comes again, fresh.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course_lib.front_door import serving
from course_lib.ground import files, paths, settings

FOR_READERS = ("notebooks/*.ipynb", "notebooks/home.py", "exercises/*.ipynb", "docs/*.*")
FOLDER = Path("learning-to-learn")  # in the folder that somebody calls from
HELP = f"the folder to write to; without it, {FOLDER} here"


def main_copy(argv: list[str] | None = None) -> int:
    """The exit status: 0 when all files are there."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib copy", description="Copy the notebooks and exercises out."
    )
    parser.add_argument("folder", nargs="?", type=settings.place, default=FOLDER, help=HELP)
    folder = parser.parse_args(argv).folder
    new = copied(folder)
    print(f"{folder}: {len(new)} files are new. What was there has stayed.")
    return 0


def main_lab(argv: list[str] | None = None) -> int:
    """JupyterLab's exit status; it opens the copy in a folder, made where it is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib lab", description="Open the course in JupyterLab."
    )
    parser.add_argument("folder", nargs="?", type=settings.place, default=FOLDER, help=HELP)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=settings.whole_number(1024, 65535), help="the port")
    arguments = parser.parse_args(argv)
    folder = arguments.folder.resolve()
    copied(folder)
    options = [f"--LabApp.default_url=/lab/tree/{serving.FIRST_PAGE}"]
    options += ["--no-browser"] if arguments.no_browser else []
    command = serving.server_command(sys.executable, "jupyterlab", folder, options, arguments.port)
    print(f"Opening {folder} in JupyterLab; Ctrl-C here closes it.", flush=True)
    env = os.environ | {"COURSE_KEPT": os.environ.get("COURSE_KEPT") or str(folder / ".course")}
    return subprocess.call(command, cwd=folder, env=env)


def copied(folder: Path) -> list[Path]:
    """The files that were missing in `folder` and are there now, by their paths in it.

    Errors: FileNotFoundError where the course has no notebooks, OSError for what can't be written.
    """
    books = paths.books()
    new = []
    for path in readers_files(books):
        target = folder / path
        if target.exists() or target.is_symlink():
            continue
        files.write(target, (books / path).read_bytes())
        new.append(path)
    return new


def readers_files(books: Path) -> Iterator[Path]:
    """What a reader works with, by its path in the course's folder."""
    for pattern in FOR_READERS:
        yield from (path.relative_to(books) for path in sorted(books.glob(pattern)))
