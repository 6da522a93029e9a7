"""Exercise 04.7: predict, then move W6. When does a task lose its say in where MAML starts?"""

from course_lib.checks.exercise import Exercise
from course_lib.checks.exploring import Place, Stage, moved

SHARPNESS = 2.5
STAGE = Stage(
    "w06_landscape.W6",
    {"sharpness": SHARPNESS, "alpha": 0.1},
    bet=1 / SHARPNESS,
    slack=0.03,
    surprise="It is 1/λ₁ = 0.4: there a single step solves task 1 from anywhere.",
)


def at(low: float, high: float):
    """Whether α stands between two numbers."""
    return lambda state: low - 1e-6 <= state.alpha <= high + 1e-6


GOAL = Place(
    at(0.4, 0.4),
    "Drag the triangle of task 1 to the left and to the right: does θ* still follow it?",
)
PLACES = [
    Place(
        at(0.0, 0.0),
        "With α = 0 nothing is ever learned from the support. The meta-loss is joint training's, "
        "and in that the sharp task counts most.",
        "a step of size zero",
    ),
    Place(
        at(1.0, 1.0),
        "At α = 1 the task that drops out is task 2, whose λ is 1. Task 1 overshoots by far, and "
        "counts more than ever.",
        "another task's curvature",
    ),
    Place(
        at(0.78, 0.82),
        "αλ₁ = 2: the step lands as far from the optimum as it began, on the other side. The loss "
        "is what it was without a step, and task 1 has its full say.",
        "the edge of divergence",
    ),
    Place(
        at(0.84, 0.98),
        "αλ₁ > 2: the step leads away from the optimum. What a task has *not* solved counts, so "
        "now task 1 drags θ* towards itself.",
        "a step that diverges",
    ),
    Place(
        at(0.42, 0.76),
        "The step overshoots: beyond α = 1/λ₁ the distance that is left, (1 − αλ₁)², grows again.",
        "past the best step",
    ),
    Place(
        at(0.02, 0.38),
        "The step stops short of task 1's optimum, so where you start still matters for it: "
        "(1 − αλ₁)² of its loss is left.",
        "a step that stops short",
    ),
]
RULES = [
    Place(
        lambda state: state.steps != 1,
        "K was to stay 1. With more steps task 1 loses its say too, little by little. Here a "
        "*single* step has to do it.",
        "another number of steps",
    ),
    Place(
        lambda state: abs(state.sharpness - SHARPNESS) > 1e-6,
        "λ₁ was to stay 2.5: move it back. The step is to suit the task, not the task the step.",
        "the task was changed",
    ),
]


EXPLORE = Exercise(
    key="04.7",
    title="A task without a say",
    kind="explore",
    minutes=10,
    difficulty=2,
    objective="say for which step size a task stops mattering for MAML's start, and why",
    why="(1 − αλ)² is a task's share of what is left: none at 1/λ, all again at 2/λ.",
    hints=(
        "A task counts by what the step leaves *unsolved*. When does one step leave nothing?",
        "After one step the distance to the optimum is (1 − αλ) times what it was.",
        "1 − αλ = 0. Set α there, then drag the triangle of task 1: θ* stays.",
    ),
    check=moved(STAGE, GOAL, PLACES, rules=RULES, where="θ* while you drag task 1's triangle"),
    given='# Move the controls with the mouse. Or here: my_widget.inputs["alpha"].value = 0.2',
    stage=STAGE,
)
