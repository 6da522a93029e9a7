"""A student's function as the judge holds it: calls go into the box, plain values come out.

Every field that comes is looked at: a message of another form ends the notebook's process.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils._pytree import tree_leaves, tree_map

from course_lib.checks.boxed.plainly import Broken
from course_lib.checks.boxed.texts import clean
from course_lib.checks.calling import Elsewhere, FromElsewhere, Gone, fresh
from course_lib.checks.exercise import Exercise
from course_lib.checks.limit import Stopped
from course_lib.checks.torch_errors import TABLE
from course_lib.checks.values import flowing

GRACE = 5.0  # seconds for what can't be interrupted, before the process is ended
MOST_LETTERS, MOST_GIVEN = 600, 1_000_000  # of a message; numbers in a call back
NONSENSE = "It sends what is no answer."
NAMES = {name for _, name, _, _ in TABLE} | {
    "an error in your function", "arguments that don't fit", "inputs changed in place",
    "leaving Python", "no return", "print instead of return", "a recipe instead of a value",
    "still the stub", "a class instead of a function", "a value instead of a function",
}  # fmt: skip


class Turn(threading.local):
    """One verdict at a time, for torch's settings are the process's: `with JUDGING` is a turn."""

    lock = threading.Lock()  # of all threads
    waited = 0.0  # seconds of this one

    def clock(self) -> float:
        """Seconds that stand still while this thread waits for its turn: others cost it nothing."""
        return time.monotonic() - self.waited

    def __enter__(self) -> None:
        began = time.monotonic()
        self.lock.acquire()
        self.waited += time.monotonic() - began

    def __exit__(self, *_: Any) -> None:
        self.lock.release()

    @contextlib.contextmanager
    def left_to_others(self) -> Iterator[None]:
        """In the middle of a turn."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()


JUDGING = Turn()


@runtime_checkable
class Channel(Protocol):
    """The way to the process that holds the functions."""

    def send(self, message: Any) -> list[Any]:
        """Sends a message; what it may call back, by number. Errors: Gone."""

    def receive(self, deadline: float) -> dict[str, Any]:
        """What comes back. Errors: Gone, TimeoutError, Broken."""


def ask(box: Channel, what: str, *given: Any, seconds: float, by_work: bool = False) -> dict:
    """The answer of the notebook's process; meanwhile others may judge. Errors: Gone."""
    said: Any = (what, (*given, seconds, by_work))
    kept, until = None, JUDGING.clock() + seconds * (10 if by_work else 1) + GRACE
    try:
        while (left := until - JUDGING.clock()) > 0:
            with JUDGING.left_to_others():
                mine = box.send(said)
                message = box.receive(time.monotonic() + left)
            kept = mine if kept is None else kept
            if "callback" not in message:
                return message
            said = called_back(kept, message["callback"], message.get("args"))
        raise TimeoutError
    except TimeoutError:
        says = f"It ran for {seconds + GRACE:.0f} s, could not be interrupted, and was stopped."
        raise Gone(says) from None
    except Broken:
        raise Gone(NONSENSE) from None


def called_back(kept: Sequence[Callable], number: Any, args: Any) -> tuple[bool, Any]:
    """What one of the judge's own functions gives: (True, value) or (False, (error, words))."""
    if type(number) is not int or not 0 <= number < len(kept) or not isinstance(args, list):
        raise Broken("no call back")
    if outgrown(args) > MOST_GIVEN:
        raise Broken("too much for a call back")
    try:
        return True, kept[number](*args)
    except Exception as problem:  # of arguments that make no sense
        return False, (type(problem).__name__, str(problem))


def outgrown(args: list) -> int:
    """How many numbers the arguments have where each is stretched over all others.

    A column and a row of 30,000 are small, and their sum has a billion numbers. Errors: Broken.
    """
    parts = [part for part in tree_leaves(args) if isinstance(part, Tensor)]
    try:
        shapes = [part.shape for part in parts] + [
            np.shape(part) for part in args if isinstance(part, list | tuple)
        ]
    except (ValueError, TypeError, RuntimeError):
        raise Broken("no numbers for a call back") from None
    longest = [max(axis) for axis in zip_longest(*map(reversed, shapes), fillvalue=1)]
    return max(math.prod(longest), sum(part.numel() for part in parts))


class Served(Elsewhere):
    """The function with this number in the notebook's process."""

    def __init__(self, box: Channel, number: int, seconds: float):
        self.box, self.number = box, number
        self.left, self.by_work = seconds, False

    def within(self, seconds: float, job: Callable[[], Any], *, by_work: bool) -> Any:
        """Does the job; the seconds are those that the box takes."""
        self.left, self.by_work = seconds, by_work
        return job()

    def ask(self, what: str, *given: Any) -> Any:
        """The value that the box gives. Errors: FromElsewhere, Stopped, Gone."""
        began = JUDGING.clock()
        left = {"seconds": max(self.left, 0.1), "by_work": self.by_work}
        message = ask(self.box, what, self.number, *given, **left)
        self.left -= (JUDGING.clock() - began) / (10 if self.by_work else 1)
        if "slip" in message:
            raise slip_of(message["slip"])
        if "stopped" in message:
            place = clean(str(message["stopped"]))[:MOST_LETTERS]
            raise Stopped(f" {place}" if place else "")
        demand("value" in message)
        return message["value"]

    def call(self, args: list, kwargs: dict) -> Any:
        """What the function returns."""
        return self.ask("call", args, kwargs)

    def cost(self, loss: Callable, args: tuple) -> tuple[int, int]:
        """How often it calls its loss, and its largest tensor: as the box counts."""
        value = self.ask("watched", "cost", [loss, *args])
        demand(is_pair(value) and [type(part) for part in value] == [int, int])
        return value

    def picked(self, args: tuple) -> tuple[Any, bool]:
        """What it returns, and whether a NaN decided it."""
        value = self.ask("watched", "picked", list(args))
        demand(is_pair(value) and isinstance(value[1], bool))
        return value

    def is_untouched(self, given: str) -> bool:
        """Whether it is still its stub."""
        message = ask(self.box, "untouched", self.number, given, seconds=self.left)
        return message.get("untouched") is True

    def __call__(self, *args: Any) -> Any:
        """What it returns. A gradient flows back through its tensors, once."""
        value = self.call(fresh(list(args)), {})
        parts = [part.detach() for part in flowing(value)]
        if not parts:
            return value
        grown = iter(Through.apply(self, args, parts, *flowing(args)))
        return tree_map(lambda part: next(grown) if flowing(part) else part, value)


class Through(torch.autograd.Function):
    """The value of a function in the box, whose slope is asked for there."""

    @staticmethod
    def forward(ctx, served, args, parts, *leaves):
        """The values, as they came."""
        ctx.served, ctx.given, ctx.shapes = served, args, [leaf.shape for leaf in leaves]
        return tuple(parts)

    @staticmethod
    @once_differentiable
    def backward(ctx, *slopes):
        """The slopes in the arguments that ask for one."""
        found = ctx.served.ask("back", fresh(list(ctx.given)), list(slopes))
        demand(isinstance(found, list) and all(isinstance(part, Tensor) for part in found))
        demand([part.shape for part in found] == ctx.shapes)
        return None, None, None, *(part.detach() for part in found)


def demand(agreed: bool) -> None:
    """Ends the notebook's process where what it sent has another form than agreed."""
    if not agreed:
        raise Gone(NONSENSE)


def is_pair(value: Any) -> bool:
    """Whether this is a tuple of two."""
    return isinstance(value, tuple) and len(value) == 2


def slip_of(said: Any) -> FromElsewhere:
    """What the box says went wrong in a function. Names that it can't know become the usual one."""
    demand(isinstance(said, list) and len(said) == 3)
    name, says, is_attempt = said
    name = name if name in NAMES else "an error in your function"
    return FromElsewhere(name, clean(str(says))[:MOST_LETTERS], is_attempt=is_attempt is not False)


def answer_of(described: Any, box: Channel, exercise: Exercise, seconds: float) -> Any:
    """An answer as the check wants it, from what the box says of it."""
    demand(is_pair(described))
    form, what = described
    if form == "value":
        return what
    if form == "function" and type(what) is int and what >= 0:
        return Served(box, what, seconds)
    if form == "class" and isinstance(what, str) and what.isidentifier():
        return type(what[:60], (), {"__module__": "__main__"})
    if form == "widget" and isinstance(what, dict) and exercise.stage is not None:
        return widget(what, exercise)
    demand(form in ("class", "widget"))
    return None


def widget(said: dict, exercise: Exercise) -> Any:
    """Something with the state that the widget has in the box, as far as it could have it."""
    begun = exercise.stage.live().state
    known = {
        name: value
        for name, value in said.items()
        if hasattr(begun, str(name)) and alike(value, getattr(begun, name))
    }
    try:
        return SimpleNamespace(state=type(begun)(**{**vars(begun), **known}))
    except ValueError:  # no such state is drawn
        raise Gone(NONSENSE) from None


def alike(value: Any, other: Any) -> bool:
    """Whether a field of a state may have this value."""
    if isinstance(other, bool) or isinstance(value, bool):
        return type(value) is type(other)
    number = isinstance(value, int | float) and isinstance(other, int | float)
    return number or type(value) is type(other)
