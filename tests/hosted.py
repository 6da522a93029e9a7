"""Homes like those of hosted notebooks, and what goes wrong when a notebook runs there."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

# What of Colab's list can matter here, as of January 2026 (googlecolab/backend-info, pip-freeze.txt
# at bd8aaa45): its own torch, numpy, matplotlib and pillow, IPython 7, ipywidgets 7.
COLAB = (
    "torch==2.9.0 numpy==2.0.2 scipy==1.16.3 matplotlib==3.10.0 matplotlib-inline==0.2.1 "
    "pillow==11.3.0 fonttools==4.61.1 ipywidgets==7.7.1 widgetsnbextension==3.6.10 "
    "jupyterlab-widgets==3.0.16 notebook==6.5.7 ipykernel==6.17.1 ipython==7.34.0 "
    "jupyter-client==7.4.9 traitlets==5.7.1 pyzmq==26.2.1 tornado==6.5.1 anywidget==0.9.21 "
    "safetensors==0.7.0 beartype==0.22.9 tqdm==4.67.1 psutil==5.9.5 setuptools==75.2.0 pip==24.1.2"
)
HOMES = {
    "colab": ((3, 12), COLAB),
    "newest": ((3, 13), "torch numpy matplotlib ipywidgets>=8 ipykernel pip"),
}
# Stands in for Colab's own package: its page passes no buffers on, and anywidget has to ask for the
# widgets of others.
FAKE_COLAB = """\
import sys, types
output = types.ModuleType("google.colab.output")
output.asked = []
output.enable_custom_widget_manager = lambda: output.asked.append(True)
google, colab = types.ModuleType("google"), types.ModuleType("google.colab")
google.colab, colab.output = colab, output
sys.modules.update({m.__name__: m for m in (google, colab, output)})"""
TOUCH = """\
import sys
from course_lib.press.notebooks.touch import touch_all
assert not (problems := touch_all()), problems
if output := sys.modules.get("google.colab.output"):
    from ipywidgets.widgets.widget import _remove_buffers
    from course_lib.widgets.core import LIVE
    assert bool(output.asked) == bool(LIVE)
    assert not any(_remove_buffers(live.canvas.get_state())[2] for live in LIVE)"""


def find_python(least: tuple[int, int]) -> str:
    """A Python of at least this version from the path, or else the one that runs the tests."""
    for minor in range(least[1], 15):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", "pass"], check=False).returncode == 0:
            return found
    return sys.executable


def make_home(name: str, folder: Path) -> str:
    """A new environment with the packages of a home; returns its Python."""
    least, packages = HOMES[name]
    python = folder / "bin" / "python"
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "--python", find_python(least), folder], check=True)
        install = [uv, "pip", "install", "--python", str(python)]
    else:
        subprocess.run([find_python(least), "-m", "venv", folder], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, *packages.split()], check=True)
    return str(python)


def errors_in(python: str, path: Path, home: str, *, colab: bool = False) -> list[str]:
    """The errors of a notebook in another Python's kernel, all of its widgets touched at the end.

    `home` is the path of home.py as its reader types it; with `colab` the kernel takes itself for
    Colab's.
    """
    nb = nbformat.read(path, as_version=4)
    before = [new_code_cell(FAKE_COLAB)] if colab else []
    nb.cells = [*before, new_code_cell(f"%run {home}"), *nb.cells, new_code_cell(TOUCH)]
    with tempfile.TemporaryDirectory() as temporary:
        spec = Path(temporary, "kernels", "home", "kernel.json")
        spec.parent.mkdir(parents=True)
        argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "home", "language": "python"}))
        specs = KernelSpecManager(kernel_dirs=[str(spec.parents[1])])
        client = NotebookClient(
            nb,
            km=AsyncKernelManager(kernel_name="home", kernel_spec_manager=specs),
            timeout=1200,
            allow_errors=True,
            resources={"metadata": {"path": str(path.parent)}},
        )
        names = ("PYTHONPATH", "MPLBACKEND", "VIRTUAL_ENV")
        env = {k: v for k, v in os.environ.items() if k not in names}
        client.execute(env=env, cleanup_kc=True)  # or a manager that is given keeps its kernel
    return [
        f"{output.ename}: {output.evalue}"
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
