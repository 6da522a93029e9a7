"""The glossary: each notebook's page links the first use of a word to what it means.

People write `docs/glossary.md`. An entry is a heading of the third level; after `Also:` stand other
forms of the word. Nothing is linked in headings, links, code and formulas.
"""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = "docs/glossary"
ENTRY = re.compile(r"(?m)^### (.+)\n\n((?:.+\n?)+)")
ALSO = re.compile(r"Also: ([^.]+)\.")
MET = re.compile(r"Met in \[(\d\d)\]")


@dataclass(frozen=True)
class Word:
    """A word, its other forms, what it means, and the number of the notebook that brings it."""

    name: str
    forms: tuple[str, ...]
    meaning: str
    met: str

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return slug(self.name)


def slug(title: str) -> str:
    """The anchor of a heading, as JupyterLab has it: `#Many-tasks`."""
    return title.replace(" ", "-")


def words(text: str) -> list[Word]:
    """The entries of the glossary's Markdown."""
    found = []
    for name, entry in ENTRY.findall(text):
        also = ALSO.search(entry)
        forms = (name, *(also[1].split(", ") if also else ()))
        meaning = ALSO.sub("", MET.split(entry)[0])
        met = MET.search(entry)
        found.append(Word(name, forms, " ".join(meaning.split()), met[1] if met else ""))
    return found


def finder(known: list[Word]) -> tuple[re.Pattern, dict[str, Word]]:
    """What finds a form of any word in a text, and the word of each form in small letters."""
    by_form = {form.lower(): word for word in known for form in word.forms}
    longest_first = sorted(by_form, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), by_form


def link_first_uses(app, doctree, docname: str) -> None:
    """Sphinx's event `doctree-resolved`: links the first use of each word on a notebook's page."""
    from docutils import nodes

    if not docname.startswith("notebooks/"):
        return
    text = (Path(app.srcdir) / f"{PAGE}.md").read_text(encoding="utf-8")
    number = docname.removeprefix("notebooks/")[:2]
    known = [word for word in words(text) if word.met <= number]  # before, it means another thing
    if not known:
        return
    pattern, by_form = finder(known)
    page = app.builder.get_relative_uri(docname, PAGE)
    told: set[Word] = set()
    for text in list(doctree.findall(nodes.Text)):
        if _stands_apart(text):
            continue
        parts, at = [], 0
        for match in pattern.finditer(text.astext()):
            word = by_form[match[0].lower()]
            if word in told:
                continue
            told.add(word)
            parts.append(nodes.Text(text.astext()[at : match.start()]))
            link = nodes.reference("", match[0], refuri=f"{page}#{word.anchor}", internal=True)
            link["classes"].append("course-word")
            parts.append(link)
            at = match.end()
        if parts:
            parts.append(nodes.Text(text.astext()[at:]))
            text.parent.replace(text, [part for part in parts if part.astext()])


def _stands_apart(text) -> bool:
    """Whether a text is a heading, a link, code or a formula, or not running text at all."""
    from docutils import nodes

    apart = (
        nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.math,
        nodes.math_block, nodes.raw, nodes.Invisible, nodes.caption,
    )  # fmt: skip
    inside, node = False, text.parent
    while node is not None:
        if isinstance(node, apart):
            return True
        inside = inside or isinstance(node, nodes.paragraph)
        node = node.parent
    return not inside
