"""The course as a site that opens from disk: `python -m course_lib site build|check|pdf`.

`build` copies what people read into a folder of its own (`copying`), lets Sphinx make the pages
(`sphinx_run`), and puts the decks and the moving widgets beside them. `check` opens every page in a
browser without a network.
"""

from pathlib import Path

from course_lib.ground.paths import ROOT


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """The exit status of `site COMMAND`: 0 is fine, 1 is a problem, printed, 2 is bad usage."""
    from course_lib.press.site.command_line import main

    return main(argv, root)
