"""The doctor: one JSON object, a plain verdict, and a report even where torch is missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.__main__ import COMMANDS, main
from course_lib.press import doctor

ROOT = Path(__file__).resolve().parents[1]


def call(*arguments: str, python: str = sys.executable, **env: str):
    """`python -m course_lib doctor` in a process of its own."""
    return subprocess.run(
        [python, "-m", "course_lib", "doctor", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def found() -> dict:
    """What the doctor finds here."""
    ran = call("--json", COURSE_DEVICE="cpu", COURSE_THREADS="1")
    assert ran.stderr == ""
    return json.loads(ran.stdout)  # fails if anything else was printed


def test_this_machine_is_ready(found):
    assert found["problems"] == []
    assert found["ok"] is True


def test_the_json_names_device_python_and_versions(found):
    assert found["device"] == "cpu"
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["threads"] == 1
    assert found["versions"]["numpy"].startswith("2.")
    assert found["python_supported"] is True
    assert found["torch_build"] == "cpu" or found["torch_build"].startswith("cu")
    assert found["learn2learn"] in (None, "0.2.0")
    assert all(isinstance(note, str) for note in found["notes"])


def test_both_widget_front_ends_are_found_and_in_step(found):
    assert found["widgets"]["anywidget"] == found["versions"]["anywidget"]
    assert found["widgets"]["jupyterlab-widgets"]


def test_the_report_for_people_ends_with_a_verdict():
    text = doctor.as_text(doctor.examine())
    assert text.splitlines()[-1] == "Ready: `python3 start.py` opens the course."


def test_a_bare_python_gets_a_report_that_names_what_is_missing():
    """-I and -S: a Python without site-packages, as on a machine where nothing is installed."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from course_lib.__main__ import main; "
        "sys.exit(main(['doctor', '--json']))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    assert ran.returncode == 1
    report = json.loads(ran.stdout)
    assert report["ok"] is False
    assert report["device"] == "none"
    assert "Not installed: torch, numpy" in report["problems"][0]
    assert "start.py setup" in report["problems"][0]


def test_a_python_outside_the_environment_is_a_problem(tmp_path, monkeypatch):
    """A .venv whose Python is the system's: what a set-up that was killed could leave."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys._base_executable)
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    problems: list[str] = []
    doctor._prefix(problems)
    assert "is no environment of its own" in problems[0]
    assert "start.py setup" in problems[0]


def test_a_torch_that_does_not_load_is_a_problem_and_no_crash(tmp_path):
    (tmp_path / "torch.py").write_text("raise OSError('libgomp.so.1: cannot open')")
    ran = call("--json", PYTHONPATH=str(tmp_path))
    report = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert any("torch does not load (libgomp" in problem for problem in report["problems"])


def test_a_wrong_wish_is_a_problem_that_says_what_to_set():
    ran = call(COURSE_DEVICE="toaster", COURSE_DATA=os.devnull + "/nowhere")
    assert ran.returncode == 1
    assert "Problem: COURSE_DEVICE is 'toaster': set it to" in ran.stdout
    assert "is no folder: correct it or unset it" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "Not ready: 2 problems, see above."


def test_a_front_end_that_shadows_the_right_one_is_a_problem(tmp_path):
    folder = tmp_path / "labextensions" / "anywidget"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "anywidget", "version": "0.1.0"}')
    report = json.loads(call("--json", JUPYTER_PATH=str(tmp_path)).stdout)
    assert report["widgets"]["anywidget"] is None
    assert any(f"remove {folder.resolve()}" in problem for problem in report["problems"])


def test_a_front_end_of_another_version_is_a_problem(monkeypatch):
    version = doctor._version
    monkeypatch.setattr(
        doctor, "_version", lambda name: "2.0.0" if name == "jupyterlab-widgets" else version(name)
    )
    problems: list[str] = []
    assert doctor._widgets(problems)["jupyterlab-widgets"] is None
    assert "which do not belong together" in problems[0]


def test_a_kernel_whose_python_is_gone_is_a_problem(tmp_path, monkeypatch):
    folder = tmp_path / "kernels" / "learning-to-learn"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["/nowhere/python"]}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    problems: list[str] = []
    doctor._kernel(problems, [])
    assert "starts /nowhere/python, which is gone" in problems[0]


def test_other_versions_than_the_locked_ones_are_noted_not_refused(monkeypatch):
    version = doctor._version
    monkeypatch.setattr(
        doctor, "_version", lambda name: "2.11.0" if name == "torch" else version(name)
    )
    problems: list[str] = []
    notes: list[str] = []
    doctor._versions(problems, notes)
    assert problems == []
    assert notes == [
        "torch is 2.11.0, not the 2.13.0 the course was tested with: last digits may differ."
    ]


def test_missing_data_and_learn2learn_are_notes(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    version = doctor._version
    monkeypatch.setattr(
        doctor, "_version", lambda name: None if name == "learn2learn" else version(name)
    )
    report = doctor.examine()
    assert report["problems"] == []
    assert report["data"] == {"omniglot": None}
    assert report["learn2learn"] is None
    assert any("own glyphs" in note for note in report["notes"])
    assert any("learn2learn is not installed" in note for note in report["notes"])


def test_omniglot_is_found_where_the_tasks_look_for_it(monkeypatch, tmp_path):
    from course_lib.tasks import omniglot

    (tmp_path / omniglot.FILE).parent.mkdir()
    (tmp_path / omniglot.FILE).touch()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert doctor._data([], []) == {"omniglot": str(omniglot.find())}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_of_the_package_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_an_unknown_command_is_told_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["dance"])
    assert stopped.value.code == 2
    assert "invalid choice: 'dance'" in capsys.readouterr().err
