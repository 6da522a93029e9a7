"""Which cells answer a bet: they open folded, in the file too, and unfold with the bet or by hand.

A code cell answers from behind `bet("03.halved", …)` to the one that calls `outcome("03.halved",
…)`, and on to the next heading, bet or widget, since what follows an outcome mostly repeats it. A
widget or a card is there to be used, and always stays open. A text that gives the answer away is
tagged "answer", and so is code that computes the answers to the questions at the end. The .ipynb
alone knows about folding: it follows from the cells, so the text that people edit says nothing of
it.
"""

import ast
import re

from nbformat import NotebookNode

WIDGET = re.compile(r"(?m)^(W\d+\.show|bets)\(")
NEXT = re.compile(r"(?m)^#+ |\*\*Bet\b")  # in a text: another subject
ANSWER = "answer"  # the tag of a cell whose source is folded


def fold(cells: list[NotebookNode]) -> None:
    """Set JupyterLab's marks on the cells that answer a bet, and take them off all others."""
    answers = {id(cell) for cell in answering(cells)}
    for cell in cells:
        cell.metadata.pop("jupyter", None)
        if id(cell) in answers:
            what = "source_hidden" if tagged(cell) else "outputs_hidden"
            cell.metadata["jupyter"] = {what: True}


def answering(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells that give a bet's answer away, in their order."""
    open_bets, follows, found = set(), False, []
    for number, cell in enumerate(cells):
        found += [cell] if tagged(cell) else []
        if cell.cell_type == "markdown":
            follows = follows and not NEXT.search(cell.source)
            continue
        if tagged(cell):
            continue
        if WIDGET.search(cell.source) or called("bet", cell):
            follows = False
        elif open_bets or follows:
            found.append(cell)
        follows = follows or bool(open_bets & called("outcome", cell))
        open_bets -= called("outcome", cell)
        later = {key for other in cells[number + 1 :] for key in called("outcome", other)}
        open_bets |= called("bet", cell) & later
    return found


def tagged(cell: NotebookNode) -> bool:
    """Whether people have said of a cell that it tells an answer."""
    return ANSWER in cell.metadata.get("tags", [])


def called(name: str, cell: NotebookNode) -> set[str]:
    """The keys that a code cell calls `bet` or `outcome` with."""
    if cell.cell_type != "code" or f"{name}(" not in cell.source:
        return set()
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:  # a magic
        return set()
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
        and node.args and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
