"""The few-shot systems of the talk's two tables, found by name (notebook 07)."""

from functools import cache
from importlib import import_module
from pathlib import Path

from course_lib.few_shot.rivals.rival import Rival, Training

__all__ = ["Rival", "Training", "all_rivals", "find"]


@cache
def all_rivals() -> dict[str, Rival]:
    """Every system by its name, from the files of this folder, in the order of the files.

    Errors: ValueError when two systems have the same name.
    """
    found: dict[str, Rival] = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        for item in vars(import_module(f"{__name__}.{path.stem}")).values():
            if not isinstance(item, Rival):
                continue
            if found.setdefault(item.name, item) is not item:
                raise ValueError(f"Two rivals are called {item.name}: rename one in {path.name}.")
    return found


def find(name: str) -> Rival:
    """The system of this name. Errors: ValueError that names those there are."""
    if name not in all_rivals():
        raise ValueError(f"No rival is called {name!r}: choose from {', '.join(all_rivals())}.")
    return all_rivals()[name]
