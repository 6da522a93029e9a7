"""Opens the course in JupyterLab, or a deck in the classic notebook, on this machine only."""

import os
import socket
import subprocess
from pathlib import Path

from course_lib.front_door import processes
from course_lib.front_door.places import Places
from course_lib.front_door.saying import Stop
from course_lib.front_door.setting_up import set_up

# jsonschema would build a grammar of web addresses with this package, for a second at every start;
# nothing that Jupyter checks has such an address.
LAUNCH = """import runpy, sys
sys.modules["rfc3987_syntax"] = None
module = sys.argv.pop(1)
runpy.run_module(module, run_name="__main__", alter_sys=True)"""
FIRST_PAGE = "notebooks/00_start_here.ipynb"
# Servers that would start beside JupyterLab, and that the course does not use there.
IDLE = {"jupyter_lsp": False, "nbclassic": False, "notebook": False}


def lab(places: Places, *, port: int | None, browser: bool) -> int:
    """Open the course in JupyterLab."""
    check_port(port)
    set_up(places)
    page = f"/lab/tree/{FIRST_PAGE}" if (places.root / FIRST_PAGE).exists() else "/lab"
    options = [f"--LabApp.default_url={page}", f"--ServerApp.jpserver_extensions={IDLE}"]
    return serve("JupyterLab", "jupyterlab", places.root, options, places, port, browser, {})


def present(places: Places, deck: list[str], *, port: int | None, browser: bool) -> int:
    """Show a deck with a kernel behind it: RISE in the classic notebook, where widgets work."""
    check_port(port)
    set_up(places)
    command = [str(places.python), "-m", "course_lib", "slides", "live", *deck]
    ready = subprocess.run(
        command, cwd=places.root, env=processes.environment(), stdout=subprocess.PIPE, check=False,
        encoding="utf-8",
    )  # fmt: skip
    if ready.returncode != 0:
        raise Stop(ready.stdout.strip() or "the deck could not be prepared.")
    notebook = places.root / ready.stdout.split("\n")[-2]
    options = [f"--NotebookApp.default_url=/nbclassic/notebooks/{notebook.name}"]
    # Our settings, and not the environment's, say what starts RISE: it must start once.
    settings = {
        "JUPYTER_CONFIG_DIR": str(notebook.parent / "settings"),
        "JUPYTER_PREFER_ENV_PATH": "0",
    }
    print("The slides start by themselves; space turns them, t opens the notes.", flush=True)
    folder = notebook.parent
    return serve("the slides", "nbclassic", folder, options, places, port, browser, settings)


def serve(
    what: str, module: str, folder: Path, options: list[str], places: Places, port: int | None,
    browser: bool, settings: dict[str, str],
) -> int:  # fmt: skip
    """Run a Jupyter server for `folder` until it ends or is told to."""
    command = [
        str(places.python),
        "-c",
        LAUNCH,
        module,
        "--ServerApp.ip=127.0.0.1",
        "--log-level=WARN",
    ]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.extension_manager=readonly", *options]
    command += [] if browser else ["--no-browser"]
    command += [f"--port={port}", "--port-retries=0"] if port else []
    command += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    print(f"Opening {what}; Ctrl-C here closes it.", flush=True)
    env = processes.environment(**settings)
    try:
        return processes.call(command, cwd=places.root, env=env)
    except processes.Ended as ended:
        print("\nClosed; call start.py again to go on.", flush=True)
        return 0 if ended.status == 128 + 2 else ended.status


def check_port(port: int | None) -> None:
    """Stop, before anything is set up, where the server could not listen on this port."""
    if port is None:
        return
    if not 1 <= port <= 65535:
        raise Stop(f"--port is {port}: choose a number from 1024 to 65535, or leave it out.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Stop(
                f"Port {port} is kept for the system: choose a number from 1024 to 65535, or leave "
                "--port out."
            ) from None
        except OSError:
            raise Stop(
                f"Port {port} is taken: choose another, or leave --port out and a free one is "
                "found."
            ) from None
