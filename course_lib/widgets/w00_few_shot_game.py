"""W0: the reader plays n-way k-shot classification on characters that nobody has shown them
(notebook 00)."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import UInt8

from course_lib.ground.stats import wilson
from course_lib.scenes.scene import Image, Panel, Rect, Scene, Text
from course_lib.scenes.words import counted
from course_lib.tasks import episodes, glyphs
from course_lib.widgets import scores
from course_lib.widgets.bets import ledger
from course_lib.widgets.core import Widget, check_sliders, slider
from course_lib.widgets.scoreboard import scoreboard

LETTERS = "ABCDEFGHIJ"
CHARACTERS = 280  # all of the glyphs' meta-test split
CARD = "00.score"  # the bet on the 5-way 1-shot game
GO_ON = "Enter"  # clicks are named after the key that does the same


@dataclass(frozen=True)
class State:
    """Which game is played, and every answer so far as (ways, shots, answer).

    `shown` is the game (ways, shots) whose last answer is still being commented.
    """

    ways: int = slider(5, 2, 10, label="ways n")
    shots: int = slider(1, 1, 5, label="shots k")
    seed: int = 0
    answers: tuple[tuple[int, int, int], ...] = ()
    shown: tuple[int, int] | None = None
    note: str = ""

    def __post_init__(self):
        check_sliders(self)
        for ways, shots, answer in self.answers:
            if not 0 <= answer < ways:
                raise ValueError(f"A {ways}-way {shots}-shot question has no answer {answer}.")
        if self.shown is not None and self.shown not in {a[:2] for a in self.answers}:
            raise ValueError(f"There is no answer to a {self.shown} question to be shown.")

    @property
    def given(self) -> tuple[int, ...]:
        """The answers to the questions of the game that is being played."""
        return tuple(a for *game, a in self.answers if game == [self.ways, self.shots])

    @property
    def commented(self) -> bool:
        """Whether the last answer is on show, and no question is open."""
        return self.shown == (self.ways, self.shots)

    @property
    def number(self) -> int:
        """Which question is on show: 0, 1, 2, …"""
        return len(self.given) - self.commented


@dataclass(frozen=True)
class Question:
    """One episode with one query: pictures as uint8 with 255 = ink."""

    support: UInt8[np.ndarray, "ways shots 28 28"]
    query: UInt8[np.ndarray, "28 28"]
    answer: int
    pixel_answer: int  # of the nearest neighbour in pixels


@dataclass(frozen=True)
class Data:
    """What is on show, and the running score in this game."""

    state: State
    question: Question
    right: int
    pixels_right: int
    answered: int
    bet: float | None = None  # what the reader bet on this game, in %


@lru_cache(maxsize=1)
def pool() -> torch.Tensor:
    """The characters of the meta-test alphabets, 20 drawings each: [280, 20, 28, 28]."""
    return glyphs.few(CHARACTERS, torch.Generator().manual_seed(0)).images


@lru_cache(maxsize=4096)
def question(seed: int, ways: int, shots: int, number: int) -> Question:
    """Question `number` of a game. It is the same whenever it is asked."""
    gen = torch.Generator().manual_seed(((seed * 11 + ways) * 6 + shots) * 100_000 + number)
    sizes = {"num_tasks": 1, "num_ways": ways, "num_shots": shots, "num_queries": 1}
    draw = episodes.draw_indices(*pool().shape[:2], **sizes, gen=gen)
    answer = int(torch.randint(ways, (), generator=gen))
    (xs, ys), (xq, _) = episodes.gather(pool(), draw)
    asked = episodes.Episode((xs[0], ys[0]), (xq[0, [answer]], ys[0, :1]))
    pixel_answer = int(episodes.nearest_neighbour(asked))
    support = pool()[draw.classes[0, :, None], draw.support[0]].numpy()
    query = pool()[draw.classes[0, answer], draw.query[0, answer, 0]].numpy()
    return Question(support, query, answer, pixel_answer)


def compute(state: State) -> Data:
    """The question on show, and how many answers of the reader and of the pixels were right."""
    game = state.seed, state.ways, state.shots
    asked = [question(*game, i) for i in range(len(state.given))]
    right = sum(q.answer == said for q, said in zip(asked, state.given, strict=True))
    pixels_right = sum(q.answer == q.pixel_answer for q in asked)
    now = question(*game, state.number)
    return Data(state, now, right, pixels_right, len(asked), bet_on(state.ways, state.shots))


def bet_on(num_ways: int, num_shots: int) -> float | None:
    """The reader's bet in % on an n-way k-shot game; there is a card for the 5-way 1-shot game."""
    if (num_ways, num_shots) != (5, 1):
        return None
    try:
        return ledger.read().get(CARD, {}).get("bet")
    except (ValueError, OSError):  # the card itself says what is wrong with the file
        return None


def draw(data: Data) -> Scene:
    """The support in columns, the query beside it, and the score below."""
    state = data.state
    game = f"{state.ways}-way {state.shots}-shot"
    players = [("you", data.right, "query"), ("pixels", data.pixels_right, "ink")]
    board = scoreboard(players, data.answered, 1 / state.ways, data.bet)
    low, high = wilson(data.right, data.answered)
    status = f"Question {state.number + 1} of {game}: which column shows the query's character?"
    if data.answered:
        start = "" if state.commented else f"{status} "
        status = (
            f"{start}So far {data.right} of {data.answered} right "
            f"(95 % interval {100 * low:.0f} to {100 * high:.0f} %). "
            f"Chance is {100 / state.ways:.0f} %. {state.note}"
        )
    if data.bet is not None:
        status = f"{status.rstrip()} You bet {data.bet:.0f} %."
    alt = (
        f"{state.ways} columns of hand-drawn characters, {state.shots} per column, beside one more "
        "drawing, the query. The reader says which column it belongs to. A score is kept below."
    )
    return Scene([[_support(data), _query(data)], [board]], alt, status, (350, 170))


def _support(data: Data) -> Panel:
    """The support pictures, a column per class, and the letters A, B, … under them."""
    marks, (ways, shots) = [], data.question.support.shape[:2]
    said = data.state.given[-1] if data.state.commented else None
    for c in range(ways):
        frame, border = ("grid", 1.0)
        if data.state.commented and c == data.question.answer:
            frame, border = ("good", 4.0)
        elif c == said:
            frame, border = ("bad", 4.0)
        click = "" if data.state.commented else LETTERS[c]
        for k in range(shots):
            picture = 255 - data.question.support[c, k]
            y = shots - 1 - k
            marks.append(
                Image(picture, c + 0.04, c + 0.96, y + 0.04, y + 0.96, click=click, smooth=True)
            )
        marks.append(Rect(c + 0.04, c + 0.96, 0.04, shots - 0.04, frame, 0, border, click))
        sign = {"good": " ✓", "bad": " ✗"}.get(frame, "")
        ink = frame if sign else "ink"
        marks.append(Rect(c + 0.1, c + 0.9, -0.36, -0.02, ink, 0.08, 0, click))
        marks.append(Text(c + 0.5, -0.19, LETTERS[c] + sign, ink, 15, "center", True))
    title = f"Support: {counted(shots, 'example')} of each of {ways} classes"
    return Panel(marks, (0, ways), (-0.4, shots), title, width=3.0, frame=False, equal=True)


def _query(data: Data) -> Panel:
    """The query, and under it the verdict with a button that goes on."""
    picture = 255 - data.question.query
    marks = [Image(picture, 0.04, 0.96, 0.04, 0.96, color="query", border=4.0, smooth=True)]
    if data.state.commented:
        truth, said = data.question.answer, data.state.given[-1]
        words = f"Right: it is {LETTERS[truth]}."
        if said != truth:
            words = f"It is {LETTERS[truth]}. You said {LETTERS[said]}."
        color = "good" if said == truth else "bad"
        marks.append(Text(0.5, -0.1, words, color, 14, "center", True))
        marks.append(Rect(0.1, 0.9, -0.42, -0.22, "query", 0.15, 1.5, GO_ON))
        marks.append(Text(0.5, -0.32, "Next question", "query", 14, "center", True))
    else:
        marks.append(Text(0.5, -0.1, "Click its column", "ink", 14, "center"))
        marks.append(Text(0.5, -0.22, "(or type its letter).", "ink", 14, "center"))
    return Panel(marks, (0, 1), (-0.45, 1), "Query", width=1.1, frame=False, equal=True)


def answered(state: State, name: str) -> State:
    """`state` after the click `name`: an answer by its letter, or on to the next question."""
    if name == GO_ON:
        return next_question(state)
    letter = LETTERS[: state.ways].find(name)
    if letter < 0:
        raise ValueError(
            f"There is no column {name}: the columns are A to {LETTERS[state.ways - 1]}."
        )
    if state.commented:  # the second half of a double click
        return state
    game = state.ways, state.shots
    return replace(state, answers=(*state.answers, (*game, letter)), shown=game)


def next_question(state: State) -> State:
    """`state` with an open question."""
    return replace(state, shown=None)


def other_characters(state: State) -> State:
    """A new game with other questions. What the score file holds stays."""
    return replace(state, seed=state.seed + 1, answers=(), shown=None, note="")


def answer_and_record(state: State, name: str) -> State:
    """`answered(state, name)`, and the answer goes into the reader's score file (`scores`)."""
    new = answered(state, name)
    if len(new.answers) == len(state.answers):
        return new
    truth = question(state.seed, state.ways, state.shots, state.number).answer
    asked = f"{state.seed}:{state.number}"
    try:
        scores.record(state.ways, state.shots, asked, truth == new.given[-1])
    except (ValueError, OSError) as problem:  # the game goes on, and says so
        return replace(new, note=f"This answer was not saved: {problem}")
    return replace(new, note="")


W0 = Widget(
    "W0",
    "Be the learner",
    State,
    compute,
    draw,
    buttons={"Other characters": other_characters},
    on_click=answer_and_record,
)
