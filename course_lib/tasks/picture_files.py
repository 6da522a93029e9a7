"""Picture files of any make, decoded: turned as they were held, on paper, at 8 bits a channel
(notebook 06).

One loader for all pictures that a reader brings: `strokes.read_pictures` and `miniimagenet.load`.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

LARGEST = 300_000_000  # bytes of a picture, unpacked: a phone's 50 megapixels in colour are half
ENOUGH = 2048  # pixels: a longer side is made this short while it is read, where the format can
# All that a file which is no good picture can raise in Pillow.
BROKEN = (
    UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError,
    OverflowError, TypeError, NotImplementedError, AttributeError, RuntimeError, MemoryError,
    struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip


def decoded(path: Path, mode: str) -> Image.Image:
    """The first picture of a file in `mode` "L" (grey) or "RGB", upright by its EXIF note.

    Transparent parts become paper. What has more than 8 bits is scaled to 8: whole numbers by the
    largest that they can hold, floats from 0…1, anything else by its own range.
    Errors: FileNotFoundError where there is no file; ValueError that names a file which is no
    picture or too large.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no picture {path}: check the name and the folder.")
    try:
        with _opened(path) as opened:
            if opened.format == "JPEG":  # read at a half, a quarter or an eighth
                opened.draft(mode, (ENOUGH, ENOUGH))
            width, height = opened.size
            if width * height * len(opened.getbands()) > LARGEST:
                size = f"{width} × {height} pixels"
                raise _TooLarge(f"{path} has {size}: make it smaller, 2000 × 2000 is plenty.")
            opened.load()
            turn = opened.getexif().get(0x0112, 1)
            return _upright(flattened(opened, mode), turn)
    except _TooLarge as problem:
        raise ValueError(str(problem)) from problem
    except BROKEN as problem:
        raise ValueError(f"{path} is no picture that can be read: save it as PNG.") from problem


def flattened(picture: Image.Image, mode: str) -> Image.Image:
    """A picture of Pillow in `mode` "L" or "RGB": 8 bits a channel, transparent parts on paper."""
    return _on_paper(_reduced(_eight_bits(picture))).convert(mode)


class _TooLarge(Exception):
    """The picture has more pixels than can be unpacked here."""


def _opened(path: Path) -> Image.Image:
    """The file, opened and not yet read: its size is looked at by us, in a sentence."""
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        return Image.open(path)
    finally:
        Image.MAX_IMAGE_PIXELS = most


def _eight_bits(picture: Image.Image) -> Image.Image:
    """The picture as L, LA, RGB or RGBA."""
    mode = picture.mode
    if mode in ("I", "F") or mode.startswith("I;"):
        values = np.asarray(picture, dtype=np.float64)
        values = np.where(np.isfinite(values), values, 0)
        low, high = values.min(), values.max()
        if mode == "F" and low >= 0 and high <= 1:
            scale = 255.0
        elif low >= 0 and high <= 255:
            scale = 1.0
        elif low >= 0 and high <= 65535 and mode != "F":
            scale = 255 / 65535
        else:
            values, scale = values - low, 255 / (high - low)
        return Image.fromarray((values * scale).round().astype(np.uint8))
    if "transparency" in picture.info or mode in ("PA", "La", "RGBa"):
        return picture.convert("RGBA")
    if mode in ("L", "LA", "RGB", "RGBA"):
        return picture
    return picture.convert("L" if mode == "1" else "RGB")


def _reduced(picture: Image.Image) -> Image.Image:
    """The picture with a whole number of pixels averaged to one, while it is far too large."""
    factor = max(picture.size) // ENOUGH
    return picture.reduce(factor) if factor > 1 and min(picture.size) >= factor else picture


def _on_paper(picture: Image.Image) -> Image.Image:
    """The picture without transparent parts: paper lies behind it.

    Paper is what most of the opaque part is, where that is most of the picture. Else the opaque
    part is the ink, and paper is white behind dark ink, black behind bright ink.
    """
    if "A" not in picture.getbands():
        return picture
    picture = picture.convert("RGBA")
    alpha = np.asarray(picture.getchannel("A"))
    grey = np.asarray(picture.convert("RGB").convert("L"))[alpha > 127]
    if 2 * grey.size > alpha.size:
        paper = int(np.median(grey))
    else:
        paper = 255 if not grey.size or np.median(grey) < 128 else 0
    page = Image.new("RGBA", picture.size, (paper, paper, paper, 255))
    return Image.alpha_composite(page, picture).convert("RGB")


def _upright(picture: Image.Image, turn: object) -> Image.Image:
    """The picture as it was held, for EXIF orientation `turn` (1…8); other values say nothing."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    known = turn in turns if isinstance(turn, int) else False
    return picture.transpose(turns[turn]) if known else picture
