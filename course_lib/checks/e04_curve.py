"""Exercise 04.2: the query loss along the inner steps."""

import torch

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise
from course_lib.checks.values import plain
from course_lib.maml import inner_path
from course_lib.scene import Line, Panel, Points, Scene


def along(loss, theta, support, query, lr, steps):
    """The query loss at φ₀, …, φ_K."""
    path = inner_path(loss, theta, support, lr=lr, steps=steps)
    return torch.stack([loss(phi, *query) for phi in path])


def restarting(loss, theta, support, query, lr, steps):
    """Every step begins at θ again, so all but φ₀ are the same."""
    return along(loss, theta, support, query, lr, min(steps, 1))[[0, *[min(steps, 1)] * steps]]


def curves(got, expected, case: Case) -> Scene:
    """The student's query losses and the expected ones, step by step."""
    mine, steps = plain(got), list(range(len(expected)))
    lines = [(expected, "good", "expected"), (mine, "bad", "yours")]
    marks = [Line(steps, y, c, 2.5, name == "yours", name) for y, c, name in lines]
    marks += [Points(steps, y, c) for y, c, _ in lines]
    top = 1.08 * max(mine.max().item(), expected.max().item(), 1e-9)
    ticks = [(k, str(k)) for k in steps]
    panel = Panel(marks, (-0.1, steps[-1] + 0.2), (min(0, mine.min().item()) - 0.05 * top, top),
                  "Loss along the way", "inner steps", "query loss", xticks=ticks)  # fmt: skip
    alt = "Two curves of losses against the inner steps: the expected one and yours."
    return Scene([[panel]], alt, heights=(280,))


def squared(params, x, y):
    """Mean squared error of x·w."""
    return (x * params["w"] - y).square().mean()


def bent(params, x, y):
    """Mean squared error of a wave with a shift."""
    return ((params["w"] * x).sin() + params["b"] - y).square().mean()


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


def one(value: float) -> torch.Tensor:
    """A single number in double precision."""
    return torch.tensor(value, dtype=torch.float64)


def pair(number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`number` random examples."""
    gen = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, number, generator=gen, dtype=torch.float64)
    return x, y


ALONG = Exercise(
    key="04.2",
    title="A learning curve",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="measure what a start is worth after any number of inner steps",
    why="The curve is what a start is judged by: its left end is the model, the rest is learning.",
    hints=(
        "Two data sets, two jobs: the gradient comes from the support, the number from the query.",
        "Note the query loss *before* the first step too: K steps make K + 1 numbers.",
        "`g = grad(loss)(phi, *support)`, then `phi = {k: p - lr * g[k] for k, p in phi.items()}`, "
        "then append `loss(phi, *query)`.",
    ),
    check=compared(
        along,
        Case(
            "one weight w = 1 and the loss (w·x − y)²; support x = 1, y = 3; query x = 2, y = 4; "
            "α = 0.25, two steps. Then w goes from 1 to 2 to 2.5",
            squared,
            {"w": one(1)},
            (double(1), double(3)),
            (double(2), double(4)),
            0.25,
            2,
        ),
        Case("the same without a step", squared, {"w": one(1)}, (double(1), double(3)),
             (double(2), double(4)), 0.25, 0),
        Case("two weights, four support and three query examples, six steps", bent,
             {"w": one(0.6), "b": one(-0.4)}, pair(4, 1), pair(3, 2), 0.3, 6),
        picture=curves,
        mistakes=[
            Mistake(
                "support loss in place of query loss",
                "You measure on the examples that the steps learn from. That loss falls even "
                "where nothing is understood. Measure on the query.",
                lambda loss, theta, s, q, lr, steps: along(loss, theta, s, s, lr, steps),
            ),
            Mistake(
                "gradient steps on query",
                "Your learner steps on the query set, which it must never see. Take the gradient "
                "of the support loss.",
                lambda loss, theta, s, q, lr, steps: along(loss, theta, q, q, lr, steps),
            ),
            Mistake(
                "shots confused with steps",
                "You take as many steps as there are support examples. Shots are what the learner "
                "gets, steps how often it moves: loop over `range(steps)`.",
                lambda loss, theta, s, q, lr, steps: along(loss, theta, s, q, lr, len(s[0])),
            ),
            Mistake(
                "every step from θ",
                "Each of your steps begins at θ again. A step begins where the last one ended: "
                "put φ on both sides of the update, and take the gradient at φ.",
                restarting,
            ),
            Mistake(
                "the start left out",
                "Your curve begins after the first step. The loss at φ₀ = θ belongs to it: it "
                "shows what the start is worth as a model.",
                lambda *task: along(*task)[1:],
            ),
            Mistake(
                "the end instead of the path",
                "You return one loss, after the last step. Keep the one before it and after "
                "every step.",
                lambda *task: along(*task)[-1],
            ),
        ],
    ),
)  # fmt: skip
