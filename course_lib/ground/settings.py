"""What a person sets from outside: environment variables and numbers on a command line.

An empty value is an unset one. A value that can't be meant gets a sentence that names it.
"""

import argparse
import math
import os
import stat
from collections.abc import Callable
from pathlib import Path


class Unusable(ValueError):
    """An environment variable that can't be meant. The message is for whoever set it."""


def wish(name: str) -> str:
    """The value of an environment variable without spaces around it; "" where it is not set."""
    return os.environ.get(name, "").strip()


def folder(name: str, otherwise: Path, *, must_exist: bool = False) -> Path:
    """The folder that the variable `name` sets, else `otherwise`.

    Errors: Unusable for a file, for what can't be looked at, and, with `must_exist`, for nothing.
    """
    return _place(name, otherwise, stat.S_ISDIR, "no folder", must_exist)


def file(name: str, otherwise: Path) -> Path:
    """The file that the variable `name` sets, else `otherwise`; it need not be there yet.

    Errors: Unusable for a folder and for what can't be looked at.
    """
    return _place(name, otherwise, stat.S_ISREG, "no file", False)


def _place(
    name: str, otherwise: Path, fits: Callable[[int], bool], wrong: str, must_exist: bool
) -> Path:
    said = wish(name)
    if not said:
        return otherwise
    problem = f"{name} is {said!r}, which is {wrong}: correct it or unset it."
    try:
        place = Path(said).expanduser()
        mode = place.stat().st_mode
    except NotADirectoryError as why:
        raise Unusable(problem) from why
    except FileNotFoundError as missing:
        if must_exist:
            raise Unusable(problem) from missing
        return place
    except (OSError, RuntimeError) as why:  # RuntimeError: ~ of a user who is not there
        reason = getattr(why, "strerror", None) or why
        raise Unusable(
            f"{name} is {said!r}, which can't be looked at ({reason}): correct it or unset it."
        ) from why
    if not fits(mode):
        raise Unusable(problem)
    return place


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """For argparse's `type`: a whole number from `least` up, to `most` where that is given."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or number < least or (most is not None and number > most):
            upper = "up" if most is None else f"to {most}"
            raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from {least} {upper}")
        return number

    return read


def positive(text: str) -> float:
    """For argparse's `type`: a finite number above zero."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number above 0")
    return number


def place(text: str) -> Path:
    """For argparse's `type`: a path; ~ is the home folder."""
    try:
        path = Path(text).expanduser()
    except RuntimeError as problem:  # ~ of a user who is not there
        raise argparse.ArgumentTypeError(f"{text!r}: {problem}") from problem
    if not text.strip():
        raise argparse.ArgumentTypeError("'': name a file or a folder")
    return path
