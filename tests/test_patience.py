"""Time limits follow the machine, and nothing else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_lib.checks.student import check
from course_lib.ground import patience as module
from course_lib.ground.patience import Deadline, NoPatience, pace, patience

ROOT = Path(__file__).resolve().parents[1]
NONSENSE = ["abc", "0", "-1", "nan", "inf", "4x"]


@pytest.fixture
def machine(monkeypatch):
    """A machine whose pace and clock are set by hand: [pace, seconds]."""
    monkeypatch.delenv("COURSE_PATIENCE", raising=False)
    now = [1.0, 0.0]
    monkeypatch.setattr(module, "_measured", [])
    monkeypatch.setattr(module, "pace", lambda: module.Pace(now[0], 1.0))
    monkeypatch.setattr(module.time, "monotonic", lambda: now[1])
    return now


def test_nothing_is_ever_faster_than_a_quiet_machine():
    assert all(1 <= factor <= module.MOST for factor in pace())


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="it needs one core for all")
def test_other_programs_on_the_machine_make_it_patient():
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usual)})
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        while not all(seconds(loop) for loop in loops):
            time.sleep(0.02)
        wall, cpu = pace()
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
        os.sched_setaffinity(0, usual)
    assert wall > 2 * cpu


def seconds(process: subprocess.Popen) -> int:
    """A process's time on the processor, in hundredths of a second."""
    return int(Path(f"/proc/{process.pid}/stat").read_text().rsplit(")")[-1].split()[11])


def test_the_machine_is_looked_at_again_and_the_worst_counts(machine):
    seen = []
    for pace_now, seconds_now in [(2.0, 0), (5.0, 10), (5.0, 40), (1.0, 80)]:
        machine[:] = pace_now, seconds_now
        seen.append(patience())
    assert seen == [2.0, 2.0, 5.0, 5.0]


def test_a_deadline_is_longer_when_the_machine_turns_slow_before_it_is_over(machine):
    deadline = Deadline(10)
    machine[:] = 3.0, 9.0
    assert not deadline.over()
    machine[1] = 29.0
    assert not deadline.over()
    machine[1] = 31.0
    assert deadline.over()


def test_the_variable_is_an_override_and_empty_it_is_none(machine, monkeypatch):
    machine[0] = 2.0
    monkeypatch.setenv("COURSE_PATIENCE", "4.5")
    assert patience() == 4.5
    monkeypatch.setenv("COURSE_PATIENCE", " ")
    assert patience() == 2.0


@pytest.mark.parametrize("wish", NONSENSE)
def test_what_is_no_number_gets_a_sentence(wish, monkeypatch):
    monkeypatch.setenv("COURSE_PATIENCE", wish)
    with pytest.raises(NoPatience, match=rf"COURSE_PATIENCE is '{wish}': set it to a number"):
        patience()


def test_a_student_whose_variable_is_nonsense_is_told_so(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COURSE_PATIENCE", "abc")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    check("00.2", lambda query, support, labels: 0)
    assert "COURSE_PATIENCE is 'abc'" in capsys.readouterr().out


def test_importing_the_checks_asks_for_no_patience():
    code = "import course_lib.checks.judging, course_lib.press.notebooks.execute"
    environment = os.environ | {"COURSE_PATIENCE": "abc"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


@pytest.mark.parametrize(
    "command",
    [
        ["course_lib", "notebooks", "check", "--repeat", "1", "00"],
        ["course_lib", "exercises", "verify", "00.1"],
        ["pytest", "--collect-only", "-q", "tests/test_rooms.py"],
    ],
    ids=lambda command: command[-1],
)
def test_a_command_answers_nonsense_with_a_sentence(command):
    environment = os.environ | {"COURSE_PATIENCE": "abc"}
    ran = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ran.returncode not in (0, 1)
    assert "COURSE_PATIENCE is 'abc': set it to a number" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_process_that_a_test_starts_can_be_interrupted_however_the_run_was_started():
    code = "import signal; print(*(signal.getsignal(s) for s in (signal.SIGINT, signal.SIGHUP)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"{signal.SIG_IGN!r}" not in ran.stdout
