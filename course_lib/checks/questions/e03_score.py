"""Exercise 03.2: the meta-objective, for any learner."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
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


def chained(f, A, loss, meta_train, meta_test):
    """What one task has learned is where the next begins."""
    theta, losses = f(meta_train), []
    for support, query in meta_test:
        theta = A(theta, support)
        losses.append(loss(theta, query))
    return torch.stack(losses).mean()


def f_for_each(tasks):
    """The score with θ = f(…) made anew for each meta-test task, from what `tasks` gives."""
    return lambda f, A, loss, train, test: torch.stack(
        [loss(A(f(tasks(train, task)), task[0]), task[1]) for task in test]
    ).mean()


def with_pairs(pair):
    """The score with other data sets in the places of support and query."""
    return lambda f, A, loss, train, test: score(f, A, loss, train, [pair(*task) for task in test])


def number_tasks(num_tasks: int, seed: int) -> list:
    """Tasks whose examples are numbers, with differently many queries."""
    gen = torch.Generator().manual_seed(seed)
    sizes = [(2, 2 + 3 * (i % 3)) for i in range(num_tasks)]
    shift = torch.randn(num_tasks, generator=gen) + 3
    return [
        tuple(shift[i] + torch.randn(n, generator=gen) for n in pair)
        for i, pair in enumerate(sizes)
    ]


def random_tasks(seed: int) -> Drawn:
    """Four meta-train and six meta-test tasks."""
    says = "four meta-train tasks and six meta-test tasks of random numbers"
    sets = number_tasks(4, seed), number_tasks(6, seed + 100)
    return Drawn(says, middle, pulled, gap, *sets)


def task(support: tuple[float, ...], query: tuple[float, ...]) -> tuple:
    """A task of numbers."""
    return torch.tensor(support), torch.tensor(query)


LEAK = (
    "You judge φ by the very examples that it was learned from: D_T^train in the place of "
    "D_T^test. A learner that learns by heart would get 0. Judge by the query set."
)
SEEN = "Your learner sees the examples that will judge it. A gets the support and nothing else."
ANEW = (
    "You run f anew for each meta-test task. θ comes from the meta-train tasks, once, and stays "
    "for "
    "all meta-test tasks."
)

MISTAKES = [
    Mistake(
        "evaluation on meta-train tasks",
        "You judge on the tasks that made θ. That is the train loss, one level up: it promises too "
        "much, most of all with few tasks. Judge on meta-test tasks.",
        lambda f, A, loss, train, test: score(f, A, loss, train, train),
    ),
    Mistake("support examples leaking into the query set", LEAK, with_pairs(lambda s, q: (s, s))),
    Mistake("learning from the query set", SEEN, with_pairs(lambda s, q: (q, q))),
    Mistake(
        "normal and meta objective mixed up",
        "You judge θ itself, as if it were a φ. A meta-learner is judged after it has learned: "
        "first A(θ, support), then the loss.",
        lambda f, A, loss, train, test: score(f, lambda t, s: t, loss, train, test),
    ),
    Mistake(
        "expectation over examples instead of over tasks",
        "You average over all query examples, so a task with many of them counts more. The "
        "expectation is over tasks: one number for each, then their mean.",
        over_examples,
    ),
    Mistake(
        "θ learned from the meta-test tasks",
        "f has looked into the drawer: it got the meta-test tasks. Give it the meta-train tasks "
        "only.",
        lambda f, A, loss, train, test: score(f, A, loss, test, test),
    ),
    Mistake(
        "θ learned from all tasks",
        "f got the meta-test tasks too. More tasks are better, but not those that judge.",
        lambda f, A, loss, train, test: score(f, A, loss, train + test, test),
    ),
    Mistake(
        "a sum where a mean is meant",
        "You add up the losses of the tasks. Divide by their number, or results on differently "
        "many "
        "tasks can't be compared.",
        lambda *all_: score(*all_) * len(all_[-1]),
    ),
    Mistake(
        "one task goes on where the other ended",
        "The φ of one task becomes the θ of the next. Every task begins with the same θ: give φ a "
        "name of its own.",
        chained,
    ),
    Mistake("f run anew for each task", ANEW, f_for_each(lambda train, task: [task])),
    Mistake("f run anew for each task", ANEW, f_for_each(lambda train, task: [*train, task])),
    Mistake(
        "support and query swapped",
        "You learn from the query set and judge by the support set. It is the other way round.",
        with_pairs(lambda s, q: (q, s)),
    ),
    Mistake(
        "only the last task",
        "You return the loss of the last meta-test task. Collect one number for each, and average "
        "them.",
        lambda f, A, loss, train, test: score(f, A, loss, train, test[-1:]),
    ),
    Mistake(
        "only the first task",
        "You return the loss of the first meta-test task. Does the `return` stand inside the loop?",
        lambda f, A, loss, train, test: score(f, A, loss, train, test[:1]),
    ),
]
ALSO = [
    Mistake(
        "evaluation on meta-train tasks",
        "You judge on meta-train and meta-test tasks together. Those that made θ promise too much.",
        lambda f, A, loss, train, test: score(f, A, loss, train, [*train, *test]),
    ),
    Mistake(
        "θ learned from one task",
        "f gets one meta-train task. Give it all of them.",
        lambda f, A, loss, train, test: score(f, A, loss, train[:1], test),
    ),
    Mistake(
        "support and query in one set",
        "Your learner gets support and query examples together. It may see the support alone.",
        with_pairs(lambda s, q: (torch.cat([s, q]), q)),
    ),
    Mistake(
        "support and query in one set",
        "You judge by support and query examples together. Judge by the query alone.",
        with_pairs(lambda s, q: (s, torch.cat([s, q]))),
    ),
    Mistake(
        "meta-train and meta-test swapped",
        "θ comes from the meta-test tasks, and the meta-train tasks judge. It is the other way "
        "round.",
        lambda f, A, loss, train, test: score(f, A, loss, test, train),
    ),
    Mistake(
        "the losses one by one",
        "You return a loss for each task. Average them.",
        lambda f, A, loss, train, test: torch.stack([loss(A(f(train), s), q) for s, q in test]),
    ),
    Mistake(
        "f run anew for each task",
        ANEW,
        lambda f, A, loss, train, test: torch.stack(
            [loss(A(f([pair]), s), q) for pair, (s, q) in zip(train, test, strict=False)]
        ).mean(),
    ),
]

SCORE = Exercise(
    key="03.2",
    title="The meta-objective, for any learner",
    kind="write",
    minutes=12,
    difficulty=2,
    importance=3,
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
            "D and θ, the loss is the mean of (φ − y)². One meta-train task: support 3 and 1, "
            "query "
            "4 and 6. Two meta-test tasks: support 2 and 5, query 3, 5 and 7; support 8 and 11, "
            "query 7 and 10. Then θ = 5, and φ is 4 and 8",
            middle,
            pulled,
            gap,
            [task((3.0, 1.0), (4.0, 6.0))],
            [task((2.0, 5.0), (3.0, 5.0, 7.0)), task((8.0, 11.0), (7.0, 10.0))],
        ),
        *telling(score, MISTAKES, random_tasks, 2),
        mistakes=MISTAKES,
        also=ALSO,
    ),
)
