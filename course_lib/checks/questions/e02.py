"""The exercises of notebook 02: labels by coin toss, gradient descent, and who may choose."""

from course_lib.checks.answering import Trap, near
from course_lib.checks.exercise import Exercise
from course_lib.checks.questions.e02_choose import CHOOSE
from course_lib.checks.questions.e02_descent import DESCEND
from course_lib.checks.questions.e02_words import WORDS

COIN = Exercise(
    key="02.1",
    title="Labels by coin toss",
    kind="predict",
    minutes=4,
    difficulty=1,
    importance=1,
    objective="say what a train loss of 0 is worth",
    why="Twice the loss of never answering: the learner pays for the noise in the test labels, and "
    "again for the noise that it has learned by heart.",
    hints=(
        "Can the nearest training picture tell anything about a coin that is tossed anew?",
        "Its label is +1 or −1, and so is the true one. How often are they equal?",
        "Half of the answers cost (1 − 1)² = 0, the other half (1 − (−1))² = 4. Take the mean.",
    ),
    check=near(
        2,
        within=0.05,
        where="what a right and a wrong answer cost",
        traps=[
            Trap(
                "train loss taken for test loss",
                "0 is its loss on the training pictures, which it finds in its own box. A test "
                "picture is not in the box.",
                0,
            ),
            Trap(
                "the loss of not answering",
                "1 is what “always answer 0” costs. This learner always answers +1 or −1.",
                1,
            ),
            Trap(
                "every answer wrong",
                "4 is what one wrong answer costs. But half of the tosses agree by chance.",
                4,
            ),
            Trap(
                "the error instead of its square",
                "That is the mean distance, or a root. The loss squares the distance first.",
                2**0.5,
            ),
            Trap(
                "a share of errors instead of the loss",
                "Half of the answers are wrong, that is right. Asked is the mean loss: a wrong "
                "answer costs (1 − (−1))².",
                0.5,
            ),
        ],
    ),
)


EXERCISES = (COIN, DESCEND, CHOOSE, WORDS)
