"""Exercise 04.8, an open question: Equally wrong, and yet"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "MAML's loss is measured after the inner step.",
    ),
    "b": Option(
        "MAML's start is the better model.",
        "Before the step both are as wrong as the mean curve. It is what a step does to them "
        "that differs.",
        "a better model instead of a better start",
    ),
    "c": Option(
        "Pretraining's loss is measured at θ, so where a step leads plays no part.",
    ),
    "d": Option(
        "MAML has seen more examples of the new sinusoid.",
        "Both see the same ten points, once. Steps and shots are not the difference.",
        "more shots for MAML",
    ),
    "e": Option(
        "So at MAML's start one gradient on ten points changes the curve in a useful way.",
    ),
    "f": Option(
        "MAML takes a larger step.",
        "Both take the same α. (A larger one for pretraining was tried in the lesson: it does "
        "not close the gap.)",
        "another step size",
    ),
}

WORDS = open_question(
    "04.8",
    title="Equally wrong, and yet",
    objective="say why a start can be good without being a good model",
    why="Not a better model, but a better place to learn from.",
    hints=(
        "Look at what each training minimises. Where is the loss measured: before the step, or "
        "after it?",
        "The best model that never adapts is the mean curve. Does its training care where a "
        "step leads?",
        "Say what MAML's training looks at, what pretraining looks at, and what therefore a "
        "gradient on ten points does at each of the two starts.",
    ),
    model=(
        "MAML's training measures the loss after the step, so it chooses θ for where the step "
        "leads. Pretraining measures the loss at θ itself: its best is the mean curve, and it "
        "never asks how θ can move. So at MAML's start the gradient of ten points bends the "
        "whole curve towards a sine, and at the other it does not."
    ),
    points=POINTS,
)
