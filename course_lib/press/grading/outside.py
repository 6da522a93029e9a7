"""From outside: every notebook in a process of its own, and a row for every exercise."""

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from course_lib.checks.masters import Task, bare_solution, tasks
from course_lib.ground.paths import ROOT, written_for
from course_lib.press.exercises.answers import answers
from course_lib.press.grading.submissions import Submission
from course_lib.press.grading.watching import Limits, run

RESTARTS = 3  # after a cell or a check that took the whole process with it
READING = Lock()  # Python 3.11 may fail where two threads parse texts at once (a SystemError)
OUTCOMES = ("solved", "written", "wrong", "stub", "missing", "failed")  # "written": for you to read


@dataclass(frozen=True)
class Row:
    """The verdict on one exercise of one student. `outcome` is one of `OUTCOMES`."""

    student: str
    notebook: str
    exercise: str
    outcome: str
    misconception: str = ""
    message: str = ""
    seconds: float = 0.0


def grade(
    submission: Submission, limits: Limits, hidden: Sequence[Path] = (), root: Path = ROOT
) -> tuple[list[Row], list[str]]:
    """A row for every exercise, and what protected this machine; nothing of a student's raises."""
    with READING:
        known = tasks(written_for(submission.notebook, "exercises", root))
    keys = list(known)
    try:
        content = submission.content()
    except (OSError, ValueError) as problem:
        outcome = "failed" if submission.path or submission.strays else "missing"
        return rows(submission, keys, {}, outcome, str(problem)), []
    verdicts: dict[str, dict] = {}
    skip: dict[str, str] = {}
    for _ in range(RESTARTS + 1):
        with READING:
            probes = {key: probe(task, root) for key, task in known.items()}
        order = {
            "tasks": [asdict(task) for task in known.values()], "skip": skip,
            "probes": probes, "done": list(verdicts), "hidden": [str(path) for path in hidden],
            "seconds": limits.seconds, "memory": limits.memory, "cpu": limits.total,
        }  # fmt: skip
        end = run(order, content, limits)
        verdicts |= {key: verdict for key, verdict in end.verdicts.items() if key in keys}
        if not end.why or not end.step:
            break
        skip[end.step] = end.why
    return rows(submission, keys, verdicts, "failed", end.why), end.force


def probe(task: Task, root: Path) -> tuple[str, str]:
    """A wrong and a right answer, by chance: nobody can write code for just these two."""
    known = answers(task.key, root)
    wrong = secrets.choice(known.wrong).source
    return wrong, secrets.choice([bare_solution(task.solution), *known.right])


def grade_all(
    submissions: Sequence[Submission],
    limits: Limits,
    hidden: Sequence[Path] = (),
    jobs: int = 1,
    root: Path = ROOT,
) -> tuple[list[Row], list[str]]:
    """The rows of all notebooks, in order, and the protection that every process had."""
    closed = [path.resolve() for path in hidden]
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        graded = list(pool.map(lambda one: grade(one, limits, closed, root), submissions))
    forces = [force for _, force in graded if force]
    first = forces[0] if forces else []
    shared = [name for name in first if all(name in force for force in forces)]
    return [row for found, _ in graded for row in found], shared


def rows(
    submission: Submission, keys: list[str], verdicts: dict[str, dict], outcome: str, why: str
) -> list[Row]:
    """A row per exercise; `outcome` and `why` where there is no verdict."""
    blank = {"outcome": outcome, "message": why}
    place = submission.student, submission.notebook
    return [Row(*place, key, **verdicts.get(key, blank)) for key in keys]
