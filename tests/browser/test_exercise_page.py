"""Exercise 05.1 worked through in JupyterLab: wrong, a hint, right, and the picture of progress."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.lab import ROOT, Lab, NotebookPage

NAME = "05_the_second_order_gradient.ipynb"
WRONG = """def mse(w, x, y):
    return ((x @ w - y) ** 2).mean()
def meta_gradient(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    (step,) = torch.autograd.grad(mse(theta, *support), theta)
    return torch.autograd.grad(mse(theta - lr * step, *query), theta)[0]"""
RIGHT = WRONG.replace("*support), theta)", "*support), theta, create_graph=True)")


@pytest.fixture(scope="module")
def exercises(tmp_path_factory: pytest.TempPathFactory, chromium) -> Iterator[NotebookPage]:
    """The student's notebook 05 as it is handed out, in a lab with a progress file of its own."""
    folder = tmp_path_factory.mktemp("exercises")
    (folder / NAME).write_bytes((ROOT / "exercises" / NAME).read_bytes())
    lab = Lab(folder)
    page = NotebookPage(chromium, lab, NAME)
    page.lab = lab
    page.run_all()
    yield page
    page.close()
    lab.close()


def cell(exercises: NotebookPage, text: str):
    """The code cell that begins with this text."""
    editors = exercises.page.locator(".jp-CodeCell").filter(
        has=exercises.page.locator(".cm-content", has_text=text)
    )
    return editors.first


def put(exercises: NotebookPage, source: str) -> None:
    """Puts other code into the selected cell, as somebody pastes it."""
    exercises.page.keyboard.press("Control+a")
    exercises.page.keyboard.insert_text(source)


def run(exercises: NotebookPage, text: str) -> str:
    """Runs a cell again; what stands below it then."""
    here = cell(exercises, text)
    exercises.run_cell(here.evaluate(NUMBER))
    output = here.locator(".jp-OutputArea")
    return output.inner_text() if output.is_visible() else ""


def drawn(exercises: NotebookPage, text: str) -> list:
    """The width and the bytes of the one picture below a cell."""
    picture = cell(exercises, text).locator(".jp-OutputArea img")  # more than one is an error
    return picture.evaluate("(img) => img.decode().then(() => [img.naturalWidth, img.src])")


NUMBER = "(cell) => [...document.querySelectorAll('.jp-Notebook .jp-Cell')].indexOf(cell)"


def test_exercise_05_1_is_worked_through(exercises: NotebookPage):
    page, check, mine = exercises.page, 'check("05.1", meta_gradient)', "def meta_gradient"
    assert "Nothing to check yet" in cell(exercises, check).locator(".jp-OutputArea").inner_text()

    cell(exercises, mine).locator(".cm-content").click()
    put(exercises, WRONG)
    run(exercises, mine)
    said = run(exercises, check)
    assert "Not yet: silently first-order." in said
    assert "Try it by hand: two weights θ = (1, 1), α = 0.1" in said
    assert drawn(exercises, check)[0] > 300  # the two slopes
    exercises.shot("wrong", cell(exercises, check))

    cell(exercises, check).locator(".jp-InputPrompt").click()
    page.keyboard.press("b")  # a new cell below the one that is selected
    page.keyboard.press("Enter")
    page.keyboard.insert_text('hint("05.1")')
    assert "Hint 1 of 3. Two losses, one after the other" in run(exercises, 'hint("05.1")')
    assert "Hint 2 of 3. The step must stay attached to θ" in run(exercises, 'hint("05.1")')
    exercises.shot("hint", cell(exercises, 'hint("05.1")'))

    cell(exercises, mine).locator(".cm-content").click()
    put(exercises, RIGHT)
    run(exercises, mine)
    assert "Right. This one vector is MAML" in run(exercises, check)
    assert cell(exercises, check).locator(".jp-OutputArea img").count() == 0

    before = drawn(exercises, "progress()")
    run(exercises, "progress()")
    after = drawn(exercises, "progress()")
    assert before[0] == after[0] > 300
    assert before[1] != after[1], "the picture does not show what was solved"
    exercises.shot("progress", cell(exercises, "progress()"))


def test_nothing_was_noted_elsewhere_nothing_failed_nothing_left(exercises: NotebookPage):
    noted = json.loads((Path(exercises.lab.private.name) / "progress.json").read_text())
    assert noted["05.1"] == {"attempts": 2, "hints": 2, "solved": True}
    assert exercises.errors == []
    assert exercises.strangers == []
