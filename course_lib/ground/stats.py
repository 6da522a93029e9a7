"""A mean of measured numbers and how far it may be from the truth; nothing else is said here.

All errors assume independent numbers, many enough that their mean is about normal.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

Z95 = 1.96  # a normal number is within so many standard errors of its mean in 95 of 100 cases


def standard_error(values: "Tensor | np.ndarray") -> "Tensor | np.ndarray":
    """s/√n of the mean over axis 0, with s the spread that divides by n − 1."""
    return _spread(values) / len(values) ** 0.5


def mean_and_ci(
    values: "Tensor | np.ndarray",
) -> "tuple[Tensor | np.ndarray, Tensor | np.ndarray]":
    """Mean over axis 0 and the half-width of its 95 % confidence interval, 1.96 s/√n."""
    return values.mean(0), Z95 * _spread(values) / len(values) ** 0.5


def mean_and_error(values: "Tensor") -> tuple[float, float]:
    """Mean of a row of numbers, summed in double precision, and its standard error s/√n."""
    return values.double().mean().item(), values.std().item() / math.sqrt(len(values))


def luck(row: dict) -> float:
    """Half the 95 % interval over the trainings that a row is the mean of; 0 for one or none.

    `train_se` times Student's factor: a few trainings tell little of how far others would spread.
    """
    if not row.get("train_se"):
        return 0.0
    return student(row["seeds"] - 1) * row["train_se"]


def student(freedom: int) -> float:
    """Student's factor for 95 %: `Z95`, but for an error that came of few numbers itself.

    `freedom` is how many they were, less one for each mean that was taken off.
    """
    from scipy.special import stdtrit  # a fifth of the time that scipy.stats takes to come

    return float(stdtrit(freedom, 0.975))


def half_width(row: dict) -> float:
    """Half the 95 % interval of a stored row's mean, over its instances and over its trainings.

    Over its instances the row holds a standard error `se`, or such a half-width, `ci`.
    """
    return math.hypot(row["ci"] if "ci" in row else Z95 * row["se"], luck(row))


def ratio_and_ci(top: "Tensor", below: "Tensor") -> tuple[float, float]:
    """Mean of `top` over mean of `below`, measured in pairs, and the half-width of its interval.

    To first order the error of the ratio r is that of the mean of (top − r below) / mean of below.
    """
    found = top.mean() / below.mean()
    left = (top - found * below) / below.mean()
    return found.item(), Z95 * standard_error(left).item()


def _spread(values: "Tensor | np.ndarray") -> "Tensor | np.ndarray":
    return values.std(0) if hasattr(values, "detach") else values.std(0, ddof=1)


def wilson(right: int, answered: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's 95 % interval for the chance p of a right answer, as (low, high) in [0, 1].

    All p with |p̂ − p| ≤ z √(p(1 − p)/N), where p̂ = right / N. It stays inside [0, 1] and is not
    empty at 0 or N right answers, where p̂ ± z √(p̂(1 − p̂)/N) is. Without answers: (0, 1).
    Errors: ValueError unless 0 ≤ right ≤ answered.
    Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209–212 (unchecked).
    """
    if not 0 <= right <= answered:
        raise ValueError(f"{right} right of {answered} answers: give 0 ≤ right ≤ answered.")
    if answered == 0:
        return 0.0, 1.0
    rate, spread = right / answered, z * z / answered
    middle = (rate + spread / 2) / (1 + spread)
    reach = math.sqrt(rate * (1 - rate) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)
