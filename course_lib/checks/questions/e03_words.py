"""Exercise 03.4, an open question: Two splits"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "One split is enough: fresh tasks have fresh examples anyway.",
        "A fresh task judged by its own support says only that the learner can repeat it.",
        "the two splits taken for one",
    ),
    "b": Option(
        "In each task the support is learned from, and the query judges.",
    ),
    "c": Option(
        "θ is chosen on meta-train tasks, and meta-test tasks judge.",
    ),
    "d": Option(
        "The meta-test tasks say when to stop.",
        "Then they have helped to choose θ, and their loss is too good. That is what "
        "meta-validation tasks are for.",
        "stopped by the meta-test tasks",
    ),
    "e": Option(
        "Without them, learning by heart goes unnoticed: of examples, or of tasks.",
    ),
    "f": Option(
        "The query examples have labels, so the learner may adapt to them too.",
        "Then nothing is left to judge it by. The learner sees the support alone.",
        "query used for adapting",
    ),
}

WORDS = open_question(
    "03.4",
    title="Two splits",
    objective="say what each of the two splits of meta-learning is there to find out",
    why="Examples can be learned by heart, and tasks too: each split uncovers one of the two.",
    hints=(
        "One split goes through the data of a task, the other through the tasks.",
        "What would a learner get away with that returns the support labels by heart? And an f "
        "that knows its meta-train tasks by heart?",
        "Say what support and query are for, what meta-train and meta-test are for, and what "
        "goes unnoticed where either is missing.",
    ),
    model=(
        "Within a task, the learner adapts to the support and is judged on the query, which it "
        "has not learned from. Over the tasks, θ is chosen on meta-train tasks and judged on "
        "meta-test tasks. Without the first split, learning examples by heart goes unnoticed; "
        "without the second, learning tasks by heart."
    ),
    points=POINTS,
)
