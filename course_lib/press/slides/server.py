"""The server behind decks that are looked at live: as `start.py present` starts it."""

import secrets
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_lib.front_door import processes, serving
from course_lib.ground.paths import ROOT
from course_lib.ground.patience import Deadline

SECONDS = 60  # until it answers, on a quiet machine


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    """(address of the folder, token) of a server that shows the pages in `folder`.

    Raises ValueError where it does not start.
    """
    port, word = serving.free_port(), secrets.token_urlsafe(24)
    options = [*serving.deck_options(folder), "--no-browser"]
    command = serving.server_command(sys.executable, "jupyter_server", folder, options, port)
    settings = {**serving.deck_settings(folder, word), "PYTHONPATH": str(ROOT)}
    with (
        (folder / "server.log").open("w") as log,
        processes.guarded(
            command, cwd=folder, env=processes.environment(**settings), stdout=log, stderr=log
        ) as process,
    ):
        address, deadline = f"http://127.0.0.1:{port}", Deadline(SECONDS)
        while not answers(f"{address}/api?token={word}"):
            if process.poll() is not None or deadline.over():
                said = (folder / "server.log").read_text(encoding="utf-8")
                raise ValueError(f"The slides' server did not start:\n{said[-2000:]}")
            time.sleep(0.2)
        yield f"{address}/static", word


def answers(address: str) -> bool:
    """Whether somebody answers there."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False
