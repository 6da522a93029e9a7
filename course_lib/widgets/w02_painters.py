"""W2: three paintings by each of two painters whom nobody has met. Who painted the next one?
(notebook 01)"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import UInt8

from course_lib.ground.stats import wilson
from course_lib.scenes.scene import Image, Panel, Rect, Scene, Text
from course_lib.supervised.study import LEVELS, SHOTS, judge, load_experience, paint_one
from course_lib.widgets.core import Widget, check_sliders, slider
from course_lib.widgets.scoreboard import scoreboard

LETTERS = "AB"
QUERIES = 3  # asked of each pair of painters
GO_ON = "Enter"  # clicks are named after the key that does the same
MACHINES = ("pixels", "experience")


@dataclass(frozen=True)
class State:
    """Which painters are on show, and every answer so far as (pair, difference, answer).

    `shown` is the (pair, difference) whose last answer is still being commented.
    """

    difference: float = slider(0.5, 0.0, 1.0, step=0.25, label="difference")
    pair: int = 0
    answers: tuple[tuple[int, float, int], ...] = ()
    shown: tuple[int, float] | None = None

    def __post_init__(self):
        check_sliders(self)
        if self.difference not in LEVELS:
            steps = ", ".join(map(str, LEVELS))
            raise ValueError(f"The difference is {self.difference}: choose one of {steps}.")
        if any(answer not in (0, 1) for *_, answer in self.answers):
            raise ValueError("An answer is 0 (painter A) or 1 (painter B).")

    @property
    def commented(self) -> bool:
        """Whether the last answer is on show, and no question is open."""
        return self.shown == (self.pair, self.difference)

    @property
    def given(self) -> int:
        """How many questions about the pair on show have been answered at this difference."""
        return sum(a[:2] == (self.pair, self.difference) for a in self.answers)

    @property
    def number(self) -> int:
        """Which question of the pair is on show."""
        return self.given - self.commented


@dataclass(frozen=True)
class Question:
    """Paintings and the truth; `machines` are the answers of pixels and of the experienced."""

    support: UInt8[np.ndarray, "2 3 96 96 3"]
    query: UInt8[np.ndarray, "96 96 3"]
    truth: int
    machines: tuple[int, ...]


@dataclass(frozen=True)
class Data:
    """What is on show, and the right answers so far at this difference: you, then the machines."""

    state: State
    question: Question
    said: int | None
    right: tuple[int, ...]
    answered: int


@lru_cache(maxsize=256)
def works(pair: int, which: int, difference: float) -> UInt8[np.ndarray, "6 96 96 3"]:
    """Three paintings to learn from, then those to be asked about."""
    return paint_one(pair, which, difference, SHOTS + QUERIES)


@lru_cache(maxsize=256)
def questions(pair: int, difference: float) -> tuple[Question, ...]:
    """The questions about one pair of painters. Who painted each query is a coin's decision."""
    both = np.stack([works(pair, 0, 0.0), works(pair, 1, difference)])
    answers = judge(both, load_experience())
    gen = torch.Generator().manual_seed(10_000 * pair + round(100 * difference))
    truths = torch.randint(2, (QUERIES,), generator=gen).tolist()
    return tuple(
        Question(
            both[:, :SHOTS],
            both[truth, SHOTS + i],
            truth,
            tuple(int(answers[name][truth * QUERIES + i]) for name in MACHINES),
        )
        for i, truth in enumerate(truths)
    )


def compute(state: State) -> Data:
    """The question on show, and the score of everybody at this difference.

    The pair is painted at all differences at once, so that the slider never waits for a painter.
    """
    for level in LEVELS:
        questions(state.pair, level)
    right, seen = [0] * (1 + len(MACHINES)), {}
    said = None
    for pair, difference, answer in state.answers:
        if difference != state.difference:
            continue
        i = seen[pair] = seen.get(pair, -1) + 1
        asked = questions(pair, difference)[i]
        for player, guess in enumerate((answer, *asked.machines)):
            right[player] += guess == asked.truth
        said = answer
    question = questions(state.pair, state.difference)[min(state.number, QUERIES - 1)]
    answered = sum(a[1] == state.difference for a in state.answers)
    return Data(state, question, said if state.commented else None, tuple(right), answered)


def draw(data: Data) -> Scene:
    """Two rows of three paintings, the query beside them, and the score below."""
    state = data.state
    low, high = (100 * p for p in wilson(data.right[0], data.answered))
    status = "Who painted the picture on the right, A or B?"
    if data.answered:
        start = "" if state.commented else f"{status} "
        status = (
            f"{start}So far {data.right[0]} of {data.answered} right "
            f"(95 % interval {low:.0f} to {high:.0f} %). Chance is 50 %."
        )
    alt = (
        "Two rows of three paintings, one row by painter A and one by painter B, beside one more "
        "painting. The reader says who painted it. A score is kept below, beside the scores of a "
        "machine that compares pixels and of one that has seen other painters."
    )
    players = zip(("you", "pixels", "learner"), data.right, ("query", "ink", "theta"), strict=True)
    board = scoreboard(list(players), data.answered, 0.5)
    return Scene([[_support(data), _query(data)], [board]], alt, status, (400, 200))


def _support(data: Data) -> Panel:
    """Three paintings by A over three by B; each row is a button until it is judged."""
    marks = []
    for which, letter in enumerate(LETTERS):
        y = 1.06 * (1 - which)
        click = "" if data.state.commented else letter
        frame = "ink"
        if data.state.commented and which == data.question.truth:
            frame = "good"
        elif which == data.said:
            frame = "bad"
        for k in range(SHOTS):
            picture = data.question.support[which, k]
            place = (k + 0.02, k + 0.98, y + 0.02, y + 0.98)
            marks.append(Image(picture, *place, smooth=True, click=click))
        sign = {"good": " ✓", "bad": " ✗"}.get(frame, "")
        marks.append(Rect(-0.4, -0.04, y + 0.02, y + 0.98, frame, 0.08, 0, click))
        marks.append(Text(-0.22, y + 0.5, letter + sign, frame, 18, "center", True))
        if sign:
            marks.append(Rect(0.01, 2.99, y + 0.01, y + 0.99, frame, 0, 5.0))
    title = "Support: three paintings by each of two painters"
    return Panel(marks, (-0.4, 3), (0, 2.06), title, width=2.2, frame=False, equal=True)


def _query(data: Data) -> Panel:
    """The painting in question, and under it the verdict with a button that goes on."""
    place = (0.02, 0.98, 0.02, 0.98)
    marks = [Image(data.question.query, *place, color="query", border=4.0, smooth=True)]
    if data.said is None:
        marks.append(Text(0.5, -0.1, "Click its painter's row", "ink", 14, "center"))
        marks.append(Text(0.5, -0.2, "(or type A or B).", "ink", 14, "center"))
    else:
        truth = LETTERS[data.question.truth]
        words = f"Right: {truth} painted it."
        color = "good"
        if data.said != data.question.truth:
            words, color = f"{truth} painted it. You said {LETTERS[data.said]}.", "bad"
        marks.append(Text(0.5, -0.09, words, color, 14, "center", True))
        pixels, learner = (LETTERS[m] for m in data.question.machines)
        others = f"pixels said {pixels}, the learner {learner}"
        marks.append(Text(0.5, -0.18, others, "ink", 12, "center"))
        marks.append(Rect(0.1, 0.9, -0.4, -0.24, "query", 0.15, 1.5, GO_ON))
        marks.append(Text(0.5, -0.32, "Next question", "query", 14, "center", True))
    return Panel(marks, (0, 1), (-0.42, 1), "Query", width=1.0, frame=False, equal=True)


def on_click(state: State, name: str) -> State:
    """`state` after the click `name`: "A" or "B" answers, "Enter" goes on."""
    if name == GO_ON:
        return go_on(state)
    if name not in LETTERS:
        raise ValueError(f"There is no painter {name}: answer A or B.")
    if state.commented:  # the second half of a double click
        return state
    answer = (state.pair, state.difference, LETTERS.index(name))
    return replace(state, answers=(*state.answers, answer), shown=answer[:2])


def go_on(state: State) -> State:
    """`state` with an open question: by the same painters, or by others after `QUERIES` of them."""
    if state.given >= QUERIES:
        return new_painters(state)
    return replace(state, shown=None)


def new_painters(state: State) -> State:
    """`state` with the next pair of painters. The score stays."""
    return replace(state, pair=state.pair + 1, shown=None)


W2 = Widget(
    "W2",
    "By Braque or by Cézanne?",
    State,
    compute,
    draw,
    buttons={"New painters": new_painters},
    on_click=on_click,
)
