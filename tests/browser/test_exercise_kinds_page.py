"""New kinds of exercises in JupyterLab, as a new student meets them, with wrong turns."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_exercise_page import cell, put, run

from benchmarks.lab import ROOT, Lab, NotebookPage

FOURTH, FIFTH = "04_maml.ipynb", "05_the_second_order_gradient.ipynb"
WORDS = "Pretraining is judged where it stands, and MAML one step later, so its start moves well."


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Both notebooks as they are handed out, with a progress file of their own."""
    folder = tmp_path_factory.mktemp("exercises")
    for name in (FOURTH, FIFTH):
        (folder / name).write_bytes((ROOT / "exercises" / name).read_bytes())
    server = Lab(folder)
    yield server
    server.close()


def opened(chromium, lab: Lab, name: str) -> NotebookPage:
    """A notebook, all cells run once. A slow machine's kernel may make JupyterLab ask for one."""
    page = NotebookPage(chromium, lab, name)
    for button in page.page.locator(".jp-Dialog button.jp-mod-accept").all():
        print(page.page.locator(".jp-Dialog").inner_text())
        button.click()
        page.page.wait_for_timeout(2000)
    page.run_all()
    return page


@pytest.fixture(scope="module")
def maml(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """Exercises 04, all cells run once."""
    page = opened(chromium, lab, FOURTH)
    yield page
    page.close()
    lab.stop_kernels()


def retype(page: NotebookPage, text: str, source: str, marker: str = "") -> None:
    """Puts `source` into the cell that holds `text`, and runs it."""
    cell(page, text).locator(".cm-content").click()
    put(page, source)
    run(page, marker or source.split("\n")[0])


def readout(page: NotebookPage, label: str, value: str) -> None:
    """Types a value beside a slider."""
    slider = page.page.locator(".widget-slider").filter(has_text=label).last
    box = slider.locator(".widget-readout")
    box.click()
    page.page.keyboard.press("Control+a")
    page.page.keyboard.insert_text(value)
    page.page.keyboard.press("Enter")
    page.page.wait_for_timeout(1500)


def test_04_7_a_bet_and_a_widget(maml: NotebookPage):
    shown, check = "my_widget = explore", 'check("04.7"'
    assert "Predict first" in cell(maml, shown).locator(".jp-OutputArea").inner_text()
    assert "Nothing has been moved yet" in cell(maml, check).locator(".jp-OutputArea").inner_text()

    retype(maml, "my_guess = ...  # your prediction of α", "my_guess = 0.8")
    assert "Your prediction is 0.8. It stays." in run(maml, shown)
    maml.page.wait_for_selector(".course-widget canvas, .course-widget svg")
    maml.shot("widget", cell(maml, shown))
    assert "Nothing has been moved yet" in run(maml, check)

    readout(maml, "step size α", "0.8")
    assert "Not yet: the edge of divergence." in run(maml, check)
    readout(maml, "step size α", "0.3")
    assert "Not yet: a step that stops short." in run(maml, check)
    readout(maml, "step size α", "0.4")
    said = run(maml, check)
    assert "Right. (1 − αλ)² is a task's share" in said
    assert "You had predicted 0.8. It is 1/λ₁ = 0.4" in said
    maml.shot("explored", cell(maml, check))


def test_04_8_words_and_ticks(maml: NotebookPage):
    asked = 'reflect("04.8"'
    assert "Nothing to read yet" in cell(maml, asked).locator(".jp-OutputArea").inner_text()
    mine = 'my_words = """'
    retype(maml, mine, 'my_words = "MAML is simply better."\nmy_ticks = ""', "my_words =")
    assert "That is 4 words." in run(maml, asked)

    retype(maml, "my_words =", f'my_words = "{WORDS}"\nmy_ticks = ""', "my_words =")
    said = run(maml, asked)
    assert "A model answer. MAML's training measures the loss after the step" in said
    here = cell(maml, asked).locator(".jp-OutputArea")
    boxes = here.locator("input[type=checkbox]")
    boxes.nth(5).wait_for()
    assert boxes.count() == 6
    maml.shot("model", cell(maml, asked))

    button = here.locator("button", has_text="These are my ticks")
    boxes.nth(0).check()
    boxes.nth(1).check()
    button.click()
    here.get_by_text("a better model instead of a better start").wait_for()
    boxes.nth(1).uncheck()
    button.click()
    here.get_by_text("a point that your words lack").wait_for()
    for number in (2, 4):
        boxes.nth(number).check()
    button.click()
    here.get_by_text("the ticks are your own judgement").wait_for()
    maml.shot("ticked", cell(maml, asked))


def test_05_5_a_derivation_in_order(lab: Lab, chromium):
    page = opened(chromium, lab, FIFTH)
    check = 'check("05.5"'
    assert "Nothing to check yet" in cell(page, check).locator(".jp-OutputArea").inner_text()
    asked = page.page.locator(".jp-MarkdownCell").filter(has_text="05.5 · Derive the gradient")
    assert asked.locator("mjx-container, .MathJax").count() >= 8
    page.shot("derive", asked.first)
    for order, told in [
        ("jca", "a line is missing|differentiated before it is there"),
        ("gcjaekh", "Jacobians in the wrong order."),
        ("gcjfekd", "no α² terms."),
        ("gcajekd", "a sum before its terms."),
        ("gcjaekd", "Right. Chain rule, induction, transpose"),
    ]:
        retype(page, "my_order =", f'my_order = "{order}"', "my_order =")
        said = run(page, check)
        assert any(part in said for part in told.split("|")), said
    page.shot("derived", cell(page, check))
    assert page.errors == []
    page.close()


def test_what_was_done_is_noted_and_nothing_failed(maml: NotebookPage, lab: Lab):
    noted = json.loads((Path(lab.private.name) / "progress.json").read_text())
    assert noted["04.7"].pop("locked") == pytest.approx(0.8)
    assert noted["04.7"] == {"attempts": 3, "solved": True}
    assert noted["04.8"] == {"attempts": 3, "solved": True, "ticks": "ace", "words": WORDS}
    assert noted["05.5"]["solved"]
    run(maml, "progress()")
    maml.shot("progress-kinds", cell(maml, "progress()"))
    assert maml.errors == []
    assert maml.strangers == []
