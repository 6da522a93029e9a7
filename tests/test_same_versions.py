"""Every door leads to the same versions: start.py, conda, and what is installed here."""

import importlib.metadata as metadata
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from course_lib.front_door.installing import LEARN2LEARN
from course_lib.front_door.pythons import PYTHONS

ROOT = Path(__file__).resolve().parents[1]
slow = pytest.mark.skipif(
    os.environ.get("COURSE_SLOW") != "1",
    reason="installs everything anew, which takes minutes: set COURSE_SLOW=1",
)


def lock() -> list[Requirement]:
    """The lines of constraints.lock."""
    return [Requirement(line) for line in (ROOT / "constraints.lock").read_text().splitlines()]


def wanted() -> list[Requirement]:
    """The packages that requirements.txt names."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if re.match(r"[a-z]", line)]


def plain(name: str) -> str:
    """A package's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_fixes_every_version_and_holds_no_address():
    for requirement in lock():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert requirement.url is None
    text = (ROOT / "constraints.lock").read_text()
    assert not re.search(r"://|^-|--|file:|@", text, flags=re.MULTILINE)


PATCHES = [f"{major}.{minor}.{patch}" for major, minor in PYTHONS for patch in (0, 4, 13)]


@pytest.mark.parametrize("python", PATCHES)
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
        if name in seen:
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


def test_nothing_that_is_locked_ends_at_an_old_numpy():
    """numpy below 2 ends at Python 3.12; learn2learn's own requirements would bring it back."""
    names = {plain(r.name) for r in lock()}
    assert not {"qpth", "gym", "gsutil", "torchvision", "learn2learn"} & names
    versions = [str(r.specifier)[2:] for r in lock() if r.name == "numpy"]
    assert all(version.startswith("2.") for version in versions)
    assert LEARN2LEARN in (ROOT / "requirements.txt").read_text().splitlines()


def test_learn2learn_is_the_published_one_without_its_tree(monkeypatch):
    """What is left out of the metadata is left out, and nothing else is changed."""
    monkeypatch.syspath_prepend(str(ROOT / LEARN2LEARN))
    import lean

    said = "Name: learn2learn\nRequires-Dist: numpy (>=1.15.4)\nRequires-Dist: gym>=0.14.0\n"
    said += "Requires-Dist: qpth>=0.0.15\nRequires-Dist: torchvision>=0.3.0\n\nA text.\n"
    kept = "Name: learn2learn\nRequires-Dist: numpy (>=1.15.4)\n\nA text.\n"
    assert lean.lean(said) == kept


def test_the_lean_wheel_is_a_whole_wheel(tmp_path, monkeypatch):
    """pip installs it and finds its RECORD in order; no network is needed for this one."""
    monkeypatch.syspath_prepend(str(ROOT / LEARN2LEARN))
    import lean

    name = "learn2learn-0.2.0-py3-none-any.whl"
    old, info = tmp_path / name, "learn2learn-0.2.0.dist-info"
    with zipfile.ZipFile(old, "w") as wheel:
        wheel.writestr("learn2learn/__init__.py", "")
        text = "Metadata-Version: 2.1\nName: learn2learn\nVersion: 0.2.0\nRequires-Dist: qpth\n"
        wheel.writestr(f"{info}/METADATA", text)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{info}/METADATA,sha256=old,1\n{info}/RECORD,,\n")
    (tmp_path / "lean").mkdir()
    lean.write_lean(old, tmp_path / "lean" / name)
    target = tmp_path / "target"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--target", str(target)]
    subprocess.run([*pip, str(tmp_path / "lean" / name)], check=True)
    (found,) = metadata.distributions(name="learn2learn", path=[str(target)])
    assert found.requires is None
    (entry,) = (file for file in found.files if file.name == "METADATA")
    assert entry.hash.value != "old"
    assert entry.size == len(found.read_text("METADATA").encode())


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
    code = "import anywidget, course_lib, jupyterlab, course_lib.maml.oracle as oracle; "
    code += "course_lib.device(); oracle.learn2learn_maml()"
    subprocess.run([python, "-c", code], cwd=tmp_path, check=True)
    frozen = [python, "-m", "pip", "list", "--format=freeze"]
    output = subprocess.run(frozen, check=True, capture_output=True, text=True).stdout
    theirs = dict(line.split("==") for line in output.split())
    ours = {r.name: str(r.specifier)[2:] for r in lock() if not r.marker or r.marker.evaluate()}
    lean = (ROOT / "packaging/learn2learn/lean.py").read_text(encoding="utf-8")
    ours |= re.findall(r'(?m)^PUBLISHED = "(learn2learn)==(.+)"$', lean)  # no line of the lock
    different = {
        name: version
        for name, version in theirs.items()
        if plain(name) != "learning-to-learn" and ours.get(plain(name)) != version.split("+")[0]
    }
    assert not different
