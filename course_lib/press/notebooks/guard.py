"""A pytest plugin that closes the holes of nbval: `pytest --nbval notebooks`.

nbval alone lets pass: a cell that was never executed, every picture, a widget whose callback
raises, and any number of cells that ask not to be compared. Each of them fails here. What nbval
alone would call a difference, and is none: another processor rounds a printed number's last digit.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from queue import Empty
from unittest import mock

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from course_lib.ground.patience import Deadline, patience
from course_lib.press.notebooks.compare import output_differences
from course_lib.press.notebooks.execute import CELL_SECONDS, NOTEBOOK_SECONDS, kernel_env
from course_lib.press.notebooks.rules import MOST_IGNORED, is_ignored

SILENT_SECONDS = 5.0  # for an output to follow the reply
TOUCH = "import json, course_lib.press.notebooks.touch as t; print(json.dumps(t.touch_all()))"
NBVAL = {name: getattr(cls, name) for cls, name in [
    (IPyNbCell, "compare_outputs"), (IPyNbCell, "runtest"),
    (IPyNbFile, "collect"), (IPyNbFile, "setup"),
]}  # fmt: skip
LIMIT = pytest.StashKey[float]()  # seconds for a cell, on a quiet machine
FOLDER = pytest.StashKey[tempfile.TemporaryDirectory]()
IGNORED = pytest.StashKey[dict[str, tuple[int, int]]]()


class GuardItem(pytest.Item):
    """The last item of a notebook: its widgets work when touched, and its outputs are compared."""

    def runtest(self) -> None:
        code = [cell for cell in self.parent.nb.cells if cell.cell_type == "code"]
        ignored = sum(map(is_ignored, code))
        problems = json.loads(printed_by(self.parent.kernel, TOUCH))
        if ignored > MOST_IGNORED * len(code):
            share = f"{ignored} of {len(code)} code cells ignore their output"
            problems.append(f"{share}; at most {MOST_IGNORED:.0%} may.")
        if problems:
            raise GuardError("\n".join(problems))

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, GuardError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}::{self.name}"


class GuardError(Exception):
    """A notebook breaks a rule that is not about one cell."""


def printed_by(kernel, code: str) -> str:
    """What `code` prints in a running kernel."""
    printed, message = "", kernel.execute_cell_input(code, allow_stdin=False)
    try:
        while True:
            reply = kernel.get_message("iopub", timeout=CELL_SECONDS * patience())
            if reply["parent_header"].get("msg_id") != message:
                continue
            content = reply["content"]
            if reply["msg_type"] == "error":
                raise GuardError("\n".join(content["traceback"]))
            if reply["msg_type"] == "stream" and content["name"] == "stdout":
                printed += content["text"]
            if content.get("execution_state") == "idle":
                return printed
    except Empty:
        limit = CELL_SECONDS * patience()
        raise GuardError(f"A widget needs more than {limit:.0f} s for one touch.") from None


def compare_outputs(cell: IPyNbCell, test: list, ref: list, skip_compare=None) -> bool:
    """The course's comparison in the place of nbval's: it reads numbers, and sees pictures."""
    cell.comparison_traceback = output_differences(ref, test)
    return not cell.comparison_traceback


def runtest(cell: IPyNbCell) -> None:
    """Runs a cell as nbval does; fails if nothing is stored to compare with, or time is up."""
    if cell.parent.guard_deadline.over():
        limit = NOTEBOOK_SECONDS * patience()
        cell.raise_cell_error(f"The notebook takes more than {limit:.0f} s.")
    cell.output_timeout = SILENT_SECONDS * patience()
    NBVAL["runtest"](cell)
    if cell.cell.execution_count is None:
        cell.raise_cell_error(
            "This cell has no execution count, so nbval does not compare its output: "
            "run 'python -m course_lib notebooks run'."
        )


def collect(file: IPyNbFile) -> Iterator[pytest.Item]:
    """nbval's items, one for each code cell, and one more for the notebook as a whole."""
    yield from NBVAL["collect"](file)
    code = [cell for cell in file.nb.cells if cell.cell_type == "code"]
    counts = file.config.stash.setdefault(IGNORED, {})
    counts[file.nodeid] = sum(map(is_ignored, code)), len(code)
    yield GuardItem.from_parent(file, name="the whole notebook")


def setup(file: IPyNbFile) -> None:
    """Starts the kernel: this Python, on the CPU, with the course's figures."""
    folder = Path(file.config.stash[FOLDER].name) / file.path.stem
    file.config.option.nbval_kernel_startup_timeout = CELL_SECONDS * patience()
    with mock.patch.dict(os.environ, kernel_env(folder), clear=True):
        NBVAL["setup"](file)
    file.kernel.execute_cell_input = partial(execute_cell_input, file.kernel)
    file.guard_deadline = Deadline(NOTEBOOK_SECONDS)
    file.config.option.nbval_cell_timeout = file.config.stash[LIMIT] * patience()


def execute_cell_input(kernel, source: str, allow_stdin: bool | None = None) -> str:
    """Sends a cell as a notebook does: without history IPython would not heed a final `;`."""
    return kernel.kc.execute(source, allow_stdin=allow_stdin, stop_on_error=False)


def pytest_configure(config: pytest.Config) -> None:
    """Puts the guarded methods in nbval's place."""
    config.stash[FOLDER] = tempfile.TemporaryDirectory()
    config.stash[LIMIT] = min(config.option.nbval_cell_timeout, CELL_SECONDS)
    config.option.nbval_current_env = config.option.nbval_kernel_name is None
    IPyNbCell.compare_outputs, IPyNbCell.runtest = compare_outputs, runtest
    IPyNbFile.collect, IPyNbFile.setup = collect, setup


def pytest_unconfigure(config: pytest.Config) -> None:
    """Gives nbval its own methods back."""
    config.stash[FOLDER].cleanup()
    IPyNbCell.compare_outputs, IPyNbCell.runtest = NBVAL["compare_outputs"], NBVAL["runtest"]
    IPyNbFile.collect, IPyNbFile.setup = NBVAL["collect"], NBVAL["setup"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several workers (pytest-xdist) hands its counts to the process that reports."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["ignored"] = session.config.stash.get(IGNORED, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """The process that reports takes a worker's counts; every worker has read all notebooks."""
    counts = getattr(node, "workeroutput", {}).get("ignored", {})
    node.config.stash.setdefault(IGNORED, {}).update(counts)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """One line: how many outputs nobody compared."""
    counts = config.stash.get(IGNORED, {}).values()
    if cells := sum(total for _, total in counts):
        ignored = sum(number for number, _ in counts)
        terminalreporter.write_line(
            f"ignored outputs: {ignored} of {cells} code cells ({ignored / cells:.1%})"
        )
