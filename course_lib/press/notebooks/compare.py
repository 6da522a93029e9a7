"""Compares a cell's fresh outputs with the stored ones: texts as numbers, pictures by their look.

`pytest --nbval` and `notebooks check --processors` both ask this module.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from course_lib.press.notebooks.normal import normal_outputs
from course_lib.press.notebooks.numerals import difference
from course_lib.press.notebooks.pictures import png_difference

# What may differ between two runs without meaning anything, and what stands for it.
SANITIZE = {
    re.compile(r"\S*/ipykernel_\d+/\d+\.py"): "CELL",
    re.compile(r"(?:/tmp|/var/folders|/home|/root|/Users)/[^\s'\":]+"): "PATH",
    re.compile(r"\bpid[ =:]+\d+"): "PID",
    re.compile(r"\b0x[0-9a-f]{6,16}\b"): "ADDRESS",
    re.compile(r"\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|seconds|minutes)\b"): "DURATION",
}
PICTURE = "image/png"


def output_differences(stored: list, fresh: list) -> list[str]:
    """What a reader would call different between two lists of outputs, a sentence for each.

    As in nbval, things of different kinds may come in another order: text may overtake a picture.
    """
    old, new = by_kind(stored), by_kind(fresh)
    found = []
    for kind in dict.fromkeys([*old, *new]):
        if len(old[kind]) != len(new[kind]):
            found.append(f"{kind}: {len(old[kind])} are stored, {len(new[kind])} came.")
            continue
        compare = png_difference if kind == PICTURE else difference
        for one, other in zip(old[kind], new[kind], strict=True):
            if said := compare(one, other):
                found.append(f"{kind}: {said}")
    return found


def by_kind(outputs: list) -> defaultdict[str, list[str]]:
    """The contents of a cell's outputs by kind: stdout, text/plain, image/png, …"""
    found = defaultdict(list)
    for output in normal_outputs(outputs):
        for kind, content in contents(output):
            text = content if isinstance(content, str) else json.dumps(content, sort_keys=True)
            found[kind].append(text if kind == PICTURE else sanitized(text))
    return found


def contents(output) -> Iterator[tuple[str, object]]:
    """The kinds and contents of one output; a picture's alternative text and size are one more."""
    if output.output_type == "stream":
        yield output.name, output.text
    elif output.output_type == "error":
        yield "error", f"{output.ename}: {output.evalue}"
    else:
        yield from output.data.items()
        if output.metadata:
            yield "metadata", output.metadata


def sanitized(text: str) -> str:
    """`text` without what belongs to one machine or one hour."""
    for pattern, name in SANITIZE.items():
        text = pattern.sub(name, text)
    return text
