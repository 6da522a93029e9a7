"""Shutting a process in: what it may take, and what it may ask of the kernel. Linux enforces both.

After `close` it can start no process, send no signal to another and slow none down, open no
socket, and hold no memory that its limits don't count. Nothing of that can be taken back. The
filter is a small BPF program (man 2 seccomp); the box, around it, decides which files there are.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
import threading
from pathlib import Path
from typing import Any

FILES, DISK = 64, 32 << 20  # open at once; bytes of one
FEW, THREADS = 50, 500
NO_NEW_RIGHTS, SECCOMP, FILTER, DUMPABLE = 38, 22, 2, 4
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EACCES, 0x80000000
# To clone3: the library then asks for clone, whose flags we can read.
LATER = 0x00050000 | errno.ENOSYS
FILTERED = "no processes, sockets or signals"
LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
THREAD = 0x00010000  # of clone's flags
# Of fcntl: whom the kernel tells of news on a file, and by which signal: SIGKILL, if you like.
TELLING = (8, 10, 15, 1024)
# By processor: its number, clone, fcntl, kill and its like (the first argument is a process), the
# refused.
MACHINES = {
    "x86_64": (
        0xC000003E, 56, 72, (62, 200, 234, 129, 297, 302),
        (41, 42, 49, 50, 57, 58, 59, 29, 30, 64, 68, 240, 101, 155, 161, 165, 166, 248, 249, 250,
         256, 272, 279, 298, 308, 310, 311, 312, 319, 321, 322, 323, 424, 425, 426, 427, 428, 429,
         430, 431, 432, 433, 434, 438, 440, 442, 447, 141, 142, 144, 203, 251, 314),
    ),
    "aarch64": (
        0xC00000B7, 220, 25, (129, 130, 131, 138, 240, 261),
        (198, 200, 201, 203, 221, 194, 196, 190, 186, 180, 117, 41, 51, 40, 39, 217, 218, 219,
         238, 97, 239, 241, 268, 270, 271, 272, 279, 280, 281, 282, 424, 425, 426, 427, 428, 429,
         430, 431, 432, 433, 434, 438, 440, 442, 447, 140, 118, 119, 122, 30, 274),
    ),
}  # fmt: skip


def addresses() -> bytes:
    """How many bytes of addresses this process has; "" where the system doesn't say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return b""
    return b"%d" % (pages * os.sysconf("SC_PAGE_SIZE"))


def unreadable(yes: bool) -> None:
    """Whether others of the same user may not look into this process's memory, nor change it.

    A student's process is a child of one that outlives it, and in a container there is a /proc.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(DUMPABLE, int(not yes), 0, 0, 0)


def close(memory: int, seconds: float) -> list[str]:
    """Sets limits (`memory` in bytes of addresses) and the filter; what is in force, in words."""
    import resource

    limits = {"CORE": 0, "CPU": int(seconds) + 1, "FSIZE": DISK, "NOFILE": FILES}
    if sys.platform.startswith("linux"):
        limits |= {"AS": memory, "MSGQUEUE": 0}
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(kind)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (value, value))
    few_threads(resource)
    return ["limits of memory, time and files", *by_filter()]


def few_threads(resource: Any) -> None:
    """At most `THREADS`, where the kernel counts a box by itself. (Root may have any number.)

    Elsewhere it counts all that you run: whoever has `FEW` of them already gets no limit.
    """
    kind = resource.RLIMIT_NPROC
    most = resource.getrlimit(kind)[1]
    few, many = (n if most == resource.RLIM_INFINITY else min(n, most) for n in (FEW, THREADS))
    resource.setrlimit(kind, (few, most))
    try:
        threading.Thread(target=int).start()
    except RuntimeError:
        many = most
    resource.setrlimit(kind, (many, many))


def by_filter() -> list[str]:
    """Refuses calls of the kernel; nothing where that can't be done."""
    if not sys.platform.startswith("linux") or platform.machine() not in MACHINES:
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    program = b"".join(rules(*MACHINES[platform.machine()], me=os.getpid()))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("rules", ctypes.c_char_p)]

    found = Program(len(program) // 8, program)
    libc.prctl(NO_NEW_RIGHTS, 1, 0, 0, 0)
    if libc.prctl(SECCOMP, FILTER, ctypes.byref(found), 0, 0):
        return []
    return [FILTERED]


def rules(
    number: int, clone: int, fcntl: int, to_a_process: tuple, refused: tuple, *, me: int
) -> list[bytes]:
    """The filter: 8 bytes a rule. A jump says how many rules to skip if it holds, and if not."""

    def rule(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
        return struct.pack("HBBI", code, then, otherwise, value)

    found = [rule(LOAD, 4), rule(EQUAL, number, 1, 0), rule(RETURN, KILL), rule(LOAD, 0)]
    found += [rule(AT_LEAST, 0x40000000, 0, 1), rule(RETURN, KILL)]  # x32: other numbers
    for call in refused:
        found += [rule(EQUAL, call, 0, 1), rule(RETURN, REFUSE)]
    found += [rule(EQUAL, 435, 0, 1), rule(RETURN, LATER)]
    found += [rule(EQUAL, clone, 0, 4), rule(LOAD, 16), rule(ANY_BIT, THREAD, 0, 1)]
    found += [rule(RETURN, ALLOW), rule(RETURN, REFUSE)]
    for command in TELLING:
        found += [rule(EQUAL, fcntl, 0, 4), rule(LOAD, 24), rule(EQUAL, command, 0, 1)]
        found += [rule(RETURN, REFUSE), rule(LOAD, 0)]
    for call in to_a_process:  # 0: one's own process, for prlimit; kill(0) would mean the group
        zero = 1 if call in (302, 261) else 0
        found += [rule(EQUAL, call, 0, 4 + zero), rule(LOAD, 16)]
        if zero:
            found += [rule(EQUAL, 0, 1, 0)]
        found += [rule(EQUAL, me, 0, 1), rule(RETURN, ALLOW), rule(RETURN, REFUSE)]
    return [*found, rule(RETURN, ALLOW)]
