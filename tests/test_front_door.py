"""start.py says what to do, survives an interrupt, and every door leads to the same versions."""

import importlib.metadata as metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
FILES = ("start.py", "requirements.txt", "constraints.lock", "pyproject.toml")
slow = pytest.mark.skipif(
    os.environ.get("COURSE_SLOW") != "1",
    reason="installs everything anew, which takes minutes: set COURSE_SLOW=1",
)

# Stands in for the Python in .venv: answers `--version` and `-c`, and plays a pip that is given.
FAKE_PYTHON = """#!/bin/sh
case "$*" in
  --version) echo "Python 3.11.0" ;;
  "-m pip"*) echo "$*" >> "$0.calls"; {pip} ;;
esac
"""


@pytest.fixture
def door(tmp_path):
    """start.py as a module, in a folder of its own whose name holds a space."""
    folder = tmp_path / "my course"
    folder.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    spec = importlib.util.spec_from_file_location("start", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fake_venv(door, pip="true"):
    """A .venv whose Python only pretends; returns the file with the calls of pip."""
    door.PYTHON.parent.mkdir(parents=True, exist_ok=True)
    (door.VENV / "lib/python3.11/site-packages").mkdir(parents=True, exist_ok=True)
    door.PYTHON.write_text(FAKE_PYTHON.format(pip=pip))
    door.PYTHON.chmod(0o755)
    return Path(f"{door.PYTHON}.calls")


def sentence(door, capsys, *arguments):
    """What start.py says when it stops; one line, and the exit status is 1."""
    assert door.main(list(arguments)) == 1
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert said.startswith("start.py: ")
    return said


def test_what_start_py_calls_may_keep_its_compiled_files(door, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"} & door._env().keys()


# --- One sentence that says what to do ------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 8), (3, 9), (3, 13)])
def test_a_wrong_python_is_told_which_one_to_get(door, monkeypatch, version):
    monkeypatch.setattr(door.shutil, "which", lambda name: None)
    with pytest.raises(door.Stop, match=rf"This is Python {version[0]}\.{version[1]}, .*3\.12"):
        door.check_python(version)


def test_a_wrong_python_is_told_of_the_right_one_beside_it(door, monkeypatch):
    monkeypatch.setattr(door, "_succeeds", lambda command: command[0] == "python3.11")
    monkeypatch.setattr(door.shutil, "which", lambda name: name)
    with pytest.raises(door.Stop, match=r"call `python3\.11 start\.py`"):
        door.check_python((3, 9))


@pytest.mark.parametrize("version", [(3, 10), (3, 11), (3, 12)])
def test_a_right_python_passes(door, version):
    door.check_python(version)


@pytest.mark.parametrize("minor", [8, 9])
def test_old_pythons_can_read_start_py(minor):
    import ast

    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, minor))


def test_a_python_without_venv_is_told_what_to_install(door, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as in Debian without python3-venv
    with pytest.raises(door.Stop, match=r"sudo apt install python3\.\d+-venv"):
        door.check_venv_module()


def test_a_small_disk_is_told_of_before_anything_is_installed(door, capsys, monkeypatch):
    calls = fake_venv(door)
    monkeypatch.setattr(door.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 8, 1))
    assert "needs 4 GB: make room" in sentence(door, capsys, "setup")
    assert not calls.exists()


def test_a_disk_that_fills_up_on_the_way_is_told_of(door, capsys):
    fake_venv(door, "echo 'OSError: [Errno 28] No space left on device'; exit 1")
    assert "disk is full" in sentence(door, capsys, "setup")
    assert not door.STAMP.exists()


def test_a_full_disk_met_by_start_py_itself_is_told_of(door, capsys, monkeypatch):
    def full(self, *arguments, **options):
        raise OSError(door.errno.ENOSPC, "No space left on device")

    fake_venv(door)
    monkeypatch.setattr(Path, "write_text", full)
    assert "disk is full" in sentence(door, capsys, "setup")


def test_a_read_only_folder_is_told_of(door, capsys, monkeypatch):
    def read_only(self, *arguments, **options):
        raise OSError(door.errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)
    assert "cannot be written: copy the course" in sentence(door, capsys, "setup")


def test_no_network_is_told_of(door, capsys, monkeypatch):
    """A real pip, sent to a port where nobody listens."""
    door.PYTHON.parent.mkdir(parents=True)
    door.PYTHON.symlink_to(sys.executable)
    (door.VENV / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix) / 'bin'}\n")
    site = door.VENV / f"lib/python3.{sys.version_info[1]}/site-packages"
    site.mkdir(parents=True)
    (site / "pip").symlink_to(metadata.distribution("pip").locate_file("pip"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    assert "check the network" in sentence(door, capsys, "setup")
    assert not door.STAMP.exists()


def test_a_missing_build_is_told_of(door, capsys):
    fake_venv(door, "echo 'ERROR: No matching distribution found for torch==2.13.0'; exit 1")
    assert "There is no torch==2.13.0 for this machine" in sentence(door, capsys, "setup")


def test_any_other_failure_points_at_the_log(door, capsys):
    fake_venv(door, "echo 'something new went wrong'; exit 1")
    said = sentence(door, capsys, "setup")
    assert "install.log" in said
    assert "something new went wrong" in door.LOG.read_text()


def test_a_taken_port_is_told_of_at_once(door, capsys):
    with door.socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken" in sentence(door, capsys, "lab", "--port", str(port))
    assert not door.VENV.exists()


def test_without_a_compiler_only_learn2learn_is_left_out(door, capsys):
    calls = fake_venv(
        door, 'case "$*" in *requirements-learn2learn*) echo "No such file: \'gcc\'"; exit 1;; esac'
    )
    assert door.main(["setup"]) == 0
    assert "install a C compiler" in capsys.readouterr().out
    assert door._read_stamp()["without"] == ["learn2learn"]
    before = len(calls.read_text().splitlines())
    assert before == 4  # pip itself, the packages, learn2learn, course_lib
    door.set_up()  # opening the course does not try again …
    assert len(calls.read_text().splitlines()) == before
    assert door.main(["setup"]) == 0  # … asking for a set-up does
    assert len(calls.read_text().splitlines()) == 2 * before


# --- Interrupted, called again --------------------------------------------------------------------


def test_an_interrupt_leaves_no_stamp_and_the_next_call_finishes(door):
    fake_venv(door, "echo 'Collecting torch==2.13.0'; sleep 30")
    process = subprocess.Popen(
        [sys.executable, str(door.ROOT / "start.py"), "setup"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while "Collecting" not in (door.LOG.read_text() if door.LOG.exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: to start.py and to pip
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted; call the same command again" in said
    assert "Traceback" not in said
    assert not door.STAMP.exists()

    calls = fake_venv(door)
    assert door.main(["setup"]) == 0
    assert door.STAMP.exists()
    assert len(calls.read_text().splitlines()) >= 4


def test_a_second_call_installs_nothing_until_the_lock_changes(door):
    calls = fake_venv(door)
    door.set_up()
    once = calls.read_text()
    door.set_up()
    assert calls.read_text() == once
    lock = door.ROOT / "constraints.lock"
    lock.write_text(lock.read_text().replace("tqdm==", "tqdm==1.", 1))
    door.set_up()
    assert calls.read_text() == once * 2


def test_what_pip_left_half_done_is_removed_before_the_next_try(door):
    fake_venv(door)
    site = door.VENV / "lib/python3.11/site-packages"
    for name in ("whole-1.0.dist-info", "half-1.0.dist-info", "~ld"):
        (site / name).mkdir()
    (site / "whole-1.0.dist-info" / "RECORD").touch()
    door.set_up()
    assert [path.name for path in site.iterdir()] == ["whole-1.0.dist-info"]


def test_a_half_made_venv_is_made_anew(door, monkeypatch):
    door.PYTHON.parent.mkdir(parents=True)
    door.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    door.PYTHON.chmod(0o755)
    made = []
    monkeypatch.setattr(door, "check_python", lambda: None)
    monkeypatch.setattr(door, "run", lambda what, command: made.append(command) or fake_venv(door))
    monkeypatch.setattr(door, "pip", lambda what, arguments: None)
    door.set_up()
    assert made[0] == [sys.executable, "-m", "venv", "--clear", str(door.VENV)]


def test_progress_counts_what_pip_installs(door):
    fake_venv(door)
    progress = door.Progress("packages")
    progress.take("Collecting numpy==1.26.4 (from -r requirements.txt (line 8))")
    assert progress.line() == "[  1] finding numpy"
    progress.take("Downloading numpy-1.26.4-cp311-cp311-linux_x86_64.whl (18.3 MB)")
    progress.take("Progress 9100000 of 18300000")
    assert progress.line() == "[  1] downloading numpy: 9 of 18 MB"
    progress.take("Installing collected packages: numpy, scipy, torch")
    assert progress.line() == "[  1/3] numpy"
    (door.VENV / "lib/python3.11/site-packages/numpy-1.26.4.dist-info").mkdir()
    assert progress.line() == "[  2/3] scipy"


# --- `start.py test` ------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["ruff", "pytest", None])
def test_every_step_runs_and_any_failure_counts(door, capfd, monkeypatch, broken):
    report = '<testsuite tests="5" failures="{}" errors="0" skipped="1"/>'
    xml = report.format(1 if broken == "pytest" else 0)
    door.COURSE.mkdir()
    door.PYTHON.parent.mkdir(parents=True)
    script = (
        f"#!/bin/sh\necho ran $2\n[ $2 = pytest ] && echo '{xml}' > '{door.COURSE}/tests.xml'\n"
    )
    door.PYTHON.write_text(script + f"[ $2 != {broken} ]\n")
    door.PYTHON.chmod(0o755)
    monkeypatch.setattr(door, "set_up", lambda: None)
    monkeypatch.setattr(door, "_find_chromium", lambda: None)
    status = door.main(["test"])
    lines = capfd.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("ran")] == [
        "ran ruff",
        "ran ruff",
        "ran pytest",
    ]
    passed, failed = {"ruff": (4, 2), "pytest": (5, 1), None: (6, 0)}[broken]
    assert lines[-1] == f"{passed} passed, {failed} failed, 1 skipped"
    assert status == (1 if broken else 0)


def test_a_pytest_that_dies_counts_as_failed(door, capfd, monkeypatch):
    door.COURSE.mkdir()
    door.PYTHON.parent.mkdir(parents=True)
    door.PYTHON.write_text("#!/bin/sh\n[ $2 != pytest ]\n")
    door.PYTHON.chmod(0o755)
    monkeypatch.setattr(door, "set_up", lambda: None)
    monkeypatch.setattr(door, "_find_chromium", lambda: None)
    assert door.main(["test"]) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "2 passed, 1 failed, 0 skipped"


def test_without_apt_it_is_said_why_the_browser_tests_will_be_skipped(door, capsys, monkeypatch):
    monkeypatch.setattr(door.sys, "platform", "linux")
    monkeypatch.setattr(door.shutil, "which", lambda name: None)
    door._find_chromium()
    assert "will be skipped: there is no chromium and no apt-get" in capsys.readouterr().out


@pytest.mark.parametrize("user", [0, 1000])
def test_chromium_is_installed_by_whoever_may(door, capsys, monkeypatch, user):
    called = []
    monkeypatch.setattr(door.sys, "platform", "linux")
    monkeypatch.setattr(door.os, "geteuid", lambda: user)
    monkeypatch.setattr(door.shutil, "which", lambda name: name == "apt-get")  # and no sudo
    monkeypatch.setattr(door, "_succeeds", lambda command: called.append(command) or True)
    door._find_chromium()
    said = capsys.readouterr().out
    if user == 0:
        assert called[0][:2] == ["apt-get", "install"]
        assert "skipped" not in said
    else:
        assert called == []
        assert "needs root: call `sudo apt-get install chromium`" in said


# --- Every door leads to the same versions --------------------------------------------------------


def lock() -> list[Requirement]:
    """The lines of constraints.lock."""
    return [Requirement(line) for line in (ROOT / "constraints.lock").read_text().splitlines()]


def wanted() -> list[Requirement]:
    """The packages that requirements.txt names."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [Requirement(line.split(" --")[0]) for line in lines if re.match(r"[a-z]", line)]


def plain(name: str) -> str:
    """A package's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_fixes_every_version_and_holds_no_address():
    for requirement in lock():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert requirement.url is None
    text = (ROOT / "constraints.lock").read_text()
    assert not re.search(r"://|^-|--|file:|@", text, flags=re.MULTILINE)


@pytest.mark.parametrize("python", ["3.10.13", "3.11.4", "3.11.7", "3.12.1"])
def test_the_lock_names_everything_that_the_requirements_name(python):
    where = {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    locked = {plain(r.name): r for r in lock() if r.marker is None or r.marker.evaluate(where)}
    for requirement in wanted():
        version = str(locked[plain(requirement.name)].specifier)[2:]
        assert requirement.specifier.contains(version), requirement


def test_what_is_installed_is_what_the_lock_says():
    """From the requirements through all that they require, in this environment."""
    locked = {plain(r.name): r for r in lock() if r.marker is None or r.marker.evaluate()}
    todo, seen = [plain(r.name) for r in wanted()], set()
    while todo:
        name = todo.pop()
        if name in seen or (name in ("learn2learn", "qpth") and not installed(name)):
            continue
        seen.add(name)
        assert metadata.version(name).split("+")[0] == str(locked[name].specifier)[2:], name
        needs = [Requirement(line) for line in metadata.requires(name) or []]
        todo += [
            plain(r.name)
            for r in needs
            if installed(r.name) and (r.marker is None or r.marker.evaluate({"extra": ""}))
        ]
    assert len(seen) > 100


def installed(name: str) -> bool:
    """Whether pip knows of a package of that name."""
    return any(metadata.distributions(name=name))


def pip_section() -> list[str]:
    """The lines that conda hands to pip, from environment.yml."""
    import yaml

    wants = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    return next(entry["pip"] for entry in wants if isinstance(entry, dict))


def test_conda_gets_its_packages_from_the_same_file():
    assert pip_section() == ["-r requirements.txt", "-e ."]
    assert "-c constraints.lock" in (ROOT / "requirements.txt").read_text().splitlines()
    assert "python=3.11" in (ROOT / "environment.yml").read_text()


@slow
@pytest.mark.timeout(1800)
def test_what_conda_hands_to_pip_installs_and_imports(tmp_path):
    """As conda does it: the pip section in a file, then `pip install -U`."""
    copy = tmp_path / "my course"
    skipped = shutil.ignore_patterns(".venv", ".git", ".course", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=skipped)
    (copy / "condaenv.txt").write_text("\n".join(pip_section()))
    python = str(tmp_path / "env/bin/python")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "pip>=23.1"], check=True)
    began = time.monotonic()
    install = [python, "-m", "pip", "install", "-q", "--no-cache-dir", "-U", "-r", "condaenv.txt"]
    subprocess.run(install, cwd=copy, check=True)
    print(f"\ninstalled in {time.monotonic() - began:.0f} s")
    code = "import anywidget, course_lib, jupyterlab, course_lib.oracle as oracle; "
    code += "course_lib.device(); oracle.learn2learn_maml()"
    subprocess.run([python, "-c", code], cwd=tmp_path, check=True)
    frozen = [python, "-m", "pip", "list", "--format=freeze"]
    output = subprocess.run(frozen, check=True, capture_output=True, text=True).stdout
    theirs = dict(line.split("==") for line in output.split())
    ours = {r.name: str(r.specifier)[2:] for r in lock() if not r.marker or r.marker.evaluate()}
    different = {
        name: version
        for name, version in theirs.items()
        if plain(name) != "learning-to-learn" and ours.get(plain(name)) != version.split("+")[0]
    }
    assert not different
