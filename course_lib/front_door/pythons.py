"""Which Pythons the course runs on, and where to get one. Every Python can read this, even 2.7."""

import os
import subprocess
import sys

PYTHONS = ((3, 10), (3, 11), (3, 12), (3, 13), (3, 14))
PREFERRED = ("3.12", "3.13", "3.11", "3.14", "3.10")
SWITCHED = "COURSE_SWITCHED_PYTHON"  # set for the Python that was switched to: no second switch
SAID = "Python 3.10 to 3.14"


def is_supported(version):
    """Whether the course runs on this version of Python."""
    return tuple(version[:2]) in PYTHONS


def go_elsewhere(command):
    """Run `command` with a Python of this machine that fits, or say where to get one.

    `command` is start.py and its arguments. Returns the exit status.
    """
    version = ".".join(str(part) for part in sys.version_info[:2])
    here = "This is Python {0}, but the course needs {1}".format(version, SAID)
    found = None if os.environ.get(SWITCHED) else beside()
    if found is None:
        sys.stderr.write("start.py: {0}: {1}, then call start.py with it.\n".format(here, how()))
        return 1
    sys.stdout.write("{0}: going on with `{1}`.\n".format(here, " ".join(found)))
    sys.stdout.flush()
    env = dict(os.environ)
    env[SWITCHED] = "1"
    if os.name == "nt":
        return subprocess.call(found + command, env=env)
    os.execvpe(found[0], found + command, env)


def beside():
    """The command of a Python on this machine that fits, such as ["python3.12"], or None."""
    code = "import sys, venv; sys.exit(sys.version_info[:2] not in {0!r})".format(PYTHONS)
    for version in PREFERRED:
        command = ["py", "-" + version] if os.name == "nt" else ["python" + version]
        try:
            with open(os.devnull, "w") as nowhere:
                quiet = {"stdout": nowhere, "stderr": nowhere}
                if subprocess.call(command + ["-c", code], **quiet) == 0:
                    return command
        except OSError:  # there is no such program
            continue
    return None


def how(platform=sys.platform, system=None):
    """How to get a Python that fits on this system: the rest of a sentence."""
    if platform == "win32":
        return "install Python 3.12 from python.org, or call `winget install Python.Python.3.12`"
    if platform == "darwin":
        return "install Python 3.12 from python.org, or call `brew install python@3.12`"
    system = read_system() if system is None else system
    names = " ".join((system.get("ID", ""), system.get("ID_LIKE", ""))).split()
    if "debian" in names or "ubuntu" in names:
        # The newest of Debian and of Ubuntu bring one by the name python3; the oldest bring none.
        return (
            "call `sudo apt install python3 python3-venv` where that brings 3.10 or later (Debian "
            "12, Ubuntu 22.04), or get Python 3.12 from python.org"
        )
    if "fedora" in names or "rhel" in names or "centos" in names:
        return "call `sudo dnf install python3.12`"
    if "suse" in names or "opensuse" in names:
        return "call `sudo zypper install python312`"
    if "arch" in names:
        return "call `sudo pacman -S python`"
    return "install Python 3.12 with your system's packages or from python.org"


def read_system(path="/etc/os-release"):
    """What a Linux system says of itself: {"ID": "debian"}; empty where it says nothing."""
    try:
        with open(path) as file:
            lines = [line.strip().split("=", 1) for line in file if "=" in line]
    except (IOError, OSError, ValueError):  # two classes in Python 2
        return {}
    return dict((key, value.strip("\"'")) for key, value in lines)
