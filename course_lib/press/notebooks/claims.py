"""The ledger of claims, `docs/claims.md`: sentences that compare, and the asserts that carry them.

A *claim* is a text that compares ("more", "faster") right after an output. What carries it stands
in the code between it and the text before, or in the very next cell: the text may come first.
"""

import ast
import re
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from course_lib.press.notebooks.files import Pair, read_notebook

PAGE = Path("docs", "claims.md")
COMPARES = re.compile(
    r"(?<!at )\b(more|less|fewer|most|least|larger|largest|smaller|smallest|better|best|worse|"
    r"worst|faster|slower|higher|lower|longer|shorter|nearer|farther|hardly|"
    r"grows?|shrinks?|falls?|rises?)\b"
)
ASSERT = re.compile(r"(?m)^\s*assert\b")
SENTENCE = re.compile(r"(?<=[.!?:*)])\s+(?=[A-Z*“(])|\n\s*\n|\n- ")
HEADING = re.compile(r"(?m)^## +(.+)$")
HEAD = """# What carries each claim

Every sentence of the notebooks that compares two things, right after a computation, and the asserts
that must hold or the notebook stops. `python -m course_lib notebooks sync` writes this page; a test
keeps it fresh. A name in an assert is explained by the cell that it stands in.
"""


class Claim(NamedTuple):
    """A text that compares after an output, its section, and the cells beside it that assert."""

    cell: NotebookNode
    section: str
    proof: list[NotebookNode]


def claims(cells: list[NotebookNode]) -> list[Claim]:
    """The claims of a notebook, in order."""
    found, code, section = [], [], ""
    for number, cell in enumerate(cells):
        if cell.cell_type == "code":
            code.append(cell)
            continue
        after = cells[number + 1 : number + 2]
        beside = [*code, *(c for c in after if c.cell_type == "code")]
        if any(c.outputs for c in code) and COMPARES.search(claim_in(cell)):
            found.append(Claim(cell, section, [c for c in beside if ASSERT.search(c.source)]))
        code = []
        section = (HEADING.findall(cell.source) or [section])[-1]
    return found


def claim_in(cell: NotebookNode) -> str:
    """The part of a text that speaks of the output above: up to its first heading or prompt."""
    return re.split(r"(?m)^#+ |\*\*(?:Bet|Predict)\b", cell.source)[0]


def sentences(cell: NotebookNode) -> list[str]:
    """The sentences of a claim that compare, each in one line."""
    text = re.sub(r"<!--.*?-->", "", claim_in(cell), flags=re.S)
    parts = [" ".join(part.split()).lstrip("- ") for part in SENTENCE.split(text)]
    return [part for part in parts if COMPARES.search(part)]


def asserts(cells: list[NotebookNode]) -> list[str]:
    """What code cells assert, each in one line."""
    found = []
    for cell in cells:
        source = re.sub(r"(?m)^[%!].*$", "", cell.source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Assert):
                found.append(" ".join((ast.get_source_segment(source, node.test) or "").split()))
    return found


def filled_page(_: Path, pairs: list[Pair]) -> str:
    """The ledger, a chapter for each notebook."""
    parts = [HEAD]
    for pair in pairs:
        found = claims(read_notebook(pair.ipynb).cells)
        number = sum(len(sentences(claim.cell)) for claim in found)
        link = f"[{pair.name}](../notebooks/{pair.name}.ipynb)"
        parts.append(f"## {pair.number}: {number} sentence{'s' * (number != 1)} of {link}\n")
        for claim in found:
            said = " ".join(f"“{sentence}”" for sentence in sentences(claim.cell))
            proof = "".join(f"\n  - `{test}`" for test in asserts(claim.proof))
            parts.append(f"- *{claim.section}*: {said}{proof}")
        parts.append("")
    return "\n".join(parts)
