"""Pictures in notebook outputs: stored small, and compared by what they show."""

import base64
import io

import numpy as np
from PIL import Image

# In grey levels of 0…255. Measured on a plot of 960 × 360 pixels: a curve that moves by 0.3 pixels
# gives an RMS of 2.6 and a tile of 12; x² → x^1.9 gives 12 and 92; one digit of a label 1.2 and 56.
LARGEST_RMS = 6.0
LARGEST_TILE = 32.0
TILE = 4  # pixels
QUANTISED_RMS = 1.0


def decode_png(text: str) -> Image.Image:
    """The picture behind the base64 text of an image/png output, on white."""
    picture = Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def shrink_png(text: str) -> str:
    """The same picture in fewer bytes: at most 256 colours, when nobody can see the difference."""
    data = base64.b64decode(text)
    if Image.open(io.BytesIO(data)).mode == "P":  # shrunk already
        return base64.b64encode(data).decode()
    picture = decode_png(text)
    small = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    if grey_rms(picture, small.convert("RGB")) > QUANTISED_RMS:
        small = picture
    buffer = io.BytesIO()
    small.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def grey_rms(one: Image.Image, other: Image.Image) -> float:
    """Root mean square difference of two equally large pictures, in grey levels of 0…255."""
    a, b = (np.asarray(picture.convert("L"), dtype=np.float64) for picture in (one, other))
    return float(np.sqrt(np.mean((a - b) ** 2)))


def worst_tile(one: Image.Image, other: Image.Image) -> float:
    """The largest difference between the mean greys of two tiles at the same place.

    It sees a small change that drowns in the RMS of a large picture, such as one digit.
    """
    sizes = [side // TILE for side in one.size]
    crop = (0, 0, sizes[0] * TILE, sizes[1] * TILE)
    a, b = (
        np.asarray(picture.convert("L").crop(crop).reduce(TILE), dtype=np.float64)
        for picture in (one, other)
    )
    return float(np.abs(a - b).max(initial=0.0))


def png_difference(stored: str, fresh: str) -> str:
    """A sentence that says how two pictures differ; empty if a reader would call them the same."""
    one, other = decode_png(stored), decode_png(fresh)
    if one.size != other.size:
        return f"The stored picture has {one.size} pixels, the new one {other.size}."
    rms = grey_rms(one, other)
    if rms > LARGEST_RMS:
        return f"The pictures differ by a grey RMS of {rms:.1f}; {LARGEST_RMS:.0f} is allowed."
    tile = worst_tile(one, other)
    if tile > LARGEST_TILE:
        return f"The pictures differ by {tile:.0f} grey levels in one place (RMS {rms:.1f})."
    return ""
