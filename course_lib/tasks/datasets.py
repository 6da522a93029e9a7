"""The sets of handwritten characters by name: which one a notebook uses on this machine
(notebooks 06 and 07)."""

from course_lib.tasks import glyphs, omniglot
from course_lib.tasks.characters import CharacterSet


def load(name: str = "auto") -> CharacterSet:
    """The character set called `name`: "glyphs", "omniglot", or "auto".

    "auto" is Omniglot where its file is found on this machine, else the glyphs, which are drawn
    from a font at first use and need no download.
    Errors: ValueError for another name; FileNotFoundError for "omniglot" without its file.
    """
    if name == "auto":
        name = "omniglot" if omniglot.find() else "glyphs"
    if name == "glyphs":
        return glyphs.load()
    if name == "omniglot":
        return omniglot.load()
    raise ValueError(f"There is no character set {name!r}: choose 'glyphs', 'omniglot' or 'auto'.")
