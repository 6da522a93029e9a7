"""Runs a notebook in a fresh kernel of this very Python, with a limit that nothing can outlive.

`execute` starts a second Python process (this file as `__main__`), which starts the kernel. When
the time is up it kills both, whatever the kernel is stuck in.
"""

import contextlib
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import nbformat
import psutil
from nbformat import NotebookNode

from course_lib.ground.family import below
from course_lib.ground.paths import ROOT
from course_lib.ground.patience import patience
from course_lib.press.notebooks import reads
from course_lib.press.notebooks.normal import ANSI

# By the clock, on a quiet machine; `patience` makes them longer on another.
CELL_SECONDS = 60.0
NOTEBOOK_SECONDS = 180.0


class Seconds(NamedTuple):
    """How long a notebook took, by the clock on the wall and in seconds of one CPU."""

    wall: float
    cpu: float


class NotebookFailed(RuntimeError):
    """A cell raised, or the notebook took too long; the message says which and where."""


def kernel_env(folder: Path) -> dict[str, str]:
    """The environment of every kernel that makes or checks outputs, with `folder` for its files.

    It is the same for everybody: no GPU, one thread, no data sets beside the course, no score, no
    bet and no solved exercise yet, nobody's private IPython set-up; inline figures; the course
    importable from any folder.
    """
    (folder / "no_data").mkdir(parents=True, exist_ok=True)
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    return env | {
        "COURSE_BETS": str(folder / "bets.json"),
        "COURSE_DATA": str(folder / "no_data"),
        "COURSE_DEVICE": "cpu",
        "COURSE_PROGRESS": str(folder / "progress.json"),
        "COURSE_SCORES": str(folder / "scores.json"),
        "COURSE_SELFTEST": str(folder / "selftest.json"),
        "COURSE_THREADS": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(paths),
    }


def execute(
    nb: NotebookNode,
    folder: Path,
    *,
    cell_seconds: float | None = None,
    notebook_seconds: float | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> tuple[NotebookNode, Seconds]:
    """The notebook with fresh outputs, and the seconds that it took, kernel start included.

    Its metadata say under `course.read` which stored files the outputs stand on, as `reads.digests`
    gives them. The usual limits are those of a quiet machine, made longer by `patience` on another.
    `settings` are environment variables that win over the kernel's usual ones.

    Raises:
        NotebookFailed: a cell raised, or a limit was passed. The process is gone by then.
    """
    cell_seconds = cell_seconds or CELL_SECONDS * patience()
    notebook_seconds = notebook_seconds or NOTEBOOK_SECONDS * patience()
    with tempfile.TemporaryDirectory() as temporary:
        before, after = Path(temporary) / "before.ipynb", Path(temporary) / "after.ipynb"
        notes = Path(temporary) / "read.txt"
        nbformat.write(nb, before)
        reads.watch(Path(temporary) / "ipython", notes)
        command = [sys.executable, "-m", "course_lib.press.notebooks.execute"]
        arguments = [str(before), str(after), str(folder), str(cell_seconds)]
        process = subprocess.Popen(
            [*command, *arguments],
            env={**kernel_env(Path(temporary)), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            printed, errors = process.communicate(timeout=notebook_seconds)
        except subprocess.TimeoutExpired:
            raise NotebookFailed(
                f"The notebook was stopped after {notebook_seconds:.0f} s."
            ) from None
        finally:
            kill_tree(process)
        if process.returncode != 0:
            raise NotebookFailed(errors.strip())
        fresh = nbformat.read(after, as_version=4)
        fresh.metadata["course"] = {"read": reads.digests(reads.noted(notes))}
        return fresh, Seconds(*map(float, printed.split()))


def kill_tree(process: subprocess.Popen) -> None:
    """Ends a process and all that it started; does nothing when it has ended by itself."""
    if process.poll() is not None:
        return
    for member in below(process.pid):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended by itself meanwhile
            member.kill()
    process.kill()
    process.communicate()


def execute_here(before: str, after: str, folder: str, cell_seconds: float) -> int:
    """Runs in the second process: executes `before`, writes `after`, prints the `Seconds`."""
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    class ThisPython(KernelSpecManager):
        """Knows one kernel: the Python that runs this. Registered kernels may be others."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    used, limit = [], math.ceil(cell_seconds)

    def note_cpu(notebook: NotebookNode) -> None:  # while the kernel is still there to be asked
        kernel = psutil.Process(client.km.provisioner.pid)
        for member in [kernel, *below(kernel.pid)]:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has ended by itself meanwhile
                used.append(sum(member.cpu_times()[:2]))

    client = NotebookClient(
        nbformat.read(before, as_version=4),
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisPython()),
        timeout=limit,
        startup_timeout=limit,
        iopub_timeout=limit,  # for an output that has yet to arrive
        record_timing=False,
        resources={"metadata": {"path": folder}},
        on_notebook_complete=note_cpu,
    )
    try:
        start = time.perf_counter()
        quiet = subprocess.DEVNULL  # for what the kernel itself logs, not for what cells print
        nbformat.write(client.execute(stdout=quiet, stderr=quiet), after)
        print(time.perf_counter() - start, sum(used))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
        print(ANSI.sub("", str(problem)), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(execute_here(*sys.argv[1:4], float(sys.argv[4])))
