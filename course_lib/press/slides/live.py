"""A deck shown with a kernel behind it: a copy of its notebook for RISE, started by `live.js`.

The copy lies in a folder of its own, so that showing a deck never changes it. Beside it lie RISE's
style sheet, and settings. RISE's start is a switch: called twice it is off again. So one party
only may call it. `autolaunch` is off, the settings do not load RISE (they count only where
`JUPYTER_PREFER_ENV_PATH=0`, as start.py has it), and `live.js` calls it where slides don't stand.
"""

import json
import shutil
from pathlib import Path

from nbformat import NotebookNode, v4

from course_lib.ground import files
from course_lib.press.notebooks.files import Pair, notebook_bytes, read_notebook
from course_lib.press.slides.deck import kind, slides_of, with_total
from course_lib.press.slides.page import SHOWN

HERE = Path(__file__).parent
RISE = {
    "autolaunch": False, "start_slideshow_at": "beginning", "transition": "none", "theme": "white",
    "width": "100%", "height": "100%", "margin": 0, "scroll": False, "slideNumber": True,
    "controls": False, "progress": False, "auto_select": "none", "overlay": "",
}  # fmt: skip


def prepare(pair: Pair, folder: Path) -> Path:
    """The path of the deck's copy in `folder`, made new, with what RISE needs beside it."""
    if not pair.ipynb.exists():
        raise ValueError(
            f"{pair.ipynb.name} is missing: call 'python -m course_lib slides run {pair.name}'."
        )
    settings = folder / "settings"
    for part in ("custom", "nbconfig"):
        (settings / part).mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "live.css", folder / "rise.css")
    (folder / f"{pair.name}.css").write_text("/* RISE asks for it. */\n", encoding="utf-8")
    shutil.copy(HERE / "live_preload.js", settings / "custom" / "custom-preload.js")
    shutil.copy(HERE / "live.js", settings / "custom" / "custom.js")
    by_us = json.dumps({"load_extensions": {"rise/main": False}})
    (settings / "nbconfig" / "notebook.json").write_text(by_us, encoding="utf-8")
    path = folder / f"{pair.name}.ipynb"
    files.write(path, notebook_bytes(live_copy(read_notebook(pair.ipynb))))
    return path


def live_copy(nb: NotebookNode) -> NotebookNode:
    """The notebook as RISE shows it: no outputs yet, code that is to be seen as text."""
    slides = slides_of(nb)
    cells, first = [], True
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            if first and kind(cell) == "slide":
                cell.source, first = with_total(cell.source, slides), False
        else:
            cell.outputs, cell.execution_count = [], None
            if SHOWN in cell.metadata.get("tags", []):
                text = v4.new_markdown_cell(f"```python\n{cell.source}\n```")
                text.id, text.metadata = f"{cell.id}-code", dict(cell.metadata)
                cell.metadata = {"slideshow": {"slide_type": "-"}}
                cells.append(text)
        cells.append(cell)
    nb.cells = cells
    nb.metadata["rise"] = RISE
    return nb
