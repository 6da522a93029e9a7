"""The reader's time: what counts how much, and that notebooks say what their cells add up to."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks import clock
from course_lib.press.notebooks.files import BLANK_TIME, find_pairs, plain_source, read_notebook

TIMED = find_pairs(ROOT, [])
each_lesson = pytest.mark.parametrize("pair", TIMED, ids=lambda pair: pair.number)
MOST_BETWEEN_STOPS = 45


def notebook(*sources: str):
    """A source that begins with "text:" is a text, the rest is code."""
    cells = []
    for source in sources:
        text = source.removeprefix("text:")
        cells.append(new_code_cell(source) if text == source else new_markdown_cell(text))
    return new_notebook(cells=cells)


def test_each_part_counts_as_the_rule_says():
    assert clock.text_minutes("word " * 240) == 2
    assert clock.text_minutes("$$ a +\n b $$ and 4 $$c$$ — ·") == 2 * 0.5 + 2 / 120
    assert clock.text_minutes("<details><summary>") == 1 + 1 / 120
    assert clock.text_minutes("*Your time: about a hundred words here.*") == 0
    assert clock.code_minutes("x = 1\n\n" * 20, 3) == 2
    assert clock.code_minutes('bet("00.a", k)', 0) == pytest.approx(1.1)
    assert clock.code_minutes("W5.show()", 4) == pytest.approx(0.1 + 3 + 4)
    assert clock.code_minutes("self_test()", 0) == pytest.approx(25.1)
    assert clock.code_minutes('plots.show(fig, "alt")', 0) == pytest.approx(0.6)


def test_sections_begin_at_headings_wherever_these_stand_and_sources_do_not_count():
    text = "word " * 240
    nb = notebook(
        f"text:# 00 · T\n{text}\n## A\n{text}", "x = 1\n" * 30, f"text:{clock.STOP} Next.\n\n## B",
        f"text:1. try\n2. try\n{text}", "W1.show()", f"text:## Sources\n{text}",
    )  # fmt: skip
    found = clock.sections(nb)
    assert [(s.title, s.minutes, s.stop) for s in found] == [
        ("", 2, False), ("A", 5, True), ("B", 7, False),
    ]  # fmt: skip
    assert clock.sittings(found) == [7, 7]


def test_a_stop_at_the_very_end_makes_no_empty_sitting():
    nb = notebook("text:# 00 · T\n## A", f"text:{clock.STOP}")
    assert clock.sittings(clock.sections(nb)) == [2]


def test_the_line_is_filled_by_the_build_and_is_no_part_of_the_text():
    first = "text:# 00 · T\n\n*Your time: …*\n\n*Running time: …*"
    nb = notebook(first, "text:## Why *so*?\n\nBecause.")
    before = plain_source(nb.cells[0])
    clock.fill_clock(nb)
    line = clock.LINE.search(nb.cells[0].source)[0]
    assert line.startswith("*Your time: about 2 minutes; the exercises about ")
    assert line.endswith("more. By section: Why so? (1).*")
    assert plain_source(nb.cells[0]) == before
    assert BLANK_TIME.replace("\\1", "Your") in before


@each_lesson
def test_a_lesson_s_first_cell_says_what_its_sections_add_up_to(pair):
    nb = read_notebook(pair.ipynb)
    said = clock.LINE.search(nb.cells[0].source)[0]
    assert said == clock.line(nb, clock.exercise_minutes(nb))
    assert f"about {sum(s.minutes for s in clock.sections(nb))} minutes" in said


@each_lesson
def test_there_are_places_to_stop_and_none_is_far_from_the_next(pair):
    parts = clock.sittings(clock.sections(read_notebook(pair.ipynb)))
    assert len(parts) >= (3 if pair.number in ("03", "05") else 2)
    assert max(parts) <= MOST_BETWEEN_STOPS
