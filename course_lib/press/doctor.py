"""Whether this machine is ready for the course: `python -m course_lib doctor`, with `--json`.

Nothing but Python is imported until it is known to be there: the doctor must be able to say what
is missing.
"""

import argparse
import importlib.metadata as metadata
import json
import os
import re
import shutil
import sys
import warnings
from pathlib import Path

from course_lib.front_door import environment, installing
from course_lib.front_door.places import Places
from course_lib.front_door.pythons import SAID, is_supported
from course_lib.ground import paths, settings
from course_lib.ground.device import device
from course_lib.ground.paths import ROOT

SHOWN = ("torch", "numpy", "scipy", "matplotlib", "jupyterlab", "ipywidgets", "anywidget")
FRONT_ENDS = {"ipywidgets": "jupyterlab-widgets", "anywidget": "anywidget"}
BY_PIP = not (ROOT / "start.py").is_file()  # the course was installed as a package
SET_UP = "call `pip install` for the course again" if BY_PIP else "call `python3 start.py setup`"
OPEN = "learning-to-learn lab" if BY_PIP else "python3 start.py"


def main(argv: list[str] | None = None) -> int:
    """0 if the machine is ready, else 1; what was found is printed."""
    parser = argparse.ArgumentParser(prog="python -m course_lib doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    found = examine()
    print(json.dumps(found, indent=2) if parser.parse_args(argv).json else as_text(found))
    return 0 if found["ok"] else 1


def examine() -> dict:
    """What was found: `ok`, `device`, `python`, `problems` (what to do), `notes` (good to know)."""
    problems: list[str] = []
    notes: list[str] = []
    supported = is_supported(sys.version_info)
    if not supported:
        problems.append(f"The course needs {SAID}: call start.py with one of them.")
    found = {
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "python_supported": supported,
        "prefix": _prefix(problems),
        "versions": _versions(problems, notes),
        **_device(problems, notes),
        "cpu_cores": os.cpu_count(),
        "data": _data(problems, notes),
        "compiler": next(
            (name for name in ("cc", "gcc", "clang", "cl") if shutil.which(name)), None
        ),
        "learn2learn": _version("learn2learn"),
        "widgets": _widgets(problems),
        "kernel": _kernel(problems, notes),
    }
    if not found["learn2learn"]:
        notes.append("learn2learn is not installed: the course runs without its comparisons.")
    if not found["compiler"]:
        notes.append("There is no C compiler: learn2learn and `compile=True` need one.")
    return {"ok": not problems, **found, "problems": problems, "notes": notes}


def as_text(found: dict) -> str:
    """The report for people: what was found, line by line, then the verdict."""
    versions = ", ".join(f"{name} {found['versions'].get(name) or '–'}" for name in SHOWN)
    rows = {
        "Python": found["python"],
        "packages": versions,
        "PyTorch": {None: "not installed", "cpu": "the build for CPUs"}.get(
            found["torch_build"], f"the build for NVIDIA GPUs, {found['torch_build']}"
        ),
        "device": found["device"] + (f" ({found['gpu']})" if found["gpu"] else ", no GPU"),
        "CPU": f"{found['threads']} thread(s) used of {found['cpu_cores']}",
        "Omniglot": found["data"]["omniglot"] or "not found; the course's own glyphs stand in",
        "C compiler": found["compiler"] or "none",
        "learn2learn": found["learn2learn"] or "not installed",
        "widgets": ", ".join(
            f"{name} {version or '–'}" for name, version in found["widgets"].items()
        ),
        "kernel": found["kernel"] or "not registered",
    }
    lines = [f"{name:<12} {value}" for name, value in rows.items()]
    lines += [f"Note: {note}" for note in found["notes"]]
    lines += [f"Problem: {problem}" for problem in found["problems"]]
    count = len(found["problems"])
    verdict = (
        f"Ready: `{OPEN}` opens the course."
        if found["ok"]
        else (f"Not ready: {count} problem{'s' if count > 1 else ''}, see above.")
    )
    return "\n".join([*lines, "", verdict])


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _versions(problems: list[str], notes: list[str]) -> dict[str, str | None]:
    """The installed version of everything that is asked for, or None; compared with the lock."""
    if BY_PIP:
        text = "\n".join(metadata.requires("learning-to-learn") or [])
    else:
        text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    names = re.findall(r"^[a-z][\w.-]*", text, flags=re.MULTILINE)
    found = {name: _version(name) for name in names}
    missing = [name for name in names if found[name] is None]
    if missing:
        problems.append(f"Not installed: {', '.join(missing)}; {SET_UP}.")
    lock = (paths.books() / "constraints.lock").read_text(encoding="utf-8")
    for name in SHOWN:
        locked = re.findall(rf"^{name}==([^\s;]+)", lock, flags=re.MULTILINE)
        if found[name] and found[name].split("+")[0] not in locked:
            notes.append(
                f"{name} is {found[name]}, not the {' or '.join(locked)} the course was tested "
                "with: last digits may differ."
            )
    return found


def _device(problems: list[str], notes: list[str]) -> dict:
    """The build of torch, the device, the GPU's name and the CPU threads that the course uses."""
    nothing = {"torch_build": None, "device": "none", "gpu": None, "threads": 0}
    if _version("torch") is None:
        return nothing
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            import torch

            chosen = device()
        except (ImportError, OSError, ValueError) as problem:
            own = isinstance(problem, ValueError)  # our own sentence about COURSE_DEVICE, …
            problems.append(str(problem) if own else f"torch does not load ({problem}); {SET_UP}.")
            return nothing
    notes.extend(f"torch says: {str(warning.message).splitlines()[0]}" for warning in caught)
    if not torch.cuda.is_available() and installing.has_nvidia_gpu():
        notes.append(f"There is an NVIDIA GPU that torch {torch.__version__} does not use.")
    gpu = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else None
    build = f"cu{torch.version.cuda.replace('.', '')}" if torch.version.cuda else "cpu"
    threads = torch.get_num_threads()
    return {"torch_build": build, "device": str(chosen), "gpu": gpu, "threads": threads}


def _prefix(problems: list[str]) -> str:
    """The environment that this Python installs into; a problem where it is the system's own."""
    places = Places(ROOT)
    if places.venv.exists() and environment.own(places) is None:
        problems.append(
            f"{places.venv} is no environment of its own (its Python belongs to the system or does "
            "not start): call `python3 start.py setup`, which makes it anew."
        )
    return sys.prefix


def _data(problems: list[str], notes: list[str]) -> dict[str, str | None]:
    """Where Omniglot lies, or None. The same places as `course_lib.tasks.omniglot` looks into."""
    name = "omniglot_28_4bit.npz"
    beside, cache = paths.SHARED_DATA, paths.KEPT / "cache"
    places = []
    for inner, look in (
        ("omniglot", lambda: settings.folder("COURSE_DATA", beside, must_exist=True)),
        ("", lambda: settings.folder("COURSE_CACHE", cache)),
        (None, lambda: settings.file("COURSE_BETS", ROOT)),
        (None, lambda: settings.file("COURSE_SCORES", ROOT)),
        (None, lambda: settings.file("COURSE_SELFTEST", ROOT)),
        (None, lambda: settings.file("COURSE_PROGRESS", ROOT)),
    ):
        try:
            place = look()
        except settings.Unusable as problem:
            problems.append(str(problem))
        else:
            places += [] if inner is None else [place / inner / name]
    found = [place for place in places if place.is_file()]
    if not found:
        notes.append(
            "Omniglot is not on this machine: notebooks use the course's own glyphs. "
            "`python -m course_lib data omniglot` fetches it (12 MB)."
        )
    return {"omniglot": str(found[0]) if found else None}


def _widgets(problems: list[str]) -> dict[str, str | None]:
    """The version of each widget front end that JupyterLab will load, checked against Python's."""
    found: dict[str, str | None] = dict.fromkeys(FRONT_ENDS.values())
    for python_side, owner in FRONT_ENDS.items():
        if _version(python_side) is None or _version(owner) is None:
            continue  # said already, as not installed
        files = metadata.distribution(owner).files or []
        own = {file.locate().resolve() for file in files if file.name == "package.json"}
        names = {path.parent.name for path in own if "labextensions" in path.parts}
        loaded = _first_in_jupyter_path("labextensions", names)
        if loaded in own and _wants(python_side, owner):
            found[owner] = json.loads(loaded.read_text(encoding="utf-8"))["version"]
        else:
            problems.append(
                f"JupyterLab would load {loaded or 'no front end'} for {python_side} "
                f"{_version(python_side)}, which do not belong together: {SET_UP}"
                + (f", or remove {loaded.parent}." if loaded and loaded not in own else ".")
            )
    return found


def _wants(python_side: str, owner: str) -> bool:
    """Whether the installed version of `owner` is one that `python_side` asks for."""
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in metadata.requires(python_side) or []]
    same = [r for r in wanted if r.name.replace("_", "-") == owner]
    return all(requirement.specifier.contains(_version(owner)) for requirement in same)


def _first_in_jupyter_path(kind: str, names: set[str]) -> Path | None:
    """The package.json of the extension of that name, in the first folder where Jupyter looks."""
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path(kind):
        for file in [*Path(folder).glob("*/package.json"), *Path(folder).glob("@*/*/package.json")]:
            if file.parent.name in names:
                return file.resolve()
    return None


def _kernel(problems: list[str], notes: list[str]) -> str | None:
    """The Python that the course's kernel starts, or None where the kernel is not registered."""
    if _version("jupyter-core") is None:
        return None
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("kernels"):
        spec = Path(folder) / "learning-to-learn" / "kernel.json"
        if spec.is_file():
            python = json.loads(spec.read_text(encoding="utf-8"))["argv"][0]
            if not Path(python).exists():
                problems.append(f"The course's kernel starts {python}, which is gone; {SET_UP}.")
            return python
    notes.append("The kernel `Learning to Learn` is not registered: choose `Python 3` instead.")
    return None
