"""The capstone in JupyterLab, as a student goes through it: unfair first, then a fair study."""

from collections.abc import Iterator

import pytest
from test_exercise_page import cell, drawn, put, run

from benchmarks.lab import ROOT, Lab, NotebookPage
from course_lib.checks.masters import bare_solution, code_cells, tasks
from course_lib.ground.paths import written_for

BOOK = "06_your_own_question"
TASKS = tasks(written_for(BOOK, "exercises"))
(PLOT,) = (c for c in code_cells(written_for(BOOK, "exercises")) if "plots.show(" in c)
SOLVED = {key: bare_solution(task.solution) for key, task in TASKS.items()}


@pytest.fixture(scope="module")
def capstone(tmp_path_factory: pytest.TempPathFactory, chromium) -> Iterator[NotebookPage]:
    """The student's copy, run once as it was handed out."""
    folder = tmp_path_factory.mktemp("capstone")
    name = f"{BOOK}.ipynb"
    (folder / name).write_bytes((ROOT / "exercises" / name).read_bytes())
    lab = Lab(folder)
    page = NotebookPage(chromium, lab, name)
    page.run_all()
    yield page
    page.close()
    lab.close()


def answered(capstone: NotebookPage, begins: str, source: str, asks: str) -> str:
    """What a check says after this has been pasted into the cell that begins so."""
    cell(capstone, begins).locator(".cm-content").click()
    put(capstone, source)
    run(capstone, source.split("\n")[0])
    return run(capstone, asks)


def test_as_handed_out_every_check_says_that_there_is_nothing_yet(capstone):
    for asks in ('check("06.7"', 'check("06.8"', 'reflect("06.6"', 'reflect("06.10"'):
        assert "Nothing to" in cell(capstone, asks).locator(".jp-OutputArea").inner_text()
    said = cell(capstone, 'check("06.9"').locator(".jp-OutputArea").inner_text()
    assert "Still to be filled in: costs, outer steps, validation, test, errors, gap." in said


def test_the_rubric_is_a_table_that_fits_the_page(capstone):
    table = capstone.page.locator("table", has_text="looks at").first
    table.scroll_into_view_if_needed()
    sizes = table.evaluate("(t) => [t.rows.length, t.scrollWidth, t.parentElement.clientWidth]")
    assert sizes[0] == 7
    assert sizes[1] <= sizes[2]
    capstone.shot("rubric", table)


def test_a_study_is_worked_through_from_a_bet_to_three_sentences(capstone):
    said = answered(capstone, "my_plan", SOLVED["06.6"], 'reflect("06.6"')
    assert "A model answer." in said
    capstone.shot("bet", cell(capstone, 'reflect("06.6"'))

    unfair = SOLVED["06.7"].replace("losses(theta, validation", "losses(theta, test")
    said = answered(capstone, "def study", unfair, 'check("06.7"')
    assert "Not yet: tuned on test tasks." in said
    capstone.shot("unfair", cell(capstone, 'check("06.7"'))
    said = answered(capstone, "def study", SOLVED["06.7"], 'check("06.7"')
    assert "Right. Same budget" in said
    assert "Right. The ± is over tasks" in answered(
        capstone, "def gap", SOLVED["06.8"], 'check("06.8"'
    )

    short = SOLVED["06.9"].replace("BUDGET", "60")
    same = short.replace("seed(2)", "seed(1)").replace("sample_tasks(100", "sample_tasks(300")
    said = answered(capstone, "my_report", same, 'check("06.9"')
    assert "Not yet: meta-validation and meta-test tasks overlap." in said
    said = answered(capstone, "my_ways", short, 'check("06.9"')
    assert "Right. The numbers fit together." in said
    assert "3 trainings of each way, 60 passes each, judged on 300 test tasks." in said
    capstone.shot("report", cell(capstone, 'check("06.9"'))

    cell(capstone, "...  # your code").locator(".cm-content").click()
    put(capstone, bare_solution(PLOT))
    assert "by training: [" in run(capstone, "mean, half, each")
    assert drawn(capstone, "mean, half, each")[0] > 300
    capstone.shot("plot", cell(capstone, "mean, half, each"))

    said = answered(capstone, 'my_words = """', SOLVED["06.10"], 'reflect("06.10"')
    assert "how many points is it?" in said
    capstone.shot("sentences", cell(capstone, 'reflect("06.10"'))
    assert capstone.errors == []
    assert capstone.strangers == []
