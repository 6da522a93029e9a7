"""What a student's function gives is the same here and in a process of its own."""

import ast
import os
import re
import struct
import threading
import time
import types
from multiprocessing import Pipe

import pytest
import torch

from course_lib.checks import calling, costs
from course_lib.checks.boxed import closing, server
from course_lib.checks.boxed.functions import Packer, pack
from course_lib.checks.boxed.plainly import Broken, Reader, packed, unknown
from course_lib.checks.boxed.served import JUDGING, answer_of, ask, called_back
from course_lib.checks.calling import Gone
from course_lib.checks.comparing import Compared
from course_lib.checks.exercise import Slip
from course_lib.checks.judging import all_exercises, find, judge, lacks
from course_lib.checks.masters import bare_solution, masters, tasks
from course_lib.checks.questions.e06_report import spent
from course_lib.ground.patience import patience
from course_lib.press.exercises.answers import answers
from course_lib.press.exercises.verifying import namespace, run
from course_lib.press.grading.box import Box, students_side

TASKS = {key: task for path in masters() for key, task in tasks(path).items()}
LIMIT = 60.0 * patience()  # seconds for a cell, and for a check
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
                said = ask(box, "cell", cell, f"<answer {number}>", seconds=LIMIT)
                assert said["trouble"] == "" or "plots.png" in cell, (key, cell, said)
            ((_, described),) = said["asked"]
            return judge(exercise, answer_of(described, box, exercise, LIMIT), LIMIT)
        finally:
            box.end()


def here(key: str, source: str):
    """The verdict of `check`."""
    names = namespace(TASKS[key])
    run(source, names)
    return judge(key, eval(TASKS[key].answer, names), LIMIT)


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


MADE_UP = """
from course_lib.checks.boxed import server
from course_lib.checks.values import flowing
server.Notebook.back = lambda self, number, args, *_: {
    "value": [torch.ones_like(leaf) for leaf in flowing(args)]
}
"""


def test_a_tensor_that_only_says_that_a_gradient_flows_is_found_out(box):
    """Also where the student's process makes up the gradient."""
    for verdict in (here("04.9", FLAG), in_the_box(box, "04.9", FLAG)):
        assert verdict.misconception == "cut off from the graph"
    assert in_the_box(box, "04.9", MADE_UP + FLAG).misconception == "silently first-order"


WIDE = "def maml(loss, theta, *a):\n    return {name: torch.ones(2, 2) for name in theta}"


def test_weights_of_another_shape_are_not_judged():
    """Wide ones would take the judge's memory."""
    verdict = here("04.5", WIDE.replace("maml", TASKS["04.5"].answer))
    assert not verdict.ok
    assert "`l1.weight`" in verdict.message or "shape" in verdict.message


def test_a_text_is_no_number_of_steps():
    """Times a large number it would be a text of any length."""
    with pytest.raises(Slip, match="not a number"):
        spent({"outer steps": {"a": "x"}, "costs": {"a": 10**9}})


def test_letters_without_end_take_the_judge_no_time():
    began = time.process_time()
    with pytest.raises(Slip):
        find("05.5").check("a" * 300_000)
    assert time.process_time() - began < 5 * patience()


def test_a_widget_in_a_state_that_it_cannot_have_is_no_answer(box):
    with pytest.raises(Gone, match="no answer"):
        answer_of(("widget", {"alpha": float("nan")}), box, find("04.7"), 1.0)


@pytest.mark.parametrize("described", [("class", "Mine"), ("value", unknown("Mine", "<>"))])
def test_what_is_no_function_is_not_taken_for_the_checks_own(box, described):
    answer = answer_of(described, box, find("05.1"), 1.0)
    verdict = judge(find("05.1"), answer, 1.0)
    assert verdict.misconception.startswith("a ")
    assert verdict.misconception.endswith(" instead of a function")


def test_waiting_for_a_turn_costs_a_notebook_nothing():
    """One that keeps the judge busy made others fail, whose time went by meanwhile."""
    clocks = []

    def wait():
        clocks.append(JUDGING.clock())
        with JUDGING:
            clocks.append(JUDGING.clock())

    began = time.monotonic()
    with JUDGING:
        other = threading.Thread(target=wait)
        other.start()
        time.sleep(0.5)
    other.join()
    assert clocks[1] - clocks[0] < (time.monotonic() - began) / 2


@pytest.mark.skipif(os.name != "posix", reason="the server runs where there is fork")
@pytest.mark.parametrize(("name", "value"), [("SLOWEST", 0.2), ("MOST_FILES", -1)])
def test_who_reads_too_slowly_or_makes_too_many_files_is_ended(monkeypatch, name, value):
    """Else one notebook holds the judge's question for hours, or a gigabyte of the kernel's."""
    monkeypatch.setattr(server, name, value)
    source, judge = Pipe(duplex=False)
    mine, sink = Pipe(duplex=False)
    asking = threading.Thread(target=judge.send_bytes, args=[b"D" + bytes(10**6)])
    (unread, from_me), (to_me, mouth) = os.pipe(), os.pipe()
    passed = threading.Thread(
        target=server.pass_on, args=[source, sink, from_me, to_me], daemon=True,
        kwargs={"own_disk": name == "MOST_FILES"},
    )  # fmt: skip
    if name == "SLOWEST":
        asking.start()
    passed.start()
    passed.join(30 * patience())
    assert not passed.is_alive()
    for number in (unread, from_me, to_me, mouth):
        os.close(number)
    for end in (source, judge, mine, sink):
        end.close()


@pytest.mark.skipif(os.name != "posix", reason="no limits of this kind")
@pytest.mark.parametrize("alone", [True, False])
def test_threads_are_limited_where_the_box_is_counted_by_itself(monkeypatch, alone):
    """Elsewhere the limit would be that of all that the instructor runs."""
    set_to = []
    fake = types.SimpleNamespace(
        RLIMIT_NPROC=6, RLIM_INFINITY=-1, getrlimit=lambda _: (-1, -1),
        setrlimit=lambda _, pair: set_to.append(pair),
    )  # fmt: skip

    class Refused(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    if not alone:
        monkeypatch.setattr(threading, "Thread", Refused)
    closing.few_threads(fake)
    many = closing.THREADS if alone else -1
    assert set_to == [(closing.FEW, -1), (many, many)]


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
        "a": [1, 2.5, True, None, ..., "x", (3, {"k": 4, None: 5})],
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
    odd = {"k": {torch.ones(1): 1}, "m": torch.ones(2, device="meta")}
    reader.pile += packed({"a": Trap(), "b": print, **odd})
    found = reader.take()
    assert {type(found["k"]).__name__, type(found["m"]).__name__} == {"dict", "Tensor"}
    assert type(found["a"]).__name__ == "Trap"
    assert found["a"] != 1
    assert not callable(found["b"])


def said(head: bytes, body: bytes = b"") -> bytes:
    """A message of these parts."""
    return struct.pack("!II", len(head), len(body)) + head + body


@pytest.mark.parametrize(
    "sent",
    [
        said(b'{"a":{"list":[' + b"0," * 50_000 + b"0]}}"),
        said(b'{"a":{"tensor":["float32",[1000000000,0],0,false]}}'),
        said(b'{"a":{"tensor":["float32",[' + b"1," * 99 + b"1],4,false]}}", b"0000"),
        b"x" * 40,
        struct.pack("!II", 2**32 - 1, 5),
        struct.pack("!II", 1, 2**32 - 1),
        said(b""),
        said(b"[]", b"0"),
        said(b"[[1]]"),
        said(b'{"a":{"x}'),
        said(b'{"a":{"b":1}}'),
        said(b'{"a":{"other":[]}}'),
        said(b'{"a":{"tensor":["float32",[2000000],4,false]}}', b"0000"),
        said(b'{"a":{"tensor":["float32",[-1],4,false]}}', b"0000"),
        said(b'{"a":' + b'{"list":[' * 3000 + b" " * 12995),
        said(b"[" * 200000),
        said(b'{"a":{"dict":[[[]]]}}'),
    ],
)
def test_a_message_of_another_form_is_refused(sent):
    reader = Reader()
    reader.pile += sent
    with pytest.raises(Broken):
        reader.take()


def test_a_list_of_49000_numbers_takes_nobody_the_judge():
    """A check looks at each number many times: it held the lock of all verdicts for 10 to 17 s."""
    reader = Reader()
    reader.pile += said(b'{"a":{"list":[' + b"0," * 48_999 + b"0]}}")
    with pytest.raises(Broken, match="too many"):
        reader.take()
    reader.pile = bytearray(said(b'{"a":{"list":[' + b"0," * 3_999 + b"0]}}"))
    assert reader.take() == {"a": [0] * 4_000}  # as many as `packed` sends


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


FLOOD = """
import gc, os, threading, time
me = [o for o in gc.get_objects() if type(o).__name__ == 'Notebook'][0]
def flood():
    time.sleep(0.5)
    while True:
        os.write(me.sink, bytes(10**5))
threading.Thread(target=flood, daemon=True).start()
"""


def test_a_flood_does_not_keep_the_judge_from_asking(box):
    """Neither reads while the other waits to be read: a long question would never arrive."""
    with JUDGING:
        box.begin(60, {})
        ask(box, "cell", FLOOD, "<a>", seconds=9)
        time.sleep(1.5)  # until the pipes are full
        asking = threading.Thread(target=box.send, args=[("nothing", torch.zeros(10**6))])
        asking.start()
        asking.join(30 * patience())
        arrived = not asking.is_alive()
        box.close()
        asking.join()
    assert arrived


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
