"""Shutting this process in: first by the kernel where it helps, then by Python."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

NEW_USER, NEW_MOUNTS, NEW_NET, NEW_PIDS, NEW_IPC = (
    0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x08000000,
)  # fmt: skip
PRIVATE, RECURSIVE, BIND = 1 << 18, 1 << 14, 1 << 12  # of mount
MOUNT_SETATTR, READ_ONLY, BELOW, HERE = 442, 1, 0x8000, -100
NO_SUID_NO_DEVICES, DIE_WITH_PARENT, NO_NEW_RIGHTS = 2 | 4, 1, 38
PROCESSES, FILES, DISK = 64, 256, 64  # DISK in MB
STARTING = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
            "os.forkpty", "pty.spawn", "os.startfile")  # fmt: skip
CHANGING = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink",
            "os.truncate", "os.chmod", "os.chown", "os.utime")  # fmt: skip
READING = ("open", "os.listdir", "os.scandir")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def by_kernel(folder: Path, hidden: Sequence[Path]) -> list[str]:
    """Moves into new namespaces; what is in force, in words. Call it before there are threads.

    Returns in a new process. The old one waits for it and leaves with its status.
    """
    if not sys.platform.startswith("linux"):
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(NEW_USER | NEW_MOUNTS | NEW_NET | NEW_PIDS | NEW_IPC):
        return []
    with contextlib.suppress(OSError):  # without a name of its own it is nobody: good enough
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    shut = files(libc, folder, hidden)
    for _ in range(2):  # the first is the namespace's process 1: it ends, and all end with it
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            os._exit(abs(os.waitstatus_to_exitcode(status)))
        libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)
    libc.prctl(NO_NEW_RIGHTS, 1, 0, 0, 0)
    give_up_rights(libc)
    return ["no network", "own processes", *(["read-only files"] if shut else [])]


def files(libc: ctypes.CDLL, folder: Path, hidden: Sequence[Path]) -> bool:
    """Whether all files are read-only now, with `folder` empty and in memory, `hidden` unseen."""

    class Attributes(ctypes.Structure):
        _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "spread", "user")]

    change = Attributes(READ_ONLY, 0, 0, 0)
    size = ctypes.sizeof(change)
    if libc.mount(None, b"/", None, PRIVATE | RECURSIVE, None):
        return False
    if libc.syscall(MOUNT_SETATTR, HERE, b"/", BELOW, ctypes.byref(change), size):
        return False
    for place in filter(Path.is_file, hidden):
        if libc.mount(os.devnull.encode(), os.fsencode(place), None, BIND, None):
            return False
    for place in [folder, *filter(Path.is_dir, hidden)]:
        options = f"size={DISK}m,mode=700".encode()
        if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", NO_SUID_NO_DEVICES, options):
            return False
    os.chdir(folder)
    return True


def give_up_rights(libc: ctypes.CDLL) -> None:
    """Drops the rights over the namespaces, so that nothing above can be undone."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())


def by_limits(memory: int, seconds: float, alone: bool) -> list[str]:
    """Sets what the system offers: memory in MB above what is used now, time, files, processes."""
    try:
        import resource
    except ImportError:  # Windows
        return []
    limits = {"CORE": 0, "CPU": int(seconds) + 1, "FSIZE": DISK << 20, "NOFILE": FILES}
    if sys.platform.startswith("linux"):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits["AS"] = pages * os.sysconf("SC_PAGE_SIZE") + (memory << 20)
        if alone:  # elsewhere all of a user's processes would count
            limits["NPROC"] = PROCESSES
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(kind)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (value, value))
    return ["rlimits"]


class Refused(PermissionError):
    """What a notebook may not do while it is graded."""


def by_hook(folder: Path, hidden: Sequence[Path]) -> list[str]:
    """Refuses network, processes, signals to others, files elsewhere. It can't be taken back."""
    mine, closed, me = os.path.realpath(folder), [os.path.realpath(p) for p in hidden], os.getpid()

    def within(path: object, places: Sequence[str]) -> bool:
        full = os.path.realpath(os.fspath(path))
        full = os.fsdecode(full)
        return any(full == place or full.startswith(place + os.sep) for place in places)

    def is_path(value: object) -> bool:
        return isinstance(value, str | bytes | os.PathLike)

    def writes(mode: object, flags: object) -> bool:
        by_mode = isinstance(mode, str) and bool(set(mode) & set("wax+"))
        return by_mode or (isinstance(flags, int) and bool(flags & WRITING))

    def hook(event: str, args: tuple) -> None:
        if event.startswith("socket.") and event != "socket.gethostname":
            raise Refused("The network is closed while a notebook is graded.")
        if event in STARTING:
            raise Refused("A notebook can't start processes while it is graded.")
        if event == "os.killpg" or (event == "os.kill" and args[0] != me):
            raise Refused("A notebook can't send signals to others while it is graded.")
        if event in READING and is_path(args[0]) and within(args[0], closed):
            raise Refused(f"{args[0]!r} is closed while a notebook is graded.")
        changes = event in CHANGING or (event == "open" and writes(*args[1:3]))
        for path in filter(is_path, args if event in CHANGING else args[:1]) if changes else ():
            if os.fspath(path) != os.devnull and not within(path, [mine]):
                raise Refused(f"{path!r} can't be changed while a notebook is graded.")

    sys.addaudithook(hook)
    return ["audit hook"]
