"""W12: one episode, every few-shot system that has weights here, side by side (notebook 07)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from course_lib.few_shot import rival_games, rival_rows, rivals
from course_lib.scenes.families import COLORS
from course_lib.scenes.scene import Image, Panel, Rect, Scene, Text
from course_lib.scenes.words import counted
from course_lib.tasks import omniglot
from course_lib.widgets.core import Widget, check_sliders, choice, slider
from course_lib.widgets.w10_classifier import LETTERS, episode, queries

SLOW = ("lstm",)  # 112,000 small LSTMs for one answer: no live picture
WIDE = 960  # pixels of the picture
NAMES, SAID = 210, 165  # pixels left and right of the columns
BAR, SHADE = 0.92, 0.55  # the longest bar in pictures; how dark it is
HIGH = 23  # pixels of a system's row
ROOM = 40  # pixels of a support picture under which there is room for a number
STRIPS = (0.32, 0.12)  # height of the strip under a support picture, with and without a number


@dataclass(frozen=True)
class State:
    """One episode; `asked` is the class whose query is shown to all, counted from 0."""

    ways: int = slider(5, 2, 20, label="ways n", resets=("asked",))
    shots: int = slider(1, 1, 5, label="shots k")
    data: str = choice("glyphs", ["glyphs", "omniglot"], label="characters")
    spoil: str = choice("as drawn", list(rival_games.SPOILS), label="break it: queries")
    seen: str = choice("prototypical", rival_rows.systems(), label="on the support: what sees")
    episode: int = 0
    asked: int = 0

    def __post_init__(self):
        check_sliders(self)
        if not 0 <= self.asked < self.ways:
            raise ValueError(f"Query {self.asked} of {self.ways}: ask about 0 to {self.ways - 1}.")

    @property
    def which(self) -> tuple[str, str, int, int, int]:
        """All that the systems' answers depend on."""
        return self.data, self.spoil, self.ways, self.shots, self.episode


@dataclass(frozen=True)
class Data:
    """The pictures, and what each system says of every query.

    Pictures are uint8 with 255 = ink; `query` are those that the systems see, one of each class.
    `chances` [systems, queries, ways] are probabilities; `truth` [queries] the right classes.
    `looks` are the numbers of the system on show (`Rival.look`), None where it has none or is not
    here.
    """

    state: State
    support: UInt8[np.ndarray, "ways shots 28 28"]
    query: UInt8[np.ndarray, "ways 28 28"]
    systems: tuple[rival_games.Player, ...]
    chances: Float[np.ndarray, "systems queries ways"]
    truth: Int[np.ndarray, " queries"]
    looks: Float[np.ndarray, "queries ways shots"] | None


@lru_cache(maxsize=2)
def systems(data: str) -> tuple[rival_games.Player, ...]:
    """All that can play live, by family."""
    found = rival_games.players(data, rival_rows.systems())
    return tuple(one for one in found if one.name not in SLOW)


def pictures(state: State) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """(support, its labels, the queries as the systems see them, the right classes)."""
    (xs, ys), (xq, yq) = episode(state.data, state.ways, state.shots, state.episode)[1]
    return xs, ys, rival_games.SPOILS[state.spoil](xq), yq


@lru_cache(maxsize=1200)
def said(
    name: str, data: str, spoil: str, ways: int, shots: int, number: int
) -> Float[np.ndarray, "queries ways"]:
    """A system's probabilities in an episode, all queries asked together."""
    one = rival_games.player(name, data)
    xs, ys, xq, _ = pictures(State(ways, shots, data, spoil, episode=number))
    with torch.inference_mode():
        return one.rival.ask(one.theta, (xs[None], ys[None]), xq[None], ways)[0].exp().numpy()


@lru_cache(maxsize=64)
def looked(name: str, data: str, spoil: str, ways: int, shots: int, number: int):
    """What system `name` holds the queries against, [queries, ways, shots]; or None."""
    one = rival_games.player(name, data)
    if one is None or one.rival.look is None:
        return None
    xs, ys, xq, _ = pictures(State(ways, shots, data, spoil, episode=number))
    with torch.inference_mode():
        found = one.rival.look.of(one.theta, (xs[None], ys[None]), xq[None], ways)[0]
    return found.unflatten(-1, (ways, shots)).numpy()


def strength(kind: str, looks: np.ndarray) -> np.ndarray:
    """How long the bars of one query's looks are, 0…1: the longest is nearest.

    A share itself, a cosine above 0, and of distances the least divided by each.
    """
    if kind == "distance":
        least = looks.min()
        return np.divide(least, looks, out=np.ones_like(looks), where=looks > least)
    return looks.clip(0, 1)


def compute(state: State) -> Data:
    """What every system says in the episode on show."""
    xs, _, xq, yq = pictures(state)
    support = (255 * xs).round().byte().unflatten(0, (state.ways, state.shots))[:, :, 0]
    shown = (255 * xq).round().byte()[:: queries(state.ways), 0]
    chances = np.stack([said(one.name, *state.which) for one in systems(state.data)])
    looks = looked(state.seen, *state.which)
    return Data(
        state, support.numpy(), shown.numpy(), systems(state.data), chances, yq.numpy(), looks
    )  # fmt: skip


def ahead(state: State) -> Iterator:
    """What `compute(state)` needs, a system at a time."""
    for one in systems(state.data):
        yield said(one.name, *state.which)
    yield compute(state)


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
        f"{on_the_support(data)} "
    )
    if absent:
        words += f"Not here (no weights yet, or too slow to be live): {', '.join(absent)}. "
    if state.data == "omniglot" and not omniglot.find():
        words += "Omniglot is not on this machine: glyphs stand in. "
    return words.rstrip()


def on_the_support(data: Data) -> str:
    """What the numbers under the support pictures are, or why there are none."""
    name, rival = data.state.seen, rivals.find(data.state.seen)
    if rival.look is None:
        why = {
            "memory": "it reads slots, and no slot is a picture",
            "weights": "the support has gone into the weights of its head or net",
        }
        return f"On the support: nothing of {name}: {why[rival.family]}."
    if data.looks is None:
        return f"On the support: nothing of {name}, which has no weights yet."
    nearer = "the least" if rival.look.kind == "distance" else "the largest"
    return f"On the support: {rival.look.words} ({name}); {nearer} has the longest bar."


def layout(state: State) -> tuple[float, float]:
    """Pixels of a picture, and the height of the strip under it, in pictures."""
    sizes = [
        (min((WIDE - NAMES - SAID) / state.ways, 62, 300 / state.shots / (1 + strip)), strip)
        for strip in STRIPS
    ]
    return sizes[0] if sizes[0][0] >= ROOM else sizes[1]


def draw(data: Data) -> Scene:
    """A column for each class: support, query, and how likely each system thinks that class."""
    state = data.state
    side, strip = layout(state)
    row = HIGH / side
    marks = _characters(data, side, strip)
    for i, one in enumerate(data.systems):
        marks += _row(data, i, one, -1.35 - (i + 1) * row, row)
    high, low = state.shots * (1 + strip) + 0.5, -1.45 - len(data.systems) * row
    left = -(NAMES + (WIDE - NAMES - SAID - side * state.ways) / 2) / side
    limits = (left, left + WIDE / side), (low, high)
    title = "Support (orange), queries (blue: asked), and each system's probability for each class"
    panel = Panel(marks, *limits, title, frame=False, equal=True)
    alt = (
        f"{state.ways} columns of characters with {counted(state.shots, 'support picture')} and a "
        "query each. "
        "A bar under each support picture says how near one system, whose name is bold, finds the "
        "query to it. "
        "Below, a row for each few-shot system shades the classes by the probability that it gives "
        "them to the query that is asked, and frames its answer by whether it is right."
    )
    return Scene([[panel]], alt, sentence(data), (round((high - low) * side) + 30,))


def _characters(data: Data, side: float, strip: float) -> list:
    """Letters, support pictures with what one system sees in them, and queries."""
    state, marks = data.state, []
    size = 13 if state.ways <= 10 else 11
    for c in range(state.ways):
        high = state.shots * (1 + strip)
        marks.append(Text(c + 0.5, high + 0.2, LETTERS[c], "support", size, "center", True))
        for k in range(state.shots):
            top = high - k * (1 + strip)
            box = c + 0.04, c + 0.96, top - 0.96, top - 0.04
            marks.append(Image(255 - data.support[c, k], *box, color="support", border=1.5))
    marks += _looks(data, side, strip)
    for c in range(state.ways):
        look = {"color": "muted", "border": 1, "click": f"q{c}"}
        if c == state.asked:
            look = {"color": "query", "border": 4}
        box = c + 0.04, c + 0.96, -1.2, -0.28
        marks.append(Image(255 - data.query[c], *box, **look))
    return marks


def _looks(data: Data, side: float, strip: float) -> list:
    """A bar under each support picture, and on it its number where there is room."""
    if data.looks is None:
        return []
    state, rival, marks = data.state, rivals.find(data.state.seen), []
    found = data.looks[state.asked * queries(state.ways)]
    lengths, color = strength(rival.look.kind, found), COLORS[rival.family]
    for (c, k), length in np.ndenumerate(lengths):
        low = (state.shots - 1 - k) * (1 + strip)
        tall = low + 0.02, low + strip - 0.02
        marks.append(Rect(c + 0.04, c + 0.96, *tall, "muted", 0.12))
        marks.append(Rect(c + 0.04, c + 0.04 + BAR * float(length), *tall, color, SHADE))
        if side >= ROOM:
            words = number(rival.look.kind, float(found[c, k]))
            marks.append(Text(c + 0.5, low + 0.32 * strip, words, "ink", 11, "center"))
    return marks


def number(kind: str, value: float) -> str:
    """A share in %, a cosine with two digits, a distance with three that count."""
    if kind == "share":
        return f"{100 * value:.0f} %"
    return f"{value:.2f}" if kind == "cosine" else f"{value:.3g}"


def _row(data: Data, i: int, one: rival_games.Player, y: float, row: float) -> list:
    """A system: its name, its probabilities, its answer, its score on all queries."""
    state, each = data.state, queries(data.state.ways)
    p = data.chances[i, state.asked * each]
    answer, color = int(p.argmax()), COLORS[one.rival.family]
    learned = f" ({one.data})" if one.data not in ("", state.data) else ""
    seen = one.name == state.seen  # its bars are under the support pictures
    marks = [Text(-0.15, y + 0.3 * row, one.name + learned, color, 12, "right", seen)]
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
    ahead=ahead,
)
