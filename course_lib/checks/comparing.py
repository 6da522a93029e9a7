"""The general check of a function: against a reference, and against known mistakes.

    check = compared(
        reference,                                   # the right function
        Case("L(φ) = φ², θ = 1, α = 0.1", square, 1.0, lr=0.1),   # the first: by hand
        Case("…", …),
        mistakes=[Mistake("the name", "What went wrong, and what to do.", wrong_function)],
    )

The student's function, the reference and the mistakes have one signature. Where the student
differs, the mistake that gives the student's values *on every case* is the one that gets named;
after those that the exercise lists come the usual ones (`usual.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from course_lib.checks.calling import call, check_finite, fresh, must_be_function
from course_lib.checks.exercise import Slip
from course_lib.checks.usual import Mistake, usual_mistakes
from course_lib.checks.values import (
    factor,
    flowing,
    kind,
    like,
    plain,
    same,
    shown,
    tensors,
    unseen_difference,
)
from course_lib.scenes.scene import Scene


class Case:
    """One call of the function: its arguments, and `says`, how a person would write it down.

    All its numbers stand in `says`, for the student is asked to redo it by hand: make it tiny.
    """

    by_hand = True

    def __init__(self, says: str, *args: Any, **kwargs: Any):
        self.says, self.args, self.kwargs = says, args, kwargs

    def answer(self, function: Callable) -> Any:
        """What one of our own functions gives, on copies of the arguments."""
        return function(*fresh(list(self.args)), **fresh(self.kwargs))


class Drawn(Case):
    """A case whose numbers come from a generator. `says` describes it."""

    by_hand = False


def telling(
    reference: Callable, mistakes: Sequence[Mistake], draw: Callable[[int], Case], number: int = 1
) -> list[Case]:
    """The first cases among draw(1), draw(2), … in which every mistake differs from the reference.

    Errors: ValueError where a thousand draws hold too few of them.
    """
    found = []
    for seed in range(1, 1001):
        case = draw(seed)
        right = case.answer(reference)
        if not any(same(case.answer(mistake.answer), right) for mistake in mistakes):
            found.append(case)
            if len(found) == number:
                return found
    raise ValueError("Among a thousand cases too few tell all mistakes from the reference.")


@dataclass(frozen=True)
class Compared:
    """A check for `Exercise.check`: raises a `Slip` unless the answer agrees with the reference."""

    reference: Callable
    cases: tuple[Case, ...]
    mistakes: tuple[Mistake, ...]  # the exercise's own
    also: tuple[Mistake, ...]  # rarer ones and combinations; after these come the usual ones
    tolerance: float
    attached: bool
    picture: Callable[[Any, Any, Case], Scene] | None

    def __call__(self, answer: Any) -> None:
        """Judges a student's function."""
        must_be_function(answer)
        got = []
        for case in self.cases:
            try:
                got.append(call(answer, case.args, case.kwargs))
            except Slip:  # what went wrong on an earlier case says more
                self.compare(answer, got)
                raise
        self.compare(answer, got)
        if self.attached:
            self.compare_slopes(answer, all(map(is_attached, got)))

    def compare_slopes(self, answer: Any, attached: bool) -> None:
        """A `Slip` unless the reference's gradient comes back: a flag can be set by hand."""

        def reached(*args: Any) -> Any:
            return slopes(answer, *args)

        cases = [case for case in self.cases if not case.kwargs]
        found = [(call(reached, case.args), case.answer(partial(slopes, self.reference)))
                 for case in cases]  # fmt: skip
        if not attached or any(bool(mine.any()) != bool(theirs.any()) for mine, theirs in found):
            says = (
                "Your values are right, but no gradient can flow through them: something was cut "
                "off with `.detach()`, `.item()`, `.data`, `torch.no_grad()` or `torch.tensor(…)`."
            )
            raise Slip("cut off from the graph", says)
        if not all(same(mine, theirs, 1e-4) for mine, theirs in found):
            says = (
                "Your values are right, their gradient in θ is not: your inner steps are constants "
                "for it, so the factor 1 − αH is missing. Take the inner gradient with `grad`, or "
                "with `create_graph=True`, and don't detach it."
            )
            raise Slip("silently first-order", says)

    def compare(self, answer: Callable, got: list) -> None:
        """Raises a `Slip` where the values of the first cases differ from the reference's."""
        cases = self.cases[: len(got)]
        expected = [case.answer(self.reference) for case in cases]
        pairs = list(zip(got, expected, strict=True))
        wrong = [i for i, pair in enumerate(pairs) if not self.equal(*pair)]
        if not wrong:
            return
        first = next((i for i in wrong if cases[i].by_hand), wrong[0])
        case, (mine, theirs) = cases[first], pairs[first]
        draw = None
        if self.picture and alike(mine, theirs):
            draw = partial(self.picture, like(plain(mine), plain(theirs)), theirs, case)
        facts = facts_of(case, mine, theirs)
        mistake = self.explaining(got)
        if mistake:
            raise Slip(mistake.name, f"{mistake.says}\n{facts}", picture=draw)
        check_finite(mine)
        check_form(mine, theirs, facts)
        if not self.equal(mine, call(answer, case.args, case.kwargs)):
            says = (
                "Called twice with the same arguments, your function returns two results. Nothing "
            )
            raise Slip("chance in the result", f"{says}is to be drawn by chance here.\n{facts}")
        some = "It is right on the first case, but not always." if wrong[0] else ""
        by = "" if wrong[0] else factor(pairs)
        says = " ".join(filter(None, [some, by, unseen_difference(mine, theirs)]))
        raise Slip("another value than expected", f"{says}\n{facts}".strip(), picture=draw)

    def explaining(self, got: list) -> Mistake | None:
        """The first mistake that gives these values on all cases.

        Where a later case could not be computed, only a mistake that no other one resembles.
        """
        found = (m for m in self.every_mistake() if self.is_explained(got, m))
        if len(got) == len(self.cases):
            return next(found, None)
        by_name = {mistake.name: mistake for mistake in found}
        return next(iter(by_name.values())) if len(by_name) == 1 else None

    def every_mistake(self) -> list[Mistake]:
        """The exercise's own mistakes and combinations, then the usual ones."""
        return [*self.mistakes, *self.also, *usual_mistakes(self.reference)]

    def is_explained(self, got: list, mistake: Mistake) -> bool:
        """Whether a mistake gives the same values. A usual one may not fit the exercise at all."""
        try:
            pairs = zip(got, self.cases, strict=False)
            return all(self.equal(out, case.answer(mistake.answer)) for out, case in pairs)
        except Exception:
            if mistake in self.mistakes + self.also:
                raise
            return False

    def equal(self, one: Any, other: Any) -> bool:
        """Whether two values are the same."""
        return same(one, other, self.tolerance)


def compared(
    reference: Callable,
    *cases: Case,
    mistakes: Sequence[Mistake] = (),
    also: Sequence[Mistake] = (),
    tolerance: float = 1e-5,
    attached: bool = False,
    picture: Callable[[Any, Any, Case], Scene] | None = None,
) -> Compared:
    """A check for `Exercise.check`: raises a `Slip` unless the answer agrees with the reference.

    `also`: rarer mistakes, which need not show in every case. `attached`: the result comes of inner
    steps and must hang on tensors that require a gradient; give such in the cases.
    `picture(got, expected, case)` draws the first case that differs.
    """
    return Compared(reference, cases, tuple(mistakes), tuple(also), tolerance, attached, picture)


def facts_of(case: Case, mine: Any, theirs: Any) -> str:
    """What came out and what should: to redo by hand, where the case's numbers are shown."""
    start = f"Try it by hand: {case.says}." if case.by_hand else f"This was with {case.says}."
    return f"{start} Yours: {shown(mine)}. Expected: {shown(theirs)}."


def is_attached(value: Any) -> bool:
    """Whether a gradient can flow through all that a function returned."""
    if isinstance(value, dict | list | tuple):
        return all(map(is_attached, value.values() if isinstance(value, dict) else value))
    return getattr(value, "requires_grad", False)


def slopes(function: Callable, *args: Any) -> torch.Tensor:
    """The slopes of what a function gives, summed, in all arguments that ask for one; flat."""
    leaves, results = flowing(args), flowing(function(*args))
    if not results:
        return torch.zeros(1)
    total = sum(part.sum() for part in results)
    found = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    return torch.cat([part.flatten() for part in found])


def alike(one: Any, other: Any) -> bool:
    """Whether two values have the same tensors in them, all finite: a picture can show both."""
    one, other = tensors(one), tensors(other)
    finite = all(bool(tensor.isfinite().all()) for tensor in one)
    return finite and [t.shape for t in one] == [t.shape for t in other]


def check_form(value: Any, expected: Any, facts: str) -> None:
    """A `Slip` where a value is of another type or shape than the expected one."""
    one, other = plain(value), plain(expected)
    one = like(one, other)
    if type(one) is not type(other) or getattr(one, "shape", 0) != getattr(other, "shape", 0):
        shapes = [getattr(part, "shape", None) for part in (one, other)]
        says = f"You return {kind(value)}, expected is {kind(expected)}.\n{facts}"
        raise Slip("the wrong type" if None in shapes else misshapen(*shapes), says)
    if isinstance(one, list) and len(one) != len(other):
        says = f"You return {len(one)} values, expected are {len(other)}."
        raise Slip("the wrong number of values", f"{says}\n{facts}")


def misshapen(one: Sequence[int], other: Sequence[int]) -> str:
    """In what a shape differs from the expected one."""
    if [n for n in one if n > 1] == [n for n in other if n > 1]:
        return "an axis of length 1 too many" if len(one) > len(other) else "an axis is missing"
    if len(one) != len(other):
        return "an axis too many" if len(one) > len(other) else "an axis too few"
    if len(one) == 1:
        return "too many numbers" if one[0] > other[0] else "too few numbers"
    return "the wrong shape"
