"""The exercises of notebook 07: a prototype, a cosine that is never sure, the fifth instance."""

import math

from course_lib.checks.answering import Trap, chosen, near
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e07_instance import INSTANCE
from course_lib.checks.questions.e07_pull import PULL

WAYS, SURE = 20, 0.99
ODDS = SURE / (1 - SURE)

FACTOR = Exercise(
    key="07.2",
    title="How sharp must a cosine be?",
    kind="predict",
    minutes=6,
    difficulty=1,
    importance=2,
    objective="say why a bare cosine can't be sure, and what factor mends it",
    why="A factor of about 4 is enough; without one even a perfect net must stay at 28 %.",
    hints=(
        "Write the softmax down: one class with cosine 1, nineteen with −1, each times τ.",
        "p = e^τ / (e^τ + 19 e^(−τ)) = 1 / (1 + 19 e^(−2τ)).",
        "0.99 means that the right class weighs 99 times as much as all others together: "
        "e^(2τ) = 99 · 19. Take the logarithm, and half of it.",
    ),
    check=near(
        math.log((WAYS - 1) * ODDS) / 2,
        within=0.02,
        where="the softmax with one cosine of 1 and nineteen of −1",
        traps=[
            Trap(
                "the others at 0 instead of −1",
                "You let the wrong classes have cosine 0. The best that a net can do is −1: from "
                "right to wrong there are 2τ.",
                math.log((WAYS - 1) * ODDS),
            ),
            Trap(
                "as sure as all others together",
                "With this factor the right class weighs as much as the other nineteen together: "
                "50 %.",
                math.log(WAYS - 1) / 2,
            ),
            Trap(
                "one wrong class instead of nineteen",
                "You count a single wrong class. There are nineteen, and their weights add up.",
                math.log(ODDS) / 2,
            ),
            Trap(
                "a logarithm to the base 10",
                "e^(2τ) asks for the natural logarithm.",
                math.log10((WAYS - 1) * ODDS) / 2,
            ),
            Trap(
                "the factor left out",
                "1 is the bare cosine: 28 % at 20 ways, as the lesson shows.",
                1,
            ),
            Trap(
                "five ways instead of twenty",
                "That is enough for 5 ways. Here nineteen wrong classes stand in the sum.",
                math.log(4 * ODDS) / 2,
            ),
        ],
    ),
)

GATES = {
    "a": Option(
        "f = 1, i = α",
        "That is plain gradient descent: a weight whose gradient is 0 would stay as it is, and "
        "decay would be lost.",
        "the decay left out",
    ),
    "b": Option(
        "f = 1 − λ, i = α",
        "Then a weight loses λ in each step, whatever α is. The penalty's gradient λφ is "
        "multiplied by α as the loss's is.",
        "decay without the step size",
    ),
    "c": Option("f = 1 − αλ, i = α"),
    "d": Option(
        "f = 1, i = α(1 + λ)",
        "That is a longer step along ∇L. The penalty pulls along φ, so it belongs to the gate of "
        "φ.",
        "decay as a longer step",
    ),
    "e": Option(
        "f = αλ, i = 1 − α",
        "f is what is *kept* of a weight. Here nearly all of it would be forgotten in one step.",
        "the forget gate taken for what is forgotten",
    ),
    "f": Option(
        "f = 1 + αλ, i = α",
        "Then weights grow. Descent subtracts α times the gradient of the penalty.",
        "the sign of the decay",
    ),
}

DECAY = Exercise(
    key="07.4",
    title="Gates that decay",
    kind="choice",
    minutes=5,
    difficulty=1,
    importance=1,
    objective="read an LSTM's gates as gradient descent",
    why="A gate below 1 is weight decay, and the meta-learner LSTM may choose it in each step.",
    hints=(
        "Write one step of gradient descent on L + (λ/2)‖φ‖².",
        "φ − α(∇L + λφ): collect what is multiplied by φ, and what by ∇L.",
        "(1 − αλ) φ − α ∇L. Compare with f φ − i ∇L.",
    ),
    check=chosen(GATES),
    options=GATES,
)

EXERCISES = (PULL, FACTOR, INSTANCE, DECAY)
