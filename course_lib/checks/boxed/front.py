"""Stands in the place of `course_lib.checks` where a notebook is graded: it notes what is asked."""

import sys
import types
from typing import Any

asked: list[tuple[str, Any]] = []  # by the cell that runs now
stages: dict[str, tuple[str, dict]] = {}  # of exercises with a widget: its name, how it begins


def check(key: Any = None, *answer: Any) -> None:
    """Notes an answer; it is judged elsewhere."""
    if isinstance(key, str) and len(answer) in (1, 2):
        asked.append((key.strip(), answer[0] if len(answer) == 1 else answer))


predict = reflect = check


def nothing(*_: Any, **__: Any) -> None:
    """Stands in the place of what only a reader needs."""


hint = solution = progress = nothing


def explore(key: str, *_: Any) -> Any:
    """The widget as it opens. Only code can move it here."""
    from importlib import import_module

    widget, start = stages[key]
    module, name = widget.split(".")
    return getattr(import_module(f"course_lib.widgets.{module}"), name).live(**start)


class Pictures(types.ModuleType):
    """A module that has the pictures which a notebook shows; all else in it does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from course_lib.checks import pictures

        return getattr(pictures, name, nothing)


class Finder:
    """Finds every module below `course_lib.checks.questions`, and in all of them nothing."""

    def find_spec(self, name: str, *_: Any) -> Any:
        """An empty module."""
        from importlib.machinery import ModuleSpec

        if name.split(".")[:3] != ["course_lib", "checks", "questions"]:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        """A module of pictures."""
        return Pictures(spec.name)

    def exec_module(self, _: types.ModuleType) -> None:
        """There is nothing to run."""


def stand_in() -> None:
    """Puts this module where the course's own checks would be imported from."""
    here = sys.modules[__name__]
    package = sys.modules["course_lib.checks"]
    for name in ("check", "predict", "reflect", "hint", "solution", "progress", "explore"):
        setattr(package, name, getattr(here, name))
    for name in ("student", "student_words"):
        sys.modules[f"course_lib.checks.{name}"] = here
    sys.meta_path.append(Finder())
