"""Tables for slides, made from the stored results: ours beside what the papers print."""

import re
from collections.abc import Sequence
from html import escape

from IPython.display import HTML, display

from course_lib import results
from course_lib.black_box import in_context_study
from course_lib.few_shot import rival_rows, rivals
from course_lib.ground.paths import written_for
from course_lib.ground.stats import half_width
from course_lib.results import papers
from course_lib.scenes.scene import COLORS

PLAYERS = {
    "random": "Random", "gittins": "Gittins", "ts": "TS", "ots": "OTS", "ucb1": "UCB1",
    "eps_greedy": "ε-greedy", "greedy": "Greedy", "rl2": "RL²",
}  # fmt: skip
NONE = "–"
ARRAY = re.compile(r"\\begin\{array\}\{[lcr]\|[lcr|]+\}(.*?)\\end\{array\}", re.S)


def html(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    ours: Sequence[int] = (),
    ours_rows: Sequence[int] = (),
    align: str = "right",
    size: int = 26,
    room: int = 14,
) -> str:
    """An HTML table; the first column is left-aligned, the others as `align` says.

    `ours` and `ours_rows` are the columns and rows with our own numbers, shown in the colour of θ.
    `size` is the letters' height and `room` the space beside them, in pixels.
    """

    def cell(tag: str, text: str, row: int | None, column: int) -> str:
        style = f"padding:6px {room}px;text-align:{align if column else 'left'}"
        style += ";white-space:nowrap" if column else ""
        if column in ours or row in ours_rows:
            style += f";color:{COLORS['theta']}"
        return f'<{tag} style="{style}">{escape(text)}</{tag}>'

    head = "".join(cell("th", text, None, j) for j, text in enumerate(header))
    body = "".join(
        f"<tr>{''.join(cell('td', text, i, j) for j, text in enumerate(row))}</tr>"
        for i, row in enumerate(rows)
    )
    look = f"font-size:{size}px;line-height:1.3"
    return f'<table style="{look}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def put(header: Sequence[str], rows: Sequence, remarks: Sequence[str] = (), **look) -> None:
    """Put a table on the slide, with a line below it for each remark; see `html` for `look`."""
    lines = "".join(f'<p style="font-size:26px">{escape(remark)}</p>' for remark in remarks)
    display(HTML(html(header, rows, **look) + lines))


def array(notebook: str) -> list[list[str]]:
    """The cells of the table in a notebook's text that is written as one equation, row by row.

    Errors: ValueError where the notebook has no such table.
    """
    text = written_for(notebook, "lesson").read_text(encoding="utf-8")
    found = ARRAY.search(re.sub(r"(?m)^# ?", "", text))
    if found is None:
        raise ValueError(f"{notebook} has no equation that is a table with lines: choose another.")
    rows = [row.split("&") for row in found[1].replace(r"\hline", "").split(r"\\")]
    return [[_words(" ".join(cell.split())) for cell in row] for row in rows]


def _words(cell: str) -> str:
    """A cell of words as words; a cell of mathematics as a large inline formula."""
    plain = re.sub(r"\\text(?:bf)?\{([^{}]*)\}", r"\1", cell)
    return (
        " ".join(plain.split()) if not re.search(r"[\\^_]", plain) else rf"$\displaystyle {cell}$"
    )


def bandits(num_pulls: int) -> tuple[list[str], list[list[str]], list[str]]:
    """Header, rows and remarks of Table 1 for trials of `num_pulls`: the paper's row, then ours.

    A star marks numbers of ours that are far from the paper's; the remarks say why.
    """
    found = [r for r in results.load("bandits")["rows"] if r["n"] == num_pulls]
    if not found:
        raise ValueError(f"The stored table has no trials of {num_pulls} pulls: choose another.")
    table = {(r["k"], r["player"]): r for r in found}
    digits, rows = 2 if num_pulls <= 10 else 1, []
    for k in sorted({r["k"] for r in found}):
        here = [table[k, player] for player in PLAYERS]
        rows.append([f"k = {k}, paper", *(f"{r['paper']:.1f}" for r in here), ""])
        numbers = [f"{r['mean']:.{digits}f}{'*' if r['flag'] else ''}" for r in here]
        exact = here[0]["ceiling_is"].startswith("exact")
        top = f"{here[0]['ceiling']:.3f}" if exact else f"≤ {here[0]['ceiling']:.1f}"
        rows.append(["ours", *numbers, top])
    most = max(half_width(r) for r in found if r["player"] in PLAYERS)
    remarks = [f"Mean total reward. Ours: 95 % intervals of at most ± {most:.{digits}f}."]
    flags = {r["flag"] for r in found if r["flag"] and r["player"] in PLAYERS}
    remarks += [f"* far from the paper's: {flag}." for flag in sorted(flags)]
    return ["", *PLAYERS.values(), "ceiling"], rows, remarks


def accuracy(cell: Sequence[float] | None, digits: int = 1) -> str:
    """An accuracy in % with its interval, where there is one."""
    if cell is None:
        return NONE
    return " ± ".join(f"{number:.{digits}f}" for number in cell)


def few_shot(method: str, ways: int, shots: int, head: str = "any") -> tuple[float, float] | None:
    """Our accuracy in % on Omniglot's meta-test characters and its interval, if measured."""
    for r in results.load("fewshot")["rows"]:
        if (r["data"], r["method"], r["n"], r["k"], r["head"]) == (
            "omniglot", method, ways, shots, head,
        ):  # fmt: skip
            return r["accuracy"], r["ci"]
    return None


def ours(method: str, ways: int, shots: int) -> tuple[float, float] | None:
    """Our accuracy in % and its interval: of notebook 06, or else the rival's best of 07.

    In the protocol of what is printed.
    """
    found = [
        (row["accuracy"], row["ci"])
        for rival in rivals.all_rivals().values()
        for row in rival_rows.stored(
            system=rival.name, protocol=rival.protocol, data="omniglot", n=ways, k=shots
        )
        if rival.paper == method
    ]
    return few_shot(method, ways, shots) or max(found, default=None)


def omniglot(ways: int) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the Omniglot table: for 1 and 5 shots what the paper prints, and ours."""
    header, rows = [f"{ways}-way accuracy, %"], []
    for shots in (1, 5):
        header += [f"{shots}-shot, paper", "ours"]
    for row in papers.rows("omniglot"):
        cells = []
        for shots in (1, 5):
            cells.append(accuracy(row[f"{ways}w{shots}s"]))
            cells.append(accuracy(ours(row["method"], ways, shots)))
        if any(cell != NONE for cell in cells):
            rows.append([row["system"], *cells])
    pixels = [accuracy(few_shot("nearest neighbour", ways, shots, "none")) for shots in (1, 5)]
    rows.append(["nearest neighbour in pixels", NONE, pixels[0], NONE, pixels[1]])
    return header, rows


def mini_imagenet() -> tuple[list[str], list[list[str]]]:
    """Header and rows of the mini-ImageNet table: what the paper prints."""
    rows = papers.rows("mini-imagenet")
    header = ["5-way accuracy, %", "1-shot, paper", "5-shot, paper"]
    return header, [[r["system"], accuracy(r["5w1s"], 2), accuracy(r["5w5s"], 2)] for r in rows]


def first_order() -> tuple[list[str], list[list[str]]]:
    """Header and rows: MAML against its first-order form at 2, 5 and 20 ways, 1 shot, ours."""
    rows = []
    for ways in (2, 5, 20):
        full, first = few_shot("maml", ways, 1), few_shot("maml-first-order", ways, 1)
        gap = full[0] - first[0], (full[1] ** 2 + first[1] ** 2) ** 0.5
        rows.append([f"{ways}-way 1-shot", accuracy(full), accuracy(first), accuracy(gap)])
    return ["Omniglot, ours, %", "MAML", "first order", "gap"], rows


def compared() -> tuple[list[str], list[list[str]], list[str]]:
    """Header, rows, remark: what three families learn, what a task costs, and what we measured."""
    header = ["", "the weights: MAML", "a memory: black box", "a distance: prototypes"]
    rows = [
        ["θ is", "a start", "the whole learner", "a map to features"],
        ["a task costs", "gradient steps", "reading its examples", "a mean for each class"],
        ["it needs", "a loss with a slope", "any loss, or reward", "classes"],
    ]
    for words, change, size in (
        ("error", "as trained", 5),
        ("error, far off", "amplitudes 5 to 10", 40),
    ):
        cells = []
        for learner in ("MAML", "transformer"):
            row = in_context_study.stored("sinusoids", learner, change)
            place = row["sizes"].index(size)
            cells.append(f"{row['error'][place]:.2f} ± {row['ci'][place]:.2f}")
        rows.append([words, *cells, NONE])
    for ways in (5, 20):
        found = (rival_rows.row(system, ways, 1) for system in ("maml", "mann", "prototypical"))
        cells = [accuracy((row["accuracy"], row["ci"])) for row in found]
        rows.append([f"right, {ways} ways", *cells])
    remark = (
        "Measured: sines, 5 points, and 40 of larger amplitudes (memory: a transformer); "
        "Omniglot, 1 shot, in %, at equal minutes (memory: MANN)."
    )
    return header, rows, [remark]


def applications() -> tuple[list[str], list[list[str]], list[str]]:
    """Header, rows and a remark: fields that use meta-learning, with a work of each to cite."""
    rows = [[r["adapts"], r["task"], r["from"]] for r in papers.rows("applications")]
    return ["what adapts", "a task", "a work"], rows, [f"Source: {papers.cited('applications')}."]
