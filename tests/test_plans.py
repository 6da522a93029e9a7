"""The lesson plans: what they promise is what the lessons, decks and checks hold."""

import pytest

from course_lib.ground.paths import ROOT
from course_lib.press.exercises.packing import left_out
from course_lib.press.notebooks import plans
from course_lib.press.notebooks.files import find_pairs, read_text

PAIRS = find_pairs(ROOT, [])
TEXT = (ROOT / plans.PAGE).read_text(encoding="utf-8")
each = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.number)


def chapter(number: str) -> str:
    """The page's part on one session."""
    return TEXT.partition(f"\n## {number} · ")[2].partition("\n## ")[0]


def test_the_page_of_plans_is_up_to_date():
    assert plans.filled_page(ROOT, PAIRS) == TEXT


@each
def test_a_plan_names_all_bets_and_exercises_and_every_wrong_answer(pair):
    text = chapter(pair.number)
    source = pair.text.read_text(encoding="utf-8")
    made = plans.bets(read_text(pair.text))
    assert len(made) == len(plans.BET_CALL.findall(source))
    assert all(f"; {bet.key} in *" in text for bet in made)
    tasks = plans.exercises(pair.number)
    assert tasks
    for task in tasks:
        (row,) = (line for line in text.splitlines() if line.startswith(f"| {task.key} |"))
        assert all(plans.cell(name) in row for name in plans.expected(task))
    assert sum(len(plans.expected(task)) for task in tasks) > len(tasks)


@each
def test_what_is_to_fit_into_a_session_does(pair):
    tasks = plans.exercises(pair.number)
    for minutes in (0, 20, 45):
        chosen = plans.fitting(tasks, minutes)
        assert sum(task.minutes for task in chosen) <= minutes
        keys = {task.key for task in chosen}
        assert all(set(task.after) <= keys for task in chosen)
        left = minutes - sum(task.minutes for task in chosen)
        most = max((task.importance for task in tasks if task not in chosen), default=0)
        out = [t for t in tasks if t not in chosen and t.importance == most]
        assert all(t.minutes > left or not set(t.after) <= keys for t in out)


def test_a_bet_is_found_with_its_kind_even_where_its_parts_have_names():
    cell = 'curve = sketch((0, 1), (0, 2))\nbet("09.x", "What " "rises?", curve)\n%time f()'
    assert plans.calls(cell) == [("09.x", "What rises?", "a curve on paper")]


def test_the_plans_stay_with_the_instructors():
    assert left_out(plans.PAGE)
