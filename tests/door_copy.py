"""A copy of the front door in a folder of its own, with installers that only pretend.

The environment is real, and so are the processes, the lock and the signals. What pretends is pip,
uv and the trying out: each notes who ran it, when and into which environment.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from course_lib.front_door.places import Places

ROOT = Path(__file__).resolve().parents[1]
FILES = ("start.py", "requirements.txt", "constraints.lock", "pyproject.toml")

# Plays `python -m pip …` and `python -m uv …`. FAKE_SAYS may hold {"uv": [text, status], …}: what
# to say, and how to end, at the step whose command holds that word. FAKE_SECONDS: how long each
# step lasts.
INSTALLER = """
import json, os, sys, time
def play(name):
    words, began = " ".join(sys.argv[1:]), time.time()
    if words.startswith("config"):
        return
    note = {"name": name, "words": words, "prefix": sys.prefix, "began": began, "beside": beside()}
    print("Collecting torch==2.13.0", flush=True)
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
    for word, (text, status) in json.loads(os.environ.get("FAKE_SAYS", "{}")).items():
        if word in name + " " + words:
            print(text, flush=True)
            if status:
                write({**note, "ended": time.time()})
                sys.exit(status)
    write({**note, "ended": time.time()})
def beside():
    folder = os.environ["FAKE_NOTES"] + ".running"
    os.makedirs(folder, exist_ok=True)
    others = [pid for pid in os.listdir(folder) if lives(pid)]
    open(os.path.join(folder, str(os.getpid())), "w").close()
    return others
def lives(pid):
    try:
        state = open("/proc/" + pid + "/stat").read().rpartition(")")[2].split()[0]
        return state != "Z" and b"fake" in open("/proc/" + pid + "/environ", "rb").read().lower()
    except OSError:
        return False
def write(note):
    with open(os.environ["FAKE_NOTES"], "a") as file:
        file.write(json.dumps(note) + "\\n")
"""
PACKAGES = {
    "fake_installer.py": INSTALLER,
    "pip/__init__.py": "",
    "pip/__main__.py": "import fake_installer\nfake_installer.play('pip')",
    "pip/_internal/__init__.py": "",
    "pip/_internal/cli/__init__.py": "",
    "pip/_internal/cli/main.py": "",
    "uv/__init__.py": "",
    "uv/__main__.py": "import fake_installer\nfake_installer.play('uv')",
}
PUT = (
    "import pathlib, sys, sysconfig\n"
    "site = pathlib.Path(sysconfig.get_path('purelib'))\n"
    f"for name, text in {PACKAGES!r}.items():\n"
    "    (site / name).parent.mkdir(parents=True, exist_ok=True)\n"
    "    (site / name).write_text(text)\n"
)
# What is replaced in the copy, and what stands there instead.
REPLACED = {
    "installing.py": ('"-I", "-m", "ensurepip", "--upgrade"', f'"-I", "-c", {PUT!r}'),
    "setting_up.py": ('str(places.python), "-c", TRY', 'str(places.python), "-c", "pass"'),
}


class Door:
    """The copy in `folder`."""

    def __init__(self, folder: Path):
        self.root, self.places = folder, Places(folder)
        self.begun: list[subprocess.Popen] = []
        self.notes = folder.parent / f"{folder.name}.notes"
        folder.mkdir(parents=True)
        for name in FILES:
            shutil.copy(ROOT / name, folder)
        (folder / "packaging").mkdir()
        for room in ("front_door", "ground"):  # start.py's own, and what course_lib itself imports
            shutil.copytree(ROOT / "course_lib" / room, folder / "course_lib" / room)
        for file in (ROOT / "course_lib").glob("*.py"):
            shutil.copy(file, folder / "course_lib")
        for name, (old, new) in REPLACED.items():
            file = folder / "course_lib" / "front_door" / name
            text = file.read_text(encoding="utf-8")
            assert old in text
            file.write_text(text.replace(old, new), encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """start.py with these arguments, by this Python's base (which is never installed into)."""
        return [sys._base_executable, str(self.root / "start.py"), *arguments]

    def env(self, says: dict | None = None, **more: str) -> dict[str, str]:
        """The variables for a call."""
        fakes = {"FAKE_NOTES": str(self.notes), "FAKE_SAYS": json.dumps(says or {})}
        return {**os.environ, **fakes, "UV_TORCH_BACKEND": "auto", **more}

    def begin(self, *arguments: str, **more: str) -> subprocess.Popen:
        """A call that goes on while the test looks; `close` ends it, if nothing else does."""
        process = subprocess.Popen(
            self.command(*arguments), env=self.env(**more), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            start_new_session=True,
        )  # fmt: skip
        self.begun.append(process)
        return process

    def close(self) -> None:
        """Ends every call that still runs, also where a test has failed in the middle."""
        for process in self.begun:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()

    def call(self, *arguments: str, says: dict | None = None, **more: str):
        """What start.py printed and how it ended."""
        return subprocess.run(
            self.command(*arguments), env=self.env(says, **more), stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip

    def sentence(self, *arguments: str, says: dict | None = None, **more: str) -> str:
        """What start.py says when it stops: one line, no traceback, status 1."""
        ran = self.call(*arguments, says=says, **more)
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1), ran.stdout + ran.stderr
        assert ran.stderr.startswith("start.py: ")
        return ran.stderr.strip()

    def installed(self) -> list[dict]:
        """What the pretenders noted: one entry for each installer that came to its end."""
        if not self.notes.exists():
            return []
        return [json.loads(line) for line in self.notes.read_text().splitlines()]

    def is_set_up(self) -> bool:
        """Whether the stamp says so."""
        return self.places.stamp.is_file()

    def leftovers(self) -> list[str]:
        """What a set-up has begun and not taken away."""
        return sorted(path.name for path in self.root.glob(".venv.*"))
