"""The stored trainings of MAML and of its first-order form, side by side (notebook 05)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from scipy.stats import t as student
from torch import Tensor

from course_lib import results
from course_lib.ground.stats import standard_error
from course_lib.maml.first_order import BETAS, STEPS

Measured = tuple[float, float]  # a mean and the half-width of its 95 % interval


def trainings(steps: int, way: str) -> list[dict]:
    """The five stored trainings with K = `steps` at the better β; `way` is one of `WAYS`.

    Better is the smaller sum of `tuning` errors. One training that diverged makes its β lose.
    """
    rows = [
        r for r in results.load("first_order")["rows"] if (r["steps"], r["way"]) == (steps, way)
    ]
    groups = [[r for r in rows if r["beta"] == beta] for beta in BETAS]
    return min(groups, key=lambda group: sum(r["tuning"] or float("inf") for r in group))


def errors_after(steps: int, way: str) -> list[float]:
    """The query MSE of these trainings after as many inner steps as they were trained with."""
    return [r["mse"][STEPS.index(steps)] for r in trainings(steps, way)]


def over_trainings(values: Sequence[float]) -> Measured:
    """Mean of a few numbers and the half-width of its 95 % interval, by Student's t."""
    found = torch.tensor(values, dtype=torch.float64)
    half = student.ppf(0.975, len(found) - 1) * standard_error(found)
    return found.mean().item(), half.item()


def along(key: str) -> Float[Tensor, "2 moments"]:
    """Mean over MAML's five trainings with K = 1 at each moment, and the interval's half-width.

    `key` is a field of `first_order.Gradients`.
    """
    columns = zip(*(r[key] for r in trainings(1, "exact")), strict=True)
    return torch.tensor([over_trainings(values) for values in columns]).T
