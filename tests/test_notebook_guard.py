"""Proves that a notebook which is wrong in any of these ways turns the test run red."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.ground.patience import patience
from course_lib.press.notebooks.execute import execute
from course_lib.press.notebooks.files import write_notebook
from course_lib.press.notebooks.normal import normalise

ROOT = Path(__file__).resolve().parents[1]

SETUP = """\
from dataclasses import dataclass
import matplotlib.pyplot as plt
from course_lib.scenes.scene import Line, Panel, Scene
from course_lib.widgets.core import Widget, slider"""
NUMBER = "print(sum(k**2 for k in range(10)))"
CURVE = """\
x = [k / 50 for k in range(51)]
fig, ax = plt.subplots()
ax.plot(x, [v**2 for v in x]);"""
UNEXECUTED = "y = 3"
WIDGET = """\
@dataclass(frozen=True)
class State:
    k: int = slider(1, 0, 2, label="k")

def draw(k):
    panel = Panel([Line([0, 1], [0, k])], xlim=(0, 1), ylim=(0, 6), frame=False)
    return Scene([[panel]], alt="a line")

Widget("W99", "Guard", State, lambda state: 6 // (3 - state.k), draw).show()"""
FILLER = [f"assert {k} == {k}" for k in range(5)]
RATE = 'print(f"right: {-48.75:5.1f} %")'  # exactly between -48.7 and -48.8
TABLE = """\
from IPython.display import HTML
HTML("<table><tr><td>9.9</td><td>3</td></tr></table>")"""
ROUNDED = [RATE, TABLE]
CELLS = [SETUP, NUMBER, CURVE, UNEXECUTED, WIDGET, *FILLER, *ROUNDED * 3]

PLANTED = {  # cell number → what the code becomes, while the stored output stays
    10: RATE.replace("-48.75", "-48.75 + 1e-9"),  # one unit, as another processor may round
    11: TABLE.replace("9.9", "10.0"),
    12: RATE.replace("-48.75", "-48.6"),  # two units
    13: TABLE.replace("3<", "4<"),  # a whole number
    14: RATE.replace("-48.75", "48.75"),  # a sign
    15: TABLE.replace("<table>", "<table border>"),  # a word
    1: NUMBER.replace("**2", "**2 + 1"),
    2: CURVE.replace("v**2", "v**1.9"),
    4: WIDGET.replace("6 // (3 -", "3 // (2 -"),  # fails at the slider's end, not before
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """`good.ipynb`, `planted.ipynb` and the project's own conftest.py, in a folder of their own."""
    folder = tmp_path_factory.mktemp("guarded")
    shutil.copy(ROOT / "conftest.py", folder)
    cells = new_notebook(cells=[new_code_cell(source) for source in CELLS])
    good = normalise(execute(cells, folder)[0])
    write_notebook(good, folder / "good.ipynb")
    planted = nbformat.from_dict(good)
    for number, source in PLANTED.items():
        planted.cells[number].source = source
    planted.cells[3].execution_count = None
    for cell in planted.cells[5:7]:
        cell.metadata["tags"] = ["nbval-ignore-output"]
    write_notebook(planted, folder / "planted.ipynb")
    return folder


@pytest.fixture(scope="module")
def report(folder) -> tuple[int, str, dict[tuple[str, str], str]]:
    """The exit status, the printed text, and each item's failure (or "") by notebook and name."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-c", str(ROOT / "pyproject.toml")]
    where = [f"--rootdir={folder}", "--junitxml=report.xml", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, *where, "good.ipynb", "planted.ipynb"],
        **{"cwd": folder, "env": environment, "capture_output": True, "text": True},
        timeout=240 * patience(),
    )
    cases = ElementTree.parse(folder / "report.xml").iter("testcase")
    items = {
        (case.get("classname"), case.get("name")): case.findtext("failure", "") for case in cases
    }
    return done.returncode, done.stdout, items


@pytest.fixture
def failures(report) -> dict[str, str]:
    """What the run says about the planted notebook, by item."""
    return {name: text for (notebook, name), text in report[2].items() if "planted" in notebook}


def test_every_cell_of_a_good_notebook_is_green(report):
    good = {name: text for (notebook, name), text in report[2].items() if "good" in notebook}
    assert len(good) == len(CELLS) + 1, report[1]
    assert not any(good.values())


def test_each_planted_mistake_turns_the_run_red_and_nothing_else_does(report, failures):
    red = {name for name, text in failures.items() if text}
    rounded = {"Cell 12", "Cell 13", "Cell 14", "Cell 15"}
    assert red == {"Cell 1", "Cell 2", "Cell 3", *rounded, "the whole notebook"}
    assert report[0] == 1


def test_the_share_of_ignored_outputs_is_printed(report):
    assert f"ignored outputs: 2 of {2 * len(CELLS)} code cells (6.2%)" in report[1]


def test_a_changed_number_is_red(failures):
    assert "285" in failures["Cell 1"]
    assert "295" in failures["Cell 1"]


def test_a_last_digit_that_moves_by_one_unit_is_green(failures):
    assert failures["Cell 10"] == failures["Cell 11"] == ""


def test_a_last_digit_that_moves_by_two_units_a_count_a_sign_and_a_word_are_red(failures):
    assert "'right: -48.8' is stored, 'right: -48.6' came." in failures["Cell 12"]
    assert "</td><td>3</td>" in failures["Cell 13"]
    assert "'right: 48.8' came." in failures["Cell 14"]
    assert "<table border>" in failures["Cell 15"]


def test_a_changed_curve_is_red(failures):
    assert "The pictures differ by a grey RMS" in failures["Cell 2"]


def test_an_unexecuted_cell_is_red(failures):
    assert "This cell has no execution count" in failures["Cell 3"]


def test_a_widget_callback_that_raises_is_red(failures):
    assert "W99 fails at k = 2: ZeroDivisionError" in failures["the whole notebook"]


def test_too_many_ignored_outputs_are_red(failures):
    assert "2 of 16 code cells ignore their output" in failures["the whole notebook"]
