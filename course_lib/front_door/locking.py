"""One set-up at a time in one folder.

The lock is the operating system's: it goes when its holder goes, however that ends. On Linux and
macOS the installers inherit it, so that it outlasts a start.py that was killed for as long as they
live (`guardian` ends them within seconds).
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from course_lib.front_door.places import Places

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def only_one(places: Places) -> Iterator[int]:
    """Wait until nobody else sets up this folder, and keep others out. Gives the lock's number."""
    with places.lock_file.open("a+", encoding="utf-8", errors="replace") as file:
        told = False
        while not _taken(file):
            if not told:
                print(f"Another start.py{_holder(file)} is setting up; waiting for it.", flush=True)
                told = True
            time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield file.fileno()
        finally:
            file.truncate(0)


def _taken(file: TextIO) -> bool:
    """Try to take the lock, without waiting."""
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            file.seek(1_000_000)  # a byte that nobody writes to: the number before stays readable
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _holder(file: TextIO) -> str:
    file.seek(0)
    number = file.read(20).strip()
    return f" (process {number})" if number.isdecimal() else ""
