"""Runs a command, and ends it with all that it started as soon as its caller is gone.

Called as `python guardian.py FDS COMMAND …`; FDS are file descriptors that the command inherits.
The caller holds the other end of standard input and writes nothing: when that end closes, the
caller has said stop, or has died in whatever way.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

GRACE = 10.0  # seconds between "please stop" and the end
SUBREAPER, DEATH_SIGNAL = 36, 1  # of Linux's prctl
POSIX = os.name == "posix"


def main(command: list[str], kept: list[int]) -> int:
    """The exit status of `command`; 128 + n where signal n ended it. `kept` stay open for it."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    if prctl:
        prctl(SUBREAPER, 1, 0, 0, 0)  # what loses its parent becomes a child of this process
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=POSIX,
        pass_fds=kept if POSIX else (),
        preexec_fn=(lambda: prctl(DEATH_SIGNAL, signal.SIGTERM)) if prctl else None,
    )
    signal.signal(signal.SIGTERM, lambda *_: end(child))
    threading.Thread(target=watch, args=(child,), daemon=True).start()
    if prctl:
        threading.Thread(target=bury, args=(child,), daemon=True).start()
    status = child.wait()
    sweep(child)
    return status if status >= 0 else 128 - status


def watch(child: subprocess.Popen) -> None:
    """Wait until the caller's end of standard input closes, then end the command."""
    while os.read(0, 1):
        pass
    end(child)
    time.sleep(GRACE)
    sweep(child)


def bury(child: subprocess.Popen) -> None:
    """Ask for the end of every orphan, or those who wait for it would see it stay for ever."""
    while True:
        time.sleep(0.2)
        for pid in children_of(os.getpid()):
            if pid != child.pid:  # that one is waited for by `main`
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:  # `sweep` was quicker
                    continue


def end(child: subprocess.Popen) -> None:
    """Ask the command, and what shares its group, to stop."""
    if not POSIX:
        sweep(child)
    elif child.poll() is None:
        signal_group(child, signal.SIGTERM)


def sweep(child: subprocess.Popen) -> None:
    """End the command's group, and on Linux all that ever descended from it."""
    if not POSIX:
        tree = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
        subprocess.run(tree, capture_output=True, check=False)
        return
    signal_group(child, signal.SIGKILL)
    while orphans := children_of(os.getpid()):
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGKILL)
                if pid != child.pid:  # that one is waited for by `main`
                    os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):  # it has just ended
                continue
        if orphans == [child.pid]:
            break


def signal_group(child: subprocess.Popen, number: int) -> None:
    """Send a signal to the command's process group, if there is still somebody in it."""
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):  # the latter is macOS's word for "only zombies"
        return


def children_of(pid: int) -> list[int]:
    """The living children of a process; empty where the system has no list of them."""
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children") as listed:
                found += [int(child) for child in listed.read().split()]
        except OSError:  # a thread that has just ended; the others' children count all the same
            continue
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], [int(fd) for fd in sys.argv[1].split(",") if fd]))
