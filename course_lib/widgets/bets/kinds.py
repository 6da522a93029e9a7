"""What can be bet: a number, a choice, an order, or a sketch on the axes (notebooks 00 to 10).

A kind says what fits, how a bet is worded, and when it counts as a hit. It draws nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`; a hit is at most `within` off the outcome."""

    low: float
    high: float
    within: float
    step: float = 1.0
    unit: str = ""

    def __post_init__(self):
        if not (self.low < self.high and self.within >= 0 and self.step > 0):
            raise ValueError("number: give low < high, a step above 0 and within ≥ 0.")

    def fit(self, value: Any) -> float:
        """`value` as a float. The outcome may lie outside the range, a bet may not.

        Errors: ValueError for what is no number.
        """
        item = getattr(value, "item", None)
        value = item() if item is not None and getattr(value, "ndim", 0) == 0 else value
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"This bet is about a number; {value!r} is none.")
        return float(value)

    def hit(self, bet: float, outcome: float) -> bool:
        """Whether the bet is near enough."""
        return abs(bet - outcome) <= self.within + 1e-9

    def told(self, value: float) -> str:
        """The number with its unit, as fine as the steps of the bet."""
        digits = max(0, -math.floor(math.log10(self.step) + 1e-9))
        unit = f" {self.unit}" if self.unit else ""
        return f"{value:.{digits}f}{unit}".replace("-", "−")

    @property
    def rule(self) -> str:
        """When it counts as a hit: between percentages lie points."""
        off = replace(self, unit="points" if self.unit == "%" else self.unit)
        return f"A hit is at most {off.told(self.within)} off."


@dataclass(frozen=True)
class Choice:
    """One of several `options`; a hit is the right one."""

    options: tuple[str, ...]

    def __post_init__(self):
        if len(set(self.options)) != len(self.options) or not 2 <= len(self.options) <= 9:
            raise ValueError("choice: give 2 to 9 options, all different.")

    def fit(self, value: Any) -> str:
        """`value` if it is an option. Errors: ValueError with the options otherwise."""
        if value not in self.options:
            raise ValueError(f"{value!r} is no option here: {', '.join(self.options)}.")
        return value

    def hit(self, bet: str, outcome: str) -> bool:
        """Whether the right option was chosen."""
        return bet == outcome

    def told(self, value: str) -> str:
        """The option, in quotes."""
        return f"“{value}”"

    @property
    def rule(self) -> str:
        """When it counts as a hit."""
        return "A hit is the right answer."


@dataclass(frozen=True)
class Order:
    """The `items` in an order, by what `first` says ("least first"); a hit is the whole order."""

    items: tuple[str, ...]
    first: str

    def __post_init__(self):
        if len(set(self.items)) != len(self.items) or not 2 <= len(self.items) <= 9:
            raise ValueError("order: give 2 to 9 items, all different.")

    def fit(self, value: Any) -> tuple[str, ...]:
        """`value` as a tuple. Errors: ValueError unless it holds each item once."""
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ValueError(f"This bet is about an order; {value!r} is none.")
        if sorted(value) != sorted(self.items):
            raise ValueError(f"Put these in order, each once: {', '.join(self.items)}.")
        return tuple(value)

    def hit(self, bet: Sequence[str], outcome: Sequence[str]) -> bool:
        """Whether all stands where it should."""
        return tuple(bet) == tuple(outcome)

    def told(self, value: Sequence[str]) -> str:
        """The items from first to last."""
        return ", ".join(value)

    @property
    def rule(self) -> str:
        """When it counts as a hit."""
        return "A hit is the whole order."


@dataclass(frozen=True)
class Sketch:
    """A curve over the places `x`; a hit is at most `within` off on the average, in units of y.

    `axes` names both axes; `given` holds curves that are drawn in the picture: {label: y's}, and
    `dots` the places and the heights of points that are known.
    """

    x: tuple[float, ...]
    ylim: tuple[float, float]
    axes: tuple[str, str]
    within: float
    given: tuple[tuple[str, tuple[float, ...]], ...] = ()
    xlog: bool = False
    ylog: bool = False
    dots: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    def __post_init__(self):
        if len(self.x) < 2 or any(b <= a for a, b in zip(self.x, self.x[1:], strict=False)):
            raise ValueError("sketch: give at least two places x, from left to right.")
        if not self.within > 0:
            raise ValueError("sketch: give within > 0.")
        if len(self.dots) != 2 or len(self.dots[0]) != len(self.dots[1]):
            raise ValueError("sketch: give dots as (x's, y's), as many of the one as of the other.")

    def fit(self, value: Any) -> tuple[float, ...]:
        """`value` as one float per place x. Errors: ValueError for another number of them."""
        tolist = getattr(value, "tolist", None)
        values = tuple(map(float, tolist() if tolist else value))
        if len(values) != len(self.x) or not all(map(math.isfinite, values)):
            raise ValueError(f"This sketch has {len(self.x)} places; give a number for each.")
        return values

    def off(self, bet: Sequence[float], outcome: Sequence[float]) -> float:
        """How far the curves are apart on the average, in units of y; logarithmic: in decades."""
        scale = math.log10 if self.ylog else float
        pairs = zip(bet, outcome, strict=True)
        return sum(abs(scale(a) - scale(b)) for a, b in pairs) / len(self.x)

    def hit(self, bet: Sequence[float], outcome: Sequence[float]) -> bool:
        """Whether the sketch is near enough."""
        return self.off(bet, outcome) <= self.within + 1e-9

    def told(self, value: Sequence[float]) -> str:
        """The ends of the curve; the picture says the rest."""
        ends = " to ".join(f"{v:.2g}" for v in (value[0], value[-1]))
        return f"a curve from {ends}".replace("-", "−")

    @property
    def rule(self) -> str:
        """When it counts as a hit."""
        unit = " decades" if self.ylog else ""
        return f"A hit is a curve at most {self.within:g}{unit} off, on the average."


Kind = Number | Choice | Order | Sketch


def number(low: Real, high: Real, *, within: Real, step: Real = 1, unit: str = "") -> Number:
    """A bet on a number: a slider from `low` to `high`."""
    return Number(float(low), float(high), float(within), float(step), unit)


def choice(*options: str) -> Choice:
    """A bet on one of several answers, which are clicked or chosen by their number."""
    return Choice(options)


def order(*items: str, first: str) -> Order:
    """A bet on an order; a click moves an item up."""
    return Order(items, first)


def sketch(
    x, ylim, *, axes: tuple[str, str], within: Real, given=None, xlog=False, ylog=False, dots=None
):
    """A bet on a curve; `given` are known curves {label: y's}, `dots` known points (x's, y's)."""
    curves = tuple((label, tuple(map(float, y))) for label, y in (given or {}).items())
    places, limits = tuple(map(float, x)), (float(ylim[0]), float(ylim[1]))
    known = tuple(tuple(map(float, part)) for part in dots or ((), ()))
    return Sketch(places, limits, axes, float(within), curves, xlog, ylog, known)
