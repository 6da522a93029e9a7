"""The kill matrix: every check against wrong answers, right answers, its stub and its solution.

The answers stand beside the masters (`answers.py`). An answer is source text, run as if a student
had typed it into the stub's cell, after the cells above it.
"""

import ast
import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.checks.exercise import Exercise
from course_lib.checks.judging import Verdict, all_exercises, judge, lacks
from course_lib.checks.masters import (
    ROOT,
    Task,
    bare_solution,
    masters,
    student_source,
    tasks,
    texts,
)
from course_lib.press.exercises.answers import Answers, answers
from course_lib.press.exercises.plain_inputs import hidden, watched

FEWEST_WRONG, FEWEST_RIGHT = 4, 2


@dataclass
class Matrix:
    """How many wrong answers were rejected, and by name; right ones accepted; what survives.

    `plain_inputs` counts the right answers that were accepted and were given nothing unusual that
    the task's text is silent on.
    """

    exercises: int = 0
    mutants: int = 0
    killed: int = 0
    named: int = 0
    rights: int = 0
    accepted: int = 0
    plain_inputs: dict[str, int] = field(default_factory=lambda: {"rights": 0, "accepted": 0})
    survivors: list[str] = field(default_factory=list)


def verify(
    exercises: list[Exercise] | None = None,
    root: Path = ROOT,
    known: Callable[[str], Answers] | None = None,
) -> Matrix:
    """The kill matrix of these exercises, or of all; `known` in place of the stored answers."""
    matrix = Matrix()
    everything = {key: task for path in masters(root) for key, task in tasks(path).items()}
    said = {key: text for path in masters(root) for key, text in texts(path).items()}
    chosen = all_exercises() if exercises is None else exercises
    for exercise in chosen:
        if lacks(exercise):
            continue  # it says so to the student too
        matrix.exercises += 1
        if exercise.key not in everything:
            matrix.survivors.append(f"{exercise.key}: it has no master")
        else:
            mine = known(exercise.key) if known else answers(exercise.key, root)
            verify_one(exercise, everything[exercise.key], mine, matrix, said.get(exercise.key, ""))
    if exercises is None:
        keys = {exercise.key for exercise in chosen}
        orphans = sorted(set(everything) - keys)
        matrix.survivors += [f"{key}: a master without an exercise" for key in orphans]
    return matrix


def verify_one(
    exercise: Exercise, task: Task, mine: Answers, matrix: Matrix, text: str = ""
) -> None:
    """Adds one exercise to the matrix."""
    scene = namespace(task)
    survivors = matrix.survivors
    if exercise.kind == "explore":  # a widget keeps what an earlier answer has moved
        scene = lambda: namespace(task)  # noqa: E731
    for wrong in mine.wrong:
        verdict = verdict_on(exercise, task, wrong.source, scene)
        named = not verdict.ok and wrong.fragment in verdict.message
        matrix.mutants += 1
        matrix.killed += not verdict.ok
        matrix.named += named
        if verdict.ok:
            survivors.append(f"{exercise.key} accepts the wrong answer “{wrong.name}”")
        elif not named:
            survivors.append(
                f"{exercise.key} calls “{wrong.name}” something else: {verdict.message}"
            )
        elif verdict.picture is not None:
            verdict.picture()  # must not fail, and has an alternative text
    rights = [bare_solution(task.solution), *mine.right]
    secret: set[str] = set()
    for number, source in enumerate(rights):
        with watched() as seen:
            verdict = verdict_on(exercise, task, source, scene)
        unsaid = hidden(seen, text)
        secret.update(unsaid)
        matrix.rights += number > 0
        matrix.accepted += number > 0 and verdict.ok
        matrix.plain_inputs["rights"] += number > 0
        matrix.plain_inputs["accepted"] += number > 0 and verdict.ok and not unsaid
        if not verdict.ok:
            which = f"right answer {number}" if number else "own solution"
            survivors.append(f"{exercise.key} rejects its {which}: {verdict.message}")
    survivors += [
        f"{exercise.key} feeds {name}; its text doesn't say so" for name in sorted(secret)
    ]
    stub = verdict_on(exercise, task, student_source(task.solution, exercise.given), scene)
    if stub.ok or stub.is_attempt:
        survivors.append(f"{exercise.key} does not recognise its stub: {stub.message}")
    survivors += [f"{exercise.key}: {problem}" for problem in shortcomings(mine, rights)]


def shortcomings(mine: Answers, rights: list[str]) -> list[str]:
    """What an exercise lacks: wrong answers, names of their own, different right answers."""
    found = []
    names = [wrong.name for wrong in mine.wrong]
    if len(set(names)) < FEWEST_WRONG:
        found.append(f"{len(set(names))} named wrong answers; {FEWEST_WRONG} are needed")
    if len(set(names)) < len(names):
        found.append("two wrong answers have one name")
    if len({ast.dump(ast.parse(source)) for source in rights}) <= FEWEST_RIGHT:
        found.append(f"fewer than {FEWEST_RIGHT} right answers that differ from the solution")
    return found


def namespace(task: Task) -> dict[str, Any]:
    """The names that the notebook has defined before the stub's cell."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for source in task.setup:
        run(source, names)
    return names


def verdict_on(
    exercise: Exercise, task: Task, source: str, names: dict[str, Any] | Callable[[], dict]
) -> Verdict:
    """The verdict on an answer that is given as source text; `names` may make them anew."""
    mine = names() if callable(names) else dict(names)
    run(source, mine)
    return judge(exercise, eval(task.answer, mine))


def run(source: str, names: dict[str, Any]) -> None:
    """Runs a cell; what it prints is nobody's business here."""
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<answer>", "exec"), names)
