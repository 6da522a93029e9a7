"""What a process frees stays with it, so that the next step need not ask the system again."""

import subprocess
import sys

import course_lib
from course_lib.ground import memory

# Ten times eight tables of 8 MB, made and freed; how often the system had to give a page.
ROUNDS = """
import resource, sys
import numpy as np
from course_lib.ground import memory
kept = sys.argv[1] == "kept" and memory.keep_freed()

def tables():
    for table in [np.ones(1_000_000) for _ in range(8)]:
        del table

tables()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    tables()
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> tuple[str, int]:
    ran = subprocess.run(
        [sys.executable, "-c", ROUNDS, how], capture_output=True, text=True, check=True
    )
    kept, count = ran.stdout.split()
    return kept, int(count)


def test_memory_that_was_freed_is_found_again():
    if not memory.keep_freed():
        assert faults("kept")[0] == "False"  # and nothing else happens
        return
    (kept, few), (_, many) = faults("kept"), faults("usual")
    assert kept == "True"
    assert 10 * few < many


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    assert memory.keep_freed() is False
    monkeypatch.setattr(memory.sys, "platform", "win32")
    assert memory.keep_freed() is False


def test_the_device_of_the_course_asks_for_it_on_a_cpu(monkeypatch):
    asked = []
    monkeypatch.setattr("course_lib.ground.device.keep_freed", lambda: asked.append(1))
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    course_lib.device()
    assert asked == [1]
