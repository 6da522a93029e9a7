"""Checks of answers that are no functions: one option of several, or a number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.checks.exercise import Option, Slip
from course_lib.checks.values import kind, number, plain


def chosen(options: Mapping[str, Option]) -> Callable[[Any], None]:
    """A check for a choice: every wrong option is answered with its own name and explanation."""

    def check(answer: Any) -> None:
        text = answer.strip(" .()").lower() if isinstance(answer, str) else ""
        if text not in options:
            letters = ", ".join(f'"{letter}"' for letter in options)
            got = repr(answer)[:40] if isinstance(answer, str) else kind(answer)
            raise Slip(
                "no option", f"Answer with one of {letters}; you gave {got}.", is_attempt=False
            )
        option = options[text]
        if option.name:
            raise Slip(option.name, option.says)

    return check


@dataclass(frozen=True)
class Trap:
    """A wrong number that a misconception leads to, or all numbers from `value` to `to`."""

    name: str
    says: str
    value: float
    to: float | None = None


def near(
    value: float, *, within: float, traps: Sequence[Trap] = (), where: str = "the picture"
) -> Callable[[Any], None]:
    """A check for a number: right if it is at most `within` away from `value`.

    A number near a trap gets the trap's name; any other is called too small or too large.
    """

    def check(answer: Any) -> None:
        got = as_number(answer)
        if abs(got - value) <= within:
            return
        for trap in traps:
            low, high = trap.value, trap.value if trap.to is None else trap.to
            slack = within if trap.to is None else 0.0
            if low - slack <= got <= high + slack:
                raise Slip(trap.name, trap.says)
        side = "too small" if got < value else "too large"
        raise Slip(side, f"You gave {number(got)}. Look at {where} again.")

    return check


def as_number(answer: Any) -> float:
    """The answer as a float; a `Slip` for anything that isn't one finite number."""
    value = plain(answer)
    single = hasattr(value, "numel") and value.numel() == 1
    got = float(value) if single and not isinstance(answer, bool) else float("nan")
    if got != got or got in (float("inf"), float("-inf")):
        what = f"the text {answer!r}" if isinstance(answer, str) else kind(answer)
        quotes = ", without quotes" if isinstance(answer, str) else ""
        says = f"Answer with one number, such as 0.5{quotes}; you gave {what}."
        raise Slip("not a number", says, is_attempt=False)
    return got
