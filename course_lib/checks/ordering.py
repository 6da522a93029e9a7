"""A check of lines that are to be put in order: which line is wrong, or which stands too early."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.checks.exercise import Option, Slip
from course_lib.checks.values import kind


@dataclass(frozen=True)
class Before:
    """`first` must stand somewhere above `then`; `name` and `says` where it does not."""

    first: str
    then: str
    name: str
    says: str


def ordered(lines: Mapping[str, Option], rules: Sequence[Before]) -> Callable[[Any], None]:
    """A check for letters in order, "cab": every line without a name once, and all rules kept.

    A line with a name belongs to a misconception, and is answered with it. The first rule that is
    broken is told, so put the rules in the order in which a person would look.
    """
    needed = [letter for letter, line in lines.items() if not line.name]

    def check(answer: Any) -> None:
        letters = as_letters(answer, lines)
        for letter in letters:
            if lines[letter].name:
                raise Slip(lines[letter].name, f"Line {letter}: {lines[letter].says}")
        twice = sorted(letter for letter, number in Counter(letters).items() if number > 1)
        if twice:
            raise Slip("a line used twice", f"Every line stands once; you give {twice[0]} twice.")
        for rule in rules:
            pair = rule.first, rule.then
            if set(pair) <= set(letters) and letters.index(pair[0]) > letters.index(pair[1]):
                raise Slip(rule.name, f"Line {pair[1]} stands above line {pair[0]}. {rule.says}")
        if len(letters) < len(needed):
            says = f"So far nothing is wrong. You give {len(letters)} of {len(needed)} lines."
            raise Slip("a line is missing", says)

    return check


def as_letters(answer: Any, lines: Mapping[str, Option]) -> list[str]:
    """The letters of an answer such as "c, a, b"; a `Slip` for anything else."""
    if isinstance(answer, list | tuple) and all(isinstance(part, str) for part in answer):
        answer = "".join(answer)
    letters = (
        [c for c in answer.lower() if c not in " ,;.()-→>\n"] if isinstance(answer, str) else []
    )
    strange = [letter for letter in letters if letter not in lines]
    if not letters or strange:
        got = f"the letter {strange[0]!r}" if strange else kind(answer)
        example = "".join(lines)[:3]
        says = f'Give the letters in order, such as "{example}…"; you gave {got}.'
        raise Slip("no order", says, is_attempt=False)
    return letters
