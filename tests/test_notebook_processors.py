"""`notebooks check --processors` finds what another processor's arithmetic would print."""

import io
import os
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.press.notebooks import arithmetic, forcing, main, processors
from course_lib.press.notebooks.execute import execute
from course_lib.press.notebooks.files import write_notebook
from course_lib.press.notebooks.normal import normalise

# A make-believe processor adds from the other end: 0.6 in one order, 0.6000000000000001 in the
# other. So this notebook's near-tie and last digit are decided by rounding, on any machine.
SUM = """\
import os
parts = [0.1, 0.2, 0.3][:: -1 if os.environ.get("OTHER") == "end" else 1]
total = parts[0] + parts[1] + parts[2]  # not sum(): since Python 3.12 it rounds once, at the end
distances = [total, 0.6]"""
NEAR_TIE = 'print("nearest:", "ab"[distances.index(min(distances))])'
BY_RULE = 'print("nearest:", "ab"[[round(10 * d) for d in distances].index(6)])'
LAST_DIGIT = 'print(f"{total - 0.35:.1f}")'
FAILS = 'assert os.environ.get("OTHER") != "breaks"'
THREADS = 'print(os.environ["COURSE_THREADS"], "threads")'
CELLS = [SUM, NEAR_TIE, BY_RULE, LAST_DIGIT, FAILS, THREADS]
KNOWN = {
    "here": {},
    "end": {"OTHER": "end"},
    "breaks": {"OTHER": "breaks"},
    "two": {"COURSE_THREADS": "2"},
}
CHECK = ["check", "--processors", "--settings"]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A course with one notebook, and one exercise book that is kept without outputs."""
    root = tmp_path_factory.mktemp("course")
    cells = [new_markdown_cell("# 00 · Ties"), *map(new_code_cell, CELLS)]
    ran = normalise(execute(new_notebook(cells=cells), root)[0])
    for folder in ("notebooks", "exercises/solutions"):
        (root / folder).mkdir(parents=True)
    write_notebook(ran, root / "notebooks" / "00_ties.ipynb")
    bare = new_notebook(cells=[new_code_cell(SUM), new_code_cell(NEAR_TIE)])
    write_notebook(normalise(bare), root / "exercises" / "solutions" / "00_ties.ipynb")
    return root


@pytest.fixture
def course(made, monkeypatch) -> Path:
    """The same course on a machine that knows these settings."""
    monkeypatch.setattr(processors, "possible", lambda: KNOWN)
    return made


@pytest.fixture(scope="module")
def printed(made) -> list[str]:
    """What the command prints about both books; the last line is the two exit statuses."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setattr(processors, "possible", lambda: KNOWN)
        statuses = [
            main([*CHECK, "end", "--books", "exercises"], made),
            main([*CHECK, "here,end,breaks,two"], made),
        ]
        print(*statuses)
    return printed.getvalue().splitlines()


def test_a_near_tie_is_found_and_a_tie_by_rule_and_a_last_digit_are_fine(printed):
    assert printed[-1] == "1 1"
    place = printed.index(next(s for s in printed if s.startswith("notebooks/00_ties end: 1 ")))
    said = "  code cell 2: stdout: 'nearest: b\\n' is stored, 'nearest: a\\n' came."
    assert printed[place + 1] == said
    assert printed[place + 2].startswith("notebooks/00_ties breaks: 1 ")


def test_a_cell_that_fails_only_there_is_found(printed):
    place = printed.index(next(s for s in printed if s.startswith("notebooks/00_ties breaks: 1 ")))
    assert "AssertionError" in printed[place + 1]


def test_the_number_of_threads_can_be_forced(printed):
    assert "  code cell 6: stdout: '1 threads\\n' is stored, '2 threads\\n' came." in printed


def test_a_book_without_outputs_is_compared_with_a_run_here(printed):
    assert printed[0].startswith("exercises/solutions/00_ties end: 1 differ; ")
    assert printed[1].startswith("  code cell 2: stdout: 'nearest: b")


def test_the_table_holds_every_run(printed):
    assert [line.split() for line in printed[-6:-4]] == [
        ["cells", "that", "differ", "here", "end", "breaks", "two"],
        ["notebooks/00_ties", "0", "1", "1", "1"],
    ]
    assert [line.split()[0] for line in printed[-4:-2]] == ["seconds", "computing"]
    assert printed[-2].startswith("3 cells differ; 4 runs, ")


def test_what_was_run_is_remembered_until_something_changes(course, capsys, monkeypatch):
    ran = []
    real = processors.execute
    monkeypatch.setattr(
        processors, "execute", lambda *given, **more: ran.append(1) or real(*given, **more)
    )
    assert main([*CHECK, "here", "--fresh"], course) == 0
    assert main([*CHECK, "here"], course) == 0
    assert len(ran) == 1
    processors.state.cache_clear()
    monkeypatch.setattr(processors, "version", lambda name: "another")
    assert main([*CHECK, "here"], course) == 0
    processors.state.cache_clear()
    assert len(ran) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"a": 3}', '{"a": {"b": 1}}'])
def test_a_damaged_memory_is_begun_anew(tmp_path, capsys, content):
    path = tmp_path / "processors.json"
    path.write_text(content, encoding="utf-8")
    memory = processors.Memory(path, fresh=False)
    assert memory.runs == {}
    assert "was damaged" in capsys.readouterr().out
    memory.put("00 here 1", processors.Run(failed="so"))
    assert processors.Memory(path, fresh=False).get("00 here 1").failed == "so"


def test_names_that_do_not_exist_are_refused(course, capsys):
    assert main([*CHECK, "vax"], course) == 2
    assert "Not to be had here: vax" in capsys.readouterr().out
    assert main([*CHECK, "here", "--books", "exercises", "--", "77"], course) == 2
    assert "Nothing is called '77' in: exercises." in capsys.readouterr().out


def test_without_names_only_settings_that_change_a_bit_are_run(monkeypatch, capsys):
    monkeypatch.setattr(processors, "possible", lambda: KNOWN)
    monkeypatch.setattr(processors, "effect", lambda s: ["a sum"] if "OTHER" in s else [])
    assert list(processors.chosen([])) == ["here", "end", "breaks"]
    assert "two: nothing rounded otherwise" in capsys.readouterr().out


def test_a_machine_is_asked_only_for_what_it_has():
    assert [forcing.level_of(name) for name in ("AVX512", "AVX2", "NO AVX", "SVE256")] == [
        2,
        1,
        0,
        0,
    ]
    newest = forcing.one_by_one(2, mkl=True, onednn=True, x86=True)
    older = forcing.one_by_one(1, mkl=True, onednn=True, x86=True)
    lost = {"aten-avx512", "mkl-avx512", "onednn-avx512_core"}
    assert set(newest) - set(older) == lost
    assert "avx2" in forcing.whole(2, mkl=True, x86=True)
    assert "avx2" not in forcing.whole(1, mkl=True, x86=True)
    arm = forcing.one_by_one(0, mkl=False, onednn=True, x86=False)
    assert not any("mkl" in name or "onednn" in name for name in arm)
    assert forcing.whole(0, mkl=False, x86=False) == {"foreign": {"ATEN_CPU_CAPABILITY": "default"}}


@pytest.mark.skipif(len(forcing.possible()) < 5, reason="nothing can be forced on this processor")
def test_the_foreign_setting_rounds_otherwise_and_no_setting_rounds_as_here():
    assert arithmetic.effect({}) == []
    changed = arithmetic.effect(forcing.possible()["foreign"])
    assert {"torch product", "torch softmax", "numpy product"} <= set(changed)
    assert os.environ.get("ATEN_CPU_CAPABILITY") is None


def test_the_reason_of_a_failure_is_told_where_the_message_ends_with_a_line_of_dashes():
    late = "A cell timed out, after 60 seconds.\nHere it is:\n-----\nx = 1\n-----\n"
    assert processors.reason(late) == "A cell timed out, after 60 seconds. … x = 1"
    assert processors.reason("ValueError: no") == "ValueError: no"
    assert processors.reason("\n---\n") == "no reason was given"
