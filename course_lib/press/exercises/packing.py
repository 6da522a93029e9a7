"""`python -m course_lib class pack FOLDER`: the copy for students, and that for instructors.

The students' copy has no solution, no key, no test and no history. Its questions are sealed:
`course_lib/checks/sealed.py` says what that means.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course_lib.checks import sealed
from course_lib.checks.judging import all_exercises
from course_lib.ground import files, settings
from course_lib.ground.paths import ROOT
from course_lib.press.exercises.leaving_out import leave_out, meant

# Of the course's folder: what only a maker or an instructor needs.
LEFT_OUT = (
    ".ci", ".github", "tests", "benchmarks", "deploy", "lessons", "slides", "docs/plans.md",
    "exercises/solutions",
    "conftest.py", "CONTRIBUTING.md", "requirements-benchmarks.txt", ".gitignore",
    "course_lib/checks/questions", "course_lib/checks/usual.py", "course_lib/press/grading",
    "course_lib/press/exercises", "course_lib/press/slides", "course_lib/press/lesson.py",
    "course_lib/press/lesson_facts.py", "course_lib/slides",
)  # fmt: skip
MOST = 60_000_000  # bytes
HEADS = sealed.HEADS.relative_to(ROOT)
PICTURES = {"e01": "animals", "e03": "three_losses"}  # where older notebooks import them from


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """The exit status: 0 when both copies are there, 1 when something is wrong with them."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib class", description="The course for a class."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    purpose = "write the students' copy and the instructors' copy into a folder"
    command = commands.add_parser("pack", help=purpose, description=purpose.capitalize() + ".")
    command.add_argument("folder", type=settings.place, metavar="FOLDER")
    what = "lessons and exercises that stay with you, such as 07, 06_your_own_question or 05.2"
    command.add_argument("--without", nargs="+", default=[], metavar="NAME", help=what)
    arguments = parser.parse_args(argv)
    target = arguments.folder
    try:
        gone = meant(arguments.without, root)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        print(f"{target} is there already: name a new folder.", file=sys.stderr)
        return 2
    for path in tracked(root):
        put(root, path, target / "instructors")
        if not left_out(path):
            put(root, path, target / "students")
    seal(root, target / "students", gone.keys)
    leave_out(gone, target / "students")
    readme = target / "students" / "README.md"
    files.write(readme, for_students(readme.read_text("utf-8")))
    found = faults(target / "students")
    size = sum(path.stat().st_size for path in (target / "students").rglob("*") if path.is_file())
    print(f"{target / 'students'}: {size / 1e6:.0f} MB, to hand out.")
    print(f"{target / 'instructors'}: everything, without history.")
    print("\n".join(found) or "The students' copy checks answers, and a search finds none in it.")
    return 1 if found else 0


def tracked(root: Path) -> Iterator[Path]:
    """The course's own files, from its folder: what git knows, or all that isn't hidden."""
    git = shutil.which("git")
    said = None
    if git and (root / ".git").exists():
        command = [git, "-C", str(root), "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard"]  # fmt: skip
        said = subprocess.run(command, capture_output=True, check=False)
    if said is not None and said.returncode == 0:
        names = [Path(name) for name in said.stdout.decode().split("\0") if name]
        yield from (name for name in names if (root / name).is_file())
        return
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        if path.is_file() and not any(p[0] == "." or p == "__pycache__" for p in parts):
            yield path.relative_to(root)


def left_out(path: Path) -> bool:
    """Whether a file stays with the instructors."""
    return any(path.is_relative_to(name) for name in LEFT_OUT)


def put(root: Path, path: Path, target: Path) -> None:
    """Copies a file to the same place in another folder."""
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / path, target / path)


def for_students(readme: str) -> str:
    """The README without what only instructors and lecturers do."""
    parts = re.split(r"(?m)^(?=## )", readme)
    return "".join(part for part in parts if not part.startswith(("## For instr", "## For lect")))


def seal(root: Path, students: Path, without: set[str]) -> None:
    """Puts the sealed questions and the heads of the exercises where the questions stood."""
    checks = root / "course_lib" / "checks"
    sources = {
        f"{sealed.QUESTIONS}.{path.stem}".removesuffix(".__init__"): path.read_text("utf-8")
        for path in sorted((checks / "questions").glob("*.py"))
    }
    sources["course_lib.checks.usual"] = (checks / "usual.py").read_text("utf-8")
    there = students / "course_lib" / "checks"
    files.write(there / sealed.PLACE.name, sealed.sealed(sources))
    heads = [sealed.head_of(e) for e in all_exercises() if e.key not in without]
    files.write(there / sealed.HEADS.name, json.dumps(heads, ensure_ascii=False, indent=1) + "\n")
    files.write(there / "questions" / "__init__.py", '"""Sealed: see `sealed.py`."""\n')
    for name, picture in PICTURES.items():
        text = f'"""A picture."""\n\nfrom course_lib.checks.pictures import {picture}\n'
        files.write(there / "questions" / f"{name}.py", f'{text}\n__all__ = ["{picture}"]\n')


def faults(students: Path) -> list[str]:
    """What is wrong with a students' copy: too large, an answer in it, or it doesn't check."""
    found = []
    everything = [path for path in students.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in everything)
    if size > MOST:
        found.append(f"It has {size / 1e6:.0f} MB; {MOST / 1e6:.0f} MB are enough.")
    secrets = secret_lines()
    for path in everything:
        if path.suffix in (".py", ".ipynb", ".md", ".json", ".txt", ".toml"):
            text = path.read_text("utf-8")
            plain = (
                text.replace("\\n", "\n").replace('\\"', '"') if path.suffix == ".ipynb" else text
            )
            hits = [line for line in secrets if line in plain]
            if hits:
                found.append(f"{path.relative_to(students)} holds a line of an answer: {hits[0]}")
    code, expected = a_try(students)
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=students, check=False,
        env={"PATH": "", "COURSE_PROGRESS": str(students.parent / "progress.json")},
    )  # fmt: skip
    (students.parent / "progress.json").unlink(missing_ok=True)
    said = [line.split(":")[0].split(".")[0] for line in ran.stdout.splitlines()]
    if [line for line in said if line in ("Right", "Not yet")] != expected:
        found.append(f"It does not check answers: {ran.stdout[-300:]} {ran.stderr[-300:]}")
    for path in students.rglob("__pycache__"):
        shutil.rmtree(path)
    return found


def a_try(students: Path) -> tuple[str, list[str]]:
    """Calls of `check` on the copy's first choice and first function, and what they should say."""
    heads = {head["key"] for head in json.loads((students / HEADS).read_text("utf-8"))}
    code, expected = ["from course_lib.checks import check"], []
    here = [exercise for exercise in all_exercises() if exercise.key in heads]
    for exercise in [e for e in here if e.kind == "choice"][:1]:
        letters = sorted(exercise.options, key=lambda x: exercise.options[x].name)
        code += [f"check({exercise.key!r}, {x!r})" for x in (letters[-1], letters[0])]
        expected += ["Not yet", "Right"]
    for exercise in [e for e in here if e.kind == "write"][:1]:
        code.append(f"check({exercise.key!r}, lambda *given: 'nothing')")
        expected.append("Not yet")
    return "\n".join(code), expected


def secret_lines() -> list[str]:
    """Whole lines of solutions that no lesson, no given code and no advice holds."""
    from course_lib.checks.masters import REGION, bare_solution, masters, student_source, tasks

    known = [(key, task) for path in masters() for key, task in tasks(path).items()]
    given = {e.key: e.given for e in all_exercises()}
    lines = {
        line.strip()
        for key, task in known
        for line in bare_solution(task.solution).splitlines()
        if len(line.strip()) > 30
        and line.strip() not in student_source(task.solution, given.get(key, ""))
    }
    shown = [path.read_text("utf-8") for path in (ROOT / "lessons").glob("*/lesson.py")]
    shown += [REGION.sub("", path.read_text("utf-8")) for path in masters()]
    shown += [(ROOT / "course_lib" / "checks" / "torch_errors.py").read_text("utf-8")]
    shown += [
        path.read_text("utf-8")
        for path in (ROOT / "course_lib").rglob("*.py")
        if "checks" not in path.parts and "press" not in path.parts
    ]
    taught = "\n".join([*shown, *given.values()])
    return sorted(line for line in lines if line not in taught)
