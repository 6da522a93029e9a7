"""Forgeries and escapes: notebooks that mean it badly. None gets a verdict that it didn't earn.

Forgeries need no box: they are tried without one, where the student's code has the most rights.
Traffic goes to this machine only, and nothing is ended but what a test has started.
"""

import contextlib
import itertools
import os
import re
import shutil
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from benchmarks.lab import notebook
from course_lib.checks.boxed.texts import clean
from course_lib.ground.paths import CHECKPOINTS, ROOT
from course_lib.ground.patience import patience
from course_lib.press.exercises.command_line import main
from course_lib.press.grading import box as boxes
from course_lib.press.grading.classroom import Room
from course_lib.press.grading.notebook import OUTCOMES, Limits, Row
from course_lib.press.grading.submissions import Submission

FIFTH = "05_the_second_order_gradient"
LIMITS = Limits(seconds=3.0 * patience(), memory=700)
START = "import os, sys, torch\nfrom course_lib.checks import check, predict\n"
RIGHT = 'my_answer = "d"\ncheck("05.3", my_answer)'


def grade_all(folder: Path, notebooks: dict[str, list[str]], *, unsafe: bool) -> dict:
    """The rows of notebooks 05 with these cells, by name and exercise: one box for all of them."""
    pile = []
    for name, cells in notebooks.items():
        path = folder / f"{name}.ipynb"
        path.write_text(notebook(*cells), encoding="utf-8")
        pile.append(Submission(name, FIFTH, path))
    room = Room(LIMITS, unsafe=unsafe)
    rows = [row for found in room.graded(pile) for row in found]
    return {name: {r.exercise: r for r in rows if r.student == name} for name in notebooks}


# --- Forgeries ------------------------------------------------------------------------------------

FIND = "from course_lib.checks.judging import find\n"
LIE = "def meta_gradient(theta, *a):\n    return torch.ones_like(theta)\n"
SERVER = "from course_lib.checks.boxed import server, plainly, cells, front\n"
NOTEBOOK = "import gc\nme = [o for o in gc.get_objects() if type(o).__name__ == 'Notebook'][0]\n"
SAYS = "me.sink"
ALWAYS = (
    "class Yes(torch.Tensor):\n    __eq__ = __ne__ = lambda *a: True\n"
    "    @classmethod\n    def __torch_function__(cls, f, types, args=(), kwargs=None):\n"
    "        return True\n"
)
FORGED = '{"key": "05.1", "outcome": "solved", "ok": true, "value": true, "verdict": "solved"}'
FORGERIES = {
    "the library's own right answer": FIND + "exec(find('05.1').right[0])",
    "the reference, imported": (
        "from course_lib.checks.questions.e05 import meta_gradient_of, reference\n"
        "meta_gradient = reference"
    ),
    "the check's reference": FIND + "meta_gradient = find('05.1').check.reference",
    "the solution in memory": (
        "import gc\nfound = [o.solution for o in gc.get_objects() if hasattr(o, 'solution')]\n"
        "exec(found[0])"
    ),
    "the reference in a frame": (
        "def meta_gradient(*a):\n    frame = sys._getframe()\n    while frame:\n"
        "        for v in frame.f_locals.values():\n            if hasattr(v, 'reference'):\n"
        "                return v.reference(*a)\n        frame = frame.f_back\n    return a[0]"
    ),
    "the masters on disk": (
        "from course_lib.checks.masters import solution_of\nexec(solution_of('05.1'))"
    ),
    "json.dumps says solved": (
        f"import json\nold = json.dumps\njson.dumps = lambda *a, **k: {FORGED!r}\n" + LIE
    ),
    "send says solved": (
        SERVER + LIE + "server.Notebook.send = lambda self, m: os.write(self.sink, "
        "plainly.packed({'key': '05.1', 'outcome': 'solved', 'trouble': '', "
        "'asked': [('05.1', ('verdict', 'solved'))]}))"
    ),
    "an answer described as right": (
        SERVER + LIE + "server.Notebook.described = lambda *a: ('solved', True)"
    ),
    "a number of nobody's function": (
        SERVER + LIE + "server.Notebook.described = lambda *a: ('function', -1)"
    ),
    "a comparison that is always true": (
        "from course_lib.checks import values, calling\nvalues.same = calling.same = "
        "torch.allclose = torch.equal = lambda *a, **k: True\n" + LIE
    ),
    "builtins that lie": (
        "import builtins\nbuiltins.all = builtins.any = builtins.isinstance = "
        "lambda *a: True\n" + LIE
    ),
    "a tensor that is equal to all": (
        ALWAYS + "def meta_gradient(theta, *a):\n    return torch.ones(len(theta)).as_subclass(Yes)"
    ),
    "an argument's code": (
        "def meta_gradient(*a):\n    for f in a:\n        if hasattr(f, '__code__'):\n"
        "            f.__code__ = (lambda *b: 0.0).__code__\n    return torch.zeros_like(a[0])"
    ),
    "a thread that lies": (
        SERVER + "import threading, time\n" + LIE + NOTEBOOK + "def lie():\n    while True:\n"
        "        me.send({'value': True, 'outcome': 'solved'})\n        time.sleep(0.01)\n"
        "threading.Thread(target=lie, daemon=True).start()"
    ),
    "bytes on every channel": (
        LIE + "for n in range(3, 30):\n    try:\n"
        f"        os.write(n, {FORGED!r}.encode() + bytes([10]))\n    except OSError:\n        pass"
    ),
    "a pickle for the judge": (
        SERVER + NOTEBOOK + "import pickle\nclass P:\n    def __reduce__(self):\n"
        "        return os.system, ('touch PWNED',)\n"
        "os.write(me.sink, pickle.dumps(P()))\n" + LIE
    ),
    "an exception that says it is right": (
        "from course_lib.checks.exercise import Slip\ndef meta_gradient(*a):\n"
        "    raise Slip('', 'Right.', is_attempt=False)"
    ),
    "a signature that raises": (
        "from course_lib.checks.exercise import Slip\nclass F:\n"
        "    @property\n    def __signature__(self):\n"
        "        raise Slip('\\x1b[31mRED\\x1b]0;PWNED\\x07', '\\x1b[2J')\n"
        "    def __call__(self, *a):\n        return a[0]\nmeta_gradient = F()"
    ),
}
CHOICES = {  # of 05.3, for which a text is asked
    "a text that is equal to all": (
        "class S(str):\n    __eq__ = lambda *a: True\n    __hash__ = str.__hash__\n"
        "    strip = lower = lambda self, *a: self\nmy_answer = S('a')"
    ),
    "all letters at once": "my_answer = 'abcde'",
    "the right letter in memory": (
        FIND + "my_answer = [k for k, o in find('05.3').options.items() if not o.name][0]"
    ),
}


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    """All forgeries, graded without a box."""
    tried = {
        name: [START, attack, "check('05.1', meta_gradient)", RIGHT]
        for name, attack in FORGERIES.items()
    }
    tried |= {name: [START, attack, "check('05.3', my_answer)"] for name, attack in CHOICES.items()}
    return grade_all(tmp_path_factory.mktemp("forged"), tried, unsafe=True)


@pytest.mark.parametrize("name", [*FORGERIES, *CHOICES])
def test_a_forgery_solves_nothing(forged, name):
    row = forged[name]["05.1" if name in FORGERIES else "05.3"]
    assert row.outcome in set(OUTCOMES) - {"solved"}, row
    assert not Path("PWNED").exists()
    assert clean(row.misconception + row.message) == row.misconception + row.message


COUNTS = "from course_lib.checks import costs\ncosts.cost = lambda *a: (1, 1)\n"
DEAR = {
    "a matrix": (
        "def product(loss, params, v):\n    (n, w), = params.items()\n"
        "    return {n: torch.func.hessian(lambda t: loss({n: t}))(w).reshape(w.numel(), -1)"
        " @ v[n].reshape(-1)}"
    ),
    "column after column": (
        "def product(loss, params, v):\n    (n, w), = params.items()\n"
        "    g = torch.func.grad(lambda t: loss({n: t}))\n    out = 0\n"
        "    for i, part in enumerate(v[n]):\n        e = torch.zeros_like(w)\n        e[i] = 1\n"
        "        out = out + part * torch.func.jvp(g, (w,), (e,))[1]\n    return {n: out}"
    ),
}
FALL_BACK = (  # right for the small cases, where the weights are several tensors
    "small = lambda loss, p, v: torch.func.jvp(torch.func.grad(loss), (p,), (v,))[1]\n"
    "dear = product\n"
    "product = lambda loss, p, v: (dear if list(p) == ['w'] else small)(loss, p, v)\n"
)
WALK = (
    "def pull_back(loss, theta, v, lr, steps):\n    path = [theta]\n"
    "    for _ in range(steps):\n"
    "        path.append(path[-1] - lr * torch.func.grad(loss)(path[-1]))\n"
    "    for phi in reversed(path[:steps]):\n"
    "        v = v - lr * torch.func.hessian(loss)(phi) @ v\n    return v"
)


def test_a_forged_count_makes_nothing_cheap(tmp_path):
    """What a function costs is counted in its own process; the verdict doesn't hang on that."""
    tried = {
        name: [START, COUNTS, dear, FALL_BACK, "check('05.4', product)"]
        for name, dear in DEAR.items()
    }
    tried["a walk of matrices"] = [START, COUNTS, WALK, "check('05.2', pull_back)"]
    rows = grade_all(tmp_path, tried, unsafe=True)
    assert rows["a walk of matrices"]["05.2"].outcome in ("wrong", "failed")
    assert {rows[name]["05.4"].outcome for name in DEAR} <= {"wrong", "failed"}


def test_a_right_function_is_right_in_the_midst_of_forgeries(tmp_path):
    right = (
        "def meta_gradient(theta, support, query, lr):\n"
        "    f = lambda t, x, y: (x @ t - y).square().mean()\n"
        "    g = torch.func.grad\n"
        "    return g(lambda t: f(t - lr * g(f)(t, *support), *query))(theta)"
    )
    lies = FORGERIES["a comparison that is always true"].replace(LIE, "")
    cells = [START, lies, right, "check('05.1', meta_gradient)", RIGHT]
    rows = grade_all(tmp_path, {"x": cells}, unsafe=True)["x"]
    assert [rows[key].outcome for key in ("05.1", "05.3")] == ["solved", "solved"]


# --- One against the class ------------------------------------------------------------------------

AGAINST_ALL = {
    "fields that a row doesn't have": "{'student': 'ada', 'outcome': 'bogus', 'value': 1}",
    "no message at all": "3",
    "an outcome of its own": "{'trouble': 7, 'asked': {'05.1': 'solved'}}",
    "what a terminal obeys": "{'trouble': '\\x1b]0;PWNED\\x07\\x1b[31m', 'asked': []}",
}


def test_one_notebook_costs_nobody_else_a_row(tmp_path):
    send = (
        SERVER
        + "import json\nold = server.packed\ndef packed(m):\n    body = json.dumps({}).encode()"
    )
    tried = {
        name: [START, f"{send}\n    return old({said}) if isinstance({said}, dict) else b'x'\n"
               "server.packed = packed", RIGHT]
        for name, said in AGAINST_ALL.items()
    }  # fmt: skip
    (tmp_path / "class").mkdir()
    for name, cells in {**tried, "zoe": [START, RIGHT]}.items():
        (tmp_path / "class" / f"{clean(name)}__{FIFTH}.ipynb").write_text(notebook(*cells))
    table = tmp_path / "out.csv"
    arguments = ["grade", str(tmp_path / "class"), "--csv", str(table), "--unsafe", "--jobs", "2"]
    assert main([*arguments, "--seconds", "3"]) == 1
    text = table.read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 1 + 7 * (len(tried) + 1)
    assert text.count("zoe,05_the_second_order_gradient,05.3,solved") == 1
    assert "\x1b" not in text


# --- Escapes --------------------------------------------------------------------------------------


def no_box() -> str:
    """Why there is no box here; "" where there is one."""
    try:
        with boxes.students_side() as side:
            box = boxes.Box(side, 500)
            try:
                box.open()
            finally:
                box.close(for_good=True)
    except boxes.NoBox as problem:
        return str(problem)
    return ""


@pytest.fixture(scope="module", params=list(boxes.TOOLS))
def walls(request):
    """Each tool that makes a box; where it makes none here, a skip that says why."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "TOOLS", {request.param: boxes.TOOLS[request.param]})
        if why := no_box():
            pytest.skip(why)
        yield request.param


TRY = """
import ctypes, fcntl, os, signal, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
got = []
def attempt(what, action):
    try:
        value = action()
        if value and value != -1:
            got.append(what)
    except BaseException:
        pass
def left():
    found = []
    for place in ("/", "/dev", "/etc", "/mnt", "/run", "/sys", "/var", "/usr"):
        for name in ("", *(os.listdir(place) if os.path.isdir(place) else ())):
            try:
                folder = os.path.join(place, name)
                open(os.path.join(folder, "left"), "w").close()
                found += [folder] if not os.path.samefile(folder, "/tmp") else []
            except OSError:
                pass
    got.extend(found)
def meta_gradient(*a):
    raise ValueError("got:" + ",".join(got) + ".")
"""
SECRET = "a secret of the instructor's"


def escapes(secret: Path, port: int, path: Path, me: int) -> str:
    """Twenty ways out, as lines of a cell. Whatever one of them gets hold of is noted."""
    course, host = str(ROOT), str(secret)
    lines = {
        "read by Python": f"open({host!r}).read()",
        "read by C": f"libc.open({host.encode()!r}, 0)",
        "other submissions": f"os.listdir({str(secret.parent)!r})",
        "questions": f"open({course + '/course_lib/checks/questions/e05.py'!r}).read()",
        "solutions": f"os.listdir({course + '/exercises/solutions'!r})",
        "lessons": f"os.listdir({course + '/lessons'!r})",
        "history": f"os.path.exists({course + '/.git'!r})",
        "home": "os.listdir(os.path.expanduser('~root/.ssh')) or os.listdir('/home')",
        "write beside": f"open({host + 'x'!r}, 'w')",
        "write by C": f"libc.open({(host + 'y').encode()!r}, 65, 0o600)",
        "write the course": "open('/course/course_lib/__init__.py', 'a')",
        "write shared memory": "open('/dev/shm/x', 'w')",
        "a terminal": "[open('/dev/pts/' + n, 'w') for n in os.listdir('/dev/pts') if n != 'ptmx']",
        "TCP": f"socket.create_connection(('127.0.0.1', {port}), 2)",
        "TCP by C": "libc.socket(2, 1, 0)",
        "a unix socket": f"libc.socket(1, 1, 0) + 0 * len({str(path)!r})",
        "a signal": f"os.kill({me}, 0) is None",
        "a signal to process 1": "os.kill(1, 9) is None",
        "a signal by a file's news": "fcntl.fcntl(os.pipe()[0], 8, os.getppid()) == 0",
        "a signal of any number": "fcntl.fcntl(os.pipe()[0], 10, 9) == 0",
        "a file held from its owner": "fcntl.fcntl(os.open(sys.executable, 0), 1024, 0) == 0",
        "a process": "subprocess.run(['ls'])",
        "fork": "os.fork()",
        "a shell": "os.system('true') == 0",
        "other processes": "len([n for n in os.listdir('/proc') if n.isdigit()]) > 3",
        "the first process's memory": "open('/proc/1/mem', 'rb')",
        "its server's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
        "its server's pipes": "os.listdir(f'/proc/{os.getppid()}/fd')",
        "a place to leave something": "left()",
        "slower neighbours": "os.setpriority(os.PRIO_USER, 0, 19) is None",
        "a core for its server": "os.sched_setaffinity(os.getppid(), {0}) is None",
        "new namespaces": "libc.unshare(0x10000000)",
        "mount": "libc.mount(b'x', b'/tmp', b'tmpfs', 0, None)",
        "unmount": "libc.umount2(b'/course', 2)",
        "trace": f"libc.ptrace(16, {me}, 0, 0)",
        "uncounted memory": "os.memfd_create('x') > 0",
        "shared memory of old": "libc.shmget(0, 10**9, 0o1600)",
        "the environment": "'MY_PASSWORD' in os.environ",
    }
    return "\n".join(f"attempt({name!r}, lambda: {code})" for name, code in lines.items())


def test_no_way_leads_out_of_the_box(walls, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_PASSWORD", "secret")
    (tmp_path / "others").mkdir()
    secret = tmp_path / "others" / "answers.txt"
    secret.write_text(SECRET)
    with (
        contextlib.closing(socket.create_server(("127.0.0.1", 0))) as tcp,
        contextlib.closing(socket.socket(socket.AF_UNIX)) as unix,
    ):
        unix.bind(str(tmp_path / "sock"))
        unix.listen()
        lines = escapes(secret, tcp.getsockname()[1], tmp_path / "sock", os.getpid())
        cells = [START, TRY, lines, "check('05.1', meta_gradient)", RIGHT]
        rows = grade_all(tmp_path, {"eve": cells}, unsafe=False)["eve"]
    assert rows["05.1"].message.endswith("ValueError: got:.")
    assert rows["05.3"].outcome == "solved"
    assert secret.read_text() == SECRET
    assert sorted(path.name for path in secret.parent.iterdir()) == ["answers.txt"]


TAKING = {
    "memory": "hold = bytearray(5 * 10**9)",
    "memory, bit by bit": "hold = []\nwhile True:\n    hold.append(bytearray(10**7))",
    "the folder": "f = open('x', 'wb')\nfor _ in range(10**4):\n    f.write(bytes(10**6))",
    "a flood of words": "while True:\n    print('x' * 10**6)",
    "threads": "import threading, time\nfor _ in range(10**5):\n"
    "    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
    "exit": "os._exit(0)",
    "exit at the end": "import atexit\natexit.register(os.abort)\nraise SystemExit",
    "a fault of C": "import ctypes\nctypes.string_at(0)",
    "a loop": "while True:\n    pass",
    "a loop that catches all": "while True:\n    try:\n        while True: pass\n"
    "    except BaseException:\n        pass",
    "a signal by a file's news": (
        "import fcntl, signal, time\nr, w = os.pipe()\nfor what in ((8, os.getppid()), "
        "(10, signal.SIGKILL), (fcntl.F_SETFL, os.O_ASYNC)):\n    try:\n"
        "        fcntl.fcntl(r, *what)\n    except OSError:\n        pass\n"
        "os.write(w, b'x')\ntime.sleep(0.5)"
    ),
    "a cell of empty lines": "\n" * 60_000,
    "bytes without end": SERVER + NOTEBOOK + "while True:\n    os.write(me.sink, bytes(10**6))",
}


def test_what_takes_too_much_costs_only_its_own_cell(tmp_path):
    tried = {name: [START, attack, RIGHT] for name, attack in TAKING.items()}
    rows = grade_all(tmp_path, tried, unsafe=True)
    assert {name: rows[name]["05.3"].outcome for name in TAKING} == dict.fromkeys(TAKING, "solved")


ENDLESS = {  # values that are small on their way and large for whoever looks at them
    "a billion rows of nothing": "torch.zeros(10**9, 0)",
    "a hundred thousand axes": "torch.zeros(1).as_strided([1] * 100_000, [1] * 100_000)",
    "a tensor of 200 MB": "torch.zeros(200_000_000, dtype=torch.uint8)",
    "a list in itself": "(lambda x: x.append(x) or x)([])",
    "a number of 4,000 digits": "10**4000",
    "20,000 lists of lists": "[[[[0]]]] * 20_000",
    "a text of 100 MB": "'x' * 10**8",
}


def test_a_value_takes_nothing_from_the_judge(tmp_path):
    """Neither its memory nor its time: what a student returns is looked at by the parent."""
    tried = {
        name: [START, f"def meta_gradient(*a):\n    return {value}",
               "check('05.1', meta_gradient)", RIGHT]
        for name, value in ENDLESS.items()
    }  # fmt: skip
    began = time.monotonic()
    rows = grade_all(tmp_path, tried, unsafe=True)
    assert {name: rows[name]["05.3"].outcome for name in ENDLESS} == dict.fromkeys(
        ENDLESS, "solved"
    )
    assert {rows[name]["05.1"].outcome for name in ENDLESS} <= {"wrong", "failed"}
    assert time.monotonic() - began < 100 * patience()


def test_nothing_is_left_in_the_box_for_the_next_student(walls, tmp_path):
    leave = (
        "for place in ('.', '/tmp', '/dev/shm', '/var/tmp', '/course', os.path.expanduser('~')):\n"
        "    try:\n        open(place + '/left', 'w').write('x')\n"
        "    except OSError:\n        pass\n"
        "import torch.nn.functional as f\nf.relu = torch.relu = None"
    )
    look = (
        "found = [p for p in ('.', '/tmp', '/dev/shm', '/var/tmp', '/course', "
        "os.path.expanduser('~')) if os.path.exists(p + '/left')]\n"
        "def meta_gradient(*a):\n    raise ValueError(f'{found} {torch.relu is None}.')"
    )
    tried = {"a": [START, leave, RIGHT], "b": [START, look, "check('05.1', meta_gradient)"]}
    rows = grade_all(tmp_path, tried, unsafe=False)
    assert rows["b"]["05.1"].message.endswith("ValueError: [] False.")


LEFT = {
    "no rights": "os.makedirs('a/b')\nos.chmod('a', 0)",
    "no way back": "for _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')",
}


@pytest.mark.parametrize("walled", [True, False])
def test_what_cannot_be_cleared_away_costs_a_box_and_no_student(tmp_path, walled):
    """The next student's process could not begin: two minutes later they had failed."""
    if walled and (why := no_box()):
        pytest.skip(why)
    tried = {name: [START, leave, RIGHT] for name, leave in LEFT.items()}
    tried = dict(zip([*tried, "next"], [*tried.values(), [START, RIGHT]], strict=True))
    rows = grade_all(tmp_path, tried, unsafe=not walled)
    assert {rows[name]["05.3"].outcome for name in tried} == {"solved"}


SCAN = """
import re
def meta_gradient(*a):
    found = 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            low, high, rights = re.match(r"(\\w+)-(\\w+) (\\S+)", line).groups()
            if rights.startswith("rw") and "[v" not in line:
                try:
                    memory.seek(int(low, 16))
                    part = memory.read(int(high, 16) - int(low, 16))
                    found += len(re.findall(b"XYZ(?:ZY){9}", part))
                except (OSError, ValueError, OverflowError):
                    pass
    raise ValueError(f"found {found}.")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it reads its memory in /proc")
def test_no_memory_of_an_earlier_student_is_left(tmp_path):
    mine = f"mine = '{'XYZ' + 'ZY' * 9}'"
    check = "check('05.1', meta_gradient)"
    tried = {"a": [START, mine, RIGHT], "b": [START, SCAN, check], "c": [START, mine, SCAN, check]}
    rows = grade_all(tmp_path, tried, unsafe=True)
    assert rows["b"]["05.1"].message.endswith("ValueError: found 0.")
    assert not rows["c"]["05.1"].message.endswith("ValueError: found 0.")  # the scan can find


def test_call_backs_without_end_are_ended(tmp_path):
    flood = (
        SERVER + NOTEBOOK + "def flood(*a):\n    while True:\n"
        "        me.send({'callback': 0, 'args': []})\n"
        "def meta_gradient(*a):\n    flood()"
    )
    tried = {"x": [START, flood, "check('05.1', meta_gradient)", RIGHT]}
    rows = grade_all(tmp_path, tried, unsafe=True)["x"]
    assert rows["05.1"].outcome == "failed"
    assert rows["05.3"].outcome == "solved"


def test_the_box_holds_no_question_and_no_answer():
    with boxes.students_side() as side:
        files = [path for path in side.rglob("*") if path.is_file()]
        names = {str(path.relative_to(side)) for path in files}
    assert not [name for name in names if "question" in name or "solution" in name]
    assert not [name for name in names if "press" in name or "masters" in name]
    assert {name for name in names if name.startswith("course_lib/checks/")} >= {
        "course_lib/checks/calling.py", "course_lib/checks/boxed/server.py",
    }  # fmt: skip


FAKE = """#!{python}
import os, sys
open({log!r}, "a").write(chr(10) + chr(9).join(sys.argv[1:]))
if sys.argv[1] == "run":
    side = next(word for word in sys.argv if word.endswith(",target=/course,readonly"))
    code = sys.argv[-1].replace("'/course'", repr(side.split(",")[1].removeprefix("source=")))
    os.execv(sys.executable, [sys.executable, "-I", "-X", "utf8", "-c", code])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a program that is a script")
def test_a_container_gets_the_course_no_rights_and_no_network(tmp_path, monkeypatch):
    """Docker's command, as a program sees it that only stands in its place; nothing is graded."""
    log, program = tmp_path / "log", tmp_path / "docker"
    program.write_text(FAKE.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    monkeypatch.setattr(boxes, "TOOLS", {"docker": boxes.container})
    monkeypatch.setattr(shutil, "which", lambda _: str(program))
    with boxes.students_side() as side:
        box = boxes.Box(side, 700)
        box.open()
        box.close(for_good=True)
        run, removal = (line.split("\t") for line in log.read_text().split("\n")[1:])
        mounts = [word for word in run if word.startswith("type=")]
    given = dict(itertools.pairwise(run))
    assert given["--network"] == given["--ipc"] == given["--log-driver"] == "none"
    assert given["--cap-drop"] == "ALL"
    assert given["--pull"] == "never"
    assert given["--memory"] == given["--memory-swap"] == f"{700 + boxes.OWN}m"
    assert {"--read-only", "--rm", "no-new-privileges", "--pids-limit"} <= set(run)
    assert [mount.split(",")[1:] for mount in mounts] == [
        [f"source={side}", "target=/course", "readonly"],
        [f"source={CHECKPOINTS}", "target=/course/course_lib/checkpoints", "readonly"],
    ]
    assert not set(run) & {"--privileged", "--cap-add", "-v", "--volume", "--device", "--env-file"}
    assert removal == ["rm", "--force", given["--name"]]


def test_the_image_of_a_box_is_built_as_the_refusal_says():
    text = (ROOT / "deploy" / "box.Dockerfile").read_text(encoding="utf-8")
    assert f"-f deploy/box.Dockerfile --build-arg PYTHON={boxes.PYTHON} -t {boxes.IMAGE} ." in (
        boxes.NO_BOX
    )
    assert "FROM python:${PYTHON}-" in text
    copied = [name for line in re.findall(r"(?m)^COPY (.*) \S+$", text) for name in line.split()]
    assert copied == ["requirements.txt", "constraints.lock", "packaging"]
    assert all((ROOT / name).exists() for name in copied)


# --- Without a box --------------------------------------------------------------------------------


def test_without_a_box_nothing_is_run(tmp_path, capsys, monkeypatch):
    (tmp_path / "class").mkdir()
    mark = tmp_path / "run"
    cells = [START, f"open({str(mark)!r}, 'w')", RIGHT]
    (tmp_path / "class" / f"eve__{FIFTH}.ipynb").write_text(notebook(*cells))
    broken = tmp_path / "bin" / "bwrap"
    broken.parent.mkdir()
    arguments = ["grade", str(tmp_path / "class"), "--csv", str(tmp_path / "out.csv")]
    for program in (None, "#!/bin/sh\necho no user namespaces >&2\necho See --help >&2; exit 1\n"):
        if program is not None:
            broken.write_text(program)
            broken.chmod(0o755)
        monkeypatch.setattr(shutil, "which", lambda _, p=program: str(broken) if p else None)
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert "Nothing was run" in said
        assert "--unsafe" in said
        assert not mark.exists()
    assert "no user namespaces" in said or sys.platform != "linux"


def test_a_kernel_without_a_filter_is_no_box(tmp_path, walls, capsys, monkeypatch):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / f"eve__{FIFTH}.ipynb").write_text(notebook(START, RIGHT))
    monkeypatch.setattr(boxes, "FILTERED", "what no kernel says")
    arguments = ["grade", str(tmp_path / "class"), "--csv", str(tmp_path / "out.csv")]
    assert main(arguments) == 2
    assert "takes no filter" in capsys.readouterr().err


def test_a_table_and_a_terminal_get_no_control_characters():
    text = "\x1b[31mRED\x1b]0;PWNED\x07 a\u202eb \x00 \u2028c\ttab\nline"
    assert clean(text) == "?[31mRED?]0;PWNED? a?b ? c tab line"
    assert Row("a", "b", "c", "solved").outcome == "solved"
    assert threading.active_count() >= 1
