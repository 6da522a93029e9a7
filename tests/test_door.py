"""Whatever stands on a command line or in the environment: a sentence and an exit status."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.__main__ import main
from course_lib.checks import progress
from course_lib.ground import door, settings
from course_lib.ground.patience import patience
from course_lib.press import train as recipes
from course_lib.tasks import characters, miniimagenet, omniglot
from course_lib.widgets import scores
from course_lib.widgets.bets import ledger
from course_lib.widgets.quiz import kept

ROOT = Path(__file__).resolve().parents[1]
VALUES = [
    "",
    "abc",
    "0",
    "-1",
    "1.5",
    "nan",
    "A FOLDER",
    "A FILE",
    "TOO LONG",
    "A LOOP",
    "~no_such_user",
]
ENVIRONMENT = ["COURSE_DEVICE", "COURSE_THREADS", "COURSE_DATA", "COURSE_CACHE", "COURSE_SCORES",
               "COURSE_PROGRESS", "COURSE_PATIENCE", "COURSE_BETS", "COURSE_SELFTEST"]  # fmt: skip


def meant(value: str, folder: Path) -> str:
    """The value that a word in capitals stands for."""
    (folder / "folder").mkdir(exist_ok=True)
    (folder / "file").write_text("not what you think")
    loop = folder / "loop"
    if not loop.is_symlink():
        loop.symlink_to(loop)
    special = {"A FOLDER": folder / "folder", "A FILE": folder / "file", "A LOOP": loop / "in it"}
    return "x" * 5000 if value == "TOO LONG" else str(special.get(value, value))


def status(*argv: str) -> int:
    """The exit status of a command. What it raises fails the test."""
    try:
        return main(list(argv))
    except SystemExit as end:
        return end.code


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Nothing that a command writes lands in the course."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


def told(capsys) -> str:
    """What a person saw last; a traceback is none of it."""
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return (err + out).strip()


OPTIONS = [
    ("train", "VALUE"),
    ("train", "sinusoid-maml", "--iterations", "VALUE"),
    ("reproduce", "VALUE"),
    ("reproduce", "sinusoids", "--only", "VALUE"),
    ("reproduce", "mdps", "--rerun", "--only", "VALUE"),
    ("reproduce", "sinusoids", "--rerun", "--only", "VALUE"),
    ("reproduce", "fewshot", "--rerun", "--only", "VALUE"),
    ("reproduce", "bandits", "--rerun", "--only", "VALUE"),
    ("data", "VALUE"),
    ("data", "omniglot", "--from", "VALUE"),
    ("doctor", "VALUE"),
    ("notebooks", "VALUE"),
    ("notebooks", "check", "x", "--repeat", "VALUE"),
    ("slides", "VALUE"),
    ("slides", "build", "x/VALUE/nothing"),
    ("exercises", "VALUE"),
    ("exercises", "verify", "VALUE"),
    ("exercises", "grade", "VALUE", "--csv", "out.csv"),
    ("exercises", "grade", "class", "--csv", "VALUE"),
    ("exercises", "grade", "class", "--csv", "out.csv", "--summary", "VALUE"),
    ("exercises", "grade", "class", "--csv", "out.csv", "--review", "VALUE"),
    ("exercises", "grade", "class", "--csv", "out.csv", "--notebooks", "VALUE"),
    ("exercises", "grade", "none", "--csv", "out.csv", "--seconds", "VALUE"),
    ("exercises", "grade", "none", "--csv", "out.csv", "--memory", "VALUE"),
    ("exercises", "grade", "none", "--csv", "out.csv", "--jobs", "VALUE"),
    ("VALUE",),
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("argv", OPTIONS, ids=" ".join)
def test_every_value_of_every_option_gets_a_sentence(argv, value, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("course_lib.training.loop.SAVE_EVERY", 1e9)
    (tmp_path / "class" / "a student").mkdir(parents=True)
    asked = [part.replace("VALUE", meant(value, tmp_path)) for part in argv]
    allowed = {1, 2} if argv[-1] == "VALUE" or argv[0] == "slides" else {2}
    if argv[-2:] == ("--csv", "VALUE") or {"--summary", "--review"} & {*argv}:
        allowed = {0, 2}  # abc is a name like any other
    assert status(*asked) in allowed
    assert told(capsys) or 0 in allowed


@pytest.mark.parametrize("names", [[""], ["abc"], ["-1"], ["A FOLDER"], ["04", ""]])
@pytest.mark.parametrize("command", ["sync", "run", "check"])
@pytest.mark.parametrize("tool", ["notebooks", "slides"])
def test_a_name_that_is_none_touches_no_notebook(tool, command, names, tmp_path, capsys):
    before = {p: p.stat().st_mtime_ns for p in (ROOT / tool).glob("*.ipynb")}
    asked = [meant(name, tmp_path) for name in names]
    assert status(tool, command, *asked) == 2
    assert told(capsys)
    assert {p: p.stat().st_mtime_ns for p in (ROOT / tool).glob("*.ipynb")} == before


def use_everything(tmp_path, monkeypatch) -> None:
    """What a command and a notebook do that reads the environment, each through its door."""
    monkeypatch.setattr(recipes, "UNFINISHED", tmp_path / "unfinished")
    train = lambda _: bool(recipes.run_recipe("sinusoid-maml", iterations=1, folder=tmp_path))  # noqa: E731
    game = lambda _: scores.record(5, 1, "0:0", True) or 0  # noqa: E731
    pictures = lambda _: bool(omniglot.find()) * 0  # noqa: E731
    caches = lambda _: len(str(characters.cache_folder())) * 0  # noqa: E731
    limits = lambda _: int(patience()) * 0  # noqa: E731
    made = lambda _: len(ledger.read()) * 0  # noqa: E731
    tested = lambda _: kept.read().seed * 0  # noqa: E731
    for use in (train, game, pictures, caches, limits, made, tested):
        assert door.through_the_door(use, []) in (0, 1, 2)
    progress()
    status("data")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", ENVIRONMENT)
def test_every_value_of_every_variable_gets_a_sentence(name, value, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(name, meant(value, tmp_path))
    use_everything(tmp_path, monkeypatch)
    seen = " ".join(told(capsys).split())
    seen = seen.replace(miniimagenet.WHAT_TO_GET, "")  # it says what COURSE_DATA is for
    wrong = {
        "COURSE_DEVICE": VALUES[1:],
        "COURSE_THREADS": VALUES[1:],
        "COURSE_PATIENCE": [v for v in VALUES[1:] if v != "1.5"],
        "COURSE_DATA": [v for v in VALUES[1:] if v != "A FOLDER"],
        "COURSE_CACHE": ["A FILE", "TOO LONG", "A LOOP", "~no_such_user"],
        "COURSE_BETS": ["A FOLDER", "TOO LONG", "A LOOP", "~no_such_user"],
        "COURSE_SCORES": ["A FOLDER", "TOO LONG", "A LOOP", "~no_such_user"],
        "COURSE_SELFTEST": ["A FOLDER", "TOO LONG", "A LOOP", "~no_such_user"],
        "COURSE_PROGRESS": ["A FOLDER", "TOO LONG", "A LOOP", "~no_such_user"],
    }[name]
    assert (name in seen) == (value in wrong), seen


def test_a_file_that_nobody_may_read_gets_a_sentence(tmp_path, monkeypatch, capsys):
    locked = tmp_path / "scores.json"
    locked.write_text("{}")

    def refused(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", refused)
    monkeypatch.setenv("COURSE_SCORES", str(locked))
    assert door.through_the_door(lambda _: scores.read() and 0, []) == 1
    assert f"Permission denied ({locked}). Allow it" in told(capsys)


def test_a_full_disk_at_the_very_end_gets_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(recipes, "UNFINISHED", tmp_path / "unfinished")

    def full(*_):
        raise OSError(28, "No space left on device", "net")

    monkeypatch.setattr("course_lib.ground.files.write", full)
    assert status("train", "sinusoid-maml", "--iterations", "2", "--draft") == 1
    assert "No space left on device (net). Make room on the disk" in told(capsys)


def test_a_fault_of_the_course_keeps_its_traceback():
    for faulty in (lambda _: [][0], lambda _: int("abc"), lambda _: {}["x"]):
        with pytest.raises((IndexError, ValueError, KeyError)):
            door.through_the_door(faulty, [])


def test_the_stop_key_is_said(capsys):
    def stopped(_):
        raise KeyboardInterrupt

    assert door.through_the_door(stopped, []) == 130
    assert told(capsys) == "Stopped."


def test_a_console_without_greek_letters_shows_what_it_can():
    code = "from course_lib.ground.door import *\n"
    code += "sys.exit(through_the_door(lambda _: print('θ → φ'), []))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert ran.stderr == ""
    assert "->" in ran.stdout or "\\u2192" in ran.stdout


@pytest.mark.parametrize("text", ["", "abc", "0", "-1", "1e9", "²", "1_0_0x"])
def test_a_number_on_the_command_line_is_whole_and_large_enough(text):
    with pytest.raises(Exception, match="give a whole number from 1 up"):
        settings.whole_number(1)(text)
