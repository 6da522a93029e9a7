"""Your bets and their outcomes, in a small file on this machine. Nothing leaves it
(notebooks 00 to 10).

The file is `.course/bets.json` beside the course, or what `COURSE_BETS` names. The first bet on a
question stays, and so does its first outcome. A bet that was made when its outcome was already on
the screen is kept, and counts neither as a hit nor as a miss.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from course_lib.ground import files, paths, settings

SURE = (20, 40, 60, 80, 95)  # per cent that a reader can be sure
NEEDED = {"question": str, "bet": (int, float, str, list), "sure": int, "late": bool, "told": str}
LATER = {"outcome": str, "hit": bool}  # once there is an outcome; of a late bet, no hit


def path() -> Path:
    """Where the bets are kept."""
    return settings.file("COURSE_BETS", paths.KEPT / "bets.json")


def read() -> dict[str, dict]:
    """All bets so far by their keys, in the order in which they were made.

    Errors: ValueError for a file that holds no bets, OSError where the disk can't be read.
    """
    if not path().is_file():
        return {}
    damaged = f"Your file of bets, {path().name}, is damaged: delete or rename it, and bet again."
    entries = files.read_json(path(), damaged)
    if not isinstance(entries, dict) or not all(map(_fits, entries.values())):
        raise ValueError(damaged)
    return entries


def _fits(entry: object) -> bool:
    types = {**NEEDED, **LATER}
    return (
        isinstance(entry, dict)
        and set(NEEDED) <= set(entry) <= set(types)
        and all(isinstance(value, types[name]) for name, value in entry.items())
    )


def lock(key: str, *, question: str, bet: Any, sure: int, told: str, late: bool) -> dict:
    """The entry for this bet: the one that was there already, or a new one.

    `told` is the bet in words; `late` says that the outcome was there before.
    Errors: ValueError for a damaged file, OSError where the disk can't be written.
    """
    entry = {"question": question, "bet": bet, "sure": sure, "told": told, "late": late}
    with files.alone(path()):
        entries = read()
        if key not in entries:
            _write({**entries, key: entry})
    return entries.get(key, entry)


def settle(key: str, outcome: str, hit: bool) -> None:
    """Note the outcome, in words, of a bet that was made; its first outcome stays.

    Errors: as in `lock`.
    """
    with files.alone(path()):
        entries = read()
        if key in entries and "outcome" not in entries[key]:
            verdict = {} if entries[key]["late"] else {"hit": hit}
            _write({**entries, key: {**entries[key], "outcome": outcome, **verdict}})


def _write(entries: dict[str, dict]) -> None:
    files.write(path(), json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def calibration(entries: Iterable[dict]) -> list[tuple[int, int, int]]:
    """(how sure in %, hits, bets) for each degree of sureness that bets with a verdict have."""
    decided = [(entry["sure"], entry["hit"]) for entry in entries if "hit" in entry]
    found = []
    for sure in sorted({s for s, _ in decided}):
        hits = [hit for s, hit in decided if s == sure]
        found.append((sure, sum(hits), len(hits)))
    return found
