"""Exercise 06.5, an open question: Answer the reviewer"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "The classes in a meta-test task are new to the net.",
    ),
    "b": Option(
        "It takes only a few gradient steps.",
        "Steps say how often the examples are used, shots how many there are. A hundred steps "
        "on one example are still 1-shot.",
        "shots confused with steps",
    ),
    "c": Option(
        "Of these classes it is told k labelled drawings each.",
    ),
    "d": Option(
        "The drawings in the test are new, though the characters are not.",
        "Then the net could have learned the characters by heart. Characters are split, not "
        "drawings.",
        "evaluation on meta-train tasks",
    ),
    "e": Option(
        "The other characters taught it how to learn; many new tasks measure whether they did.",
    ),
    "f": Option(
        "It may look at some of the query labels.",
        "Then they are support, and the number of shots is another. The query judges.",
        "query labels used",
    ),
}

WORDS = open_question(
    "06.5",
    title="Answer the reviewer",
    objective="say what makes a few-shot result a few-shot result",
    why="New classes, few labelled examples of them, many tasks: that is the whole claim.",
    hints=(
        "What has the net seen, and what has it never seen?",
        "How many labelled examples of the classes in question does it get? And what is the "
        "experience with other classes for?",
        "Say what is new in a meta-test task, what the net is told about it, and what was "
        "measured how often.",
    ),
    model=(
        "The classes of a meta-test task are new: no drawing of them was used in meta-training. "
        "Of them the net is told the labels of k drawings each, and no more. The thousand other "
        "characters have taught it how to learn a character, and whether they have is measured "
        "on many such tasks, with an interval over tasks."
    ),
    points=POINTS,
)
