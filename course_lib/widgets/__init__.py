"""The live pictures of the notebooks, a module each, named after its widget: w05_sines.py is W5
(notebooks 00 to 10)."""

import re
from importlib import import_module
from pathlib import Path

MODULE = re.compile(r"w\d\d_\w+\.py")


def all_widgets() -> dict:
    """Every widget of the course by its key ("W0", "W1", …), in that order.

    Raises ValueError when two modules use the same key.
    """
    from course_lib.widgets.core import Widget  # here: importing the package stays light

    found: dict[str, Widget] = {}
    for path in sorted(Path(__file__).parent.iterdir()):
        if not MODULE.fullmatch(path.name):
            continue
        for item in vars(import_module(f"{__name__}.{path.stem}")).values():
            if not isinstance(item, Widget):
                continue
            if found.setdefault(item.key, item) is not item:
                raise ValueError(f"Two widgets are called {item.key}: rename one in {path.name}.")
    return dict(sorted(found.items(), key=lambda pair: int(pair[0].removeprefix("W"))))
