"""Exercise 04.3: a MAML loop with two faults that raise no error."""

from itertools import combinations

import torch
from torch.func import grad

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.checks.usual import walk
from course_lib.maml.inner import adapt


def line_loss(theta, x, y):
    """Mean squared error of x·θ."""
    return (x * theta - y).square().mean()


def wave_loss(theta, x, y):
    """Mean squared error of a wave: its curvature changes from place to place."""
    return ((theta[0] * x).sin() * theta[1] - y).square().mean()


FAULTS = {
    "silently first-order": (
        "Each step is a constant for the outer gradient: the factor 1 − αH is missing. Nothing "
        "warns you. Take the inner gradient with `create_graph=True`."
    ),
    "one learner for all tasks": (
        "The second task begins where the first one ended: the inner loop has moved θ across "
        "tasks. Every task starts at θ: put `phi = theta` inside the loop."
    ),
    "every step from θ": (
        "Each of your steps begins at θ again. `phi = theta` belongs to the loop over tasks, not "
        "to the loop over steps."
    ),
    "slope taken with respect to θ": (
        "You take the inner slope with respect to θ, through all steps so far. A learner sees only "
        "where it stands: differentiate the support loss with respect to φ."
    ),
    "gradient steps on query": (
        "Your learner steps on the query set. It must never see it: step on the support."
    ),
    "support examples used as query": (
        "You judge each learner by the examples that it has stepped on. Judge by the query."
    ),
    "query loss at θ instead of θ′": (
        "You judge θ, not what the steps make of it. The inner loop then plays no part: this is "
        "joint training."
    ),
    "a sum where a mean is meant": (
        "You add up the tasks. Then β means something else for every number of tasks: divide by "
        "`len(tasks)`."
    ),
}
NAMES = tuple(FAULTS)


def meta_gradient(loss, theta, tasks, lr, steps, faults=()):
    """∇_θ of the mean over tasks of L(φ_K; query), with none or some of `FAULTS`."""
    first_order, carried, restarting, by_theta, on_query, on_support, at_theta, summed = (
        name in faults for name in NAMES
    )
    theta = theta.detach().clone().requires_grad_()
    phi, total = theta, 0.0
    for support, query in tasks:
        phi = phi if carried else theta
        data = query if on_query else support
        for _ in range(steps):
            by = theta if by_theta else phi
            (slope,) = torch.autograd.grad(loss(phi, *data), by, create_graph=True)
            slope = slope.detach() if first_order else slope
            phi = (theta if restarting else phi) - lr * slope
        judged = theta if at_theta else phi
        total = total + loss(judged, *(support if on_support else query))
    return torch.autograd.grad(total if summed else total / len(tasks), theta)[0]


def with_faults(*faults: str):
    """The function with these faults."""
    return lambda *task: meta_gradient(*task, faults=faults)


def mixed(number: int) -> list[Mistake]:
    """All combinations of so many faults; the gravest gives the name."""
    return [
        Mistake(found[0], FAULTS[found[0]] + " (It is not the only fault.)", with_faults(*found))
        for found in combinations(NAMES, number)
        if not {"gradient steps on query", "support examples used as query"} <= set(found)
    ]


def meta_loss(loss, theta, tasks, lr, steps):
    """The mean over tasks of L(φ_K; query)."""
    wrapped = lambda params, x, y: loss(params["theta"], x, y)  # noqa: E731
    ends = [
        wrapped(adapt(wrapped, {"theta": theta}, support, lr=lr, steps=steps), *query)
        for support, query in tasks
    ]
    return sum(ends) / len(ends)


def pair(number: int, gen: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """`number` random examples."""
    x, y = torch.randn(2, number, generator=gen)
    return x, y


def random_tasks(seed: int) -> Drawn:
    """Three tasks of a curved loss with two weights."""
    gen = torch.Generator().manual_seed(seed)
    tasks = [(pair(4, gen), pair(3, gen)) for _ in range(3)]
    says = "three random tasks, a curved loss with two weights, α = 0.2, two steps"
    return Drawn(says, wave_loss, torch.tensor([0.7, 1.2]), tasks, 0.2, 2)


def twice(x: float, y: float) -> tuple[torch.Tensor, torch.Tensor]:
    """An example, twice."""
    return torch.tensor([x, x]), torch.tensor([y, y])


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

MISTAKES = [
    *(Mistake(name, says, with_faults(name)) for name, says in FAULTS.items()),
    Mistake(
        "nothing mended yet",
        "Both faults are still there. Look at where the second task starts, and at what the inner "
        "gradient keeps.",
        with_faults("silently first-order", "one learner for all tasks"),
    ),
    Mistake(
        "the loss instead of its gradient",
        "You return the meta-loss. Return its gradient with respect to θ.",
        meta_loss,
    ),
    Mistake(
        "a step instead of the gradient",
        "You return θ after an outer step. Return the gradient alone.",
        lambda loss, theta, tasks, lr, steps: (
            theta - lr * meta_gradient(loss, theta, tasks, lr, steps)
        ),
    ),
]
ALSO = [
    Mistake(
        "every step from θ",
        FAULTS["every step from θ"] + " So only one step is left of all.",
        lambda loss, theta, tasks, lr, steps: meta_gradient(loss, theta, tasks, lr, min(steps, 1)),
    ),
    Mistake(
        "always the gradient at the start",
        "Your inner slope is taken at θ in every step. Take it at φ, where the step begins.",
        lambda loss, theta, tasks, lr, steps: grad(
            lambda start: (
                sum(loss(walk(loss, start, s, lr, steps, at_start=True)[-1], *q) for s, q in tasks)
                / len(tasks)
            )
        )(theta),
    ),
    Mistake(
        "old gradients kept",
        "Your inner gradients add up from step to step: `.backward()` adds to `.grad`. Use "
        "`torch.autograd.grad`.",
        lambda loss, theta, tasks, lr, steps: grad(
            lambda start: (
                sum(loss(walk(loss, start, s, lr, steps, kept=True)[-1], *q) for s, q in tasks)
                / len(tasks)
            )
        )(theta),
    ),
    *mixed(2),
    *mixed(3),
]

GRADIENT = Exercise(
    key="04.3",
    title="Two faults that raise no error",
    kind="fix",
    minutes=15,
    difficulty=3,
    importance=3,
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
            "θ = 0, the loss (x·θ − y)², α = 0.25, two steps; every set holds its example twice. "
            "Task 1: support x = 1, y = 2, query x = 1, y = 3. Task 2: support x = 1, y = 4, query "
            "x = 1, y = 5. Then φ goes from 0 to 1 to 1.5 and from 0 to 2 to 3, and each step has "
            "the factor 1 − αH = 0.5",
            line_loss,
            torch.tensor(0.0),
            [(twice(1, 2), twice(1, 3)), (twice(1, 4), twice(1, 5))],
            0.25,
            2,
        ),
        *telling(meta_gradient, MISTAKES, random_tasks),
        mistakes=MISTAKES,
        also=ALSO,
    ),
)
