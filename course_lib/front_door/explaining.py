"""A sentence that says what to do about a failed installation, from the installer's last words."""

import re
import sys

from course_lib.front_door.places import Places
from course_lib.front_door.saying import disk_full, not_writable

FULL = r"No space left|Errno 28|os error 28|Disk quota|os error 122"
FORBIDDEN = (
    r"Read-only file system|Permission denied|Errno 13|Errno 30|os error 13|os error 30|"
    r"Operation not permitted"
)
UNREACHABLE = (
    r"NewConnectionError|NameResolution|ConnectionError|ProxyError|SSLError|IncompleteRead|"
    r"Max retries|Retrying|Temporary failure|timed out|Connection (?:refused|reset)|dns error|"
    r"error sending request|client error \(Connect\)|Failed to fetch"
)
NO_BUILD = (
    r"No matching distribution found for (\S+)|"
    r"Because (\S+) has no wheels with a matching|there is no version of (\S+)"
)


def is_final(text: str) -> bool:
    """Whether another installer would meet the same obstacle."""
    return bool(re.search(f"{FULL}|{FORBIDDEN}", text))


def explain(text: str, what: str, places: Places) -> str:
    """The sentence for `text`, the last lines of an installer that was at `what`."""
    if re.search(FULL, text):
        return disk_full()
    if re.search(FORBIDDEN, text):
        return not_writable(places)
    # Every index holds a pip and an uv: where none is found, no index was.
    nothing_there = what in ("pip", "uv") and re.search(NO_BUILD, text)
    if nothing_there or re.search(UNREACHABLE, text):
        return (
            "The package index could not be reached: check the network (or your proxy settings), "
            "then call start.py again; what has been downloaded is kept."
        )
    if missing := re.search(NO_BUILD, text):
        return (
            f"There is no {next(filter(None, missing.groups()))} for this machine and Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}: call start.py with Python 3.12, on "
            "64-bit Linux, macOS 14 or later on Apple silicon, or Windows."
        )
    log = places.log.relative_to(places.root)
    return f"Something failed at {what}: read the end of {log}, then call start.py again."


def why_no_learn2learn(text: str) -> str:
    """The note for a failed build of learn2learn, which the course can do without."""
    cause = "could not be fetched" if re.search(UNREACHABLE, text) else "could not be built"
    return (
        f"learn2learn {cause}, so it is left out and the course runs without it; to have it, "
        "install a C compiler (Debian, Ubuntu: `sudo apt install build-essential python3-dev`; "
        "macOS: `xcode-select --install`) and call `start.py setup`."
    )
