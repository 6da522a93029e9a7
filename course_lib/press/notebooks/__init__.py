"""The tool that keeps the notebooks honest: `python -m course_lib notebooks sync|run|check`.

People edit `lessons/NN_name/lesson.py` (jupytext, py:percent). Students open
`notebooks/NN_name.ipynb`, which holds the outputs. The tool keeps the two in step.
"""

from pathlib import Path

from course_lib.ground.paths import ROOT


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """The exit status of `notebooks COMMAND [NAMES…]`: 0 is fine, 1 is a problem, printed."""
    from course_lib.press.notebooks.command_line import main

    return main(argv, root)
