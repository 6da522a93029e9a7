"""How long each notebook takes, measured, and the table of contents in the README."""

import json
import math
import os
import platform
import re
from datetime import date
from importlib.metadata import version
from pathlib import Path

from nbformat import NotebookNode

import course_lib
from course_lib.ground import files
from course_lib.ground.commit import code_version
from course_lib.press.notebooks.clock import fill_clock
from course_lib.press.notebooks.execute import Seconds
from course_lib.press.notebooks.files import Pair, read_text

TIMES = Path("course_lib", "results", "notebook_times.json")
BEGIN, END = "<!-- contents -->", "<!-- /contents -->"
TIME_LINE = re.compile(r"(?m)^\*Running time: .*\*$")
WIDGET_CELL = re.compile(r"(?m)^(W\d+)\.show\(")


def read_times(root: Path) -> dict[str, dict]:
    """By notebook name: the measured seconds, and the machine and day of the measurement."""
    path = root / TIMES
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    return {row["notebook"]: row for row in rows}


def note_time(root: Path, name: str, took: Seconds) -> None:
    """Keeps a measurement, unless the one in the file differs by less than the usual noise.

    The clock on the wall counts. Where the machine was busy with other things, which shows in wall
    seconds far above the kernel's CPU seconds, the CPU seconds stand in, and the row says so.
    """
    busy = took.wall > 1.5 * took.cpu + 3
    seconds = took.cpu if busy else took.wall
    times = read_times(root)
    if abs(times.get(name, {}).get("seconds", math.inf) - seconds) <= max(3, 0.25 * seconds):
        return
    times[name] = {
        "notebook": name,
        "seconds": round(seconds),
        "clock": "cpu" if busy else "wall",
        "device": "cpu",
        "cores": os.cpu_count(),
        "code": code_version(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "date": date.today().isoformat(),
    }
    rows = [times[name] for name in sorted(times)]
    content = {"made": {"command": "python -m course_lib notebooks run"}, "rows": rows}
    files.write(root / TIMES, json.dumps(content, indent=1) + "\n")


def rounded_up(seconds: float) -> str:
    """A running time as a reader wants it: `15 s` for anything above 10 and up to 15 seconds."""
    return f"{5 * math.ceil(seconds / 5)} s"


def fill_time(nb: NotebookNode, time: dict | None) -> NotebookNode:
    """`nb` with its lines on the running time, if it was measured, and on the reader's time.

    The first one ends with the course's version, so that who asks about a notebook can say it.
    """
    if time:
        took = f"about {rounded_up(time['seconds'])} on {time['cores']} CPU cores"
        line = f"*Running time: {took}. Course version {course_lib.__version__}.*"
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                cell.source = TIME_LINE.sub(line, cell.source)
    return fill_clock(nb)


def headline(nb: NotebookNode) -> tuple[str, str]:
    """A notebook's title, without its number, and the question that it answers.

    The title is the heading of the first cell, the question the first sentence below it that ends
    with a question mark. Either is empty when it is missing.
    """
    heading, _, below = nb.cells[0].source.partition("\n") if nb.cells else ("", "", "")
    title = re.sub(r"^# +(\d+\s*[·.:–—-]?\s*)?", "", heading) if heading.startswith("# ") else ""
    asked = next((part for part in re.split(r"\n\s*\n", below) if "?" in part), "")
    sentence = re.split(r"[.:!][*_]*\s+", asked.partition("?")[0])[-1]
    question = " ".join(sentence.strip().lstrip("#*_> ").split()) + "?" if asked else ""
    return title, question


def widget_ids(nb: NotebookNode) -> list[str]:
    """The widgets that a notebook shows, in order: `["W5", "W6"]`."""
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    return list(dict.fromkeys(WIDGET_CELL.findall(code)))


def table_of_contents(pairs: list[Pair], times: dict) -> str:
    """The table as Markdown; a notebook that was never measured shows a dash."""
    rows = ["| | notebook | the question | live widgets | time |", "|---|---|---|---|---|"]
    for pair in pairs:
        nb = read_text(pair.text)
        title, question = headline(nb)
        seconds = times.get(pair.name, {}).get("seconds")
        time = rounded_up(seconds) if seconds is not None else "–"
        link = f"[{title or pair.name}](notebooks/{pair.name}.ipynb)"
        widgets = ", ".join(widget_ids(nb)) or "–"
        rows.append(f"| {pair.number} | {link} | {question} | {widgets} | {time} |")
    return "\n".join(rows)


def filled_readme(root: Path, pairs: list[Pair]) -> str:
    """The README's text with the table of contents between its two markers as it should be.

    Raises ValueError where the markers are missing.
    """
    text = (root / "README.md").read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md needs the lines {BEGIN} and {END} for its contents.")
    return f"{before}{begin}\n{table_of_contents(pairs, read_times(root))}\n{end}{after}"
