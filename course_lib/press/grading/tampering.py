"""The checks as they were before any of a student's code ran, and putting them back."""

import builtins
import math
import sys
import types
from collections.abc import Iterable

import numpy
import torch

from course_lib.checks.comparing import Compared
from course_lib.checks.exercise import Exercise
from course_lib.checks.masters import Task
from course_lib.press.exercises.verifying import namespace, verdict_on

OTHERS = (builtins, math, numpy, torch, torch.func, torch.autograd, torch.Tensor)
CODE = ("__code__", "__defaults__", "__kwdefaults__")


class Baseline:
    """What every module of the course, and the parts of torch that checks use, held at first."""

    def __init__(self, exercises: Iterable[Exercise]):
        ours = [m for name, m in sys.modules.items() if name.partition(".")[0] == "course_lib"]
        classes = {c for m in ours for c in vars(m).values() if is_ours(c)}
        self.whole = {place: dict(vars(place)) for place in [*ours, *classes]}
        self.parts = {
            place: {k: v for k, v in vars(place).items() if callable(v)} for place in OTHERS
        }
        ours = list(exercises)
        checks = [e.check for e in ours if isinstance(e.check, Compared)]
        self.exercises = [(held, dict(vars(held))) for held in [*ours, *checks]]
        functions = {v for held in self.whole.values() for v in held.values() if is_function(v)}
        functions |= {e.check for e in ours if is_function(e.check)}
        self.code = {f: tuple(getattr(f, name) for name in CODE) for f in functions}

    def restore(self) -> list[str]:
        """Puts everything back; the names of what of the course's own had been changed."""
        found = [name for place, held in self.whole.items() for name in mended(place, held)]
        for place, held in self.parts.items():
            mended(place, held, added=place is torch.Tensor)
        for exercise, held in self.exercises:
            if any(vars(exercise).get(name) is not value for name, value in held.items()):
                vars(exercise).update(held)
                found.append(f"exercise {held.get('key', '')}".strip())
        for function, held in self.code.items():
            if any(getattr(function, n) is not v for n, v in zip(CODE, held, strict=True)):
                for name, value in zip(CODE, held, strict=True):
                    setattr(function, name, value)
                found.append(function.__qualname__)
        return sorted(found)


def is_ours(value: object) -> bool:
    """Whether this is a class of the course."""
    return isinstance(value, type) and value.__module__.partition(".")[0] == "course_lib"


def is_function(value: object) -> bool:
    """Whether this is a function written in Python."""
    return isinstance(value, types.FunctionType)


def mended(place: types.ModuleType | type, held: dict, added: bool = True) -> list[str]:
    """Puts back what `place` held; with `added`, takes away what it did not hold."""
    now, found = dict(vars(place)), []
    for name, value in held.items():
        if now.get(name) is not value and not name.startswith("__"):
            setattr(place, name, value)
            found.append(f"{place.__name__}.{name}")
    for name in now.keys() - held.keys() if added else ():
        fresh = now[name]
        if not isinstance(fresh, types.ModuleType) and not name.startswith("__"):
            delattr(place, name)
            found.append(f"{place.__name__}.{name}")
    return found


class Probe:
    """A wrong and a right answer to one exercise, to see whether its check still tells them."""

    def __init__(self, exercise: Exercise, task: Task, wrong: str, right: str):
        self.exercise, self.task, self.names = exercise, task, namespace(task)
        self.wrong, self.right = wrong, right

    def still_tells(self) -> bool:
        """Whether the wrong answer is rejected and the right one accepted."""
        verdicts = [
            verdict_on(self.exercise, self.task, source, self.names)
            for source in (self.wrong, self.right)
        ]
        return [verdict.ok for verdict in verdicts] == [False, True]
