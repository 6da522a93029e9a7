"""The exercises of notebook 00: chance level, and the rival without experience."""

import torch

from course_lib.checks.answering import Trap, near
from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.checks.questions.e00_words import WORDS

CHANCE = Exercise(
    key="00.1",
    title="What would blind guessing get?",
    kind="predict",
    minutes=2,
    difficulty=1,
    importance=1,
    objective="say the chance level of any n-way k-shot game",
    why="A score means nothing until you know what guessing gets: here one class in ten.",
    hints=(
        "Among how many answers does a player choose?",
        "The shots are examples to learn from. A blind guesser looks at none of them.",
        "One of n classes is right, and each is as likely as the others: 1/n, in per cent.",
    ),
    check=near(
        10,
        within=0.01,
        where="the number of ways",
        traps=[
            Trap(
                "shots taken for ways",
                "20 % would be 1/5. The 5 counts the examples of each class, not the classes.",
                20,
            ),
            Trap(
                "one drawing instead of one class",
                "2 % would be one in 50. There are 50 support drawings, but all 5 of the right "
                "class stand for the right answer.",
                2,
            ),
            Trap(
                "right or wrong is not a coin toss",
                "Two outcomes, right and wrong, need not be equally likely. There are ten answers.",
                50,
            ),
            Trap("shots taken for per cent", "5 is the number of shots. Asked is a chance.", 5),
            Trap("the chance to be wrong", "90 % is how often a blind guess is wrong.", 90),
            Trap(
                "a share instead of per cent",
                "0.1 is the right share. The question asks for per cent.",
                0.1,
            ),
        ],
    ),
)


def by(distance):
    """The rule "take the label of the smallest", for one distance of support and query."""
    return lambda query, support, labels: labels[distance(support, query).argmin()]


def squared(s, q):
    """Sum of squared differences to each support picture."""
    return (s - q).square().sum((1, 2))


nearest = by(squared)


def ten_pictures(seed: int) -> Drawn:
    """A query and ten pictures of 4 × 3 pixels."""
    gen = torch.Generator().manual_seed(seed)
    sizes = (4, 3), (10, 4, 3)
    query, support = (torch.rand(*size, generator=gen) for size in sizes)
    return Drawn("ten random pictures", query, support, torch.randperm(10, generator=gen) + 10)


def pictures(*tops: tuple[float, float]) -> torch.Tensor:
    """Pictures of 2 × 2 pixels with an empty lower row."""
    return torch.tensor([[top, (0.0, 0.0)] for top in tops])


MISTAKES = [
    Mistake(
        "the farthest instead of the nearest",
        "A large distance means that two pictures differ. Take the smallest.",
        by(lambda s, q: -squared(s, q)),
    ),
    Mistake(
        "a position instead of a label",
        "`argmin` says where the nearest picture stands. Look its label up in `labels`.",
        lambda q, s, labels: squared(s, q).argmin(),
    ),
    Mistake(
        "a distance instead of a label",
        "You return how far the nearest picture is. Asked is its label: find its place with "
        "`argmin`, and look there in `labels`.",
        lambda q, s, labels: squared(s, q).min(),
    ),
    Mistake(
        "differences that cancel",
        "A pixel too dark and one too bright add up to zero. Square each difference before you "
        "add.",
        by(lambda s, q: (s - q).sum((1, 2)).abs()),
    ),
    Mistake(
        "a signed difference as a distance",
        "A difference can be negative, so the smallest sum is not the nearest picture. Square each "
        "difference first.",
        by(lambda s, q: (s - q).sum((1, 2))),
    ),
    Mistake(
        "absolute differences for squared ones",
        "You add the absolute differences. That is a distance too, but another one: squared, one "
        "large difference weighs more than many small ones. Square each difference.",
        by(lambda s, q: (s - q).abs().sum((1, 2))),
    ),
    Mistake(
        "the largest difference alone",
        "You judge by the one pixel that differs most. Add up over all pixels.",
        by(lambda s, q: (s - q).abs().amax((1, 2))),
    ),
    Mistake(
        "a product instead of a difference",
        "You multiply the pictures. A bright picture then wins over the right one. Take "
        "differences, square them, and look for the smallest sum.",
        by(lambda s, q: -(s * q).sum((1, 2))),
    ),
]

NEAREST = Exercise(
    key="00.2",
    title="The nearest neighbour",
    kind="write",
    minutes=10,
    difficulty=1,
    objective="write the simplest few-shot learner there is",
    why="This rule has learned nothing before, so it shows how much of a score needs no learning.",
    hints=(
        "Lay the query over each support picture and take the difference, pixel by pixel.",
        "Square the differences, then add them up over height and width: one number per picture.",
        "`distance.argmin()` is the *position* of the smallest. `labels[...]` turns it into a "
        "label.",
    ),
    check=compared(
        nearest,
        Case(
            "pictures of 2 × 2 pixels, all with a lower row of 0, 0. The query's upper row is 5, "
            "4; those of the support are 9, 0 and 0, 8 and 5, 5, with labels 1, 1, 0",
            pictures((5, 4))[0],
            pictures((9, 0), (0, 8), (5, 5)),
            torch.tensor([1, 1, 0]),
        ),
        Case(
            "pictures of 2 × 2 pixels. The query is 1 everywhere. The support: 4, 1, 1, 1 (label "
            "14) and 3, 3, 1, 1 (label 17) and 2.5 everywhere (label 12). So the squares add up "
            "to 9, 8 and 9",
            torch.ones(2, 2),
            torch.tensor([[[4.0, 1], [1, 1]], [[3, 3], [1, 1]], [[2.5, 2.5], [2.5, 2.5]]]),
            torch.tensor([14, 17, 12]),
        ),
        *telling(nearest, MISTAKES, ten_pictures, 6),
        mistakes=MISTAKES,
    ),
)

EXERCISES = (CHANCE, NEAREST, WORDS)
