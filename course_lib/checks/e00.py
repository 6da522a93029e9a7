"""The exercises of notebook 00: chance level, and the rival without experience."""

import torch

from course_lib.checks.answering import Trap, near
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.e00_words import WORDS
from course_lib.checks.exercise import Exercise

CHANCE = Exercise(
    key="00.1",
    title="What would blind guessing get?",
    kind="predict",
    minutes=2,
    difficulty=1,
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
            Trap("the chance to be wrong", "90 % is how often a blind guess is wrong.", 90),
            Trap(
                "a share instead of per cent",
                "0.1 is the right share. The question asks for per cent.",
                0.1,
            ),
        ],
    ),
)


def nearest(query, support, labels):
    """The label of the support picture with the smallest distance to the query."""
    return labels[(support - query).square().sum((1, 2)).argmin()]


PICTURES = torch.tensor([[[9.0, 0.0]], [[0.0, 8.0]], [[5.0, 5.0]]])
TINY = "the query is (8, 1), the support (9, 0), (0, 8), (5, 5) with labels 4, 7, 2"
GEN = torch.Generator().manual_seed(1)

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
        Case(TINY, PICTURES[0] + torch.tensor([-1.0, 1.0]), PICTURES, torch.tensor([4, 7, 2])),
        Case(
            "the query is (5, 4), the support (9, 0), (0, 8), (5, 5) with labels 1, 1, 0",
            torch.tensor([[5.0, 4.0]]),
            PICTURES,
            torch.tensor([1, 1, 0]),
        ),
        *(
            Case(
                "ten random pictures",
                torch.rand(4, 3, generator=GEN),
                torch.rand(10, 4, 3, generator=GEN),
                torch.randperm(10, generator=GEN) + 10,
            )
            for _ in range(6)
        ),
        mistakes=[
            Mistake(
                "the farthest instead of the nearest",
                "A large distance means that two pictures differ. Take the smallest.",
                lambda q, s, labels: labels[(s - q).square().sum((1, 2)).argmax()],
            ),
            Mistake(
                "a position instead of a label",
                "`argmin` says where the nearest picture stands. Look its label up in `labels`.",
                lambda q, s, labels: (s - q).square().sum((1, 2)).argmin(),
            ),
            Mistake(
                "differences that cancel",
                "A pixel too dark and one too bright add up to zero. Square each difference before "
                "you add, or take its absolute value.",
                lambda q, s, labels: labels[(s - q).sum((1, 2)).abs().argmin()],
            ),
            Mistake(
                "a signed difference as a distance",
                "A difference can be negative, so the smallest sum is not the nearest picture. "
                "Square each difference first.",
                lambda q, s, labels: labels[(s - q).sum((1, 2)).argmin()],
            ),
        ],
    ),
)

EXERCISES = (CHANCE, NEAREST, WORDS)
