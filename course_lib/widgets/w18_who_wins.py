"""W18: who wins? Curves met × shots × compute, from a stored grid with its intervals
(notebook 11)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from course_lib.beyond.grid import BUDGETS, CURVES, SHOTS
from course_lib.beyond.study import WAYS, Place, at, gap, winner
from course_lib.scenes.scene import Bars, Line, Panel, Points, Rect, Scene, Text
from course_lib.widgets.core import Widget, check_sliders, choice

NAMES = {"maml": "MAML", "anil": "ANIL", "reptile": "Reptile", "pretrain": "pretrained",
         "scratch": "scratch"}  # fmt: skip
COLORS = {"maml": "#009E73", "anil": "#7B3FA0", "reptile": "#0072B2", "pretrain": "#E69F00",
          "scratch": "#767676"}  # fmt: skip
ROWS = tuple(sorted(SHOTS))
MET = {0: "fresh"}
AGAINST = ("everybody", *(f"MAML / {NAMES[way]}" for way in WAYS if way != "maml"))
LOW, HIGH = 0.01, 10.0


def budget_words(budget: int) -> str:
    """30000 → "30 thousand passes"."""
    return (
        f"{budget // 1000:,} thousand passes"
        if budget < 1e6
        else f"{budget / 1e6:g} million passes"
    )


BY_WORDS = {budget_words(budget): budget for budget in BUDGETS}


@dataclass(frozen=True)
class State:
    """The compute, what the map compares, and the place whose numbers are shown."""

    compute: str = choice(list(BY_WORDS)[-1], list(BY_WORDS), label="compute for each")
    against: str = choice(AGAINST[0], AGAINST, label="the map shows")
    curves: int = choice(CURVES[0], CURVES, label="curves met (0: always fresh)")
    shots: int = choice(ROWS[0], ROWS, label="shots")

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """The winner and who is as good, for each place of the map; the rows of the place on show."""

    state: State
    winners: dict[tuple[int, int], tuple[str, list[str]]]
    rows: dict[str, dict]
    by_budget: dict[int, dict[str, dict]]


def compute(state: State) -> Data:
    """All that the pictures need, read from the table."""
    budget = BY_WORDS[state.compute]
    winners = {(c, k): winner(Place(c, k, budget)) for c in CURVES for k in ROWS}
    by_budget = {b: at(Place(state.curves, state.shots, b)) for b in BUDGETS}
    return Data(state, winners, by_budget[budget], by_budget)


def _cell(data: Data, curves: int, shots: int) -> tuple[str, float, list[str]]:
    """(colour, how strong, words) of a place of the map."""
    if data.state.against == AGAINST[0]:
        best, near = data.winners[curves, shots]
        others = [NAMES[way] for way in near]
        words = [NAMES[best], *(f"≈ {name}" for name in others[:2])]
        if len(others) > 2:
            words[-1] += " …"
        return COLORS[best], 0.6 if not near else 0.22, words
    other = next(way for way in WAYS if NAMES[way] == data.state.against.removeprefix("MAML / "))
    rows = at(Place(curves, shots, BY_WORDS[data.state.compute]))
    difference, half = gap(rows["maml"], rows[other])
    ratio = rows["maml"]["error"] / rows[other]["error"]
    sure = abs(difference) > half
    better = COLORS["maml"] if difference < 0 else COLORS[other]
    return better, 0.6 if sure else 0.22, [f"× {ratio:.2f}", "" if sure else "not sure"]


def _map(data: Data) -> Panel:
    marks = []
    for x, c in enumerate(CURVES):
        for y, k in enumerate(ROWS):
            colour, strong, words = _cell(data, c, k)
            here = (c, k) == (data.state.curves, data.state.shots)
            box = (x + 0.03, x + 0.97, y + 0.03, y + 0.97)
            marks.append(Rect(*box, "#FFFFFF", 1.0))
            marks.append(
                Rect(
                    *box,
                    "ink" if here else colour,
                    0.0,
                    3 if here else 1,
                    click="" if here else f"{c} {k}",
                )
            )
            marks.append(Rect(*box, colour, strong))
            for i, line in enumerate(words):
                at_y = y + 0.62 - 0.2 * i
                marks.append(Text(x + 0.5, at_y, line, "ink", 13, "center", i == 0))
    xticks = [(x + 0.5, MET.get(c, str(c))) for x, c in enumerate(CURVES)]
    yticks = [(y + 0.5, str(k)) for y, k in enumerate(ROWS)]
    title = "Least error" if data.state.against == AGAINST[0] else f"Error of {data.state.against}"
    return Panel(marks, (0, len(CURVES)), (0, len(ROWS)), title, "curves met in training", "shots",
                 xticks=xticks, yticks=yticks, width=1.3)  # fmt: skip


def _shown(value: float) -> float:
    return min(max(value, LOW), HIGH)


def _bars(data: Data) -> Panel:
    marks = []
    for i, way in enumerate(WAYS):
        row = data.rows[way]
        marks.append(Bars([i], [_shown(row["error"])], COLORS[way], 0.62, LOW))
        ends = [_shown(row["error"] - row["ci"]), _shown(row["error"] + row["ci"])]
        marks.append(Line([i, i], ends, "ink", 2))
        marks.append(Points([i + 0.2] * 3, [_shown(v) for v in row["each"]], "ink", 4))
    ticks = [(i, NAMES[way]) for i, way in enumerate(WAYS)]
    return Panel(marks, (-0.6, 4.6), (LOW, HIGH), "This place: dots are trainings", "way",
                 "mean squared error", ylog=True, xticks=ticks, width=1.2)  # fmt: skip


def _lines(data: Data) -> Panel:
    marks = []
    for way in WAYS:
        y = [_shown(rows[way]["error"]) for rows in data.by_budget.values()]
        marks.append(Line(BUDGETS, y, COLORS[way], label=NAMES[way]))
        marks.append(Points(BUDGETS, y, COLORS[way], 5))
    now = BY_WORDS[data.state.compute]
    marks.append(Line([now, now], [LOW, HIGH], "muted", 1.2, True))
    ticks = [(b, f"{b // 1000}k" if b < 1e6 else f"{b // 10**6}M") for b in BUDGETS]
    return Panel(marks, (BUDGETS[0] / 2, BUDGETS[-1] * 2), (LOW, HIGH), "More compute",
                 "passes in training", "mean squared error", xlog=True, ylog=True, xticks=ticks,
                 width=0.9)  # fmt: skip


def draw(data: Data) -> Scene:
    """The map above; below the five ways at one place, and how they go with compute."""
    state = data.state
    best, near = data.winners[state.curves, state.shots]
    met = MET.get(state.curves, str(state.curves))
    row = data.rows[best]
    words = f"{met} curves, {state.shots} shots, {state.compute}: least error {row['error']:.3g}"
    words += f" ± {row['ci']:.2g}, {NAMES[best]}"
    rest = ", ".join(NAMES[way] for way in near)
    words += f"; not surely worse: {rest}." if near else "; surely ahead of all others."
    words += " Pale: the interval of the difference holds 0."
    alt = (
        "A map of who has the least error: columns are numbers of training curves, rows are shots. "
        "Below, the errors of five ways at one place, and how they fall with compute."
    )
    return Scene([[_map(data)], [_bars(data), _lines(data)]], alt, words, [250, 260])


def clicked(state: State, name: str) -> State:
    """Show the place that was clicked."""
    curves, shots = map(int, name.split())
    return replace(state, curves=curves, shots=shots)


W18 = Widget("W18", "Who wins?", State, compute, draw, on_click=clicked)
