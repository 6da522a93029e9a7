"""W12: one episode, every few-shot system that has weights here, side by side (notebook 07)."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from course_lib.few_shot import rival_games, rival_rows
from course_lib.scenes.families import COLORS
from course_lib.scenes.scene import Image, Panel, Rect, Scene, Text
from course_lib.tasks import omniglot
from course_lib.widgets.core import Widget, check_sliders, choice, slider
from course_lib.widgets.w10_classifier import LETTERS, episode, queries

SLOW = ("lstm",)  # 112,000 small LSTMs for one answer: no live picture
WIDE = 960  # pixels of the picture
NAMES, SAID = 210, 165  # pixels left and right of the columns
HIGH = 23  # pixels of a system's row


@dataclass(frozen=True)
class State:
    """One episode; `asked` is the class whose query is shown to all, counted from 0."""

    ways: int = slider(5, 2, 20, label="ways n", resets=("asked",))
    shots: int = slider(1, 1, 5, label="shots k")
    data: str = choice("glyphs", ["glyphs", "omniglot"], label="characters")
    spoil: str = choice("as drawn", list(rival_games.SPOILS), label="break it: queries")
    episode: int = 0
    asked: int = 0

    def __post_init__(self):
        check_sliders(self)
        if not 0 <= self.asked < self.ways:
            raise ValueError(f"Query {self.asked} of {self.ways}: ask about 0 to {self.ways - 1}.")


@dataclass(frozen=True)
class Data:
    """The pictures, and what each system says of every query.

    Pictures are uint8 with 255 = ink; `query` are those that the systems see, one of each class.
    `chances` [systems, queries, ways] are probabilities; `truth` [queries] the right classes.
    """

    state: State
    support: UInt8[np.ndarray, "ways shots 28 28"]
    query: UInt8[np.ndarray, "ways 28 28"]
    systems: tuple[rival_games.Player, ...]
    chances: Float[np.ndarray, "systems queries ways"]
    truth: Int[np.ndarray, " queries"]


@lru_cache(maxsize=2)
def systems(data: str) -> tuple[rival_games.Player, ...]:
    """All that can play live, by family."""
    found = rival_games.players(data, rival_rows.systems())
    return tuple(one for one in found if one.name not in SLOW)


def pictures(state: State) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """(support, its labels, the queries as the systems see them, the right classes)."""
    (xs, ys), (xq, yq) = episode(state.data, state.ways, state.shots, state.episode)[1]
    return xs, ys, rival_games.SPOILS[state.spoil](xq), yq


@lru_cache(maxsize=64)
def said(data: str, spoil: str, ways: int, shots: int, number: int):
    """Probabilities [systems, queries, ways] of an episode, all queries asked together."""
    state = State(ways, shots, data, spoil, number)
    xs, ys, xq, _ = pictures(state)
    with torch.no_grad():
        rows = [
            one.rival.ask(one.theta, (xs[None], ys[None]), xq[None], ways)[0].exp()
            for one in systems(data)
        ]
    return torch.stack(rows).numpy()


def compute(state: State) -> Data:
    """What every system says in the episode on show."""
    xs, _, xq, yq = pictures(state)
    support = (255 * xs).round().byte().unflatten(0, (state.ways, state.shots))[:, :, 0]
    shown = (255 * xq).round().byte()[:: queries(state.ways), 0]
    chances = said(state.data, state.spoil, state.ways, state.shots, state.episode)
    return Data(
        state, support.numpy(), shown.numpy(), systems(state.data), chances, yq.numpy()
    )  # fmt: skip


def sentence(data: Data) -> str:
    """The numbers to read off."""
    state = data.state
    answers = data.chances[:, state.asked * queries(state.ways)].argmax(-1)
    right = [one.name for one, c in zip(data.systems, answers, strict=True) if c == state.asked]
    wrong = [one.name for one, c in zip(data.systems, answers, strict=True) if c != state.asked]
    absent = [n for n in rival_rows.systems() if n not in {one.name for one in data.systems}]
    words = (
        f"{state.ways}-way {state.shots}-shot, {state.data}, queries {state.spoil}; asked about "
        f"{LETTERS[state.asked]} (click another query). "
        f"Right: {', '.join(right) or 'nobody'}. Wrong: {', '.join(wrong) or 'nobody'}. "
    )
    if absent:
        words += f"Not here (no weights yet, or too slow to be live): {', '.join(absent)}. "
    if state.data == "omniglot" and not omniglot.find():
        words += "Omniglot is not on this machine: glyphs stand in. "
    return words.rstrip()


def draw(data: Data) -> Scene:
    """A column for each class: support, query, and how likely each system thinks that class."""
    state = data.state
    side = min((WIDE - NAMES - SAID) / state.ways, 62, 300 / state.shots)
    row = HIGH / side
    marks = _characters(data)
    for i, one in enumerate(data.systems):
        marks += _row(data, i, one, -1.35 - (i + 1) * row, row)
    high, low = state.shots + 0.5, -1.45 - len(data.systems) * row
    left = -(NAMES + (WIDE - NAMES - SAID - side * state.ways) / 2) / side
    limits = (left, left + WIDE / side), (low, high)
    title = "Support (orange), queries (blue: asked), and each system's probability for each class"
    panel = Panel(marks, *limits, title, frame=False, equal=True)
    alt = (
        f"{state.ways} columns of characters with {state.shots} support pictures and a query each. "
        "Below, a row for each few-shot system shades the classes by the probability that it gives "
        "them to the query that is asked, and frames its answer by whether it is right."
    )
    return Scene([[panel]], alt, sentence(data), (round((high - low) * side) + 30,))


def _characters(data: Data) -> list:
    """Letters, support pictures and queries."""
    state, marks = data.state, []
    size = 13 if state.ways <= 10 else 11
    for c in range(state.ways):
        marks.append(Text(c + 0.5, state.shots + 0.2, LETTERS[c], "support", size, "center", True))
        for k in range(state.shots):
            box = c + 0.04, c + 0.96, state.shots - k - 0.96, state.shots - k - 0.04
            marks.append(Image(255 - data.support[c, k], *box, color="support", border=1.5))
        look = {"color": "muted", "border": 1, "click": f"q{c}"}
        if c == state.asked:
            look = {"color": "query", "border": 4}
        box = c + 0.04, c + 0.96, -1.2, -0.28
        marks.append(Image(255 - data.query[c], *box, **look))
    return marks


def _row(data: Data, i: int, one: rival_games.Player, y: float, row: float) -> list:
    """A system: its name, its probabilities, its answer, its score on all queries."""
    state, each = data.state, queries(data.state.ways)
    p = data.chances[i, state.asked * each]
    answer, color = int(p.argmax()), COLORS[one.rival.family]
    learned = f" ({one.data})" if one.data not in ("", state.data) else ""
    marks = [Text(-0.15, y + 0.3 * row, one.name + learned, color, 12, "right")]
    for c, chance in enumerate(p.tolist()):
        box = c + 0.04, c + 0.96, y + 0.06 * row, y + 0.94 * row
        marks.append(Rect(*box, color, round(0.04 + 0.8 * chance, 3)))
        if state.ways <= 10 and chance >= 0.005:
            dark = "#FFFFFF" if chance > 0.6 else "ink"
            marks.append(Text(c + 0.5, y + 0.3 * row, f"{100 * chance:.0f}", dark, 11, "center"))
    box = answer + 0.04, answer + 0.96, y + 0.06 * row, y + 0.94 * row
    verdict = "good" if answer == state.asked else "bad"
    marks.append(Rect(*box, verdict, 0.0, 2.5))
    right = int((data.chances[i].argmax(-1) == data.truth).sum())
    mark = "" if answer == state.asked else "✗"
    words = f"{LETTERS[answer]}{mark} {100 * p[answer]:.0f} %, all: {right} of {len(data.truth)}"
    marks.append(Text(state.ways + 0.15, y + 0.3 * row, words, verdict, 12))
    return marks


def clicked(state: State, name: str) -> State:
    """Ask about the query that was clicked."""
    return replace(state, asked=int(name.removeprefix("q")))


def next_query(state: State) -> State:
    """Ask about the next class's query."""
    return replace(state, asked=(state.asked + 1) % state.ways)


def new_episode(state: State) -> State:
    """Other characters."""
    return replace(state, episode=state.episode + 1, asked=0)


W12 = Widget(
    "W12",
    "One episode, every rival",
    State,
    compute,
    draw,
    buttons={"Next query": next_query, "New episode": new_episode},
    on_click=clicked,
)
