"""Exercise 03.2: the meta-objective, for any learner."""

import torch

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise


def score(f, A, loss, meta_train, meta_test):
    """Mean over meta-test tasks of the query loss after learning, with θ = f(meta-train)."""
    theta = f(meta_train)
    return torch.stack([loss(A(theta, s), q) for s, q in meta_test]).mean()


def middle(tasks):
    """The toy f: the mean of all query numbers."""
    return torch.cat([query for _, query in tasks]).mean()


def pulled(theta, support):
    """The toy A_θ: the mean of the support numbers and of one more, θ."""
    return (theta + support.sum()) / (1 + len(support))


def gap(phi, data):
    """Mean squared error of the answer φ."""
    return (phi - data).square().mean()


def over_examples(f, A, loss, meta_train, meta_test):
    """All query examples in one pot, so that a task with many of them counts more."""
    theta = f(meta_train)
    total = sum(len(q) * loss(A(theta, s), q) for s, q in meta_test)
    return total / sum(len(q) for _, q in meta_test)


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


def number_tasks(num_tasks: int, seed: int) -> list:
    """Tasks whose examples are numbers, with differently many queries."""
    gen = torch.Generator().manual_seed(seed)
    sizes = [(2, 1 + 3 * (i % 3)) for i in range(num_tasks)]
    shift = torch.randn(num_tasks, generator=gen, dtype=torch.float64) + 3
    noise = {"generator": gen, "dtype": torch.float64}
    return [tuple(shift[i] + torch.randn(n, **noise) for n in pair) for i, pair in enumerate(sizes)]


SCORE = Exercise(
    key="03.2",
    title="The meta-objective, for any learner",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="judge a meta-learner with each of the four data sets in its place",
    why="These few lines judge every system of the course: only f, A and the loss will change.",
    hints=(
        "Read the formula from the inside out: a task's support makes φ, its query judges φ.",
        "θ comes from f and the meta-train tasks, once. Then it stays, for all meta-test tasks.",
        "One number for each meta-test task, `loss(A(theta, support), query)`, and then their "
        "mean.",
    ),
    check=compared(
        score,
        Case(
            "each example is a number. f gives the mean of all query numbers, A(θ, D) the mean of "
            "D and θ, the loss is the mean of (φ − y)². One meta-train task: support 3, query 4. "
            "Two meta-test tasks: support 2, query 3 and 5; support 8, query 7. Then θ = 4, and φ "
            "is 3 and 6",
            middle,
            pulled,
            gap,
            [(double(3), double(4))],
            [(double(2), double(3, 5)), (double(8), double(7))],
        ),
        Case(
            "four meta-train tasks and six meta-test tasks of random numbers",
            middle,
            pulled,
            gap,
            number_tasks(4, 1),
            number_tasks(6, 2),
        ),
        mistakes=[
            Mistake(
                "evaluation on meta-train tasks",
                "You judge on the tasks that made θ. That is the train loss, one level up: it "
                "promises too much, most of all with few tasks. Judge on meta-test tasks.",
                lambda f, A, loss, train, test: score(f, A, loss, train, train),
            ),
            Mistake(
                "support examples leaking into the query set",
                "You judge φ by the very examples that it was learned from: D_T^train in the place "
                "of D_T^test. A learner that learns by heart would get 0. Judge by the query set.",
                lambda f, A, loss, train, test: score(f, A, loss, train, [(s, s) for s, _ in test]),
            ),
            Mistake(
                "learning from the query set",
                "Your learner sees the examples that will judge it. A gets the support and "
                "nothing else.",
                lambda f, A, loss, train, test: score(f, A, loss, train, [(q, q) for _, q in test]),
            ),
            Mistake(
                "normal and meta objective mixed up",
                "You judge θ itself, as if it were a φ. A meta-learner is judged after it has "
                "learned: first A(θ, support), then the loss.",
                lambda f, A, loss, train, test: score(f, lambda t, s: t, loss, train, test),
            ),
            Mistake(
                "expectation over examples instead of over tasks",
                "You average over all query examples, so a task with many of them counts more. "
                "The expectation is over tasks: one number for each, then their mean.",
                over_examples,
            ),
            Mistake(
                "θ learned from the meta-test tasks",
                "f has looked into the drawer: it got the meta-test tasks. Give it the meta-train "
                "tasks only.",
                lambda f, A, loss, train, test: score(f, A, loss, test, test),
            ),
            Mistake(
                "θ learned from all tasks",
                "f got the meta-test tasks too. More tasks are better, but not those that judge.",
                lambda f, A, loss, train, test: score(f, A, loss, train + test, test),
            ),
            Mistake(
                "a sum where a mean is meant",
                "You add up the losses of the tasks. Divide by their number, or results on "
                "differently many tasks can't be compared.",
                lambda *all_: score(*all_) * len(all_[-1]),
            ),
        ],
    ),
)
