"""Exercise 02.2: gradient descent on a mean."""

import torch

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise
from course_lib.checks.values import plain
from course_lib.scene import Line, Panel, Points, Scene


def slope(w, x, y):
    """∇ of the mean squared error of x @ w."""
    return 2 * x.T @ (x @ w - y) / len(y)


def descend(x, y, lr, steps):
    """w after `steps` steps on the mean squared error, from w = 0."""
    w = torch.zeros_like(x[0])
    for _ in range(steps):
        w = w - lr * slope(w, x, y)
    return w


def one_by_one(x, y, lr, steps):
    """Stochastic gradient descent: each step looks at one example."""
    w = torch.zeros_like(x[0])
    for t in range(steps):
        i = t % len(y)
        w = w - lr * slope(w, x[i : i + 1], y[i : i + 1])
    return w


def costs(got, expected, case: Case) -> Scene:
    """The train loss after each step, and where the student's weights end."""
    x, y, lr, steps = case.args
    path = torch.stack([descend(x, y, lr, k) for k in range(steps + 1)])
    losses = (path @ x.T - y).square().mean(1)
    mine = (x @ plain(got).to(x) - y).square().mean()
    top = 1.08 * max(losses.max().item(), mine.item())
    marks = [
        Line(range(steps + 1), losses, "good", 2.5, label="expected"),
        Points(range(steps + 1), losses, "good"),
        Points([steps], [mine], "bad", 9, "x", "yours, after the last step"),
    ]
    ticks = [(k, str(k)) for k in range(steps + 1)]
    title = "Mean squared error, step by step"
    panel = Panel(marks, (-0.1, steps + 0.2), (0, top), title, "steps", "train loss", xticks=ticks)
    alt = "The expected train loss falls from step to step. A cross marks yours after the last one."
    return Scene([[panel]], alt, heights=(280,))


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


GEN = torch.Generator().manual_seed(1)
SEVEN = (
    torch.randn(7, 3, generator=GEN, dtype=torch.float64),
    torch.randn(7, generator=GEN).double(),
)

DESCEND = Exercise(
    key="02.2",
    title="A learning algorithm of your own",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="write gradient descent on a mean, where α means the same for any number of examples",
    why="Gradient descent is the learner A inside MAML: the next notebooks only learn its start.",
    hints=(
        "Start with w = 0. In every step, compute one gradient from all examples, then move w.",
        "The loss is the mean of (x·w − y)². Its gradient is the mean of 2 (x·w − y) x.",
        "`error = x @ w - y`, then `w = w - lr * 2 * x.T @ error / len(y)`, `steps` times.",
    ),
    check=compared(
        descend,
        Case(
            "two examples with one feature, x = 1 and 2, y = 2 and 2; α = 0.1, one step. At w = 0 "
            "the gradient is −6",
            double(1, 2)[:, None],
            double(2, 2),
            0.1,
            1,
        ),
        Case(
            "two examples with one feature, x = 1 and 2, y = 2 and 2; α = 0.1, three steps. The "
            "gradients are −6, then −3, then −1.5",
            double(1, 2)[:, None],
            double(2, 2),
            0.1,
            3,
        ),
        Case("seven examples with three features, α = 0.05, five steps", *SEVEN, 0.05, 5),
        picture=costs,
        mistakes=[
            Mistake(
                "a sum where a mean is meant",
                "You add up the gradients of the examples. With N examples the step is N times as "
                "long, so the same α means something else for every size of the training set. "
                "Divide by the number of examples.",
                lambda x, y, lr, steps: descend(x, y, lr * len(y), steps),
            ),
            Mistake(
                "shots confused with steps",
                "You take as many steps as there are examples. How many examples the learner gets "
                "and how often it moves are two different numbers: loop over `range(steps)`.",
                lambda x, y, lr, steps: descend(x, y, lr, len(y)),
            ),
            Mistake(
                "one example per step",
                "That is stochastic gradient descent, as in the lesson: each step looks at one "
                "example. Here every step looks at all of them and averages.",
                one_by_one,
            ),
            Mistake(
                "half a gradient",
                "The derivative of (x·w − y)² is 2 (x·w − y) x. Your factor 2 is missing, so each "
                "step is half as long.",
                lambda x, y, lr, steps: descend(x, y, lr / 2, steps),
            ),
            Mistake(
                "always the gradient at the start",
                "You compute the gradient once and use it in every step. After a step the errors "
                "are other ones: compute the gradient at the new w, inside the loop.",
                lambda x, y, lr, steps: descend(x, y, lr * steps, 1),
            ),
            Mistake(
                "a step uphill",
                "You add the gradient. Descent subtracts it: w ← w − α∇.",
                lambda x, y, lr, steps: descend(x, y, -lr, steps),
            ),
        ],
    ),
)
