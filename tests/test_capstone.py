"""The capstone of notebooks 00 to 06: what its checks compare, and how it reaches a reviewer."""

import json
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from course_lib.checks.judging import find, judge
from course_lib.checks.masters import rubric_table, tasks
from course_lib.checks.questions.e06_gap import gap
from course_lib.checks.questions.e06_study import study
from course_lib.ground.paths import ROOT, written_for
from course_lib.ground.patience import patience
from course_lib.press.exercises.verifying import namespace
from course_lib.press.grading import report
from course_lib.press.grading.classroom import Room
from course_lib.press.grading.notebook import Limits, Row
from course_lib.press.grading.submissions import Submission

NAME = "06_your_own_question"
SOLVED = ROOT / "exercises" / "solutions" / f"{NAME}.ipynb"
RUBRIC = find("06.10").rubric


def test_the_interval_of_the_gap_covers_the_truth_in_95_of_100_studies():
    """Tasks that are hard for both ways, and trainings that share their tasks."""
    gen, covered = torch.Generator().manual_seed(1), 0
    for _ in range(400):
        hard, extra = 3 * torch.rand(60, generator=gen), 0.4 * torch.randn(60, generator=gen)
        noise = 0.3 * torch.randn(2, 3, 60, generator=gen)
        middle, half, each = gap(hard + extra + 0.2 + noise[0], hard + noise[1])
        assert torch.allclose(each.mean(), middle)
        covered += bool((middle - 0.2).abs() <= half)
    assert 0.92 < covered / 400 < 0.98


def test_test_tasks_that_change_change_no_setting():
    """Whatever judges, α and β stay: only the validation tasks choose them."""

    def losses(theta, tasks, alpha):
        return (tasks - alpha).square() + theta

    def found(test):
        validation, grid = torch.full((4, 2), 0.5), ((0.0, 0.5, 1.0), (1.0, 2.0))
        train = lambda way, seed, outer_steps, beta: torch.tensor(beta * seed)  # noqa: E731
        return study({"A": 1, "B": 2}, 4, (1, 2, 3), *grid, train, losses, validation, test)

    for place in (0.0, 1.0):
        assert {row[:2] for row in found(torch.full((5, 2), place)).values()} == {(0.5, 1.0)}


def test_the_arithmetic_of_the_ways_is_ordered_as_their_passes_and_never_more():
    """An inner step sees five points and the query 25, so a pass of it is the lesser one."""
    names = namespace(tasks(written_for(NAME, "exercises"))["06.7"])
    names["trained"]("MAML", 1, 1, 0.01)  # the first time, the engine compares itself with a loop
    counted = {}
    for way in names["WAYS"]:
        names["trained"](way, 1, 1, 0.01)
        with FlopCounterMode(display=False) as counter:
            names["trained"](way, 1, 1, 0.01)
        counted[way] = counter.get_total_flops()
    passes = {way: names["passes"](way) for way in counted}
    assert passes == {"joint": 1, "first order": 2, "MAML": 3, "MAML, K = 5": 11}
    assert sorted(counted, key=counted.get) == sorted(passes, key=passes.get)
    assert all(counted[way] <= passes[way] * counted["joint"] for way in counted)


def test_one_seed_stands_for_one_start_and_one_row_of_tasks():
    """So two ways with one seed differ in nothing but the way."""
    names = namespace(tasks(written_for(NAME, "exercises"))["06.7"])
    one, again, other = (names["trained"]("joint", seed, 2, 0.01) for seed in (1, 1, 2))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["w0"], other["w0"])
    untouched = [names["trained"](way, 1, 0, 0.01) for way in names["WAYS"]]
    assert all(torch.equal(theta["w0"], untouched[0]["w0"]) for theta in untouched)


def test_a_student_reads_the_rubric_that_the_reviewer_fills_in():
    text = (ROOT / "exercises" / f"{NAME}.ipynb").read_text(encoding="utf-8")
    handed_out = "".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    assert rubric_table(RUBRIC) in handed_out
    assert 4 <= len(RUBRIC) <= 6
    blank = rubric_table(RUBRIC, "points").splitlines()
    assert len(blank) == len(RUBRIC) + 2
    assert {line.count("|") for line in blank} == {6}


def test_the_sheet_holds_verdicts_words_and_the_rubric_and_no_markup_of_a_student_s():
    rows = [
        Row("ada <b>", NAME, "06.7", "wrong", "tuned on test tasks", "α and β …"),
        Row("ada <b>", NAME, "06.10", "written", message="I found <script> 0.2 ± 0.1 & more"),
        Row("bob", "00_start_here", "00.3", "written", message="nothing to review here"),
    ]
    text = report.review(rows)
    assert text.startswith(f"## ada &lt;b&gt; · {NAME}\n")
    assert "**06.7 A fair comparison**: wrong, tuned on test tasks" in text
    assert "> I found &lt;script&gt; 0.2 ± 0.1 &amp; more" in text
    assert text.count(rubric_table(RUBRIC, "points")) == 1
    assert text.endswith(f"Points of {2 * len(RUBRIC)}:\n")
    assert "bob" not in text
    assert report.review(rows[2:]) == "Nothing handed in has a rubric.\n"


def test_the_tenth_exercise_stands_after_the_ninth():
    rows = [Row("ada", NAME, f"06.{n}", "solved") for n in (10, 9, 7)]
    assert [line[0] for line in report.summary(rows)] == ["06.7", "06.9", "06.10"]
    said = [line[:5].strip() for line in report.class_report(rows).splitlines()]
    assert said == ["06.7", "06.9", "06.10"]


def test_an_untouched_report_is_a_stub_and_one_with_a_gap_says_what_is_missing():
    names: dict = {}
    exec(find("06.9").given, names)
    verdict = judge("06.9", names["my_report"])
    assert (verdict.misconception, verdict.is_attempt) == ("still the stub", False)
    assert verdict.message.startswith("Still to be filled in")
    said = judge("06.10", ("...", "")).message
    assert said.startswith("Nothing to read yet"), "a stub is no misconception, and is not named"
    verdict = judge("06.9", {**names["my_report"], "costs": {"MAML": 3, "joint": 1}})
    assert verdict.misconception == "an incomplete report"
    assert "outer steps, validation, test, errors, gap." in verdict.message


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """The solved capstone with a tiny budget."""
    path = tmp_path / f"{NAME}.ipynb"
    text = SOLVED.read_text(encoding="utf-8")
    assert text.count("SHOTS, STEPS, BUDGET = 5, 1, 600") == 1
    path.write_text(text.replace("BUDGET = 5, 1, 600", "BUDGET = 5, 1, 12"), encoding="utf-8")
    return path


def graded(path: Path, seconds: float) -> dict[str, Row]:
    room = Room(Limits(seconds * patience(), 2000), unsafe=True)
    (rows,) = room.graded([Submission("ada", NAME, path)])
    return {row.exercise: row for row in rows}


def test_a_capstone_is_graded_and_its_words_arrive_whole(short):
    rows = graded(short, 10.0)
    outcomes = [rows[f"06.{n}"].outcome for n in (6, 7, 8, 9, 10)]
    assert outcomes == ["written", "solved", "solved", "solved", "written"], rows
    assert rows["06.6"].message.startswith("Half as many outer steps again")
    assert len(rows["06.10"].message) > 300
    assert rows["06.10"].message.endswith("than what a seed moves.")
    assert "what a seed moves." in report.review(list(rows.values()))


def test_the_cell_of_a_study_may_take_as_long_as_its_check(short, tmp_path):
    """The limit of an ordinary cell would have ended it."""
    content = json.loads(short.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "06-9":
            cell["source"] = (
                "import time\nbegan = time.process_time()\n"
                f"while time.process_time() - began < {2.5 * patience()}: pass\n"
                "my_report = {'costs': 1}"
            )
    long = tmp_path / "long" / short.name
    long.parent.mkdir()
    long.write_text(json.dumps(content), encoding="utf-8")
    row = graded(long, 1.0)["06.9"]
    assert (row.outcome, row.misconception) == ("wrong", "an incomplete report"), row
