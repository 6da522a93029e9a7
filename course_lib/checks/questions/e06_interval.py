"""Exercise 06.4: is one learner better than another? A 95 % interval over tasks."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared
from course_lib.checks.exercise import Exercise
from course_lib.ground.stats import mean_and_ci


def half_width(values):
    """1.96 standard errors of a mean."""
    return mean_and_ci(values)[1]


def compare(a, b):
    """The mean over tasks of the difference, and the half-width of its interval."""
    gap = (a - b).mean(1)
    return gap.mean(), half_width(gap)


def with_half(other):
    """A mistake in the interval alone: `other(a, b)` is its half-width."""
    return lambda a, b: ((a - b).mean(), other(a, b))


def apart(a, b):
    """As if the two learners had met different tasks."""
    return (half_width(a.mean(1)) ** 2 + half_width(b.mean(1)) ** 2) ** 0.5


def results(seed):
    """Answers of two learners to eight questions in each of 40 tasks, easy ones and hard ones."""
    gen = torch.Generator().manual_seed(seed)
    easy = torch.rand(40, 1, generator=gen)
    draws = torch.rand(2, 40, 8, generator=gen)
    return (draws[0] < 0.3 + 0.7 * easy).float(), (draws[1] < 0.2 + 0.7 * easy).float()


SMALL = (
    torch.tensor([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
    torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]),
)

INTERVAL = Exercise(
    key="06.4",
    title="Is one learner better?",
    kind="write",
    minutes=15,
    difficulty=2,
    importance=3,
    objective="say how sure a difference between two learners is, when both met the same tasks",
    why="The tasks' own difficulty drops out of the difference: so compare on the same tasks.",
    hints=(
        "What is drawn independently here: the questions, or the tasks? And how many numbers are "
        "left when each task has one?",
        "One number for each task: a's accuracy less b's. Then the mean of these numbers, and "
        "1.96 times their standard deviation, divided by the root of how many there are.",
        "`gap = a.mean(1) - b.mean(1)`; return `gap.mean()` and "
        "`1.96 * gap.std() / len(gap) ** 0.5`.",
    ),
    check=compared(
        compare,
        Case(
            "three tasks of two questions. a is right in (2, 1, 2) of them, b in (1, 0, 2). So the "
            "differences are ½, ½, 0, their mean is 1/3, and s² = (1/36 + 1/36 + 4/36)/2",
            *SMALL,
        ),
        Drawn("40 tasks of eight questions", *results(1)),
        Drawn("40 other tasks, where b is better", *results(2)[::-1]),
        mistakes=[
            Mistake(
                "questions counted as independent",
                "Your unit is the question. But the questions of one task stand or fall together: "
                "an easy task is easy in all of them. First one number for each task, then the "
                "interval.",
                with_half(lambda a, b: half_width((a - b).flatten())),
            ),
            Mistake(
                "as if the learners had met different tasks",
                "You add the spread of a to the spread of b. Both met the same tasks, and what is "
                "hard for one is hard for the other. Take the difference in each task first, then "
                "its spread.",
                with_half(apart),
            ),
            Mistake(
                "the spread of the tasks, not of their mean",
                "1.96 s says where single tasks lie. The mean of N tasks is more certain: divide "
                "by √N.",
                with_half(lambda a, b: 1.96 * (a - b).mean(1).std()),
            ),
            Mistake(
                "one standard error is no 95 %",
                "s/√N covers the truth in 68 of 100 cases. For 95 take 1.96 of it.",
                with_half(lambda a, b: half_width((a - b).mean(1)) / 1.96),
            ),
            Mistake(
                "the whole width",
                "You return the width of the whole interval. The number after ± is half of it.",
                with_half(lambda a, b: 2 * half_width((a - b).mean(1))),
            ),
            Mistake(
                "divided by N instead of √N",
                "The spread of a mean falls with the root of the number of tasks.",
                with_half(lambda a, b: half_width((a - b).mean(1)) / len(a) ** 0.5),
            ),
            Mistake(
                "divided by the root of all questions",
                "The spread is that of the tasks, but you divide by the root of the number of "
                "questions. There are as many independent numbers as tasks.",
                with_half(lambda a, b: 1.96 * (a - b).mean(1).std() / a.numel() ** 0.5),
            ),
            Mistake(
                "the spread within a task",
                "You average over the tasks, and take the spread over the places of a question. "
                "Average over the questions of each task; the spread is over tasks.",
                with_half(lambda a, b: half_width((a - b).mean(0))),
            ),
            Mistake(
                "a spread that divides by N",
                "The mean was estimated from the same N tasks, so the variance divides by N − 1: "
                "torch's `std` as it is.",
                with_half(lambda a, b: 1.96 * (a - b).mean(1).std(correction=0) / len(a) ** 0.5),
            ),
            Mistake(
                "b less a",
                "Asked for is how much better *a* is: a's accuracy less b's.",
                lambda a, b: compare(b, a),
            ),
        ],
    ),
)  # fmt: skip
