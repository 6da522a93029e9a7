"""start.py, ended at random moments in every way and called again at once: nothing goes wrong.

The installers only pretend (see `door_copy`); each looks, before it begins, whether another one is
at work in the same folder.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from door_copy import Door

from course_lib.front_door import setting_up
from course_lib.ground.patience import patience

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
KILLS = 200 if os.environ.get("COURSE_SLOW") == "1" else 8
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
WAYS = ("once", "twice together", "once, and ended again", "later")


@pytest.mark.timeout(3600)
def test_after_any_kill_the_next_call_finishes(tmp_path):
    dice, door = random.Random(1), Door(tmp_path / "course")
    length = seconds_of_a_whole_setup(door)
    told = []
    for number in range(KILLS):
        if number % 5 == 0:
            door.places.stamp.unlink(missing_ok=True)  # the next set-up begins from nothing
        end, way = dice.choice(SIGNALS), dice.choice(WAYS)
        to_all = dice.random() < 0.3  # as a terminal that closes, or a service that is stopped
        first = begin(door)
        time.sleep(dice.uniform(0, length))
        finish(first, end, to_all)
        if way == "later":
            wait_until(lambda: not alive(door))
        calls = [begin(door) for _ in range(2 if way == "twice together" else 1)]
        if way == "once, and ended again":
            time.sleep(dice.uniform(0, length))
            finish(calls[0], dice.choice(SIGNALS), to_all)
            calls = [begin(door)]
        statuses = [call.wait(timeout=120 * patience()) for call in calls]
        told.append((end.name, way, statuses))
        assert statuses == [0] * len(calls), (told[-1], door.places.log.read_text())
        assert setting_up.is_done(door.places), told[-1]
        assert door.leftovers() == [], told[-1]
        wait_until(lambda: not alive(door))
    notes = door.installed()
    assert {Path(note["prefix"]) for note in notes} == {door.places.venv}
    assert not [note for note in notes if note.get("beside")]
    print(f"{KILLS} kills, {len(notes)} installers came to their end")


def seconds_of_a_whole_setup(door: Door) -> float:
    """How long an undisturbed set-up takes here."""
    began = time.monotonic()
    assert begin(door).wait() == 0
    return time.monotonic() - began


def begin(door: Door) -> subprocess.Popen:
    """A set-up in a session of its own, whose installers take a tenth of a second each."""
    return subprocess.Popen(
        door.command("setup"), env=door.env(FAKE_SECONDS="0.1"), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen, end: signal.Signals, to_all: bool) -> None:
    """Send the signal to start.py, or to its whole group, and wait for start.py alone."""
    if process.poll() is None:
        (os.killpg if to_all else os.kill)(process.pid, end)
    process.wait(timeout=60 * patience())


def alive(door: Door) -> list[int]:
    """The processes that a call in this folder started and that still run."""
    mark, found = f"FAKE_NOTES={door.notes}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:  # it has just ended, or is somebody else's
            continue
    return found


def wait_until(is_so) -> None:
    """Look until it is so, for as long as even a slow machine needs."""
    deadline = time.monotonic() + 30 * patience()
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
