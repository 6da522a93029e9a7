"""Exercise 08.3, an open question: Fixed weights that learn"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "The weights adapt a little while it reads.",
        "No gradient is taken at the test. All that changes is the hidden state.",
        "weights adapted while reading",
    ),
    "b": Option(
        "The hidden state changes, and holds what is known of this task.",
    ),
    "c": Option(
        "It reads each answer together with its question.",
        "It gets yₜ one step late, with the next question. Otherwise it could copy.",
        "the answer read with its question",
    ),
    "d": Option(
        "The weights hold the learning algorithm; SGD found them over many tasks.",
    ),
    "e": Option(
        "A longer sequence always helps, as it brings more examples.",
        "Gradient descent would go on. A learned learner has never been asked for that, and can "
        "get worse.",
        "longer is always better",
    ),
    "f": Option(
        "Beyond what it was trained for, nothing makes it learn.",
    ),
}

WORDS = open_question(
    "08.3",
    title="Fixed weights that learn",
    objective="say where learning happens in a network whose weights stand still",
    why="A learned learner is only as good as what it was trained for.",
    hints=(
        "What is different in the network after it has read five pairs?",
        "Two kinds of learning, on two time scales: which is done by SGD, and which by reading?",
        "Say what changes while it reads, what the weights hold and since when, and what nobody "
        "promises for longer sequences.",
    ),
    model=(
        "While it reads, its hidden state changes: there is what it knows of this sine. The "
        "weights were learned before, by SGD over many sines, and hold the learning algorithm. "
        "Beyond the trained length, or for other curves, nothing makes it go on learning: it "
        "may stop getting better, or get worse."
    ),
    points=POINTS,
)
