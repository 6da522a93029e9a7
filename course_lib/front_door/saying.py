"""What the front door says when it cannot go on: one sentence that tells what to do."""

import errno

from course_lib.front_door.places import Places

NEEDED_GB = 2  # on Linux with an NVIDIA GPU it is more: PyTorch brings its GPU libraries
FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class Stop(Exception):
    """The command cannot go on; the message is one sentence that says what to do."""


def of_system(error: OSError, places: Places) -> str:
    """The sentence for what the operating system refused."""
    if error.errno in FULL:
        return disk_full()
    path = str(error.filename or "")
    if error.errno in FORBIDDEN:
        inside = not path or path.startswith(str(places.root))
        return not_writable(places) if inside else f"{path} may not be used: {error.strerror}."
    what = path or "Something"
    if error.errno == errno.ENOENT:
        return f"{what} is missing: `git checkout .` brings back files of the course."
    return (
        f"{what} is in the way ({error.strerror}): remove or rename it (`git checkout .` brings "
        "back files of the course), then call start.py again."
    )


def disk_full() -> str:
    """The disk is full."""
    return f"The disk is full: make {NEEDED_GB} GB of room, then call start.py again."


def not_writable(places: Places) -> str:
    """The course's folder belongs to somebody else, or lies on a disk that is read only."""
    return (
        f"{places.root} cannot be written: copy the course to a folder of your own and call it "
        "there."
    )


def clock(seconds: float) -> str:
    """Minutes and seconds, such as 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
