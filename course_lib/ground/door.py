"""The door that every command leaves by: what a person can mend is told in a sentence.

A traceback is for the course's own faults. What is no such fault: an error that the course raises
itself, whose message is for people, and what the disk, the memory or the keyboard does.
"""

import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from course_lib.ground.paths import PACKAGE
from course_lib.ground.settings import Unusable

ADVICE = {
    errno.ENOSPC: "Make room on the disk, then call again.",
    errno.EDQUOT: "Make room on the disk, then call again.",
    errno.EACCES: "Allow it, or choose another place.",
    errno.EPERM: "Allow it, or choose another place.",
    errno.EROFS: "Choose another place.",
    errno.ENOENT: "Check the name and the folder.",
    errno.EISDIR: "Name a file.",
    errno.ENOTDIR: "Check the name and the folder.",
    errno.EEXIST: "Choose another name.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}


def through_the_door(command: Callable[[list[str]], int], argv: list[str]) -> int:
    """The exit status of `command(argv)`: 1 where something went wrong, told in a sentence.

    2 for an environment variable that can't be meant, 130 after Ctrl-C. Faults of the course are
    raised as they are.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # φ and → where the console lacks them
    try:
        return command(argv)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read us has seen enough: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as problem:
        said = sentence(problem)
        if said is None:
            raise
        print(said, file=sys.stderr)
        return 2 if isinstance(problem, Unusable) else 1


def sentence(problem: Exception) -> str | None:
    """What to tell a person about `problem`; None where it is a fault of the course."""
    if _raised_by_us(problem):
        return str(problem)
    if isinstance(problem, OSError) and problem.errno is not None:
        place = f" ({problem.filename})" if problem.filename is not None else ""
        advice = ADVICE.get(problem.errno, "")
        return f"{problem.strerror}{place}. {advice}".strip()
    if isinstance(problem, MemoryError) or type(problem).__name__ == "OutOfMemoryError":
        return "There is not enough memory: close other programs, or ask for less."
    return None


def _raised_by_us(problem: Exception) -> bool:
    """Whether a `raise` of the course, with words for people, is where `problem` began."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    ours = Path(last.filename).resolve().is_relative_to(PACKAGE)
    meant = isinstance(problem, ValueError | RuntimeError | OSError)
    return ours and meant and (last.line or "").startswith("raise ") and bool(str(problem))
