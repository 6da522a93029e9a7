"""The students' copy: it checks, and nothing in it or in its notebook's process is an answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.checks import sealed
from course_lib.checks.judging import all_exercises
from course_lib.press.exercises import packing


@pytest.fixture(scope="module")
def copies(tmp_path_factory) -> Path:
    """Both copies. `pack` itself looks for answers and tries a check."""
    folder = tmp_path_factory.mktemp("class") / "new"
    assert packing.main(["pack", str(folder)]) == 0
    return folder


def at_home(copies: Path, tmp_path: Path, code: str) -> str:
    """What a student's own Python prints in the copy."""
    env = os.environ | {"COURSE_PROGRESS": str(tmp_path / "p.json")}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=copies / "students", env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_students_copy_has_no_history_no_tests_and_no_key(copies):
    students = copies / "students"
    names = {str(path.relative_to(students)) for path in students.rglob("*") if path.is_file()}
    parts = {part for name in names for part in Path(name).parts}
    assert not parts & {".git", "tests", "lessons", "solutions", "answers.py", "__pycache__"}
    assert sum((students / name).stat().st_size for name in names) < 60_000_000
    assert {"README.md", "start.py", "notebooks/04_maml.ipynb", "exercises/04_maml.ipynb"} <= names
    assert "For instructors" not in (students / "README.md").read_text(encoding="utf-8")
    assert (copies / "instructors" / "exercises" / "solutions").is_dir()
    assert not (copies / "instructors" / ".git").exists()


def test_a_search_finds_an_answer_where_one_is(copies, tmp_path):
    """The search of `pack` itself: nothing in the copy, and what is put there."""
    place = copies / "students" / "notes.md"
    place.write_text("my_answer = 1\n" + packing.secret_lines()[7])
    try:
        assert any("notes.md" in fault for fault in packing.faults(copies / "students"))
    finally:
        place.unlink()


def test_the_heads_tell_no_hint_and_no_right_option(copies):
    text = (copies / "students/course_lib/checks/heads.json").read_text(encoding="utf-8")
    heads = {head["key"]: head for head in json.loads(text)}
    assert len(heads) == len(all_exercises())
    for exercise in all_exercises():
        for secret in (*exercise.hints, exercise.why, exercise.model):
            assert not secret or secret not in text
        assert "says" not in heads[exercise.key]


def test_the_seal_gives_the_questions_back_and_shows_no_word_of_them():
    sources = {"course_lib.checks.questions.e99": "SECRET = 'a right answer'\n"}
    content = sealed.sealed(sources)
    assert b"right answer" not in content
    assert b"SECRET" not in content
    assert sealed.mixed(sealed.mixed(b"abc" * 50)) == b"abc" * 50


CHECKS = """
import gc, sys, types, torch
from course_lib.checks import check, hint, predict, reflect, explore, progress, solution
def meta_gradient(theta, support, query, lr):
    f = lambda t, x, y: (x @ t - y).square().mean()
    g = torch.func.grad
    return g(lambda t: f(t - lr * g(f)(t, *support), *query))(theta)
check("05.1", meta_gradient)
check("05.1", lambda theta, *a: theta)
check("05.3", "c")
hint("05.1")
solution("05.1")
predict("04.1", 0.4)
widget = explore("04.7", 0.3)
widget.inputs["alpha"].value = 0.4
check("04.7", widget)
reflect("05.7", "One step holds one Hessian, K of them are multiplied, and nothing of third order "
        "appears anywhere in it.", "a")
def endless(query, support, labels):
    while True: pass
from course_lib.checks.judging import judge, find
print(judge("00.2", endless, 1.0).misconception)
check("00.2", lambda *a: 1 / 0)
"""
SAID = ["Right. This one vector is MAML", "Not yet: another value than expected. Try it by hand",
        "Not yet: no α² terms", "Hint 1 of 3. Two losses", "This copy of the course comes without",
        "Right. A task counts by what", "Your prediction is 0.3", "Right. (1 − αλ)² is a task's",
        "You had predicted 0.3. It is 1/λ₁", "A model answer. Each step contains one gradient",
        "Not yet: multi-step has third derivatives", "an endless loop",
        "Not yet: an error in your function. Python stops"]  # fmt: skip


def test_at_home_everything_is_said_as_in_the_full_course(copies, tmp_path):
    printed = at_home(copies, tmp_path, CHECKS)
    places = [printed.find(words) for words in SAID]
    assert -1 not in places, printed
    assert places == sorted(places)


LOOK = """
import gc, sys
from course_lib.checks import check
from course_lib.checks.judging import find, all_exercises
check("05.3", "c")
check("00.2", lambda *a: 1)
found = [e.key for e in all_exercises() if any(e.hints) or e.why or e.model or e.points]
found += [o for e in all_exercises() for o in e.options.values() if o.name or o.says]
found += [type(o).__name__ for o in gc.get_objects()
          if type(o).__name__ in ("Compared", "Mistake", "Trap", "Task", "Before", "Place")]
found += [m for m in sys.modules if m.startswith("course_lib.checks.questions.")]
for name in ("course_lib.checks.questions.e05", "course_lib.checks.usual"):
    try:
        __import__(name)
        found.append(name)
    except ImportError:
        pass
print("found", found)
"""


def test_no_object_of_the_notebooks_process_is_an_answer(copies, tmp_path):
    assert at_home(copies, tmp_path, LOOK).splitlines()[-1] == "found []"


def test_what_a_class_does_not_take_is_left_out(tmp_path, monkeypatch):
    """A lesson, a book and an exercise: with their checks, their lines and the links to them."""
    monkeypatch.setattr(packing, "secret_lines", list)  # the other tests search
    names = ["07", "06_your_own_question", "05.2"]
    assert packing.main(["pack", str(tmp_path / "new"), "--without", *names]) == 0
    students = tmp_path / "new" / "students"
    here = {str(path.relative_to(students)) for path in students.glob("*s/*.ipynb")}
    assert not {name for name in here if "/07" in name or "own_question" in name}
    assert {"notebooks/06_few_shot_classification.ipynb", "exercises/05_the_second_order_gradient"
            ".ipynb", "exercises/06_few_shot_classification.ipynb"} <= here  # fmt: skip
    fifth = (students / "exercises/05_the_second_order_gradient.ipynb").read_text(encoding="utf-8")
    assert "## 05.1" in fifth
    assert "## 05.3" in fifth
    assert "05.2" not in fifth.replace("05.20", "")
    assert "progress()" in fifth
    heads = json.loads((students / "course_lib/checks/heads.json").read_text(encoding="utf-8"))
    keys = {head["key"] for head in heads}
    assert {key for key in keys if key[:2] == "06"} == {f"06.{n}" for n in range(1, 6)}
    assert "05.2" not in keys
    assert not {key for key in keys if key[:2] == "07"}
    texts = [students / "README.md", *(students / name for name in here)]
    assert not [p for p in texts if "07_few_shot_rivals.ipynb" in p.read_text(encoding="utf-8")]
    assert (tmp_path / "new/instructors/notebooks/07_few_shot_rivals.ipynb").is_file()


@pytest.mark.parametrize(
    ("name", "says"),
    [("07_few_shot_rival", "Did you mean 07_few_shot_rivals"), ("5.2", "Did you mean 05.2"),
     ("00", "Nothing that may go"), ("06.8", "would lack a function")],
)  # fmt: skip
def test_what_cannot_be_left_out_is_told_in_a_sentence(tmp_path, capsys, name, says):
    assert packing.main(["pack", str(tmp_path / "new"), "--without", name]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine").write_text("x")
    assert packing.main(["pack", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
