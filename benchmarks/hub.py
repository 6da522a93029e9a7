"""The hub of `deploy/hub` on loopback, with its real proxy: what its test and its load need.

Everything lies in a folder of its own and ends with `close`, the students' accounts too. jupyterhub
and the proxy are not part of the course: `fetched` puts them into a folder, from PyPI and npm.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import requests

from benchmarks.lab import end
from course_lib.ground.family import below
from course_lib.ground.patience import Deadline, patience

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy" / "hub"
PROXY = re.findall(r"configurable-http-proxy@\S+", (DEPLOY / "proxy.py").read_text("utf-8"))[0]


def fetched(folder: Path) -> str:
    """Puts jupyterhub into `folder`/site and the proxy into `folder`; "", or why that can't be."""
    if missing := [name for name in ("node", "npm", "uv") if not shutil.which(name, path=PATH)]:
        return f"{', '.join(missing)} is not installed"
    site = ["uv", "pip", "install", "-q", "--python", sys.executable, "--target", folder / "site"]
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PROXY]
    for command in ([*site, "-r", ROOT / "requirements-hub.txt"], npm):
        try:
            ran = subprocess.run(
                command, cwd=ROOT, env=os.environ | {"PATH": PATH}, capture_output=True, text=True,
                timeout=120 * patience(),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"{command[0]} takes too long: is there a network?"
        if ran.returncode:
            return f"{command[0]} can't install it: {ran.stderr.strip()[-300:]}"
    return ""


PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


class Hub:
    """The hub and its proxy; `tools` is what `fetched` has filled, `course` a students' copy."""

    def __init__(self, tools: Path, course: Path, *, walls: bool, idle: int = 3600):
        self.tools, self.walls, self.names = tools, walls, []
        self.folder = Path(tempfile.mkdtemp(prefix="course-hub-"))
        self.folder.chmod(0o755)
        self.ports = [free_port() for _ in range(3)]
        self.address = f"http://127.0.0.1:{self.ports[0]}"
        search = [course, tools / "site", *filter(None, [os.environ.get("PYTHONPATH")])]
        self.env = os.environ | {
            "PATH": PATH,
            "PYTHONPATH": os.pathsep.join(map(str, search)),
            "COURSE_HUB_STATE": str(self.folder / "state"),
            "COURSE_HUB_COURSE": str(course),
            "COURSE_HUB_PYTHON": sys.executable,
            "COURSE_HUB_WALLS": "users" if walls else "none",
            "COURSE_HUB_PORTS": " ".join(map(str, self.ports)),
            "COURSE_HUB_IDLE": str(idle),
        }
        self.log = open(self.folder / "log.txt", "w+", encoding="utf-8")  # noqa: SIM115
        proxy = [sys.executable, DEPLOY / "proxy.py", tools]
        self.proxy = self._started([*proxy, "--log-level=error"])
        self.start()

    def start(self, seconds: float = 60) -> None:
        """Starts the hub; returns when it answers. RuntimeError with its last words if it ends."""
        config = DEPLOY / "jupyterhub_config.py"
        seen = seen_by_all() if self.walls else []
        self.hub = self._started([*seen, sys.executable, "-m", "jupyterhub", "-f", config])
        deadline = Deadline(seconds)
        while self.hub.poll() is None and not deadline.over():
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.address}/hub/api", timeout=5).ok:
                    return
            time.sleep(0.2)
        raise RuntimeError(f"The hub did not start:\n{self.words()[-3000:]}")

    def _started(self, command: list) -> subprocess.Popen:
        out = {"stdout": self.log, "stderr": subprocess.STDOUT}
        return subprocess.Popen([*map(str, command)], env=self.env, cwd=self.folder, **out)

    def inner(self) -> list[psutil.Process]:
        """The hub itself, where something stands around it."""
        family = below(self.hub.pid)
        return [child for child in family if child.cmdline()[1:3] == ["-m", "jupyterhub"]]

    def words(self) -> str:
        """What hub, proxy and servers have said."""
        self.log.flush()
        return Path(self.log.name).read_text(encoding="utf-8", errors="replace")

    def accounts(self, names: list[str]) -> dict[str, str]:
        """Makes students, as README.md says; their passwords by name."""
        if not self.walls:
            return dict.fromkeys(names, self.secret("password"))
        roster = self.folder / "roster.txt"
        roster.write_text("\n".join(names), encoding="utf-8")
        command = [sys.executable, DEPLOY / "accounts.py", roster]
        self.names += names
        self._forget_accounts()  # of a run that was ended before its end
        said = subprocess.run(command, env=self.env, capture_output=True, text=True, check=True)
        return dict(line.split(",") for line in said.stdout.splitlines()[1:])

    def _forget_accounts(self) -> None:
        for name in self.names:
            subprocess.run(["userdel", "--remove", name], capture_output=True, check=False)

    def secret(self, name: str) -> str:
        """A word of the hub's state folder."""
        return (self.folder / "state" / name).read_text(encoding="utf-8")

    def call(self, method: str, path: str, **json) -> requests.Response:
        """An answer of the hub's interface. Errors: HTTPError."""
        token = {"Authorization": f"token {self.secret('starter_token')}"}
        address = f"{self.address}/hub/api{path}"
        answer = requests.request(method, address, headers=token, json=json or None, timeout=60)
        answer.raise_for_status()
        return answer

    def token(self, name: str) -> str:
        """A token with a student's own rights."""
        return self.call("POST", f"/users/{name}/tokens", expires_in=7200).json()["token"]

    def ask_for_server(self, name: str) -> None:
        """Asks the hub to start a student's server; makes the student known first."""
        with contextlib.suppress(requests.HTTPError):  # known already
            self.call("POST", f"/users/{name}")
        self.call("POST", f"/users/{name}/server")

    def wait_for_server(self, name: str, seconds: float = 120) -> None:
        """Returns when a student's server answers. RuntimeError with the hub's words otherwise."""
        deadline = Deadline(seconds)
        while not deadline.over():
            server = self.call("GET", f"/users/{name}").json()["servers"].get("", {})
            if server.get("ready"):
                return
            if not server:
                break
            time.sleep(0.2)
        raise RuntimeError(f"{name} has no server:\n{self.words()[-3000:]}")

    def processes(self, name: str) -> list[psutil.Process]:
        """Every process of a student's server and kernels."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                said = process.environ()
                ours = str(self.ports[1]) in said.get("JUPYTERHUB_API_URL", "")
                if ours and said.get("JUPYTERHUB_USER") == name:
                    found.append(process)
        return found

    def close(self) -> None:
        """Ends everything that this hub has started, and takes its students' accounts away."""
        with contextlib.suppress(requests.RequestException):
            for user in self.call("GET", "/users").json():
                for process in self.processes(user["name"]):
                    with contextlib.suppress(psutil.Error):
                        process.kill()
        for process in (self.hub, self.proxy):
            end(process, signal.SIGTERM)
        self._forget_accounts()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def seen_by_all() -> list[str]:
    """What to put before a command, so that all may run a Python that lies below /root.

    In the command's view of the disk a closed folder is empty but for what runs the course.
    """
    needed = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
    closed = {parent for path in needed for parent in path.parents if not parent.stat().st_mode & 1}
    if not closed:
        return []
    view = ["bwrap", "--dev-bind", "/", "/", "--cap-add", "ALL"]
    for folder in sorted(closed):
        view += ["--tmpfs", str(folder)]
    for path in needed:
        if inside := [folder for folder in path.parents if closed & {folder, *folder.parents}]:
            for folder in reversed(inside):
                view += ["--perms", "0755", "--dir", str(folder)]
            view += ["--ro-bind", str(path), str(path)]
    return view


def why_no_walls() -> str:
    """Why there can be no students with accounts of their own here; "" where there can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "only root can make accounts and run servers as others"
    if missing := [name for name in ("useradd", "userdel", "chpasswd") if not shutil.which(name)]:
        return f"{', '.join(missing)} is not installed"
    if not (view := seen_by_all()):
        return ""
    if not shutil.which("bwrap"):
        return f"{sys.base_prefix} lies in a folder that only root may enter, and there is no bwrap"
    ran = subprocess.run([*view, "true"], capture_output=True, text=True, check=False)
    return f"bwrap can't open {sys.base_prefix} to all: {ran.stderr}" if ran.returncode else ""
