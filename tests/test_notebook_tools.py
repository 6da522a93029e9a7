"""The notebook tool on a tiny course: what sync keeps, what run stores, what check refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.ground.family import below
from course_lib.ground.patience import Deadline
from course_lib.press.notebooks import main
from course_lib.press.notebooks.contents import TIMES, rounded_up
from course_lib.press.notebooks.execute import NotebookFailed, execute, kernel_env
from course_lib.press.notebooks.files import (
    find_pairs,
    read_notebook,
    read_text,
    write_notebook,
    write_text,
)
from course_lib.press.notebooks.normal import normalise
from course_lib.press.notebooks.rules import HOSTED, MOST_SECONDS, problems
from course_lib.press.notebooks.sync import is_stale

TEXT = """\
# %% [markdown]
# # 00 · Tiny
#
# **The question.** What does a small
# notebook look like?
#
# *Running time: …*
#
# HOSTED

# %%
x = 3
print("x is", x)

# %% tags=["quiet"]
x**2

# %%
import matplotlib.pyplot as plt

plt.plot([0, 1], [0, 1]);
""".replace("HOSTED", HOSTED)


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Path:
    """A course with one tiny notebook, executed by the tool."""
    root = tmp_path_factory.mktemp("course")
    text = root / "lessons" / "00_tiny" / "lesson.py"
    text.parent.mkdir(parents=True)
    (root / "notebooks").mkdir()
    text.write_text(TEXT, encoding="utf-8")
    (root / "README.md").write_text("a\n<!-- contents -->\n<!-- /contents -->\nb\n")
    assert main(["run"], root) == 0
    return root


@pytest.fixture
def course(executed, tmp_path) -> Path:
    """A copy of that course for one test to spoil."""
    for path in executed.rglob("*.*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(executed)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return tmp_path


def tiny(root: Path):
    """The tiny notebook's two files."""
    return find_pairs(root, ["00"])[0]


def edit_text(root: Path, old: str, new: str) -> None:
    """What a contributor does in an editor."""
    path = tiny(root).text
    assert old in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def edit_ipynb(root: Path, old: str, new: str) -> None:
    """What a contributor does in JupyterLab."""
    nb = read_notebook(tiny(root).ipynb)
    for cell in nb.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(nb, tiny(root).ipynb)


def test_run_stores_outputs_time_and_table(course):
    nb = read_notebook(tiny(course).ipynb)
    assert [c.execution_count for c in nb.cells[1:]] == [1, 2, 3]
    assert nb.cells[1].outputs[0].text == "x is 3\n"
    assert nb.cells[2].outputs[0].data["text/plain"] == "9"
    assert nb.cells[2].metadata == {"tags": ["quiet"]}
    assert nb.metadata["kernelspec"]["name"] == "python3"
    seconds = json.loads((course / TIMES).read_text())["rows"][0]["seconds"]
    assert f"*Running time: about {rounded_up(seconds)} on" in nb.cells[0].source
    readme = (course / "README.md").read_text(encoding="utf-8")
    question = "What does a small notebook look like?"
    row = f"| 00 | [Tiny](notebooks/00_tiny.ipynb) | {question} | – | {rounded_up(seconds)} |"
    assert row in readme
    assert readme.endswith("<!-- /contents -->\nb\n")


def test_what_run_wrote_passes_check_and_sync_changes_nothing(course):
    before = {p: p.read_bytes() for p in course.rglob("*.*") if p.is_file()}
    assert main(["check"], course) == 0
    assert main(["sync"], course) == 0
    assert {p: p.read_bytes() for p in course.rglob("*.*") if p.is_file()} == before


def test_sync_keeps_the_outputs_of_unchanged_cells(course, capsys):
    edit_text(course, "x**2", "x**3")
    assert main(["sync"], course) == 0
    assert "stale code cells: 2; its outputs are stale: run it" in capsys.readouterr().out
    nb = read_notebook(tiny(course).ipynb)
    assert [len(c.outputs) for c in nb.cells[1:]] == [1, 0, 1]
    assert main(["check"], course) == 1


def test_sync_brings_what_was_edited_in_jupyterlab_into_the_text(course, capsys):
    edit_ipynb(course, "x = 3", "x = 4")
    assert main(["sync"], course) == 0
    assert ".ipynb → text" in capsys.readouterr().out
    assert "x = 4" in tiny(course).text.read_text(encoding="utf-8")
    assert "*Running time: …*" in tiny(course).text.read_text(encoding="utf-8")
    assert is_stale(read_notebook(tiny(course).ipynb))


def test_sync_refuses_when_both_files_were_edited(course, capsys):
    edit_ipynb(course, "x = 3", "x = 4")
    edit_text(course, "x = 3", "x = 5")
    files = [tiny(course).text.read_bytes(), tiny(course).ipynb.read_bytes()]
    assert main(["sync"], course) == 1
    assert "both edited (first difference: cell 2, 'x = 5' in the text)" in capsys.readouterr().out
    assert files == [tiny(course).text.read_bytes(), tiny(course).ipynb.read_bytes()]


def test_a_text_made_from_the_notebook_reads_back_as_the_same_cells(course):
    tiny(course).text.unlink()
    assert main(["sync"], course) == 0
    assert main(["check"], course) == 0


def test_a_cell_that_raises_keeps_the_old_outputs(course, capsys):
    edit_text(course, "x**2", "x / 0")
    assert main(["run"], course) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert read_notebook(tiny(course).ipynb).cells[1].outputs[0].text == "x is 3\n"


def test_an_unknown_name_lists_the_notebooks(course, capsys):
    assert main(["check", "99"], course) == 2
    assert "choose from 00_tiny" in capsys.readouterr().out


def test_repeated_runs_give_the_same_bytes_but_for_a_random_number(course, capsys):
    edit_text(course, "x**2", "__import__('os').urandom(4).hex()")
    assert main(["sync"], course) == 0
    assert main(["check", "--repeat", "2", "00"], course) == 1
    printed = capsys.readouterr().out
    assert "Run 2 differs from run 1 in cells [3]." in printed  # not in 2 and 4, a picture
    assert "gave the same bytes" not in printed


def test_a_notebook_of_one_s_own_is_left_alone(course):
    (course / "notebooks" / "Untitled.ipynb").write_text("{}")
    assert [pair.name for pair in find_pairs(course, [])] == ["00_tiny"]


def test_a_notebook_that_hangs_is_ended_with_its_kernel(tmp_path):
    hangs = new_notebook(cells=[new_code_cell("while True: pass")])
    deadline, before = Deadline(20), set(below(os.getpid()))
    with pytest.raises(NotebookFailed, match="stopped after 6 s"):
        execute(hangs, tmp_path, notebook_seconds=6)
    assert not deadline.over()
    left = set(below(os.getpid())) - before
    assert not [child for child in left if "python" in child.name()]


def test_every_kernel_has_the_same_surroundings(tmp_path, monkeypatch):
    for name in ("DEVICE", "DATA", "SCORES", "THREADS"):
        monkeypatch.setenv(f"COURSE_{name}", "mine")
    for name in ("MPLBACKEND", "IPYTHONDIR", "PYTHONWARNINGS"):
        monkeypatch.setenv(name, "mine")
    assert "mine" not in kernel_env(tmp_path).values()
    assert list(Path(kernel_env(tmp_path)["COURSE_DATA"]).iterdir()) == []


def test_check_refuses_difference_dead_links_missing_alt_text_and_much_ignored(course):
    nb = read_notebook(tiny(course).ipynb)
    nb.cells[0].source += "\n\n![](picture.png) [web](https://a.b/c) [self](00_tiny.ipynb#x)"
    nb.cells[2].metadata["tags"] = ["nbval-ignore-output"]
    write_notebook(nb, tiny(course).ipynb)
    assert "The text and the .ipynb differ" in problems(tiny(course), None)[0]
    tiny(course).text.unlink()
    assert main(["sync"], course) == 0
    found = " ".join(problems(tiny(course), {"seconds": MOST_SECONDS + 1, "cores": 2}))
    assert "no alternative text" in found
    assert "33% of the code cells" in found
    assert found.count("There is a link to") == 1
    assert "a link to picture.png, which does not exist" in found
    assert "61 s; 60 s are allowed" in found


def test_check_refuses_what_is_not_in_normal_form(course):
    nb = read_notebook(tiny(course).ipynb)
    nb.metadata["widgets"] = {}
    write_notebook(nb, tiny(course).ipynb)
    assert "not in normal form" in problems(tiny(course), None)[0]


def test_check_refuses_an_old_table_of_contents(course, capsys):
    readme = course / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("[Tiny]", "[Old]"))
    assert main(["check"], course) == 1
    assert "README.md is old" in capsys.readouterr().out
    assert main(["sync"], course) == 0
    assert main(["check"], course) == 0


def test_normalising_twice_is_normalising_once(course):
    nb = normalise(read_notebook(tiny(course).ipynb))
    assert normalise(nb) == nb


def test_a_heading_that_is_one_word_and_a_question_mark_stays_a_heading(tmp_path):
    path = tmp_path / "00_a.py"
    path.write_text("# %% [markdown]\n# # Questions?\n", encoding="utf-8")
    nb = read_text(path)
    assert nb.cells[0].source == "# Questions?"
    write_text(nb, path)
    assert path.read_text(encoding="utf-8").endswith("# # Questions?\n")


def test_to_read_a_notebook_builds_no_grammars():
    """jsonschema 4.25 and later do, for 1.6 s in every process: see requirements.txt."""
    code = "import sys, nbformat; print('lark' in sys.modules, 'rfc3987_syntax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
