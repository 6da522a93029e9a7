"""A class: several boxes at once, and a row for every exercise as soon as it is known."""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from course_lib.checks.boxed.cells import code_cells
from course_lib.checks.boxed.texts import clean
from course_lib.checks.masters import Task, masters, tasks
from course_lib.ground.paths import ROOT
from course_lib.press.grading.box import Box, NoBox, students_side
from course_lib.press.grading.notebook import Limits, Row, verdicts_on
from course_lib.press.grading.submissions import Submission


class Room:
    """Boxes for a class. `force` says what protected this machine."""

    def __init__(self, limits: Limits, jobs: int = 1, *, unsafe: bool = False, root: Path = ROOT):
        self.limits, self.jobs, self.unsafe, self.root = limits, jobs, unsafe, root
        self.force: list[str] = []
        self.known = {path.parent.name: tasks(path) for path in masters(root)}

    def graded(self, submissions: Sequence[Submission]) -> Iterator[list[Row]]:
        """The rows of a notebook as soon as it is graded. Errors: NoBox. Stop it at any time."""
        todo: queue.SimpleQueue = queue.SimpleQueue()
        done: queue.SimpleQueue = queue.SimpleQueue()
        for submission in submissions:
            todo.put(submission)
        with students_side() as side:
            number = max(1, min(self.jobs, len(submissions)))
            boxes = [Box(side, self.limits.memory, unsafe=self.unsafe) for _ in range(number)]
            workers = [
                threading.Thread(target=self.work, args=(box, todo, done), daemon=True)
                for box in boxes
            ]
            for worker in workers:
                worker.start()
            try:
                for _ in submissions:
                    found = done.get()
                    if isinstance(found, NoBox):
                        raise found
                    yield found
            finally:
                while not todo.empty():
                    todo.get()
                for box in boxes:
                    box.close(for_good=True)
                for worker in workers:
                    worker.join()

    def work(self, box: Box, todo: queue.SimpleQueue, done: queue.SimpleQueue) -> None:
        """Grades what is to be graded, one after the other."""
        while True:
            try:
                submission = todo.get_nowait()
            except queue.Empty:
                box.close()
                return
            try:
                done.put(self.rows(submission, box))
            except NoBox as problem:
                done.put(problem)
            except Exception as problem:  # whatever it is, it costs one notebook
                box.close()
                why = f"The grader itself failed: {type(problem).__name__}: {problem}"
                keys = self.known[submission.notebook]
                done.put(rows_of(submission, keys, {}, "failed", clean(why)[:300]))

    def rows(self, submission: Submission, box: Box) -> list[Row]:
        """A row for every exercise of one notebook."""
        known = self.known[submission.notebook]
        try:
            cells = code_cells(submission.content())
        except (OSError, ValueError) as problem:
            outcome = "failed" if submission.path else "missing"
            return rows_of(submission, known, {}, outcome, str(problem))
        progress = verdicts_on(cells, known, box, self.limits)
        self.force = self.force or box.force
        return rows_of(submission, known, progress.verdicts, "failed", progress.why)


def rows_of(
    submission: Submission, keys: Mapping[str, Task], verdicts: dict, outcome: str, why: str
) -> list[Row]:
    """A row per exercise; `outcome` and `why` where there is no verdict."""
    blank = {"outcome": outcome, "message": clean(why)}
    file = clean(submission.path.name) if submission.path else ""
    last = {"file": file, "digest": submission.digest()}
    place = submission.student, submission.notebook
    return [Row(*place, key, **(verdicts.get(key, blank) | last)) for key in keys]
