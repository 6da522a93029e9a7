"""From a master to two notebooks: the student's with stubs, the instructor's with solutions.

Both carry nbgrader's metadata, so an institution can take the instructor's copies as source
notebooks. Nothing in them depends on a machine or an hour.
"""

from pathlib import Path

from nbformat import NotebookNode

from course_lib.checks.judging import find
from course_lib.checks.masters import (
    BEGIN,
    CALL,
    SOLUTIONS,
    filled_head,
    masters,
    student_source,
    tasks,
)
from course_lib.ground import files
from course_lib.press.notebooks.files import notebook_bytes, read_text
from course_lib.press.notebooks.normal import normalise

POINTS = 1


def built(root: Path) -> dict[Path, bytes]:
    """Every notebook that the masters describe: path → the bytes of the file."""
    files = {}
    for path in masters(root):
        name = f"{path.parent.name}.ipynb"
        files[root / "exercises" / name] = notebook_bytes(student_notebook(path))
        files[root / SOLUTIONS / name] = notebook_bytes(instructor_notebook(path))
    return files


def instructor_notebook(path: Path) -> NotebookNode:
    """The master as a notebook: heads filled in, links counted from its own folder."""
    nb = read_text(path)
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = filled_head(cell.source).replace("](../", "](../../")
            cell.source = cell.source.replace("%run ../", "%run ../../")
    return with_grading(nb, path)


def student_notebook(path: Path) -> NotebookNode:
    """The notebook with a stub in the place of each solution."""
    nb = read_text(path)
    given = {task.solution: find(key).given for key, task in tasks(path).items()}
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = filled_head(cell.source)
        elif BEGIN in cell.source:
            cell.source = student_source(cell.source, given.get(cell.source.strip("\n"), ""))
    return with_grading(nb, path)


def with_grading(nb: NotebookNode, path: Path) -> NotebookNode:
    """`nb` in normal form, its solution and check cells marked for nbgrader."""
    master = read_text(path)
    solved = {task.solution: key for key, task in tasks(path).items()}
    nb = normalise(nb)
    for cell, original in zip(nb.cells, master.cells, strict=True):
        called = CALL.search(original.source) if cell.cell_type == "code" else None
        key = solved.get(original.source.strip("\n"))
        if key and find(key).kind == "open":  # a person reads and grades it
            points = {"solution": True, "grade": True, "points": POINTS}
            cell.metadata["nbgrader"] = grading(key.replace(".", "-"), **points)
        elif key:
            cell.metadata["nbgrader"] = grading(key.replace(".", "-"), solution=True)
        elif called and find(called.group(1)).kind != "open":
            name = called.group(1).replace(".", "-") + "-check"
            cell.metadata["nbgrader"] = grading(name, grade=True, locked=True, points=POINTS)
    return nb


def grading(name: str, *, solution=False, grade=False, locked=False, **points: int) -> dict:
    """nbgrader's metadata for one cell, in its schema 3."""
    flags = {"solution": solution, "grade": grade, "locked": locked, "task": False}
    return {"grade_id": name, "schema_version": 3, **flags, **points}


def drift(root: Path) -> list[str]:
    """What differs between the files on disk and what would be built; empty if nothing does."""
    files = built(root)
    folders = (root / "exercises", root / SOLUTIONS)
    there = {path for folder in folders for path in folder.glob("[0-9][0-9]_*.ipynb")}
    found = [f"{path.relative_to(root)} has no master." for path in sorted(there - set(files))]
    for path, content in files.items():
        if not path.exists():
            found.append(f"{path.relative_to(root)} is missing.")
        elif path.read_bytes() != content:
            found.append(f"{path.relative_to(root)} differs from its master.")
    return found


def build(root: Path) -> list[Path]:
    """Writes the notebooks whose bytes change, and returns their paths."""
    changed = [(p, c) for p, c in built(root).items() if not p.exists() or p.read_bytes() != c]
    for path, content in changed:
        files.write(path, content)
    return [path for path, _ in changed]
