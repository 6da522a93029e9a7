"""The answer key: wrong and right answers that the checks must tell apart.

It stands beside the masters, `lessons/NN_title/answers.py`, and leaves with them. Each
cell is one answer, as a student would type it into the stub's cell:

    # %% 05.1 right
    # %% 05.1 wrong: silently first-order
    # %% 08.1 wrong: nothing reset between tasks | says: hidden state not reset between tasks

What stands above the first cell is for the linter; an answer runs after the notebook's own cells.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from course_lib.checks.judging import find
from course_lib.ground.paths import ROOT, written

CELL = re.compile(r"(?m)^# %% (\d\d\.\d+) (right|wrong: ([^|\n]+?)(?: \| says: (.+?))?)[ ]*$")


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, by the misconception behind it; `says` are words of the message."""

    name: str
    source: str
    says: str = ""

    @property
    def fragment(self) -> str:
        """What the message must contain: `says`, or else the name."""
        return self.says or self.name


@dataclass(frozen=True)
class Answers:
    """The wrong and the right answers to one exercise."""

    wrong: tuple[Wrong, ...] = ()
    right: tuple[str, ...] = ()


def answers(key: str, root: Path = ROOT) -> Answers:
    """The answers to one exercise; the wrong options of a choice are among them.

    Errors: ValueError for a cell whose first line can't be read.
    """
    wrong, right = [], []
    notebook = key.partition(".")[0]
    for path in written("answers", root):
        if not path.parent.name.startswith(f"{notebook}_"):
            continue
        for number, is_right, name, says, source in cells(path):
            if number == key and is_right:
                right.append(source)
            elif number == key:
                wrong.append(Wrong(name, source, says))
    exercise = find(key)
    for letter, option in exercise.options.items():
        if option.name and exercise.kind == "choice":
            wrong.append(Wrong(option.name, f'my_answer = "{letter}"'))
    return Answers(tuple(wrong), tuple(right))


def cells(path: Path) -> list[tuple[str, bool, str, str, str]]:
    """Key, whether it is right, name, `says` and source of each answer in one file."""
    text = path.read_text(encoding="utf-8")
    marks = [*CELL.finditer(text)]
    if len(marks) != text.count("\n# %%"):
        raise ValueError(
            f"{path.name}: a line '# %%' gives neither 'KEY right' nor 'KEY wrong: …'."
        )
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [
        (m[1], m[2] == "right", m[3] or "", m[4] or "", text[m.end() : end].strip("\n"))
        for m, end in zip(marks, ends, strict=True)
    ]
