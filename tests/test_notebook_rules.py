"""The parts of the notebook tool: normal form, rules for cells, pictures, copies of functions."""

import base64
import io

import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

import course_lib
from course_lib.press.notebooks.contents import (
    fill_time,
    headline,
    note_time,
    read_times,
    rounded_up,
    widget_ids,
)
from course_lib.press.notebooks.execute import Seconds
from course_lib.press.notebooks.folds import COVER
from course_lib.press.notebooks.normal import WIDGET_VIEW, normal_outputs, normalise
from course_lib.press.notebooks.pictures import grey_rms, png_difference, worst_tile
from course_lib.press.notebooks.rules import cell_problems, code_lines, told_too_early
from course_lib.press.notebooks.same_as import mismatch

SPOILT = {
    "has not been executed": lambda cell: cell.update(execution_count=None),
    "has 16 lines of code": lambda cell: cell.update(source="x\n\n" * 16),
    "prints 13 lines": lambda cell: cell.outputs.append(stream("stdout", "x\n" * 13)),
    "ends in an error": lambda cell: cell.outputs.append(
        new_output("error", ename="E", evalue="v", traceback=[])
    ),
    "writes to stderr": lambda cell: cell.outputs.append(stream("stderr", "UserWarning")),
    "something of this machine": lambda cell: cell.outputs.append(stream("stdout", "/Users/a/b")),
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


def test_a_folded_text_may_not_tell_in_the_line_that_stays_visible():
    answer = {"tags": ["answer"]}
    told = new_markdown_cell("It halves.", metadata=answer)
    covered = new_markdown_cell(f"{COVER}\n\nIt halves.", metadata=answer)
    nb = new_notebook(cells=[new_markdown_cell("Does it halve?"), told, covered])
    assert list(told_too_early(nb)) == [
        f"A folded text shows its first line: let it begin with {COVER}, not 'It halves.'."
    ]


def test_folded_code_may_not_tell_in_the_line_that_stays_visible():
    bet = new_code_cell('bet("42.a", "?", k)')
    for told in ("assert x < 1", 'outcome("42.a", 1)'):
        nb = new_notebook(cells=[bet, new_code_cell(f'{told}\noutcome("42.a", x)')])
        (problem,) = told_too_early(nb)
        assert problem == f"Folded code shows its first line: begin with another than {told!r}."
        covered = new_code_cell(f'# What must hold.\n{told}\noutcome("42.a", x)')
        assert list(told_too_early(new_notebook(cells=[bet, covered]))) == []


def test_equal_cells_get_different_ids():
    nb = normalise(new_notebook(cells=[new_code_cell("x"), new_code_cell("x")]))
    assert nb.cells[1].id == nb.cells[0].id + "-2"


def test_the_running_time_is_rounded_up_and_no_part_of_the_text():
    nb = new_notebook(cells=[new_markdown_cell("# T\n\nWhy?\n\n*Running time: …*")])
    filled = fill_time(nb, {"seconds": 11, "cores": 2})
    said = f"about 15 s on 2 CPU cores. Course version {course_lib.__version__}."
    assert f"*Running time: {said}*" in filled.cells[0].source


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


def test_a_question_in_bold_type_leaves_its_stars_behind():
    nb = new_notebook(cells=[new_markdown_cell("# 02 · Learners\n\n**What do we ask?**\n\nMore.")])
    assert headline(nb) == ("Learners", "What do we ask?")


def test_widgets_are_found_by_their_cells():
    cells = [new_code_cell("W5.show()"), new_code_cell("W6.show(steps=3)"), new_code_cell("W5")]
    assert widget_ids(new_notebook(cells=cells)) == ["W5", "W6"]


def png(draw) -> str:
    """A small plot as base64 text."""
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
    grey = Image.new("L", (8, 8), 100), Image.new("L", (8, 8), 110)
    assert grey_rms(*grey) == 10
    assert worst_tile(*grey) == 10


LIBRARY = "course_lib.press.notebooks.contents.rounded_up"
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
        ("course_lib.press.notebooks.contents.f", "contents does not define f"),
        ("course_lib.press.notebooks.contents.fill_time", "the notebook's cell does not define"),
    ],
)
def test_same_as_names_what_is_missing(target, reason):
    assert reason in mismatch(COPY, target)


def test_types_in_signatures_are_checked_in_every_test():
    with pytest.raises(TypeError, match="seconds"):
        rounded_up("ten")


def test_docstrings_and_empty_lines_are_no_code():
    source = 'def f(x):\n    """One line.\n\n    More.\n    """\n\n    return x\n\n\n# why\nf(1)\n'
    assert code_lines(source) == 4
    assert code_lines("%time x = 1\n\nx") == 2
