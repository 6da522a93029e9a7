"""Opens the course in JupyterLab, or a deck with a kernel behind it, on this machine only."""

import os
import secrets
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from course_lib.front_door import processes
from course_lib.front_door.places import Places
from course_lib.front_door.saying import Stop
from course_lib.front_door.setting_up import set_up

FIRST_PAGE = "notebooks/00_start_here.ipynb"
# Servers that would start beside JupyterLab, and that the course does not use there.
IDLE = {"jupyter_lsp": False, "nbclassic": False, "notebook": False}
# A deck needs none of them.
NONE = IDLE | dict.fromkeys(("jupyterlab", "jupyter_server_terminals", "jupytext"), False)
# A kernel's messages reach the page without a wait of 40 ms.
AT_ONCE = "--ServerApp.kernel_websocket_connection_class=course_lib.press.at_once.AtOnce"
FIRST_PORT = 8870  # of a deck's server, where no port is asked for


def lab(places: Places, *, port: int | None, browser: bool) -> int:
    """Open the course in JupyterLab."""
    check_port(port)
    set_up(places)
    page = f"/lab/tree/{FIRST_PAGE}" if (places.root / FIRST_PAGE).exists() else "/lab"
    options = [f"--LabApp.default_url={page}", f"--ServerApp.jpserver_extensions={IDLE}"]
    options += ["--LabApp.extension_manager=readonly"]
    return serve("JupyterLab", "jupyterlab", places.root, options, places, port, browser, {})


def present(places: Places, deck: list[str], *, port: int | None, browser: bool) -> int:
    """Show a deck's page with a kernel behind it."""
    check_port(port)
    set_up(places)
    command = [str(places.python), "-m", "course_lib", "slides", "live", *deck]
    ready = subprocess.run(
        command, cwd=places.root, env=processes.environment(), stdout=subprocess.PIPE, check=False,
        encoding="utf-8",
    )  # fmt: skip
    if ready.returncode != 0:
        raise Stop(ready.stdout.strip() or "the deck could not be prepared.")
    page = places.root / ready.stdout.split("\n")[-2]
    port, word = port or free_port(), token(page.parent / "token")
    options = [*deck_options(page.parent), f"--ServerApp.default_url=/static/{page.name}"]
    settings = deck_settings(page.parent, word)
    address = f"http://127.0.0.1:{port}/static/{page.name}?token={word}"
    print(f"The slides: {address}", flush=True)
    print("Space turns them, s opens the notes.", flush=True)
    folder = page.parent
    return serve("the slides", "jupyter_server", folder, options, places, port, browser, settings)


def deck_options(folder: Path) -> list[str]:
    """What a server is told that shows the pages in `folder`, and nothing else."""
    return [
        f"--ServerApp.extra_static_paths={[str(folder)]}",
        f"--ServerApp.jpserver_extensions={NONE}",
        "--ZMQChannelsWebsocketConnection.limit_rate=False",  # pictures are many bytes
    ]


def deck_settings(folder: Path, word: str) -> dict[str, str]:
    """The environment variables of such a server: its token, and nobody's settings."""
    return {"JUPYTER_TOKEN": word, "JUPYTER_CONFIG_DIR": str(folder / "settings")}


def free_port() -> int:
    """The first port from `FIRST_PORT` on that is free: the same one again after a restart."""
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        with suppress(Stop):
            check_port(port)
            return port
    raise Stop(f"The ports from {FIRST_PORT} to {port} are all taken: choose one with --port.")


def token(path: Path) -> str:
    """The word that lets a page in, kept at `path`: pages that are open outlive the server."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        word = secrets.token_urlsafe(24)
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(word)
        return word


def serve(
    what: str, module: str, folder: Path, options: list[str], places: Places, port: int | None,
    browser: bool, settings: dict[str, str],
) -> int:  # fmt: skip
    """Run a Jupyter server for `folder` until it ends or is told to."""
    options = options if browser else [*options, "--no-browser"]
    command = server_command(str(places.python), module, folder, options, port)
    print(f"Opening {what}; Ctrl-C here closes it.", flush=True)
    env = processes.environment(**settings)
    try:
        return processes.call(command, cwd=places.root, env=env)
    except processes.Ended as ended:
        print("\nClosed; call start.py again to go on.", flush=True)
        return 0 if ended.status == 128 + 2 else ended.status


def server_command(
    python: str, module: str, folder: Path, options: list[str], port: int | None
) -> list[str]:
    """The command that runs a Jupyter server on this machine only."""
    command = [python, "-m", module, "--ServerApp.ip=127.0.0.1", "--log-level=WARN"]
    command += [f"--ServerApp.root_dir={folder}", AT_ONCE, *options]
    command += [f"--port={port}", "--port-retries=0"] if port else []
    return command + (["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else [])


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
