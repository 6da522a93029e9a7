"""Exercise 04.2: the query loss along the inner steps."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.checks.usual import inner_mistakes, walk
from course_lib.checks.values import plain
from course_lib.maml.inner import inner_path
from course_lib.scenes.scene import Line, Panel, Points, Scene


def measured(walk):
    """The query loss along a walk, as a function of (loss, theta, support, query, lr, steps)."""

    def losses(loss, theta, support, query, lr, steps):
        return torch.stack([loss(phi, *query) for phi in walk(loss, theta, support, lr, steps)])

    return losses


def inner_steps(loss, theta, support, lr, steps):
    """φ₀, …, φ_K as the lesson's library walks them."""
    return inner_path(loss, theta, support, lr=lr, steps=steps)


along = measured(inner_steps)


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


def pair(number: int, gen: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """`number` random examples."""
    x, y = torch.randn(2, number, generator=gen)
    return x, y


def random_task(seed: int) -> Drawn:
    """Two weights, four support and three query examples."""
    gen = torch.Generator().manual_seed(seed)
    theta = {"w": torch.tensor(0.6), "b": torch.tensor(-0.4)}
    says = "two weights, four random support and three query examples, α = 0.3, six steps"
    return Drawn(says, bent, theta, pair(4, gen), pair(3, gen), 0.3, 6)


def of(*numbers: float) -> torch.Tensor:
    """A vector."""
    return torch.tensor(numbers)


SMALL = (squared, {"w": torch.tensor(1.0)}, (of(1.0, 1.0, 1.0), of(3.0, 3.0, 3.0)),
         (of(2.0, 2.0), of(8.0, 8.0)), 0.25)  # fmt: skip
SMALL_SAYS = (
    "one weight w = 1 and the loss (w·x − y)²; support: three times x = 1, y = 3; query: twice x = "
    "2, y = 8; α = 0.25, "
)

MISTAKES = [
    Mistake(
        "support loss in place of query loss",
        "You measure on the examples that the steps learn from. That loss falls even where nothing "
        "is understood. Measure on the query.",
        lambda loss, theta, s, q, lr, steps: along(loss, theta, s, s, lr, steps),
    ),
    Mistake(
        "gradient steps on query",
        "Your learner steps on the query set, which it must never see. Take the gradient of the "
        "support loss.",
        lambda loss, theta, s, q, lr, steps: along(loss, theta, q, q, lr, steps),
    ),
    Mistake(
        "shots confused with steps",
        "You take as many steps as there are support examples. Shots are what the learner gets, "
        "steps how often it moves: loop over `range(steps)`.",
        lambda loss, theta, s, q, lr, steps: along(loss, theta, s, q, lr, len(s[0])),
    ),
    Mistake(
        "the start left out",
        "Your curve begins after the first step. The loss at φ₀ = θ belongs to it: it shows what "
        "the start is worth as a model.",
        lambda *task: along(*task)[1:],
    ),
    Mistake(
        "the end instead of the path",
        "You return one loss, after the last step. Keep the one before it and after every step.",
        lambda *task: along(*task)[-1],
    ),
    Mistake(
        "the end left out",
        "Your curve stops before the last step's result: K steps make K + 1 numbers. Measure once "
        "more after the loop.",
        lambda *task: along(*task)[:-1],
    ),
    Mistake(
        "the start measured every time",
        "You measure θ each time. Measure φ, where the steps have led.",
        lambda *task: along(*task)[:1].expand(task[-1] + 1),
    ),
]
ALSO = [
    Mistake(
        "every step from θ",
        "Each of your steps begins at θ again. A step begins where the last one ended: put φ on "
        "both sides of the update, and take the gradient at φ.",
        measured(lambda *inner: walk(*inner, at_start=True, from_start=True)),
    ),
    Mistake(
        "sums of the losses",
        "You add up the losses along the way. Asked is the loss at each place.",
        lambda *task: along(*task).cumsum(0),
    ),
    Mistake(
        "how much each step gains",
        "You return differences. Asked are the losses themselves.",
        lambda *task: along(*task).diff(),
    ),
    *inner_mistakes(measured, outer=False),
]

ALONG = Exercise(
    key="04.2",
    title="A learning curve",
    kind="write",
    minutes=12,
    difficulty=2,
    importance=3,
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
            SMALL_SAYS + "two steps. Then w goes from 1 to 2 to 2.5",
            *SMALL,
            2,
        ),
        Case(SMALL_SAYS + "no step (`steps = 0`)", *SMALL, 0),
        *telling(along, MISTAKES, random_task),
        mistakes=MISTAKES,
        also=ALSO,
        picture=curves,
    ),
)
