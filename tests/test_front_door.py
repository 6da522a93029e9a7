"""start.py says what to do, installs nowhere but into its own .venv, and goes on after any end."""

import ast
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from door_copy import ROOT, Door

from course_lib.front_door import (
    environment,
    guardian,
    installing,
    pip_settings,
    processes,
    pythons,
    saying,
    serving,
    setting_up,
    testing,
)
from course_lib.front_door.places import Places
from course_lib.front_door.progress import Progress
from course_lib.ground.patience import patience

BASE = Path(sys.base_prefix)


@pytest.fixture
def door(tmp_path) -> Iterator[Door]:
    """A copy whose folder's name holds a space and letters that not every terminal has."""
    door = Door(tmp_path / "mein Kürs 日本")
    yield door
    door.close()


@pytest.fixture
def places(tmp_path) -> Places:
    """An empty folder."""
    return Places(tmp_path)


# --- Which Python ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["start.py", "course_lib/front_door/pythons.py"])
def test_old_pythons_can_read_what_tells_them_so(name):
    text = (ROOT / name).read_text(encoding="ascii")
    for minor in (4, 6, 9):
        ast.parse(text, feature_version=(3, minor))
    assert "f'" not in text
    assert 'f"' not in text  # Python 2 and 3.5 have no such strings


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 9), (3, 15), (4, 0)])
def test_a_python_that_does_not_fit_is_told_where_to_get_one(monkeypatch, capfd, version):
    monkeypatch.setattr(pythons.sys, "version_info", (*version, 0))
    monkeypatch.setattr(pythons, "beside", lambda: None)
    assert pythons.go_elsewhere(["start.py"]) == 1
    said = capfd.readouterr().err
    assert said.startswith(f"start.py: This is Python {version[0]}.{version[1]}, but")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("system", "advice"),
    [
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "sudo apt install python3"),
        ({"ID": "fedora"}, "sudo dnf install python3.12"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "sudo dnf install python3.12"),
        ({"ID": "opensuse-leap", "ID_LIKE": "suse opensuse"}, "sudo zypper install python312"),
        ({"ID": "arch"}, "sudo pacman -S python"),
        ({}, "python.org"),
    ],
)
def test_the_advice_is_for_this_system(system, advice):
    assert advice in pythons.how("linux", system)


def test_mac_and_windows_get_their_own_advice():
    assert "brew install" in pythons.how("darwin")
    assert "winget install" in pythons.how("win32")


def test_a_python_that_fits_and_stands_beside_is_taken(tmp_path):
    old, good = tmp_path / "old", tmp_path / "bin"
    good.mkdir()
    (good / "python3.12").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (good / "python3.12").chmod(0o755)
    old.write_text((ROOT / "start.py").read_text().replace("sys.version_info)", "(3, 9))"))
    shutil.copytree(ROOT / "course_lib" / "front_door", tmp_path / "course_lib" / "front_door")
    ran = subprocess.run(
        [sys.executable, str(old), "doctor"], env={**os.environ, "PATH": str(good)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "going on with `python3.12`." in ran.stdout


@pytest.mark.parametrize("version", pythons.PYTHONS)
def test_every_supported_python_is_named_in_pyproject(version):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">=3.10,<3.{pythons.PYTHONS[-1][1] + 1}"' in text
    assert pythons.is_supported((*version, 3))


def test_a_python_without_venv_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as in Debian without python3-venv
    with pytest.raises(saying.Stop, match=r"sudo apt install python3\.\d+-venv"):
        environment.check_venv_module()


def test_start_py_without_the_library_says_so(tmp_path):
    shutil.copy(ROOT / "start.py", tmp_path)
    ran = subprocess.run(
        [sys.executable, "start.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "course_lib is missing" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


# --- Never outside its own .venv ------------------------------------------------------------------


def test_a_link_to_the_systems_python_is_not_our_environment(places):
    """The state that a killed `python -m venv` leaves: a link, and no pyvenv.cfg."""
    places.python.parent.mkdir(parents=True)
    places.python.symlink_to(sys._base_executable)
    assert environment.own(places) is None


def test_an_environment_of_ours_is_known(places):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", places.venv], check=True)
    assert environment.own(places).version == sys.version_info[:3]


def test_another_folders_environment_is_not_ours(places, tmp_path):
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", other], check=True)
    places.python.parent.mkdir(parents=True)
    places.python.write_text(f'#!/bin/sh\nexec "{other}/bin/python" "$@"\n')
    places.python.chmod(0o755)
    assert environment.own(places) is None


def test_a_python_that_is_not_ours_is_never_given_to_an_installer(door):
    door.places.python.parent.mkdir(parents=True)
    door.places.python.symlink_to(sys._base_executable)
    assert door.call("setup").returncode == 0
    assert {Path(note["prefix"]) for note in door.installed()} == {door.places.venv}


def test_an_environment_of_somebody_else_is_kept_under_another_name(door):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", door.places.venv], check=True)
    (door.places.site_packages / "theirs.py").write_text("")
    ran = door.call("setup")
    assert ran.returncode == 0
    assert "was not made by start.py: it is now .venv.old-1" in ran.stdout
    assert list((door.root / ".venv.old-1").glob("lib/python*/site-packages/theirs.py"))


def test_a_link_to_another_projects_environment_is_taken_away_and_nothing_else(door, tmp_path):
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", other], check=True)
    door.places.venv.symlink_to(other)
    before = sorted(other.rglob("*"))
    assert door.call("setup").returncode == 0
    assert not door.places.venv.is_symlink()
    assert sorted(other.rglob("*")) == before


def test_what_start_py_calls_is_kept_inside(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for name in ("PYTHONPATH", "PIP_TARGET", "PIP_USER", "UV_SYSTEM_PYTHON", "UV_TARGET"):
        monkeypatch.setenv(name, "elsewhere")
    env = processes.environment()
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PIP_TARGET", "UV_TARGET"} & env.keys()
    assert env["PIP_REQUIRE_VIRTUALENV"] == "1"


def test_the_made_environment_names_its_final_place(places):
    environment.make(places, lambda what, command: subprocess.run(command, check=True))
    texts = [file.read_text() for file in places.venv.glob("bin/[aA]ctivate*")]
    texts.append((places.venv / "pyvenv.cfg").read_text())
    assert any(str(places.venv) in text for text in texts)
    assert not any(".venv.new" in text for text in texts)
    activate = f'. "{places.venv}/bin/activate" && python -c "import sys; print(sys.prefix)"'
    said = subprocess.run(["sh", "-c", activate], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(places.venv)


# --- One sentence that says what to do ------------------------------------------------------------

RUBBISH = {
    "a file": lambda path: path.write_text("rubbish"),
    "nothing in it": lambda path: path.write_text(""),
    "a folder": lambda path: path.mkdir(),
    "a list": lambda path: path.write_text("[]"),
    "a number": lambda path: path.write_text("7"),
    "brackets": lambda path: path.write_text("[" * 100_000),
    "bytes": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
}
STATES = [".venv", ".venv.new", ".venv.trash-1", ".course", ".course/install.log",
          ".course/setup.lock", ".course/requirements.txt", ".course/writable"]  # fmt: skip


@pytest.mark.parametrize("kind", RUBBISH)
def test_a_stamp_that_says_nothing_means_unfinished(places, kind):
    places.venv.mkdir()
    RUBBISH[kind](places.stamp)
    assert setting_up.read_stamp(places) == {}


@pytest.mark.parametrize("kind", ["a file", "a folder", "a dangling link"])
@pytest.mark.parametrize("state", STATES)
def test_whatever_lies_in_its_place_start_py_works_or_says_one_sentence(door, state, kind):
    path = door.root / state
    path.parent.mkdir(exist_ok=True)
    RUBBISH[kind](path)
    ran = door.call("setup")
    assert "Traceback" not in ran.stderr
    if ran.returncode == 0:
        assert door.is_set_up()
    else:
        assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 1)
        assert str(path.name) in ran.stderr


@pytest.mark.parametrize("value", ["", "abc", "/nowhere/at/all"])
@pytest.mark.parametrize(
    "name", ["HOME", "TMPDIR", "PATH", "VIRTUAL_ENV", "PIP_CONFIG_FILE", "UV_CACHE_DIR", "CI"]
)
def test_whatever_a_variable_holds_start_py_works_or_says_one_sentence(door, name, value):
    ran = door.call("setup", **{name: value})
    assert "Traceback" not in ran.stderr
    assert door.is_set_up() if ran.returncode == 0 else len(ran.stderr.splitlines()) == 1


def test_a_folder_that_was_moved_gets_a_new_environment(door):
    assert door.call("setup").returncode == 0
    moved = door.root.with_name("elsewhere")
    door.root.rename(moved)
    door.root, door.places = moved, Places(moved)
    assert not setting_up.is_done(door.places)
    assert door.call("setup").returncode == 0
    assert str(moved) in (door.places.venv / "bin" / "activate").read_text()
    assert door.leftovers() == []


@pytest.mark.parametrize("lost", ["requirements.txt", "constraints.lock", "pyproject.toml"])
def test_a_lost_file_of_the_course_is_brought_back_by_git(door, lost):
    assert door.call("setup").returncode == 0
    (door.root / lost).unlink()
    assert "git checkout" in door.sentence("lab", "--no-browser")


def test_a_damaged_lock_is_told_of(door):
    door.places.lock.write_text("rubbish\n")
    assert "constraints.lock is damaged" in door.sentence("setup")


@pytest.mark.parametrize("says", ["No space left on device (os error 28)", "OSError: [Errno 28]"])
def test_a_disk_that_fills_up_on_the_way_is_told_of(door, says):
    assert "disk is full" in door.sentence("setup", says={"-r": [says, 1]})
    assert not door.is_set_up()


def test_a_small_disk_is_told_of_before_anything_is_installed(places, monkeypatch):
    places.course.mkdir()
    usage = shutil._ntuple_diskusage(9, 8, 1)
    monkeypatch.setattr(setting_up.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(saying.Stop, match="needs 2 GB: make room"):
        setting_up.check_disk(places)


def test_a_folder_that_cannot_be_written_is_told_of(places):
    error = PermissionError(saying.errno.EACCES, "Permission denied", str(places.course))
    assert "cannot be written: copy the course" in saying.of_system(error, places)
    assert "cannot be written" in saying.of_system(OSError(saying.errno.EROFS, "Read-only"), places)


NO_NETWORK = {
    "pip": "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'",
    "uv": "error: Failed to fetch: `simple/uv/`\n  cause: dns error",
}


@pytest.mark.parametrize("says", NO_NETWORK.values(), ids=NO_NETWORK)
def test_no_network_is_told_of(door, says):
    assert "check the network" in door.sentence("setup", says={"install": [says, 1]})
    assert not door.is_set_up()


@pytest.mark.parametrize(
    "says",
    [
        "ERROR: No matching distribution found for torch==2.13.0",
        "  cause: Because torch==2.13.0 has no wheels with a matching platform tag (e.g., ...)",
    ],
)
def test_a_missing_build_is_told_of(door, says):
    said = door.sentence("setup", says={"-r": [says, 1]})
    assert "There is no torch==2.13.0 for this machine" in said


def test_any_other_failure_points_at_the_log(door):
    said = door.sentence("setup", says={"-r": ["something new went wrong", 1]})
    assert "install.log" in said
    assert "something new went wrong" in door.places.log.read_text()


def test_without_uv_pip_does_its_work(door):
    ran = door.call("setup", says={"uv==": ["ERROR: No matching distribution found for uv", 1]})
    assert ran.returncode == 0
    assert "uv can't be had here" in ran.stdout
    assert {note["name"] for note in door.installed()} == {"pip"}


def test_where_uv_fails_pip_tries(door):
    ran = door.call("setup", says={"uv pip install": ["error: something odd", 2]})
    assert ran.returncode == 0
    assert [n["name"] for n in door.installed() if "-r" in n["words"].split()] == ["uv", "pip"]


def test_without_a_compiler_only_learn2learn_is_left_out(door):
    broken = {"./packaging/learn2learn": ["error: command 'gcc' failed", 1]}
    ran = door.call("setup", says=broken)
    assert ran.returncode == 0
    assert "install a C compiler" in ran.stdout
    assert setting_up.read_stamp(door.places)["without"] == ["learn2learn"]
    before = len(door.installed())
    assert door.call("doctor").returncode != 0  # nothing real is installed; no set-up either
    assert len(door.installed()) == before
    assert door.call("setup").returncode == 0  # asking for a set-up tries again
    assert setting_up.read_stamp(door.places)["without"] == []


# --- Ports and words ------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["-1", "0", "70000", "99999999999999999999"])
def test_a_port_that_cannot_be_is_told_of_at_once(door, port):
    assert f"--port is {port}: choose a number" in door.sentence("lab", "--port", port)
    assert not door.places.venv.exists()


def test_a_taken_port_is_told_of_at_once(door):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} is taken" in door.sentence("lab", "--port", port)
    assert not door.places.venv.exists()


def test_a_port_kept_for_the_system_is_told_of(monkeypatch):
    class Kept(socket.socket):
        def bind(self, address):
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(serving.socket, "socket", Kept)
    with pytest.raises(saying.Stop, match="kept for the system"):
        serving.check_port(80)


def test_a_deck_keeps_its_word_so_that_open_pages_outlive_the_server(tmp_path):
    path = tmp_path / "present" / "token"
    word = serving.token(path)
    assert len(word) >= 24
    assert serving.token(path) == word
    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0, "nobody else may read it"


def test_a_deck_takes_the_first_free_port_and_the_next_one_beside_it(monkeypatch):
    monkeypatch.setattr(serving, "FIRST_PORT", 38870)
    port = serving.free_port()
    assert serving.free_port() == port, "the same one after a restart"
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert serving.free_port() > port


@pytest.mark.parametrize("words", [["lab", "foo"], ["setup", "now"], ["present", "04", "05"],
                                   ["dance"], ["--port", "abc"], ["lab", "--no-brow"]])  # fmt: skip
def test_words_that_mean_nothing_are_refused(door, words):
    ran = door.call(*words)
    assert ran.returncode == 2
    assert "start.py: error:" in ran.stderr
    assert not door.places.venv.exists()


# --- Called again ---------------------------------------------------------------------------------


def test_a_second_call_installs_nothing_until_the_lock_changes(door):
    assert door.call("setup").returncode == 0
    once = len(door.installed())
    assert setting_up.is_done(door.places)
    text = door.places.lock.read_text()
    door.places.lock.write_text(text.replace("tqdm==", "tqdm==1.", 1))
    assert not setting_up.is_done(door.places)
    assert door.call("setup").returncode == 0
    assert len(door.installed()) == 2 * once


def test_what_an_installer_left_half_done_is_removed(places):
    site = places.venv / "lib/python3.11/site-packages"
    for name in ("whole-1.0.dist-info", "half-1.0.dist-info", "~ld"):
        (site / name).mkdir(parents=True)
    (site / "whole-1.0.dist-info" / "RECORD").touch()
    installing.drop_half_installed(places)
    assert [path.name for path in site.iterdir()] == ["whole-1.0.dist-info"]


def wait_for(is_so, what: str) -> None:
    """Look until it is so; fail, with what was waited for, when even a slow machine had time."""
    deadline = time.monotonic() + 30 * patience()
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process still runs (a zombie does not)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
ENDS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"]


def ended_or_not(process: subprocess.Popen) -> str:
    """Whether a call still runs, or how it ended and what it said."""
    if process.poll() is None:
        return "still runs"
    return f"ended with {process.returncode} and said:\n{process.stdout.read()}"


def descendants(pid: int) -> list[int]:
    """Every process below this one. psutil would compare times, and a clock that is set lies."""
    children = guardian.children_of(pid)
    return children + [pid for child in children for pid in descendants(child)]


@linux
@pytest.mark.parametrize("end", ENDS)
def test_whatever_ends_it_nothing_stays_and_the_next_call_finishes(door, end):
    process = door.begin("setup", FAKE_SECONDS="30")
    log = door.places.log
    wait_for(lambda: log.exists() and "Collecting" in log.read_text(), "no installer began")
    below = descendants(process.pid)
    assert below, f"Nothing runs below start.py, which {ended_or_not(process)}."
    process.send_signal(getattr(signal, end))
    said = process.communicate(timeout=60 * patience())[0]
    wait_for(lambda: not any(map(is_alive, below)), "an installer outlived start.py")
    if end != "SIGKILL":
        assert process.returncode == 128 + getattr(signal, end)
        assert "Interrupted; call the same command again" in said
    assert "Traceback" not in said
    assert not door.is_set_up()
    assert door.call("setup").returncode == 0
    assert door.is_set_up()
    assert door.leftovers() == []


@linux
def test_two_calls_at_once_never_install_side_by_side(door):
    calls = [door.begin("setup", FAKE_SECONDS="0.3") for _ in range(3)]
    said = [call.communicate(timeout=120 * patience())[0] for call in calls]
    assert [call.returncode for call in calls] == [0, 0, 0], said
    assert sum("is setting up; waiting for it" in text for text in said) >= 1
    assert overlapping(door.installed()) == []


def overlapping(notes: list[dict]) -> list[tuple[str, str]]:
    """Pairs of installers of different steps that ran at the same time."""
    notes = sorted(notes, key=lambda note: note["began"])
    pairs = itertools.pairwise(notes)
    return [(a["words"], b["words"]) for a, b in pairs if b["began"] < a["ended"]]


def test_nohup_is_respected():
    """A signal that is ignored when start.py begins stays ignored."""
    code = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from course_lib.front_door import processes; processes.listen()\n"
        "signal.raise_signal(signal.SIGHUP); print('lives')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "lives\n"


@linux
def test_what_a_command_leaves_in_sessions_of_its_own_ends_too(tmp_path):
    """As a Jupyter server's kernels do."""
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "print(child.pid, flush=True)"
    )
    said = tmp_path / "said"
    with said.open("w") as file:
        env = processes.environment()
        status = processes.call([sys.executable, "-c", code], cwd=tmp_path, env=env, stdout=file)
    assert status == 0
    assert not is_alive(int(said.read_text()))


def test_a_command_that_a_signal_ended_says_which(tmp_path):
    code = "import os; os.kill(os.getpid(), 9)"
    env = processes.environment()
    assert processes.call([sys.executable, "-c", code], cwd=tmp_path, env=env) == 128 + 9


# --- What is shown --------------------------------------------------------------------------------


def test_progress_says_what_the_installer_is_at():
    progress = Progress("packages")
    for line, label in [
        ("Collecting numpy==1.26.4 (from -r requirements.txt (line 8))", "finding numpy"),
        ("Downloading numpy-1.26.4-cp311-cp311-linux_x86_64.whl (18.3 MB)", "downloading numpy"),
        ("Downloading torch (190.2MiB)", "downloading torch"),
        ("Building learn2learn @ file:///somewhere", "building learn2learn"),
        ("Resolved 137 packages in 1.2s", "137 packages wanted"),
        ("Installing collected packages: numpy, scipy", "installing"),
    ]:
        progress.take(line)
        assert progress.label == label


@pytest.mark.parametrize(
    "line", ["Downloading ", "Progress 1", "Building wheel", "Collecting", "\x00", "é" * 10_000]
)
def test_no_line_of_an_installer_stops_the_progress(line, tmp_path):
    progress = Progress("packages")
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        progress.read([line, "Collecting numpy\n"], log)
    assert progress.label == "finding numpy"


@linux
def test_a_log_that_cannot_be_written_stops_the_log_alone():
    progress = Progress("packages")
    with open("/dev/full", "w", encoding="utf-8", buffering=1) as full:
        progress.read(["Collecting numpy\n", "Collecting scipy\n"], full)
        assert progress.label == "finding scipy"
        assert any("No space left" in line for line in progress.tail)
        with pytest.raises(OSError, match="No space left"):  # what is still to be written
            full.close()


def test_a_terminal_that_is_gone_stops_nothing(monkeypatch):
    class Gone:
        def isatty(self):
            return True

        def write(self, text):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdout", Gone())
    progress = Progress("packages")
    progress.show(1.0)
    progress.end(2.0)
    assert not progress.visible


@pytest.mark.parametrize("columns", ["", "abc", "0", "-1", "3"])
def test_any_width_of_a_terminal_will_do(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    Progress("packages").show(1.0)


def test_a_locale_without_our_letters_stops_nothing(door):
    ran = door.call("setup", LANG="C", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ran.returncode == 0
    assert "The course is set up" in ran.stdout


# --- pip's settings, told to uv -------------------------------------------------------------------


def test_uv_looks_where_pip_was_told_to_look(tmp_path):
    (tmp_path / "wheels").mkdir()
    listing = (
        ":env:.find-links='wheels'\n"
        "global.find-links='elsewhere'\n"
        "global.index-url='https://mirror.example/simple'\n"
        "install.no-index='false'\n"
        "global.extra-index-url='https://a.example/x\\nhttps://b.example/y file:///gone'\n"
        "global.nonsense\n"
    )
    assert pip_settings.read(listing, tmp_path) == {
        "find-links": [str(tmp_path / "wheels")],
        "index-url": ["https://mirror.example/simple"],
        "extra-index-url": ["https://a.example/x", "https://b.example/y"],
    }


def test_what_uv_was_told_itself_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://more.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    found = pip_settings.as_uv(sys.executable, tmp_path, processes.environment())
    assert "UV_DEFAULT_INDEX" not in found
    assert found["UV_INDEX"] == "https://more.example/simple"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"


# --- The build of PyTorch -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gpu", "platform", "wish", "wanted"),
    [(False, "linux", None, True), (True, "linux", None, False), (False, "linux", "cu130", False),
     (False, "darwin", None, False), (False, "win32", None, False)],
)  # fmt: skip
def test_the_cpu_build_is_for_linux_without_a_gpu(monkeypatch, gpu, platform, wish, wanted):
    monkeypatch.setattr(installing, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(installing.sys, "platform", platform)
    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)
    if wish:
        monkeypatch.setenv("UV_TORCH_BACKEND", wish)
    assert installing.wants_cpu_torch() is wanted


@pytest.mark.parametrize(
    ("text", "build"),
    [("cuda: Optional[str] = None", "cpu"), ("cuda: Optional[str] = '13.0'", "cu130"),
     ("cuda = '12.6'", "cu126"), ("cuda: str | None = None", "cpu")],
)  # fmt: skip
def test_the_build_is_read_without_importing_torch(places, text, build):
    folder = places.venv / "lib/python3.11/site-packages/torch"
    folder.mkdir(parents=True)
    (folder / "version.py").write_text(f"__version__ = '2.13.0'\n{text}\nhip = None\n")
    assert installing.torch_build(places) == build


# --- `start.py test` ------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["ruff", "pytest", None])
def test_every_step_runs_and_any_failure_counts(places, capfd, monkeypatch, broken):
    failures = 1 if broken == "pytest" else 0
    xml = f'<testsuite tests="5" failures="{failures}" errors="0" skipped="1"/>'
    places.course.mkdir()
    places.python.parent.mkdir(parents=True)
    places.python.write_text(
        "#!/bin/sh\necho ran $2\n"
        f"for last; do :; done\n[ $2 = pytest ] && echo '{xml}' > \"${{last#--junitxml=}}\"\n"
        f"[ $2 != {broken} ]\n"
    )
    places.python.chmod(0o755)
    monkeypatch.setattr(testing, "set_up", lambda places: None)
    monkeypatch.setattr(testing, "find_chromium", lambda places: None)
    monkeypatch.setattr(testing, "steps", lambda: STEPS)
    status = testing.test(places)
    lines = capfd.readouterr().out.splitlines()
    ran = [line for line in lines if line.startswith("ran")]
    assert ran == ["ran ruff", "ran ruff", "ran pytest"]
    passed, failed = {"ruff": (4, 2), "pytest": (5, 1), None: (6, 0)}[broken]
    assert lines[-1] == f"{passed} passed, {failed} failed, 1 skipped"
    assert status == (1 if broken else 0)
    assert not list(places.course.glob("*.xml"))


STEPS = {"one": ["ruff", "check"], "two": ["ruff", "format"], "three": ["pytest", "tests"]}


def test_a_pytest_that_dies_counts_as_failed(places, capfd, monkeypatch):
    places.course.mkdir()
    places.python.parent.mkdir(parents=True)
    places.python.write_text("#!/bin/sh\n[ $2 != pytest ]\n")
    places.python.chmod(0o755)
    monkeypatch.setattr(testing, "set_up", lambda places: None)
    monkeypatch.setattr(testing, "find_chromium", lambda places: None)
    monkeypatch.setattr(testing, "steps", lambda: STEPS)
    assert testing.test(places) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "2 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize(("cores", "workers"), [(8, 2), (2, 2), (1, 0), (None, 0)])
def test_the_steps_are_what_the_contributors_are_told(monkeypatch, cores, workers):
    monkeypatch.setattr(testing.os, "cpu_count", lambda: cores)
    assert {arguments[0] for arguments in testing.steps().values()} >= {"ruff", "pytest"}
    shared = ["-n", str(workers), "--dist", "loadfile"] if workers else []
    assert ["pytest", *shared, "--nbval", "notebooks", "tests"] in testing.steps().values()


def test_without_apt_it_is_said_why_the_browser_tests_will_be_skipped(places, capsys, monkeypatch):
    monkeypatch.setattr(testing.sys, "platform", "linux")
    monkeypatch.setattr(testing.shutil, "which", lambda name: None)
    testing.find_chromium(places)
    assert "will be skipped: there is no chromium and no apt-get" in capsys.readouterr().out


@pytest.mark.parametrize("user", [0, 1000])
def test_chromium_is_installed_by_whoever_may(places, capsys, monkeypatch, user):
    called = []
    monkeypatch.setattr(testing.sys, "platform", "linux")
    monkeypatch.setattr(testing.os, "geteuid", lambda: user)
    monkeypatch.setattr(testing.shutil, "which", lambda name: name == "apt-get")  # and no sudo
    monkeypatch.setattr(testing, "_quietly", lambda command, places: called.append(command) or True)
    testing.find_chromium(places)
    said = capsys.readouterr().out
    if user == 0:
        assert called[0][:2] == ["apt-get", "install"]
        assert "skipped" not in said
    else:
        assert called == []
        assert "needs root: call `sudo apt-get install chromium`" in said
