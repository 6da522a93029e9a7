"""What the first check needs is loaded while its reader still reads the question."""

import asyncio

from course_lib.checks import sealed, student
from course_lib.checks.judging import all_exercises, warm_up

SOON = 0.1  # seconds after the cell with the import: by then its own output is on the screen


def load_when_idle() -> None:
    """Has a notebook's kernel load it between two cells; elsewhere the first check does.

    In two pieces, so that a cell which is called meanwhile waits for one at most. A kernel without
    a loop of asyncio, or a cell in a thread of its own, is "elsewhere" too.
    """
    if not student.in_notebook():
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    loop.call_later(SOON, warm_up)
    loop.call_later(2 * SOON, load_questions)


def load_questions() -> None:
    """The questions; in a students' copy they lie in a process of their own, which is started."""
    if sealed.there():
        sealed.begin()
    all_exercises()
    student.begun.add("first")
