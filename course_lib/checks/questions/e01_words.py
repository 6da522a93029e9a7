"""Exercise 01.3, an open question: More data, and the tail stays"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "After enough data every class is frequent.",
        "With a tail like Zipf's there is always a next, rarer class: the number of classes "
        "seen grows with the data.",
        "the tail runs out",
    ),
    "b": Option(
        "Most new data repeats the classes that are frequent already.",
    ),
    "c": Option(
        "Rare classes hardly change the average accuracy, so they don't matter.",
        "The average counts the head again and again. Whoever asks about a rare class is not "
        "helped by it.",
        "the average hides the tail",
    ),
    "d": Option(
        "Whatever has been seen, some classes have few examples or none.",
    ),
    "e": Option(
        "The rare examples can be repeated until there are as many as of the others.",
        "Copies say nothing new. How the class varies is not in them.",
        "copies taken for examples",
    ),
    "f": Option(
        "A new class must be learned from few examples, with what was learned from others.",
    ),
}

WORDS = open_question(
    "01.3",
    title="More data, and the tail stays",
    objective="say why the long tail does not go away with more data",
    why=("So a learner must get along with few examples of a class, with what it knows of others."),
    hints=(
        "Double the data. Which classes get most of the new examples?",
        "Whatever has been seen: is there ever nothing left that is rare?",
        "Three things: what new data mostly repeats, what always remains, and what a learner of "
        "rare classes must therefore lean on.",
    ),
    model=(
        "Most of the new data repeats the frequent classes. However much has been seen, there "
        "are always classes with a handful of examples, and new ones. So a learner must take "
        "what is common to other classes, and learn a new one from few examples."
    ),
    points=POINTS,
)
