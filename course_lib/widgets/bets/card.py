"""The card of a bet: open, then locked, then with its outcome (notebooks 00 to 10)."""

from dataclasses import field, make_dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from course_lib.scenes.scene import Line, Panel, Points, Rect, Scene, Text
from course_lib.widgets.bets import ledger
from course_lib.widgets.bets.kinds import Choice, Kind, Number, Order, Sketch
from course_lib.widgets.core import Widget, check_sliders, choice, slider

WIDE = 900.0  # data units of a panel of words, about a pixel each
ROW = 34.0
LOCK = "Lock my bet"
FIRST = {
    Number: "Move the slider or the dot.",
    Choice: "Click an answer, or press its number.",
    Order: "Click an item, or press its number, to move it up.",
    Sketch: "Draw the curve; by keys, N goes to the next dot and the arrows move it.",
}
UNMADE = {
    Number: "Move the slider or the dot first, then lock it.",
    Choice: "Choose an answer first, then lock it.",
    Sketch: "Draw your curve first, then lock it.",
}


class Question(NamedTuple):
    """One bet of a lesson: "03.halved", what is asked, and what kind of answer it takes."""

    key: str
    text: str
    kind: Kind


class Data(NamedTuple):
    """What a card shows: the bet as it stands, and what became of it."""

    state: Any
    bet: Any  # of the kind's form; None where nothing has been chosen
    outcome: Any  # None as long as it is not known, and as long as there is no bet
    hit: bool | None


def card(question: Question, entry: dict | None = None) -> Widget:
    """The widget of one question; with `entry` from the ledger it opens locked."""
    kind = question.kind
    state = state_type(kind, entry)
    return Widget(
        f"bet {question.key}",
        "Your bet",
        state,
        lambda state: computed(kind, state),
        lambda data: drawn(question, data),
        buttons={LOCK: lambda state: locked(question, state)},
        on_drag=lambda state, *where: dragged(kind, state, *where),
        on_click=lambda state, name: clicked(kind, state, name),
        on_stroke=lambda state, *line: sketched(kind, state, *line),
    )


def state_type(kind: Kind, entry: dict | None = None) -> type:
    """A card's state: `value` as it stands, how sure, the locked `entry`, the outcome."""
    sure = [f"{percent} %" for percent in ledger.SURE]
    rest = [
        ("sure", str, choice(sure[2], sure, label="How sure are you?")),
        ("idle", bool, False),  # whether a number still stands where it opened
        ("entry", Any, field(default_factory=lambda: entry)),
        ("outcome", Any, None),
        ("note", str, ""),
    ]
    return make_dataclass(
        "State",
        [("value", Any, beginning(kind)), *rest],
        frozen=True,
        namespace={
            "__post_init__": check_sliders,
            "done": property(lambda self: self.entry is not None),
        },
    )


def beginning(kind: Kind) -> Any:
    """What a card shows before anything was done: a field, or a value."""
    if isinstance(kind, Number):
        whole = float(kind.step).is_integer() and float(kind.low).is_integer()
        middle = kind.low + round((kind.high - kind.low) / 2 / kind.step) * kind.step
        ends = [int(v) if whole else v for v in (middle, kind.low, kind.high, kind.step)]
        label = f"Your bet, in {kind.unit}" if kind.unit else "Your bet"
        return slider(*ends[:3], step=ends[3], label=label, resets=("idle",))
    return kind.items if isinstance(kind, Order) else None


def computed(kind: Kind, state: Any) -> Data:
    """The bet that counts: the locked one, or what stands there now."""
    if not state.done:
        return Data(state, state.value, None, None)
    bet = kind.fit(state.entry["bet"])
    if state.outcome is None:
        return Data(state, bet, None, None)
    outcome = kind.fit(state.outcome)
    return Data(state, bet, outcome, kind.hit(bet, outcome))


def locked(question: Question, state: Any) -> Any:
    """The state with its bet in the ledger. What was locked before stays."""
    if state.done:
        return state
    if state.value is None or state.idle:
        return replace(state, note=UNMADE[type(question.kind)])
    bet = question.kind.fit(state.value)
    words = {"question": question.text, "told": question.kind.told(bet)}
    plain = list(bet) if isinstance(bet, tuple) else bet
    sure, late = int(state.sure.removesuffix(" %")), state.outcome is not None
    entry = ledger.lock(question.key, bet=plain, sure=sure, late=late, **words)
    if late:
        settled(question, state.outcome)
    return replace(state, entry=entry, note="")


def settled(question: Question, outcome: Any) -> None:
    """Note the outcome of a bet that was made."""
    kind, entry = question.kind, ledger.read()[question.key]
    hit = kind.hit(kind.fit(entry["bet"]), outcome)
    ledger.settle(question.key, kind.told(outcome), hit)


def dragged(kind: Kind, state: Any, _name: str, index: int, x: float, y: float) -> Any:
    """The number, or one point of the sketch, where the reader has put it."""
    if state.done:
        return state
    if isinstance(kind, Number):
        steps = round((min(max(x, kind.low), kind.high) - kind.low) / kind.step)
        value = min(kind.low + steps * kind.step, kind.high)
        return replace(state, value=type(state.value)(round(value, 9)), idle=False, note="")
    if not isinstance(kind, Sketch):
        return state
    curve = list(flat(kind) if state.value is None else state.value)
    curve[index] = min(max(y, kind.ylim[0]), kind.ylim[1])
    return replace(state, value=tuple(curve), note="")


def clicked(kind: Kind, state: Any, name: str) -> Any:
    """The option that was clicked, or the order with the clicked item one place up."""
    if state.done or not isinstance(kind, Choice | Order):
        return state
    place = int(name) - 1
    if isinstance(kind, Choice):
        return replace(state, value=kind.options[place], note="")
    items = list(state.value)
    items.insert(max(place - 1, 0), items.pop(place))
    return replace(state, value=tuple(items))


def sketched(kind: Kind, state: Any, _name: str, x: tuple, y: tuple) -> Any:
    """The sketch with the stroke's heights at the places that the stroke passed."""
    if state.done or not isinstance(kind, Sketch):
        return state
    scale = np.log10 if kind.xlog else np.asarray
    places, passed = scale(kind.x), scale(x)
    order = np.argsort(passed, kind="stable")
    heights = np.interp(places, passed[order], np.asarray(y)[order])
    reach = np.diff(places).min() / 2  # a stroke that ends this near has reached the place
    inside = (places >= passed.min() - reach) & (places <= passed.max() + reach)
    before = flat(kind) if state.value is None else state.value
    curve = np.where(inside, np.clip(heights, *kind.ylim), before)
    return replace(state, value=tuple(curve.tolist()), note="")


def flat(kind: Sketch) -> tuple[float, ...]:
    """A curve without an opinion, half way up."""
    low, high = kind.ylim
    return (((low * high) ** 0.5 if kind.ylog else (low + high) / 2),) * len(kind.x)


def drawn(question: Question, data: Data) -> Scene:
    """The card: what is bet, locked or not, and the outcome beside it."""
    kind = question.kind
    panel, height = PANELS[type(kind)](kind, data)
    words = status(question, data)
    return Scene([[panel]], f"A card for a bet. {words}", words, [height])


def status(question: Question, data: Data) -> str:
    """What is asked, and what is to be done next or what became of it."""
    kind, state = question.kind, data.state
    if not state.done:
        how = f"{FIRST[type(kind)]} {kind.rule} Then press “{LOCK}”."
        return " ".join(filter(None, [question.text, how, state.note]))
    words = f"{question.text} You bet {kind.told(data.bet)}, {state.entry['sure']} % sure."
    if data.outcome is None:
        return f"{words} It is locked: read on, and run the next cells."
    verdict = "A hit." if data.hit else "A miss."
    if state.entry["late"]:
        verdict = "You bet when the outcome was there already: it does not count."
    return f"{words} Outcome: {kind.told(data.outcome)}. {verdict}"


def color_of(data: Data) -> str:
    """The bet's colour: the reader's blue while it is open, then good or bad."""
    return "query" if data.hit is None else "good" if data.hit else "bad"


def number_panel(kind: Number, data: Data) -> tuple[Panel, int]:
    """A line of numbers with the bet, what would be a hit, and the outcome."""
    bet, outcome, mine = float(data.bet), data.outcome, color_of(data)
    idle = data.state.idle and not data.state.done
    ends = [kind.low, kind.high, *([outcome] if outcome is not None else [])]
    low, high = min(ends), max(ends)
    edge = 0.06 * (high - low)
    marks = [
        Line([kind.low, kind.high], [0, 0], "muted", 2),
        Points(
            [bet], [0], "muted" if idle else mine, 11,
            drag="" if data.state.done else "bet", drag_axis="x",
        ),
    ]  # fmt: skip
    if not idle:
        marks.insert(1, Rect(bet - kind.within, bet + kind.within, -0.35, 0.35, mine, fill=0.12))
    for end in (kind.low, kind.high):
        marks.append(Text(end, -0.8, kind.told(end), "muted", 12, "center"))
    words, color = ("move me", "muted") if idle else (f"you: {kind.told(bet)}", mine)
    place = [Text(bet, 0.75, words, color, 14, "center", True)]
    if outcome is not None:
        marks.append(Points([outcome], [0], "ink", 9, "s"))
        place.append(
            Text(outcome, -0.8, f"outcome: {kind.told(outcome)}", "ink", 14, "center", True)
        )
        marks = [m for m in marks if not (isinstance(m, Text) and near(m.x, outcome, high - low))]
    return Panel([*marks, *place], (low - edge, high + edge), (-1.2, 1.2), frame=False), 100


def near(a: float, b: float, span: float) -> bool:
    """Whether two labels would lie on each other."""
    return abs(a - b) < 0.25 * span


def rows_panel(rows: list[tuple[str, str, str, bool]], clickable: bool) -> tuple[Panel, int]:
    """Rows of words: (words, colour, remark, chosen), each a button as long as the bet is open."""
    marks, height = [], ROW * len(rows)
    for i, (words, color, remark, chosen) in enumerate(rows):
        top = height - ROW * i
        box = 2.0, WIDE - 2, top - ROW + 3, top - 1
        click = str(i + 1) if clickable else ""
        fill, border = (0.18, 2.5) if chosen else (0.03, 1)
        marks.append(Rect(*box, color, fill=fill, border=border, click=click))
        marks.append(Text(14, top - ROW / 2 + 1, f"{i + 1}", "muted", 13))
        marks.append(Text(40, top - ROW / 2 + 1, words, "ink", 14, bold=chosen))
        if remark:
            marks.append(Text(WIDE - 14, top - ROW / 2 + 1, remark, color, 13, "right", True))
    return Panel(marks, (0, WIDE), (0, height), frame=False), int(height) + 12


def choice_panel(kind: Choice, data: Data) -> tuple[Panel, int]:
    """A row for each answer: the bet is framed, the outcome has its word."""
    rows = []
    for option in kind.options:
        chosen = option == data.bet
        color = color_of(data) if chosen else "muted"
        remark = "your bet" if chosen and data.state.done else ""
        if data.outcome is not None and option == data.outcome:
            color, remark = "good", "your bet: right" if chosen else "this is what happens"
        rows.append((option, color, remark, chosen))
    return rows_panel(rows, not data.state.done)


def order_panel(kind: Order, data: Data) -> tuple[Panel, int]:
    """The items in the order of the bet; with the outcome, the place where each belongs."""
    rows = []
    for i, item in enumerate(data.bet):
        color, remark = "query", kind.first if i == 0 else ""
        if data.outcome is not None:
            place = data.outcome.index(item)
            color = "good" if place == i else "bad"
            remark = "right" if place == i else f"belongs at {place + 1}"
        rows.append((item, color, remark, data.outcome is not None))
    return rows_panel(rows, not data.state.done)


def sketch_panel(kind: Sketch, data: Data) -> tuple[Panel, int]:
    """The axes with what is given, the reader's curve, and the outcome."""
    curve, mine = flat(kind) if data.bet is None else data.bet, color_of(data)
    marks = [Line(kind.x, y, "muted", 2, label=label) for label, y in kind.given]
    handle = "" if data.state.done else "sketch"
    if handle:
        corners = kind.x[0], kind.x[-1], *kind.ylim
        marks.append(Rect(*corners, "query", fill=0.03, draw="pad"))
    if kind.dots[0]:
        marks.append(Points(*kind.dots, "support", 9, label="given"))
    marks.append(Line(kind.x, curve, mine, 2.5, dash=data.bet is None, label="you"))
    marks.append(Points(kind.x, curve, mine, 8, drag=handle, drag_axis="y"))
    if data.outcome is not None:
        marks.append(Line(kind.x, data.outcome, "ink", 3, label="outcome"))
    axes, logs = dict(zip(("xlabel", "ylabel"), kind.axes, strict=True)), (kind.xlog, kind.ylog)
    xlim, ylim = widened((kind.x[0], kind.x[-1]), logs[0]), widened(kind.ylim, logs[1])
    few = kind.xlog and len(kind.x) <= 5  # then each place has its number
    ticks = [(x, f"{x:g}") for x in kind.x] if few else None
    return Panel(marks, xlim, ylim, **axes, xlog=logs[0], ylog=logs[1], xticks=ticks), 300


def widened(limits: tuple[float, float], log: bool) -> tuple[float, float]:
    """The limits with a margin, so that a dot at an end is whole."""
    low, high = limits
    if log:
        edge = (high / low) ** 0.04
        return low / edge, high * edge
    edge = 0.04 * (high - low)
    return low - edge, high + edge


PANELS = {Number: number_panel, Choice: choice_panel, Order: order_panel, Sketch: sketch_panel}
