"""A handed-in notebook's cells, read and run as Jupyter would. (Grading a class.)"""

import ast
import asyncio
import functools
import inspect
import json
import linecache
import re
from collections.abc import Mapping
from typing import Any

from course_lib.checks.boxed.texts import decoded
from course_lib.checks.calling import line_in, worded

# Cell magics with Python below them that runs in the reader's own names.
PYTHON_BELOW = {"time", "timeit", "capture", "prun", "memit", "mprun", "debug", "python3", "python"}
LONGEST = 300  # letters of a message
MOST_PARTS = 5_000_000  # lists and dictionaries of a file: each takes 30 times its two letters


def code_cells(content: bytes) -> list[tuple[str, str]]:
    """The code cells of a notebook: nbgrader's id, or "", and the source.

    Errors: ValueError with a sentence for what is no notebook.
    """
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise ValueError("The notebook has more than five million parts: it isn't read.")
    try:  # what follows the notebook is left alone
        notebook, _ = json.JSONDecoder().raw_decode(decoded(content).lstrip())
    except (ValueError, RecursionError):
        raise ValueError("The file is no notebook: it isn't JSON. Is it cut off?") from None
    cells = parts(notebook, "cells") or [  # or as IPython wrote them until 2014
        cell for sheet in parts(notebook, "worksheets") for cell in parts(sheet, "cells")
    ]
    if not cells:
        raise ValueError("The notebook has no cells.")
    found = []
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            lines = source if isinstance(source, list) else [source]
            text = "".join(line for line in lines if isinstance(line, str))
            found.append((grade_id(cell), text))
    return found


def parts(whole: Any, name: str) -> list:
    """The list of this name in a dictionary, as far as there is one."""
    found = whole.get(name) if isinstance(whole, dict) else None
    return found if isinstance(found, list) else []


def grade_id(cell: Mapping) -> str:
    """What the master's build has written into the cell: "05-1" for an answer."""
    about: Any = cell
    for name in ("metadata", "nbgrader", "grade_id"):
        about = about.get(name, "") if isinstance(about, dict) else ""
    return about if isinstance(about, str) else ""


def program(source: str, name: str) -> Any:
    """A cell, compiled as Jupyter would: with magics, `!`, `?` and `await` outside a function.

    What magics do to Jupyter happens nowhere; the Python below `%%time` and its like is kept.
    """
    try:
        return compile(source, name, "exec")
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        plain = TransformerManager().transform_cell(below_magic(source))
        return compile(plain, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def below_magic(source: str) -> str:
    """A cell without its cell magics: the Python below them, or nothing for another language.

    Line numbers stay.
    """
    lines = source.split("\n")
    for i, line in enumerate(lines):
        magic = re.match(r"%%(\w+)", line.strip())
        if magic is None and line.strip():
            break
        if magic and magic[1] not in PYTHON_BELOW:
            return ""
        lines[i] = "#"
    return "\n".join(lines)


@functools.cache
def event_loop() -> asyncio.AbstractEventLoop:
    """The loop that awaits. It needs a socket to itself, so it is made before sockets are shut."""
    return asyncio.new_event_loop()


def execute(code: Any, names: dict[str, Any]) -> None:
    """Runs a compiled cell, also one with `await` outside a function."""
    if code.co_flags & inspect.CO_COROUTINE:
        event_loop().run_until_complete(eval(code, names))
    else:
        exec(code, names)


class Jupyter:
    """Stands in the place of `get_ipython()`: it takes every wish and does nothing."""

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        """What `files = !ls` gets: no lines."""
        return []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def remember(source: str, name: str) -> None:
    """Lets messages quote the lines of a cell."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)


def what_went_wrong(problem: BaseException, name: str) -> str:
    """An exception in a cell as a sentence."""
    if isinstance(problem, SystemExit):
        return "The cell leaves Python (`exit()`)."
    if isinstance(problem, SyntaxError):
        line, reason = problem.lineno, worded(problem.msg, LONGEST)
    else:
        line, reason = line_in(problem.__traceback__, name), worded(problem, LONGEST)
    place = f" in line {line}" if line else ""
    return f"The cell stops{place}: {type(problem).__name__}: {reason}"
