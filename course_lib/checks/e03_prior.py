"""Exercise 03.1: a prior with a strength for each weight."""

import torch

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise
from course_lib.checks.values import plain
from course_lib.scene import Panel, Points, Scene


def learn(theta, x, y):
    """φ = m + (XᵀX + diag λ)⁻¹ Xᵀ(y − Xm)."""
    m, strengths = theta["mean"], theta["strengths"]
    return m + torch.linalg.solve(x.T @ x + torch.diag(strengths), x.T @ (y - x @ m))


def toward_zero(theta, x, y):
    """Ridge regression as in notebook 02: the mean plays no part."""
    return learn({**theta, "mean": 0 * theta["mean"]}, x, y)


def averaged(theta, x, y):
    """The mean of the squared errors in place of their sum: each strength counts N times."""
    return learn({**theta, "strengths": len(y) * theta["strengths"]}, x, y)


def weights(got, expected, case: Case) -> Scene:
    """Every weight: where the prior pulls, where the learner ends, and where the student's does."""
    places = torch.arange(len(expected)) + 1
    shown = [
        (case.args[0]["mean"], "theta", "s", "m, where the prior pulls"),
        (expected, "good", "ring", "expected φ"),
        (plain(got), "bad", "x", "your φ"),
    ]
    marks = [Points(places, y, c, 9, shape, name) for y, c, shape, name in shown]
    ys = torch.cat([values.double() for values, *_ in shown])
    room = 0.1 * (ys.max() - ys.min() + 1).item()
    ticks = [(int(i), f"weight {int(i)}") for i in places]
    panel = Panel(marks, (0.5, len(places) + 0.5), (ys.min().item() - room, ys.max().item() + room),
                  "Where the weights end", "weight", "value", xticks=ticks)  # fmt: skip
    alt = "Three marks for each weight: the prior's mean, the expected φ, and yours."
    return Scene([[panel]], alt, heights=(280,))


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


def curve_task(seed: int) -> tuple:
    """θ for three weights, and four examples."""
    gen = torch.Generator().manual_seed(seed)
    x = torch.randn(4, 3, generator=gen, dtype=torch.float64)
    y = torch.randn(4, generator=gen, dtype=torch.float64)
    return {"mean": double(1, -2, 0.5), "strengths": double(0.2, 1.5, 6)}, x, y


LEARN = Exercise(
    key="03.1",
    title="A prior with many strengths",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="write a learner that trusts its experience more about some weights than others",
    why="Where λᵢ is large all tasks agree about weight i, and one more task won't change that.",
    hints=(
        "With one λ for all weights, the lesson has the answer. Where does λ stand in it?",
        "λI becomes a matrix with the strengths on its diagonal: `torch.diag(...)`.",
        "φ = m + (XᵀX + diag λ)⁻¹ Xᵀ(y − Xm): begin at m, and explain what m leaves over.",
    ),
    check=compared(
        learn,
        Case(
            "m = (2, 0), λ = (1, 3); two examples, x = (1, 0) and (0, 1), y = 4 and 4. XᵀX is the "
            "identity, so each weight can be done alone",
            {"mean": double(2, 0), "strengths": double(1, 3)},
            torch.eye(2, dtype=torch.float64),
            double(4, 4),
        ),
        Case("three weights and four random examples", *curve_task(1)),
        picture=weights,
        mistakes=[
            Mistake(
                "pulled toward zero instead of the learned mean",
                "That is ordinary ridge regression: where the examples say little, your weights "
                "go to 0. They should go to m. Fit what m leaves unexplained, y − Xm, and add m.",
                toward_zero,
            ),
            Mistake(
                "the mean counted twice",
                "You begin at m and then explain all of y once more. What m explains already must "
                "be taken off first: y − Xm.",
                lambda theta, x, y: theta["mean"] + toward_zero(theta, x, y),
            ),
            Mistake(
                "a mean where a sum is meant",
                "You average the squared errors. The same λ then pulls N times as hard, and more "
                "examples would not outweigh the prior. The objective adds them up.",
                averaged,
            ),
            Mistake(
                "one strength for all weights",
                "You mix the strengths into one number. Each belongs to its own weight: put them "
                "on the diagonal.",
                lambda theta, x, y: learn(
                    {**theta, "strengths": theta["strengths"].mean().expand(x.shape[1])}, x, y
                ),
            ),
            Mistake(
                "a strength turned upside down",
                "You divide by λ. A large λ holds a weight near m; yours lets it go.",
                lambda theta, x, y: learn({**theta, "strengths": 1 / theta["strengths"]}, x, y),
            ),
        ],
    ),
)
