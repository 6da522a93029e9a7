"""Texts of strangers, on their way to a table, a page or a terminal."""

import unicodedata


def clean(text: str) -> str:
    """The text without control characters, without marks that turn lines round; one line."""
    spaced = " ".join(str(text).split())
    return "".join("?" if unicodedata.category(letter)[0] == "C" else letter for letter in spaced)
