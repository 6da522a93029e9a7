"""The first page of the site, the page of the decks, and the order of all pages."""

import html
from pathlib import Path

from course_lib.press.notebooks.contents import headline, read_times, rounded_up, widget_ids
from course_lib.press.notebooks.files import Pair, find_pairs, read_notebook
from course_lib.press.slides.deck import clock, slides_of

DECKS = Path("decks")  # the built decks, inside the site
FRONT = """# Learning to Learn

**How to learn from many tasks, so that the next one needs only a few examples.**

An interactive course on meta-learning. Each notebook takes one idea from plain words to the
formula, to a few lines of PyTorch, and to a picture that you change with your own hands.

```{{image}} _static/picture.png
:alt: {picture}
:class: course-hero
```

## Begin

1. Read [notebook 00](notebooks/00_start_here.ipynb). You need derivatives and a little
   probability. PyTorch is explained as it comes.
2. Where the text says **Bet, then run**, make your bet before you unfold what came out. Being wrong
   there is the point.
3. Move the widgets. Here they go through pictures that were computed beforehand. In the
   [live notebooks](README.md#two-commands) they compute, and points can be dragged.
4. After a notebook, its exercises. A check says at once whether you are right; that, too, needs the
   live notebook.

No time for all of it? There are [a way of two hours and one of six](docs/routes.md). A word that
you don't know stands in the [glossary](docs/glossary.md). Each page links it at its first use.

## The notebooks

{table}

## And

- [The decks](decks.md): a talk of 75 minutes, and a short deck for each notebook.
- [The capstone of 00 to 06](exercises/06_your_own_question.ipynb): a question of your own.
- [Your own model and data](docs/own_model.md): meta-train any `nn.Module`.
- [What carries each claim](docs/claims.md): every sentence that compares, and its asserts.
- [Lesson plans](docs/plans.md): for whoever teaches it, a page for each session.
- [To install the course, teach with it, change it](README.md).
"""
TREE = """
```{{toctree}}
:hidden:
:caption: {caption}
:maxdepth: 1

{pages}
```
"""


def front_page(root: Path) -> str:
    """The text of the first page, with the tree of all pages."""
    pairs = find_pairs(root, [])
    books = sorted(path.stem for path in (root / "exercises").glob("*.ipynb"))
    trees = {
        "Notebooks": [f"notebooks/{pair.name}" for pair in pairs],
        "Exercises": [f"exercises/{name}" for name in books],
        "More": [
            "decks", "docs/glossary", *documents(root), "README", *guides(root), "CONTRIBUTING",
            "CHANGELOG",
        ],
    }  # fmt: skip
    text = FRONT.format(table=table(root, pairs), picture=picture_alt(root))
    return text + "".join(
        TREE.format(caption=caption, pages="\n".join(pages)) for caption, pages in trees.items()
    )


def documents(root: Path) -> list[str]:
    """The pages of `docs`, without the glossary, which comes before them."""
    names = sorted(path.stem for path in (root / "docs").glob("*.md"))
    return [f"docs/{name}" for name in names if name != "glossary"]


def guides(root: Path) -> list[str]:
    """The pages that explain a folder of the course, such as `deploy/README`."""
    return sorted(f"{path.parent.name}/README" for path in root.glob("[!.]*/README.md"))


def picture_alt(root: Path) -> str:
    """What the README's picture shows, in the README's words."""
    text = (root / "README.md").read_text(encoding="utf-8")
    return text.partition("![")[2].partition("](docs/picture.png)")[0]


def table(root: Path, pairs: list[Pair]) -> str:
    """A row for each notebook: its question, its exercises, its deck."""
    times = read_times(root)
    rows = ["| notebook | the question | live widgets | runs in | |", "|---|---|---|---|---|"]
    for pair in pairs:
        nb = read_notebook(pair.ipynb)
        title, question = headline(nb)
        seconds = times.get(pair.name, {}).get("seconds")
        time = rounded_up(seconds) if seconds is not None else "–"
        more = [f"[exercises](exercises/{pair.name}.ipynb)", deck_link(pair.name, "slides")]
        rows.append(
            f"| [{pair.number} · {title}](notebooks/{pair.name}.ipynb) | {question} "
            f"| {', '.join(widget_ids(nb)) or '–'} | {time} | {' · '.join(more)} |"
        )
    return "\n".join(rows)


def deck_link(name: str, words: str, slide: int = 1, up: str = "") -> str:
    """A link to a slide of a built deck, which is no page of Sphinx's."""
    place = f"#{slide}" if slide > 1 else ""
    return f'<a href="{up}{DECKS.as_posix()}/{name}.html{place}">{html.escape(words)}</a>'


def decks_page(root: Path) -> str:
    """The page that lists the decks, with the titles of their slides."""
    parts = [
        "# Decks\n",
        "A deck opens in the page. Space or the arrow keys turn the slides, `o` shows all of them, "
        "`?` says the other keys. Widgets move through frames computed ahead.\n",
    ]
    for pair in find_pairs(root, [], "slides", "[!.]*"):
        slides = slides_of(read_notebook(pair.ipynb))
        total = clock(sum(slide.seconds for slide in slides))
        parts.append(f"## {slides[0].title}\n")
        link = deck_link(pair.name, "Open the deck")
        parts.append(f"{link}: {len(slides)} slides, {total} minutes.\n")
        titles = [
            f"<li>{deck_link(pair.name, plain(slide.title), number)}</li>"
            for number, slide in enumerate(slides, 1)
        ]
        inside = "".join(titles)
        parts.append(f"<details><summary>Its slides</summary><ol>{inside}</ol></details>\n")
    return "\n".join(parts)


def plain(title: str) -> str:
    """A title without the marks of Markdown."""
    return title.replace("*", "").replace("`", "").replace("$", "")
