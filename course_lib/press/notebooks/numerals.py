"""Reads the numbers in a text as numbers, so that a rounding's last digit is no difference.

Two processors add in different orders: 48.85 is printed as 48.8 by one and as 48.9 by the other.
So a number with decimals, or with an exponent, may move by one unit of its last printed digit.
All else must be equal, letter for letter. That goes for whole numbers too: a count, a label, a
shape or a step does not move with the rounding, and where it does, the notebook has to be mended.
"""

import re
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

# Not a number: what goes on in a word, a version, a date, a path or an address, such as v1.2,
# 2.13.0, 26.11.2026, out/0.5.png, 127.0.0.1; a label with a leading nought, such as 05.4.
NUMBER = re.compile(
    r"""
    (?: (?<![\w.)\]]) [-+−] )?                # a sign, if it joins nothing to the left
    (?<! [\w.] ) (?<! [^\W\d]/ )              # neither inside a word nor behind a folder's name
    (?! 0[0-9] )
    (?: [0-9]{1,3} (?: ,[0-9]{3} )+ | [0-9]+ )
    (?: \.[0-9]* (?: [eE][-+]?[0-9]+ )? | [eE][-+]?[0-9]+ )
    (?! \.?\w )
    """,
    re.VERBOSE,
)
BLANKS = re.compile(r"[ \t]+")


class Piece(NamedTuple):
    """A stretch of text: the words before a number, and the number; None behind the last one."""

    words: str
    number: str | None


def pieces(text: str) -> list[Piece]:
    """The text cut behind each number; blanks count once, and beside a number not at all.

    A column is as wide as its widest number, so 9.9 → 10.0 moves the blanks of a whole table.
    """
    found, start = [], 0
    for match in NUMBER.finditer(text):
        found.append(Piece(bare(text[start : match.start()]), match.group()))
        start = match.end()
    return [*found, Piece(bare(text[start:]), None)]


def bare(words: str) -> str:
    """Words without the blanks at both ends, and with single ones inside. Line ends stay."""
    return BLANKS.sub(" ", words).strip(" ")


def value_of(number: str) -> Decimal:
    """The number that was printed, exactly."""
    return Decimal(number.replace(",", "").replace("−", "-"))


def unit_of(number: str) -> Decimal | None:
    """One unit of the last printed digit: 0.1 of 48.8, 10 of 1.50e+03, 0.001 of 1e-3.

    None for `3.` and `3.e+02`: an array prints that when all its numbers are whole.
    """
    mantissa = re.split("[eE]", number)[0]
    return None if mantissa.endswith(".") else Decimal(1).scaleb(value_of(number).as_tuple()[2])


def close(stored: str, fresh: str) -> bool:
    """Whether two printed numbers are at most one unit of the last digit apart.

    Where their last digits differ, as in 9.99 and 10.0 or 9e-4 and 1e-3, the finer one counts.
    """
    units = [unit for unit in (unit_of(stored), unit_of(fresh)) if unit is not None]
    return abs(value_of(stored) - value_of(fresh)) <= min(units, default=0)


def difference(stored: str, fresh: str) -> str:
    """How the first difference reads, `'right: 48.8' is stored, 'right: 48.6' …`; empty if none."""
    if stored == fresh:
        return ""
    for old, new in zip_longest(pieces(stored), pieces(fresh), fillvalue=Piece("", None)):
        same_words = old.words == new.words
        if same_words and old.number is not None and new.number is not None:
            if close(old.number, new.number):
                continue
        elif same_words and old.number == new.number:
            continue
        return f"{shown(old)!r} is stored, {shown(new)!r} came."
    return ""


def shown(piece: Piece) -> str:
    """A piece as a message shows it, with the end of long words only."""
    text = f"{piece.words} {piece.number or ''}".strip(" ")
    return text if len(text) <= 200 else f"…{text[-200:]}"
