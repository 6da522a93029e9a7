"""Brings a notebook's two files in step, whichever of them a person edited."""

import json
import subprocess
from difflib import SequenceMatcher
from pathlib import Path

from nbformat import NotebookNode

from course_lib.press.notebooks import reads
from course_lib.press.notebooks.files import (
    Pair,
    fingerprint,
    kept_metadata,
    plain_source,
    read_notebook,
    read_text,
    write_notebook,
    write_text,
)
from course_lib.press.notebooks.normal import normalise


class BothChanged(ValueError):
    """The text and the .ipynb were both edited since they last agreed."""


def sync(pair: Pair) -> str:
    """A sentence that says what was done; afterwards both files hold the same cells.

    The .ipynb remembers the cells that both files had when they last agreed. The file that
    differs from it is the edited one. Outputs of unchanged cells stay.

    Raises:
        BothChanged: both files were edited: the caller decides which one counts.
    """
    if not pair.ipynb.exists():
        write_notebook(stamped(normalise(read_text(pair.text))), pair.ipynb)
        return "made the .ipynb; nothing has been run yet"
    nb = read_notebook(pair.ipynb)
    if not pair.text.exists():
        write_text(nb, pair.text)
        write_notebook(stamped(normalise(nb)), pair.ipynb)
        return "made the text from the .ipynb"
    text = read_text(pair.text)
    agreed = nb.metadata.get("course", {}).get("agreed") or agreed_in_git(pair.ipynb)
    if fingerprint(text) == fingerprint(nb):
        done = "in step"
    elif fingerprint(nb) == agreed:
        nb, lost = with_outputs_of(text, nb)
        done = "text → .ipynb" + (
            f"; stale code cells: {', '.join(map(str, lost))}" if lost else ""
        )
    elif fingerprint(text) == agreed:
        write_text(nb, pair.text)
        done = ".ipynb → text"
    else:
        raise BothChanged(
            f"{pair.name}: the text and the .ipynb were both edited (first difference: "
            f"{first_difference(text, nb)}). Put the one that you don't want aside, under another "
            "name elsewhere, and sync again."
        )
    write_notebook(stamped(normalise(nb)), pair.ipynb)
    return done + ("; its outputs are stale: run it" if is_stale(nb) else "")


def agreed_in_git(path: Path) -> str | None:
    """What both files held when they last agreed, as git's copy of the .ipynb remembers it.

    Colab drops the notebook's own memory. None without git, or for a file that git doesn't know.
    """
    show = ["git", "show", f"HEAD:./{path.name}"]
    try:
        run = subprocess.run(show, cwd=path.parent, capture_output=True, timeout=20, check=False)
        return json.loads(run.stdout)["metadata"]["course"]["agreed"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return None


def is_stale(nb: NotebookNode) -> bool:
    """Whether the code, or a number it reads, has changed since the outputs were made."""
    return bool(older_than(nb))


def older_than(nb: NotebookNode) -> str:
    """What has changed since the outputs were made, in words; "" where nothing has."""
    if not any(cell.cell_type == "code" for cell in nb.cells):
        return ""
    if nb.metadata.get("course", {}).get("ran") != fingerprint(nb, code_only=True):
        return "the code"
    return " and ".join(reads.changed(nb))


def stamped(nb: NotebookNode) -> NotebookNode:
    """`nb` with the note that both files hold these very cells now."""
    nb.metadata["course"] = {**nb.metadata.get("course", {}), "agreed": fingerprint(nb)}
    return nb


def with_outputs_of(text: NotebookNode, old: NotebookNode) -> tuple[NotebookNode, list[int]]:
    """The cells of `text` with the outputs that `old` has for them, and which code cells have none.

    Code cells are counted from 1. Unchanged cells are found as the longest common runs, so that
    a cell put in, moved or edited costs no other cell its output.
    """
    new_code = [cell for cell in text.cells if cell.cell_type == "code"]
    old_code = [cell for cell in old.cells if cell.cell_type == "code"]
    sources = [[plain_source(cell) for cell in cells] for cells in (new_code, old_code)]
    matcher = SequenceMatcher(None, *sources, autojunk=False)
    for new, start, size in matcher.get_matching_blocks():
        for cell, had in zip(
            new_code[new : new + size], old_code[start : start + size], strict=True
        ):
            cell.outputs, cell.execution_count = had.outputs, had.execution_count
    text.metadata["course"] = old.metadata.get("course", {})
    lost = [i for i, cell in enumerate(new_code, 1) if cell.execution_count is None]
    return text, lost


def first_difference(text: NotebookNode, nb: NotebookNode) -> str:
    """Which cell is the first that the two notebooks don't share, with its first line."""
    for i, (one, other) in enumerate(zip(text.cells, nb.cells, strict=False), 1):
        same_source = plain_source(one) == plain_source(other) and one.cell_type == other.cell_type
        if not same_source or kept_metadata(one) != kept_metadata(other):
            return f"cell {i}, {plain_source(one).partition(chr(10))[0]!r} in the text"
    return f"{len(text.cells)} cells in the text, {len(nb.cells)} in the .ipynb"
