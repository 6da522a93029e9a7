"""Whatever a student does, the answer is a sentence, and it comes within seconds."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from course_lib.checks import check, hint, notes, predict, progress, solution, student
from course_lib.checks.calling import call
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.judging import find, judge
from course_lib.checks.limit import Stopped, within
from course_lib.checks.masters import bare_solution, masters, student_source, tasks
from course_lib.checks.student import as_html
from course_lib.ground.paths import ROOT
from course_lib.ground.patience import Deadline, patience
from course_lib.press.exercises.answers import answers
from course_lib.press.exercises.verifying import namespace, run, verify


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The progress file of this test alone."""
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    return path


def toy(*cases: Case, reference=lambda x: 2 * x, **more) -> Exercise:
    """An exercise that asks for twice the argument."""
    cases = cases or (Case("x = 1", torch.tensor([1.0])), Case("x = 3", torch.tensor([3.0])))
    head = {"title": "", "kind": "write", "minutes": 1, "difficulty": 1, "objective": ""}
    return Exercise(
        key="99.1", why="It is twice as much.", hints=("", "", ""), **head,
        check=compared(reference, *cases, **more),
    )  # fmt: skip


def endless(x):
    while True:
        pass


def swallowing(x):
    while True:
        with contextlib.suppress(Exception):
            x = x + 1


def swallowing_everything(x):
    while True:
        try:  # noqa: SIM105  what a student might write
            time.sleep(1)
        except:  # noqa: E722
            pass


def in_place(x):
    x *= 2
    return x


def printing(x):
    print(2 * x)


def failing(x):
    return x / undefined


def deep(x):
    return deep(x)


def quitting(x):
    raise SystemExit


def generating(x):
    yield 2 * x


class Doubler:
    """Not a function."""


class Agreeing(torch.Tensor):
    """A tensor that answers every question of torch with yes."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True


class Mute(Exception):
    """An exception that can't be shown."""

    def __str__(self):
        raise self


class Touchy:
    """An object that can't be compared, shown or asked for its truth."""

    def __eq__(self, other):
        raise Mute

    __hash__ = None
    __repr__ = __bool__ = __len__ = __eq__


class Last(BaseException):
    """What `except Exception` lets pass."""


def mute(x):
    raise Mute


def last(x):
    raise Last("no more")


FAULTS = {
    "in place": (in_place, "changes what it is given"),
    "print": (printing, "prints “tensor([2.])” and returns nothing"),
    "None": (lambda x: print(end=""), "returns nothing (None)"),
    "NaN": (lambda x: x * float("nan"), "NaN (not a number)"),
    "infinite": (lambda x: x / 0, "infinite"),
    "shape": (lambda x: torch.stack([x, x]), "of shape (2, 1), expected is a tensor of shape (1,)"),
    "type": (lambda x: "two", "You return a text"),
    "tuple": (lambda x: (2 * x, x), "a tuple of 2"),
    "dict": (lambda x: {"a": x}, "a dict of 1"),
    "object": (lambda x: object(), "You return an object, expected is a tensor"),
    "generator": (generating, "returns a generator"),
    "function": (lambda x: lambda: 2 * x, "returns a function"),
    "no arguments": (lambda: 2, "calls it with 1 argument; yours takes `()`"),
    "two arguments": (lambda x, y: 2, "yours takes `(x, y)`"),
    "error": (failing, "of your cell, `return x / undefined`: NameError"),
    "recursion": (deep, "RecursionError"),
    "agreeing": (lambda x: x.as_subclass(Agreeing), "Yours: (1). Expected: (2)"),
    "touchy": (lambda x: Touchy(), "can't make sense of what your answer gives back"),
    "mute": (mute, "Mute: without a message"),
    "base exception": (last, "Last: no more"),
    "exit": (quitting, "calls `exit()`"),
    "class": (Doubler, "`Doubler` is a class"),
    "number": (3.0, "got a number, and wants the function itself"),
    "result": (torch.ones(2), "got a tensor of shape (2,), and wants the function itself"),
    "text": ("f", "got a text"),
    "wrong value": (lambda x: 3 * x, "Try it by hand: x = 1. Yours: (3). Expected: (2)."),
    "wrong later": (lambda x: x + 1, "right on the first case, but not always"),
    "sign": (lambda x: -2 * x, "All your numbers have the wrong sign."),
    "factor": (lambda x: 3 * x, "All your numbers are 1.5 times the expected ones."),
    "unseen": (lambda x: 2 * x + 1e-4, "yours has 2.0001 for 2 at position 0"),
    "empty": (lambda x: [], "You return an empty list"),
    "complex": (lambda x: 2j, "You return a complex number"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_gets_its_sentence(fault):
    answer, sentence = FAULTS[fault]
    verdict = judge(toy(), answer)
    assert not verdict.ok
    assert sentence in verdict.message
    assert "Traceback" not in verdict.message


@pytest.mark.parametrize("stub", [None, ..., lambda x: ..., lambda x: None])
def test_a_stub_is_no_attempt(stub):
    verdict = judge(toy(), stub)
    assert not verdict.ok
    assert not verdict.is_attempt
    assert "Nothing to check yet" in verdict.message


def test_a_stub_with_a_docstring_is_no_attempt():
    def stub(x):
        """Twice x."""
        ...

    assert not judge(toy(), stub).is_attempt


def test_broken_code_that_was_given_and_not_touched_is_no_attempt():
    given = "def f(x):\n    'Twice x.'\n    for _ in range(2):\n        y = x\n    return y"
    exercise = dataclasses.replace(toy(), kind="fix", given=given)
    cell = "### BEGIN SOLUTION\ndef f(x):\n    return 2 * x\n### END SOLUTION"
    assert student_source(cell, given) == given
    names = {}
    exec(given, names)
    verdict = judge(exercise, names["f"])
    assert (verdict.ok, verdict.is_attempt) == (False, False)
    assert "still the code as it was given" in verdict.message
    exec(given.replace("y = x", "y = 2 * x"), names)
    assert judge(exercise, names["f"]).ok


@pytest.mark.parametrize(
    "right",
    [lambda x: 2 * x, lambda x: x + x.clone(), lambda x: [2 * x.item()], lambda x: (2 * x).numpy()],
)
def test_the_same_answer_in_another_type_is_right(right):
    assert judge(toy(), right).ok


def test_lists_and_numbers_in_them_must_stay_as_they_are_too():
    exercise = toy(Case("(1, 2)", [1, 2]), reference=lambda numbers: [2, 4])
    assert judge(exercise, lambda numbers: [2 * number for number in numbers]).ok
    assert judge(exercise, lambda numbers: numbers.extend(numbers) or [2, 4]).misconception == (
        "inputs changed in place"
    )


@pytest.mark.parametrize("loop", [endless, swallowing, swallowing_everything])
def test_an_endless_loop_is_stopped_and_its_line_named(loop):
    deadline = Deadline(5)
    verdict = judge(toy(), loop, seconds=0.3)
    assert not deadline.over()
    assert verdict.misconception == "an endless loop"
    assert "was stopped in line" in verdict.message


def test_an_endless_loop_is_stopped_outside_of_the_main_thread_too():
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(judge(toy(), swallowing, seconds=0.3)))
    thread.start()
    thread.join(10 * patience())
    assert [verdict.misconception for verdict in verdicts] == ["an endless loop"]


def test_the_limit_leaves_no_trace():
    handler, trace = signal.getsignal(signal.SIGINT), sys.gettrace()
    with pytest.raises(Stopped):
        within(0.1, lambda: endless(0))
    assert within(5, lambda: 3) == 3
    assert (signal.getsignal(signal.SIGINT), sys.gettrace()) == (handler, trace)
    time.sleep(0.05)  # a signal that comes late would strike here


@pytest.mark.skipif(os.name == "nt", reason="Windows can't send this signal to one process")
def test_a_keyboard_interrupt_is_the_student_s_and_gets_a_sentence(capsys, file):
    def interrupted(x):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        judge(toy(), interrupted)
    check("00.2", lambda query, support, labels: interrupted(query))
    assert "Interrupted" in capsys.readouterr().out
    assert not file.exists()


def test_a_result_that_is_cut_off_from_the_graph_is_named():
    leaf = torch.tensor(1.0, requires_grad=True)
    exercise = toy(Case("x = 1", leaf), attached=True)
    assert judge(exercise, lambda x: 2 * x).ok
    verdict = judge(exercise, lambda x: 2 * x.detach())
    assert verdict.misconception == "cut off from the graph"
    assert judge(exercise, lambda x: 2 * x.item()).misconception == "cut off from the graph"


def test_a_mistake_is_named_only_where_it_explains_every_case():
    cases = [Case(f"x = {x}", torch.tensor(float(x))) for x in (1, 2, 3)]
    exercise = toy(*cases, mistakes=[Mistake("a square", "You squared.", lambda x: x**2)])
    assert judge(exercise, lambda x: x * x).misconception == "a square"
    other = judge(exercise, lambda x: x**2 if x < 3 else x)
    assert other.misconception == "another value than expected"


def test_generators_are_given_anew_so_that_random_answers_can_be_compared():
    case = Case("seed 0", torch.Generator().manual_seed(0))
    exercise = toy(case, case, reference=lambda gen: torch.rand(3, generator=gen))
    assert judge(exercise, lambda gen: torch.rand(3, generator=gen)).ok


def test_a_flood_of_text_is_not_kept():
    verdict = judge(toy(), lambda x: [print("y" * 1_000_000) for _ in range(50)] and None)
    assert verdict.misconception == "print instead of return"
    assert len(verdict.message) < 300


def test_call_returns_the_value_and_hides_what_is_printed(capsys):
    assert call(lambda x: [print("noise"), x][1], [3]) == 3
    assert capsys.readouterr().out == ""
    with pytest.raises(Slip, match="no return"):
        call(lambda: None)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ((), "Give the number of the exercise first"),
        (("05.9", 1), "No exercise is called '05.9'. Did you mean 05."),
        ((print,), "Give the number of the exercise first"),
        (("05.2",), 'Give one answer: check("05.2", your_answer)'),
        (("05.2", 1, 2), 'Give one answer: check("05.2", your_answer)'),
        (("05.3", "z"), 'Answer with one of "a", "b", "c", "d", "e"; you gave \'z\''),
        (("05.3", 4), "you gave a number"),
        (("00.1", 10), 'Commit yourself first: predict("00.1", your_number)'),
    ],
)
def test_a_call_that_can_t_be_meant_gets_a_sentence(args, sentence, capsys):
    check(*args)
    assert sentence in capsys.readouterr().out
    assert notes.read() == {}


def test_a_prediction_is_locked_before_the_answer_shows(capsys):
    predict("00.1", "ten")
    assert "Answer with one number" in capsys.readouterr().out
    assert notes.read() == {}
    predict("00.1", 20)
    assert "shots taken for ways" in capsys.readouterr().out
    predict("00.1", 10)
    said = capsys.readouterr().out
    assert "Your first prediction was 20. It stays" in said
    assert "shots taken for ways" in said
    assert notes.note("00.1")["locked"] == 20
    check("00.1", 10)
    assert "Right." in capsys.readouterr().out


def test_hints_come_one_by_one_and_the_solution_after_an_attempt(capsys):
    solution("05.3")
    assert "Try it first" in capsys.readouterr().out
    check("05.3", ...)
    solution("05.3")
    assert "Try it first" in capsys.readouterr().out
    for number in (1, 2, 3, 3):
        hint("05.3")
        assert f"Hint {number} of 3" in capsys.readouterr().out
    check("05.3", "a")
    solution("05.3")
    assert 'my_answer = "d"' in capsys.readouterr().out


def test_progress_survives_a_new_process(file):
    code = "from course_lib.checks import check, progress\ncheck('05.3', 'd')\nprogress()"
    for again in (code, "from course_lib.checks import progress\nprogress()"):
        ran = subprocess.run(
            [sys.executable, "-c", again], capture_output=True, text=True, cwd=ROOT
        )
        assert "1 of " in ran.stdout, ran.stderr
    assert json.loads(file.read_text())["05.3"] == {"attempts": 1, "solved": True}


def test_what_was_solved_stays_solved():
    check("05.3", "d")
    check("05.3", "a")
    assert notes.note("05.3") == {"attempts": 2, "solved": True}


@pytest.mark.parametrize("content", ["{", "[]", '{"05.2": 3}', '{"05.2": {"x": 1}}', "\xff"])
def test_a_damaged_file_is_kept_aside_and_a_new_one_begun(content, file, capsys):
    file.write_bytes(content.encode("latin-1"))
    progress()
    said = capsys.readouterr().out
    assert "progress-damaged-1.json" in said
    assert (file.parent / "progress-damaged-1.json").read_bytes() == content.encode("latin-1")
    check("05.3", "d")
    assert "Right." in capsys.readouterr().out
    assert notes.note("05.3")["solved"]


def test_an_attempt_is_noted_although_the_file_was_damaged(file, capsys):
    file.write_text("{")
    check("05.3", "d")
    said = capsys.readouterr().out
    assert "Right." in said
    assert "was damaged" in said
    assert notes.note("05.3")["solved"]


def test_a_place_that_can_t_be_written_costs_nobody_the_verdict(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    check("05.3", "d")
    said = capsys.readouterr().out
    assert "Right." in said
    assert "COURSE_PROGRESS is" in said
    assert "correct it or unset it" in said


def test_strict_checks_raise_so_that_nbgrader_sees_a_wrong_answer(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_STRICT_CHECKS", "1")
    check("05.3", "d")
    with pytest.raises(AssertionError, match="no α² terms"):
        check("05.3", "c")
    with pytest.raises(AssertionError, match="Nothing to check yet"):
        check("05.3", ...)


def test_a_message_looks_like_a_notebooks_text_and_keeps_its_products():
    html = as_html("Not yet: no. The *whole* path, `a*b*c`, 2 * 3 * 4, x*y and <b>", "query")
    assert "<em>whole</em>" in html
    assert "<code>a*b*c</code>" in html
    assert "2 * 3 * 4, x*y and &lt;b&gt;" in html
    assert html.count("<em>") == 1


def test_the_first_check_of_a_session_says_that_it_takes_a_moment(monkeypatch):
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    def display(data, raw, display_id=False):
        shown.append(data["text/plain"])
        return Handle()

    monkeypatch.setattr(student, "begun", set())
    monkeypatch.setattr(student, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    check("05.3", "a")
    check("05.3", "a")
    assert shown[:2] == ["The first check of a session takes a few seconds …", ""]
    assert len(shown) == 4  # and two verdicts


@pytest.mark.parametrize("state", ["inference mode", "another device"])
@pytest.mark.parametrize("key", ["02.2", "05.1", "05.4", "09.1"])
def test_what_a_reader_has_left_on_changes_no_verdict(key, state):
    """Inference mode, entered in one cell and never left; a default device, as for a GPU."""
    task = next(found[key] for found in map(tasks, masters()) if key in found)
    names = namespace(task)
    for source in [bare_solution(task.solution), *answers(key).right]:
        run(source, names)
        mode = torch.inference_mode() if state == "inference mode" else torch.device("meta")
        with mode:
            verdict = judge(key, eval(task.answer, names))
            assert torch.is_inference_mode_enabled() == (state == "inference mode")
            assert (torch.get_default_device().type == "meta") == (state == "another device")
        assert verdict.ok, verdict.message


def test_a_readers_default_precision_and_gradient_mode_change_no_verdict():
    kept = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        with torch.no_grad():
            found = verify([find("09.1"), find("05.1"), find("02.2")])
            assert not torch.is_grad_enabled()
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(kept)
    assert found.accepted == found.rights > 0
    assert found.named == found.killed == found.mutants > 0
