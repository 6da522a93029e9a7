"""The front door of the course: sets everything up, opens it, tests it.

    python3 start.py                set up what is missing, then open the course in JupyterLab
    python3 start.py setup          set up only
    python3 start.py lab            the same as no command; --no-browser, --port N
    python3 start.py present DECK   show the slides of a lecture, with widgets that work
    python3 start.py test           set up, then run everything that continuous integration runs
    python3 start.py doctor         say whether this machine is ready; --json

It needs nothing but Python. Everything it installs goes into .venv beside this file; delete that
folder and call again to begin afresh. Interrupt it when you like: the next call goes on from there.
"""

import argparse
import errno
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "course-setup.json"  # written last: without it, the set-up is taken as unfinished
COURSE = ROOT / ".course"
LOG = COURSE / "install.log"
FIRST_PAGE = "notebooks/00_start_here.ipynb"
PYTHONS = ((3, 12), (3, 11), (3, 10))
NEEDED_GB = 4
BUILT_HERE = ("learn2learn", "qpth")  # what needs a C compiler, and what only that needs
TRIED = (
    "torch, scipy.stats, matplotlib.pyplot, PIL, ipykernel.kernelapp, jupyter_server.serverapp, "
    "ipywidgets, anywidget"
)


class Stop(Exception):
    """The set-up cannot go on; the message is one sentence that says what to do."""


class NotBuilt(Stop):
    """learn2learn could not be installed; the course runs without it."""


# --- Is this machine ready? -----------------------------------------------------------------------


def check_python(version=sys.version_info[:2]):
    """Stop unless the course runs on this version of Python."""
    if tuple(version) in PYTHONS:
        return
    for good in PYTHONS:
        name = f"python{good[0]}.{good[1]}"
        if shutil.which(name) and _succeeds([name, "-c", "pass"]):
            raise Stop(f"This is Python {version[0]}.{version[1]}: call `{name} start.py` instead.")
    raise Stop(
        f"This is Python {version[0]}.{version[1]}, but the course needs 3.10, 3.11 or 3.12: "
        "install Python 3.12 from python.org (or your system's packages) and call "
        "`python3.12 start.py`."
    )


def check_folder(free=lambda: shutil.disk_usage(ROOT).free):
    """Stop unless the course's folder can be written and holds what will be installed."""
    COURSE.mkdir(exist_ok=True)
    (COURSE / "writable").write_text("yes", encoding="utf-8")
    (COURSE / "writable").unlink()
    needed = 1 if any(_site_packages().glob("torch-*.dist-info")) else NEEDED_GB
    if free() < needed * 1e9:
        raise Stop(
            f"The disk has {free() / 1e9:.1f} GB free and the course needs {needed} GB: make room, "
            "then call start.py again."
        )


def check_venv_module():
    """Stop where Python was installed without what makes virtual environments (Debian, Ubuntu)."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise Stop(
            f"Python's venv module is missing: call `sudo apt install {name}` (or your system's "
            "like), then start.py again."
        ) from None


# --- Set up ---------------------------------------------------------------------------------------


def set_up(retry=False):
    """Make .venv and install the locked set, unless done; `retry` what had to be left out."""
    stamp = _read_stamp()
    if stamp.get("key") == _key() and not (retry and stamp["without"]):
        return
    began = time.time()
    check_folder()
    usable = _works_with_pip(PYTHON)
    if not usable:
        check_python()
        check_venv_module()
    LOG.write_text("", encoding="utf-8")
    print(f"Setting up; the whole story is in {LOG.relative_to(ROOT)}.", flush=True)
    if not usable:
        run("making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    _forget(STAMP)
    _drop_half_installed()
    pip("pip", [line for line in _locked() if re.match(r"(pip|setuptools)==", line)])
    bars = ["--progress-bar", "raw"]
    pip("the course's packages", [*bars, "-r", _requirements("first", built_here=False)])
    without = []
    try:
        pip("learn2learn", [*bars, "-r", _requirements("learn2learn", built_here=True)])
    except NotBuilt as missing:
        print(f"Note: {missing}", flush=True)
        without = ["learn2learn"]
    pip("course_lib", ["--no-deps", "--no-build-isolation", "-e", "."])
    _register()
    run("trying it out", [str(PYTHON), "-c", f"import {TRIED}"])
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps({"key": _key(), "without": without}), encoding="utf-8")
    os.replace(str(new), str(STAMP))
    print(f"The course is set up ({_clock(time.time() - began)}).", flush=True)


def _key():
    """What the set-up depends on, as a short text: the lock, this folder, the Python in .venv."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("requirements.txt", "constraints.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    version = [sys.executable if not PYTHON.exists() else str(PYTHON), "--version"]
    digest.update(subprocess.run(version, stdout=subprocess.PIPE, check=False).stdout)
    return digest.hexdigest()[:16]


def _read_stamp():
    if not (PYTHON.exists() and STAMP.exists()):
        return {}
    return json.loads(STAMP.read_text(encoding="utf-8"))


def _locked():
    return (ROOT / "constraints.lock").read_text(encoding="utf-8").splitlines()


def _requirements(name, built_here):
    """The path of a requirements file with one half of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = [line for line in lines if re.match(r"[a-z]", line)]
    half = [line for line in names if (re.split(r"[= ]", line)[0] in BUILT_HERE) == built_here]
    path = COURSE / f"requirements-{name}.txt"
    path.write_text("\n".join(["-c ../constraints.lock", *half, ""]), encoding="utf-8")
    return str(path.relative_to(ROOT))


def _drop_half_installed():
    """Remove what an interrupted pip left half done, which it would take for installed."""
    unfinished = [d for d in _site_packages().glob("*.dist-info") if not (d / "RECORD").exists()]
    for folder in [*unfinished, *_site_packages().glob("~*/")]:
        shutil.rmtree(str(folder))


def _register():
    """Add the course's kernel to .venv, and JupyterLab settings that keep it from calling home."""
    kernel = ["--prefix", str(VENV), "--name", "learning-to-learn"]
    kernel += ["--display-name", "Learning to Learn"]
    run("the kernel", [str(PYTHON), "-m", "ipykernel", "install", *kernel])
    settings = VENV / "share/jupyter/lab/settings"
    settings.mkdir(parents=True, exist_ok=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": quiet}
    (settings / "overrides.json").write_text(json.dumps(overrides, indent=2), encoding="utf-8")


# --- pip, with its output condensed to one moving line --------------------------------------------


def pip(what, arguments):
    """Run `pip install` with these arguments.

    It compiles nothing in advance: trying the course out compiles what it uses, in half the time.
    """
    options = ["--disable-pip-version-check", "--no-input", "--no-compile"]
    run(what, [str(PYTHON), "-m", "pip", "install", *options, *arguments])


def run(what, command):
    """Run a command, show its progress, keep its words in the log; stop with a sentence."""
    began = time.time()
    progress = Progress(what)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        process = subprocess.Popen(
            command,
            cwd=str(ROOT),
            env=_env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        reader = threading.Thread(target=progress.read, args=(process.stdout, log), daemon=True)
        reader.start()
        try:
            while process.poll() is None:
                progress.show(time.time() - began)
                time.sleep(0.2)
        except KeyboardInterrupt:
            _end(process)
            raise
        finally:
            reader.join(timeout=5)
            process.stdout.close()
    progress.end(time.time() - began)
    if process.returncode != 0:
        raise (NotBuilt if what == "learn2learn" else Stop)(explain(progress.tail, what))


class Progress:
    """One line that says how far pip is: `[ 57/172] numpy   0:31`."""

    def __init__(self, what):
        self.what = what
        self.label = what
        self.found = 0
        self.names = []
        self.tail = []
        self.before = 0
        self.shown = ("", 0.0)

    def read(self, stream, log):
        """Take in pip's lines until it ends."""
        for line in stream:
            self.take(line.strip())
            if not line.startswith("Progress "):
                log.write(line)
                log.flush()

    def take(self, line):
        """Change the label to what the line tells."""
        words = line.split()
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            self.found += 1
            name = words[1] if words[0] == "Collecting" else words[3]
            self.label = "finding " + re.split(r"[=<>!~;\[ ]", name)[0]
        elif line.startswith("Downloading "):
            self.label = "downloading " + words[1].split("/")[-1].split("-")[0]
        elif line.startswith("Progress "):
            done, size = int(words[1]), int(words[3])
            self.label = f"{self.label.split(':')[0]}: {done / 1e6:.0f} of {size / 1e6:.0f} MB"
        elif line.startswith("Building wheel") and "started" in line:
            self.label = "building " + words[3]
        elif line.startswith("Installing collected packages: "):
            self.names = line.split(": ", 1)[1].split(", ")
            self.before = _count_installed()
        if line and not line.startswith("Progress "):
            self.tail = [*self.tail[-79:], line]

    def line(self):
        """The progress as a text, without the time."""
        if self.names:
            total = len(self.names)
            done = min(max(_count_installed() - self.before, 0), total - 1)
            return f"[{done + 1:3d}/{total}] {self.names[done]}"
        return f"[{self.found:3d}] {self.label}" if self.found else self.label

    def show(self, seconds):
        """Draw the line: in place on a terminal, now and then in a log."""
        text = self.line()
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns
            sys.stdout.write(f"\r\x1b[K{_clock(seconds)}  {text}"[: width + 3])
        elif text != self.shown[0] and seconds - self.shown[1] >= 5:
            sys.stdout.write(f"{_clock(seconds)}  {text}\n")
            self.shown = (text, seconds)
        sys.stdout.flush()

    def end(self, seconds):
        """Leave one line that stays."""
        sys.stdout.write("\r\x1b[K" if sys.stdout.isatty() else "")
        count = f": {len(self.names)} installed" if self.names else ""
        print(f"{_clock(seconds)}  {self.what}{count}", flush=True)


def explain(tail, what):
    """One sentence that says what to do about a failed pip, from the last lines that it printed."""
    text = "\n".join(tail)
    if re.search(r"No space left|Errno 28|Disk quota", text):
        return _disk_full()
    if re.search(r"Read-only file system|Permission denied|Errno 13|Errno 30", text):
        return _not_writable()
    unreachable = (
        r"NewConnectionError|NameResolution|ConnectionError|ProxyError|SSLError|IncompleteRead|"
        r"Max retries|Retrying|Temporary failure|timed out|Connection (refused|reset)"
    )
    not_built = "Failed building wheel" in text or not re.search(unreachable, text)
    if what == "learn2learn" and not_built:
        return (
            "learn2learn could not be built, so it is left out and the course runs without it; to "
            "have it, install a C compiler (Debian, Ubuntu: `sudo apt install build-essential "
            "python3-dev`; macOS: `xcode-select --install`) and call `start.py setup`."
        )
    nothing_there = what == "pip" and "from versions: none" in text  # every index holds a pip
    if nothing_there or re.search(unreachable, text):
        return (
            "The package index could not be reached: check the network (or your proxy settings), "
            "then call start.py again; what has been downloaded is kept."
        )
    missing = re.search(r"No matching distribution found for (\S+)", text)
    if missing:
        return (
            f"There is no {missing.group(1)} for this machine and Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}: call start.py with Python 3.11, on "
            "64-bit Linux, macOS on Apple silicon, or Windows."
        )
    return f"Something failed at {what}: read the end of {LOG.relative_to(ROOT)}, then call again."


# --- Open, test, examine --------------------------------------------------------------------------


def lab(arguments):
    """Open the course in JupyterLab, on this machine only."""
    _check_port(arguments)
    set_up()
    page = f"/lab/tree/{FIRST_PAGE}" if (ROOT / FIRST_PAGE).exists() else "/lab"
    options = [f"--LabApp.default_url={page}"]
    return _serve("JupyterLab", "jupyterlab", ROOT, options, arguments, _env())


def present(arguments):
    """Show a deck with a kernel behind it: RISE in the classic notebook, where widgets work."""
    _check_port(arguments)
    set_up()
    command = [str(PYTHON), "-m", "course_lib", "slides", "live", *arguments.deck[:1]]
    ready = subprocess.run(
        command, cwd=str(ROOT), env=_env(), stdout=subprocess.PIPE, check=False, encoding="utf-8"
    )
    if ready.returncode != 0:
        raise Stop(ready.stdout.strip() or "the deck could not be prepared.")
    notebook = ROOT / ready.stdout.split("\n")[-2]
    options = [f"--NotebookApp.default_url=/nbclassic/notebooks/{notebook.name}"]
    settings = {"JUPYTER_CONFIG_DIR": str(notebook.parent / "settings")}
    print("The slides start by themselves; space turns them, t opens the notes.", flush=True)
    env = {**_env(), **settings}
    return _serve("the slides", "nbclassic", notebook.parent, options, arguments, env)


def _check_port(arguments):
    if arguments.port is not None and not _port_is_free(arguments.port):
        raise Stop(
            f"Port {arguments.port} is taken: choose another, or leave --port out and a free one "
            "is found."
        )


def _serve(what, module, folder, options, arguments, env):
    """Run a Jupyter server for `folder`, on this machine only, until it ends or Ctrl-C."""
    command = [str(PYTHON), "-m", module, "--ServerApp.ip=127.0.0.1", "--log-level=WARN"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.extension_manager=readonly"]
    command += options
    command += ["--no-browser"] if arguments.no_browser else []
    command += [f"--port={arguments.port}", "--port-retries=0"] if arguments.port else []
    command += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    print(f"Opening {what}; Ctrl-C here closes it.", flush=True)
    process = subprocess.Popen(command, cwd=str(ROOT), env=env, start_new_session=True)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        _end(process)
        print("\nClosed; call start.py again to go on.", flush=True)
        return 0


def test(_arguments):
    """Run everything that continuous integration runs; the last line counts what passed."""
    set_up()
    _find_chromium()
    report = COURSE / "tests.xml"
    _forget(report)
    steps = {
        "ruff check": ["ruff", "check", "."],
        "ruff format --check": ["ruff", "format", "--check", "."],
        "pytest": ["pytest", "--nbval", f"--junitxml={report}", "notebooks", "tests"],
    }
    passed = failed = skipped = 0
    lines = []
    for name, command in steps.items():
        print(f"\n--- {name}", flush=True)
        began = time.time()
        ran = subprocess.run([str(PYTHON), "-m", *command], cwd=str(ROOT), env=_env(), check=False)
        good = ran.returncode == 0
        lines.append(f"{name}: {'passed' if good else 'FAILED'} ({_clock(time.time() - began)})")
        if name == "pytest" and report.exists():
            counts = _count_tests(report)
            passed, skipped = passed + counts[0], counts[2]
            failed += max(counts[1], 0 if good else 1)
        else:
            passed, failed = passed + good, failed + (not good)
    print("\n--- summary", *lines, sep="\n")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


def _count_tests(report):
    """(passed, failed, skipped) of a JUnit report."""
    suites = ElementTree.parse(str(report)).getroot().iter("testsuite")
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
        skipped += int(suite.get("skipped"))
    return total - failed - skipped, failed, skipped


def _find_chromium():
    """Install Debian's chromium for the browser tests, or say why they will be skipped."""
    if shutil.which("chromium") or not sys.platform.startswith("linux"):
        reason = None if shutil.which("chromium") else "chromium is installed by apt, on Linux only"
    elif not shutil.which("apt-get"):
        reason = "there is no chromium and no apt-get to install it"
    else:
        root = os.geteuid() == 0
        apt = ["apt-get"] if root else ["sudo", "-n", "apt-get"]
        if not root and not (shutil.which("sudo") and _succeeds(["sudo", "-n", "true"])):
            reason = "installing chromium needs root: call `sudo apt-get install chromium`"
        else:
            print("Installing chromium for the browser tests ...", flush=True)
            install = [*apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"]
            done = _succeeds(install) or (_succeeds([*apt, "update", "-qq"]) and _succeeds(install))
            reason = None if done else "`apt-get install chromium` failed"
    if reason:
        print(f"The browser tests will be skipped: {reason}.", flush=True)


def doctor(arguments):
    """Say whether this machine is ready for the course."""
    python = str(PYTHON) if PYTHON.exists() else sys.executable
    if not PYTHON.exists():
        check_python()
    command = [python, "-m", "course_lib", "doctor", *(["--json"] if arguments.json else [])]
    return subprocess.run(command, cwd=str(ROOT), env=_env(), check=False).returncode


# --- Small things ---------------------------------------------------------------------------------


def _env():
    """The environment for what start.py calls, without what would lead Python or pip elsewhere."""
    env = dict(os.environ)
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"):
        env.pop(name, None)
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # with it, every import would compile torch again
    env.update(PYTHONUTF8="1", DEBIAN_FRONTEND="noninteractive")
    return env


def _succeeds(command):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        return subprocess.run(command, env=_env(), check=False, **quiet).returncode == 0
    except FileNotFoundError:
        return False


def _works_with_pip(python):
    good = f"import sys, pip._internal.cli.main; sys.exit(sys.version_info[:2] not in {PYTHONS})"
    return _succeeds([str(python), "-c", good])


def _end(process):
    """Wait for a process that has been told to stop; after ten seconds, end it."""
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _forget(path):
    if path.exists():
        path.unlink()


def _site_packages():
    found = [*VENV.glob("lib/python*/site-packages"), VENV / "Lib/site-packages"]
    return found[0]


def _count_installed():
    return sum(1 for _ in _site_packages().glob("*.dist-info"))


def _port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _disk_full():
    return f"The disk is full: make {NEEDED_GB} GB of room, then call start.py again."


def _not_writable():
    return f"{ROOT} cannot be written: copy the course to a folder of your own and call it there."


def main(argv=None):
    """The exit status of the command that `argv` names."""
    parser = argparse.ArgumentParser(
        prog="start.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = {"setup": None, "lab": lab, "present": present, "test": test, "doctor": doctor}
    parser.add_argument("command", nargs="?", default="lab", choices=list(commands))
    parser.add_argument("deck", nargs="*", help="present: the deck, such as talk or 04")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=int, help="lab, present: the port to listen on")
    parser.add_argument("--json", action="store_true", help="doctor: one JSON object")
    arguments = parser.parse_args(argv)
    try:
        if arguments.command == "setup":
            set_up(retry=True)
            print("Call `python3 start.py` to open the course.")
            return 0
        return commands[arguments.command](arguments)
    except Stop as stop:
        message = str(stop)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = _disk_full()
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            message = _not_writable()
        else:
            raise
    except KeyboardInterrupt:
        print("\nInterrupted; call the same command again and it goes on from here.")
        return 130
    print(f"start.py: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
