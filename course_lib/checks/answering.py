"""Checks of answers that are no functions: one option of several, or a number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.checks.exercise import Option, Slip
from course_lib.checks.values import kind, number, plain


def chosen(options: Mapping[str, Option]) -> Callable[[Any], None]:
    """A check for a choice: every wrong option is answered with its own name and explanation."""

    def check(answer: Any) -> None:
        text = answer.strip(" .()\n\t").lower() if isinstance(answer, str) else ""
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

    def distance(self, number: float) -> float:
        """How far a number is from the trap; 0 between its two ends."""
        high = self.value if self.to is None else self.to
        return max(self.value - number, number - high, 0.0)


def usual_traps(value: float, within: float) -> list[Trap]:
    """Slips with any number, unless so much is allowed that they can't be told apart."""
    if within > 0.1 * abs(value):
        return []
    return [
        Trap("the wrong sign", "The right number, with the wrong sign.", -value),
        Trap("100 times too much", "Right, times 100. Is per cent asked for?", 100 * value),
        Trap("100 times too little", "Right, divided by 100. Is per cent asked for?", value / 100),
        Trap("half of it", "Half of the right number. Is a factor 2 missing?", value / 2),
        Trap("twice as much", "Twice the right number. Is a factor 2 in it twice?", 2 * value),
        Trap("upside down", "Your fraction is upside down.", 1 / value),
    ]


def near(
    value: float, *, within: float, traps: Sequence[Trap] = (), where: str = "the picture"
) -> Callable[[Any], None]:
    """A check for a number: right if it is at most `within` away from `value`.

    A number near a trap gets the nearest trap's name; any other is called too small or too large.
    """
    usual = usual_traps(value, within)

    def check(answer: Any) -> None:
        got = as_number(answer)
        if abs(got - value) <= within:
            return
        for known in (traps, usual):
            close = [trap for trap in known if trap.distance(got) <= (0 if trap.to else within)]
            if close:
                trap = min(close, key=lambda trap: trap.distance(got))
                raise Slip(trap.name, trap.says)
        side = "too small" if got < value else "too large"
        raise Slip(side, f"You gave {number(got)}. Look at {where} again.")

    return check


def as_typed(answer: Any) -> Any:
    """A number that was typed as a text, "45"; anything else as it is."""
    try:
        return float(answer) if isinstance(answer, str) else answer
    except ValueError:
        return answer


def as_number(answer: Any) -> float:
    """The answer as a float; a `Slip` for anything that isn't one finite number."""
    value = plain(as_typed(answer))
    single = hasattr(value, "numel") and value.numel() == 1
    got = float(value) if single and not isinstance(answer, bool) else float("nan")
    if got != got or got in (float("inf"), float("-inf")):
        what = f"the text {answer!r}" if isinstance(answer, str) else kind(answer)
        quotes = ", without quotes" if isinstance(answer, str) else ""
        says = f"Answer with one number, such as 0.5{quotes}; you gave {what}."
        raise Slip("not a number", says, is_attempt=False)
    return got
