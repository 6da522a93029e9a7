"""For every pytest run: shapes and types are checked, nbval is guarded, and nobody is impatient."""

import itertools
import os
import signal
import socket

import pytest
import pytest_timeout
from jaxtyping import install_import_hook
from jupyter_client.connect import LocalPortCache

# Before anything of course_lib is imported: only modules that come later are checked. As in all of
# Python, an int may stand where a float is asked for.
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
install_import_hook("course_lib", CHECKER)

from course_lib.ground.patience import NoPatience, patience  # noqa: E402

pytest_plugins = ["course_lib.press.notebooks.guard"]

# A shell that runs this in the background, or `nohup`, has signals ignored, and so would every
# process that a test starts. With handlers of our own they have the usual ones, as at a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


class WorkerPorts(LocalPortCache):
    """Ports for kernels, of a range that is this worker's alone.

    Whoever asks the system for a free port, lets go of it, and starts a kernel that takes it a
    second later, may meet another who was given the same. The system gives ports above 32767.
    """

    def __init__(self, **settings):
        super().__init__(**settings)
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        first = 20_000 + 5_000 * (worker % 2)
        self.turn = itertools.cycle(range(first, first + 5_000))
        begins = 10 * os.getpid() % 5_000  # another run begins elsewhere
        next(itertools.islice(self.turn, begins, None))

    def find_available_port(self, ip: str) -> int:
        """The next one of the range that nobody has."""
        for port in self.turn:
            with socket.socket() as trial:
                if port not in self.currently_used_ports and not _taken(trial, ip, port):
                    self.currently_used_ports.add(port)
                    return port


def _taken(trial: socket.socket, ip: str, port: int) -> bool:
    try:
        trial.bind((ip, port))
    except OSError:
        return True
    return False


def pytest_configure() -> None:
    """Looks at the machine before the first test; from here on kernels get a worker's ports."""
    try:
        patience()
    except NoPatience as problem:
        raise pytest.UsageError(str(problem)) from None
    WorkerPorts.instance()


def pytest_report_header() -> str:
    """How patient the run is."""
    return f"time limits: {patience():.1f} times those of a quiet machine"


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: pytest_timeout.Settings) -> bool:
    """A test that hangs is ended after its limit, which is longer on a slow machine."""
    limit = settings._replace(timeout=settings.timeout * patience())
    return pytest_timeout.pytest_timeout_set_timer(item, limit)
