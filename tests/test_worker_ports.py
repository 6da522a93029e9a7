"""Two workers that start kernels at the same moment do not give them the same ports."""

import os
import socket
import subprocess
import sys

from jupyter_client.connect import LocalPortCache
from jupyter_client.manager import start_new_kernel

from course_lib.ground.paths import ROOT

ASK = """
import conftest
conftest.WorkerPorts.instance()
from jupyter_client.connect import LocalPortCache
print(*(LocalPortCache.instance().find_available_port("127.0.0.1") for _ in range(50)))
"""


def ports_of(worker: str) -> set[int]:
    """The first fifty of a worker."""
    env = os.environ | {"PYTEST_XDIST_WORKER": worker}
    run = [sys.executable, "-c", ASK]
    said = subprocess.run(run, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return set(map(int, said.stdout.split()))


def test_the_workers_ranges_are_apart_and_below_the_system_s():
    one, two = ports_of("gw0"), ports_of("gw1")
    assert len(one) == len(two) == 50
    assert not one & two
    assert max(one | two) < 32768


def test_a_port_that_is_taken_is_passed_over():
    ports = LocalPortCache.instance()
    first = ports.find_available_port("127.0.0.1")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", first + 1))
        assert ports.find_available_port("127.0.0.1") != first + 1


def test_a_kernel_takes_its_ports_from_there():
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        assert 20_000 <= manager.shell_port < 30_000
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
