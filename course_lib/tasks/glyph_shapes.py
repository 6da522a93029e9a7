"""From a letter of DejaVu Sans to a pen stroke: outline → skeleton → distance to the skeleton
(notebooks 00 and 06).

A skeleton is what the pen follows. The distance to it can be bent like rubber and then be inked
with any pen, which is what `glyphs` does.
"""

import importlib.util
import json
import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_lib.ground import files

SIDE, BOX = 64, 48  # a character fills BOX of the SIDE pixels
FAR = 8  # distances are exact up to FAR pixels, and FAR beyond
MIN_SKELETON = 45  # pixels: dots and short dashes are no characters
MIN_APART = 1.3  # pixels: characters closer than this look the same
RING = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]  # clockwise from N
LIST = Path(__file__).with_name("glyph_characters.json")


@lru_cache(maxsize=1)
def alphabets() -> dict[str, str]:
    """The characters of each alphabet, as `select` found them."""
    return files.read_json(LIST, f"{LIST} is damaged: restore it with git.")


def font_path() -> Path:
    """DejaVu Sans, a font that comes with matplotlib. It is named, so no substitute is taken."""
    folder = importlib.util.find_spec("matplotlib").submodule_search_locations[0]
    path = Path(folder) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    if not path.is_file():
        raise FileNotFoundError(f"The font {path} is missing: reinstall matplotlib.")
    return path


@lru_cache(maxsize=512)
def _font(size: int):
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path()), size, layout_engine=ImageFont.Layout.BASIC)


def _ink(char: str, size: int) -> Bool[np.ndarray, "height width"]:
    """Where the character is black at this font size, cropped to the ink."""
    from PIL import Image, ImageDraw

    font = _font(size)
    left, top, right, bottom = font.getbbox(char)
    image = Image.new("L", (right - left + 20, bottom - top + 20))
    ImageDraw.Draw(image).text((10 - left, 10 - top), char, fill=255, font=font)
    ink = np.asarray(image) >= 128
    return ink[ink.any(1)][:, ink.any(0)]


def outline(char: str) -> Bool[np.ndarray, "64 64"]:
    """The character's black pixels, its longer side scaled to BOX pixels, in the middle."""
    ink = _ink(char, 100)
    if not ink.size:
        raise ValueError(f"The font draws nothing for U+{ord(char):04X}.")
    ink = _ink(char, max(8, min(300, round(100 * BOX / max(ink.shape)))))[:SIDE, :SIDE]
    height, width = ink.shape
    y, x = (SIDE - height) // 2, (SIDE - width) // 2
    image = np.zeros((SIDE, SIDE), bool)
    image[y : y + height, x : x + width] = ink
    return image


@lru_cache(maxsize=1)
def _removable() -> Bool[np.ndarray, "2 256"]:
    """Whether a pixel may go, by half-step and by which of its 8 neighbours are black (a bit each).

    Source: Zhang & Suen 1984, conditions (a) to (d) (unchecked).
    """
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    neighbours = bits.sum(1)
    crossings = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(1)
    north, east, south, west = (bits[:, k] == 1 for k in (0, 2, 4, 6))
    common = (neighbours >= 2) & (neighbours <= 6) & (crossings == 1)
    first = ~(north & east & south) & ~(east & south & west)
    second = ~(north & east & west) & ~(north & south & west)
    return np.stack([common & first, common & second])


def skeleton(black: Bool[np.ndarray, "n height width"]) -> Bool[np.ndarray, "n height width"]:
    """Lines of one pixel's width that run along the middle of the black strokes.

    Peels black pixels off from outside until nothing changes; never breaks a line.
    Source: Zhang & Suen 1984 (unchecked).
    """
    padded = np.pad(black, ((0, 0), (1, 1), (1, 1))).astype(np.uint8)
    flat, width = padded.reshape(-1), padded.shape[2]
    left = np.flatnonzero(flat)  # the pixels that are still black
    peeled = True
    while peeled:
        peeled = False
        for removable in _removable():
            code = np.zeros(len(left), np.uint8)
            for bit, (dy, dx) in enumerate(RING):
                code |= flat[left + dy * width + dx] << bit
            gone = removable[code]
            flat[left[gone]] = 0
            left = left[~gone]
            peeled |= bool(gone.any())
    return padded[:, 1:-1, 1:-1].astype(bool)


def distance(lines: Bool[np.ndarray, "n height width"]) -> Float[Tensor, "n height width"]:
    """Euclidean distance from each pixel to the nearest line pixel, at most FAR.

    Two passes: squared distance along columns, then min over columns of (that + Δx²).
    """
    squared = torch.where(torch.from_numpy(lines), 0.0, float(FAR**2))
    for axis in (1, 2):
        nearest, size = squared.clone(), squared.shape[axis]
        for step in range(1, FAR):
            for to, source in ((step, 0), (0, step)):
                here = nearest.narrow(axis, to, size - step)
                there = squared.narrow(axis, source, size - step)
                torch.minimum(here, there + step**2, out=here)
        squared = nearest
    return squared.sqrt()


def apart(lines: Bool[np.ndarray, "n 64 64"]) -> Float[Tensor, "n n"]:
    """How far two characters are apart: mean distance from one's lines to the other's, in pixels.

    The larger of the two directions, so that E and F differ (symmetric chamfer distance).
    """
    ink = torch.from_numpy(lines).flatten(1).float()
    directed = ink @ distance(lines).flatten(1).T / ink.sum(1, keepdim=True)
    return torch.maximum(directed, directed.T)


def _alphabet_of(char: str) -> str | None:
    """The alphabet a letter belongs to, by its Unicode name; None for letters we leave out."""
    if unicodedata.category(char) not in ("Lu", "Ll", "Lo"):
        return None
    name, marked = unicodedata.name(char), " WITH " in unicodedata.name(char)
    script = name.split()[0]
    if script == "GEORGIAN":
        forms = {"CAPITAL": "Asomtavruli", "SMALL": "Nuskhuri", "LETTER": "Mkhedruli"}
        return f"Georgian {forms[name.split()[1]]}"
    if script in ("LATIN", "GREEK", "CYRILLIC"):
        return f"{script.title()}{' with marks' if marked else ''}"
    if script == "ARABIC":
        return "Arabic joined" if " FORM" in name else "Arabic"
    if script == "CANADIAN":
        return "Canadian Syllabics"
    if "DOUBLE-STRUCK" in name:
        return "Double-struck"
    if script in ("SCRIPT", "BLACK-LETTER"):
        return "Script and Fraktur"
    plain = {"NKO": "N'Ko", "OLD": "Old Italic"}
    known = ("ARMENIAN", "HEBREW", "LAO", "OGHAM", "TIFINAGH")
    return plain.get(script) or (script.title() if script in known else None)


def select() -> dict[str, str]:
    """Alphabet → characters: the font's letters that are long enough and look unlike earlier ones.

    What `glyph_characters.json` holds. Needs about 15 s.
    """
    from fontTools.ttLib import TTFont

    chars = [chr(c) for c in sorted(TTFont(font_path()).getBestCmap()) if _alphabet_of(chr(c))]
    chars = [c for c in chars if _ink(c, 100).size]
    lines = skeleton(np.stack([outline(c) for c in chars]))
    long_enough = lines.sum((1, 2)) >= MIN_SKELETON
    gap = apart(lines).numpy()
    kept: list[int] = []
    for i in np.flatnonzero(long_enough):
        if not kept or gap[i, kept].min() >= MIN_APART:
            kept.append(int(i))
    groups: dict[str, str] = {}
    for i in kept:
        name = str(_alphabet_of(chars[i]))
        groups[name] = groups.get(name, "") + chars[i]
    return groups


if __name__ == "__main__":
    text = json.dumps(select(), indent=1, sort_keys=True)
    files.write(LIST, text + "\n")
