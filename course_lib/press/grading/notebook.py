"""One student's notebook, from its first cell to its last verdict. The judge's side of it."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from course_lib.checks.boxed.served import JUDGING, answer_of, ask, demand, is_pair
from course_lib.checks.boxed.texts import clean
from course_lib.checks.calling import Gone
from course_lib.checks.exercise import Exercise
from course_lib.checks.judging import find, judge
from course_lib.checks.masters import Task
from course_lib.checks.student_words import LONGEST as MOST_WORDS
from course_lib.checks.student_words import UNREAD
from course_lib.press.grading.box import Box

LONGEST = 300  # letters of a message
RESTARTS = 3  # after a cell or a check that took the whole process with it
# "written": for you to read; "unplaced": a file that is nobody's notebook
OUTCOMES = ("solved", "written", "wrong", "stub", "missing", "failed", "unplaced")
ENDED = "It ended the whole process, as `os._exit()` does, or took more memory than it may."


@dataclass(frozen=True)
class Limits:
    """Seconds for a cell or a check; megabytes above what the course itself needs."""

    seconds: float = 10.0
    memory: int = 2000

    @property
    def total(self) -> float:
        """Seconds for a whole notebook."""
        return 60 + 12 * self.seconds


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
    file: str = ""
    digest: str = ""  # of the file's content


@dataclass
class Progress:
    """What is known of a notebook so far; it outlives the notebook's processes."""

    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    skip: dict[str, str] = field(default_factory=dict)  # steps that took a process with them
    step: str = ""
    why: str = ""  # nothing more is judged


def verdicts_on(
    cells: list[tuple[str, str]], known: Mapping[str, Task], box: Box, limits: Limits
) -> Progress:
    """The verdicts on a notebook's exercises by key. Errors: NoBox."""
    progress, until = Progress(), JUDGING.clock() + limits.total
    for attempt in range(RESTARTS + 1):
        progress.step = progress.why = ""
        try:
            with JUDGING:
                Session(box, known, limits, progress, until).grade(cells)
            break
        except (Gone, TimeoutError) as gone:
            progress.why = str(gone) or ENDED
            if not progress.step or attempt == RESTARTS:
                break
            progress.skip[progress.step] = progress.why
        finally:
            box.end()
    return progress


class Session:
    """One process's worth of a notebook."""

    def __init__(
        self, box: Box, tasks: Mapping[str, Task], limits: Limits, progress: Progress, until: float
    ):
        self.box, self.tasks, self.limits, self.until = box, tasks, limits, until
        self.progress = progress
        self.exercises = {key: find(key) for key in tasks}
        self.trouble: dict[str, str] = {}  # key → why its answer's cell did not run
        self.early: dict[str, dict] = {}  # key → its answer, where a later one has its name
        stages = {
            key: (exercise.stage.widget, exercise.stage.start)
            for key, exercise in self.exercises.items()
            if exercise.stage
        }
        with JUDGING.left_to_others():  # a box takes seconds to open
            box.begin(limits.total * 2, stages)

    def grade(self, cells: list[tuple[str, str]]) -> None:
        """Runs every cell and finds a verdict on every exercise."""
        for number, (grade_id, source) in enumerate(cells):
            keys = self.answered_in(grade_id, source)
            effort = max([self.exercises[key].effort for key in keys], default=1.0)
            trouble, asked = self.run(number, source, effort)
            for key in keys if trouble else ():
                self.trouble[key] = trouble
            for key, answer in asked:
                self.judge(key, answer)
            for key in keys:
                if grade_id == id_of(key) and not self.exercises[key].takes_function:
                    self.early[key] = self.named(key)
        for key, task in self.tasks.items():
            if key in self.progress.verdicts:
                continue
            if key in self.trouble:
                self.note(key, "failed", message=self.trouble[key])
                continue
            found = self.early.get(key) or self.named(key)
            if "answer" in found:
                self.judge(key, found["answer"])
            else:
                message = f"The notebook defines no `{task.answer}`: is its cell deleted?"
                self.note(key, "missing", message=message)

    def named(self, key: str) -> dict[str, Any]:
        """What stands under the names of an answer now."""
        self.step(f"check {key}")
        return ask(self.box, "named", *names_in(self.tasks[key]), seconds=self.limits.seconds)

    def step(self, name: str) -> None:
        """What is done now, should it take the process with it. Errors: Gone, with no step."""
        self.progress.step = name
        if JUDGING.clock() > self.until:
            self.progress.step = ""
            raise Gone(f"The notebook ran for {self.limits.total:.0f} s and was stopped.")

    def run(self, number: int, source: str, effort: float) -> tuple[str, list]:
        """Runs a cell: why it stopped, or "", and what it asks."""
        step = f"cell {number}"
        if step in self.progress.skip:
            return self.progress.skip[step], []
        self.step(step)
        limit = {"seconds": self.limits.seconds * effort, "by_work": effort > 1}
        found = ask(self.box, "cell", source, f"<cell {number}>", **limit)
        trouble, asked = found.get("trouble"), found.get("asked")
        demand(isinstance(trouble, str) and isinstance(asked, list) and all(map(is_pair, asked)))
        return clean(trouble)[:LONGEST], asked

    def answered_in(self, grade_id: str, source: str) -> list[str]:
        """The exercises whose answer a cell defines."""
        found = []
        for key, task in self.tasks.items():
            name = re.escape(names_in(task)[0])
            defines = rf"(?m)^[ \t]*(def[ \t]+{name}\b|{name}[ \t]*=)"
            if grade_id == id_of(key) or re.search(defines, source):
                found.append(key)
        return found

    def judge(self, key: Any, described: Any) -> None:
        """Finds the verdict on one answer. The first of a prediction counts, else the last."""
        exercise = self.exercises.get(key) if isinstance(key, str) else None
        if exercise is None or (key in self.progress.verdicts and exercise.kind == "predict"):
            return
        step = f"check {key}"
        if step in self.progress.skip:
            self.note(key, "failed", message=self.progress.skip[step])
            return
        self.step(step)
        began = time.perf_counter()
        answer = answer_of(described, self.box, exercise, self.limits.seconds)
        verdict = judge(exercise, answer, self.limits.seconds)
        seconds = round(time.perf_counter() - began, 2)
        if exercise.kind == "open" and verdict.misconception not in UNREAD:
            words = answer[0] if isinstance(answer, tuple) else answer
            self.note(key, "written", message=str(words))
        elif verdict.misconception == "still the stub":
            self.note(key, "stub", seconds=seconds)
        elif verdict.ok:
            self.note(key, "solved", seconds=seconds)
        else:
            why = reason(verdict.message, verdict.misconception)
            self.note(key, "wrong", verdict.misconception, why, seconds)

    def note(
        self, key: str, outcome: str, misconception: str = "", message: str = "", seconds=0.0
    ) -> None:
        """Keeps a verdict. Of several on one exercise, the last counts."""
        longest = MOST_WORDS if outcome == "written" else LONGEST
        self.progress.verdicts[key] = {
            "outcome": outcome, "misconception": clean(misconception),
            "message": clean(message)[:longest], "seconds": seconds,
        }  # fmt: skip


def id_of(key: str) -> str:
    """The id that nbgrader gives to the cell of an answer."""
    return key.replace(".", "-")


def names_in(task: Task) -> list[str]:
    """The names that an answer consists of: "my_words, my_ticks" are two."""
    return task.answer.split(", ")


def reason(message: str, name: str) -> str:
    """The first sentence of a message, after the misconception's name."""
    rest = message.removeprefix(f"{name}. ")
    return re.split(r"(?<=[.!?])\s", " ".join(rest.split()), maxsplit=1)[0]


def points_of(exercise: Exercise) -> int:
    """What a solved exercise counts: one point, or none for what a person grades."""
    return 0 if exercise.kind == "open" else 1
