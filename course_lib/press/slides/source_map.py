"""Where each slide of the talk behind the course went: `lessons/talk/source_map.json`.

A row is one slide of the source: the line of its text at which it begins and how that line begins,
our slides by their titles, and the notebook section that teaches it, as `NN_name#Heading`. A slide
of the source that only shows a picture has no line of its own and belongs to the row before.
"""

import json
import re
from pathlib import Path

from course_lib.ground.paths import written_for
from course_lib.press.notebooks.files import read_text
from course_lib.press.slides.deck import slides_of

HEADING = re.compile(r"(?m)^#{2,3} +(.+?) *$")


def read_map(root: Path) -> dict:
    """The name of the source's file, and a row per slide of it."""
    return json.loads((root / "lessons" / "talk" / "source_map.json").read_text(encoding="utf-8"))


def missing_targets(rows: list[dict], root: Path) -> list[str]:
    """Slides of the source without a slide of ours, or without a section in a notebook."""
    titles = {s.title for s in slides_of(read_text(written_for("talk", "slides", root)))}
    found = []
    for row in rows:
        absent = [title for title in row["slides"] if title not in titles]
        if absent or not row["slides"]:
            found.append(f"{row['source']}: the talk has no slide {absent or 'for it'}.")
        name, _, heading = row["notebook"].partition("#")
        path = written_for(name, "lesson", root)
        cells = read_text(path).cells if path.exists() else []
        if not any(heading in HEADING.findall(cell.source) for cell in cells):
            found.append(f"{row['source']}: there is no section {row['notebook']}.")
    return found


def uncovered(rows: list[dict], text: str) -> list[str]:
    """Where the rows and the source's text disagree: every line must belong to exactly one row.

    A line that repeats the beginning of a row's slide, further down and in no row, is a slide that
    the rows forget: the source builds its slides up by repeating them.
    """
    lines = [line.strip() for line in text.splitlines()]
    starts = [row["line"] for row in rows]
    found = []
    if starts != sorted(set(starts)) or any(lines[: starts[0] - 1]):
        found.append("The rows don't follow the source from its first line on.")
    for row, end in zip(rows, [*starts[1:], len(lines) + 1], strict=True):
        mine = [line for line in lines[row["line"] - 1 : end - 1] if line]
        if not mine or not mine[0].startswith(row["begins"]):
            found.append(f"{row['source']}: line {row['line']} does not begin {row['begins']!r}.")
        elif mine.count(mine[0]) > 1:
            found.append(f"{row['source']}: {mine[0][:40]!r} comes again: that is another slide.")
    return found
