"""For every pytest run: shapes and types are checked, nbval is guarded, and nobody is impatient."""

import signal

import pytest
import pytest_timeout
from jaxtyping import install_import_hook

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


def pytest_configure() -> None:
    """Looks at the machine before the first test."""
    try:
        patience()
    except NoPatience as problem:
        raise pytest.UsageError(str(problem)) from None


def pytest_report_header() -> str:
    """How patient the run is."""
    return f"time limits: {patience():.1f} times those of a quiet machine"


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: pytest_timeout.Settings) -> bool:
    """A test that hangs is ended after its limit, which is longer on a slow machine."""
    limit = settings._replace(timeout=settings.timeout * patience())
    return pytest_timeout.pytest_timeout_set_timer(item, limit)
