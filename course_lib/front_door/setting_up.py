"""The steps of the set-up, in order; and the stamp that says they are done.

The stamp is written last and taken away first. An environment without one was left half done, is
not ours, or came here with a folder that was moved; it is made anew. What has been downloaded is
kept, so that takes seconds.
"""

import hashlib
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from course_lib.front_door import environment, installing
from course_lib.front_door.environment import Own, own
from course_lib.front_door.explaining import explain, why_no_learn2learn
from course_lib.front_door.installing import Failed, Installer
from course_lib.front_door.locking import only_one
from course_lib.front_door.places import Places
from course_lib.front_door.saying import NEEDED_GB, Stop, clock

DEPENDS_ON = ("requirements.txt", "constraints.lock", "pyproject.toml")
TRIED = (
    "torch, scipy.stats, matplotlib.pyplot, PIL, ipykernel.kernelapp, jupyter_server.serverapp, "
    "ipywidgets, anywidget"
)
# Try the course out, and add its kernel. The first import compiles what the course uses.
TRY = f"""import {TRIED}
import ipykernel.kernelspec, sys
ipykernel.kernelspec.install(
    prefix=sys.prefix, kernel_name="learning-to-learn", display_name="Learning to Learn")"""


def set_up(places: Places, *, again: bool = False) -> None:
    """Make and fill .venv, unless that is done; with `again` go through all steps even so."""
    if not again and is_done(places):
        return
    places.course.mkdir(exist_ok=True)
    with only_one(places) as lock:
        if again or not is_done(places):  # another call may have done it meanwhile
            _set_up(places, lock)


def is_done(places: Places) -> bool:
    """Whether .venv is ours and holds what the lock names now."""
    stamp = read_stamp(places)
    found = own(places) if stamp else None
    return found is not None and stamp.get("key") == key(places, found)


def read_stamp(places: Places) -> dict:
    """What the last finished set-up noted; empty where there is none that can be read."""
    try:
        stamp = json.loads(places.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def key(places: Places, found: Own) -> str:
    """What the set-up depends on, as a short text: the lock, the folder, the Python in .venv."""
    where = f"{places.root} {found.version} {found.base}"
    digest = hashlib.sha256(where.encode("utf-8", "surrogatepass"))
    for name in DEPENDS_ON:
        digest.update((places.root / name).read_bytes())
    return digest.hexdigest()[:16]


def _set_up(places: Places, lock: int) -> None:
    began = time.time()
    check_disk(places)
    places.log.write_bytes(b"")
    print(f"Setting up; the whole story is in {places.log.relative_to(places.root)}.", flush=True)
    installer = Installer(places, lock)
    if own(places) is None or read_stamp(places).get("root") != str(places.root):
        environment.make(places, installer.must)
    places.stamp.unlink(missing_ok=True)
    installing.drop_half_installed(places)
    installer.prepare()
    cpu = installing.wants_cpu_torch() and installer.reaches_cpu_builds()
    try:
        requirements = installing.without_learn2learn(places)
        installer.install("the course's packages", "-r", requirements, cpu_torch=cpu)
        editable = ["--no-deps", "--no-build-isolation", "-e", "."]
        installer.install("course_lib", *editable)
    except Failed as failure:
        raise Stop(explain(str(failure), "the course's packages", places)) from None
    _quiet_jupyterlab(places)
    without = _together(
        lambda: _learn2learn(installer),
        lambda: installer.must("trying it out", [str(places.python), "-c", TRY]),
    )
    build = installing.torch_build(places)
    _write_stamp(places, without)
    print(f"The course is set up ({clock(time.time() - began)}). {_about(build)}", flush=True)


def _learn2learn(installer: Installer) -> list[str]:
    """Build learn2learn; what had to be left out, so that the next `start.py setup` tries again."""
    try:
        installer.install("learn2learn", "-c", "constraints.lock", installing.LEARN2LEARN)
    except Failed as failure:
        print(f"Note: {why_no_learn2learn(str(failure))}", flush=True)
        return ["learn2learn"]
    return []


def _together(first: Callable[[], list[str]], second: Callable[[], None]) -> list[str]:
    """Do two things at the same time; what the first gave."""
    given: list = []

    def do() -> None:
        try:
            given.append(first())
        except BaseException as problem:  # raised again below, in the thread that can be ended
            given.append(problem)

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    second()
    thread.join()
    if isinstance(given[0], BaseException):
        raise given[0]
    return given[0]


def check_disk(places: Places) -> None:
    """Stop unless the course's folder can be written and holds what will be installed."""
    probe = places.course / "writable"
    probe.write_text("yes", encoding="utf-8")
    probe.unlink()
    needed = 1 if installing.torch_build(places) else NEEDED_GB
    free = shutil.disk_usage(places.root).free
    if free < needed * 1e9:
        raise Stop(
            f"The disk has {free / 1e9:.1f} GB free and the course needs {needed} GB: make room, "
            "then call start.py again."
        )


def _quiet_jupyterlab(places: Places) -> None:
    """Settings for JupyterLab that keep it from calling home."""
    settings = places.venv / "share/jupyter/lab/settings"
    settings.mkdir(parents=True, exist_ok=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": quiet}
    (settings / "overrides.json").write_text(json.dumps(overrides, indent=2), encoding="utf-8")


def _write_stamp(places: Places, without: list[str]) -> None:
    found = own(places)
    if found is None:
        raise Stop(".venv has changed while it was being set up: call start.py again.")
    new: Path = places.stamp.with_suffix(".new")
    stamp = {"key": key(places, found), "root": str(places.root), "without": without}
    new.write_text(json.dumps(stamp), encoding="utf-8")
    os.replace(new, places.stamp)


def _about(build: str | None) -> str:
    """A sentence on the build of PyTorch that was installed."""
    if build == "cpu":
        return "PyTorch is its CPU build."
    why = ""
    if sys.platform == "linux" and not installing.has_nvidia_gpu():
        why = " There is no NVIDIA GPU here; PyTorch's own index, which has a smaller build without"
        why += " GPU libraries, was not reached."
    return f"PyTorch is its build for NVIDIA GPUs ({build}).{why}"
