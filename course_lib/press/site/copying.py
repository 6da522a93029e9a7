"""A notebook as the site shows it: a copy made for the page, the stored notebook stays as it is.

What answers a bet is folded as in the notebook. Pictures keep their alternative texts, which
myst-nb would lose. A widget that can move here replaces its still picture.
"""

import base64
import hashlib
import html
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from course_lib.press.notebooks import folds
from course_lib.press.notebooks.contents import WIDGET_CELL

PLACEHOLDER = "(run this cell to make it live)"
NO_BET = " There is no bet of yours."
PICTURES = Path("_static", "pictures")
COVER = "<!-- unfolds with your bet -->"
FOLDED = {
    (True, True): "hide-cell", (True, False): "hide-input", (False, True): "hide-output",
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """Where a copy goes: the folder of the site's sources, and how many folders below it lies."""

    sources: Path
    depth: int = 1
    moving: Callable[[str], str | bool] = lambda key: (
        False
    )  # a widget's key → its figure, or nothing

    @property
    def up(self) -> str:
        """The way from the page to the site's first folder."""
        return "../" * self.depth


def copied(nb: NotebookNode, page: Page, below_title: str = "") -> NotebookNode:
    """The notebook for the page; `below_title` is HTML that stands under its heading."""
    for cell in nb.cells:
        if cell.cell_type == "code":
            _fold(cell)
            cell.outputs = _outputs(cell, page)
        elif cell.metadata.get("jupyter", {}).get("source_hidden"):
            text = cell.source.removeprefix(COVER).strip()
            cell.source = details("What came out", text)
    if below_title and nb.cells:
        title, _, rest = nb.cells[0].source.partition("\n")
        nb.cells[0].source = f"{title}\n\n{below_title}\n\n{rest.strip()}"
    return nb


def details(summary: str, text: str) -> str:
    """Markdown that is folded away until a reader opens it."""
    return f'<details class="course-answer"><summary>{summary}</summary>\n\n{text}\n\n</details>'


def _fold(cell: NotebookNode) -> None:
    marks = cell.metadata.get("jupyter", {})
    hidden = bool(marks.get("source_hidden")), bool(marks.get("outputs_hidden"))
    if hidden in FOLDED and (cell.outputs or hidden[0]):
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), FOLDED[hidden]]


def _outputs(cell: NotebookNode, page: Page) -> list[NotebookNode]:
    """What the page shows of a cell's outputs."""
    found = WIDGET_CELL.search(cell.source)
    figure = found and page.moving(found[1])
    if figure:
        return [_as_html(figure)]
    kept = []
    for output in cell.outputs:
        data = output.get("data", {})
        if PLACEHOLDER in data.get("text/plain", ""):
            continue
        if "image/png" in data:
            output = _as_html(picture(data["image/png"], output.metadata, page))
        if output.output_type == "stream":
            output.text = output.text.replace(NO_BET, "")  # the page asks for one
        kept.append(output)
    return kept + [_as_html(bet_form(key)) for key in sorted(folds.called("bet", cell))]


def bet_form(key: str) -> str:
    """Where a reader writes a bet down: it unfolds what answers it, up to the next bet."""
    return (
        f'<form class="course-bet" data-bet="{html.escape(key, quote=True)}">'
        '<label>Your bet <input type="text" required maxlength="80" autocomplete="off"></label>'
        '<button type="submit">Lock it, and unfold what came out</button>'
        "<span>It stays in this browser.</span></form>"
    )


def _as_html(text: str) -> NotebookNode:
    return new_output("display_data", data={"text/html": text, "text/plain": ""})


def picture(png: str, metadata, page: Page) -> str:
    """An image as HTML; its file, named by its content, goes into the site's sources."""
    raw = base64.b64decode(png)
    name = f"{hashlib.sha256(raw).hexdigest()[:16]}.png"
    file = page.sources / PICTURES / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(raw)
    width, height = struct.unpack(">II", raw[16:24])
    look = metadata.get("image/png", metadata)
    alt = html.escape(look.get("alt", ""), quote=True)
    return (
        f'<img class="course-picture" src="{page.up}{PICTURES.as_posix()}/{name}" alt="{alt}" '
        f'width="{look.get("width", width)}" height="{look.get("height", height)}" loading="lazy">'
    )
