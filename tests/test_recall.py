"""Five questions at a lesson's end, two of them once more at the beginning of the next."""

import re

import pytest
from nbformat import NotebookNode

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.files import find_pairs, read_text
from course_lib.press.notebooks.folds import tagged

PAIRS = {pair.number: pair for pair in find_pairs(ROOT, [])}
ASKING = [number for number in PAIRS if number <= "11"]
QUESTION = re.compile(
    r"\*\*(\d)\.\*\* (?P<question>.+?)\n\n<details><summary>Answer</summary>\n\n"
    r"(?P<answer>.+?)\n\n</details>",
    re.S,
)
END, BEGINNING = "## Five questions", "## Two questions from "


def questions(number: str, heading: str) -> dict[str, str]:
    """The answers by their questions, under one heading of a lesson."""
    (cell,) = [cell for cell in cells(number) if heading in cell.source]
    below = cell.source.partition(heading)[2]
    found = {m["question"]: m["answer"] for m in QUESTION.finditer(below)}
    assert len(found) == below.count("<details>") == below.count("</details>")
    return found


def cells(number: str) -> list[NotebookNode]:
    return read_text(PAIRS[number].text).cells


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@pytest.mark.parametrize("number", ASKING)
def test_a_lesson_ends_with_five_questions_whose_answers_are_folded(number):
    assert len(questions(number, END)) == 5


@pytest.mark.parametrize("number", ASKING)
def test_the_numbers_of_the_answers_are_computed_in_a_folded_cell_below(number):
    found = cells(number)
    place = next(i for i, cell in enumerate(found) if END in cell.source)
    assert found[place + 1].cell_type == "code"
    assert tagged(found[place + 1])
    assert "assert " in found[place + 1].source


# 12 asks over the whole course instead.
WITH_NEXT = [n for n in ASKING if f"{int(n) + 1:02d}" in PAIRS]


@pytest.mark.parametrize("before", WITH_NEXT)
def test_the_next_lesson_begins_with_two_of_these_questions(before):
    number = f"{int(before) + 1:02d}"
    again = questions(number, f"{BEGINNING}{before}")
    assert len(again) == 2
    assert again.items() <= questions(before, END).items()
    assert BEGINNING in cells(number)[1].source


@pytest.mark.parametrize("number", ASKING)
def test_no_answer_stands_word_for_word_in_the_lesson(number):
    rest = [c.source for c in cells(number) if END not in c.source and BEGINNING not in c.source]
    told, run = words(" ".join(rest)), 9
    known = {tuple(told[i : i + run]) for i in range(len(told) - run + 1)}
    for answer in questions(number, END).values():
        said = words(answer)
        copied = [said[i : i + run] for i in range(len(said) - run + 1)]
        assert not [" ".join(part) for part in copied if tuple(part) in known]


@pytest.mark.parametrize("number", ASKING)
def test_no_answer_begins_like_a_list(number):
    """Markdown makes a list of "1. The sum …", and the number is gone."""
    for heading in (END, BEGINNING):
        for cell in cells(number):
            for m in QUESTION.finditer(cell.source) if heading in cell.source else ():
                assert not re.match(r"(\d+[.)]|[-+*]) ", m["answer"]), m["answer"]
