"""Two outputs are the same if their words are, and their numbers up to one unit at the end."""

import random
import re
from decimal import Decimal

import pytest

from course_lib.press.notebooks.numerals import NUMBER, close, difference, pieces, unit_of


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("10-way 5-shot: 48.8 %", "10-way 5-shot: 48.9 %"),
        ("9.9", "10.0"),
        ("9.99", "10.0"),  # three digits, as `:.3g` prints them
        ("0.0999", "0.100"),
        ("-0.0 and 0.00", "0.0 and -0.00"),
        ("+0.0", "-0.0"),
        ("−0.1", "-0.1"),
        ("-0.05", "-0.06"),
        ("1e-3", "9e-4"),
        ("1.50e+03", "1.51e+03"),
        ("9.99e-04", "1.00e-03"),
        ("1,234.5 s", "1,234.6 s"),
        ("999.9", "1,000.0"),
        ("tensor([0.5000, 1.0000])", "tensor([0.5001, 0.9999])"),
        ("0.1", "0.09999999999999999"),
        ("48.8/60.1", "48.9/60.0"),
        ("x=0.5;", "x=0.6;"),
        ("a   9.9  right\nb   1.0  wrong", "a  10.0  right\nb   1.0  wrong"),
        ("    acc\n0   9.9", "     acc\n0   10.0"),
        ("acc = 9.9", "acc =10.0"),
        ("|---|---:|\n| a | 41.9 ± 1.0 |", "|---|---:|\n| a | 42.0 ± 0.9 |"),
        ("<td>48.8</td>", "<td>48.9</td>"),
        ("It ends with 3.1.", "It ends with 3.2."),
        ("(0.5, 0.7)", "(0.4, 0.8)"),
        ("0.5-0.7", "0.6-0.7"),
    ],
)
def test_one_unit_of_the_last_digit_is_no_difference(stored, fresh):
    assert difference(stored, fresh) == ""
    assert difference(fresh, stored) == ""


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("right: 48.8", "right: 49.0"),  # two units
        ("right: 48.8", "right: 48.6"),
        ("9.9", "10.1"),
        ("1e-3", "3e-3"),
        ("1e-3", "1e-4"),
        ("9e-4", "2e-3"),
        ("-0.1", "0.1"),  # a sign
        ("-48.8", "48.8"),
        ("−1.5", "1.5"),
        ("right: 48.8", "wrong: 48.8"),  # a word
        ("48.8 %", "48.8"),
        ("48.8", "nan"),
        ("nan", "inf"),
        ("57 of 60", "58 of 60"),  # a whole number
        ("49 %", "50 %"),
        ("(5, 1, 28, 28)", "(5, 1, 28, 29)"),
        ("285", "295"),
        ("1,234", "1,235"),
        ("[1. 2.]", "[1. 3.]"),
        ("[1.e+00 1.e+02]", "[1.e+00 2.e+02]"),
        ("1", "1.0"),
        ("3", "3."),
        ("1-shot", "2-shot"),  # a label
        ("2026-11-25", "2026-11-26"),
        ("26.11.2026", "26.12.2026"),
        ("torch 2.13.0", "torch 2.13.1"),
        ("v1.2", "v1.3"),
        ("out/0.5.png", "out/0.6.png"),
        ("runs/0.5/log", "runs/0.6/log"),
        ("127.0.0.1", "127.0.0.2"),
        ("check 05.4", "check 05.5"),
        ("W5.1a", "W5.2a"),
        ("x_0.5", "x_0.6"),
        ("0.5", "0.5 0.5"),  # more, less, or in another place
        ("0.5 0.7", "0.5"),
        ("0.5\n0.7", "0.5 0.7"),
        ("a b", "ab"),
        ("", "0.5"),
        ("0.1 0.5", "0.5 0.1"),
    ],
)
def test_all_else_is_a_difference(stored, fresh):
    assert difference(stored, fresh)
    assert difference(fresh, stored)


def test_the_message_shows_the_place():
    stored, fresh = "5-way: 65.7 %\n10-way: 48.8 %", "5-way: 65.7 %\n10-way: 48.6 %"
    assert difference(stored, fresh) == ("'%\\n10-way: 48.8' is stored, '%\\n10-way: 48.6' came.")
    assert len(difference("a" * 10_000, "b" * 10_000)) < 500


def texts(count: int = 3000) -> list[str]:
    """Odd texts, made by chance from what numbers and their surroundings are made of."""
    gen = random.Random(0)
    parts = [*"0123456789.,-+−eE%/()[]:_ \n", "12.5", "1e-3", "v1.2.3", "0.0", "ab", "±", "¹", "٣"]
    return ["".join(gen.choices(parts, k=gen.randrange(1, 14))) for _ in range(count)]


def test_every_text_equals_itself_and_what_is_cut_is_the_whole_text():
    for text in texts():
        assert difference(text, text) == ""
        cut = pieces(text)
        assert all(close(piece.number, piece.number) for piece in cut[:-1])
        together = "".join(piece.words + (piece.number or "") for piece in cut)
        assert re.sub(r"[ \t]", "", together) == re.sub(r"[ \t]", "", text)


def test_in_any_text_a_digit_more_or_less_outside_of_a_number_is_seen():
    changed = 0
    for text in texts():
        tolerant = [match.span() for match in NUMBER.finditer(text)]
        for place, letter in enumerate(text):
            if letter in "0123456789" and not any(a <= place < b for a, b in tolerant):
                other = text[:place] + str((int(letter) + 1) % 10) + text[place + 1 :]
                assert difference(text, other), (text, other)
                changed += 1
    assert changed > 1000


def test_in_any_text_a_number_may_move_by_one_unit_and_not_by_two():
    moved = 0
    for text in texts():
        for match in NUMBER.finditer(text):
            unit = unit_of(match.group())
            if unit is None or "," in match.group() or match.group()[0] in "+−":
                continue
            value = Decimal(match.group())
            for steps in (1, 2):
                new = str(value + steps * unit)  # Decimal keeps the number of decimals
                other = text[: match.start()] + new + text[match.end() :]
                if [m.group() for m in NUMBER.finditer(other)].count(new):
                    assert bool(difference(text, other)) == (steps == 2), (text, other)
                    moved += 1
    assert moved > 1000
