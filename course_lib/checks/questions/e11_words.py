"""Exercise 11.6, an open question: Would you meta-learn?"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "With so many examples for each task, scratch or pretraining may do as well: they must be "
        "tried, with as much tuning as MAML gets.",
    ),
    "b": Option(
        "MAML is always better than fine-tuning, since it was made for adapting.",
        "It was made for adapting from few examples, to tasks like those it has met. Both can be "
        "missing.",
        "meta-learning always pays",
    ),
    "c": Option(
        "Compute has to be equal, and counted: a second-order step costs several first-order ones.",
    ),
    "d": Option(
        "The same number of outer steps makes the comparison fair.",
        "One outer step of MAML costs several times one of joint training. Count what is computed.",
        "steps counted instead of compute",
    ),
    "e": Option(
        "Some tasks must be kept back: with few tasks a start may suit these alone.",
    ),
    "f": Option(
        "More shots in training make up for few tasks.",
        "More examples of the same tasks say nothing of other tasks.",
        "shots confused with tasks",
    ),
}

WORDS = open_question(
    "11.6",
    title="Would you meta-learn?",
    objective="plan a comparison of meta-learning with simpler ways that could lose it",
    why="A comparison that one side can't lose is none.",
    hints=(
        "Which two things does meta-learning need, and which of them does he have little of?",
        "What would you compare with, and what must be equal?",
        "Say what may win without meta-learning, how compute is equal, and what you keep back.",
    ),
    model=(
        "He has many examples for each task and few tasks. So I would first try a net from scratch "
        "and one pretrained on all tasks and fine-tuned, each with its own step size and number of "
        "steps. MAML gets the same compute, counted in passes, since its steps cost more. Two or "
        "three engines are kept back and never trained on; they decide, with several trainings."
    ),
    points=POINTS,
)
