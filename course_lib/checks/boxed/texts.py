"""Texts of strangers, on their way to a table, a page or a terminal."""

import json
import unicodedata


def clean(text: str) -> str:
    """The text without control characters, without marks that turn lines round; one line."""
    spaced = " ".join(str(text).split())
    return "".join("?" if unicodedata.category(letter)[0] == "C" else letter for letter in spaced)


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8, UTF-16, or Windows' own; without the mark that tells which."""
    try:
        return raw.decode(json.detect_encoding(raw)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
