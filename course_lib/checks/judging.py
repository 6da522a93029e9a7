"""`judge(key, answer)`: the verdict on an answer. Nothing here draws, shows or stores."""

import base64
import difflib
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from course_lib.checks import questions, sealed
from course_lib.checks.calling import LEAVING, Elsewhere, is_untouched, where, worded
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.exploring import bet
from course_lib.checks.limit import Stopped, within
from course_lib.ground.patience import patience
from course_lib.scenes.scene import Scene

SECONDS = 10.0  # for one check, whatever it calls; times `patience`


class UnknownKey(KeyError):
    """No exercise has this key; the message is a sentence."""


@dataclass(frozen=True)
class Verdict:
    """What a check found. `misconception` is its name, or "" where the answer is right.

    `is_attempt` is False for an untouched stub, and for a call that could not be about the task.
    """

    ok: bool
    message: str
    misconception: str = ""
    is_attempt: bool = True
    picture: Callable[[], Scene] | None = None


def notebooks() -> list[str]:
    """The numbers of the notebooks that have exercises, in order."""
    if sealed.there():
        return sorted({key.partition(".")[0] for key in sealed.heads()})
    names = sealed.modules() or [m.name for m in pkgutil.iter_modules(questions.__path__)]
    return sorted(name[1:] for name in names if name[0] == "e" and name[1:].isdecimal())


@lru_cache
def exercises_of(notebook: str) -> tuple[Exercise, ...]:
    """The exercises of one notebook, in order."""
    if sealed.there():
        return tuple(e for e in sealed.heads().values() if e.notebook == notebook)
    return importlib.import_module(f"course_lib.checks.questions.e{notebook}").EXERCISES


def all_exercises() -> list[Exercise]:
    """The exercises of the whole course, in order. Imports them all."""
    return [exercise for notebook in notebooks() for exercise in exercises_of(notebook)]


def find(key: Any) -> Exercise:
    """The exercise with this key, such as "05.2"; `UnknownKey` where there is none."""
    text = key.strip() if isinstance(key, str) else ""
    number = text.partition(".")[0]
    if number in notebooks():
        for exercise in exercises_of(number):
            if exercise.key == text:
                return exercise
    if not isinstance(key, str):
        raise UnknownKey('Give the number of the exercise first, in quotes: check("05.2", …).')
    near = exercises_of(number) if number in notebooks() else all_exercises()
    keys = [exercise.key for exercise in near]
    close = difflib.get_close_matches(text, keys, n=3, cutoff=0.5) or keys[:3]
    raise UnknownKey(f"No exercise is called {text!r}. Did you mean {' or '.join(close)}?")


def judge(exercise: Exercise | str, answer: Any, seconds: float | None = None) -> Verdict:
    """The verdict on an answer, in at most about `seconds`; never an exception of the student's.

    Without `seconds` it has ten, and more where the machine is slow.

    `UnknownKey` for a key that no exercise has. `KeyboardInterrupt` passes through.
    """
    if isinstance(exercise, str):
        exercise = find(exercise)
    if is_untouched(answer, exercise.given):
        return Verdict(False, stub_message(exercise), "still the stub", is_attempt=False)
    at_home = not isinstance(answer, Elsewhere)
    if at_home and str(getattr(answer, "__module__", "")).startswith("course_lib.checks"):
        says = "That function belongs to the check. Write your own."
        return Verdict(False, says, "the check's own function", is_attempt=False)
    if lacks(exercise):
        return Verdict(False, lacks(exercise), "a library is missing", is_attempt=False)
    if exercise.takes_function:
        warm_up()
    seconds = SECONDS * patience() if seconds is None else seconds
    if sealed.there():
        return from_elsewhere(*sealed.verdict(exercise.key, answer, seconds))
    try:
        limit, long = seconds * exercise.effort, exercise.effort > 1
        with fresh_state():
            limited = answer.within if isinstance(answer, Elsewhere) else within
            more = limited(limit, lambda: exercise.check(answer), by_work=long)
    except Slip as slip:
        is_stub = slip.name == "still the stub"  # no misconception: nothing to name
        message = slip.says if is_stub else f"{slip.name}. {slip.says}"
        return Verdict(False, message, slip.name, slip.is_attempt, slip.picture)
    except Stopped as stopped:
        here = stopped.place is None
        place = where(stopped.__traceback__, answer) if here else stopped.place
        says = f"It ran for {limit:.0f} s and was stopped{place}. Does a loop ever end?"
        return Verdict(False, f"an endless loop. {says}", "an endless loop")
    except (Exception, *LEAVING) as problem:  # an answer so odd that the check itself stumbled
        says = (
            "The check can't make sense of what your answer gives back "
            f"({type(problem).__name__}: {worded(problem)}). "
            "Compare its type and shape with the task."
        )
        name = "an answer of an unexpected kind"
        return Verdict(False, f"{name}. {says}", name)
    return Verdict(True, f"{exercise.why}\n{more}" if more else exercise.why)


@dataclass(frozen=True)
class Ready:
    """A picture that was drawn elsewhere."""

    png: bytes
    alt: str


def from_elsewhere(
    ok: bool, message: str, name: str, is_attempt: bool, picture: str, alt: str
) -> Verdict:
    """The verdict of the process that judges."""
    drawn = Ready(base64.b64decode(picture), alt) if picture else None
    return Verdict(ok, message, name, is_attempt, (lambda: drawn) if drawn else None)


def hint_of(exercise: Exercise, number: int) -> str:
    """One of the three hints, counted from 0."""
    if sealed.there():
        return sealed.ask("hint", exercise.key, number=number)
    return exercise.hints[number]


def opened(exercise: Exercise) -> Exercise:
    """An open question with its model answer and points."""
    return sealed.with_points(exercise) if sealed.there() else exercise


def bet_of(exercise: Exercise, locked: float | None) -> str:
    """The sentence on a prediction, once the widget has shown what is right."""
    return sealed.ask("bet", exercise.key, number=locked) if sealed.there() else (
        bet(exercise, locked)
    )  # fmt: skip


@contextmanager
def fresh_state() -> Iterator[None]:
    """As in a fresh kernel: single precision, the CPU, gradients on. The reader's comes back."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    kept = torch.get_default_dtype()
    on_cpu = torch.get_default_device().type == "cpu"
    where = nullcontext() if on_cpu else torch.device("cpu")
    try:
        torch.set_default_dtype(torch.float32)
        with torch.inference_mode(False), torch.enable_grad(), where:
            yield
    finally:
        torch.set_default_dtype(kept)


def lacks(exercise: Exercise) -> str:
    """A sentence where the library that an exercise needs is not installed; else nothing."""
    if not exercise.needs or importlib.util.find_spec(exercise.needs) is not None:
        return ""
    return (
        f"{exercise.needs} is not installed here, so this exercise stays open; all others work. "
        "`python3 start.py setup` installs it (it is compiled on your machine and needs a C "
        "compiler)."
    )


@lru_cache
def warm_up() -> None:
    """Lets torch load what its first derivative needs: that takes seconds, and is nobody's fault.

    To be stopped in the middle of an import would leave torch broken.
    """
    import torch

    torch.func.hessian(lambda x: x**2)(torch.zeros(()))


def stub_message(exercise: Exercise) -> str:
    """What an untouched exercise is told."""
    if exercise.given:
        return "This is still the code as it was given. Change it, run its cell, and check again."
    what = "your lines" if exercise.takes_function else "your answer"
    return (
        f"Nothing to check yet: put {what} in the place of `...`, run that cell, and check again."
    )
