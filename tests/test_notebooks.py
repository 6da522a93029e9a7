"""Every notebook of the course as it stands: finished, listed, and true to the library."""

import pytest

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.contents import filled_readme, read_times
from course_lib.press.notebooks.files import find_pairs, read_text
from course_lib.press.notebooks.rules import problems
from course_lib.press.notebooks.same_as import mismatches

NOTEBOOKS = find_pairs(ROOT, [])


@pytest.mark.parametrize("pair", NOTEBOOKS, ids=lambda pair: pair.name)
def test_every_notebook_is_finished(pair):
    assert problems(pair, read_times(ROOT).get(pair.name)) == []


def test_the_table_of_contents_is_up_to_date():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == filled_readme(ROOT, NOTEBOOKS)


@pytest.mark.parametrize("pair", NOTEBOOKS, ids=lambda pair: pair.name)
def test_the_mathematics_typed_in_a_notebook_is_the_library_s(pair):
    assert mismatches(read_text(pair.text)) == []
