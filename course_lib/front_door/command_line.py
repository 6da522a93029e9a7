"""The commands of start.py, and the door through which its faults become sentences."""

import argparse
import subprocess
import sys

from course_lib.front_door import processes
from course_lib.front_door.environment import own
from course_lib.front_door.places import Places
from course_lib.front_door.saying import Stop, of_system
from course_lib.front_door.serving import lab, present
from course_lib.front_door.setting_up import set_up
from course_lib.front_door.testing import test


def main(arguments: list[str], *, explanation: str | None = None, places: Places | None = None):
    """The exit status of the command that `arguments` name."""
    places = places or Places()
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a letter must not stop anything
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = parse(arguments, explanation)
    try:
        return run(options, places)
    except Stop as stop:
        message = str(stop)
    except BrokenPipeError:  # whoever read our words has gone
        return 1
    except OSError as error:
        message = of_system(error, places)
    except (KeyboardInterrupt, processes.Ended) as ended:
        print("\nInterrupted; call the same command again and it goes on from here.", flush=True)
        return getattr(ended, "status", 130)
    print(f"start.py: {message}", file=sys.stderr)
    return 1


def parse(arguments: list[str], explanation: str | None) -> argparse.Namespace:
    """The command and its options; wrong ones end the program with a sentence."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="start.py", description=explanation, formatter_class=raw, allow_abbrev=False
    )
    commands = ["setup", "lab", "present", "test", "doctor"]
    parser.add_argument("command", nargs="?", default="lab", choices=commands)
    parser.add_argument("deck", nargs="*", help="present: the deck, such as talk or 04")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=int, help="lab, present: the port to listen on")
    parser.add_argument("--json", action="store_true", help="doctor: one JSON object")
    options = parser.parse_args(arguments)
    most = 1 if options.command == "present" else 0
    if len(options.deck) > most:
        parser.error(f"{options.command} does not take {options.deck[most]!r}")
    return options


def run(options: argparse.Namespace, places: Places) -> int:
    """Do what the options say."""
    server = {"port": options.port, "browser": not options.no_browser}
    if options.command == "setup":
        set_up(places, again=True)
        print("Call `python3 start.py` to open the course.")
        return 0
    if options.command == "present":
        return present(places, options.deck, **server)
    if options.command == "test":
        return test(places)
    if options.command == "doctor":
        return doctor(places, as_json=options.json)
    return lab(places, **server)


def doctor(places: Places, *, as_json: bool) -> int:
    """Say whether this machine is ready, with the Python in .venv if there is one of ours."""
    python = str(places.python) if own(places) else sys.executable
    command = [python, "-m", "course_lib", "doctor", *(["--json"] if as_json else [])]
    env = processes.environment()
    return subprocess.run(command, cwd=places.root, env=env, check=False).returncode
