"""Two hundred handwritten digits, 8×8 pixels, made as large as a character (notebook 07).

The first 20 of each digit of scikit-learn's `load_digits`, that is, of the test set of Alpaydin &
Kaynak 1998 (UCI repository; its licence, CC BY 4.0, unchecked). They come with the course, in
`digits.json`, so nothing is downloaded, and all is whole numbers: the same on every processor.
"""

import functools

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from course_lib.ground import files, paths

SMALL, SIDE, INK = 8, 28, 16  # pixels, pixels, the largest number of ink
FILE = paths.PACKAGE / "tasks" / "digits.json"


@functools.cache
def small() -> UInt8[np.ndarray, "digits drawings 8 8"]:
    """Ink 0…16, as in `load_digits`: digit, drawing, row, column."""
    rows = files.read_json(FILE, f"{FILE} is damaged: get the course again.")["digits"]
    ink = np.array([[[int(c, INK + 1) for c in picture] for picture in digit] for digit in rows])
    return ink.reshape(10, -1, SMALL, SMALL).astype(np.uint8)


@functools.cache
def images() -> UInt8[Tensor, "digits drawings 28 28"]:
    """Ink 0…255 as `episodes` want it: three times as large, between pixels by proportion.

    Each pixel is a tent of weights (1, 2, 3, 2, 1)/3 along both axes; paper all round.
    """
    tents = np.zeros((SIDE, SMALL), int)
    for i in range(SMALL):
        tents[3 * i + 1 : 3 * i + 6, i] = 1, 2, 3, 2, 1
    nine = tents @ small().astype(int) @ tents.T  # 9 times the ink
    return torch.from_numpy(((255 * nine + 72) // (9 * INK)).astype(np.uint8))
