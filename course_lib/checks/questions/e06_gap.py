"""Exercise 06.8: by how much one way is better, over tasks and over trainings."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.ground.stats import mean_and_ci


def half_width(values):
    """1.96 standard errors of a mean."""
    return mean_and_ci(values)[1]


def gap(a, b):
    """The mean of a − b, the half-width of its interval over tasks, and each training's mean."""
    each = (a - b).mean(0)  # a number for each task
    return each.mean(), half_width(each), (a - b).mean(1)


def with_half(other):
    """A mistake in the interval alone."""
    return lambda a, b: ((a - b).mean(), other(a, b), (a - b).mean(1))


def unpaired(a, b):
    """As if each way had met tasks of its own."""
    return (half_width(a.mean(0)) ** 2 + half_width(b.mean(0)) ** 2) ** 0.5


def best(rows):
    """The training with the lowest error."""
    return rows[rows.mean(1).argmin()]


def of_the_best(a, b):
    """The best training of each way, compared."""
    each = best(a) - best(b)
    return each.mean(), half_width(each), (a - b).mean(1)


def errors(seed: int) -> Drawn:
    """Three trainings of each of two ways on 40 tasks, easy ones and hard ones."""
    gen = torch.Generator().manual_seed(seed)
    hard = 3 * torch.rand(40, generator=gen)
    a = hard + 0.5 * torch.rand(3, 1, generator=gen) + 0.3 * torch.rand(3, 40, generator=gen)
    b = hard + 0.5 * torch.rand(3, 1, generator=gen) + 0.3 * torch.rand(3, 40, generator=gen)
    return Drawn("three trainings, 40 tasks", a, b)


MISTAKES = [
    Mistake(
        "unpaired interval where paired is asked",
        "You add the spread of a to the spread of b. Both met the same tasks, and a hard task is "
        "hard for both. Take the difference in each task first, then its spread.",
        with_half(unpaired),
    ),
    Mistake(
        "trainings counted as more tasks",
        "Your unit is a task in a training. But the trainings meet the same tasks: three of them "
        "are not three times as many tasks. Average over the trainings first, so that each task "
        "has one number.",
        with_half(lambda a, b: half_width((a - b).flatten())),
    ),
    Mistake(
        "an interval over a handful of trainings",
        "You take the spread over the trainings. 1.96 standard errors need many numbers. Tell the "
        "trainings one by one, as the third result, and take the interval over tasks.",
        with_half(lambda a, b: half_width((a - b).mean(1))),
    ),
    Mistake(
        "best of the trainings reported",
        "You compare the best training of each way. The luck of several draws is in it. Average "
        "over all trainings.",
        of_the_best,
    ),
    Mistake(
        "the spread of the tasks, not of their mean",
        "1.96 s says where single tasks lie. The mean of N tasks is more certain: divide by √N.",
        with_half(lambda a, b: 1.96 * (a - b).mean(0).std()),
    ),
    Mistake(
        "one standard error is no 95 %",
        "s/√N covers the truth in 68 of 100 cases. For 95 take 1.96 of it.",
        with_half(lambda a, b: half_width((a - b).mean(0)) / 1.96),
    ),
    Mistake(
        "the whole width",
        "The number after ± is half of the interval.",
        with_half(lambda a, b: 2 * half_width((a - b).mean(0))),
    ),
    Mistake(
        "b less a",
        "Asked for is a − b: above zero, b has the lower error.",
        lambda a, b: gap(b, a),
    ),
    Mistake(
        "each task instead of each training",
        "The third result has a number for each task. Average over the tasks: one number for each "
        "training.",
        lambda a, b: (*gap(a, b)[:2], (a - b).mean(0)),
    ),
]  # fmt: skip
ALSO = [
    Mistake(
        "the spread of single trainings, averaged",
        "You make an interval for each training and average their widths. Average the differences "
        "over the trainings first.",
        with_half(lambda a, b: torch.stack([half_width(row) for row in a - b]).mean()),
    ),
    Mistake(
        "divided by the root of all numbers",
        "The spread is that of the tasks, but you divide by the root of tasks times trainings.",
        with_half(lambda a, b: 1.96 * (a - b).mean(0).std() / a.numel() ** 0.5),
    ),
    Mistake(
        "a spread that divides by N",
        "The mean was estimated from the same N tasks, so the variance divides by N − 1: torch's "
        "`std` as it is.",
        with_half(lambda a, b: 1.96 * (a - b).mean(0).std(correction=0) / a.shape[1] ** 0.5),
    ),
]

GAP = Exercise(
    key="06.8",
    book="06_your_own_question",
    title="The gap, and what it varies with",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="say how sure a gap is over tasks, and show what it does over trainings",
    why="The ± is over tasks. The trainings stand beside it: no ± over tasks knows of them.",
    hints=(
        "Both ways met the same tasks, in the same columns. What drops out when you subtract "
        "first?",
        "`a − b` is [trainings, tasks]. Its mean over the trainings is one number for each task: "
        "take the interval of these, as in 06.4. Its mean over the tasks is one for each training.",
        "`d = (a - b).mean(0)`; return `d.mean()`, `1.96 * d.std() / len(d) ** 0.5`, and "
        "`(a - b).mean(1)`.",
    ),
    check=compared(
        gap,
        Case(
            "three trainings, three tasks. a = ((4, 2, 3), (6, 2, 5), (5, 2, 6)), b = ((3, 2, 2), "
            "(3, 2, 4), (3, 2, 5)). So a − b is (1, 0, 1), (3, 0, 1), (2, 0, 1); over the "
            "trainings (2, 0, 1), with the mean 1 and s = 1; the trainings have 2/3, 4/3 and 1",
            torch.tensor([[4.0, 2.0, 3.0], [6.0, 2.0, 5.0], [5.0, 2.0, 6.0]]),
            torch.tensor([[3.0, 2.0, 2.0], [3.0, 2.0, 4.0], [3.0, 2.0, 5.0]]),
        ),
        *telling(gap, MISTAKES, errors, 2),
        mistakes=MISTAKES,
        also=ALSO,
    ),
)  # fmt: skip
