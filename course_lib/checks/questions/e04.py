"""The exercises of notebook 04: where MAML starts, what it walks, and how its code goes wrong."""

from course_lib.checks.answering import Trap, chosen, near
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e04_curve import ALONG
from course_lib.checks.questions.e04_explore import EXPLORE
from course_lib.checks.questions.e04_faults import GRADIENT
from course_lib.checks.questions.e04_library import LIBRARY
from course_lib.checks.questions.e04_pieces import PIECES
from course_lib.checks.questions.e04_train import TRAIN
from course_lib.checks.questions.e04_words import WORDS

OPTIMA, CURVATURES, ALPHA = (-1.0, 1.0), (8.0, 1.0), 0.1


def weighted(curved: int, factors: int, alpha: float = ALPHA) -> float:
    """The mean of the optima with weights λ^curved (1 − αλ)^factors."""
    weights = [lam**curved * (1 - alpha * lam) ** factors for lam in CURVATURES]
    return sum(w * c for w, c in zip(weights, OPTIMA, strict=True)) / sum(weights)


def best_start(factors: int) -> float:
    """The mean of the optima with weights λ (1 − αλ)^factors: 2 is MAML, 0 joint training."""
    return weighted(1, factors)


START = Exercise(
    key="04.1",
    title="Where will MAML start?",
    kind="predict",
    minutes=8,
    difficulty=2,
    objective="compute the best start for one step, and say why it is not the best model",
    why="A task counts by what the step leaves unsolved; here that even changes the sign of θ*.",
    hints=(
        "After one step a task's distance to its optimum is (1 − αλ) times what it was. Compute "
        "this factor for both tasks.",
        "The loss after the step is ½ λ (1 − αλ)² (θ − c)²: a parabola with a new curvature.",
        "θ* is the mean of the two optima with the weights λ (1 − αλ)², as in the lesson: "
        "8 · 0.2² and 1 · 0.9².",
    ),
    check=near(
        best_start(2),
        within=0.05,  # a guess with one right digit is right; every trap is farther away
        where="the weights of the two tasks",
        traps=[
            Trap(
                "query loss at θ instead of θ′",
                "That is the best compromise without a step, joint training. After the step the "
                "sharp task is nearly solved from anywhere, so it counts for less.",
                best_start(0),
            ),
            Trap(
                "silently first-order",
                "You weigh the tasks by λ (1 − αλ), as if φ moved exactly as θ does. It moves by "
                "1 − αλ times as much, so that factor enters once more: squared.",
                best_start(1),
            ),
            Trap(
                "the curvature forgotten",
                "You weigh the tasks by (1 − αλ)², the square of what a step leaves of the "
                "distance. The loss multiplies it with the curvature λ.",
                weighted(0, 2),
            ),
            Trap(
                "the distance left as a weight",
                "You weigh the tasks by 1 − αλ, by what a step leaves of the distance. The loss "
                "squares that, and multiplies it with the curvature λ.",
                weighted(0, 1),
            ),
            Trap(
                "the curvature counted twice",
                "You weigh the tasks by λ² (1 − αλ)². λ stands in the loss once.",
                weighted(2, 2),
            ),
            Trap(
                "the weights upside down",
                "You weigh each task by 1/λ: the flat task does count more, but that is not why. "
                "Compute what one step leaves of each task's loss.",
                weighted(-1, 0),
            ),
            Trap(
                "two steps instead of one",
                "You let the factor 1 − αλ enter four times: that is the best start for two steps.",
                weighted(1, 4),
            ),
            Trap(
                "a step uphill",
                "You weigh the tasks by λ (1 + αλ)². A step against the gradient shortens the "
                "distance: the factor is 1 − αλ.",
                weighted(1, 2, -ALPHA),
            ),
            Trap(
                "the two tasks exchanged",
                "The right size, with the wrong sign: the sharp task has its best value at −1, the "
                "flat one at +1.",
                -best_start(2),
            ),
            Trap(
                "the middle of the tasks",
                "Both tasks alike: that would need equal curvatures. Weigh each task by the "
                "curvature that is left after the step.",
                0,
            ),
            Trap(
                "the sharp task wins",
                "The sharp task has the larger gradients, but for that very reason one step "
                "solves most of it. The flat task needs the start more.",
                -1,
            ),
            Trap(
                "only the flat task counts",
                "The right direction. But the sharp task is not quite solved by one step: "
                "8 · 0.2² of its curvature is left.",
                1,
            ),
        ],
    ),
)


CHANGES = {
    "a": Option(
        "`loss(adapted, *support)` in place of `loss(adapted, *query)`",
        "A real fault, but another trace. The loss still looks at `adapted`, so θ still learns to "
        "be a good place to step from. One step then takes most of the error away on new tasks "
        "too, somewhat less than it should.",
        "support examples used as query",
    ),
    "b": Option(
        "`first_order=True` in the call of `adapt`",
        "The curvature is missing from the meta-gradient, but it is still the gradient at "
        "`adapted`. On these sinusoids first-order MAML learns most of what MAML "
        "learns (notebook 05 measures it).",
        "first order taken for no learning",
    ),
    "c": Option("`loss(theta, *query)` in place of `loss(adapted, *query)`"),
    "d": Option(
        "`adapt(loss, theta, query, …)` in place of `adapt(loss, theta, support, …)`",
        "The training loss is flattered, for the learner has seen the answers. But θ still learns "
        "to be a good place to step from, and that remains when it steps on support examples.",
        "gradient steps on query",
    ),
    "e": Option(
        "`total` in place of `total / len(tasks)`",
        "The sum has its minimum where the mean has it; only β means something else. Adam, which "
        "the lesson uses, divides the length of the gradient out again.",
        "sum and mean over tasks mixed up",
    ),
}

DIAGNOSIS = Exercise(
    key="04.4",
    title="Which line was it?",
    kind="choice",
    minutes=6,
    difficulty=2,
    objective="tell from a learning curve which objective a program has really lowered",
    why="`adapted` is computed and thrown away: with or without a step, this is joint training.",
    hints=(
        "Ask of each change: does the outer loss still depend on the inner step?",
        "Which training of the lesson gives just this curve, on purpose?",
        "In the lesson `steps=0` makes that training out of MAML. What does it do to `adapted`?",
    ),
    check=chosen(CHANGES),
    options=CHANGES,
)

EXERCISES = (START, ALONG, GRADIENT, DIAGNOSIS, TRAIN, LIBRARY, EXPLORE, WORDS, *PIECES)
