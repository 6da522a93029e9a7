"""What a student's function gives is the same here and in a process of its own."""

import ast
import os
import re
import types

import pytest
import torch

from course_lib.checks import calling, costs
from course_lib.checks.boxed.functions import Packer, pack
from course_lib.checks.boxed.plainly import Broken, Reader, packed
from course_lib.checks.boxed.served import JUDGING, answer_of, ask, called_back
from course_lib.checks.comparing import Compared
from course_lib.checks.judging import all_exercises, find, judge, lacks
from course_lib.checks.masters import bare_solution, masters, tasks
from course_lib.press.exercises.answers import answers
from course_lib.press.exercises.verifying import namespace, run
from course_lib.press.grading.box import Box, students_side

TASKS = {key: task for path in masters() for key, task in tasks(path).items()}
SLOW = {"04.5", "06.9"}  # a training each time
EVERY = os.environ.get("COURSE_EVERY_ANSWER")  # all 320: minutes. Else a right one and three wrong.


@pytest.fixture(scope="module")
def box():
    """A process without walls: what it says is the same behind them."""
    with students_side() as side:
        box = Box(side, 4000, unsafe=True)
        yield box
        box.close(for_good=True)


def in_the_box(box, key: str, source: str):
    """The verdict on an answer that is given as source text."""
    exercise, task = find(key), TASKS[key]
    stages = {e.key: (e.stage.widget, e.stage.start) for e in all_exercises() if e.stage}
    with JUDGING:
        box.begin(600, stages)
        try:
            cells = [*task.setup, source, f'check("{key}", ({task.answer}))']
            if exercise.kind == "explore":
                cells = ["from course_lib.checks import check, explore", *cells]
            for number, cell in enumerate(["from course_lib.checks import check", *cells]):
                said = ask(box, "cell", cell, f"<answer {number}>", seconds=60)
                assert said["trouble"] == "" or "plots.png" in cell, (key, cell, said)
            ((_, described),) = said["asked"]
            return judge(exercise, answer_of(described, box, exercise, 60.0), 60.0)
        finally:
            box.end()


def here(key: str, source: str):
    """The verdict of `check`."""
    names = namespace(TASKS[key])
    run(source, names)
    return judge(key, eval(TASKS[key].answer, names), 60.0)


def told(verdict) -> tuple:
    """What a verdict says; where a cell's lines are known, and chance, may differ."""
    message = re.sub(r" of your cell(, `[^`]*`)?|In 500 pulls.*", "", verdict.message)
    if verdict.misconception == "chance in the result":
        message = ""
    return verdict.ok, verdict.misconception, verdict.is_attempt, message


@pytest.mark.parametrize("key", [e.key for e in all_exercises() if not lacks(e)])
def test_every_answer_gets_the_verdict_that_check_gives(box, key):
    known = answers(key)
    sources = [bare_solution(TASKS[key].solution), *known.right, *(w.source for w in known.wrong)]
    different = {}
    few = sources[1:2] if key in SLOW else [*sources[1:2], *sources[-3:]]
    for source in sources if EVERY else few:
        ast.parse(source)
        one, other = told(in_the_box(box, key, source)), told(here(key, source))
        if one != other:
            different[source] = (one, other)
    assert not different


FLAG = """
def inner_loop(loss, theta, support, lr, steps):
    phi = theta
    for _ in range(steps):
        (slope,) = torch.autograd.grad(loss(phi, *support), phi)
        phi = (phi - lr * slope).detach().requires_grad_()
    return phi
"""


def test_a_tensor_that_only_says_that_a_gradient_flows_is_found_out(box):
    for verdict in (here("04.9", FLAG), in_the_box(box, "04.9", FLAG)):
        assert verdict.misconception == "cut off from the graph"


def test_what_crosses_as_code_is_no_answer(monkeypatch):
    """The losses and tasks of all checks cross; no reference and no known mistake does."""
    crossed: set[types.CodeType] = set()

    def look(given):
        packer = Packer(__import__("io").BytesIO())
        packer.dump(given)
        crossed.update(function.__code__ for function in packer.functions)

    monkeypatch.setattr(calling, "watchers", [look])
    secret: set[types.CodeType] = set()
    for exercise in all_exercises():
        if not exercise.takes_function or lacks(exercise) or exercise.key == "04.5":
            continue
        assert here(exercise.key, bare_solution(TASKS[exercise.key].solution)).ok
        if isinstance(exercise.check, Compared):
            functions = [exercise.check.reference, *(m.answer for m in exercise.check.mistakes)]
            secret |= {f.__code__ for f in functions if isinstance(f, types.FunctionType)}
    assert len(crossed) > 10
    assert not {c.co_name for c in crossed & secret}


def test_values_come_out_as_they_went_in():
    values = {
        "a": [1, 2.5, True, None, ..., "x", (3, {"k": 4})],
        "b": torch.arange(6).reshape(2, 3),
        "c": torch.tensor(2.0, requires_grad=True),
        "d": torch.zeros(0, 3),
        "e": torch.ones(2, 2).T.numpy(),
        "f": torch.tensor([1 + 2j]),
    }
    reader = Reader()
    reader.pile += packed(values) + b"rest"
    found = reader.take()
    assert found["a"] == values["a"]
    for name in "bcdf":
        assert torch.equal(found[name], values[name])
        assert found[name].dtype == values[name].dtype
    assert found["c"].requires_grad
    assert (found["e"] == values["e"]).all()


def test_what_has_no_plain_form_arrives_as_a_stranger():
    class Trap:
        def __eq__(self, _):
            return True

        def __reduce__(self):
            return exec, ("raise SystemExit",)

    reader = Reader()
    reader.pile += packed({"a": Trap(), "b": print})
    found = reader.take()
    assert type(found["a"]).__name__ == "Trap"
    assert found["a"] != 1
    assert not callable(found["b"])


def said(head: bytes, body: bytes = b"") -> bytes:
    """A message of these parts."""
    return b"%d %d\n" % (len(head), len(body)) + head + body


@pytest.mark.parametrize(
    "sent",
    [
        said(b'{"a":{"list":[' + b"0," * 50_000 + b"0]}}"),
        said(b'{"a":{"tensor":["float32",[1000000000,0],0,false]}}'),
        said(b'{"a":{"tensor":["float32",[' + b"1," * 99 + b"1],4,false]}}", b"0000"),
        b"x" * 40,
        b"-1 5\n",
        b"99999999999 1\n",
        b"2 0\n[]",
        b'9 0\n{"a":{"x}',
        b'12 0\n{"a":{"b":1}}'[:17],
        b'18 0\n{"a":{"other":[]}}',
        b'49 4\n{"a":{"tensor":["float32",[2000000],4,false]}}   0000',
        b'42 4\n{"a":{"tensor":["float32",[-1],4,false]}}00000',
        b"40000 0\n" + b'{"a":' + b'{"list":[' * 3000 + b" " * 12995,
        b"200000 0\n" + b"[" * 200000,
        b'20 0\n{"a":{"dict":[[[]]]}}'[:25],
    ],
)
def test_a_message_of_another_form_is_refused(sent):
    reader = Reader()
    reader.pile += sent
    with pytest.raises(Broken):
        reader.take()


def test_a_reference_stays_and_a_cell_with_memory_is_called_back():
    from course_lib.checks.questions.e09_memory import Recorder

    recorder = Recorder()
    body, kept = pack(("call", [recorder, torch.ones(2)]))
    assert kept == [recorder]
    assert b"memories" not in body


@pytest.mark.parametrize("form", [torch.Tensor.clone, torch.Tensor.tolist])
def test_a_call_back_takes_no_memory_of_the_judge(form):
    """Of a column and a row the judge's own draw would make 16 million pairs."""
    from course_lib.checks.questions.e09_thompson import Draw

    column, row = torch.ones(4000, 1), torch.ones(1, 4000)
    with pytest.raises(Broken):
        called_back([Draw(0)], 0, [form(column), form(row)])
    fine, value = called_back([Draw(0)], 0, [form(column[:50]), form(row[:, :50])])
    assert fine
    assert value.shape == (50, 50)


def test_costs_are_counted_where_the_function_runs(box):
    source = "def my_product(loss, params):\n    return loss(params) + loss(params)"
    with JUDGING:
        box.begin(60, {})
        ask(box, "cell", f"{source}\nfrom course_lib.checks import check", "<a>", seconds=9)
        said = ask(box, "cell", "check('05.4', my_product)", "<b>", seconds=9)
        served = answer_of(said["asked"][0][1], box, find("05.4"), 9.0)
        assert costs.cost(served, lambda p: p.sum() * torch.ones(70).sum(), torch.ones(3)) == (
            2,
            70,
        )
        box.end()
