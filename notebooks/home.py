"""For a hosted notebook: run this file first, and the course's notebooks and exercises work there.

    %run home.py        in a cell of its own, with the path to this file where that isn't enough

It makes `course_lib` importable, moves to this folder unless the course is open already, and
installs what is missing of the few packages that the notebooks import. What is there stays as it
is. On your own machine, after `start.py`, nothing is missing, so it does nothing.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

# All that the notebooks and exercises import, and so does what they import of `course_lib`. No
# versions: a hosted notebook has its own. What comes with a package of the list isn't listed.
NEEDED = {  # the name in `import` → the name in `pip install`
    "torch": "torch",
    "numpy": "numpy",
    "scipy": "scipy",
    "matplotlib": "matplotlib",
    "PIL": "pillow",
    "ipywidgets": "ipywidgets",
    "anywidget": "anywidget",
    "safetensors": "safetensors",
    "jaxtyping": "jaxtyping",
    "tqdm": "tqdm",
}


def missing() -> list[str]:
    """The packages to install, in pip's names."""
    return [pip for name, pip in NEEDED.items() if importlib.util.find_spec(name) is None]


def settle(course: Path) -> None:
    """Make the course in the folder `course` work in this kernel, and say so."""
    if str(course) not in sys.path:
        sys.path.insert(0, str(course))
    if course not in Path.cwd().parents:
        os.chdir(course / "notebooks")
    if packages := missing():
        print("Installing", ", ".join(packages))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", *packages]
        if subprocess.run(pip, check=False).returncode:
            raise SystemExit(f"pip could not install {', '.join(packages)}: install them yourself.")
        importlib.invalidate_caches()
    print("The course is ready.")


if __name__ == "__main__":
    settle(Path(__file__).resolve().parents[1])
