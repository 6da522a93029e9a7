"""The exercises: every check knows its wrong answers, and nothing differs from its master."""

import ast
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_lib.checks import notes
from course_lib.checks.judging import all_exercises, find, judge
from course_lib.checks.masters import BEGIN, END, SOLUTIONS, masters, student_source, tasks
from course_lib.checks.progress_map import scene
from course_lib.checks.questions import e05
from course_lib.ground.paths import ROOT, written, written_for
from course_lib.press.exercises import building
from course_lib.press.exercises.answers import Answers, answers, cells
from course_lib.press.exercises.command_line import main
from course_lib.press.exercises.verifying import namespace, verdict_on, verify
from course_lib.press.notebooks.rules import dead_links
from course_lib.scenes import plots

EXERCISES = all_exercises()
STUDENT_NOTEBOOKS = sorted((ROOT / "exercises").glob("*.ipynb"))
INSTRUCTOR_NOTEBOOKS = sorted((ROOT / SOLUTIONS).glob("*.ipynb"))
ANCHOR = re.compile(r"\]\(([^)#]+\.ipynb)#([^)]+)\)")


@pytest.fixture(autouse=True)
def nobodys_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test solves does not count for whoever runs the tests."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the exercises for one test to spoil."""
    for folder in ("exercises", "lessons"):
        shutil.copytree(ROOT / folder, tmp_path / "course" / folder)
    return tmp_path / "course"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.key)
def test_wrong_answers_are_named_right_ones_accepted_and_the_stub_is_recognised(exercise):
    matrix = verify([exercise])
    assert matrix.survivors == []
    assert matrix.mutants == matrix.killed == matrix.named >= 4
    assert matrix.rights == matrix.accepted >= 2


@pytest.mark.parametrize("key", ["05.2", "05.3", "00.1"])
def test_a_check_that_always_passes_is_found(key):
    planted = dataclasses.replace(find(key), check=lambda answer: None)
    matrix = verify([planted])
    assert matrix.killed == 0
    assert sum("accepts the wrong answer" in s for s in matrix.survivors) == matrix.mutants


def test_a_check_that_never_passes_is_found():
    planted = dataclasses.replace(find("05.3"), check=lambda answer: 1 / 0)
    assert verify([planted]).accepted == 0


def test_a_message_that_does_not_name_the_misconception_is_found():
    first, *others = answers("05.3").wrong
    renamed = dataclasses.replace(first, name="something else")
    planted = dataclasses.replace(answers("05.3"), wrong=(renamed, *others))
    matrix = verify([find("05.3")], known=lambda key: planted)
    assert matrix.named == matrix.killed - 1
    assert "something else" in matrix.survivors[0]


def test_too_few_or_equal_answers_are_found():
    known = answers("05.3")
    poor = Answers(known.wrong[:3], known.right[:1] * 2)
    found = " ".join(verify([find("05.3")], known=lambda key: poor).survivors)
    assert "3 named wrong answers" in found
    assert "fewer than 2 right answers" in found


def test_keys_belong_to_their_file_and_are_all_different():
    keys = [exercise.key for exercise in EXERCISES]
    assert len(set(keys)) == len(keys)
    for path in masters():
        assert {key.partition(".")[0] for key in tasks(path)} == {path.parent.name[:2]}
        (lesson,) = (ROOT / "notebooks").glob(f"{path.parent.name[:2]}_*.ipynb")
        assert {find(key).book or lesson.stem for key in tasks(path)} == {path.parent.name}


def test_the_notebooks_on_disk_are_what_the_masters_say():
    assert building.drift(ROOT) == []


def test_a_changed_stub_and_a_lost_notebook_are_found(copy, capsys):
    assert main(["build", "--check"], copy) == 0
    student = copy / "exercises" / "00_start_here.ipynb"
    student.write_text(student.read_text(encoding="utf-8").replace("your code", "my code"))
    (copy / SOLUTIONS / "00_start_here.ipynb").unlink()
    (copy / "exercises" / "77_nobody.ipynb").write_text("{}")
    assert main(["build", "--check"], copy) == 1
    printed = capsys.readouterr().out
    for problem in ("differs from its master", "is missing", "77_nobody.ipynb has no master"):
        assert problem in printed
    (copy / "exercises" / "77_nobody.ipynb").unlink()
    assert main(["build"], copy) == 0
    assert building.drift(copy) == []


def test_a_changed_solution_is_found(copy):
    master = written_for("00_start_here", "exercises", copy)
    master.write_text(master.read_text(encoding="utf-8").replace("argmin", "argmax"))
    assert building.drift(copy) == [
        "exercises/solutions/00_start_here.ipynb differs from its master."
    ]
    assert any("rejects its own solution" in s for s in verify([find("00.2")], copy).survivors)


@pytest.mark.parametrize("path", STUDENT_NOTEBOOKS, ids=lambda path: path.stem)
def test_a_student_s_copy_holds_no_solution_no_output_and_no_dead_link(path):
    nb = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in nb.cells)
    assert BEGIN not in text
    assert END not in text
    found = tasks(written_for(path.stem, "exercises"))
    given = "\n".join(find(key).given for key in found)  # broken code to mend is no secret
    for task in found.values():
        inside = task.solution.partition(BEGIN)[2].partition(END)[0]
        kept = student_source(task.solution, find(task.key).given)
        secret = [line.strip() for line in inside.splitlines() if line.strip() not in kept]
        assert secret, f"{task.key}: nothing was taken away"
        assert not [
            line for line in secret if len(line) > 12 and line in text and line not in given
        ]
    assert all(not c.outputs and c.execution_count is None for c in nb.cells if "outputs" in c)
    assert list(dead_links(nb, path.parent)) == []


@pytest.mark.parametrize("path", sorted((ROOT / SOLUTIONS).glob("*.ipynb")), ids=lambda p: p.stem)
def test_an_instructor_s_copy_is_a_source_notebook_for_nbgrader(path):
    nb = nbformat.read(path, as_version=4)
    assert list(dead_links(nb, path.parent)) == []
    graded = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
    solutions = [cell for cell in graded if cell.metadata.nbgrader.solution]
    checks = [cell for cell in graded if cell.metadata.nbgrader.grade]
    assert len(solutions) == len(checks) == len(tasks(written_for(path.stem, "exercises")))
    assert all(BEGIN in cell.source and END in cell.source for cell in solutions)
    assert all(cell.metadata.nbgrader.points > 0 for cell in checks)
    by_hand = [cell for cell in checks if not cell.metadata.nbgrader.locked]
    kinds = [find(key).kind for key in tasks(written_for(path.stem, "exercises"))]
    assert len(by_hand) == kinds.count("open")  # words are read by a person
    assert all(cell in solutions for cell in by_hand)


@pytest.mark.parametrize("path", STUDENT_NOTEBOOKS, ids=lambda path: path.stem)
def test_links_to_sections_lead_to_headings(path):
    text = path.read_text(encoding="utf-8")
    found = ANCHOR.findall(text)
    assert found, "link to the sections that an exercise belongs to"
    for target, anchor in found:
        lesson = nbformat.read(path.parent / target, as_version=4)
        headings = re.findall(r"(?m)^#+ (.+)$", "\n".join(c.source for c in lesson.cells))
        assert anchor in [heading.replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("path", STUDENT_NOTEBOOKS, ids=lambda path: path.stem)
def test_the_lesson_links_to_its_exercises(path):
    (lesson,) = (ROOT / "notebooks").glob(f"{path.name[:2]}_*.ipynb")
    cells = nbformat.read(lesson, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    ending = text[text.index("\n## Recap") :]
    assert f"](../exercises/{path.name})" in ending


def test_the_command_prints_the_kill_matrix_as_one_json_object(capsys):
    assert main(["verify", "00", "--json"]) == 0
    matrix = json.loads(capsys.readouterr().out)
    assert list(matrix) == [
        "exercises", "mutants", "killed", "named", "rights", "accepted", "plain_inputs",
        "survivors",
    ]  # fmt: skip
    assert matrix["survivors"] == []


def test_the_map_of_progress_shows_every_exercise_and_its_state():
    notes.write("00.1", solved=True, attempts=2)
    notes.write("05.2", solved=False, attempts=1)
    picture = scene(EXERCISES, notes.read())
    assert "solved: 00.1;" in picture.alt
    assert "attempted: 05.2;" in picture.alt
    assert all(exercise.key in picture.alt for exercise in EXERCISES)
    assert plots.png(picture)


def test_importing_the_checks_draws_nothing_and_loads_no_notebook_tools():
    code = (
        "import sys, course_lib.checks as c\n"
        "c.check('05.2', ...)\n"
        "print({'matplotlib', 'ipywidgets', 'nbformat', 'jupytext'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.stdout.splitlines()[-1] == "set()", ran.stderr


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course as students get it: without the folders that the README says to leave out."""
    sentence = "`students` to hand out, without solutions, tests and history"
    assert sentence in (ROOT / "README.md").read_text(encoding="utf-8")
    target = tmp_path_factory.mktemp("handed_out")
    heavy = shutil.ignore_patterns("solutions", "__pycache__", "checkpoints", ".ipynb_checkpoints")
    for folder in ("course_lib", "exercises"):
        shutil.copytree(ROOT / folder, target / folder, ignore=heavy)
    return target


def test_what_students_install_sends_them_to_their_teacher(handed_out, tmp_path):
    code = (
        "from course_lib.checks import check, solution\n"
        "check('05.3', 'a')\n"
        "check('05.1', lambda theta, support, query, lr: theta)\n"
        "solution('05.1')\nsolution('05.3')"
    )
    environment = {**os.environ, "COURSE_PROGRESS": str(tmp_path / "progress.json")}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, cwd=handed_out, env=environment, check=True,
    )  # fmt: skip
    assert ran.stdout.count("This copy of the course comes without solutions") == 2


def test_no_text_in_what_students_install_is_a_right_answer(handed_out):
    by_name = {task.answer: key for path in masters() for key, task in tasks(path).items()}
    names = "|".join(name for name in by_name if find(by_name[name]).takes_function)
    texts = [
        node.value
        for path in (handed_out / "course_lib").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for path in (handed_out / "exercises").glob("*.ipynb"):
        texts += [cell.source for cell in nbformat.read(path, as_version=4).cells]
    found = [text for text in texts if re.search(rf"(?m)^def ({names})\(", text)]
    assert len(found) > len(by_name) / 3, "the stubs at least"
    everything = {key: task for path in masters() for key, task in tasks(path).items()}
    for text in found:
        for name in re.findall(rf"(?m)^def ({names})\(", text):
            for key, task in everything.items():
                if task.answer == name:
                    assert not verdict_on(find(key), task, text, namespace(task)).ok, text


def test_the_check_s_own_function_is_no_answer():
    verdict = judge("05.1", e05.meta_gradient)
    assert not verdict.ok
    assert not verdict.is_attempt


def test_every_answer_is_python_and_belongs_to_an_exercise():
    paths = written("answers")
    assert [path.parent for path in paths] == [path.parent for path in masters()]
    for path in paths:
        for key, _, name, says, source in cells(path):
            assert find(key).notebook == path.parent.name[:2]
            assert not says or says != name
            ast.parse(source)


def test_a_cell_that_is_no_answer_is_found(tmp_path):
    (tmp_path / "05.py").write_text('"""Answers."""\n\n# %% 05.1 wrong\nx = 1\n')
    with pytest.raises(ValueError, match="neither"):
        cells(tmp_path / "05.py")
