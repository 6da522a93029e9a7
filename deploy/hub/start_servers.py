"""Starts everybody's server before the class, a few at a time: python3 start_servers.py roster.txt

It needs the state folder's `starter_token`, so it runs as the hub's user.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import places

AT_ONCE = 4
API = f"http://127.0.0.1:{places.HUB_PORT}/hub/api"


def main(roster: str) -> int:
    """0 when every server runs; who has none is printed."""
    waiting = Path(roster).read_text(encoding="utf-8").split()
    starting: list[str] = []
    while waiting or starting:
        while waiting and len(starting) < AT_ONCE:
            starting.append(waiting.pop(0))
            start(starting[-1])
        time.sleep(1)
        starting = [name for name in starting if not ready(name)]
    return 0


def call(method: str, path: str) -> dict:
    """What the hub's interface answers. Errors: HTTPError, URLError."""
    request = urllib.request.Request(API + path, method=method)
    request.add_header("Authorization", f"token {places.secret('starter_token')}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or "{}")


def start(name: str) -> None:
    """Asks for a student's server; makes the hub know the student first."""
    for path in (f"/users/{name}", f"/users/{name}/server"):
        try:
            call("POST", path)
        except urllib.error.HTTPError as problem:
            if problem.code not in (400, 409):  # known already, running already
                raise


def ready(name: str) -> bool:
    """Whether a student's server answers."""
    server = call("GET", f"/users/{name}")["servers"].get("", {})
    if not server:
        sys.exit(f"The server of {name} did not start: the hub's log says why.")
    return bool(server["ready"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
