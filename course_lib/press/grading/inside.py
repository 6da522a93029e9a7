"""The process that grades one notebook: it runs the student's cells and judges the answers.

It reads its order, a line of JSON, and then the notebook from its standard input. It reports over
what was its standard output: each line is a signature and a piece of JSON. What a student prints
goes nowhere.
"""

import hmac
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib.press.grading import sandbox
from course_lib.press.grading.cells import code_cells


def main() -> None:
    """Grades as ordered. Namespaces come first, the heavy imports after."""
    order = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    report = os.dup(1)
    for number in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    folder, hidden = Path(order["folder"]), [Path(path) for path in order["hidden"]]
    kernel = sandbox.by_kernel(folder, hidden)
    sys.dont_write_bytecode = True
    tempfile.tempdir = str(folder)
    tell = reporter(report, order.pop("secret"))
    try:
        from course_lib.press.grading.session import Session

        session = Session(order, tell)
        force = kernel + sandbox.by_limits(order["memory"], order["cpu"], "own processes" in kernel)
        force += sandbox.by_hook(folder, hidden)
    except Exception:  # ours, not the student's
        tell(bug=traceback.format_exc())
        os._exit(1)
    tell(force=force)
    try:
        cells = code_cells(content)
    except ValueError as problem:
        tell(broken=str(problem))
    else:
        session.grade(cells)
    tell(done=True)
    os._exit(0)  # nothing of the student's runs at the end


def reporter(number: int, secret: str) -> Callable[..., None]:
    """A function that sends its keywords to whoever knows the secret."""
    key = hmac.new(secret.encode(), digestmod="sha256")

    def tell(**what: Any) -> None:
        body = json.dumps(what)
        mac = key.copy()
        mac.update(body.encode())
        os.write(number, f"{mac.hexdigest()} {body}\n".encode())

    return tell
