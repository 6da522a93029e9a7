"""From the repository to the folder of the site."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course_lib.ground import files
from course_lib.press.notebooks.files import find_pairs, read_notebook
from course_lib.press.site import landing, moving, opening, sphinx_run
from course_lib.press.site.copying import Page, copied
from course_lib.press.slides.page import build as build_deck

HERE = Path(__file__).parent
BUILT = Path("site", "build")
BOOKS = ("notebooks", "exercises")
TEXTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")
DOWNLOADS = Path("downloads")


@dataclass(frozen=True)
class Built:
    """What a build has made: pages, widgets that move, and what Sphinx had to say."""

    pages: int
    moving: int
    warnings: list[str]


def build(root: Path, work: Path, built: Path, say: Callable[[str], None] = print) -> Built:
    """Makes the site of the course in `root` in the folder `built`; `work` holds what is between.

    Errors: ValueError where Sphinx or a part of the course is missing.
    """
    sources, pages = work / "sources", work / "pages"
    sphinx_run.prepare(sources)
    write_texts(root, sources)
    for key in moving.MOVING:
        moving.write_frames(key, sources)
    say(f"{len(moving.MOVING)} widgets move")
    write_books(root, sources)
    warnings = sphinx_run.run(sources, pages)
    shutil.rmtree(built, ignore_errors=True)
    shutil.copytree(pages, built)
    say(f"{len(list(built.rglob('*.html')))} pages by Sphinx")
    for pair in find_pairs(root, [], "slides", "[!.]*"):
        build_deck(pair, built / landing.DECKS)
    say("decks")
    for book in BOOKS:
        for path in sorted((root / book).glob("*.ipynb")):
            target = built / DOWNLOADS / book / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return Built(len(list(built.rglob("*.html"))), len(moving.MOVING), warnings)


def write_texts(root: Path, sources: Path) -> None:
    """The pages that are no notebooks, and the files that every page loads."""
    for name in (*TEXTS, *(f"{guide}.md" for guide in landing.guides(root))):
        if (root / name).exists():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, sources / name)
    shutil.copytree(root / "docs", sources / "docs", dirs_exist_ok=True)
    (sources / "_static").mkdir(parents=True, exist_ok=True)
    shutil.copy(root / "docs" / "picture.png", sources / "_static" / "picture.png")
    shutil.copy(HERE / "course.css", sources / "_static" / "course.css")
    files.write(sources / "_static" / "course_site.js", moving.script())
    files.write(sources / "index.md", landing.front_page(root))
    files.write(sources / "decks.md", landing.decks_page(root))


def write_books(root: Path, sources: Path) -> None:
    """The copies of the notebooks and of the students' exercise books."""
    where = opening.address(root)
    page = Page(sources, moving=lambda key: key in moving.MOVING and moving.figure(key, page.up))
    for book in BOOKS:
        for path in sorted((root / book).glob("*.ipynb")):
            target = Path(book, path.name)
            below = opening.line(where, target.as_posix(), page.up, companions(root, target, page))
            nb = copied(read_notebook(path), page, below)
            (sources / target).parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(nb, sources / target)


def companions(root: Path, book: Path, page: Page) -> dict[str, str]:
    """What belongs to a notebook or to an exercise book: links by their words."""
    others = {
        "Notebook": Path("notebooks", book.name), "Exercises": Path("exercises", book.name)
    }  # fmt: skip
    found = {
        words: f"{page.up}{other.with_suffix('.html').as_posix()}"
        for words, other in others.items()
        if other != book and (root / other).exists()
    }
    if (root / "slides" / book.name).exists():
        found["Slides"] = f"{page.up}{landing.DECKS.as_posix()}/{book.stem}.html"
    return found
