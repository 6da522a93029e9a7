"""What a finished notebook must look like: each rule yields sentences about what breaks it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from course_lib.press.notebooks.contents import fill_time, headline
from course_lib.press.notebooks.files import (
    Pair,
    fingerprint,
    notebook_bytes,
    read_notebook,
    read_text,
)
from course_lib.press.notebooks.folds import COVER, answering, tagged
from course_lib.press.notebooks.normal import normalise
from course_lib.press.notebooks.same_as import mismatches
from course_lib.press.notebooks.sync import older_than

HOW = "[how](../README.md#on-a-hosted-notebook)"
HOSTED = f"*On a hosted notebook, first run `%run home.py`: {HOW}.*"
TELLING = ("assert ", "outcome(")  # how code begins that says what will come out
MOST_CODE_LINES = 15
MOST_PRINTED_LINES = 12
MOST_IGNORED = 0.10
MOST_SECONDS = 60
IGNORING_TAGS = {"nbval-ignore-output", "nbval-skip"}
IGNORING_COMMENT = re.compile(r"(?m)^\s*#+\s*(NBVAL_IGNORE_OUTPUT|NBVAL_SKIP)\s*$")
NO_ALT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=[\"'][^\"'])[^>]*>")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
MACHINE = re.compile(r"/(?:home|root|tmp|Users|var/folders)/\S+|\bat 0x[0-9a-f]{6,}")


def problems(pair: Pair, time: dict | None) -> list[str]:
    """All that is wrong with one notebook; an empty list is the verdict "fine"."""
    for path in (pair.text, pair.ipynb):
        if not path.exists():
            return [f"{path.name} is missing: run 'python -m course_lib notebooks sync'."]
    nb = read_notebook(pair.ipynb)
    if fingerprint(read_text(pair.text)) != fingerprint(nb):
        return ["The text and the .ipynb differ: run 'python -m course_lib notebooks sync'."]
    found = [*headline_problems(nb), *mismatches(nb), *dead_links(nb, pair.ipynb.parent)]
    found += told_too_early(nb)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    for i, cell in enumerate(code, 1):
        found += [f"Code cell {i} {problem}" for problem in cell_problems(cell)]
    if ignored_share(code) > MOST_IGNORED:
        found.append(f"{ignored_share(code):.0%} of the code cells ignore their output; 10 % may.")
    if any(NO_ALT.search(cell.source) for cell in nb.cells if cell.cell_type == "markdown"):
        found.append("A picture in the text has no alternative text: write ![what it shows](…).")
    if old := older_than(nb):
        found.append(f"The outputs are older than {old}: run 'python -m course_lib notebooks run'.")
    elif notebook_bytes(fill_time(normalise(nb), time)) != pair.ipynb.read_bytes():
        found.append("It is not in normal form: run 'python -m course_lib notebooks sync'.")
    if time and time["seconds"] > MOST_SECONDS:
        found.append(f"It took {time['seconds']} s; {MOST_SECONDS} s are allowed.")
    return found


def headline_problems(nb: NotebookNode) -> Iterator[str]:
    """The first cell must name the notebook, ask its question, and help on a foreign machine."""
    title, question = headline(nb)
    if not title:
        yield "The first cell must start with a heading: '# 04 · Title'."
    if not question:
        yield "The first cell must ask the notebook's question, with a question mark."
    if not nb.cells or HOSTED not in nb.cells[0].source.splitlines():
        yield f"The first cell must have this line: {HOSTED}"


def told_too_early(nb: NotebookNode) -> Iterator[str]:
    """Cells that tell an answer in the line that stays visible while they are folded."""
    told = {id(cell) for cell in answering(nb.cells)}
    for cell in nb.cells:
        if cell.cell_type == "markdown" and tagged(cell) and not cell.source.startswith(COVER):
            yield (
                f"A folded text shows its first line: let it begin with {COVER}, not "
                f"{first(cell)!r}."
            )
        if cell.cell_type == "code" and id(cell) in told and cell.source.startswith(TELLING):
            yield f"Folded code shows its first line: begin with another than {first(cell)!r}."


def first(cell: NotebookNode) -> str:
    """A cell's first line."""
    return cell.source.partition("\n")[0]


def dead_links(nb: NotebookNode, folder: Path) -> Iterator[str]:
    """A link to a file of the course must lead to one; addresses in the web are not tried."""
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    for target in LINK.findall(text):
        if not (folder / target).exists():
            yield f"There is a link to {target}, which does not exist."


def code_lines(source: str) -> int:
    """The lines of a cell that are code or comments: docstrings and empty lines don't count."""
    lines = [number for number, line in enumerate(source.split("\n"), 1) if line.strip()]
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic
        return len(lines)
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            words |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(set(lines) - words)


def cell_problems(cell: NotebookNode) -> Iterator[str]:
    """What is wrong with one code cell and its stored outputs."""
    if not cell.source.strip():
        yield "is empty."
        return
    length = code_lines(cell.source)
    if length > MOST_CODE_LINES:
        yield f"has {length} lines of code; {MOST_CODE_LINES} may be: split it, or import plumbing."
    if cell.execution_count is None:
        yield "has not been executed, so nobody compares its output: run the notebook."
    printed = printed_text(cell)
    if len(printed.splitlines()) > MOST_PRINTED_LINES:
        yield f"prints {len(printed.splitlines())} lines; {MOST_PRINTED_LINES} are allowed."
    if match := MACHINE.search(printed):
        yield f"prints something of this machine: {match.group()!r}."
    kinds = {(output.output_type, output.get("name")) for output in cell.outputs}
    if ("error", None) in kinds and "raises-exception" not in cell.metadata.get("tags", []):
        yield "ends in an error."
    if ("stream", "stderr") in kinds:
        yield "writes to stderr: mend what it warns about."


def printed_text(cell: NotebookNode) -> str:
    """All plain text under a cell: what it prints and the value of its last line."""
    streams = [output.text for output in cell.outputs if output.output_type == "stream"]
    values = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(text.rstrip("\n") for text in [*streams, *values] if text)


def is_ignored(cell: NotebookNode) -> bool:
    """Whether nbval is told not to compare the output of a code cell."""
    tags = set(cell.metadata.get("tags", []))
    return bool(tags & IGNORING_TAGS or IGNORING_COMMENT.search(cell.source))


def ignored_share(code: list[NotebookNode]) -> float:
    """The share of code cells whose output nobody compares, from 0 to 1."""
    return sum(map(is_ignored, code)) / max(1, len(code))
