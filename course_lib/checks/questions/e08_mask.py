"""Exercise 08.5: an error that no learner can reach, and the mask that let it through."""

from course_lib.checks.answering import chosen
from course_lib.checks.exercise import Exercise, Option

CAUSES = {
    "a": Option(
        "Nothing is wrong: he has trained longer than the course did.",
        "No training gets there. With no pair read, two tasks of the same x_1 and another y_1 get "
        "the same answer, so the error is at least the variance of y_1 given x_1.",
        "a bound taken for a record",
    ),
    "b": Option(
        "His questions see each other.",
        "That is wrong too, but it can't do this: a question holds an x and no y, so there is "
        "nothing to copy, and the answers stay as far off as before.",
        "questions that tell nothing",
    ),
    "c": Option("The question asked after t pairs sees the keys up to pair t + 1."),
    "d": Option(
        "The question asked after t pairs sees the keys up to pair t − 1 only.",
        "Then each answer knows one pair too few: the errors would be too high, not too low.",
        "one pair too few",
    ),
    "e": Option(
        "His network knows the tasks by heart.",
        "Each step has fresh tasks, and so have his tests. And with no pair read, nothing says "
        "which task it is: knowing them all by heart would not help.",
        "the task stored in the weights",
    ),
}

MASK = Exercise(
    key="08.5",
    title="Too good to be true",
    kind="choice",
    minutes=5,
    difficulty=2,
    objective="find a leak in a mask by an error that nobody can reach",
    why="A leak shows as a success. The bound for zero pairs costs a line, and finds it.",
    hints=(
        "What does the network know when no pair has been read? Which error is the least then?",
        "His error lies far below that. So some y has reached the answer: whose?",
        "He asks at x_{t+1}. Which of the tokens holds y_{t+1}?",
    ),
    check=chosen(CAUSES),
    options=CAUSES,
)
