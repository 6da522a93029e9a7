"""Runs everything that continuous integration runs."""

import os
import shutil
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from course_lib.front_door import processes
from course_lib.front_door.places import Places
from course_lib.front_door.saying import clock
from course_lib.front_door.setting_up import set_up


def test(places: Places) -> int:
    """Run every step; the last line counts what passed. 1 if anything failed."""
    set_up(places)
    find_chromium(places)
    passed = failed = skipped = 0
    lines = []
    for name, arguments in steps().items():
        print(f"\n--- {name}", flush=True)
        began = time.time()
        report = places.course / f"tests-{os.getpid()}.xml"
        command = [str(places.python), "-m", *arguments]
        command += [f"--junitxml={report}"] if arguments[0] == "pytest" else []
        good = processes.call(command, cwd=places.root, env=processes.environment()) == 0
        lines.append(f"{name}: {'passed' if good else 'FAILED'} ({clock(time.time() - began)})")
        if arguments[0] == "pytest" and report.exists():
            counts = count_tests(report)
            report.unlink()
            passed, skipped = passed + counts[0], skipped + counts[2]
            failed += max(counts[1], 0 if good else 1)
        else:
            passed, failed = passed + good, failed + (not good)
    print("\n--- summary", *lines, sep="\n")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


def steps() -> dict[str, list[str]]:
    """What is run, as arguments of `python -m`."""
    return {
        "ruff check": ["ruff", "check", "."],
        "ruff format --check": ["ruff", "format", "--check", "."],
        "pytest": ["pytest", *side_by_side(), "--nbval", "notebooks", "tests"],
        "the same output on another processor": [
            "course_lib",
            "notebooks",
            "check",
            "--processors",
            "--settings",
            "foreign",
            "--books",
            "notebooks",
            "slides",
            "--fresh",
        ],
    }


def side_by_side() -> list[str]:
    """Two workers share the tests where there are two cores; a file's tests stay with one of them.

    No more than two: each has a browser, and servers, of its own.
    """
    return ["-n", "2", "--dist", "loadfile"] if (os.cpu_count() or 1) > 1 else []


def count_tests(report: Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of a JUnit report."""
    suites = ElementTree.parse(str(report)).getroot().iter("testsuite")
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
        skipped += int(suite.get("skipped"))
    return total - failed - skipped, failed, skipped


def find_chromium(places: Places) -> None:
    """Install Debian's chromium for the browser tests, or say why they will be skipped."""
    if shutil.which("chromium"):
        return
    reason = None
    if not sys.platform.startswith("linux"):
        reason = "chromium is installed by apt, on Linux only"
    elif not shutil.which("apt-get"):
        reason = "there is no chromium and no apt-get to install it"
    else:
        root = os.geteuid() == 0
        apt = ["apt-get"] if root else ["sudo", "-n", "apt-get"]
        if not root and not (shutil.which("sudo") and processes.succeeds(["sudo", "-n", "true"])):
            reason = "installing chromium needs root: call `sudo apt-get install chromium`"
        else:
            print("Installing chromium for the browser tests ...", flush=True)
            install = [*apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"]
            done = _quietly(install, places) or (
                _quietly([*apt, "update", "-qq"], places) and _quietly(install, places)
            )
            reason = None if done else "`apt-get install chromium` failed"
    if reason:
        print(f"The browser tests will be skipped: {reason}.", flush=True)


def _quietly(command: list[str], places: Places) -> bool:
    """Whether a command of any length succeeds; what it says goes nowhere."""
    quiet = {"stdout": processes.subprocess.DEVNULL, "stderr": processes.subprocess.DEVNULL}
    return processes.call(command, cwd=places.root, env=processes.environment(), **quiet) == 0
