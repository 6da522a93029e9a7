"""A question of the self-test: new numbers each time, a reason for every answer (notebook 12)."""

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

MINUS = "−"


class Option(NamedTuple):
    """An answer to choose, and what is said when it was chosen: why it is right or wrong."""

    text: str
    says: str


class Question(NamedTuple):
    """What is asked, the right answer, and at least two wrong ones, each a mistake people make.

    `given` holds the numbers that were drawn, for whoever checks the answer.
    """

    text: str
    right: Option
    wrong: tuple[Option, ...]
    given: Mapping[str, float] = MappingProxyType({})

    def options(self, seed: int) -> list[Option]:
        """All answers, shuffled by `seed`."""
        found = [self.right, *self.wrong]
        random.Random(f"{self.text} {seed}").shuffle(found)
        return found


class Topic(NamedTuple):
    """A question without its numbers: its name, and the lesson and section that teach it."""

    key: str
    lesson: str
    section: str
    draw: Callable[[random.Random], Question]

    def question(self, seed: int) -> Question:
        """The question with numbers that `seed` draws; no two of its answers read alike.

        Errors: ValueError where a hundred draws give none.
        """
        for again in range(100):
            found = self.draw(random.Random(f"{self.key} {seed} {again}"))
            texts = [option.text for option in (found.right, *found.wrong)]
            if len(set(texts)) == len(texts):
                return found
        raise ValueError(f"{self.key}: two of its answers always read alike.")


def asks(topics: list[Topic], lesson: str, section: str) -> Callable:
    """A decorator: the function below draws a question on that section of that lesson."""

    def keep(draw: Callable[[random.Random], Question]) -> Callable[[random.Random], Question]:
        topics.append(Topic(draw.__name__, lesson, section, draw))
        return draw

    return keep


def told(value: float, digits: int = 2) -> str:
    """A number as it is printed in a text, without zeros at its end."""
    words = f"{value:.{digits}f}"
    words = words.rstrip("0").rstrip(".") if "." in words else words
    return words.replace("-", MINUS) if float(value) and words.strip("-0.") else "0"


def percent(share: float) -> str:
    """A share of 1 in whole per cent."""
    return f"{100 * share:.0f} %"
