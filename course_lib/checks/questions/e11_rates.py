"""Exercise 11.4: which way a step size wants to go."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise


def rate_gradient(inner, outer):
    """−mean over tasks of ∇L(θ; support) ⊙ ∇L(φ; query), a number for each weight."""
    return -(inner * outer).mean(0)


MISTAKES = [
    Mistake(
        "the sign of the step forgotten",
        "The sign is turned: φ = θ − α ⊙ inner, so ∂φ/∂α is −inner. Where both gradients agree, "
        "the meta-loss must *fall* with α.",
        lambda inner, outer: (inner * outer).mean(0),
    ),
    Mistake(
        "one number instead of one for each weight",
        "You sum over the weights. That is the derivative of one α that all weights share; here "
        "each has its own.",
        lambda inner, outer: -(inner * outer).sum(1).mean(),
    ),
    Mistake(
        "means multiplied instead of products averaged",
        "You average each gradient over the tasks and multiply then. A task's inner gradient "
        "belongs to its own outer one: multiply first, then average.",
        lambda inner, outer: -inner.mean(0) * outer.mean(0),
    ),
    Mistake(
        "a sum where a mean is meant",
        "You add up the tasks. The meta-loss is a mean over them.",
        lambda inner, outer: -(inner * outer).sum(0),
    ),
    Mistake(
        "the outer gradient alone",
        "That is how the meta-loss changes with φ. φ moves by −inner when α grows by 1: multiply.",
        lambda inner, outer: -outer.mean(0),
    ),
    Mistake(
        "the inner gradient twice",
        "You multiply the inner gradient with itself. The second factor is the gradient after the "
        "step, on the query.",
        lambda inner, outer: -inner.square().mean(0),
    ),
    Mistake(
        "averaged over the weights instead of the tasks",
        "You average over the weights, and keep a number for each task. It is the other way round.",
        lambda inner, outer: -(inner * outer).mean(1),
    ),
    Mistake(
        "the tasks not averaged",
        "You return a row for each task. Average over the tasks.",
        lambda inner, outer: -(inner * outer),
    ),
]


def gradients(seed: int) -> Drawn:
    """Four tasks, three weights."""
    gen = torch.Generator().manual_seed(seed)
    inner, outer = torch.randn(2, 4, 3, generator=gen)
    return Drawn("four random tasks and three weights", inner, outer)


RATES = Exercise(
    key="11.4",
    title="Longer or shorter?",
    kind="write",
    minutes=8,
    difficulty=2,
    importance=2,
    objective="write the meta-gradient of a step size for each weight, as Meta-SGD has it",
    why="Two gradients of one weight: where they agree, its step was too short.",
    hints=(
        "φ = θ − α ⊙ inner. How does one entry of φ change when its own α grows a little?",
        "By the chain rule: the meta-loss changes by outer, for each entry, times that.",
        "−inner · outer entry by entry, then the mean over axis 0.",
    ),
    check=compared(
        rate_gradient,
        Case(
            "two tasks, two weights: inner (1, 2) and (3, −1), outer (2, 1) and (1, 4). The "
            "products are (2, 2) and (3, −4); their mean (2.5, −1), and the sign",
            torch.tensor([[1.0, 2.0], [3.0, -1.0]]),
            torch.tensor([[2.0, 1.0], [1.0, 4.0]]),
        ),
        *telling(rate_gradient, MISTAKES, gradients),
        mistakes=MISTAKES,
    ),
)
