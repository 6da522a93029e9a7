"""Where the hub keeps its things, and how it is set: environment variables, each with a default.

COURSE_HUB_STATE    database, cookie secret, tokens: a folder that only the hub may enter
COURSE_HUB_COURSE   the students' copy of `class pack`, which everybody may read
COURSE_HUB_PYTHON   the Python that runs the course and the students' servers
COURSE_HUB_WALLS    "users": every student is a user of the system, and the hub is root;
                    "none": all run as who runs the hub, without walls between them
COURSE_HUB_PORTS    three ports on this machine: for browsers, the hub's and the proxy's own
COURSE_HUB_IDLE     seconds after which a kernel that nobody uses is ended
COURSE_HUB_MEMORY   bytes that one kernel or server of a student may take
"""

import os
import secrets
from pathlib import Path

HERE = Path(__file__).resolve().parent
SRV = Path("/srv/learning-to-learn")
STATE = Path(os.environ.get("COURSE_HUB_STATE", SRV / "state"))
COURSE = Path(os.environ.get("COURSE_HUB_COURSE", SRV / "class/students"))
PYTHON = os.environ.get("COURSE_HUB_PYTHON", str(COURSE / ".venv/bin/python"))
WALLS = os.environ.get("COURSE_HUB_WALLS", "users") == "users"
PORT, HUB_PORT, PROXY_PORT = map(int, os.environ.get("COURSE_HUB_PORTS", "8000 8081 8001").split())
IDLE = int(os.environ.get("COURSE_HUB_IDLE", 3600))
MEMORY = int(os.environ.get("COURSE_HUB_MEMORY", 4_000_000_000))
GROUP = "course-students"
RUN = ".jupyter/run"  # the folder of a student's sockets, in the home
FOLDER = "learning-to-learn"  # the course's folder in a student's home


def too_long(home: Path) -> str:
    """Why the sockets of kernels have no room in a home, as a sentence; "" where they have.

    The path of a socket has 107 bytes at most, and 63 of them are `RUN` and Jupyter's own.
    """
    if len(os.fsencode(home)) <= 44:
        return ""
    return f"{home} is too long for the sockets of kernels: a home may have 44 letters at most."


def secret(name: str) -> str:
    """A word that only the hub's user can read, kept in the state folder; made when missing."""
    STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
    STATE.chmod(0o700)
    path = STATE / name
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
    except FileExistsError:
        pass
    return path.read_text()
