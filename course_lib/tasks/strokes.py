"""Drawings made by hand: strokes in the unit square, and the pictures they leave."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, UnidentifiedImageError

SIDE = 105  # as Omniglot's own pictures
PEN = 4  # pixels wide

Stroke = tuple[Sequence[float], Sequence[float]]  # x and y in 0…1, y upwards


def rasterise(strokes: Sequence[Stroke]) -> UInt8[np.ndarray, "105 105"]:
    """The picture that the strokes leave, 255 where there is ink.

    Errors: ValueError where x and y differ in length or a stroke is empty.
    """
    page = Image.new("L", (SIDE, SIDE), 0)
    pen = ImageDraw.Draw(page)
    for x, y in strokes:
        if len(x) != len(y) or len(x) == 0:
            raise ValueError(f"A stroke needs as many x as y, at least one: {len(x)}, {len(y)}.")
        points = [(px * (SIDE - 1), (1 - py) * (SIDE - 1)) for px, py in zip(x, y, strict=True)]
        if len(points) > 1:
            pen.line(points, fill=255, width=PEN, joint="curve")
        for px, py in (points[0], points[-1]):
            pen.ellipse((px - PEN / 2, py - PEN / 2, px + PEN / 2, py + PEN / 2), fill=255)
    return np.asarray(page).copy()


def read_pictures(paths: Sequence[str | Path]) -> UInt8[np.ndarray, "pictures 105 105"]:
    """Picture files as grey 105×105 arrays for `classify`: padded to a square, then resized.

    The border takes the colour of the picture's corner, so paper stays paper.
    Errors: FileNotFoundError or ValueError that names the file.
    """
    pictures = []
    for path in map(Path, paths):
        if not path.is_file():
            raise FileNotFoundError(f"There is no picture {path}: check the name and the folder.")
        try:
            with Image.open(path) as opened:
                grey = opened.convert("L")
        except (UnidentifiedImageError, OSError) as problem:
            raise ValueError(f"{path} is no picture that can be read: save it as PNG.") from problem
        side = max(grey.size)
        square = Image.new("L", (side, side), grey.getpixel((0, 0)))
        square.paste(grey, ((side - grey.width) // 2, (side - grey.height) // 2))
        pictures.append(np.asarray(square.resize((SIDE, SIDE), Image.Resampling.LANCZOS)))
    if not pictures:
        raise ValueError("There is no picture to read: give one path at least.")
    return np.stack(pictures)
