"""Where the ink is: a picture of any polarity, contrast and light as ink 1 on paper 0
(notebook 06)."""

import numpy as np
from jaxtyping import Float

FLAT = 0.3  # of a picture has exactly one extreme value: a clean page, not a photograph
FAINT = 0.02  # of the whole range: less is no ink
POINTS = 5000  # of a picture are enough to find its paper
NOISE = 6.0  # standard deviations of the paper: less is no ink


class Blank(ValueError):
    """There is no ink in the picture."""


def ink_of(
    grey: Float[np.ndarray, "height width"], bright: bool | None = None
) -> Float[np.ndarray, "height width"]:
    """Ink in 0…1 of a grey picture in 0…1; paper is 0, the strongest ink 1.

    Paper is the extreme value that much of the picture has exactly, else a smooth surface through
    what most pixels are, so uneven light goes. Ink is what differs most from it; `bright` says
    instead that it is brighter than paper, or darker. A picture that is clean already stays as it
    is, bit for bit. Errors: Blank, in a sentence, where there is no ink.
    """
    paper, clean = _paper(grey)
    apart = grey - paper
    if bright is None:
        bright = bool((apart**3).sum() > 0)
    apart = apart if bright else -apart
    some = apart.reshape(-1)[:: max(1, grey.size // POINTS)]
    noise = 0.0 if clean else 1.4826 * float(np.median(np.abs(some - np.median(some))))
    count = min(grey.size, max(3, grey.size // POINTS))  # a speck of dust is no ink
    strongest = float(np.partition(apart, -count, axis=None)[-count])
    if strongest < max(FAINT, NOISE * noise):
        raise Blank("is blank: there is no ink to be seen")
    if clean and strongest > 0.9:
        return apart.clip(0, 1)
    return ((apart - 3 * noise) / (strongest - 3 * noise)).clip(0, 1)


def _paper(grey: np.ndarray) -> tuple[np.ndarray | float, bool]:
    """The brightness of the paper at each pixel, and whether the page is clean."""
    shares = [(float((grey == value).mean()), float(value)) for value in (grey.min(), grey.max())]
    share, value = max(shares)
    if share >= FLAT:
        return value, True
    y, x = np.mgrid[-1 : 1 : grey.shape[0] * 1j, -1 : 1 : grey.shape[1] * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6)
    few = slice(None, None, max(1, grey.size // POINTS))
    some, values = terms[few], grey.reshape(-1)[few]
    kept = np.ones(len(values), bool)
    for _ in range(6):  # least squares through what is near to it: ink drops out
        weights, *_ = np.linalg.lstsq(some[kept], values[kept], rcond=None)
        off = values - some @ weights
        middle = np.median(off[kept])
        spread = 1.4826 * np.median(np.abs(off[kept] - middle)) + 1e-6
        kept = np.abs(off - middle) < 2.5 * spread
    return (terms @ weights + middle).reshape(grey.shape), False
