"""One piece of a long check: what it is called, how long it may take, and how it is run."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Item(NamedTuple):
    """A piece of a part: `run()` gives its rows, in at most `seconds`."""

    name: str
    seconds: float
    run: Callable[[], list[dict]]


class OutOfTime(BaseException):
    """A piece has taken longer than it may. No `except Exception` on its way can hide it."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End what runs inside with OutOfTime after `seconds`, where the system has such a clock.

    A clock that was set before, as pytest's for a test, goes on afterwards.
    """
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(*_):
        raise OutOfTime(f"stopped after {seconds:.0f} s")

    begun, usual = time.monotonic(), signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01), 5)  # again, if it is ignored
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 0.01))
