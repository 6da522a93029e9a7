"""Drawings made by hand: strokes in the unit square, picture files, and their pictures
(notebook 06)."""

import os
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from course_lib.tasks.ink import Blank, ink_of
from course_lib.tasks.picture_files import decoded

SIDE = 105  # as Omniglot's own pictures
PEN = 4  # pixels wide
FILLED = 0.72  # of the side: the longer side of a character that is read from a file
FINE = 3 * SIDE  # pixels: a character from a file is worked on at this size
THIN = 3.0  # pixels of SIDE: a thinner pen, which would fade at 28×28, is made this wide

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


def read_pictures(paths) -> UInt8[np.ndarray, "pictures 105 105"]:
    """Picture files as 105×105 arrays for `classify`: ink 0 on paper 255, one character each.

    `paths` is a list, or anything else that gives one path after the other.
    Each picture is looked at by itself: it is turned upright, its paper found however it is lit,
    its character cut out and put into the middle. So drawings and photographs may be mixed; where a
    character stands on its page, and how large, is lost. ~ is the home folder.
    Errors: FileNotFoundError or ValueError that names the file, also where it is blank.
    """
    if isinstance(paths, str | PathLike):
        raise ValueError(f"{paths} is one path: give a list, read_pictures([{str(paths)!r}]).")
    pictures = []
    for path in _paths(paths):
        try:
            pictures.append(_character(decoded(path, "L")))
        except Blank as problem:
            raise ValueError(f"{path} {problem}.") from problem
    if not pictures:
        raise ValueError("There is no picture to read: give one path at least.")
    return np.stack(pictures)


def _paths(given) -> list[Path]:
    """The paths of a list. Errors: ValueError for what is no list of paths."""
    try:
        names = [os.fsdecode(path) for path in given]
    except TypeError as problem:
        raise ValueError(
            f"read_pictures takes a list of paths ({problem}): pictures that are in memory go "
            "straight to `classify`."
        ) from problem
    for name in names:
        if "://" in name:
            raise ValueError(f"{name} is an address: download the picture, and give its path.")
    return [Path(name).expanduser() for name in names]


def _character(page: Image.Image) -> UInt8[np.ndarray, "105 105"]:
    """The one character of a page, cut out, in the middle, its pen at least `THIN` wide."""
    small = page.copy()
    small.thumbnail((FINE, FINE), Image.Resampling.LANCZOS)
    rows, columns = np.where(_ink(small) > 0.5)
    scale = page.width / small.width, page.height / small.height
    left, right = columns.min() * scale[0], (columns.max() + 1) * scale[0]
    top, bottom = rows.min() * scale[1], (rows.max() + 1) * scale[1]
    side = max(right - left, bottom - top) / FILLED
    x, y = (left + right - side) / 2, (top + bottom - side) / 2  # of the square to cut out
    box = [max(0, round(x)), max(0, round(y)),
           min(page.width, round(x + side)), min(page.height, round(y + side))]  # fmt: skip
    part = page.crop((box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)))
    zoom = FINE / side
    size = max(1, round(part.width * zoom)), max(1, round(part.height * zoom))
    ink = _ink(part.resize(size, Image.Resampling.LANCZOS))
    square = Image.new("L", (FINE, FINE), 0)
    inked = Image.fromarray((255 * ink).round().astype(np.uint8))
    square.paste(inked, (round((box[0] - x) * zoom), round((box[1] - y) * zoom)))
    return 255 - np.asarray(_wider(square).resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _ink(page: Image.Image) -> np.ndarray:
    return ink_of(np.asarray(page) / 255)


def _wider(square: Image.Image) -> Image.Image:
    """The picture with a pen of at least `THIN`: half its width is the distance to the paper."""
    far = ndimage.distance_transform_edt(np.asarray(square) > 127)
    middle = far[(far == ndimage.maximum_filter(far, 3)) & (far > 0)]
    if not len(middle):
        return square
    lacks = round((THIN * FINE / SIDE - 2 * np.median(middle)) / 2)
    return square.filter(ImageFilter.MaxFilter(2 * lacks + 1)) if lacks > 0 else square
