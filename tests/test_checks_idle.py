"""The first check of a session finds all that it needs already there."""

import subprocess
import sys
import time

import pytest
from jupyter_client.manager import start_new_kernel

from course_lib.checks import idle
from course_lib.ground.patience import Deadline, patience

IMPORT = "from course_lib.checks import check\nimport sys"
LOADED = '{"torch._dynamo", "course_lib.checks.questions.e12"} <= set(sys.modules)'
HEAVY = 'sys.modules.keys() & {"torch._dynamo", "matplotlib"}'


def value(client, code: str) -> str:
    """What the last line of a cell is worth, as text; an error's message where it raises."""
    found = []

    def note(message: dict) -> None:
        content = message["content"]
        if message["msg_type"] in ("execute_result", "display_data"):
            found.append(content["data"]["text/plain"])
        if message["msg_type"] in ("error", "stream"):
            found.append(content.get("evalue") or content["text"])

    client.execute_interactive(code, output_hook=note, timeout=120 * patience())
    return " ".join(found)


def test_a_kernel_loads_what_checks_need_between_two_cells():
    manager, client = start_new_kernel()
    try:
        assert value(client, IMPORT) == ""
        deadline = Deadline(60)
        while value(client, LOADED) == "False":
            assert not deadline.over(), "what the first check needs isn't loaded"
            time.sleep(0.1)
        assert value(client, LOADED) == "True"
        said = value(client, 'check("05.3", "a")')
        assert said.startswith("Not yet")
        assert "first check" not in said
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_outside_a_notebook_nothing_is_loaded_before_it_is_needed():
    code = f"{IMPORT}\nprint({HEAVY})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_notebook_without_a_loop_imports_the_checks_all_the_same(monkeypatch):
    """As xeus-python's, or a cell that is run in a thread."""
    monkeypatch.setattr(idle.student, "in_notebook", lambda: True)
    monkeypatch.setattr(idle, "warm_up", lambda: pytest.fail("nothing is loaded here"))
    idle.load_when_idle()
