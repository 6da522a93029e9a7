"""Who was started by whom, among the processes of this machine."""

import contextlib
import os
from collections import defaultdict

import psutil

WINDOWS = os.name == "nt"


def below(number: int) -> list[psutil.Process]:
    """All that the process `number` has started, and what those have, the nearest first.

    By their parents alone. psutil's own `children` compares hours of birth as well, and may find
    nobody while the machine's clock is being set. On Windows it must: who has lost its parent there
    keeps the parent's number, and that may be somebody else's by now.
    """
    if WINDOWS:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(number).children(recursive=True)
        return []
    started = defaultdict(list)
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile, or shows itself to no one
            process = psutil.Process(pid)
            started[process.ppid()].append(process)
    found, asked = [], [number]
    for parent in asked:
        children = [child for child in started.pop(parent, ()) if child.pid != parent]
        found += children
        asked += [child.pid for child in children]
    return found
