"""An experiment: does a third derivative of the loss enter the meta-gradient? (notebook 05)

Add to the support loss a bump that leaves its gradient and its Hessian as they are at every
iterate, and changes its third derivative there. The iterates cannot notice, nor can any Hₖ. If a
third derivative entered the meta-gradient, the meta-gradient would now move.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.maml.multistep import (
    FlatLoss,
)


def third_order_bump(path: Float[Tensor, "path n"], u: Float[Tensor, "n"]) -> FlatLoss:
    """b(φ): zero value, gradient and Hessian at every row φₖ of `path`; third derivative 1 along u.

    With s = φ·u and sₖ = φₖ·u,
        b = Σₖ (s − sₖ)³/6 · Πⱼ≠ₖ ((s − sⱼ)/(sₖ − sⱼ))⁴.
    Every summand has a triple root at its own sₖ and a fourfold one at every other sⱼ, so b
    vanishes at all of them to second order. At sₖ only the k-th summand has a third derivative:
    (s − sₖ)³/6 gives 1 and the product equals 1.
    Errors: ValueError where two iterates have the same s: choose another u.
    """
    marks = [(row @ u).item() for row in path]
    gaps = [abs(a - b) for i, a in enumerate(marks) for b in marks[:i]]
    if gaps and min(gaps) < 1e-9:
        raise ValueError("Two iterates look the same along u: choose a u along which they move.")

    def bump(phi: Tensor) -> Tensor:
        s, total = phi @ u, torch.zeros((), dtype=phi.dtype, device=phi.device)
        for k, mark in enumerate(marks):
            term = (s - mark) ** 3 / 6
            for j, other in enumerate(marks):
                if j != k:
                    term = term * ((s - other) / (mark - other)) ** 4
            total = total + term
        return total

    return bump
