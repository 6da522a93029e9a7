"""The environment .venv: whether it is ours, and how it is made.

Nothing is ever installed with a Python that is not ours: one whose prefix is .venv and whose base
is elsewhere. A .venv/bin/python alone proves nothing; without pyvenv.cfg it is the system's.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from course_lib.front_door import processes
from course_lib.front_door.places import Places
from course_lib.front_door.pythons import PYTHONS
from course_lib.front_door.saying import Stop

PROMPT = "learning-to-learn"  # in pyvenv.cfg: how we know an environment that start.py has made
ASK = """import json, os, sys
ours = os.path.samefile(sys.prefix, sys.argv[1]) and sys.prefix != sys.base_prefix
print(json.dumps([ours, sys.base_prefix, list(sys.version_info)]))"""


class Own(NamedTuple):
    """What the Python in .venv says of itself, once it is known to be ours."""

    version: tuple[int, int, int]
    base: str


def own(places: Places) -> Own | None:
    """The Python of .venv if it works and is ours, else None."""
    ask = [str(places.python), "-I", "-c", ASK, str(places.venv)]
    env = processes.environment()
    try:
        ran = subprocess.run(
            ask, env=env, timeout=60, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        ours, base, version = json.loads(ran.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError):
        return None  # there is none, or it does not answer as a Python does
    if not ours or ran.returncode != 0 or tuple(version[:2]) not in PYTHONS:
        return None
    return Own(tuple(version[:3]), str(base))


def make(places: Places, run) -> None:
    """Make .venv anew: beside its place, and moved there when it is whole.

    What start.py made before is thrown away; an environment of somebody else is kept, under another
    name. `run(what, command)` runs a command with its progress.
    Errors: Stop where .venv is a file, and where Python lacks its venv module.
    """
    check_venv_module()
    clear(places)
    new = places.root / ".venv.new"
    command = [sys._base_executable, "-m", "venv", "--without-pip", "--prompt", PROMPT, str(new)]
    run("making .venv", command)
    for file in [new / "pyvenv.cfg", *new.glob("bin/[aA]ctivate*"), *new.glob("Scripts/*ctivate*")]:
        file.write_bytes(file.read_bytes().replace(os.fsencode(new), os.fsencode(places.venv)))
    os.replace(new, places.venv)
    if own(places) is None:
        raise Stop(
            f"The environment that `{sys._base_executable} -m venv` makes does not work: call "
            "start.py with another Python, such as one from python.org."
        )


def clear(places: Places) -> None:
    """Make room for a new .venv, and throw away what earlier calls began and did not finish."""
    if places.venv.is_symlink() or places.venv.is_dir():
        ours = places.venv.is_symlink() or _made_by_us(places.venv)
        number = os.getpid() if ours else next(i for i in range(1, 10**6) if not _old(places, i))
        kept = places.root / f".venv.{'trash' if ours else 'old'}-{number}"
        os.replace(places.venv, kept)
        if not ours:
            print(f".venv was not made by start.py: it is now {kept.name}.", flush=True)
    elif places.venv.exists():
        raise Stop(".venv is a file: remove or rename it, then call start.py again.")
    for rest in places.root.glob(".venv.*"):
        if rest.name == ".venv.new" or rest.name.startswith(".venv.trash-"):
            _remove(rest)


def _old(places: Places, number: int) -> bool:
    return (places.root / f".venv.old-{number}").exists()


def _made_by_us(folder: Path) -> bool:
    """Whether start.py, of this version or an earlier one, made this environment."""
    signs = (folder / "pyvenv.cfg", folder / "course-setup.json")
    has_prompt = signs[0].is_file() and PROMPT in signs[0].read_text("utf-8", "replace")
    return has_prompt or signs[1].exists() or not any(folder.glob("lib*/python*/site-packages/*"))


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path)


def check_venv_module() -> None:
    """Stop where Python was installed without what makes environments (Debian, Ubuntu)."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise Stop(
            f"Python's venv module is missing: call `sudo apt install {name}` (or your system's "
            "like), then start.py again."
        ) from None
