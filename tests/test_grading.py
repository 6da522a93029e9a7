"""Grading a class: the expected tables, and notebooks that are broken.

What means it badly is tried in `test_grading_attacks.py`. Nothing here needs a box.
"""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest

from benchmarks.lab import notebook
from course_lib.checks.boxed.cells import code_cells
from course_lib.ground.paths import ROOT
from course_lib.ground.patience import patience
from course_lib.press.exercises.command_line import main
from course_lib.press.grading import report
from course_lib.press.grading.classroom import Room
from course_lib.press.grading.notebook import Limits, Row
from course_lib.press.grading.submissions import Submission, find_submissions

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
exercise,outcome,misconception,students,share
00.1,solved,,1,33%
00.1,stub,,1,33%
00.1,missing,,1,33%
00.2,solved,,1,33%
00.2,stub,,1,33%
00.2,missing,,1,33%
00.3,written,,1,33%
00.3,stub,,1,33%
00.3,missing,,1,33%
05.1,solved,,1,33%
05.1,wrong,an endless loop,1,33%
05.1,stub,,1,33%
05.2,solved,,1,33%
05.2,stub,,1,33%
05.2,missing,,1,33%
05.3,solved,,1,33%
05.3,wrong,no α² terms,1,33%
05.3,stub,,1,33%
05.4,solved,,2,67%
05.4,stub,,1,33%
05.5,solved,,2,67%
05.5,stub,,1,33%
05.6,solved,,2,67%
05.6,stub,,1,33%
05.7,written,,2,67%
05.7,stub,,1,33%
"""


def test_three_students_are_graded_to_the_expected_table(handed_in, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    table, summary = tmp_path / "out.csv", tmp_path / "summary.csv"
    arguments = ["grade", str(handed_in), "--csv", str(table), "--summary", str(summary)]
    factor = round(patience(), 1)
    monkeypatch.setenv("COURSE_PATIENCE", str(factor))  # from here on it stays as it is
    expected = EXPECTED.replace("for 2 s", f"for {2 * factor:.0f} s")
    assert main([*arguments, "--seconds", "2", "--unsafe"]) == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0][-3:] == ["seconds", "file", "digest"]
    assert all(float(line[-3]) >= 0 for line in lines[1:])
    for line in lines:  # the words of an open question are handed on to whoever reads them
        line[5] = line[5][:13] if line[3] == "written" else line[5]
    assert [line[:-3] for line in lines] == list(csv.reader(expected.splitlines()))
    assert summary.read_text(encoding="utf-8-sig") == EXPECTED_SUMMARY
    said = capsys.readouterr()
    assert "05.3 Which derivatives appear?: 1 of 3 solved; 1 stub\n    1 × no α² terms" in said.out
    assert "Protected by: nothing else: --unsafe" in said.out
    assert "6 of 6 notebooks, about 0 s left" in said.err
    assert not (tmp_path / "progress.json").exists()


def graded(folder: Path, *cells: str) -> dict[str, Row]:
    """The rows of a notebook 05 with these cells by exercise."""
    path = folder / f"{FIFTH}.ipynb"
    path.write_text(notebook(*cells), encoding="utf-8")
    (rows,) = Room(LIMITS, unsafe=True).graded([Submission("eve", FIFTH, path)])
    return {row.exercise: row for row in rows}


def test_what_ends_or_blocks_the_process_costs_only_itself(tmp_path):
    rows = graded(
        tmp_path,
        IMPORTS,
        "while True:\n    pass",
        "def meta_gradient(*a):\n    os._exit(0)\ncheck('05.1', meta_gradient)",
        "import time\ndef pull_back(*a):\n    while True:\n        try:\n"
        "            time.sleep(99)\n"
        "        except BaseException:\n            hold = bytearray(10)\n"
        "check('05.2', pull_back)",
        RIGHT,
    )
    assert rows["05.1"].message.startswith("It ended the whole process, as `os._exit()` does")
    assert rows["05.2"].misconception == "an endless loop"
    outcomes = [rows[key].outcome for key in ("05.1", "05.2", "05.3")]
    assert outcomes == ["failed", "wrong", "solved"]


def test_a_call_that_never_returns_from_c_is_ended_from_outside(tmp_path):
    rows = graded(
        tmp_path,
        IMPORTS,
        "import ctypes\ndef meta_gradient(*a):\n    ctypes.PyDLL(None).sleep(10**6)\n"
        "check('05.1', meta_gradient)",
        RIGHT,
    )
    assert "could not be interrupted" in rows["05.1"].message
    assert rows["05.3"].outcome == "solved"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "isn't JSON"),
        (b"\xff\x00", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"[]", "has no cells"),
        (b'{"cells": []}', "has no cells"),
        (b'{"cells": 3}', "has no cells"),
        (b'{"cells": [' + b"[]," * 5_000_000, "more than five million parts"),
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
    (rows,) = Room(LIMITS, unsafe=True).graded([Submission("eve", FIRST, tmp_path / "eve.ipynb")])
    assert {(row.outcome, row.message) for row in rows} == {
        ("failed", "The file is no notebook: it isn't JSON. Is it cut off?")
    }


def test_students_are_found_in_folders_and_by_the_names_of_files(tmp_path):
    for place in ("ann/deep/" + FIRST, f"ben__{FIFTH}", f"ann/{FIFTH} (1)", "ann/holiday"):
        path = tmp_path / f"{place}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (tmp_path / "ida").mkdir()
    (tmp_path / ".ipynb_checkpoints").mkdir()
    pile = find_submissions(tmp_path)
    there = {(s.student, s.notebook[:2]): s.path is not None for s in pile.submissions}
    assert there == {
        ("ann", "00"): True, ("ann", "05"): True, ("ben", "00"): False, ("ben", "05"): True,
        ("ida", "00"): False, ("ida", "05"): False,
    }  # fmt: skip
    assert [path.name for _, path, _ in pile.unplaced] == ["holiday.ipynb"]
    assert {s.notebook[:2] for s in find_submissions(tmp_path, ["06"]).submissions} == {"06"}
    alone = find_submissions(tmp_path / "ann" / "deep").submissions
    assert [(s.student, s.notebook) for s in alone] == [("deep", FIRST)]


def test_of_two_copies_the_newer_one_is_graded_and_the_older_has_a_row(tmp_path):
    for name, when in (("a", 2000), ("b", 1000)):
        (tmp_path / "ann" / name).mkdir(parents=True)
        (tmp_path / "ann" / name / f"{FIRST}.ipynb").write_text("{}")
        os.utime(tmp_path / "ann" / name / f"{FIRST}.ipynb", (when, when))
    pile = find_submissions(tmp_path)
    assert [s.path.parent.name for s in pile.submissions] == ["a"]
    assert [(path.parent.name, why[:13]) for _, path, why in pile.unplaced] == [
        ("b", "An older copy")
    ]


def test_links_and_giants_are_not_read(tmp_path):
    (tmp_path / "real.ipynb").write_text("{}")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    with pytest.raises(ValueError, match="link"):
        Submission("eve", FIRST, tmp_path / "link.ipynb").content()
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(130_000_000)
    with pytest.raises(ValueError, match="more than 100 MB"):
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


def test_a_table_computes_nothing_in_a_spreadsheet(tmp_path):
    row = Row("=1+1", FIRST, "00.1", "wrong", "too large", "a\nb \ud800", 0.1)
    report.write_rows([row], tmp_path / "out.csv")
    line = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert line == "'=1+1,00_start_here,00.1,wrong,too large,a b ?,0.1,,"
