"""The card of the self-test: a question, its answers, and the reason once one is chosen
(notebook 12)."""

from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from course_lib.scenes.scene import Bars, Panel, Points, Rect, Scene, Text
from course_lib.widgets.core import Widget, check_sliders, choice
from course_lib.widgets.quiz import beyond, black_boxes, few_shot, gradients, kept, learners
from course_lib.widgets.quiz.topic import Option, Question, Topic

TOPICS = [*learners.TOPICS, *gradients.TOPICS, *few_shot.TOPICS, *black_boxes.TOPICS]
TOPICS += beyond.TOPICS
LESSONS = tuple(dict.fromkeys(topic.lesson for topic in TOPICS))
ALL = "all lessons"
WIDE, ROW = 900.0, 34.0
NEXT, ANEW = "Next question", "New numbers"


@dataclass(frozen=True)
class State:
    """Where the reader is: which questions, with which numbers, and what was answered."""

    about: str = choice(
        ALL, [ALL, *LESSONS], label="About", resets=("place", "chosen", "right", "note")
    )
    seed: int = 0
    place: int = 0
    chosen: str = ""  # the answer to this question, once there is one
    right: tuple[tuple[str, bool], ...] = ()  # of each lesson's answers in this round
    note: str = ""

    __post_init__ = check_sliders


class Data(NamedTuple):
    """What the card shows; `question` is None behind the last one."""

    state: State
    topic: Topic | None
    question: Question | None
    options: list[Option]
    asked: int


def topics(state: State) -> list[Topic]:
    """The questions of this round, in their order, which `seed` deals."""
    found = [topic for topic in TOPICS if state.about in (ALL, topic.lesson)]
    Random(state.seed).shuffle(found)
    return found


def compute(state: State) -> Data:
    """The question that is asked now, with its numbers."""
    asked = topics(state)
    if state.place >= len(asked):
        return Data(state, None, None, [], len(asked))
    topic = asked[state.place]
    question = topic.question(state.seed)
    return Data(state, topic, question, question.options(state.seed), len(asked))


def answer(state: State, name: str) -> State:
    """The state with an answer; the first one counts."""
    data = compute(state)
    if state.chosen or data.question is None:
        return state
    chosen = data.options[int(name) - 1].text
    right = chosen == data.question.right.text
    kept.note(state.seed, **{data.topic.key: right})
    done = (*state.right, (data.topic.lesson, right))
    return replace(state, chosen=chosen, right=done, note="")


def further(state: State) -> State:
    """The next question, once this one is answered."""
    if not state.chosen:
        return replace(state, note="Choose an answer first.")
    return replace(state, place=state.place + 1, chosen="", note="")


def anew(state: State) -> State:
    """A new round with other numbers, in another order."""
    seed = kept.read().seed + 1
    kept.note(seed)
    return State(about=state.about, seed=seed)


def draw(data: Data) -> Scene:
    """The card, or at the end what was right by lesson."""
    if data.question is None:
        return finished(data)
    height, marks = ROW * len(data.options), []
    for i, option in enumerate(data.options):
        color, remark = colored(data, option)
        top = height - ROW * i
        click = "" if data.state.chosen else str(i + 1)
        fill = 0.03 if color == "muted" else 0.18
        marks.append(Rect(2, WIDE - 2, top - ROW + 3, top - 1, color, fill=fill, click=click))
        marks.append(Text(14, top - ROW / 2 + 1, f"{i + 1}", "muted", 13))
        marks.append(Text(40, top - ROW / 2 + 1, option.text, "ink", 14))
        if remark:
            marks.append(Text(WIDE - 14, top - ROW / 2 + 1, remark, color, 13, "right", True))
    panel, words = Panel(marks, (0, WIDE), (0, height), frame=False), status(data)
    return Scene([[panel]], f"A card of the self-test. {words}", words, [int(height) + 12])


def colored(data: Data, option: Option) -> tuple[str, str]:
    """An answer's colour and remark: none before one is chosen."""
    right = option.text == data.question.right.text
    if data.state.chosen and right:
        return "good", "right" if data.state.chosen == option.text else "this is right"
    if data.state.chosen == option.text:
        return "bad", "your answer"
    return "muted", ""


def status(data: Data) -> str:
    """What is asked, and why the answer is right or wrong once there is one."""
    state = data.state
    where = f"Question {state.place + 1} of {data.asked} (notebook {data.topic.lesson}): "
    where += data.question.text
    if not state.chosen:
        keys = "Click an answer, or press its number."
        return " ".join(filter(None, [where, keys, state.note]))
    says = {option.text: option.says for option in data.options}
    right = data.question.right
    if state.chosen == right.text:
        return f"{where} — Right. {right.says} Then press “{NEXT}”."
    return (
        f"{where} — Not so. {says[state.chosen]} Right is {right.text.rstrip('.')}: {right.says} "
        f"It is taught in “{data.topic.section}”. Then press “{NEXT}”."
    )


def finished(data: Data) -> Scene:
    """How many were right, by lesson."""
    lessons = [lesson for lesson in LESSONS if lesson in dict(data.state.right)]
    got = [sum(right for name, right in data.state.right if name == each) for each in lessons]
    asked = [sum(name == each for name, _ in data.state.right) for each in lessons]
    places = list(range(len(lessons)))
    marks = [
        Bars(places, got, "query", 0.6, label="right"),
        Points(places, asked, "muted", 9, "ring", label="asked"),
    ]
    ticks = [(i, lesson) for i, lesson in enumerate(lessons)]
    words = f"{sum(got)} of {sum(asked)} answers were right. Press “{ANEW}” for another round."
    panel = Panel(
        marks, (-0.6, len(lessons) - 0.4), (0, max(asked, default=1) + 1), xlabel="notebook",
        ylabel="answers", xticks=ticks,
    )  # fmt: skip
    return Scene([[panel]], f"Right answers by notebook. {words}", words, [260])


SELF_TEST = Widget(
    "self-test",
    "Self-test",
    State,
    compute,
    draw,
    buttons={NEXT: further, ANEW: anew},
    on_click=answer,
)
