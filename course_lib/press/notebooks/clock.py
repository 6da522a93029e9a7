"""How long a reader works on each section of a notebook, estimated from what stands in it.

The rule, in minutes. Only the reading speed has a source; the rest is judgement, the same for all
notebooks.

- 120 words of text: 1. Adults read 238 words of non-fiction a minute (M. Brysbaert, *How many words
  do we read per minute?*, J. Memory and Language 109, 2019; abstract read). A text with formulas is
  read twice.
- a formula in a line of its own: ½
- a line of code: 0.1; a picture: ½
- a bet: 1; a widget: 3, and 1 for each thing to try in the text before it
- a question with a fold-out answer: 1; the self-test of notebook 12: 25

The sources at the end count nothing. A section takes whole minutes, one at least.
"""

import re
from typing import NamedTuple

from nbformat import NotebookNode

from course_lib.press.notebooks.folds import tagged

WORDS_A_MINUTE, LINES_A_MINUTE = 120, 10
FORMULA, PICTURE, BET, WIDGET, TRY, QUESTION, SELF_TEST = 0.5, 0.5, 1, 3, 1, 1, 25
HEADING = re.compile(r"(?m)^## +(.+)$")
STOP = "**You may stop here.**"
BEGINNING, UNREAD = "", ("Sources",)
LINE = re.compile(r"(?m)^\*Your time: .*\*$")
COMMENT = re.compile(r"<!--.*?-->", re.S)
DISPLAYED = re.compile(r"\$\$.*?\$\$", re.S)
SHOWN = re.compile(r"\b(plots\.show\w*|display)\(")


class Section(NamedTuple):
    """A section by its heading ("" is what stands before the first), its minutes, and its end."""

    title: str
    minutes: int
    stop: bool  # whether the reader may stop behind it


def sections(nb: NotebookNode) -> list[Section]:
    """The sections of a notebook, in order, without its sources."""
    minutes, stops, title, tries = {BEGINNING: 0.0}, set(), BEGINNING, 0
    for cell in nb.cells:
        if cell.cell_type == "code":
            if not tagged(cell):  # the answers, computed: nobody needs to read it
                minutes[title] += code_minutes(cell.source, tries)
            continue
        before, *pieces = HEADING.split(cell.source)
        for heading, text in [(title, before), *zip(pieces[::2], pieces[1::2], strict=True)]:
            title, tries = heading, len(re.findall(r"(?m)^(?:\d+\.|-) ", text))
            minutes[title] = minutes.get(title, 0.0) + text_minutes(text)
            stops |= {title} if STOP in text else set()
    return [
        Section(title, max(1, round(needed)), title in stops)
        for title, needed in minutes.items()
        if title not in UNREAD
    ]


def text_minutes(text: str) -> float:
    """The minutes for a text: its words, its displayed formulas and its fold-out questions."""
    words = DISPLAYED.sub(" ", LINE.sub("", COMMENT.sub("", text))).split()
    formulas, questions = len(DISPLAYED.findall(text)), text.count("<details>")
    spoken = sum(any(map(str.isalnum, word)) for word in words)
    return spoken / WORDS_A_MINUTE + FORMULA * formulas + QUESTION * questions


def code_minutes(source: str, tries: int) -> float:
    """The minutes for a code cell, with `tries` things to try in the text before it."""
    lines = sum(bool(line.strip()) for line in source.split("\n"))
    shown = PICTURE * len(SHOWN.findall(source)) + BET * len(re.findall(r"(?m)^bet\(", source))
    widgets = len(re.findall(r"(?m)^W\d+\.show\(", source))
    test = SELF_TEST * len(re.findall(r"(?m)^self_test\(", source))
    return lines / LINES_A_MINUTE + shown + widgets * (WIDGET + TRY * tries) + test


def sittings(found: list[Section]) -> list[int]:
    """The minutes from one stop to the next, and from the last one to the end."""
    minutes = [0]
    for section in found:
        minutes[-1] += section.minutes
        if section.stop and section is not found[-1]:
            minutes.append(0)
    return minutes


def line(nb: NotebookNode, exercises: int) -> str:
    """The reader's time in words; `exercises` is what the exercises take, in minutes."""
    found = sections(nb)
    parts = sittings(found)
    split = f", in {len(parts)} sittings of {' + '.join(map(str, parts))}" if parts[1:] else ""
    each = " · ".join(f"{plain(s.title)} ({s.minutes})" for s in found if s.title)
    return (
        f"*Your time: about {sum(parts)} minutes{split}; the exercises about {exercises} more. "
        f"By section: {each}.*"
    )


def plain(title: str) -> str:
    """A heading without its marks for italics, code and formulas."""
    return re.sub(r"[*`$]", "", title)


def fill_clock(nb: NotebookNode) -> NotebookNode:
    """`nb` with its line `*Your time: …*` filled in, where it has one."""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and LINE.search(cell.source):
            said = line(nb, exercise_minutes(nb))
            cell.source = LINE.sub(lambda _, said=said: said, cell.source)
    return nb


def exercise_minutes(nb: NotebookNode) -> int:
    """The minutes of a lesson's own book of exercises; its number stands in the first heading."""
    from course_lib.checks.judging import exercises_of, notebooks

    number = re.search(r"\d+", nb.cells[0].source)[0]
    own = [e for e in exercises_of(number) if not e.book] if number in notebooks() else []
    return sum(exercise.minutes for exercise in own)
