"""The master sources of the exercises: `lessons/NN_title/exercises.py` (py:percent).

One master holds text, solutions and checks. A code cell with `### BEGIN SOLUTION` and
`### END SOLUTION` is the student's; a cell that calls `check("05.2", …)` or `predict("05.2", …)`
asks for the verdict. The head of an exercise is a text cell that begins with `## 05.2`: title,
minutes and the like are filled in from `course_lib.checks.eNN`, so they can't differ.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from course_lib.checks.exercise import KINDS, Criterion, Exercise
from course_lib.checks.judging import find
from course_lib.ground.paths import ROOT, written

SOLUTIONS = Path("exercises", "solutions")  # the instructor's notebooks
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
REGION = re.compile(rf"(?m)^([ ]*){BEGIN}\n(.*?)^[ ]*{END}\n?", re.DOTALL)
HEAD = re.compile(r"\A## (\d\d\.\d+)[ ]*$", re.MULTILINE)
CALL = re.compile(r"(?m)^(?:check|predict|reflect)\(\"(\d\d\.\d+)\", (.+)\)$")
CELL = re.compile(r"(?m)^# %%.*\n")


@dataclass(frozen=True)
class Task:
    """What one exercise has in its master: the stub's cell, and the expression that is checked."""

    key: str
    solution: str  # the whole cell with its markers
    answer: str  # "my_function"
    setup: tuple[str, ...]  # the code cells before it, without checks; solutions: see `after`


def masters(root: Path = ROOT) -> list[Path]:
    """The master sources, in order."""
    return written("exercises", root)


def all_cells(path: Path) -> list[tuple[str, str]]:
    """The first line and the source of each of a master's cells."""
    text = path.read_text(encoding="utf-8")
    marks = [*CELL.finditer(text)]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [
        (m.group(), text[m.end() : end].strip("\n")) for m, end in zip(marks, ends, strict=True)
    ]


def code_cells(path: Path) -> list[str]:
    """The sources of a master's code cells."""
    return [source for mark, source in all_cells(path) if "[markdown]" not in mark]


def texts(path: Path) -> dict[str, str]:
    """What a student reads of each exercise in one master, by key; headings filled in later."""
    found: dict[str, str] = {}
    key = ""
    for mark, source in all_cells(path):
        if "[markdown]" in mark:
            text = re.sub(r"(?m)^# ?", "", source)
            match = HEAD.match(text)
            key = match.group(1) if match else key
            if key:
                found[key] = found.get(key, "") + text
    return found


def tasks(path: Path) -> dict[str, Task]:
    """The exercises of one master by key. Errors: ValueError for a stub that is missing."""
    found: dict[str, Task] = {}
    setup: list[str] = []
    waiting = ""
    for source in code_cells(path):
        called = CALL.search(source)
        if BEGIN in source:
            waiting = source
        elif called:
            key, answer = called.groups()
            if not waiting:
                raise ValueError(
                    f"{path.parent.name}: {key} has no cell with {BEGIN} before its check."
                )
            earlier = [bare_solution(found[other].solution) for other in find(key).after]
            found[key] = Task(key, waiting, answer, (*setup, *earlier))
            waiting = ""
        else:
            setup.append(source)
    return found


def student_source(source: str, given: str = "") -> str:
    """A cell as the student gets it: `...` or the `given` code where the solution stood."""

    def stub(match: re.Match) -> str:
        indent, inside = match.groups()
        if given:
            return given.strip("\n") + "\n"
        name = assigned(inside) if not indent else ""
        return f"{name} = ...  # your answer\n" if name else f"{indent}...  # your code\n"

    return REGION.sub(stub, source + "\n").rstrip("\n")


def assigned(source: str) -> str:
    """The name that a single assignment sets, or "" where the source is something else."""
    body = ast.parse(source).body
    only = body[0] if len(body) == 1 else None
    is_name = isinstance(only, ast.Assign) and isinstance(only.targets[0], ast.Name)
    return only.targets[0].id if is_name else ""


def bare_solution(source: str) -> str:
    """A cell with its solution, without the markers."""
    return "\n".join(line for line in source.split("\n") if line.strip() not in (BEGIN, END))


def solution_of(key: str, root: Path = ROOT) -> str | None:
    """The worked solution of an exercise, or None where the masters aren't there."""
    for path in masters(root):
        if path.parent.name.startswith(key.partition(".")[0]) and key in tasks(path):
            return bare_solution(tasks(path)[key].solution)
    return None


def filled_head(source: str) -> str:
    """A text cell with its line `## 05.2` completed; other cells stay as they are."""
    match = HEAD.match(source)
    if not match:
        return source
    exercise = find(match.group(1))
    text = head(exercise) + source[match.end() :] + option_list(exercise)
    return text + (f"\n\n{rubric_table(exercise.rubric)}" if exercise.rubric else "")


def head(exercise: Exercise) -> str:
    """Key, title, difficulty, importance, minutes, kind and objective, as Markdown."""
    dots, squares = (
        full * number + empty * (3 - number)
        for number, full, empty in (
            (exercise.difficulty, "●", "○"),
            (exercise.importance, "■", "□"),
        )
    )
    return (
        f"## {exercise.key} · {exercise.title}\n\n"
        f"*Difficulty {dots} · importance {squares} · about {exercise.minutes} minutes · "
        f"{KINDS[exercise.kind]}*\n\n"
        f"Afterwards you can {exercise.objective}."
    )


def option_list(exercise: Exercise) -> str:
    """The options of a choice, as a Markdown list below the question."""
    rows = [f"- **{letter}**: {option.text}" for letter, option in exercise.options.items()]
    return "\n\n" + "\n".join(rows) if rows else ""


def rubric_table(rubric: tuple[Criterion, ...], points: str = "") -> str:
    """A rubric as a Markdown table; with `points`, a last column of that name to fill in."""
    rows = [["looks at", "0 points", "1 point", "2 points"], ["---"] * 4]
    rows += [[c.looks_at, c.none, c.some, c.full] for c in rubric]
    if points:
        rows = [
            [*row, last]
            for row, last in zip(rows, [points, "---"] + [" "] * len(rubric), strict=True)
        ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
