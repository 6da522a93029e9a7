"""A process's family is found whatever the clock says."""

import itertools
import os
import subprocess
import sys
import time

import psutil
import pytest

from course_lib.ground import family
from course_lib.ground.family import below
from course_lib.ground.patience import Deadline

# A Python that is no launcher: on Windows a virtual environment's starts another one.
PYTHON = getattr(sys, "_base_executable", sys.executable)
CHILD = f"import subprocess; subprocess.run([{PYTHON!r}, '-c', 'input()'], check=True)"


@pytest.fixture
def couple():
    """A process that has started another, and waits for it."""
    process = subprocess.Popen([PYTHON, "-c", CHILD], stdin=subprocess.PIPE)
    yield process
    process.communicate(b"\n")


def until_two(process: subprocess.Popen) -> list[psutil.Process]:
    deadline = Deadline(20)
    while not (found := below(process.pid)):
        assert not deadline.over(), "It has started nobody."
        time.sleep(0.01)
    return found


def test_children_and_theirs_are_found_the_nearest_first(couple):
    (grandchild,) = until_two(couple)
    assert grandchild.ppid() == couple.pid
    ours = [p.pid for p in below(os.getpid())]
    assert ours.index(couple.pid) < ours.index(grandchild.pid)


def test_who_does_not_show_itself_hides_nobody_else(couple, monkeypatch):
    (grandchild,) = until_two(couple)
    known, stranger = psutil.Process.ppid, os.getpid()

    def ppid(self) -> int:
        if self.pid == stranger:
            raise psutil.AccessDenied(self.pid)
        return known(self)

    monkeypatch.setattr(psutil.Process, "ppid", ppid)
    assert [child.pid for child in below(couple.pid)] == [grandchild.pid]


@pytest.mark.skipif(os.name == "nt", reason="on Windows only hours of birth tell strangers apart")
def test_a_clock_that_is_set_hides_nobody(couple, monkeypatch):
    until_two(couple)
    earlier = itertools.count(0, -1)  # each birth seems to be before the last one asked for
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: float(next(earlier)))
    assert psutil.Process(couple.pid).children() == []
    assert len(below(couple.pid)) == 1


def test_where_a_lost_parents_number_stays_an_older_process_is_nobodys_child(couple, monkeypatch):
    until_two(couple)
    monkeypatch.setattr(family, "WINDOWS", True)
    assert len(below(couple.pid)) == 1
    earlier = itertools.count(0, -1)  # as if a stranger, born before, had the parent's number
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: float(next(earlier)))
    assert below(couple.pid) == []


def test_who_has_ended_has_no_family(monkeypatch):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert below(gone.pid) == []
    monkeypatch.setattr(family, "WINDOWS", True)
    assert below(gone.pid) == []
