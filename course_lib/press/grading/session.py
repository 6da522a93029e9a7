"""One student's notebook, from its first cell to its last verdict."""

import re
import time
from collections.abc import Callable
from typing import Any

import course_lib.checks as front
from course_lib.checks import student
from course_lib.checks.judging import find, judge, warm_up
from course_lib.checks.limit import Stopped, within
from course_lib.checks.masters import Task
from course_lib.checks.student_words import LONGEST as MOST_WORDS
from course_lib.checks.student_words import UNREAD
from course_lib.press.grading.cells import (
    LONGEST,
    Jupyter,
    clock,
    event_loop,
    execute,
    program,
    remember,
    what_went_wrong,
)
from course_lib.press.grading.tampering import Baseline, Probe

FORGED = "After this answer the check takes wrong answers for right ones: it has been changed."


class Session:
    """Grades the exercises of one notebook; `tell` sends what it finds."""

    def __init__(self, order: dict[str, Any], tell: Callable[..., None]):
        self.tell, self.seconds = tell, order["seconds"]
        self.skip, self.done = order["skip"], set(order["done"])  # from an earlier process
        self.tasks = {task["key"]: Task(**task) for task in order["tasks"]}
        self.exercises = {key: find(key) for key in self.tasks}
        self.probes = {
            key: Probe(self.exercises[key], task, *order["probes"][key])
            for key, task in self.tasks.items()
        }
        self.asked: list[tuple[str, Any]] = []  # by the cell that runs now
        self.trouble: dict[str, str] = {}  # key → why its answer's cell did not run
        self.names: dict[str, Any] = {"__name__": "__main__", "display": nothing}
        self.names["get_ipython"] = Jupyter
        warm_up()
        event_loop()
        for module in (front, student):
            module.check = module.predict = module.reflect = self.note
            module.hint = module.solution = module.progress = nothing
            module.explore = unmoved
        self.baseline = Baseline(self.exercises.values())

    def note(self, key: Any = None, *answer: Any) -> None:
        """Stands in the place of `check`, `predict`, `reflect`: remembers what is asked."""
        if isinstance(key, str) and len(answer) in (1, 2):
            self.asked.append((key.strip(), answer[0] if len(answer) == 1 else answer))

    def grade(self, cells: list[tuple[str, str]]) -> None:
        """Runs every cell and sends a verdict on every exercise."""
        for number, (grade_id, source) in enumerate(cells):
            step, self.asked = f"cell {number}", []
            keys = self.answered_in(grade_id, source)
            effort = max([self.exercises[key].effort for key in keys], default=1.0)
            self.tell(step=step, effort=effort)
            trouble = self.skip.get(step) or self.run(source, f"<cell {number}>", effort)
            for key in keys if trouble else ():
                self.trouble[key] = trouble
            for key, answer in self.asked:
                self.judge(key, answer)
        for key, task in self.tasks.items():
            if key in self.done:
                continue
            if key in self.trouble:
                self.send(key, "failed", message=self.trouble[key])
            elif all(name in self.names for name in names_in(task)):
                found = tuple(self.names[name] for name in names_in(task))
                self.judge(key, found if len(found) > 1 else found[0])
            else:
                message = f"The notebook defines no `{task.answer}`: is its cell deleted?"
                self.send(key, "missing", message=message)

    def run(self, source: str, name: str, effort: float = 1.0) -> str:
        """Runs a cell; why it stopped, or nothing."""
        remember(source, name)
        limit = self.seconds * effort
        try:
            code = program(source, name)
            within(limit, lambda: execute(code, self.names), by_work=effort > 1)
        except Stopped:
            return f"The cell ran for {limit:g} s and was stopped."
        except BaseException as problem:  # a student's code may raise anything
            return what_went_wrong(problem, name)
        return ""

    def answered_in(self, grade_id: str, source: str) -> list[str]:
        """The exercises whose answer a cell defines."""
        found = []
        for key, task in self.tasks.items():
            name = re.escape(names_in(task)[0])
            defines = rf"(?m)^\s*(def\s+{name}\b|{name}\s*=)"
            if grade_id == key.replace(".", "-") or re.search(defines, source):
                found.append(key)
        return found

    def judge(self, key: str, answer: Any) -> None:
        """Sends the verdict on one answer. The first of a prediction counts, else the last."""
        exercise = self.exercises.get(key)
        if exercise is None or (key in self.done and exercise.kind == "predict"):
            return
        step = f"check {key}"
        if step in self.skip:
            self.send(key, "failed", message=self.skip[step])
            return
        self.tell(step=step, effort=exercise.effort if exercise else 1.0)
        changed = self.baseline.restore()
        began = time.perf_counter()
        try:
            verdict = judge(exercise, answer, self.seconds)
            seconds = clock(began)
            forged = verdict.ok and not self.probes[key].still_tells()
        except BaseException as problem:  # a student's code may raise anything
            self.send(key, "failed", message=what_went_wrong(problem, ""))
            return
        message = "" if verdict.ok else reason(verdict.message, verdict.misconception)
        if changed:
            message = f"{message} (It changes {', '.join(changed)}: put back first.)".strip()
        if forged:
            self.send(key, "failed", message=FORGED, seconds=seconds)
        elif exercise and exercise.kind == "open" and verdict.misconception not in UNREAD:
            words = answer[0] if isinstance(answer, tuple) else answer
            self.send(key, "written", message=" ".join(str(words).split()))
        elif verdict.misconception == "still the stub":
            self.send(key, "stub", seconds=seconds)
        else:
            outcome = "solved" if verdict.ok else "wrong"
            self.send(key, outcome, verdict.misconception, message, seconds)

    def send(
        self,
        key: str,
        outcome: str,
        misconception: str = "",
        message: str = "",
        seconds: float = 0.0,
    ) -> None:
        """Sends one verdict. Of several on one exercise, the last counts."""
        self.done.add(key)
        longest = MOST_WORDS if outcome == "written" else LONGEST
        self.tell(
            key=key, outcome=outcome, misconception=misconception, message=message[:longest],
            seconds=seconds,
        )  # fmt: skip


def nothing(*args: Any, **kwargs: Any) -> None:
    """Stands in the place of what only a reader needs."""


def unmoved(key: str, *guess: Any) -> Any:
    """Stands in the place of `explore`: the widget as it opens. Only code can move it here."""
    return find(key).stage.live()


def names_in(task: Task) -> list[str]:
    """The names that an answer consists of: "my_words, my_ticks" are two."""
    return task.answer.split(", ")


def reason(message: str, name: str) -> str:
    """The first sentence of a message, after the misconception's name."""
    rest = message.removeprefix(f"{name}. ")
    return re.split(r"(?<=[.!?])\s", " ".join(rest.split()), maxsplit=1)[0]
