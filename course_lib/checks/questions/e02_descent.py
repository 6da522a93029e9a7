"""Exercise 02.2: gradient descent on a mean."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.checks.usual import inner_mistakes
from course_lib.checks.values import plain
from course_lib.scenes.scene import Line, Panel, Points, Scene


def slope(w, x, y):
    """∇ of the mean squared error of x @ w."""
    return 2 * x.T @ (x @ w - y) / len(y)


def error(w, x, y):
    """The mean squared error of x @ w."""
    return (x @ w - y).square().mean()


def walked(walk):
    """The end of a walk from w = 0, as a function of (x, y, lr, steps)."""
    return lambda x, y, lr, steps: walk(error, torch.zeros_like(x[0]), (x, y), lr, steps)[-1]


def descend(x, y, lr, steps, start=0.0):
    """w after `steps` steps on the mean squared error, from w = 0."""
    w = torch.full_like(x[0], start)
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


def random_examples(seed: int) -> Drawn:
    """Seven examples with three features."""
    gen = torch.Generator().manual_seed(seed)
    x, y = torch.randn(7, 3, generator=gen), torch.randn(7, generator=gen)
    says = "seven random examples with three features, α = 0.05, five steps"
    return Drawn(says, x, y, 0.05, 5)


X, Y = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), torch.tensor([2.0, 4.0, 2.0])

MISTAKES = [
    Mistake(
        "a sum where a mean is meant",
        "You add up the gradients of the examples. With N examples the step is N times as long, so "
        "the same α means something else for every size of the training set. Divide by the number "
        "of examples.",
        lambda x, y, lr, steps: descend(x, y, lr * len(y), steps),
    ),
    Mistake(
        "shots confused with steps",
        "You take as many steps as there are examples. How many examples the learner gets and how "
        "often it moves are two different numbers: loop over `range(steps)`.",
        lambda x, y, lr, steps: descend(x, y, lr, len(y)),
    ),
    Mistake(
        "one example per step",
        "That is stochastic gradient descent, as in the lesson: each step looks at one example. "
        "Here every step looks at all of them and averages.",
        one_by_one,
    ),
    Mistake(
        "half a gradient",
        "The derivative of (x·w − y)² is 2 (x·w − y) x. Your factor 2 is missing, so each step is "
        "half as long.",
        lambda x, y, lr, steps: descend(x, y, lr / 2, steps),
    ),
    Mistake(
        "always the gradient at the start",
        "You compute the gradient once and use it in every step. After a step the errors are other "
        "ones: compute the gradient at the new w, inside the loop.",
        lambda x, y, lr, steps: descend(x, y, lr * steps, 1),
    ),
    Mistake(
        "a step uphill",
        "You add the gradient. Descent subtracts it: w ← w − α∇.",
        lambda x, y, lr, steps: descend(x, y, -lr, steps),
    ),
    Mistake(
        "averaged over the features too",
        "You take the mean over all entries of a matrix [examples, features]. The mean is over the "
        "examples; each feature has a slope of its own.",
        lambda x, y, lr, steps: descend(x, y, lr / x.shape[1], steps),
    ),
    Mistake(
        "a column less a row",
        "Somewhere you subtract `y`, [N], from a column, [N, 1]. PyTorch then makes a whole matrix "
        "[N, N] of it: every prediction is compared with every target. Print `.shape` of the "
        "error.",
        lambda x, y, lr, steps: descend(x, y.mean().expand_as(y), lr, steps),
    ),
    Mistake(
        "the loss instead of the weights",
        "You return what the weights cost. Return w.",
        lambda x, y, lr, steps: error(descend(x, y, lr, steps), x, y),
    ),
    Mistake(
        "the gradient instead of the weights",
        "You return a gradient. Return w, the place that the steps lead to.",
        lambda x, y, lr, steps: slope(descend(x, y, lr, steps - 1), x, y),
    ),
    Mistake(
        "the path instead of its end",
        "You return the weights after every step. Return the last ones.",
        lambda x, y, lr, steps: torch.stack([descend(x, y, lr, k) for k in range(steps + 1)]),
    ),
    Mistake(
        "another start",
        "You start at w = 1. The task starts at w = 0.",
        lambda x, y, lr, steps: descend(x, y, lr, steps, start=1.0),
    ),
]
ALSO = [
    Mistake(
        "a sum where a mean is meant",
        "You add up over the examples, and the factor 2 of the derivative is missing. The gradient "
        "is the mean of 2 (x·w − y) x.",
        lambda x, y, lr, steps: descend(x, y, lr * len(y) / 2, steps),
    ),
    Mistake(
        "the path instead of its end",
        "You return the weights after every step. Return the last ones.",
        lambda x, y, lr, steps: torch.stack([descend(x, y, lr, k + 1) for k in range(steps)]),
    ),
    Mistake(
        "solved instead of walked",
        "You return the best weights of all. Asked is where `steps` steps of size `lr` lead.",
        lambda x, y, lr, steps: torch.linalg.lstsq(x, y).solution,
    ),
    *inner_mistakes(walked, outer=False),
]

DESCEND = Exercise(
    key="02.2",
    title="A learning algorithm of your own",
    kind="write",
    minutes=12,
    difficulty=2,
    importance=3,
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
            "three examples with two features, x = (1, 0), (0, 1), (1, 0), y = 2, 4, 2; α = 0.3, "
            "two steps. w goes from (0, 0) to (0.8, 0.8), then to (1.28, 1.44)",
            X,
            Y,
            0.3,
            2,
        ),
        *telling(descend, MISTAKES, random_examples, 2),
        mistakes=MISTAKES,
        also=ALSO,
        picture=costs,
    ),
)
