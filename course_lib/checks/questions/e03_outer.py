"""Exercise 03.1: an outer step that learns where to pull each weight, and how strongly."""

import torch
from torch.func import grad

from course_lib.checks.comparing import Case, Drawn, Mistake, compared
from course_lib.checks.exercise import Exercise


def learn(theta, x, y, *, log=True, towards=True, per_example=False):
    """argmin Σ(φ·x − y)² + Σ λᵢ(φᵢ − mᵢ)², with λ = exp(log strengths)."""
    m = theta["mean"] if towards else torch.zeros_like(theta["mean"])
    strengths = theta["log_strengths"].exp() if log else theta["log_strengths"]
    number = len(y) if per_example else 1
    gram = x.T @ x / number + torch.diag(strengths)
    return m + torch.linalg.solve(gram, x.T @ (y - x @ m) / number)


def loss_of(theta, support, query, *, summed=False, **learning):
    """The mean squared error on the query of what was learned from the support."""
    x, y = query
    errors = (x @ learn(theta, *support, **learning) - y).square()
    return errors.sum() if summed else errors.mean()


def outer(pick=lambda s, q: (s, q), *, average=True, names=("mean", "log_strengths"), sign=1.0,
          slope=None, step=True, **learning):  # fmt: skip
    """θ after one step of gradient descent on the meta-loss; the keywords are for mistakes."""

    def answer(theta, tasks, rate):
        def meta_loss(t):
            losses = torch.stack([loss_of(t, *pick(*task), **learning) for task in tasks])
            return losses.mean() if average else losses.sum()

        found = grad(meta_loss)(theta)
        if slope:
            found = slope(theta, found)
        scale = sign * rate if step else 0.0
        moved = {n: theta[n] - (scale * found[n] if n in names else 0) for n in theta}
        return moved if step else found

    return answer


outer_step_of = outer()


def outer_step(theta, tasks, rate):
    """θ after one step of gradient descent on the mean query loss."""
    return outer_step_of(theta, tasks, rate)


def one_after_another(theta, tasks, rate):
    """A step after every task."""
    for task in tasks:
        theta = outer_step(theta, [task], rate)
    return theta


def by_strength(theta, found):
    """The slope in λ where that in log λ is asked for."""
    return found | {"log_strengths": found["log_strengths"] / theta["log_strengths"].exp()}


def last_task(theta, tasks, rate):
    """Only the last task counts."""
    return outer_step(theta, tasks[-1:], rate)


def constant_part(theta, tasks, rate):
    """With what was learned from the support taken for a constant, but for m itself."""

    def meta_loss(t):
        losses = []
        for support, (x, y) in tasks:
            fixed = (learn(theta, *support) - theta["mean"]).detach()
            losses.append((x @ (t["mean"] + fixed) - y).square().mean())
        return torch.stack(losses).mean()

    found = grad(meta_loss)(theta)
    return {name: theta[name] - rate * found[name] for name in theta}


def some_tasks(seed: int):
    """Three tasks with four support and five query examples of three weights, and a start."""
    gen = torch.Generator().manual_seed(seed)
    theta = {name: torch.randn(3, generator=gen) for name in ("mean", "log_strengths")}
    tasks = []
    for _ in range(3):
        w = theta["mean"] + torch.randn(3, generator=gen)
        sets = [torch.randn(n, 3, generator=gen) for n in (4, 5)]
        tasks.append(tuple((x, x @ w + 0.3 * torch.randn(len(x), generator=gen)) for x in sets))
    return theta, tasks, 0.1


BY_HAND = (
    {"mean": torch.tensor([0.0, 1.0]), "log_strengths": torch.tensor([3.0, 2.0]).log()},
    [
        (
            (torch.eye(2), torch.tensor([2.0, 5.0])),
            (torch.diag(torch.tensor([1.0, 2.0])), torch.tensor([3.0, 4.0])),
        )
    ],
    0.1,
)

OUTER_STEP = Exercise(
    key="03.1",
    title="Learn how strongly to pull",
    kind="write",
    minutes=20,
    difficulty=3,
    objective="take an outer step through a learner, on where it pulls and on how strongly",
    why="So the tasks themselves say which weights they share: those get strong pulls.",
    hints=(
        "First the learner: the lesson's ridge formula, with `torch.diag(strengths)` in the place "
        "of λI, where `strengths = log_strengths.exp()`. Then its loss on the query, for one task.",
        "The meta-loss is a function of θ: the mean over tasks of the query loss of A_θ(support). "
        "`torch.func.grad` takes its gradient in a dictionary, and returns one.",
        "`phi = m + torch.linalg.solve(x.T @ x + torch.diag(s.exp()), x.T @ (y - x @ m))`. With "
        "`g = torch.func.grad(meta_loss)(theta)`, return "
        "`{n: theta[n] - rate * g[n] for n in theta}`.",
    ),
    check=compared(
        outer_step,
        Case(
            "two weights, m = (0, 1), λ = (3, 2), rate 0.1, one task. Support: x = ((1, 0), "
            "(0, 1)), y = (2, 5), so φ = (2/(1 + 3), (5 + 2 · 1)/(1 + 2)) = (½, 7/3). Query: "
            "x = ((1, 0), (0, 2)), y = (3, 4). Then ∂φ/∂m = (3/4, 2/3) and ∂φ/∂log λ = "
            "(3 (0 − 2)/16, 2 (1 − 5)/9), weight by weight",
            *BY_HAND,
        ),
        Drawn("three tasks of three weights", *some_tasks(1)),
        mistakes=[
            Mistake(
                "support examples used as query",
                "You judge the learner by the support, which it has learned from. There the "
                "weakest pull always wins: judge by the query.",
                outer(lambda s, q: (s, s)),
            ),
            Mistake(
                "support and query swapped",
                "Your learner learns from the query and is judged by the support.",
                outer(lambda s, q: (q, s)),
            ),
            Mistake(
                "the slope in λ instead of log λ",
                "You step along ∂/∂λ. θ holds the *logarithm*, and ∂/∂log λ is λ times as long.",
                outer(slope=by_strength),
            ),
            Mistake(
                "a sum where a mean is meant",
                "You add up the tasks. With more tasks the step would grow: take their mean.",
                outer(average=False),
            ),
            Mistake(
                "a sum over the query examples",
                "The loss of a task is the *mean* over its query examples.",
                outer(summed=True),
            ),
            Mistake(
                "a step after every task",
                "You step after every single task. Average the losses of all tasks at one θ, then "
                "take one step.",
                one_after_another,
            ),
            Mistake(
                "uphill",
                "You add the gradient. Descent subtracts it.",
                outer(sign=-1.0),
            ),
            Mistake(
                "the strengths stand still",
                "Only the mean has moved. The strengths are a part of θ too.",
                outer(names=("mean",)),
            ),
            Mistake(
                "the mean stands still",
                "Only the strengths have moved. The mean is a part of θ too.",
                outer(names=("log_strengths",)),
            ),
            Mistake(
                "the learner taken for a constant",
                "What your learner finds in the support hangs on no graph, so θ seems to act only "
                "through m. The solution of the linear system depends on θ too: don't detach it.",
                constant_part,
            ),
            Mistake(
                "the logarithm taken for the strength",
                "You pull with log λ. The strengths are `log_strengths.exp()`, so they are never "
                "negative.",
                outer(log=False),
            ),
            Mistake(
                "pulled towards zero",
                "Your learner pulls towards zero. It should pull towards m.",
                outer(towards=False),
            ),
            Mistake(
                "a mean where a sum stands",
                "Your learner averages over the support. In the formula the errors are *added up*, "
                "so that more examples outvote the pull.",
                outer(per_example=True),
            ),
            Mistake(
                "the gradient instead of the step",
                "You return the gradient. Asked is the new θ: θ − rate · gradient.",
                outer(step=False),
            ),
            Mistake(
                "only the last task",
                "Only the last of the tasks counts in your result. Is a line outside of the loop?",
                last_task,
            ),
        ],
    ),
)
