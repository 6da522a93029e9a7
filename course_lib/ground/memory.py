"""Memory that is freed stays with the process, up to a limit, and the next step finds it there.

A meta-step takes some hundred megabytes and frees them. The C library hands most of that back to
the system, page by page, and asks for it again in the next step: for the steps of `conv4` on one
picture a class, a fifth of the time. What may stay is as little as that step needs.
"""

import ctypes
import sys

KEPT = 128 * 2**20  # bytes at the end of the heap that may stay
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of glibc's mallopt
LARGEST = 32 * 2**20  # bytes: what is larger is handed back at once, as it always may be


def keep_freed() -> bool:
    """Lets the process keep what it frees, up to `KEPT`; False where the C library is another."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    return mallopt(MMAP_THRESHOLD, LARGEST) == 1 and mallopt(TRIM_THRESHOLD, KEPT) == 1
