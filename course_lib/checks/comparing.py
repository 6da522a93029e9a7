"""The general check of a function: against a reference, and against known mistakes.

    check = compared(
        reference,                                   # the right function
        Case("L(φ) = φ², θ = 1, α = 0.1", square, 1.0, lr=0.1),   # the first: by hand
        Case("…", …),
        mistakes=[Mistake("the name", "What went wrong, and what to do.", wrong_function)],
    )

The student's function, the reference and the mistakes have one signature. Where the student
differs, the mistake that gives the student's values *on every case* is the one that gets named.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.checks.calling import call, check_finite, fresh, must_be_function
from course_lib.checks.exercise import Slip
from course_lib.checks.values import (
    factor,
    kind,
    like,
    plain,
    same,
    shown,
    tensors,
    unseen_difference,
)
from course_lib.scene import Scene


class Case:
    """One call of the function: its arguments, and `says`, how a person would write it down.

    `says` of the first case is what the student is asked to redo by hand: make it tiny.
    """

    def __init__(self, says: str, *args: Any, **kwargs: Any):
        self.says, self.args, self.kwargs = says, args, kwargs

    def answer(self, function: Callable) -> Any:
        """What one of our own functions gives, on copies of the arguments."""
        return function(*fresh(list(self.args)), **fresh(self.kwargs))


@dataclass(frozen=True)
class Mistake:
    """A misconception: its name, sentences that explain it, and what it makes people compute."""

    name: str
    says: str
    answer: Callable


def compared(
    reference: Callable,
    *cases: Case,
    mistakes: Sequence[Mistake] = (),
    tolerance: float = 1e-5,
    attached: bool = False,
    picture: Callable[[Any, Any, Case], Scene] | None = None,
) -> Callable[[Any], None]:
    """A check for `Exercise.check`: raises a `Slip` unless the answer agrees with the reference.

    `attached`: the result must still hang on tensors that require a gradient; give such tensors in
    the cases. `picture(got, expected, case)` draws the first case that differs.
    """

    def check(answer: Any) -> None:
        must_be_function(answer)
        got = []
        for case in cases:
            try:
                got.append(call(answer, case.args, case.kwargs))
            except Slip:  # what went wrong on an earlier case says more
                compare(got)
                raise
        compare(got)
        if attached and not all(is_attached(out) for out in got):
            says = (
                "Your values are right, but no gradient can flow through them: something was cut "
                "off with `.detach()`, `.item()`, `.data`, `torch.no_grad()` or `torch.tensor(…)`."
            )
            raise Slip("cut off from the graph", says)

    def compare(got: list) -> None:
        expected = [case.answer(reference) for case in cases[: len(got)]]
        wrong = [i for i, pair in enumerate(zip(got, expected, strict=True)) if not equal(*pair)]
        if not wrong:
            return
        case, mine, theirs = (sequence[wrong[0]] for sequence in (cases, got, expected))
        draw = (lambda: picture(mine, theirs, case)) if picture and alike(mine, theirs) else None
        by_hand = f"Try it by hand: {case.says}. Yours: {shown(mine)}. Expected: {shown(theirs)}."
        for mistake in mistakes:
            if all(
                equal(out, c.answer(mistake.answer)) for out, c in zip(got, cases, strict=False)
            ):
                raise Slip(mistake.name, f"{mistake.says}\n{by_hand}", picture=draw)
        check_finite(mine)
        check_form(mine, theirs, by_hand)
        first = "It is right on the first case, but not always." if wrong[0] else ""
        by = "" if wrong[0] else factor(list(zip(got, expected, strict=True)))
        says = " ".join(filter(None, [first, by, unseen_difference(mine, theirs)]))
        raise Slip("another value than expected", f"{says}\n{by_hand}".strip(), picture=draw)

    def equal(one: Any, other: Any) -> bool:
        return same(one, other, tolerance)

    return check


def is_attached(value: Any) -> bool:
    """Whether a gradient can flow through all that a function returned."""
    if isinstance(value, dict | list | tuple):
        return all(map(is_attached, value.values() if isinstance(value, dict) else value))
    return getattr(value, "requires_grad", False)


def alike(one: Any, other: Any) -> bool:
    """Whether two values have the same tensors in them, all finite: a picture can show both."""
    one, other = tensors(one), tensors(other)
    finite = all(bool(tensor.isfinite().all()) for tensor in one)
    return finite and [t.shape for t in one] == [t.shape for t in other]


def check_form(value: Any, expected: Any, by_hand: str) -> None:
    """A `Slip` where a value is of another type or shape than the expected one."""
    one, other = plain(value), plain(expected)
    one = like(one, other)
    if type(one) is not type(other) or getattr(one, "shape", 0) != getattr(other, "shape", 0):
        name = "the wrong shape" if hasattr(one, "shape") and hasattr(other, "shape") else (
            "the wrong type"
        )  # fmt: skip
        raise Slip(name, f"You return {kind(value)}, expected is {kind(expected)}.\n{by_hand}")
    if isinstance(one, list) and len(one) != len(other):
        says = f"You return {len(one)} values, expected are {len(other)}."
        raise Slip("the wrong number of values", f"{says}\n{by_hand}")
