"""Holds the equations on slides to those of the notebooks, so that the two can't drift apart.

A cell with display equations has a tag `as-in:04_maml`: each of its equations, or of its build-up,
stands in that notebook's text. Blanks, spacing commands, and the sizes of brackets don't count. An
equation that no notebook has needs `own-equation:why-it-is-here`.
"""

import re
from functools import cache
from pathlib import Path

from course_lib.ground.paths import written_for
from course_lib.press.notebooks.files import read_text
from course_lib.press.slides.deck import Slide

DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
SAME, OWN = "as-in:", "own-equation:"
LOOK = re.compile(
    r"\\[,;:! ]|\\q?quad\b|\\(?:big|Big|bigg|Bigg)[lrm]?(?![a-zA-Z])|\\(?:left|right)(?![a-zA-Z])"
    r"|\\displaystyle\b|\s"
)
SYMBOL = re.compile(r"\\[a-zA-Z]+|[^{}]")
LEAST = 4  # symbols: fewer would stand in any notebook


def bare(equation: str) -> str:
    """An equation without what only changes its looks."""
    named = re.sub(r"\\[td]frac(?![a-zA-Z])", r"\\frac", equation)
    named = re.sub(r"\{\\(?:text|mathrm)\{([^{}]*)\}\}", r"{\\text{\1}}", named)
    return LOOK.sub("", named).rstrip(".,")


def equations(text: str) -> list[str]:
    """The display equations in a Markdown text, bare."""
    return [bare(found) for found in DISPLAY.findall(text)]


@cache
def of_notebook(path: Path) -> tuple[str, ...]:
    """The display equations of a notebook's text, bare."""
    cells = [cell.source for cell in read_text(path).cells if cell.cell_type == "markdown"]
    return tuple(equation for source in cells for equation in equations(source))


def equation_problems(slides: list[Slide], root: Path) -> list[tuple[int, str]]:
    """Equations that stand in no notebook that their cell names: (slide number, sentence)."""
    found = []
    for number, slide in enumerate(slides, 1):
        for cell in slide.cells:
            tags = cell.metadata.get("tags", [])
            named = [tag.removeprefix(SAME) for tag in tags if tag.startswith(SAME)]
            own = any(len(tag) > len(OWN) for tag in tags if tag.startswith(OWN))
            mine = equations(cell.source) if cell.cell_type == "markdown" else []
            missing = [name for name in named if not written_for(name, "lesson", root).exists()]
            found += [(number, f"There is no notebook {name!r}: mend the tag.") for name in missing]
            if missing or own:
                continue
            theirs = [e for name in named for e in of_notebook(written_for(name, "lesson", root))]
            for equation in mine:
                if not named:
                    problem = "has no tag 'as-in:NN_notebook' to hold it there"
                elif stands(equation, theirs):
                    continue
                else:
                    problem = f"does not stand in {', '.join(named)}"
                found.append((number, f"${equation}$ {problem}."))
    return found


def stands(equation: str, others: list[str]) -> bool:
    """Whether an equation is one of the others or a part of one, and more than a few symbols."""
    long_enough = len(SYMBOL.findall(equation)) >= LEAST
    return long_enough and any(equation in other for other in others)
