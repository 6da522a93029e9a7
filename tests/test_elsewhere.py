"""Where else the course runs: as a package from pip, in containers, on Binder, on a cluster.

No container was built and no cluster asked: what is here reads their files and holds them to the
course's own.
"""

import ast
import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from test_hosted import NEEDED, WITH_OTHERS, from_outside

from benchmarks import hub_size
from course_lib import __main__ as command_line
from course_lib.ground import paths
from course_lib.press import copying
from course_lib.press.exercises.packing import tracked
from course_lib.results import load

ROOT = paths.ROOT
HUB = ROOT / "deploy" / "hub"
WHEEL = 60_000_000  # bytes: an index of packages takes 100 million, and PyTorch alone has 190
slow = pytest.mark.skipif(
    os.environ.get("COURSE_SLOW") != "1",
    reason="installs everything into a new environment, which takes a minute: set COURSE_SLOW=1",
)


# --- A package ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """What pip builds from the repository; from a copy, so that nothing is left in the folder."""
    folder = tmp_path_factory.mktemp("wheel")
    for path in tracked(ROOT):
        (folder / "src" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "src" / path)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(folder), "."], cwd=folder / "src", check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_package_holds_every_file_that_the_library_reads_and_every_notebook(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    kinds = {".py", ".css", ".js", ".json", ".mplstyle", ".safetensors"}
    own = {path for path in tracked(ROOT) if path.parts[0] == "course_lib"}
    assert {path.suffix for path in own} <= kinds
    assert {path.as_posix() for path in own} <= names
    shared = {name.partition("/share/learning-to-learn/")[2] for name in names}
    books = {path.as_posix() for path in copying.readers_files(ROOT)}
    assert len(books) > 30
    assert books | {"constraints.lock"} == shared - {""}
    assert wheel.stat().st_size < WHEEL


def test_what_the_package_asks_for_is_what_readers_need():
    """What notebooks and exercises import, what their commands do, and JupyterLab itself."""
    text = (ROOT / "pyproject.toml").read_text("utf-8").partition("\ndependencies = [")[2]
    asked = {ast.literal_eval(name) for name in re.findall(r'"[^"]+"', text.partition("]")[0])}
    assert {*NEEDED.values(), "jupyterlab", "filelock"} == asked
    files = [ROOT / "course_lib/press" / f"{name}.py" for name in ("copying", "data", "doctor")]
    comes = {*NEEDED, *WITH_OTHERS, "packaging", "jupyter_core", "requests"}  # with JupyterLab
    assert from_outside(files) <= comes


def away(python: str, folder: Path, *arguments: str, **more: str) -> str:
    """What a Python that knows nothing of the repository prints, in an empty home."""
    hidden = ("PYTHONPATH", "COURSE_KEPT", "COURSE_PROGRESS")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    env |= {"HOME": str(folder), **more}
    ran = subprocess.run([python, *arguments], cwd=folder, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


USE = """
from course_lib.ground import paths
print(paths.ROOT, paths.KEPT)
from course_lib.widgets.w05_sines import W5
live = W5.live()
live.inputs["shots"].value = 7
print(live.error, live.state.shots)
from course_lib.scenes.plots import use_style
use_style()
from course_lib.checks import check
check("05.3", "c")
check("05.1", lambda theta, *rest: theta)
from course_lib.widgets.quiz.review import link
print(link("04", "The inner loop"))
"""


def test_a_widget_and_a_check_run_from_the_package_alone(wheel, tmp_path):
    """Beside nothing but what is installed here, out of reach of the repository."""
    place = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(place), str(wheel)], check=True)
    home = tmp_path / "home"
    home.mkdir()
    said = away(sys.executable, home, "-c", USE, PYTHONPATH=str(place))
    assert said.startswith(f"{place} {home / '.learning-to-learn'}\nNone 7\n")
    assert said.count("Not yet: ") == 2
    assert "(04_maml.ipynb#The-inner-loop)" in said
    away(sys.executable, home, "-m", "course_lib", "copy", PYTHONPATH=str(place))
    copied = [
        path for path in copying.readers_files(ROOT) if (home / copying.FOLDER / path).is_file()
    ]
    assert copied == [*copying.readers_files(ROOT)]


@slow
@pytest.mark.timeout(1800)
def test_pip_installs_the_package_with_all_it_needs(wheel, tmp_path):
    """A new environment, the command by its name, a widget and a check."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    python, lock = str(tmp_path / "env/bin/python"), str(ROOT / "constraints.lock")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", lock, str(wheel)], check=True)
    assert "None 7" in away(python, tmp_path, "-c", USE)
    command = str(tmp_path / "env/bin/learning-to-learn")
    run = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
    assert "Ready: `learning-to-learn lab`" in away(python, tmp_path, "-c", run, command, "doctor")
    away(python, tmp_path, "-c", run, command, "copy", "mine")
    assert (tmp_path / "mine/notebooks/12_summary_and_questions.ipynb").is_file()


def test_a_second_copy_brings_back_what_is_missing_and_touches_nothing_else(tmp_path, capsys):
    folder = tmp_path / "mine"
    assert copying.main_copy([str(folder)]) == 0
    mine, lost = (
        folder / "notebooks/04_maml.ipynb",
        folder / "notebooks/05_the_second_order_gradient.ipynb",
    )
    mine.write_text("my own words", encoding="utf-8")
    lost.unlink()
    assert copying.copied(folder) == [lost.relative_to(folder)]
    assert mine.read_text(encoding="utf-8") == "my own words"
    assert not (folder / "exercises/solutions").exists()
    assert f"{len([*copying.readers_files(ROOT)])} files are new" in capsys.readouterr().out


def test_the_lab_opens_the_copy_and_keeps_progress_in_it(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(
        subprocess, "call", lambda command, cwd, env: called.append((command, cwd, env)) or 0
    )
    assert copying.main_lab([str(tmp_path / "mine"), "--no-browser", "--port", "8890"]) == 0
    ((command, cwd, env),) = called
    assert cwd == tmp_path / "mine"
    assert (cwd / "notebooks/00_start_here.ipynb").is_file()
    assert env["COURSE_KEPT"] == str(cwd / ".course")
    assert {"--no-browser", "--port=8890", f"--ServerApp.root_dir={cwd}"} <= {*command}


def test_without_the_makers_files_only_readers_commands_are_offered(monkeypatch, tmp_path):
    assert set(command_line.offered()) == set(command_line.COMMANDS)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert set(command_line.offered()) == set(command_line.FOR_READERS)


@pytest.mark.parametrize("writable", [True, False])
def test_what_is_kept_lies_where_the_reader_may_write(tmp_path, monkeypatch, writable):
    monkeypatch.delenv("COURSE_KEPT", raising=False)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: writable)
    assert paths.kept() == (tmp_path if writable else Path.home()) / (
        ".course" if writable else ".learning-to-learn"
    )
    monkeypatch.setenv("COURSE_KEPT", str(tmp_path / "there"))
    assert paths.kept() == tmp_path / "there"


# --- Containers, Binder, a cluster ----------------------------------------------------------------


def instructions(text: str) -> list[list[str]]:
    """The instructions of a Dockerfile: the word in capitals, and the rest."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [line.split(maxsplit=1) for line in "\n".join(lines).replace("\\\n", " ").splitlines()]


def test_what_the_dockerfile_and_binder_name_is_in_the_repository():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    found = instructions(text)
    words = {"FROM", "ARG", "RUN", "WORKDIR", "COPY", "ENV", "USER", "EXPOSE", "CMD"}
    assert {word for word, _ in found} == words
    assert found[0] == ["FROM", "python:3.11-slim-bookworm"]
    assert ["COPY", ". ."] in found
    binder = (ROOT / ".binder/postBuild").read_text("utf-8")
    named = set(re.findall(r"[\w-]+\.(?:py|txt)\b", text + binder))
    assert named == {"start.py", "requirements-hub.txt", "requirements.txt"}
    assert [name for name in named if not (ROOT / name).is_file()] == []
    (command,) = (json.loads(rest) for word, rest in found if word == "CMD")
    assert command[-1].startswith("learning-to-learn copy && exec jupyter lab ")
    assert os.access(ROOT / ".binder/postBuild", os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / ".binder/postBuild")], check=True)
    assert (ROOT / ".binder/runtime.txt").read_text() == "python-3.11\n"


def test_the_image_gets_nothing_that_git_does_not_keep():
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()}
    left_out = {line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().split()}
    assert ignored - {".DS_Store"} - left_out == set()


def test_the_dev_container_sets_the_course_up_and_uses_its_python():
    found = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    assert found["postCreateCommand"] == "python3 start.py setup"
    vscode = found["customizations"]["vscode"]
    assert vscode["settings"]["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
    assert "ms-toolsai.jupyter" in vscode["extensions"]


# What the chart's schema (values.schema.yaml, which takes no other names) allows where we set
# something; what stands under `config`, `profileList` and the hooks goes to other programs.
ALLOWED = {
    "": "hub proxy singleuser cull prePuller scheduling ingress custom rbac debug global",
    "hub": "config db extraConfig extraEnv image resources networkPolicy services",
    "proxy": "https secretToken service chp traefik",
    "proxy.https": "enabled type letsencrypt manual secret hosts",
    "proxy.https.letsencrypt": "contactEmail acmeServer",
    "singleuser": "networkPolicy podNameTemplate cpu memory image initContainers profileList "
    "extraFiles extraEnv nodeSelector extraTolerations extraNodeAffinity cloudMetadata cmd "
    "defaultUrl events extraAnnotations extraLabels extraPodConfig extraResource fsGid "
    "lifecycleHooks serviceAccountName startTimeout storage allowPrivilegeEscalation uid",
    "singleuser.image": "name tag pullPolicy pullSecrets",
    "singleuser.memory": "limit guarantee",
    "singleuser.cpu": "limit guarantee",
    "singleuser.lifecycleHooks": "postStart preStop",
    "singleuser.storage": "type capacity dynamic static extraLabels extraVolumes homeMountPath",
    "cull": "enabled users timeout every concurrency maxAge removeNamedServers adminUsers",
    "prePuller": "hook continuous pullProfileListImages extraImages annotations resources",
    "prePuller.hook": "enabled image pullOnlyOnChanges podSchedulingWaitDuration",
    "scheduling": "userScheduler podPriority userPlaceholder corePods userPods",
    "scheduling.userPlaceholder": "enabled image replicas labels annotations resources",
}


def unknown(values: dict, place: str = "") -> list[str]:
    """The names in `values` that the chart does not take."""
    found = [f"{place}.{name}" for name in values if name not in ALLOWED[place].split()]
    for name, value in values.items():
        inner = f"{place}.{name}".lstrip(".")
        if isinstance(value, dict) and inner in ALLOWED:
            found += unknown(value, inner)
    return found


def test_the_cluster_s_values_have_the_chart_s_names_and_room_for_a_student():
    import yaml

    values = yaml.safe_load((ROOT / "deploy/kubernetes/values.yaml").read_text("utf-8"))
    assert unknown(values) == []
    student = values["singleuser"]
    assert unknown({"singleuser": student | {"memmory": {}}}) == ["singleuser.memmory"]
    copy = student["lifecycleHooks"]["postStart"]["exec"]["command"]
    assert copy[1] in command_line.FOR_READERS
    docker = (ROOT / "Dockerfile").read_text("utf-8")
    course, home = map(Path, re.findall(r"(?m)^WORKDIR (\S+)$", docker))
    assert {Path(copy[0]).parents[2], Path(student["cmd"][0]).parents[2]} == {course}
    assert f"--home-dir {home} " in docker
    assert student["storage"]["homeMountPath"] == str(home)  # or the copy is gone with the pod
    assert {Path(copy[2]).parent, Path(student["extraEnv"]["COURSE_KEPT"]).parents[1]} == {home}
    gigabytes = {name: float(text[:-1]) for name, text in student["memory"].items()}
    most = max(row["student_mb"]["max"] for row in load("hub_load")["rows"])
    assert 1e3 * gigabytes["guarantee"] >= most
    assert gigabytes["limit"] >= 2 * gigabytes["guarantee"]


# --- A hub, without starting one ------------------------------------------------------------------


def test_the_units_run_what_is_there(tmp_path):
    """systemd's two units: the programs that they name, in the folders of deploy/README.md."""
    readme = (ROOT / "deploy/README.md").read_text("utf-8")
    for name in ("course-hub.service", "course-proxy.service"):
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.read_string((HUB / name).read_text("utf-8").replace("\\\n", " "))
        (script,) = re.findall(r"instructors/(deploy/\S+\.py)", unit["Service"]["ExecStart"])
        assert (ROOT / script).is_file()
        assert name in readme
    assert unit.sections() == ["Unit", "Service", "Install"]


def test_the_hub_s_words_are_its_own(tmp_path):
    """A secret is made once, in a folder that nobody else may enter."""
    code = "import places; print(places.secret('word')); print(places.secret('word'))"
    env = os.environ | {"COURSE_HUB_STATE": str(tmp_path / "state")}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=HUB, env=env, capture_output=True, text=True, check=True
    )
    one, two = ran.stdout.split()
    assert one == two == (tmp_path / "state/word").read_text()
    assert len(one) >= 48
    if os.name == "posix":
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "state/word").stat().st_mode & 0o777 == 0o600


def test_a_name_that_is_no_account_s_is_refused_before_any_is_made(tmp_path):
    roster = tmp_path / "roster.txt"
    roster.write_text("ada\nAda Lovelace;rm\n", encoding="utf-8")
    command = [sys.executable, str(HUB / "accounts.py"), str(roster)]
    ran = subprocess.run(command, cwd=HUB, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "'Ada'" in ran.stderr
    assert ran.stdout == ""


def test_the_tables_of_machines_are_today_s():
    text = (ROOT / "deploy/README.md").read_text("utf-8")
    assert hub_size.filled(text) == text, "call: python -m benchmarks.hub_size"
    stale = text.replace("| 300 |", "| 301 |")
    assert stale != text
    assert hub_size.filled(stale) == text
    with pytest.raises(ValueError, match="no place for the table"):
        hub_size.filled("# A class")


def test_more_students_never_need_a_smaller_machine():
    row = max(load("hub_load")["rows"], key=lambda row: row["students"])
    memory = [hub_size.memory_need(row, number) for number in hub_size.CLASSES]
    assert memory == sorted(set(memory))
    assert memory[-1] > 300 * row["student_mb"]["mean"] / 1e3
    cores = [hub_size.core_need(row, number) for number in hub_size.CLASSES]
    assert cores == sorted(cores)
    assert cores[-1] * 60 * hub_size.MINUTES >= 300 * row["run_06_cpu_s"]


def test_the_hub_is_pinned_and_asks_for_nothing_that_the_course_fixes_otherwise():
    lines = (ROOT / "requirements-hub.txt").read_text("utf-8").splitlines()
    assert "-c constraints.lock" in lines
    wanted = [Requirement(line) for line in lines if re.match("[a-z]", line)]
    assert [str(one.specifier)[:2] for one in wanted] == ["=="]
