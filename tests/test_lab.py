"""Servers that a page test has started are ended, whoever adopts what they leave."""

import subprocess
import sys

import pytest

# Adopts orphans as start.py does, and asks for nobody's end: they stay listed as zombies.
ADOPTER = """
import ctypes, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
sys.exit(subprocess.run([sys.executable, "-c", sys.argv[1]], timeout=40).returncode)
"""
ENDS = """
import subprocess, sys, time, psutil
from benchmarks.lab import end
from course_lib.ground.family import below
child = "import time; time.sleep(600)"
parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]).wait()"
server = subprocess.Popen([sys.executable, "-c", parent])
while not (found := below(server.pid)):
    time.sleep(0.01)
end(server)
assert found[0].status() == psutil.STATUS_ZOMBIE
print("ended", flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has subreapers")
def test_a_server_s_orphan_that_nobody_buries_holds_nobody_up():
    command = [sys.executable, "-c", ADOPTER, ENDS]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.stdout == "ended\n", ran.stderr
