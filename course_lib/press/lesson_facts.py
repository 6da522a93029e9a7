"""`python -m course_lib lesson check --json`: whether the reader acts, and claims have their proof.

It reads the notebooks and runs nothing. A *prompt* asks the reader to commit to an answer; a *bet*
is a card that takes it, one answer for one question; what a *claim* is, `notebooks.claims` says.
"""

import ast
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.claims import COMPARES, claim_in, claims
from course_lib.press.notebooks.files import read_notebook
from course_lib.press.notebooks.folds import ANSWER, NEXT, called
from course_lib.press.notebooks.rules import MOST_CODE_LINES, code_lines
from course_lib.widgets import bets

PROMPT = re.compile(r"\*\*(Bet|Predict)\b")
BETS_NAMES = frozenset(bets.__all__)
SCOPES = (ast.FunctionDef, ast.ClassDef)


@dataclass
class Facts:
    """Counts over the lessons that were asked about, and a sentence for each fault."""

    lessons: int = 0
    prompts: int = 0
    bets: int = 0
    bets_with_outcome: int = 0
    unbound_claims: int = 0
    figures_without_alt: int = 0
    long_cells: int = 0
    problems: list[str] = field(default_factory=list)


def main(lessons: list[str], root: Path = ROOT) -> int:
    """Print the facts as JSON; 0 when there is no problem, else 1."""
    facts = Facts()
    for name in lessons:
        count(name, read_notebook(root / "notebooks" / f"{name}.ipynb"), facts)
    print(json.dumps(asdict(facts), indent=1, ensure_ascii=False))
    return int(bool(facts.problems))


def count(name: str, nb: NotebookNode, facts: Facts) -> None:
    """Add one lesson's notebook to the facts."""
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    texts = [cell for cell in nb.cells if cell.cell_type == "markdown"]
    prompts = sum(len(PROMPT.findall(cell.source)) for cell in texts)
    cards, known = (set().union(*(called(f, cell) for cell in code)) for f in ("bet", "outcome"))
    facts.lessons += 1
    facts.prompts += prompts
    facts.bets += len(cards)
    facts.bets_with_outcome += len(cards & known)
    say = lambda problem: facts.problems.append(f"{name}: {problem}")  # noqa: E731
    if prompts != len(cards):
        say(f"{prompts} prompts ask for a bet, and there are {len(cards)} cards.")
    for key in sorted(cards - known):
        say(f"nothing tells the outcome of the bet {key}.")
    for cell in texts:
        for asked in re.split(r"\n\s*\n", cell.source):
            if "**Bet" in asked and asked.count("?") > 1:
                say(f"a bet takes one answer, and its text asks for more: {asked[:70]!r}.")
    taken = {name for cell in code for name in BETS_NAMES & assigned(cell)}
    if cards and taken:
        say(f"{', '.join(sorted(taken))}: a card above needs this name, and a cell takes it.")
    for cell in code:
        if (length := code_lines(cell.source)) > MOST_CODE_LINES:
            facts.long_cells += 1
            say(f"a code cell has {length} lines: {first_line(cell)!r}.")
        for output in cell.outputs:
            if "image/png" in output.get("data", {}) and not alt_of(output):
                facts.figures_without_alt += 1
                say(f"a figure has no alternative text, under {first_line(cell)!r}.")
    for cell in texts:
        if ANSWER in cell.metadata.get("tags", []) and NEXT.search(cell.source):
            say(f"an answer folds a heading or a prompt away: {first_line(cell)!r}.")
    for cell, _, proof in claims(nb.cells):
        if not proof:
            facts.unbound_claims += 1
            found = COMPARES.search(claim_in(cell)).group()
            say(f"“{found}” has no assert in the cell above: {first_line(cell)!r}.")


def assigned(cell: NotebookNode) -> set[str]:
    """The names that a code cell binds at its top level, imports apart."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:  # a magic
        return set()
    inner = [n for node in tree.body if not isinstance(node, SCOPES) for n in ast.walk(node)]
    names = {n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names | {node.name for node in tree.body if isinstance(node, SCOPES)}


def alt_of(output: NotebookNode) -> str:
    """The alternative text of a picture, or nothing."""
    metadata = output.get("metadata", {})
    return metadata.get("image/png", {}).get("alt") or metadata.get("alt", "")


def first_line(cell: NotebookNode) -> str:
    """The beginning of a cell, to find it by."""
    return cell.source.strip().split("\n")[0][:70]
