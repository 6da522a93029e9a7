"""Sphinx makes the pages: its settings, and one run of it."""

import shutil
import warnings
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from course_lib.press.site import needs

HERE = Path(__file__).parent
SCRIPTS = ("mathjax.js", "course.css", "course_site.js")
SETTINGS = {
    "project": "Learning to Learn",
    "author": "Learning to Learn",
    "copyright": "texts, figures and numbers CC BY 4.0, code MIT",
    "extensions": ["myst_nb", "sphinx_design", "course_lib.press.site.extension"],
    "root_doc": "index",
    "exclude_patterns": ["_static", "_build"],
    "html_theme": "sphinx_book_theme",
    "html_title": "Learning to Learn",
    "language": "en",
    # The notebooks are shown as they are stored. {}: no page asks a server for widget scripts.
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {},
    "nb_code_prompt_show": "Unfold the {type}",
    "nb_code_prompt_hide": "Fold the {type} away",
    "myst_enable_extensions": ["dollarmath", "amsmath", "colon_fence", "attrs_inline"],
    "myst_heading_anchors": 4,
    "myst_heading_slug_func": "course_lib.press.site.extension.slug",
    "mathjax_path": "mathjax.js",
    "mathjax3_config": {"options": {"enableMenu": False}, "svg": {"fontCache": "global"}},
    "html_static_path": ["_static"],
    "html_css_files": ["course.css"],
    "html_js_files": [("course_site.js", {"defer": "defer"})],
    "html_context": {"default_mode": "auto"},
    # A page opened from disk may not fetch another one to show where a word stands in it.
    "html_show_search_summary": False,
    "html_show_sourcelink": False,
    "html_copy_source": False,
    "html_theme_options": {
        "use_download_button": False,
        "use_fullscreen_button": False,
        "use_repository_button": False,
        "show_navbar_depth": 1,
        "navbar_persistent": [],
        "navbar_start": [],
        "navbar_center": [],
        "navbar_end": [],
    },
}
LEFT_OUT = (".doctrees", ".buildinfo", "objects.inv", "_static/locales")  # no reader needs them


def prepare(sources: Path) -> None:
    """Puts what every page loads into the sources' `_static`."""
    static = sources / "_static"
    static.mkdir(parents=True, exist_ok=True)
    shutil.copy(needs.mathjax(), static / "mathjax.js")


def run(sources: Path, built: Path, more: Mapping | None = None) -> list[str]:
    """Makes the pages of `sources` in the folder `built`; returns Sphinx's warnings.

    Errors: ValueError where Sphinx gives up.
    """
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError

    said = StringIO()
    doctrees = sources / ".doctrees"
    settings = {**SETTINGS, **(more or {})}
    try:
        with warnings.catch_warnings():  # what the theme asks of Sphinx is between those two
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            app = Sphinx(
                sources, None, built, doctrees, "html",
                confoverrides=settings, status=None, warning=said, freshenv=True,
            )  # fmt: skip
            app.build(force_all=True)
    except SphinxError as problem:
        raise ValueError(f"Sphinx could not make the pages: {problem}.") from problem
    clean(built)
    return [line for line in said.getvalue().splitlines() if line.strip()]


def clean(built: Path) -> None:
    """Takes out what no reader needs."""
    for name in LEFT_OUT:
        path = built / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in [*built.rglob("*.map"), *(built / "_static").glob("*.html")]:
        path.unlink()  # the latter are templates of the theme
