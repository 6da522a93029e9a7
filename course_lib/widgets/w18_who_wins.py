"""W18: who wins? What was met × shots × compute, from stored grids with their intervals
(notebook 11)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from course_lib.beyond.glyphs.study import GLYPHS
from course_lib.beyond.study import SINUSOIDS, WAYS, Place, World, at, gap, winner
from course_lib.scenes.scene import Bars, Line, Panel, Points, Rect, Scene, Text, color
from course_lib.widgets.core import Widget, check_sliders, choice

NAMES = {"maml": "MAML", "anil": "ANIL", "reptile": "Reptile", "pretrain": "pretrained",
         "scratch": "scratch"}  # fmt: skip
ROLES = {way: "pretrained" if way == "pretrain" else way for way in NAMES}
COLORS = {way: color(role) for way, role in ROLES.items()}
AGAINST = ("everybody", *(f"MAML / {NAMES[way]}" for way in WAYS if way != "maml"))
BY_WORDS = {"the least": 0, "10 × the least": 1, "100 × the least": 2}  # which budget of a world
SHOTS = {"few": 0, "many": 1}


class Look(NamedTuple):
    """How a world's errors are drawn: the words at the axis, and the range (`log`: in decades)."""

    world: World
    error: str
    low: float
    high: float
    log: bool


LOOKS = {
    "sinusoids": Look(SINUSOIDS, "mean squared error", 0.01, 10.0, True),
    "glyphs": Look(GLYPHS, "queries wrong, in %", 0.0, 85.0, False),
}


@dataclass(frozen=True)
class State:
    """The tasks, the compute, what the map compares, and the place whose numbers are shown.

    `column` of the map is counted from 0.
    """

    tasks: str = choice("sinusoids", list(LOOKS), label="tasks", resets=("column",))
    compute: str = choice(list(BY_WORDS)[-1], list(BY_WORDS), label="compute for each")
    against: str = choice(AGAINST[0], AGAINST, label="the map shows")
    shots: str = choice("few", list(SHOTS), label="shots")
    column: int = 0

    def __post_init__(self):
        check_sliders(self)
        met = LOOKS[self.tasks].world.met
        if not 0 <= self.column < len(met):
            raise ValueError(f"The map has columns 0 to {len(met) - 1}: there is no {self.column}.")


class Data(NamedTuple):
    """The winner and who is as good, for each place of the map; the rows of the place on show."""

    state: State
    look: Look
    winners: dict[tuple[int, int], tuple[str, list[str]]]
    rows: dict[str, dict]
    by_budget: dict[int, dict[str, dict]]


def place_of(state: State) -> Place:
    """The place on show, in numbers."""
    world = LOOKS[state.tasks].world
    return Place(
        world.met[state.column],
        sorted(world.shots)[SHOTS[state.shots]],
        world.budgets[BY_WORDS[state.compute]],
    )


def compute(state: State) -> Data:
    """All that the pictures need, read from the table."""
    look, here = LOOKS[state.tasks], place_of(state)
    world = look.world
    winners = {
        (met, k): winner(Place(met, k, here.budget), world)
        for met in world.met
        for k in world.shots
    }
    by_budget = {b: at(here._replace(budget=b), world) for b in world.budgets}
    return Data(state, look, winners, by_budget[here.budget], by_budget)


def budget_words(budget: int) -> str:
    """600 → "600 passes", 30000 → "30 thousand passes"."""
    for size, word in ((10**6, " million"), (10**3, " thousand")):
        if budget >= size:
            return f"{budget / size:g}{word} passes"
    return f"{budget} passes"


def met_words(world: World, number: int) -> str:
    """ "10 characters", "fresh curves"."""
    return f"{number or 'fresh'} {world.things}"


def _cell(data: Data, place: Place) -> tuple[str, float, list[str]]:
    """(colour, how strong, words) of a place of the map."""
    if data.state.against == AGAINST[0]:
        best, near = data.winners[place.met, place.shots]
        others = [NAMES[way] for way in near]
        words = [NAMES[best], *(f"≈ {name}" for name in others[:2])]
        if len(others) > 2:
            words[-1] += " …"
        return COLORS[best], 0.6 if not near else 0.22, words
    other = next(way for way in WAYS if NAMES[way] == data.state.against.removeprefix("MAML / "))
    rows = at(place, data.look.world)
    difference, half = gap(rows["maml"], rows[other])
    ratio = rows["maml"]["error"] / rows[other]["error"]
    sure = abs(difference) > half
    better = COLORS["maml"] if difference < 0 else COLORS[other]
    return better, 0.6 if sure else 0.22, [f"× {ratio:.2f}", "" if sure else "not sure"]


def _map(data: Data) -> Panel:
    world, here, marks = data.look.world, place_of(data.state), []
    for x, met in enumerate(world.met):
        for y, k in enumerate(sorted(world.shots)):
            place = Place(met, k, here.budget)
            colour, strong, words = _cell(data, place)
            box = (x + 0.03, x + 0.97, y + 0.03, y + 0.97)
            edge = ("ink", 0.0, 3) if place == here else (colour, 0.0, 1)
            click = "" if place == here else f"{x} {list(SHOTS)[y]}"
            marks.append(Rect(*box, "#FFFFFF", 1.0))
            marks.append(Rect(*box, *edge, click=click))
            marks.append(Rect(*box, colour, strong))
            for i, line in enumerate(words):
                at_y = y + 0.62 - 0.2 * i
                marks.append(Text(x + 0.5, at_y, line, "ink", 13, "center", i == 0))
    xticks = [(x + 0.5, str(met or "fresh")) for x, met in enumerate(world.met)]
    yticks = [(y + 0.5, str(k)) for y, k in enumerate(sorted(world.shots))]
    title = "Least error" if data.state.against == AGAINST[0] else f"Error of {data.state.against}"
    return Panel(marks, (0, len(world.met)), (0, len(world.shots)), title,
                 f"{world.things} met in training", "shots", xticks=xticks, yticks=yticks,
                 width=1.3)  # fmt: skip


def shown(look: Look, value: float) -> float:
    """A value as the axis can show it."""
    return min(max(value, look.low), look.high)


def _bars(data: Data) -> Panel:
    marks, look = [], data.look
    for i, way in enumerate(WAYS):
        row = data.rows[way]
        marks.append(Bars([i], [shown(look, row["error"])], COLORS[way], 0.62, look.low))
        ends = [shown(look, row["error"] + sign * row["ci"]) for sign in (-1, 1)]
        marks.append(Line([i, i], ends, "ink", 2))
        marks.append(Points([i + 0.2] * 3, [shown(look, v) for v in row["each"]], "ink", 4))
    ticks = [(i, NAMES[way]) for i, way in enumerate(WAYS)]
    return Panel(marks, (-0.6, 4.6), (look.low, look.high), "This place: dots are trainings", "way",
                 look.error, ylog=look.log, xticks=ticks, width=1.2)  # fmt: skip


def _short(budget: int) -> str:
    for size, letter in ((10**6, "M"), (10**3, "k")):
        if budget >= size:
            return f"{budget // size}{letter}"
    return str(budget)


def _lines(data: Data) -> Panel:
    look, marks = data.look, []
    budgets = look.world.budgets
    for way in WAYS:
        y = [shown(look, rows[way]["error"]) for rows in data.by_budget.values()]
        marks.append(Line(budgets, y, COLORS[way], label=NAMES[way]))
        marks.append(Points(budgets, y, COLORS[way], 5))
    now = place_of(data.state).budget
    marks.append(Line([now, now], [look.low, look.high], "muted", 1.2, True))
    ticks = [(b, _short(b)) for b in budgets]
    return Panel(marks, (budgets[0] / 2, budgets[-1] * 2), (look.low, look.high), "More compute",
                 "passes in training", look.error, xlog=True, ylog=look.log, xticks=ticks,
                 width=0.9)  # fmt: skip


def draw(data: Data) -> Scene:
    """The map above; below the five ways at one place, and how they go with compute."""
    world, here = data.look.world, place_of(data.state)
    best, near = data.winners[here.met, here.shots]
    row, unit = data.rows[best], "" if data.look.log else " %"
    shots = f"{here.shots} shot" + "s" * (here.shots > 1)
    words = f"{met_words(world, here.met)}, {shots}, {budget_words(here.budget)}: least error "
    words += f"{row['error']:.3g} ± {row['ci']:.2g}{unit}, {NAMES[best]}"
    rest = ", ".join(NAMES[way] for way in near)
    words += f"; not surely worse: {rest}." if near else "; surely ahead of all others."
    words += " Pale: the interval of the difference holds 0."
    alt = (
        f"A map of who has the least error: columns are numbers of training {world.things}, rows "
        "are shots. Below, the errors of five ways at one place, and how they fall with compute."
    )
    return Scene([[_map(data)], [_bars(data), _lines(data)]], alt, words, [250, 260])


def clicked(state: State, name: str) -> State:
    """Show the place that was clicked."""
    column, shots = name.split()
    return replace(state, column=int(column), shots=shots)


W18 = Widget("W18", "Who wins?", State, compute, draw, on_click=clicked)
