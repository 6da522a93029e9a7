"""A notebook's two files: the text that people edit and the .ipynb that students open."""

import hashlib
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.warnings import MissingIDFieldWarning

from course_lib.ground import files
from course_lib.ground.paths import written, written_for

TIME_LINE = re.compile(r"(?m)^\*(Running|Your) time: .*\*$")
BLANK_TIME = r"*\1 time: …*"
NUMBERED = "[0-9][0-9]_*"
# the folder of products: what they are made from
TEXTS = {"notebooks": "lesson", "slides": "slides", "exercises/solutions": "exercises"}
CELL_METADATA = ("tags", "slideshow")
# As it is typed: jupytext would take a heading `# Why?` for a call for help and drop its `#`.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
# Nothing but the cells stands in the text: no header, no kernel, no versions.
TEXT_ONLY = {
    "notebook_metadata_filter": "-all",
    "cell_metadata_filter": f"{','.join(CELL_METADATA)},-all",
}


@dataclass(frozen=True)
class Pair:
    """One notebook: `text` is the source, `ipynb` the product with its outputs."""

    name: str
    text: Path
    ipynb: Path

    @property
    def number(self) -> str:
        """The two digits that the name starts with."""
        return self.name.partition("_")[0]


def find_pairs(
    root: Path, names: list[str], where: str = "notebooks", pattern: str = NUMBERED
) -> list[Pair]:
    """The notebooks of the course, in order; with `names`, those that a name or its start picks.

    A name may be `04`, `04_maml` or the path of either file. Files that don't start with two digits
    are somebody's own. The decks stand in another folder, `where`.
    """
    folder = root / where
    texts = [path for path in written(TEXTS[where], root) if path.parent.match(pattern)]
    made = [path.stem for path in folder.glob(f"{pattern}.ipynb")]
    known = sorted({*made, *(path.parent.name for path in texts)})
    chosen = known if not names else []
    for name in map(named, names):
        found = [stem for stem in known if stem == name] or [
            stem for stem in known if stem.startswith(name)
        ]
        if not found or not name:
            what = "notebook" if where == "notebooks" else "deck"
            raise ValueError(f"No {what} is called {name!r}: choose from {', '.join(known)}.")
        chosen = [*chosen, *found]
    return [
        Pair(name, written_for(name, TEXTS[where], root), folder / f"{name}.ipynb")
        for name in chosen
    ]


def named(name: str) -> str:
    """The lesson that a name or the path of one of its files means."""
    path = Path(name)
    return path.parent.name if path.suffix == ".py" and path.stem in TEXTS.values() else path.stem


def read_text(path: Path) -> NotebookNode:
    """The notebook that the py:percent text describes; it has no outputs."""
    return jupytext.read(path, fmt=PERCENT)


def write_text(nb: NotebookNode, path: Path) -> None:
    """The cells of `nb` as py:percent text, without outputs and without its running time."""
    cells = [
        NotebookNode(cell, source=plain_source(cell), metadata=kept_metadata(cell))
        for cell in nb.cells
    ]
    bare = nbformat.v4.new_notebook(cells=cells, metadata={"jupytext": TEXT_ONLY})
    files.write(path, jupytext.writes(bare, fmt=PERCENT))


def read_notebook(path: Path) -> NotebookNode:
    """The notebook in an .ipynb file; an old format becomes today's.

    Errors: ValueError for what is no notebook.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MissingIDFieldWarning)  # VS Code, Colab: mended below
            nb = nbformat.read(path, as_version=4)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ValueError(f"{path} is no notebook: restore it with git.") from problem
    nb.nbformat_minor = 5
    for number, cell in enumerate(nb.cells):
        cell.setdefault("id", f"cell-{number}")
    return nb


def notebook_bytes(nb: NotebookNode) -> bytes:
    """The .ipynb file that holds `nb`; equal notebooks give equal bytes."""
    nbformat.validate(nb)
    return (
        json.dumps(split_lines(nb), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    ).encode()


def split_lines(nb: NotebookNode) -> NotebookNode:
    """`nb` with long strings as lists of lines, as Jupyter stores them."""
    return nbformat.v4.rwbase.split_lines(nbformat.from_dict(json.loads(json.dumps(nb))))


def write_notebook(nb: NotebookNode, path: Path) -> None:
    """Writes the file only when its bytes change."""
    new = notebook_bytes(nb)
    if not path.exists() or path.read_bytes() != new:
        files.write(path, new)


def plain_source(cell: NotebookNode) -> str:
    """A cell's source as both files must agree on it: running time and reader's time are blank."""
    source = cell.source.strip("\n")
    return TIME_LINE.sub(BLANK_TIME, source) if cell.cell_type == "markdown" else source


def kept_metadata(cell: NotebookNode) -> dict:
    """The metadata of a cell that means something to the course: tags and slideshow."""
    return {key: cell.metadata[key] for key in CELL_METADATA if cell.metadata.get(key)}


def fingerprint(nb: NotebookNode, *, code_only: bool = False) -> str:
    """Twelve hexadecimal digits of a hash over the cells; with `code_only`, of what is executed."""
    if code_only:
        parts = [plain_source(cell) for cell in nb.cells if cell.cell_type == "code"]
    else:
        parts = [[c.cell_type, plain_source(c), kept_metadata(c)] for c in nb.cells]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
