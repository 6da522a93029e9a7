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

CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'], check=True)"


@pytest.fixture
def couple():
    """A process that has started another, and waits for it."""
    process = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE)
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
