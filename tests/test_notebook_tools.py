"""The notebook tool: what sync keeps, what run stores, what check refuses; then every notebook."""

import json
import os
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.notebooks import ROOT, main
from course_lib.notebooks.contents import (
    TIMES,
    fill_time,
    filled_readme,
    headline,
    note_time,
    read_times,
    rounded_up,
    widget_ids,
)
from course_lib.notebooks.execute import NotebookFailed, Seconds, execute, kernel_env
from course_lib.notebooks.files import find_pairs, read_notebook, read_text, write_notebook
from course_lib.notebooks.normal import WIDGET_VIEW, normal_outputs, normalise
from course_lib.notebooks.pictures import grey_rms, png_difference, worst_tile
from course_lib.notebooks.rules import MOST_SECONDS, cell_problems, problems
from course_lib.notebooks.same_as import mismatch, mismatches
from course_lib.notebooks.sync import is_stale

TEXT = """\
# %% [markdown]
# # 00 · Tiny
#
# **The question.** What does a small
# notebook look like?
#
# *Running time: …*

# %%
x = 3
print("x is", x)

# %% tags=["quiet"]
x**2

# %%
import matplotlib.pyplot as plt

plt.plot([0, 1], [0, 1]);
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Path:
    """A course with one tiny notebook, executed by the tool."""
    root = tmp_path_factory.mktemp("course")
    (root / "notebooks" / "source").mkdir(parents=True)
    (root / "notebooks" / "source" / "00_tiny.py").write_text(TEXT, encoding="utf-8")
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


def test_a_notebook_that_hangs_is_ended_with_its_kernel(tmp_path):
    hangs = new_notebook(cells=[new_code_cell("while True: pass")])
    start = time.monotonic()
    with pytest.raises(NotebookFailed, match="stopped after 6 s"):
        execute(hangs, tmp_path, notebook_seconds=6)
    assert time.monotonic() - start < 20
    assert not psutil.Process(os.getpid()).children(recursive=True)


def test_every_kernel_has_the_same_surroundings(tmp_path, monkeypatch):
    for name in ("DEVICE", "DATA", "SCORES", "THREADS"):
        monkeypatch.setenv(f"COURSE_{name}", "mine")
    for name in ("MPLBACKEND", "IPYTHONDIR", "PYTHONWARNINGS"):
        monkeypatch.setenv(name, "mine")
    assert "mine" not in kernel_env(tmp_path).values()
    assert list(Path(kernel_env(tmp_path)["COURSE_DATA"]).iterdir()) == []


SPOILT = {
    "has not been executed": lambda cell: cell.update(execution_count=None),
    "has 26 lines": lambda cell: cell.update(source="x\n" * 26),
    "prints 13 lines": lambda cell: cell.outputs.append(stream("stdout", "x\n" * 13)),
    "ends in an error": lambda cell: cell.outputs.append(
        new_output("error", ename="E", evalue="v", traceback=[])
    ),
    "writes to stderr": lambda cell: cell.outputs.append(stream("stderr", "UserWarning")),
    "something of this machine": lambda cell: cell.outputs.append(stream("stdout", "/home/a/b")),
    "is empty": lambda cell: cell.update(source=" "),
}


def stream(name: str, text: str):
    """Printed text."""
    return new_output("stream", name=name, text=text)


@pytest.mark.parametrize("message", SPOILT)
def test_check_refuses_a_spoilt_cell(message):
    cell = new_code_cell("x = 3", execution_count=1)
    assert list(cell_problems(cell)) == []
    SPOILT[message](cell)
    assert any(message in problem for problem in cell_problems(cell))


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
    assert "table of contents is old" in capsys.readouterr().out
    assert main(["sync"], course) == 0
    assert main(["check"], course) == 0


def test_normal_outputs_drop_views_and_progress_and_merge_streams():
    view = {WIDGET_VIEW: {"model_id": "1"}, "text/plain": "W5 · Sines"}
    bar = {WIDGET_VIEW: {"model_id": "2"}, "text/plain": "  0%|    | 0/9 [00:00<?, ?it/s]"}
    outputs = normal_outputs(
        [
            stream("stderr", "\r 10%|█    | 1/9 [00:01<00:08,  1.0it/s]\r         \r"),
            stream("stdout", "a\n"),
            stream("stderr", "w\n"),
            stream("stdout", "b\n"),
            new_output("display_data", data=view, metadata={"image/png": {"alt": "t", "z": 1}}),
            new_output("display_data", data=bar),
        ]
    )
    assert [o.get("text") for o in outputs] == ["a\nb\n", "w\n", None]
    assert outputs[2].data == {"text/plain": "W5 · Sines"}
    assert outputs[2].metadata == {"image/png": {"alt": "t"}}


def test_normalising_twice_is_normalising_once(course):
    nb = normalise(read_notebook(tiny(course).ipynb))
    assert normalise(nb) == nb


def test_equal_cells_get_different_ids():
    nb = normalise(new_notebook(cells=[new_code_cell("x"), new_code_cell("x")]))
    assert nb.cells[1].id == nb.cells[0].id + "-2"


def test_the_running_time_is_rounded_up_and_no_part_of_the_text():
    nb = new_notebook(cells=[new_markdown_cell("# T\n\nWhy?\n\n*Running time: …*")])
    filled = fill_time(nb, {"seconds": 11, "cores": 2})
    assert "*Running time: about 15 s on 2 CPU cores.*" in filled.cells[0].source


def test_a_busy_machine_is_timed_by_its_cpu_and_noise_changes_nothing(tmp_path):
    note_time(tmp_path, "04", Seconds(wall=90.0, cpu=20.0))
    note_time(tmp_path, "05", Seconds(wall=21.0, cpu=20.0))
    times = read_times(tmp_path)
    assert [(t["seconds"], t["clock"]) for t in times.values()] == [(20, "cpu"), (21, "wall")]
    note_time(tmp_path, "05", Seconds(wall=24.0, cpu=22.0))
    assert read_times(tmp_path) == times


def test_the_question_is_the_first_sentence_that_asks():
    text = "# 04 · MAML\n\nThis is long. **Where should\nlearning start?** And why?"
    assert headline(new_notebook(cells=[new_markdown_cell(text)])) == (
        "MAML",
        "Where should learning start?",
    )


def test_widgets_are_found_by_their_cells():
    cells = [new_code_cell("W5.show()"), new_code_cell("W6.show(steps=3)"), new_code_cell("W5")]
    assert widget_ids(new_notebook(cells=cells)) == ["W5", "W6"]


def png(draw) -> str:
    """A small plot as base64 text."""
    import base64
    import io

    from matplotlib.figure import Figure

    figure, buffer = Figure(figsize=(6.4, 4.8)), io.BytesIO()
    draw(figure.subplots())
    figure.savefig(buffer)
    return base64.b64encode(buffer.getvalue()).decode()


X = [k / 50 for k in range(51)]


def test_a_moved_curve_is_told_from_a_trembling_one():
    square = png(lambda ax: ax.plot(X, [x**2 for x in X]))
    assert png_difference(square, square) == ""
    assert png_difference(square, png(lambda ax: ax.plot(X, [x**2 + 2e-4 for x in X]))) == ""
    moved = png_difference(square, png(lambda ax: ax.plot(X, [x**1.9 for x in X])))
    assert "grey RMS" in moved


def test_one_digit_in_a_picture_is_seen():
    one, other = (png(lambda ax, t=t: ax.set_title(t)) for t in ("loss 0.38", "loss 0.39"))
    assert "in one place" in png_difference(one, other)


def test_pictures_of_other_sizes_differ():
    from PIL import Image

    grey = Image.new("L", (8, 8), 100), Image.new("L", (8, 8), 110)
    assert grey_rms(*grey) == 10
    assert worst_tile(*grey) == 10


LIBRARY = "course_lib.notebooks.contents.rounded_up"
COPY = '''\
@anything
def rounded_up(seconds):
    """Other words."""
    return f"{5 * math.ceil(seconds / 5)} s"'''


def test_same_as_looks_through_docstrings_annotations_and_decorators():
    assert mismatch(COPY, LIBRARY) == ""


def test_same_as_shows_both_when_the_code_differs():
    message = mismatch(COPY.replace("/ 5", "/ 6"), LIBRARY)
    assert "-    return f'{5 * math.ceil(seconds / 5)} s'" in message
    assert "+    return f'{5 * math.ceil(seconds / 6)} s'" in message


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("course_lib.nowhere.f", "there is no module course_lib.nowhere"),
        ("course_lib.notebooks.contents.f", "contents does not define f"),
        ("course_lib.notebooks.contents.fill_time", "the notebook's cell does not define"),
    ],
)
def test_same_as_names_what_is_missing(target, reason):
    assert reason in mismatch(COPY, target)


NOTEBOOKS = find_pairs(ROOT, [])


@pytest.mark.parametrize("pair", NOTEBOOKS, ids=lambda pair: pair.name)
def test_every_notebook_is_finished(pair):
    assert problems(pair, read_times(ROOT).get(pair.name)) == []


def test_the_table_of_contents_is_up_to_date():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == filled_readme(ROOT, NOTEBOOKS)


@pytest.mark.parametrize("pair", NOTEBOOKS, ids=lambda pair: pair.name)
def test_the_mathematics_typed_in_a_notebook_is_the_library_s(pair):
    assert mismatches(read_text(pair.text)) == []
