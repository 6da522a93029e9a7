"""Grading a class: the expected table, and notebooks that are broken or mean it badly."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.lab import notebook
from course_lib.ground.paths import ROOT
from course_lib.ground.patience import patience
from course_lib.press.exercises.command_line import main
from course_lib.press.grading import report
from course_lib.press.grading.cells import code_cells
from course_lib.press.grading.outside import Row, grade
from course_lib.press.grading.submissions import Submission, find_submissions
from course_lib.press.grading.watching import Limits, signature, verified

FIRST, FIFTH = "00_start_here", "05_the_second_order_gradient"
LIMITS = Limits(seconds=2.0 * patience(), memory=1000)
IMPORTS = "import os\nimport torch\nfrom course_lib.checks import check, hint, progress, solution"
RIGHT = 'my_answer = "d"\ncheck("05.3", my_answer)'


def copied(student: Path, *names: str, solved: bool) -> None:
    """Hands in the instructor's or the student's copies."""
    student.mkdir(parents=True)
    for name in names:
        source = ROOT / "exercises" / ("solutions" if solved else "") / f"{name}.ipynb"
        shutil.copy(source, student / f"{name}.ipynb")


def with_sources(path: Path, change: dict[str, str | None]) -> None:
    """Replaces cells of a notebook by nbgrader's id; None deletes one."""
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = []
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if change.get(name, "") is not None:
            kept.append(cell | ({"source": change[name]} if name in change else {}))
    path.write_text(json.dumps(content | {"cells": kept}), encoding="utf-8")


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three students: all right, all stubs, and one with a loop, a lost cell and a lost file."""
    folder = tmp_path_factory.mktemp("class")
    copied(folder / "ada", FIRST, FIFTH, solved=True)
    copied(folder / "bob", FIRST, FIFTH, solved=False)
    copied(folder / "cyd", FIFTH, solved=True)
    loop = "def meta_gradient(theta, support, query, lr):\n    while True: pass"
    with_sources(
        folder / "cyd" / f"{FIFTH}.ipynb", {"05-1": loop, "05-2": None, "05-3": 'my_answer = "c"'}
    )
    return folder


EXPECTED = """\
student,notebook,exercise,outcome,misconception,message
ada,00_start_here,00.1,solved,,
ada,00_start_here,00.2,solved,,
ada,00_start_here,00.3,written,,I bring along
ada,05_the_second_order_gradient,05.1,solved,,
ada,05_the_second_order_gradient,05.2,solved,,
ada,05_the_second_order_gradient,05.3,solved,,
ada,05_the_second_order_gradient,05.4,solved,,
ada,05_the_second_order_gradient,05.5,solved,,
ada,05_the_second_order_gradient,05.6,solved,,
ada,05_the_second_order_gradient,05.7,written,,One step hold
bob,00_start_here,00.1,stub,,
bob,00_start_here,00.2,stub,,
bob,00_start_here,00.3,stub,,
bob,05_the_second_order_gradient,05.1,stub,,
bob,05_the_second_order_gradient,05.2,stub,,
bob,05_the_second_order_gradient,05.3,stub,,
bob,05_the_second_order_gradient,05.4,stub,,
bob,05_the_second_order_gradient,05.5,stub,,
bob,05_the_second_order_gradient,05.6,stub,,
bob,05_the_second_order_gradient,05.7,stub,,
cyd,00_start_here,00.1,missing,,No such notebook was handed in.
cyd,00_start_here,00.2,missing,,No such notebook was handed in.
cyd,00_start_here,00.3,missing,,No such notebook was handed in.
cyd,05_the_second_order_gradient,05.1,wrong,an endless loop,\
"It ran for 2 s and was stopped in line 2 of your cell, `while True: pass`."
cyd,05_the_second_order_gradient,05.2,missing,,\
The notebook defines no `pull_back`: is its cell deleted?
cyd,05_the_second_order_gradient,05.3,wrong,no α² terms,"Nothing is expanded, so nothing drops out."
cyd,05_the_second_order_gradient,05.4,solved,,
cyd,05_the_second_order_gradient,05.5,solved,,
cyd,05_the_second_order_gradient,05.6,solved,,
cyd,05_the_second_order_gradient,05.7,written,,One step hold
"""
EXPECTED_SUMMARY = """\
exercise,outcome,misconception,students
00.1,solved,,1
00.1,stub,,1
00.1,missing,,1
00.2,solved,,1
00.2,stub,,1
00.2,missing,,1
00.3,written,,1
00.3,stub,,1
00.3,missing,,1
05.1,solved,,1
05.1,wrong,an endless loop,1
05.1,stub,,1
05.2,solved,,1
05.2,stub,,1
05.2,missing,,1
05.3,solved,,1
05.3,wrong,no α² terms,1
05.3,stub,,1
05.4,solved,,2
05.4,stub,,1
05.5,solved,,2
05.5,stub,,1
05.6,solved,,2
05.6,stub,,1
05.7,written,,2
05.7,stub,,1
"""


def test_three_students_are_graded_to_the_expected_table(handed_in, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    table, summary = tmp_path / "out.csv", tmp_path / "summary.csv"
    arguments = ["grade", str(handed_in), "--csv", str(table), "--summary", str(summary)]
    factor = round(patience(), 1)
    monkeypatch.setenv("COURSE_PATIENCE", str(factor))  # from here on it stays as it is
    expected = EXPECTED.replace("for 2 s", f"for {2 * factor:.0f} s")
    assert main([*arguments, "--seconds", "2"]) == 0
    with table.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0][-1] == "seconds"
    assert all(float(line[-1]) >= 0 for line in lines[1:])
    for line in lines:  # the words of an open question are handed on to whoever reads them
        line[5] = line[5][:13] if line[3] == "written" else line[5]
    assert [line[:-1] for line in lines] == list(csv.reader(expected.splitlines()))
    assert summary.read_text(encoding="utf-8") == EXPECTED_SUMMARY
    printed = capsys.readouterr().out
    assert "05.3 Which derivatives appear?: 1 of 3 solved; 1 stub\n    1 × no α² terms" in printed
    assert "Protected by: " in printed
    assert not (tmp_path / "progress.json").exists()


def graded(
    folder: Path, *cells: str, hidden: tuple[Path, ...] = ()
) -> tuple[dict[str, Row], list[str]]:
    """The rows of a notebook 05 with these cells by exercise, and what protected this machine."""
    path = folder / f"{FIFTH}.ipynb"
    path.write_text(notebook(*cells), encoding="utf-8")
    rows, force = grade(Submission("eve", FIFTH, path), LIMITS, hidden)
    return {row.exercise: row for row in rows}, force


ATTEMPTS = """
said = []
def attempt(what, action):
    try:
        said.append(f"{what}:{action()}")
    except BaseException as problem:
        said.append(f"{what}:{type(problem).__name__}")
def meta_gradient(theta, support, query, lr):
    raise ValueError(" ".join(said))
"""


def test_a_hostile_notebook_reaches_nothing_and_its_other_answers_count(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_PASSWORD", "secret")
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "answers.txt").write_text("d")
    rows, force = graded(
        tmp_path,
        IMPORTS,
        "print(100_000_000 * 'x')",
        "for file in os.listdir('.'):\n    os.remove(file)\nopen('mine.txt', 'w').write('x')",
        ATTEMPTS,
        "import socket, subprocess, sys\n"
        "attempt('net', lambda: socket.create_connection(('127.0.0.1', 9)))\n"
        "attempt('ls', lambda: subprocess.run(['ls']))\n"
        "attempt('fork', os.fork)\n"
        f"attempt('kill', lambda: os.kill({os.getpid()}, 9))\n"
        f"attempt('write', lambda: open({str(tmp_path / 'new')!r}, 'w'))\n"
        f"attempt('read', lambda: open({str(tmp_path / 'others' / 'answers.txt')!r}).read())\n"
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        f"attempt('c-write', lambda: libc.open({bytes(tmp_path / 'new')!r}, 65, 0o600))\n"
        f"attempt('c-read', lambda: libc.open({bytes(tmp_path / 'others/answers.txt')!r}, 0))\n"
        f"attempt('c-kill', lambda: libc.kill({os.getpid()}, 0))\n"
        "attempt('env', lambda: 'MY_PASSWORD' in os.environ)\n"
        "attempt('memory', lambda: bytearray(5 * 10**9))\n"
        "attempt('leave', sys.exit)\n"
        "attempt('report', lambda: [os.write(n, b'x {}' + bytes([10])) for n in (3, 4, 5)] and 1)",
        "def pull_back(*inner) return 1",
        RIGHT,
        hidden=(tmp_path / "others",),
    )
    said = dict(part.split(":") for part in rows["05.1"].message.split("ValueError: ")[1].split())
    refused = dict.fromkeys(["net", "ls", "fork", "kill", "write", "read"], "Refused")
    memory = said.pop("memory")
    if sys.platform == "linux":
        assert memory == "MemoryError"
    said.pop("report")
    by_c = [said.pop(name) for name in ("c-write", "c-read", "c-kill")]
    if {"own processes", "read-only files"} <= set(force):  # the kernel stops C as well
        assert by_c == ["-1", "-1", "-1"]
    assert said == refused | {"env": "False", "leave": "SystemExit"}
    assert (rows["05.2"].outcome, rows["05.2"].message) == (
        "failed",
        "The cell stops in line 1: SyntaxError: expected ':'",
    )
    assert rows["05.3"].outcome == "solved"
    assert not (tmp_path / "new").exists()


def test_a_check_that_was_changed_is_put_back_or_found_out(tmp_path):
    ones = "return torch.ones(2)\ncheck('05.2', pull_back)"
    rows, _ = graded(
        tmp_path,
        IMPORTS,
        "import course_lib.checks.comparing as c, course_lib.checks.judging as j\n"
        "c.same = c.all = torch.allclose = lambda *a, **k: True\n"
        "j.judge.__code__ = (lambda *a: j.Verdict(True, '')).__code__",
        "def meta_gradient(theta, *a):\n    return torch.ones_like(theta)\n"
        "check('05.1', meta_gradient)",
        f"def pull_back(*a):\n    c.same = lambda *a: True\n    {ones}",
        RIGHT,
    )
    assert rows["05.1"].misconception == "another value than expected"
    assert "It changes course_lib.checks.comparing.all" in rows["05.1"].message
    assert (rows["05.2"].outcome, rows["05.3"].outcome) == ("failed", "solved")
    assert "takes wrong answers for right ones" in rows["05.2"].message


def test_what_ends_or_blocks_the_process_costs_only_itself(tmp_path):
    rows, _ = graded(
        tmp_path,
        IMPORTS,
        "while True:\n    pass",
        "def meta_gradient(*a):\n    os._exit(0)\ncheck('05.1', meta_gradient)",
        "def pull_back(*a):\n    while True:\n        try:\n            os.wait()\n"
        "        except BaseException:\n            hold = bytearray(10)\n"
        "check('05.2', pull_back)",
        RIGHT,
    )
    assert rows["05.1"].message == "It ended the whole process, as `os._exit()` does."
    assert rows["05.2"].misconception == "an endless loop"
    outcomes = [rows[key].outcome for key in ("05.1", "05.2", "05.3")]
    assert outcomes == ["failed", "wrong", "solved"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "isn't JSON"),
        (b"\xff\x00", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"[]", "has no cells"),
        (b'{"cells": []}', "has no cells"),
        (b'{"cells": 3}', "has no cells"),
    ],
)
def test_a_file_that_is_no_notebook_is_told_in_a_sentence(content, says):
    with pytest.raises(ValueError, match=says):
        code_cells(content)


def test_odd_cells_are_read_as_far_as_they_go():
    cells = [3, {"cell_type": "code"}, {"cell_type": "code", "source": ["a\n", "b"], "metadata": 1}]
    content = json.dumps({"cells": [*cells, {"cell_type": "markdown", "source": "x"}]}).encode()
    assert code_cells(content) == [("", ""), ("", "a\nb")]


def test_a_broken_notebook_fails_without_a_restart(tmp_path):
    (tmp_path / "eve.ipynb").write_text("{")
    rows, _ = grade(Submission("eve", FIRST, tmp_path / "eve.ipynb"), LIMITS)
    assert {(row.outcome, row.message) for row in rows} == {
        ("failed", "The file is no notebook: it isn't JSON. Is it cut off?")
    }


def test_students_are_found_in_folders_and_by_the_names_of_files(tmp_path):
    for place in ("ann/deep/" + FIRST, f"ben__{FIFTH}", f"ann/{FIFTH} (1)", "ann/holiday", ".x/a"):
        path = tmp_path / f"{place}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (tmp_path / "ida").mkdir()
    pile = find_submissions(tmp_path)
    there = {(s.student, s.notebook[:2]): s.path is not None for s in pile.submissions}
    assert there == {
        ("ann", "00"): True, ("ann", "05"): True, ("ben", "00"): False, ("ben", "05"): True,
        ("ida", "00"): False, ("ida", "05"): False,
    }  # fmt: skip
    assert [remark.split(":")[0][-13:] for remark in pile.remarks] == ["holiday.ipynb"]
    assert {s.notebook[:2] for s in find_submissions(tmp_path, ["06"]).submissions} == {"06"}
    alone = find_submissions(tmp_path / "ann" / "deep").submissions
    assert [(s.student, s.notebook) for s in alone] == [("deep", FIRST)]


def test_of_two_copies_the_newer_one_is_graded(tmp_path):
    for name, when in (("a", 2000), ("b", 1000)):
        (tmp_path / "ann" / name).mkdir(parents=True)
        (tmp_path / "ann" / name / f"{FIRST}.ipynb").write_text("{}")
        os.utime(tmp_path / "ann" / name / f"{FIRST}.ipynb", (when, when))
    pile = find_submissions(tmp_path)
    assert [s.path.parent.name for s in pile.submissions] == ["a"]
    assert "twice" in pile.remarks[0]


def test_links_and_giants_are_not_read(tmp_path):
    (tmp_path / "real.ipynb").write_text("{}")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    with pytest.raises(ValueError, match="link"):
        Submission("eve", FIRST, tmp_path / "link.ipynb").content()
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(ValueError, match="more than 20 MB"):
        Submission("eve", FIRST, tmp_path / "large.ipynb").content()


def test_bad_usage_is_told_in_a_sentence(tmp_path, capsys):
    for folder, more, says in (
        (tmp_path / "nowhere", [], "There is no folder"),
        (tmp_path, [], "holds neither a student's folder"),
        (ROOT.parent, [], "holds the course itself"),
        (tmp_path, ["--notebooks", "77"], "Notebooks with exercises are 00,"),
    ):
        arguments = ["grade", str(folder), "--csv", str(tmp_path / "out.csv"), *more]
        assert main(arguments) == 2
        assert says in capsys.readouterr().err


def test_a_line_without_the_secret_is_no_verdict():
    body = b'{"key": "05.1", "outcome": "solved"}'
    assert verified(signature(body, "secret") + b" " + body, "secret") == json.loads(body)
    for line in (body, b"", b"x " + body, signature(body, "guess") + b" " + body):
        assert verified(line, "secret") is None


def test_a_table_computes_nothing_in_a_spreadsheet(tmp_path):
    row = Row("=1+1", FIRST, "00.1", "wrong", "too large", "a\nb \ud800", 0.1)
    report.write_rows([row], tmp_path / "out.csv")
    line = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line == "'=1+1,00_start_here,00.1,wrong,too large,a b ?,0.1"


HOOK = """
import os, sys, pathlib
sys.path.insert(0, {root!r})
from course_lib.press.grading import sandbox
folder, closed = pathlib.Path({folder!r}), pathlib.Path({closed!r})
sandbox.by_hook(folder, [closed])
import socket, subprocess
actions = [
    lambda: socket.socket(), lambda: subprocess.run(["ls"]), lambda: os.system("ls"),
    lambda: os.kill(os.getppid(), 0), lambda: open(closed / "x"), lambda: os.listdir(closed),
    lambda: open(folder / ".." / "y", "w"), lambda: os.remove(closed / "x"),
    lambda: os.rename(folder / "a", folder / ".." / "a"), lambda: os.mkdir(folder / ".." / "z"),
    lambda: os.open(folder / ".." / "y", os.O_CREAT | os.O_WRONLY),
]
open(folder / "a", "w").write("mine")
open(os.devnull, "w").close()
for number, action in enumerate(actions):
    try:
        action()
    except sandbox.Refused:
        continue
    sys.exit(f"action {{number}} was let through")
"""


def test_where_the_kernel_does_not_help_python_refuses_the_same(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "x").write_text("secret")
    paths = {"folder": str(tmp_path / "mine"), "closed": str(tmp_path / "closed")}
    code = HOOK.format(root=str(ROOT), **paths)
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "closed" / "x").read_text() == "secret"
