"""Exercise 11.5: the meta-gradient at the end of an inner problem, whatever way led there."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise


def at_the_end(H, outer, strength):
    """(I + H/λ)⁻¹ ∇L(φ*; query)."""
    return torch.linalg.solve(torch.eye(len(H)) + H / strength, outer)


def _times(H, outer, strength):
    return outer + H @ outer / strength


MISTAKES = [
    Mistake(
        "the matrix instead of its inverse",
        "You multiply by I + H/λ. The end φ* moves *less* than θ where the loss is sharp: solve "
        "with the matrix.",
        _times,
    ),
    Mistake(
        "first order",
        "That is the gradient at the end as it is, as if φ* moved exactly as θ does. It does so "
        "only where H is small against λ.",
        lambda H, outer, strength: outer.clone(),
    ),
    Mistake(
        "λ and 1/λ confused",
        "You have H·λ where H/λ is meant. With a strong pull (a large λ) φ* sticks to θ, and the "
        "result must come near to the plain gradient.",
        lambda H, outer, strength: at_the_end(H, outer, 1 / strength),
    ),
    Mistake(
        "λ forgotten in front",
        "You solve with H + λI. That is right but for a factor: ∂φ*/∂θ = λ (H + λI)⁻¹.",
        lambda H, outer, strength: at_the_end(H, outer, strength) / strength,
    ),
    Mistake(
        "a Newton step",
        "You solve with H alone. That is where the pull toward θ is missing.",
        lambda H, outer, strength: torch.linalg.solve(H, outer),
    ),
    Mistake(
        "one inner step of MAML",
        "You multiply by I − H/λ. That is MAML's one step with α = 1/λ, and only the first term of "
        "the inverse.",
        lambda H, outer, strength: outer - H @ outer / strength,
    ),
    Mistake(
        "the diagonal alone",
        "You use the diagonal of H. Weights pull at each other: solve with the whole matrix.",
        lambda H, outer, strength: outer / (1 + H.diagonal() / strength),
    ),
]


def valley(seed: int) -> Drawn:
    """Three weights, a positive Hessian."""
    gen = torch.Generator().manual_seed(seed)
    root = torch.randn(3, 3, generator=gen)
    outer = torch.randn(3, generator=gen)
    says = "a random Hessian of three weights, a random gradient, λ = 0.6"
    return Drawn(says, root @ root.T + 0.5 * torch.eye(3), outer, 0.6)


END = Exercise(
    key="11.5",
    title="Only the end counts",
    kind="write",
    minutes=10,
    difficulty=3,
    importance=2,
    objective="write iMAML's meta-gradient from the Hessian at the end of the inner problem",
    why="No step of the way appears, so nothing of it has to be kept.",
    hints=(
        "At the end ∇L(φ*) + λ(φ* − θ) = 0, for every θ. Differentiate this in θ.",
        "H ∂φ*/∂θ + λ ∂φ*/∂θ − λI = 0. Solve for ∂φ*/∂θ, and divide by λ inside.",
        "`torch.linalg.solve(torch.eye(len(H)) + H / strength, outer)`.",
    ),
    check=compared(
        at_the_end,
        Case(
            "H with the rows (3, 1) and (1, 3), gradient (4, 8), λ = 2. I + H/λ has the rows "
            "(2.5, 0.5) and (0.5, 2.5)",
            torch.tensor([[3.0, 1.0], [1.0, 3.0]]),
            torch.tensor([4.0, 8.0]),
            2.0,
        ),
        *telling(at_the_end, MISTAKES, valley),
        mistakes=MISTAKES,
    ),
)
