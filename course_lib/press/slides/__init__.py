"""The decks that the course is taught from: `python -m course_lib slides run|build|check|live`.

People edit `lessons/NAME/slides.py` (jupytext, py:percent, with slideshow metadata). `run` makes
`slides/NAME.ipynb` with its outputs, `build` a page that needs neither a kernel nor the network.
"""

from pathlib import Path

from course_lib.ground.paths import ROOT


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """The exit status of `slides COMMAND [DECKS…]`: 0 is fine, 1 is a problem, printed."""
    from course_lib.press.slides.command_line import main

    return main(argv, root)
