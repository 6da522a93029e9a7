"""Which cells answer a bet: they open folded, in the file too, and unfold with the bet or by hand.

A code cell answers from behind `bet("03.halved", …)` to the one that calls `outcome("03.halved",
…)`, and on to the next heading, bet or widget, since what follows an outcome mostly repeats it. A
widget or a card is there to be used, and always stays open. A text that gives the answer away is
tagged "answer", and begins with a comment, since JupyterLab shows the first line of what is folded.
Code that computes the answers to the questions at the end has the tag, too. Of a code cell the
output is folded, and its source as well where that tells: an assert says what will come out, and so
does an outcome that is written down instead of computed. The .ipynb alone knows about folding: it
follows from the cells, so the text that people edit says nothing of it.
"""

import ast
import re

from nbformat import NotebookNode

WIDGET = re.compile(r"(?m)^(W\d+\.show|bets)\(")
NEXT = re.compile(r"(?m)^#+ |\*\*Bet\b")  # in a text: another subject
COVER = "<!-- unfolds with your bet -->"  # JupyterLab shows the first line of what is folded
ANSWER = "answer"  # the tag of a cell whose source is folded
SOURCE, OUTPUT = {"source_hidden": True}, {"outputs_hidden": True}  # JupyterLab's marks


def fold(cells: list[NotebookNode]) -> None:
    """Set JupyterLab's marks on the cells that answer a bet, and take them off all others."""
    answers = {id(cell) for cell in answering(cells)}
    for cell in cells:
        cell.metadata.pop("jupyter", None)
        if id(cell) in answers:
            told = tagged(cell) or tells(cell)
            shown = cell.cell_type != "code"  # texts have no output
            cell.metadata["jupyter"] = (SOURCE if told else {}) | ({} if shown else OUTPUT)


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


def tells(cell: NotebookNode) -> bool:
    """Whether the source of a code cell says what its output will be."""
    nodes = list(ast.walk(parsed(cell)))
    written = (
        node.args[1] for node in nodes if is_call(node, "outcome") and len(node.args) > 1
    )  # fmt: skip
    return any(isinstance(node, ast.Assert) for node in nodes) or any(map(is_literal, written))


def called(name: str, cell: NotebookNode) -> set[str]:
    """The keys that a code cell calls `bet` or `outcome` with."""
    return {
        node.args[0].value
        for node in ast.walk(parsed(cell))
        if is_call(node, name) and node.args and isinstance(node.args[0], ast.Constant)
    }


def is_call(node: ast.AST, name: str) -> bool:
    """Whether a node is `name(…)`."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == name


def is_literal(value: ast.AST) -> bool:
    """Whether a value stands there as it is: 7, ["b", "a"], or options[0]."""
    if isinstance(value, ast.Subscript):
        return isinstance(value.slice, ast.Constant)
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def parsed(cell: NotebookNode) -> ast.Module:
    """The tree of a code cell; an empty one for a text or a magic."""
    try:
        return ast.parse(cell.source if cell.cell_type == "code" else "")
    except SyntaxError:  # a magic
        return ast.parse("")
