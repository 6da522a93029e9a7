"""Seconds that other programs on the machine don't change: the processor's, at its present pace."""

import time
from collections.abc import Callable
from typing import Any

from course_lib.ground.patience import pace


def quiet_seconds(job: Callable[[], Any]) -> tuple[Any, float]:
    """(`job()`, the seconds of the processor that it would take on a quiet machine).

    Neighbours make a processor's seconds longer, too: they share its caches and its pipes. So its
    pace is measured before and after, and the slower one counts.
    """
    before = pace().cpu
    began = time.process_time()
    result = job()
    seconds = time.process_time() - began
    return result, seconds / max(before, pace().cpu)
