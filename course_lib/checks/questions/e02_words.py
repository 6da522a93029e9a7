"""Exercise 02.4, an open question: What nobody learned"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "φ is learned, from the training set.",
    ),
    "b": Option(
        "A should be chosen by the loss on the training set.",
        "That favours whoever learns by heart: one nearest neighbour has training loss 0.",
        "train loss used to choose",
    ),
    "c": Option(
        "A, with its step size, strength, model and start, was chosen by a person.",
    ),
    "d": Option(
        "This task's test set can choose A: it was not learned from.",
        "Once it has chosen, it has been learned from. Its loss can't be reported any more.",
        "the test set used to choose",
    ),
    "e": Option(
        "A can be learned from the loss that results from it, over many tasks.",
    ),
    "f": Option(
        "A is learned already: its numbers are φ.",
        "φ is what comes *out* of A. How A gets from data to φ stood fixed before.",
        "φ and A mixed up",
    ),
}

WORDS = open_question(
    "02.4",
    title="What nobody learned",
    objective="tell what is learned from what is chosen, and how the choice could be learned",
    why=(
        "Choosing A by its resulting loss on many tasks: that is the meta-objective of notebook 03."
    ),
    hints=(
        "φ comes out of the training set. What stood fixed before the first example was read?",
        "Step size, strength λ, the model, the start: who chose them, and by what?",
        "Say what A was learned from, who chose A, and what could judge an A: on one task, or "
        "on many?",
    ),
    model=(
        "φ was learned from the training set. The learning algorithm A was chosen by a person: "
        "its step size, its strength, its model, its start. A could be learned too, by the loss "
        "that results from it, measured on many tasks."
    ),
    points=POINTS,
)
