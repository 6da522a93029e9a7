"""One form for a notebook, whoever ran it and wherever: then only real changes show in a diff."""

import copy
import hashlib
import re

import nbformat
from nbformat import NotebookNode

from course_lib.ground.bundle import WIDGET_VIEW
from course_lib.press.notebooks.files import kept_metadata, plain_source
from course_lib.press.notebooks.folds import fold
from course_lib.press.notebooks.pictures import shrink_png

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LANGUAGE = {
    "name": "python",
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "pygments_lexer": "ipython3",
}
PICTURE_METADATA = ("alt", "width", "height")
PROGRESS = re.compile(r"(?m)^.*\d+%\|.*\|.*(it/s|s/it).*\n?|^\d+it \[\d.*\n?")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
OVERWRITTEN = re.compile(r"(?m)^[^\n]*\r(?=[^\n\r])")


def normalise(nb: NotebookNode) -> NotebookNode:
    """A copy of `nb` in normal form: stable ids, counts 1…n, no traces of a machine or an hour.

    The stamps in `metadata.course`, which say what was synced and run, stay.
    """
    nb = copy.deepcopy(nb)
    course = nb.metadata.get("course", {})
    nb.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    if course:
        nb.metadata["course"] = course
    nb.nbformat, nb.nbformat_minor = 4, 5
    count, seen = 0, {}
    for cell in nb.cells:
        cell.metadata = nbformat.from_dict(kept_metadata(cell))
        cell.source = cell.source.strip("\n")
        cell.id = cell_id(cell, seen)
        cell.pop("attachments", None)
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = normal_outputs(cell.outputs, cell.execution_count)
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = shrink_png(output.data["image/png"])
    fold(nb.cells)
    return nb


def cell_id(cell: NotebookNode, seen: dict[str, int]) -> str:
    """An id that depends on what the cell says and on nothing else; `seen` tells twins apart."""
    digest = hashlib.sha256(f"{cell.cell_type}\n{plain_source(cell)}".encode()).hexdigest()[:10]
    seen[digest] = seen.get(digest, 0) + 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def normal_outputs(outputs: list, count: int | None = None) -> list:
    """The outputs as they are stored and compared: merged streams, no widget views, no progress."""
    kept, streams = [], {}
    for output in map(copy.deepcopy, outputs):
        if output.output_type == "stream":
            if output.name in streams:
                streams[output.name].text += output.text
            else:
                streams[output.name] = output
            continue
        kept, streams = [*kept, *flushed(streams)], {}
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: {ANSI.sub('', output.evalue)}"]
        else:
            is_view = output.data.pop(WIDGET_VIEW, None) is not None
            if is_view and PROGRESS.search(output.data.get("text/plain", "") + "\n"):
                continue
            output.metadata = picture_metadata(output.metadata)
        if output.output_type == "execute_result":
            output.execution_count = count
        kept.append(output)
    return [*kept, *flushed(streams)]


def flushed(streams: dict[str, NotebookNode]) -> list:
    """What was printed between two other outputs: stdout, then stderr, as a terminal shows it."""
    for stream in streams.values():
        stream.text = PROGRESS.sub("", OVERWRITTEN.sub("", stream.text)).rstrip("\r")
    return [s for _, s in sorted(streams.items(), reverse=True) if s.text.strip()]


def picture_metadata(metadata: dict) -> NotebookNode:
    """Of an output's metadata, what describes a picture: its alt text and size."""
    kept = {key: metadata[key] for key in PICTURE_METADATA if key in metadata}
    inner = {k: v for k, v in metadata.get("image/png", {}).items() if k in PICTURE_METADATA}
    return nbformat.from_dict({**kept, **({"image/png": inner} if inner else {})})
