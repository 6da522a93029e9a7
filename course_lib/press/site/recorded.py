"""Games and a training as a page without a kernel shows them.

The state of such a widget is what its reader has done so far, and no slider says that. Here it
gets a state of controls only: each of its values stands for one state of the widget's own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from course_lib.scenes.scene import Image, Rect, Scene, Text
from course_lib.widgets import w00_few_shot_game as w0
from course_lib.widgets import w02_painters as w2
from course_lib.widgets import w14_bandit as w14
from course_lib.widgets import w19_training as w19
from course_lib.widgets.core import Widget, choice, slider

OPEN = "not yet"  # no answer has been given
GAMES, LETTERS = 8, "ABCDE"
RULES = ("each arm once, then the best one", "stay where it paid", "as RL² does")


def recorded(
    widget: Widget, state_type: type, whole: Callable, told: Callable, on_click=None
) -> Widget:
    """`widget` moved by the controls of `state_type`.

    `whole(shown)` is the widget's own state for a state of the controls, and `told(shown, data,
    scene)` its picture in the words of a page where nothing is computed.
    """

    def compute(shown):
        return shown, widget.compute(whole(shown))

    def draw(found) -> Scene:
        return told(*found, widget.draw(found[1]))

    return Widget(widget.key, widget.title, state_type, compute, draw, on_click=on_click)


def reworded(scene: Scene, say: Callable[[str], str], status: str, rows: int = 2) -> Scene:
    """The first `rows` of a scene with `say` of each title and word, and another `status`.

    A picture that is a button becomes a picture under a button: it is stored once for all frames.
    """
    kept = []
    for row in scene.rows[:rows]:
        kept.append([])
        for panel in row:
            marks = [part for mark in panel.marks for part in apart(mark, say)]
            kept[-1].append(replace(panel, title=say(panel.title), marks=marks))
    return Scene(kept, scene.alt, status, scene.heights[:rows])


def apart(mark, say: Callable[[str], str]) -> list:
    """A mark with its words said by `say`; of a picture that is a button, both."""
    if isinstance(mark, Text):
        return [replace(mark, text=say(mark.text))]
    if isinstance(mark, Image) and mark.click:
        box = mark.x0, mark.x1, mark.y0, mark.y1
        return [replace(mark, click=""), Rect(*box, fill=0, click=mark.click)]
    return [mark]


@dataclass(frozen=True)
class Game:
    """W0: one of eight questions, and what the reader says to it."""

    number: int = slider(1, 1, GAMES, label="question")
    shots: int = choice(1, (1, 5), label="shots k")
    said: str = choice(OPEN, (OPEN, *LETTERS), label="your answer")


def game(shown: Game) -> w0.State:
    """The first question of a game of its own."""
    asked = {"shots": shown.shots, "seed": shown.number - 1}
    if shown.said == OPEN:
        return w0.State(**asked)
    answer = 5, shown.shots, LETTERS.index(shown.said)
    return w0.State(**asked, answers=(answer,), shown=answer[:2])


def game_told(shown: Game, data: w0.Data, scene: Scene) -> Scene:
    status = f"Question {shown.number} of {GAMES}: which column shows the query's character?"
    if data.state.commented:
        earlier = [w0.question(i, 5, shown.shots, 0) for i in range(shown.number)]
        right = sum(q.answer == q.pixel_answer for q in earlier)
        said = LETTERS[data.question.pixel_answer]
        status = (
            f"The most similar picture in pixels is one of {said}. Up to here that rule has "
            f"{right} of {shown.number} right. How many have you? By chance it is one in five."
        )
    alt = f"{scene.alt.removesuffix(' A score is kept below.')} {status}"
    words = {"(or type its letter).": "(or choose its letter)."}
    return reworded(replace(scene, alt=alt), lambda text: words.get(text, text), status, rows=1)


def game_clicked(shown: Game, name: str) -> Game:
    if name == w0.GO_ON:
        return replace(shown, number=min(shown.number + 1, GAMES), said=OPEN)
    return replace(shown, said=name)


@dataclass(frozen=True)
class Paintings:
    """W2: one of two questions about a pair of painters, and what the reader says to it."""

    difference: float = slider(0.5, 0.0, 1.0, step=0.25, label="difference")
    number: int = choice(1, (1, 2), label="question")
    said: str = choice(OPEN, (OPEN, *w2.LETTERS), label="your answer")


def paintings(shown: Paintings) -> w2.State:
    """The first pair of painters, after the questions before this one."""
    place = 0, shown.difference
    answers = (*place, 0), *([] if shown.number == 1 else [(*place, 0)])
    if shown.said == OPEN:
        return w2.State(shown.difference, answers=answers[1:])
    said = *place, w2.LETTERS.index(shown.said)
    return w2.State(shown.difference, answers=(*answers[1:], said), shown=place)


def paintings_told(shown: Paintings, data: w2.Data, scene: Scene) -> Scene:
    status = "Who painted the picture on the right, A or B?"
    if data.said is not None:
        status = "Two questions at each of five differences: where can you still tell?"
    alt = f"{scene.alt.partition(' A score is kept below')[0]} {status}"
    words = {"(or type A or B).": "(or choose A or B)."}
    return reworded(replace(scene, alt=alt), lambda text: words.get(text, text), status, rows=1)


def paintings_clicked(shown: Paintings, name: str) -> Paintings:
    if name == w2.GO_ON:
        return replace(shown, number=3 - shown.number, said=OPEN)
    return replace(shown, said=name)


@dataclass(frozen=True)
class Pulls:
    """W14: a game as it goes on, of somebody who follows a rule."""

    pulls: int = slider(0, 0, 10, label="pulls made")
    rule: str = choice(RULES[0], RULES, label="your rule")
    bandit: int = choice(1, (1, 2, 3), label="bandit")


@cache
def pulled(rule: str, bandit: int) -> w14.State:
    """The whole game of a rule on a bandit of five arms."""
    state = w14.State(draw=bandit - 1)
    if rule == RULES[2]:
        return w14.copycat(state)
    while len(state.pulled) < state.pulls:
        yours = w14.compute(state).yours
        arm = len(yours) % state.arms  # once each, in order
        if rule == RULES[1] and yours:
            last, paid = yours[-1]
            arm = last if paid else (last + 1) % state.arms
        elif len(yours) >= state.arms:
            paid = [[reward for arm, reward in yours if arm == a] for a in range(state.arms)]
            arm = max(range(state.arms), key=lambda a: (sum(paid[a]) / len(paid[a]), -a))
        state = replace(state, pulled=(*state.pulled, arm))
    return state


def pulls(shown: Pulls) -> w14.State:
    """The game after its first pulls."""
    state = pulled(shown.rule, shown.bandit)
    return replace(state, pulled=state.pulled[: shown.pulls])


def pulls_told(shown: Pulls, data: w14.Data, scene: Scene) -> Scene:
    status = scene.status.partition(" Click an arm")[0]
    alt = scene.alt.partition(" Click an arm")[0]

    def say(text: str) -> str:
        return re.sub(r"Pull an arm: (\d+) left", r"Pulls left: \1", text)

    return reworded(replace(scene, alt=alt), say, status)


@dataclass(frozen=True)
class Trained:
    """W19: a stored training as it goes on."""

    share: int = slider(100, 0, 100, step=5, label="training done, %")
    world: str = choice("sinusoids", w19.WORLDS, label="world")


def trained(shown: Trained) -> w19.State:
    """The stored run as far as it was then; nothing pale stands behind it."""
    run = w19.stored(shown.world)
    last = len(run.points) - 1
    points = run.points[: 1 + shown.share * last // 100]
    so_far = replace(run, done=points[-1].done, goal=run.done, points=points)
    asked = {"world": shown.world, **w19.USUAL[shown.world]}
    return w19.State(**asked, run=so_far, kept=w19.Run(run.setting), running=shown.share < 100)


def trained_told(shown: Trained, data: tuple, scene: Scene) -> Scene:
    status = re.sub(r" Trained on \w+\.", "", scene.status).replace("Stopped: ", "Trained: ")
    return reworded(replace(scene, alt=f"{scene.alt} {status}"), str, status)


RECORDED = {
    "W0": recorded(w0.W0, Game, game, game_told, game_clicked),
    "W2": recorded(w2.W2, Paintings, paintings, paintings_told, paintings_clicked),
    "W14": recorded(w14.W14, Pulls, pulls, pulls_told),
    "W19": recorded(w19.W19, Trained, trained, trained_told),
}
