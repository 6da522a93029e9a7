"""Exercise 04.3: a MAML loop with two faults that raise no error."""

import torch
from torch.func import grad

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise
from course_lib.maml import adapt


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


def line_loss(theta, x, y):
    """Mean squared error of x·θ."""
    return (x * theta - y).square().mean()


def wave_loss(theta, x, y):
    """Mean squared error of a wave: its curvature changes from place to place."""
    return ((theta[0] * x).sin() * theta[1] - y).square().mean()


def query_loss(loss, theta, support, query, lr, steps, first_order=False):
    """L(φ_K; query) for one task, as a function of the tensor θ."""
    inner = {"lr": lr, "steps": steps, "first_order": first_order}
    wrapped = lambda params, x, y: loss(params["theta"], x, y)  # noqa: E731
    return wrapped(adapt(wrapped, {"theta": theta}, support, **inner), *query)


def meta_gradient(loss, theta, tasks, lr, steps, first_order=False):
    """∇_θ of the mean over tasks of L(φ_K; query)."""

    def total(theta):
        each = [query_loss(loss, theta, s, q, lr, steps, first_order) for s, q in tasks]
        return sum(each) / len(each)

    return grad(total)(theta)


def carried(loss, theta, tasks, lr, steps, first_order=False):
    """The same, with each task beginning where the last one ended."""

    def total(theta):
        phi, losses = theta, 0.0
        for support, query in tasks:
            for _ in range(steps):
                g = grad(loss)(phi, *support)
                phi = phi - lr * (g.detach() if first_order else g)
            losses = losses + loss(phi, *query)
        return losses / len(tasks)

    return grad(total)(theta)


GRADIENT_GIVEN = '''\
def meta_gradient(loss, theta, tasks, lr, steps):
    """The gradient of the meta-loss with respect to θ."""
    theta = theta.clone().requires_grad_()
    phi, total = theta, 0.0
    for support, query in tasks:
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), phi)
            phi = phi - lr * slope
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]
'''

GRADIENT = Exercise(
    key="04.3",
    title="Two faults that raise no error",
    kind="fix",
    minutes=15,
    difficulty=3,
    objective="find in a MAML loop what Python will never complain about",
    why="Both faults run, train, and look plausible: only a number you know can show them.",
    given=GRADIENT_GIVEN,
    hints=(
        "Do the first task by hand, then the second. From where does the second learner start?",
        "One fault is between the tasks. The other is inside the step: which part of it does "
        "`autograd` forget?",
        "Begin every task with `phi = theta`, and take the inner gradient with "
        "`create_graph=True`.",
    ),
    check=compared(
        meta_gradient,
        Case(
            "θ = 0, the loss (x·θ − y)², α = 0.25, one step. Task 1: support x = 1, y = 2, query "
            "x = 1, y = 3. Task 2: support x = 1, y = 4, query x = 1, y = 5. Then φ is 1 and 2, "
            "and 1 − αH = 0.5 in both",
            line_loss,
            one(0),
            [((double(1), double(2)), (double(1), double(3))),
             ((double(1), double(4)), (double(1), double(5)))],
            0.25,
            1,
        ),
        Case("three tasks, a curved loss with two weights, two steps", wave_loss, double(0.7, 1.2),
             [(pair(4, 10 + i), pair(3, 20 + i)) for i in range(3)], 0.2, 2),
        mistakes=[
            Mistake(
                "silently first-order",
                "The tasks are apart now, but each step is still a constant for the outer "
                "gradient: the factor 1 − αH is missing. Nothing warns you. Take the inner "
                "gradient with `create_graph=True`.",
                lambda *task: meta_gradient(*task, first_order=True),
            ),
            Mistake(
                "one learner for all tasks",
                "The second task begins where the first one ended: the inner loop has moved θ "
                "across tasks. Every task starts at θ: put `phi = theta` inside the loop.",
                carried,
            ),
            Mistake(
                "nothing mended yet",
                "Both faults are still there. Look at where the second task starts, and at what "
                "the inner gradient keeps.",
                lambda *task: carried(*task, first_order=True),
            ),
            Mistake(
                "query loss at θ instead of θ′",
                "You judge θ, not what the steps make of it. The inner loop then plays no part: "
                "this is joint training.",
                lambda loss, theta, tasks, lr, steps: meta_gradient(loss, theta, tasks, lr, 0),
            ),
            Mistake(
                "gradient steps on query",
                "Your learner steps on the query set. It must never see it: step on the support.",
                lambda loss, theta, tasks, *inner: meta_gradient(
                    loss, theta, [(q, q) for _, q in tasks], *inner
                ),
            ),
            Mistake(
                "support examples used as query",
                "You judge each learner by the examples that it has stepped on. Judge by the "
                "query.",
                lambda loss, theta, tasks, *inner: meta_gradient(
                    loss, theta, [(s, s) for s, _ in tasks], *inner
                ),
            ),
            Mistake(
                "a sum where a mean is meant",
                "You add up the tasks. Then β means something else for every number of tasks: "
                "divide by `len(tasks)`.",
                lambda loss, theta, tasks, *inner: (
                    len(tasks) * meta_gradient(loss, theta, tasks, *inner)
                ),
            ),
        ],
    ),
)  # fmt: skip
