"""The exercises of notebook 01: what an average hides, and how much was never seen."""

import torch

from course_lib.checks.answering import Trap, near
from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.checks.pictures import SEEN
from course_lib.checks.questions.e01_words import WORDS
from course_lib.scenes.scene import Bars, Line, Panel, Scene


def rates(labels, answers):
    """For each class that is asked about: how often it is answered right."""
    return torch.stack([(answers[labels == c] == c).double().mean() for c in labels.unique()])


def balanced(labels, answers):
    """The accuracy with all classes alike."""
    return rates(labels, answers).mean()


def with_silent_classes(labels, answers):
    """The mean over all class numbers, where classes without a query get 0."""
    return rates(labels, answers).sum() / (labels.max() + 1)


def over(classes):
    """The mean over these classes, found from (labels, answers); a class without a query gets 0."""

    def mean(labels, answers):
        each = [(answers[labels == c] == c).double().sum() for c in classes(labels, answers)]
        asked = [(labels == c).sum().clamp(min=1) for c in classes(labels, answers)]
        return sum(hits / n for hits, n in zip(each, asked, strict=True)) / len(asked)

    return mean


def in_both(labels, answers):
    """The classes that are asked about and answered."""
    return [c for c in labels.unique() if c in answers]


def yes_or_no(labels, answers):
    """For each class how often the question "is it this one?" is answered right."""
    each = [((labels == c) == (answers == c)).double().mean() for c in labels.unique()]
    return sum(each) / len(each)


def bars(got, expected, case: Case) -> Scene:
    """The accuracy of each class, and both averages."""
    labels = case.args[0]
    each, places = rates(*case.args), torch.arange(len(labels.unique()))
    ends = (-0.6, len(places) - 0.4)
    lines = [
        Line(ends, [float(value)] * 2, color, 2.5, True, name)
        for value, color, name in ((expected, "good", "expected"), (got, "bad", "yours"))
    ]
    classes, sizes = (t.tolist() for t in labels.unique(return_counts=True))
    names = [(x, f"class {c}: {n}") for x, (c, n) in enumerate(zip(classes, sizes, strict=True))]
    top = max(1.05, 1.05 * float(got))
    panel = Panel([Bars(places, each, "query", 0.6, alpha=0.5), *lines], ends, (0, top),
                  "Every class is one bar", "class, and how many queries it has", "answered right",
                  xticks=names)  # fmt: skip
    alt = (
        "A bar for each class: the share answered right. Two lines: your average and the expected."
    )
    return Scene([[panel]], alt, heights=(280,))


def many_answers(seed: int) -> Drawn:
    """Labels with a long tail (class 2 is never asked), and answers that favour the head."""
    gen = torch.Generator().manual_seed(seed)
    chances = torch.tensor([40.0, 20, 0, 10, 5, 2.5])
    labels = torch.multinomial(chances, 80, replacement=True, generator=gen)
    favoured = torch.tensor([30.0, 30, 10, 10, 5, 0])
    guesses = torch.multinomial(favoured, 80, replacement=True, generator=gen)
    answers = torch.where(torch.rand(80, generator=gen) < 0.4, labels, guesses)
    return Drawn("80 random queries with a long tail", labels, answers)


MISTAKES = [
    Mistake(
        "overall accuracy hides the tail",
        "You average over queries. Then a frequent class counts as often as it is asked, "
        "and a rare one hardly at all. Average within each class first, then over classes.",
        lambda labels, answers: (labels == answers).double().mean(),
    ),
    Mistake(
        "sorted by the answers instead of the labels",
        "You group the queries by what the learner said. A class that it never names "
        "then drops out, and that is the very failure to be seen. Group by the label.",
        lambda labels, answers: rates(answers, labels).mean(),
    ),
    Mistake(
        "a class without a query counted as wrong",
        "A class that no query asks about gets the value 0 from you. Nothing is known "
        "about it: go through the classes that occur in `labels`.",
        with_silent_classes,
    ),
    Mistake(
        "a class that only the answers name counted as wrong",
        "You average over the classes of labels and answers together. A class that no "
        "query asks about doesn't count, even if the learner names it: go through the "
        "classes that occur in `labels`.",
        over(lambda labels, answers: torch.cat([labels, answers]).unique()),
    ),
    Mistake(
        "a class without a query: 0/0",
        "You divide by the number of queries of a class that has none: 0/0, not a number. "
        "Go through the classes that occur in `labels`.",
        lambda labels, answers: torch.stack(
            [(answers[labels == c] == c).double().mean() for c in range(labels.max() + 1)]
        ).mean(),
    ),
    Mistake(
        "classes that are never answered left out",
        "You leave out the classes that the learner never names. That it never names them "
        "is the very failure to be seen: they count with 0.",
        over(in_both),
    ),
    Mistake(
        "right refusals counted",
        "You count it as right when a class is neither asked about nor answered. That is "
        "so for nearly all queries. Look only at the queries whose label is the class.",
        yes_or_no,
    ),
    Mistake(
        "the worst class alone",
        "You return the accuracy of the worst class. Average over the classes.",
        lambda labels, answers: rates(labels, answers).min(),
    ),
    Mistake(
        "right answers divided by all queries",
        "The share of a class is taken among its own queries. You divide by the number "
        "of all queries, so a rare class can never reach 1.",
        lambda labels, answers: (labels == answers).double().mean() / len(labels.unique()),
    ),
    Mistake(
        "a sum where a mean is meant",
        "You add up the accuracies of the classes. Divide by the number of classes, or "
        "more classes would always look better.",
        lambda labels, answers: rates(labels, answers).sum(),
    ),
    Mistake(
        "per cent instead of a share",
        "The value is right, times 100. Return a number between 0 and 1.",
        lambda labels, answers: 100 * balanced(labels, answers),
    ),
]

BALANCED = Exercise(
    key="01.1",
    title="The average that shows the tail",
    kind="write",
    minutes=10,
    difficulty=1,
    objective="measure a learner so that rare classes count as much as frequent ones",
    why="A learner that never names a rare class loses nothing overall, and much here.",
    hints=(
        "Do it in two stages: first one number for each class, then the mean of these numbers.",
        "`labels == c` picks the queries of class c. How many of these are answered right?",
        "Go through `labels.unique()`, take `(answers[labels == c] == c).float().mean()` each "
        "time, and average.",
    ),
    check=compared(
        balanced,
        Case(
            "labels 0, 0, 0, 0, 2, 2, 3; answers 0, 0, 1, 5, 2, 0, 2. Class 0: 2 of 4 right, class "
            "2: 1 of 2, class 3: 0 of 1. Nobody asks about the classes 1 and 5",
            torch.tensor([0, 0, 0, 0, 2, 2, 3]),
            torch.tensor([0, 0, 1, 5, 2, 0, 2]),
        ),
        *telling(balanced, MISTAKES, many_answers, 2),
        picture=bars,
        mistakes=MISTAKES,
    ),
)

TOTAL, ONCE = sum(SEEN.values()), list(SEEN.values()).count(1)


NEXT = Exercise(
    key="01.2",
    title="How much is still unseen?",
    kind="read",
    minutes=5,
    difficulty=1,
    importance=1,
    objective="estimate from a sample how often something entirely new will come",
    why="The classes seen once tell how much is missing, although nobody knows what is missing.",
    hints=(
        "Which bars speak of the tail? Those that almost did not appear.",
        "Good and Turing: the classes that were seen exactly once. How many are they?",
        "Divide by the number of all photographs: add up the heights of all bars.",
    ),
    check=near(
        ONCE / TOTAL,
        within=0.004,
        traps=[
            Trap(
                "never seen, so it cannot come",
                "Whoever has seen a few things once has surely missed others. The estimate is "
                "not 0.",
                0,
            ),
            Trap(
                "a share of the classes instead of the examples",
                "You divide by the number of animals. The chance is one for the next "
                "photograph, so divide by the number of photographs.",
                ONCE / len(SEEN),
            ),
            Trap(
                "one rare class instead of all",
                "That is the share of a single animal that was seen once. Several were: each "
                "stands for a part of the tail.",
                1 / TOTAL,
            ),
            Trap(
                "all classes alike",
                "You treat “something new” as one more class, as likely as the others. In a long "
                "tail they are not alike: count how often each was seen.",
                1 / (len(SEEN) + 1),
            ),
            Trap(
                "the next photograph counted too",
                "You divide by 26. Good and Turing divide by the photographs that there are: 25.",
                ONCE / (TOTAL + 1),
            ),
            Trap(
                "one more animal, one more photograph",
                "1/26 treats “something new” as one animal that was seen once more. Look at how "
                "many animals were seen exactly once.",
                1 / (TOTAL + 1),
            ),
            Trap(
                "all kinds instead of those seen once",
                "You divide the number of all animals by the number of photographs. Only the "
                "animals that were seen exactly once tell of the tail.",
                len(SEEN) / TOTAL,
            ),
            Trap(
                "miscounted",
                "Count again how many bars have the height 1, and add up all heights.",
                (ONCE - 1) / TOTAL,
            ),
            Trap(
                "one class of eight",
                "1/8 would be the share of one animal if all came equally often. Count "
                "photographs, not animals.",
                1 / len(SEEN),
            ),
            Trap(
                "rare taken for seen once",
                "You counted the newt too, which was seen twice. Only classes seen exactly once "
                "enter the estimate.",
                (ONCE + 1) / TOTAL,
            ),
            Trap(
                "the chance of something known",
                "That is the chance that the next animal is one of these. Asked is the rest.",
                1 - ONCE / TOTAL,
            ),
            Trap(
                "a count instead of a share",
                "So many animals were seen once. Divide by the number of photographs.",
                ONCE,
            ),
            Trap(
                "per cent instead of a share",
                "That is right in per cent. Answer with a share between 0 and 1.",
                100 * ONCE / TOTAL,
            ),
        ],
    ),
)

EXERCISES = (BALANCED, NEXT, WORDS)
