"""How long a time limit must be here and now: `seconds * patience()`.

A limit is written for a quiet machine. On a slow one, or with other work beside it, the same thing
takes longer, and that is nobody's fault. So a fixed piece of work is timed, and every limit of the
course is longer by that factor. `COURSE_PATIENCE=4` sets the factor instead.
"""

import math
import os
import time
from typing import NamedTuple

from course_lib.ground.settings import Unusable

WORK = 1_000_000  # rounds
QUIET = 0.1  # seconds that they take on a quiet machine, rounded up
AGAIN = 30.0  # seconds until the machine is looked at again
MOST = 20.0  # a measurement beyond it was stopped in the middle, say by a lid that was closed

_measured: list[tuple[float, float]] = []  # when, and the factor


class NoPatience(Unusable):
    """`COURSE_PATIENCE` can't be read; the message is a sentence."""


class Pace(NamedTuple):
    """How many times as long as on a quiet machine a piece of work takes; at least 1.

    `wall` by the clock, so it counts other programs too; `cpu` in seconds of the processor.
    """

    wall: float
    cpu: float


def pace() -> Pace:
    """The pace of this machine in this very moment. Takes 0.1 s of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    x = 1
    for _ in range(WORK):
        x = x * 48271 % 2147483647
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Pace(*(min(max(1.0, seconds / QUIET), MOST) for seconds in (wall, cpu)))


def patience() -> float:
    """The factor for every time limit, at least 1: the worst pace that this process has seen.

    Measured at the first call, and at a later one when the last measurement is 30 s old.
    Errors: NoPatience where `COURSE_PATIENCE` is set and is no number above 0.
    """
    if wish := os.environ.get("COURSE_PATIENCE", "").strip():
        return _number(wish)
    now = time.monotonic()
    if not _measured or now - _measured[-1][0] > AGAIN:
        _measured.append((now, pace().wall))
    return max(factor for _, factor in _measured)


def _number(wish: str) -> float:
    try:
        factor = float(wish)
    except ValueError:
        factor = math.nan
    if not 0 < factor < math.inf:
        raise NoPatience(
            f"COURSE_PATIENCE is {wish!r}: set it to a number above 0, such as 4, or unset it."
        )
    return factor


class Deadline:
    """A limit of so many seconds on a quiet machine, from now on.

    The machine is looked at only when they have passed, so a limit that is kept costs nothing.
    """

    def __init__(self, seconds: float):
        self.seconds, self._began = seconds, time.monotonic()

    def over(self) -> bool:
        """Whether the time is up."""
        passed = time.monotonic() - self._began
        return passed > self.seconds and passed > self.seconds * patience()
