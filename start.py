"""The front door of the course: sets everything up, opens it, tests it.

    python3 start.py                set up what is missing, then open the course in JupyterLab
    python3 start.py setup          set up only; call it to mend a set-up, too
    python3 start.py lab            the same as no command; --no-browser, --port N
    python3 start.py present DECK   show the slides of a lecture, with widgets that work
    python3 start.py test           set up, then run everything that continuous integration runs
    python3 start.py doctor         say whether this machine is ready; --json

It needs nothing but Python. Everything it installs goes into .venv beside this file; delete that
folder and call again to begin afresh. Interrupt it when you like: the next call goes on from there.
"""

# Any Python must be able to read this file, 2.7 included, to be told what the course needs.
# The work is done in course_lib/front_door.
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main(arguments):
    """The exit status of the command that `arguments` name."""
    sys.path.insert(0, os.path.join(HERE, "course_lib", "front_door"))
    try:
        import pythons
    except ImportError:
        sys.stderr.write(
            "start.py: the folder course_lib is missing beside it: call start.py in the folder of "
            "the course (`git checkout .` brings back what is lost).\n"
        )
        return 1
    del sys.path[0]
    if not pythons.is_supported(sys.version_info):
        return pythons.go_elsewhere([os.path.abspath(__file__)] + arguments)
    sys.path.insert(0, HERE)
    from course_lib.front_door import command_line, processes

    processes.listen()
    return command_line.main(arguments, explanation=__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
