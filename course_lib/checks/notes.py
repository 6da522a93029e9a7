"""What you have solved, in a small file on this machine. Nothing leaves it.

The file is `.course/progress.json` beside the course, or what `COURSE_PROGRESS` names. A damaged
file is put aside under another name, never overwritten.
"""

import json
from pathlib import Path

from course_lib.ground import files, paths, settings

Notes = dict[str, dict]  # "05.2" → {"solved": bool, "attempts": int, "hints": int, "locked": …}
TYPES = {
    "solved": bool, "attempts": int, "hints": int, "locked": (int, float),
    "words": str, "ticks": str,
}  # fmt: skip


class Damaged(ValueError):
    """The file held something else; it has been put aside. The message is for the student."""


def path() -> Path:
    """Where the notes are kept."""
    return settings.file("COURSE_PROGRESS", paths.KEPT / "progress.json")


def read() -> Notes:
    """All notes so far; empty when there is no file yet.

    Errors: `Damaged` for a file that holds no notes (it is renamed first, so the next call gets an
    empty beginning), OSError where the disk can't be read.
    """
    if not path().is_file():
        return {}
    try:
        notes = files.read_json(path(), "no JSON")
    except ValueError:
        notes = None
    if not fits(notes):
        aside = put_aside()
        raise Damaged(
            f"Your progress file was damaged. It is kept as {aside.name} in {aside.parent.name}; "
            "a new one begins now."
        )
    return notes


def fits(notes: object) -> bool:
    """Whether a parsed file has the form of `Notes`."""
    entries = notes.values() if isinstance(notes, dict) else [None]
    return all(
        isinstance(entry, dict)
        and all(name in TYPES and isinstance(value, TYPES[name]) for name, value in entry.items())
        for entry in entries
    )


def put_aside() -> Path:
    """The new name of the damaged file: progress-damaged-1.json, or the next free number."""
    number = 1
    while (aside := path().with_name(f"{path().stem}-damaged-{number}.json")).exists():
        number += 1
    path().replace(aside)
    return aside


def write(key: str, **changes) -> None:
    """Change the note on one exercise, such as `solved=True`.

    Errors: `Damaged` as in `read`, OSError where the disk can't be written.
    """
    with files.alone(path()):  # or the notes of two notebooks overwrite each other
        notes = read()
        notes[key] = {**notes.get(key, {}), **changes}
        files.write(path(), json.dumps(notes, indent=1, sort_keys=True) + "\n")


def note(key: str) -> dict:
    """The note on one exercise; empty before the first attempt."""
    return read().get(key, {})


def state(entry: dict) -> str:
    """ "solved", "attempted" or "open": what one note says."""
    if entry.get("solved"):
        return "solved"
    begun = entry.get("attempts") or "locked" in entry or "words" in entry
    return "attempted" if begun else "open"
