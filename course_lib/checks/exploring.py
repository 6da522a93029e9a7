"""Predict, then move: a bet that is locked, and a widget that shows whether it was right.

my_widget = explore("04.7", my_guess)       # shows the widget once the bet is made
check("04.7", my_widget)                    # reads where its controls stand now
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.values import kind


@dataclass(frozen=True)
class Place:
    """Where a widget is to be moved to, or a known wrong place.

    `reached(state)` says whether its controls stand there. A place with a name is a misconception.
    """

    reached: Callable[[Any], bool]
    says: str = ""
    name: str = ""


@dataclass(frozen=True)
class Stage:
    """The widget of an exercise: "w06_landscape.W6", and the fields that its state begins with.

    `bet` is the number that was to be predicted, `slack` what it may be off by, and `surprise` the
    sentence for who predicted another.
    """

    widget: str
    start: dict[str, Any]
    bet: float
    slack: float
    surprise: str

    def live(self) -> Any:
        """A live copy, not yet shown."""
        module, name = self.widget.split(".")
        return getattr(import_module(f"course_lib.widgets.{module}"), name).live(**self.start)


def moved(
    stage: Stage, goal: Place, places: list[Place], *, rules: list[Place], where: str
) -> Callable[[Any], None]:
    """A check that reads a widget's state: at the goal, at a place with a name, or elsewhere.

    `rules` are places where nobody may be, whatever else is right.
    """

    def check(answer: Any) -> None:
        state = getattr(answer, "state", None)
        begun = stage.live().state
        if type(state) is not type(begun):
            says = f"Give the widget itself, `my_widget`; you gave {kind(answer)}."
            raise Slip("no widget", says, is_attempt=False)
        if state == begun:
            says = "Nothing has been moved yet. Move the controls of the widget, then check again."
            raise Slip("still the stub", says, is_attempt=False)
        for place in rules:
            if place.reached(state):
                raise Slip(place.name, place.says)
        if goal.reached(state):
            return
        for place in places:
            if place.reached(state):
                raise Slip(place.name, place.says)
        raise Slip("another place", f"{goal.says} Look at {where} again.")

    return check


def bet(exercise: Exercise, locked: float | None) -> str:
    """The sentence on a prediction, once the widget has shown what is right."""
    stage = exercise.stage
    if locked is None:
        return "You made no prediction before you moved. Next time, bet first."
    verdict = "You were right." if abs(locked - stage.bet) <= stage.slack else stage.surprise
    return f"You had predicted {locked:g}. {verdict}"
