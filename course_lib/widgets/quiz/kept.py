"""Your answers in the self-test, in a small file on this machine. Nothing leaves it (notebook 12).

The file is `.course/selftest.json` beside the course, or what `COURSE_SELFTEST` names. Of each
question the newest answer stays.
"""

import json
from pathlib import Path
from typing import NamedTuple

from course_lib.ground import files, paths, settings


class Kept(NamedTuple):
    """What the file holds: which numbers come next, and of each question the newest answer."""

    seed: int
    answers: dict[str, bool]


def path() -> Path:
    """Where the answers are kept."""
    return settings.file("COURSE_SELFTEST", paths.KEPT / "selftest.json")


def read() -> Kept:
    """What was answered so far; nothing when there is no file yet.

    Errors: ValueError for a file that holds no answers, OSError where the disk can't be read.
    """
    if not path().is_file():
        return Kept(0, {})
    damaged = f"Your file of answers, {path().name}, is damaged: delete it, and answer again."
    found = files.read_json(path(), damaged)
    if not isinstance(found, dict) or set(found) != {"seed", "answers"}:
        raise ValueError(damaged)
    seed, answers = found["seed"], found["answers"]
    if type(seed) is not int or seed < 0 or not isinstance(answers, dict):
        raise ValueError(damaged)
    if set(map(type, answers.values())) - {bool}:
        raise ValueError(damaged)
    return Kept(seed, answers)


def note(seed: int, **answers: bool) -> None:
    """Keep the number of the newest draw, and answers by their questions.

    Errors: ValueError for a damaged file, OSError where the disk can't be written.
    """
    with files.alone(path()):
        before = read()
        content = {"seed": seed, "answers": {**before.answers, **answers}}
        files.write(path(), json.dumps(content, indent=1) + "\n")
