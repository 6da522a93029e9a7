"""A class: several boxes at once, and a row for every exercise as soon as it is known."""

import queue
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
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
        number = max(1, min(self.jobs, len(submissions)))
        free: queue.SimpleQueue = queue.SimpleQueue()
        with students_side() as side:
            boxes = [Box(side, self.limits.memory, unsafe=self.unsafe) for _ in range(number)]
            for box in boxes:
                free.put(box)
            pool = ThreadPoolExecutor(number)
            try:
                work = [pool.submit(self.work, one, free) for one in submissions]
                for done in as_completed(work):
                    yield done.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                for box in boxes:
                    box.close(for_good=True)
                pool.shutdown()

    def work(self, submission: Submission, free: queue.SimpleQueue) -> list[Row]:
        """The rows of one notebook, graded in a box that nobody uses. Errors: NoBox, at first."""
        box = free.get()
        try:
            return self.rows(submission, box)
        except Exception as problem:  # whatever it is, it costs one notebook
            if isinstance(problem, NoBox) and not self.force:  # there is none for anybody
                raise
            box.close()
            why = f"The grader itself failed: {type(problem).__name__}: {problem}"
            return rows_of(submission, self.known[submission.notebook], {}, "failed", why[:300])
        finally:
            free.put(box)

    def rows(self, submission: Submission, box: Box) -> list[Row]:
        """A row for every exercise of one notebook."""
        known = self.known[submission.notebook]
        try:
            cells = code_cells(submission.content())
        except ValueError as problem:
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
