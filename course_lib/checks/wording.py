"""Open questions: your own words, then a model answer, then points that you tick yourself.

No program reads the words. The ticks are yours, and so is the verdict.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from course_lib.checks.exercise import Exercise, Option, Slip
from course_lib.checks.values import kind

FEWEST_WORDS = 12
GIVEN = '''
my_words = """..."""  # your answer, between the quotes
my_ticks = ""  # where no boxes appear below: letters of what your words say, such as "ab"
'''
BY_YOURSELF = "No program has read your words: the ticks are your own judgement."


def open_question(
    key: str,
    *,
    points: Mapping[str, Option],
    model: str,
    minutes: int = 6,
    words: str = "my_words",
    **head: Any,
) -> Exercise:
    """An exercise that asks for words, under the name `words`; `head` is its title and so on."""
    return Exercise(
        key=key, kind="open", minutes=minutes, difficulty=2, check=told(points),
        given=GIVEN.replace("my_words", words), points=points, model=model, **head,
    )  # fmt: skip


def told(points: Mapping[str, Option]) -> Callable[[Any], None]:
    """A check for (words, ticks): words that are an answer at all, and what the ticks say of them.

    `points` are what the words may say: a point with a name is a misconception, and is answered
    with it. Right is who ticks every other point and none of these.
    """

    def check(answer: Any) -> None:
        words, ticks = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, "")
        must_be_words(words)
        letters = as_ticks(ticks, points)
        if not letters:
            says = f"Read the model answer. Then tick what *your* words say. {BY_YOURSELF}"
            raise Slip("not yet ticked", says, is_attempt=False)
        for letter in letters:
            if points[letter].name:
                raise Slip(points[letter].name, f"You tick {letter}. {points[letter].says}")
        missing = [x for x, point in points.items() if not point.name and x not in letters]
        if missing:
            says = " ".join(points[letter].text for letter in missing)
            how = "Put it into words of your own, and tick again."
            raise Slip("a point that your words lack", f"{says} {how}")

    return check


def must_be_words(words: Any) -> None:
    """A `Slip` for a stub, for what is no text, and for less than a sentence or two."""
    if words is ... or words is None or (isinstance(words, str) and not words.strip(" .…\n")):
        says = "Nothing to read yet: write your answer in the place of `...`, run that cell, and "
        raise Slip("still the stub", says + "run this one again.", is_attempt=False)
    if not isinstance(words, str):
        says = f'Write a text, in quotes: my_words = "…"; you gave {kind(words)}.'
        raise Slip("no text", says, is_attempt=False)
    found = re.findall(r"[^\W\d_]{2,}", words)
    if len(found) < FEWEST_WORDS:
        says = (
            f"That is {len(found)} words. Write at least {FEWEST_WORDS}, with a reason: the model "
            "answer is worth more to somebody who has tried."
        )
        raise Slip("too short to be an answer", says, is_attempt=False)
    if len(set(map(str.lower, found))) < FEWEST_WORDS / 2:
        says = "The same words again and again. Write what you think; nobody else sees it."
        raise Slip("no sentence", says, is_attempt=False)


def as_ticks(ticks: Any, points: Mapping[str, Option]) -> list[str]:
    """The letters that are ticked, in order; a `Slip` for a letter that no point has."""
    if not isinstance(ticks, str):
        ticks = "".join(map(str, ticks)) if isinstance(ticks, list | tuple | set) else "?"
    letters = sorted({letter for letter in ticks.lower() if letter not in " ,;.()\n"})
    strange = [letter for letter in letters if letter not in points]
    if strange:
        says = f'Tick with the letters of the points, such as "{"".join(points)[:2]}".'
        raise Slip("no such point", says, is_attempt=False)
    return letters
