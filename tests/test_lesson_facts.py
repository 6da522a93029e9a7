"""What `lesson check --json` counts, and the lessons in which every prompt is a bet."""

import json

import nbformat
import pytest

from course_lib.ground.paths import ROOT
from course_lib.press import lesson, lesson_facts
from course_lib.press.notebooks import claims
from course_lib.press.notebooks.files import find_pairs

DONE = ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]


def counted(*cells) -> lesson_facts.Facts:
    """The facts of a small notebook: "# text", "code" without outputs, ("code", its outputs)."""
    nb = nbformat.v4.new_notebook()
    for cell in cells:
        source, outputs = cell if isinstance(cell, tuple) else (cell, [])
        if source.startswith("#"):
            nb.cells.append(nbformat.v4.new_markdown_cell(source[1:].strip()))
        else:
            nb.cells.append(nbformat.v4.new_code_cell(source, outputs=outputs))
    facts = lesson_facts.Facts()
    lesson_facts.count("42_planted", nb, facts)
    return facts


SAID = [nbformat.v4.new_output("stream", text="1 2\n")]


def figure(**metadata):
    return [nbformat.v4.new_output("display_data", {"image/png": "x"}, metadata=metadata)]


def test_a_prompt_without_a_card_and_a_card_without_an_outcome_are_found():
    facts = counted(
        "# **Bet, then run.** A", 'bet("42.a", "?", k)', 'outcome("42.a", 1)',
        "# **Predict:** B", "# **Bet, then run.** C", 'bet("42.c", "?", k)',
    )  # fmt: skip
    assert (facts.prompts, facts.bets, facts.bets_with_outcome) == (3, 2, 1)
    assert facts.problems == [
        "42_planted: 3 prompts ask for a bet, and there are 2 cards.",
        "42_planted: nothing tells the outcome of the bet 42.c.",
    ]


def test_a_card_takes_one_answer_so_its_text_asks_one_question():
    card = ('bet("42.a", "?", k)', 'outcome("42.a", 1)')
    assert counted("# How far?\n\n**Bet, then run.** Why so?", *card).problems == []
    (found,) = counted("# **Bet, then run.** How far? And to what?", *card).problems
    assert "a bet takes one answer" in found


def test_no_cell_takes_a_name_that_a_card_needs_when_it_is_run_again():
    card = ('bet("42.a", "?", k)', 'outcome("42.a", 1)')
    for cell in ("order = 3", "for number in x: pass", "(bet, a), = x", "def choice(): pass"):
        (found,) = counted("# **Bet, then run.** A", *card, cell).problems
        assert "a card above needs this name" in found
    inside = "def f(order):\n    number = order\n    return [bet for bet in number]"
    assert counted("# **Bet, then run.** A", *card, inside, "orders = f(x)").problems == []


def test_a_comparison_after_an_output_needs_an_assert_beside_it():
    claim = "# So the second is larger."
    assert counted(("print(1, 2)", SAID), claim).unbound_claims == 1
    assert counted(("assert 1 < 2", SAID), claim).unbound_claims == 0
    assert counted(("print(1, 2)", SAID), claim, "assert 1 < 2").unbound_claims == 0
    assert counted(("print(1, 2)", SAID), "# Two numbers, at least.").unbound_claims == 0
    assert counted("x = 1", claim).unbound_claims == 0  # no output to compare
    assert counted(("print(1, 2)", SAID), "# Text.\n## A larger subject").unbound_claims == 0


def test_a_word_that_holds_a_comparative_is_none():
    assert counted(("print(1)", SAID), "# A remote bestiary, and a mosteller.").unbound_claims == 0


def test_figures_without_words_and_long_cells_are_found():
    described = figure(**{"image/png": {"alt": "a line"}})
    facts = counted(("a", figure()), ("b", described), "\n".join(["x = 1"] * 16))
    assert (facts.figures_without_alt, facts.long_cells) == (1, 1)
    assert len(facts.problems) == 2


@pytest.mark.parametrize("number", DONE)
def test_in_a_finished_lesson_every_prompt_is_a_bet_and_every_claim_has_its_assert(number, capsys):
    assert lesson.main(["check", "--json", number]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["problems"] == []
    assert facts["prompts"] == facts["bets"] == facts["bets_with_outcome"] > 0


def test_the_facts_of_all_lessons_have_the_promised_keys(capsys):
    lesson.main(["check", "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert list(facts) == [
        "lessons", "prompts", "bets", "bets_with_outcome", "unbound_claims",
        "figures_without_alt", "long_cells", "problems",
    ]  # fmt: skip
    assert facts["lessons"] == len(list((ROOT / "lessons").glob("[0-9]*/lesson.py")))


def test_the_ledger_of_claims_is_up_to_date():
    written = (ROOT / claims.PAGE).read_text(encoding="utf-8")
    assert written == claims.filled_page(ROOT, find_pairs(ROOT, []))


def test_the_ledger_pairs_each_sentence_that_compares_with_its_asserts():
    cells = [
        nbformat.v4.new_markdown_cell("## A section"),
        nbformat.v4.new_code_cell("%matplotlib inline\nassert (1\n  < 2), 'no'", outputs=SAID),
        nbformat.v4.new_markdown_cell("Two numbers. The second is *larger*: by one. (Not more.)"),
        nbformat.v4.new_code_cell("assert 2 - 1 == 1"),
    ]
    (claim,) = claims.claims(cells)
    assert claim.section == "A section"
    assert claims.sentences(claim.cell) == ["The second is *larger*: by one.", "(Not more.)"]
    assert claims.asserts(claim.proof) == ["1 < 2", "2 - 1 == 1"]
