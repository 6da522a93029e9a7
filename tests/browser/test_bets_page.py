"""Bets in a real page: made by keys and by mouse, locked, and what they unfold."""

from collections.abc import Iterator

import nbformat
import pytest

from benchmarks.lab import KERNEL, Lab, NotebookPage, WidgetInPage
from course_lib.press.notebooks.files import notebook_bytes
from course_lib.press.notebooks.normal import normalise

SKETCH = 'sketch([0, 1, 2, 3, 4], (0, 10), axes=("step", "error"), within=1)'
CELLS = [
    "from course_lib.widgets.bets import bet, bets, choice, number, order, outcome, sketch",
    'bet("00.number", "How many?", number(0, 100, within=10, step=5, unit="%"))',
    'outcome("00.number", 42)',
    'bet("00.choice", "Which one?", choice("left", "right"))',
    "print('the secret: left')",
    'outcome("00.choice", "left")',
    "#The left one won.",
    'bet("00.order", "In which order?", order("a", "b", "c", first="least first"))',
    'outcome("00.order", ["b", "a", "c"])',
    f'bet("00.sketch", "Sketch it.", {SKETCH})',
    'outcome("00.sketch", [9, 7, 5, 3, 1])',
    'bets("00")',
    "?**1.** Why?\n\n<details><summary>Answer</summary>\n\nSo.\n\n</details>",
    "answers = 1",
]
ASKED = [i for i, cell in enumerate(CELLS) if cell.startswith("bet(")]
FOLDS = ".jp-InputPlaceholder, .jp-OutputPlaceholder"


def written() -> bytes:
    """A notebook as a student gets it: it was run, and its answers are folded."""
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    for source in CELLS:
        if source.startswith("#"):
            cell = nbformat.v4.new_markdown_cell(source[1:], metadata={"tags": ["answer"]})
        elif source.startswith("?"):
            cell = nbformat.v4.new_markdown_cell(source[1:])
        else:
            said = nbformat.v4.new_output("stream", text="what was printed\n")
            cell = nbformat.v4.new_code_cell(source, outputs=[said], execution_count=1)
            cell.metadata["tags"] = ["answer"] if source.startswith("answers") else []
        nb.cells.append(cell)
    return notebook_bytes(normalise(nb))


@pytest.fixture(scope="module")
def page(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """The notebook, opened; the cells with the bets have been run, those with answers not."""
    (lab.folder / "bets.ipynb").write_bytes(written())
    page = NotebookPage(chromium, lab, "bets.ipynb", has_touch=True)
    page.page.locator(FOLDS).nth(11).wait_for(state="attached")
    page.folded = page.page.locator(FOLDS).count()
    for number in (0, *ASKED):
        page.run_cell(number)
    page.widgets(len(ASKED))
    yield page
    page.close()
    lab.stop_kernels()


def cell(page: NotebookPage, number: int):
    return page.page.locator(".jp-Notebook .jp-Cell").nth(number)


def folds(page: NotebookPage, number: int) -> int:
    """How many of a cell's parts are folded."""
    return cell(page, number).locator(FOLDS).count()


def card(page: NotebookPage, number: int) -> WidgetInPage:
    found = page.widgets()[number]
    found.scroll()
    return found


def lock(found: WidgetInPage) -> None:
    found.buttons.nth(0).click()
    found.settle()


def test_the_answers_of_all_bets_are_folded_when_the_file_is_opened(page: NotebookPage):
    assert page.folded == 12  # six outputs, a text, and five codes that tell what will come out
    assert [folds(page, number) for number in ASKED] == [0, 0, 0, 0]


def test_a_number_is_bet_by_keys_and_locks(page: NotebookPage):
    found = card(page, 0)
    found.sliders.nth(0).focus()
    for _ in range(2):
        page.page.keyboard.press("ArrowLeft")
    found.settle()
    lock(found)
    assert "You bet 40 %, 60 % sure. It is locked" in found.status()
    assert found.buttons.nth(0).is_disabled()
    assert found.problem() == ""
    before = found.pixels()
    box = found.canvas.bounding_box()
    page.page.mouse.click(box["x"] + 100, box["y"] + 50)
    found.settle()
    assert found.pixels() == before


def test_the_lock_unfolds_the_answer_to_this_bet_and_to_no_other(page: NotebookPage):
    assert folds(page, 2) == 0
    assert cell(page, 2).locator(".jp-OutputArea-output").is_visible()
    assert [folds(page, number) for number in (4, 5, 6, 8, 10)] == [1, 2, 1, 2, 2]


def test_the_outcome_is_drawn_beside_the_bet(page: NotebookPage):
    found = card(page, 0)
    before = found.pixels()
    page.run_cell(2)
    found.settle()
    page.shot("number", found.box)
    assert found.pixels() != before
    assert "Outcome: 42 %. A hit." in found.status()
    assert "You bet 40 %: a hit." in cell(page, 2).locator(".jp-OutputArea").inner_text()


def test_a_choice_is_clicked_and_the_text_that_tells_unfolds_too(page: NotebookPage):
    found = card(page, 1)
    lock(found)
    assert "Choose an answer first" in found.status()
    assert folds(page, 4) == 1
    found.canvas.focus()
    page.page.keyboard.press("2")
    found.settle()
    lock(found)
    assert "You bet “right”" in found.status()
    assert [folds(page, number) for number in (4, 5, 6)] == [0, 0, 0]
    page.run_cell(5)
    found.settle()
    page.shot("choice", found.box)
    assert "Outcome: “left”. A miss." in found.status()


def test_an_order_is_made_by_clicks(page: NotebookPage):
    found = card(page, 2)
    second = next(hit for hit in found.clickables() if hit["name"] == "2")
    page.page.mouse.click(second["x"], second["y"])
    found.settle()
    lock(found)
    assert "You bet b, a, c" in found.status()
    page.run_cell(8)
    found.settle()
    assert "A hit." in found.status()


def test_a_curve_is_drawn_by_mouse_and_mended_by_keys(page: NotebookPage):
    found = card(page, 3)
    dots = found.handles()
    page.page.mouse.move(dots[0]["x"] + 20, dots[0]["y"] - 70)
    page.page.mouse.down()
    page.page.mouse.move(dots[4]["x"] - 20, dots[4]["y"] + 70, steps=12)
    page.page.mouse.up()
    found.settle()
    heights = [dot["py"] for dot in found.handles()]  # on the canvas: the page may still move
    assert heights == sorted(heights)
    assert heights[0] < dots[0]["py"] - 50
    for _ in range(3):
        page.page.keyboard.press("ArrowUp")
    found.settle()
    page.shot("sketch", found.box)
    assert found.handles()[0]["py"] == pytest.approx(heights[0] - 24, abs=1)
    lock(found)
    assert "You bet a curve from" in found.status()
    page.run_cell(10)
    found.settle()
    page.shot("sketch-outcome", found.box)
    assert "Outcome: a curve from 9 to 1." in found.status()


def test_the_last_bet_leaves_the_questions_at_the_end_folded(page: NotebookPage):
    assert folds(page, 10) == 0
    assert folds(page, len(CELLS) - 1) == 2
    assert not cell(page, len(CELLS) - 2).locator("details p").is_visible()


def test_the_summary_counts_hits_and_how_sure_they_were(page: NotebookPage):
    page.run_cell(11)
    said = cell(page, 11).locator(".jp-OutputArea").inner_text()
    assert "miss     00.choice" in said
    assert said.count("hit ") == 3
    cell(page, 11).locator(".jp-RenderedImage img").wait_for()
    page.shot("summary", cell(page, 11))


def test_a_bet_of_yesterday_opens_locked_with_its_outcome(page: NotebookPage):
    page.run_cell(ASKED[0])
    assert "You bet 40 %" in card(page, 0).status()
    assert "Outcome: 42 %. A hit." in card(page, 0).status()


def test_nothing_went_wrong_and_nothing_left_the_machine(page: NotebookPage):
    assert page.errors == []
    assert page.strangers == []
