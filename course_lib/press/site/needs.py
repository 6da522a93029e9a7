"""What the site needs beside the course's own packages: `requirements-site.txt`."""

import sys
from importlib import metadata
from pathlib import Path

WANTED = ("sphinx", "myst-nb", "sphinx-book-theme", "sphinx-design", "sphinx-mathjax-offline")
OLDEST = (3, 11)  # that Sphinx 9 runs on
MATHJAX = "static/mathjax/tex-svg.js"  # one file: no page fetches a second one
INSTALL = "python -m pip install -r requirements-site.txt"


def why_not() -> str:
    """Why no site can be built here, in a sentence that says what to do; "" where it can."""
    if sys.version_info < OLDEST:
        return "The site needs Python 3.11 or newer, because Sphinx 9 does: use another Python."
    absent = [name for name in WANTED if not _installed(name)]
    if absent:
        return f"The site needs {', '.join(absent)}: call `{INSTALL}`."
    return ""


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def mathjax() -> Path:
    """MathJax 3 for SVG as the one file that the pages load.

    Errors: ValueError where the installed package lacks it.
    """
    return packaged("sphinx-mathjax-offline", MATHJAX)


def why_no_pdf() -> str:
    """Why the PDF cannot be packed here, with what to do; "" where it can."""
    return "" if _installed("pikepdf") else f"pikepdf is not installed: call `{INSTALL}`"


def why_not_axe() -> str:
    """Why axe-core cannot look at pages here; "" where it can."""
    try:
        axe()
    except ValueError as problem:
        return str(problem).rstrip(".")
    return ""


def axe() -> Path:
    """The script of axe-core, which looks for what keeps people out of a page.

    Errors: ValueError where it is not installed.
    """
    return packaged("axe-playwright-python", "axe.min.js")


def packaged(package: str, ending: str) -> Path:
    """The file of an installed package whose path ends so. Errors: ValueError without one."""
    for file in (metadata.files(package) or []) if _installed(package) else []:
        if str(file).endswith(ending):
            return Path(file.locate())
    raise ValueError(f"{package} with its {ending} is not installed: call `{INSTALL}`.")
