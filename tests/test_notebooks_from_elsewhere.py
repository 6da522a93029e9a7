"""What other tools and other people do to a notebook before it comes back."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import loops
import nbformat
import pytest

from course_lib.checks.boxed.cells import Jupyter, code_cells, event_loop, execute, program
from course_lib.press.grading.submissions import find_submissions, owner
from course_lib.press.notebooks.files import Pair, read_notebook
from course_lib.press.notebooks.sync import BothChanged, sync

STEM = "05_the_second_order_gradient"
KNOWN = [STEM, "04_maml"]


@pytest.mark.parametrize(
    ("name", "student"),
    [
        (f"{STEM}", "class"),
        (f"Copy of {STEM}", "class"),  # Colab and Drive
        (f"Kopie von {STEM}", "class"),
        (f"{STEM}-Copy1", "class"),  # JupyterLab
        (f"{STEM} - Copy", "class"),  # Windows
        (f"{STEM} copy 2", "class"),  # macOS
        (f"{STEM} (1)", "class"),  # a browser
        (f"{STEM}_final_v2", "class"),
        (STEM.upper(), "class"),
        (f"anna__{STEM}", "anna"),
        (f"Copy of anna__{STEM} (2)", "anna"),
        (f"anna_{STEM}", "anna"),
        (f"Anna Smith_12345_assignsubmission_file_{STEM}", "Anna Smith"),  # Moodle
        (f"muelleranna_12345_67890_{STEM}", "muelleranna"),  # Canvas
        (f"muelleranna_LATE_12345_67890_{STEM}-1", "muelleranna"),
        (f"Exercise 5_amueller_attempt_2026-11-20-10-15-30_{STEM}", "amueller"),  # Blackboard
        (f"{STEM}_anna", "anna"),
    ],
)
def test_a_notebook_that_a_tool_has_renamed_is_found(name, student):
    folder = Path("/class")
    for above, whose in (([], student), (["bea"], "bea")):
        (called, _), stem = owner(folder, [*above, f"{name}.ipynb"], KNOWN)
        assert (called, stem) == (whose, STEM)


@pytest.mark.parametrize("ending", [".ipynb.txt", ".IPYNB", ".ipynb.json", ".Ipynb"])
def test_a_notebook_whose_ending_a_browser_has_changed_is_found(tmp_path, ending):
    (tmp_path / f"anna__{STEM}{ending}").write_text("{}")
    (one,) = find_submissions(tmp_path).submissions
    assert (one.student, one.notebook, one.content()) == ("anna", STEM, b"{}")


@pytest.mark.parametrize("ending", [".html", ".py", ".pdf", ".zip", ".ipynb.zip"])
def test_another_kind_of_file_is_told_and_loses_nobody(tmp_path, ending):
    for name in (f"anna/{STEM}{ending}", f"bea/{STEM}.ipynb", "bea/notes.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    pile = find_submissions(tmp_path)
    assert [(one.student, one.path is None) for one in pile.submissions] == [
        ("anna", True), ("bea", False),
    ]  # fmt: skip
    assert [(student, path.name) for student, path, _ in pile.unplaced] == [
        ("anna", f"{STEM}{ending}"), ("bea", "notes.html"),
    ]  # fmt: skip


CELLS = {
    "%%time\ndef f(x):\n    return x + 1": 3,
    "%%capture out\n%%time\n\ndef f(x):\n    return x + 1": 3,
    "%matplotlib inline\ndef f(x):\n    return x + 1\nf?": 3,
    "files = !ls\ndef f(x):\n    return x + 1 + len(files)": 3,
    "!pip install x\n?print\nf = lambda x: x + 1": 3,
    "t = %timeit -o -q 1 + 1\nf = lambda x: x + 1": 3,
    "get_ipython().run_line_magic('matplotlib', 'inline')\nf = lambda x: x + 1": 3,
    "import asyncio\nawait asyncio.sleep(0)\nf = lambda x: x + 1": 3,
    "async def g():\n    return 1\none = await g()\nf = lambda x: x + one": 3,
    "f = lambda x: x + 1;": 3,
    "if True:\n    %time y = 1\nf = lambda x: x + 1": 3,
    "\n\n%%timeit -n1\nf = lambda x: x + 1": 3,
    "%%html\n<b>f = lambda</b>": None,
    "%%bash\nls | head": None,
    "%%writefile f.py\nf = 1 +": None,
}


@pytest.mark.parametrize("source", CELLS)
def test_a_cell_that_works_in_jupyter_works_for_the_grader(source):
    names = {"get_ipython": Jupyter}
    event_loop()
    # The grader's process has no running loop of its own; this one may have (a browser's).
    with ThreadPoolExecutor(1) as thread:
        thread.submit(execute, program(source, "<cell 0>"), names).result()
    assert (names["f"](2) if "f" in names else None) == CELLS[source]


def test_the_test_above_does_not_mind_a_running_loop():
    async def inside():
        test_a_cell_that_works_in_jupyter_works_for_the_grader(
            "import asyncio\nawait asyncio.sleep(0)\nf = lambda x: x + 1"
        )

    loops.run(inside())


@pytest.mark.parametrize("source", ["def f(:", "%%time\ndef f(:", "1 +", "await", "x = %"])
def test_a_cell_that_fails_in_jupyter_fails_for_the_grader(source):
    with pytest.raises(SyntaxError):
        program(source, "<cell 0>")


def test_an_error_below_a_magic_keeps_its_line():
    with pytest.raises(SyntaxError) as problem:
        program("%%time\nx = 1\ny = = 2", "<cell 0>")
    assert problem.value.lineno == 3


def test_a_notebook_of_2014_has_its_cells():
    old = {"nbformat": 3, "worksheets": [{"cells": [
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python"},
        {"cell_type": "markdown", "source": "text"},
    ]}]}  # fmt: skip
    assert code_cells(json.dumps(old).encode()) == [("", "x = 1\ny = 2")]


# --- The two files of a notebook ------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path):
    """A notebook in step, known to git."""
    pair = Pair("01_x", tmp_path / "source" / "01_x.py", tmp_path / "01_x.ipynb")
    pair.text.parent.mkdir()
    pair.text.write_text("# %% [markdown]\n# # Title\n\n# %%\nx = 1\n")
    sync(pair)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b",
                                                   "commit", "-qm", "in step"]):  # fmt: skip
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return pair


def saved_by_colab(pair, edit):
    """Colab keeps no metadata of ours, and puts its own everywhere."""
    nb = nbformat.read(pair.ipynb, as_version=4)
    nb.metadata = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    nb.nbformat_minor = 0
    for cell in nb.cells:
        cell.metadata["id"] = cell.pop("id")
    edit(nb)
    pair.ipynb.write_text(json.dumps(nb))


def test_a_save_by_colab_is_one_edit_and_reaches_the_text(pair):
    def edit(nb):
        nb.cells[1].source = "x = 2"

    saved_by_colab(pair, edit)
    assert sync(pair).startswith(".ipynb → text")
    assert "x = 2" in pair.text.read_text()


def test_a_save_by_colab_without_an_edit_loses_nothing(pair):
    saved_by_colab(pair, lambda nb: None)
    assert sync(pair).startswith("in step")
    saved_by_colab(pair, lambda nb: None)
    pair.text.write_text(pair.text.read_text().replace("x = 1", "x = 3"))
    assert sync(pair).startswith("text → .ipynb")
    assert "x = 3" in pair.ipynb.read_text()


def test_two_edits_stay_two_and_nothing_is_to_be_deleted(pair):
    saved_by_colab(pair, lambda nb: nb.cells[1].update(source="x = 2"))
    pair.text.write_text(pair.text.read_text().replace("x = 1", "x = 3"))
    with pytest.raises(BothChanged, match="aside, under another name"):
        sync(pair)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"cells": 3}', "[" * 100_000])
def test_what_is_no_notebook_gets_a_sentence(tmp_path, content):
    (tmp_path / "x.ipynb").write_text(content)
    with pytest.raises(ValueError, match=r"x.ipynb is no notebook: restore it with git"):
        read_notebook(tmp_path / "x.ipynb")
