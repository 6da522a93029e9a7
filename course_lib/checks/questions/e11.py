"""The exercises of notebook 11: what may be learned, what it costs, and tasks that ask for no
learning."""

import torch

from course_lib.checks.answering import Trap, chosen, near
from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e11_end import END
from course_lib.checks.questions.e11_rates import RATES
from course_lib.checks.questions.e11_words import WORDS


def reptile(theta, slopes, alpha, k, epsilon, *, again=True, chain=False, whole=False, total=False,
            sign=1.0, step=None, last=False):  # fmt: skip
    """θ + ε · mean over tasks of (φ_k − θ), or that with something done wrong.

    again: the gradient is taken where φ is    chain: a task goes on from where the last one ended
    whole: θ jumps to the mean of the ends    total: a sum over tasks    last: the last task alone
    """
    ends, phi = [], theta
    for slope in slopes:
        phi = phi if chain else theta
        for _ in range(k if step is None else step(k)):
            phi = phi - alpha * slope(phi if again else theta)
        ends.append(phi)
    ends = torch.stack(ends)
    if last:
        ends = ends[-1:]
    if whole:
        return ends.mean(0)
    away = ends - theta
    return theta + sign * epsilon * (away.sum(0) if total else away.mean(0))


def slip(**how):
    """The step with something done wrong."""
    return lambda *inputs: reptile(*inputs, **how)


MISTAKES = [
    Mistake(
        "every gradient taken at θ",
        "All k gradients of a task are taken at θ, so your k steps are one long step, and Reptile "
        "is joint training again. Take each at the φ that the step before has reached.",
        slip(again=False),
    ),
    Mistake(
        "a task begun where the last one ended",
        "Your second task begins where the first has ended. Every task begins at θ.",
        slip(chain=True),
    ),
    Mistake(
        "θ jumps to the end",
        "You return the mean of the ends φ_k, whatever ε is. Go only the part ε of the way from θ "
        "to there.",
        slip(whole=True),
    ),
    Mistake(
        "a sum where a mean is meant",
        "You add up the tasks. Take the mean of φ_k − θ.",
        slip(total=True),
    ),
    Mistake(
        "away from the ends",
        "You move θ away from where the tasks ended. φ_k − θ points there: add it.",
        slip(sign=-1.0),
    ),
    Mistake(
        "only the last task",
        "Your step is that of the last task alone. Average over all of them.",
        slip(last=True),
    ),
    Mistake(
        "a single inner step",
        "You take one inner step, whatever k is. With one step Reptile is joint training.",
        slip(step=lambda k: 1),
    ),
]
ALSO = [
    Mistake(
        "the last gradient instead of the way",
        "You move along the last gradient. Reptile moves along the whole way, φ_k − θ.",
        lambda theta, slopes, alpha, k, epsilon: theta - epsilon * alpha * torch.stack(
            [slope(reptile(theta, [slope], alpha, k - 1, 1.0)) for slope in slopes]
        ).mean(0),
    ),
    Mistake(
        "one step too many",
        "You take k + 1 inner steps.",
        slip(step=lambda k: k + 1),
    ),
    Mistake(
        "one step too few",
        "You take k − 1 inner steps.",
        slip(step=lambda k: k - 1),
    ),
]  # fmt: skip


def parabola(curvature: float, center: float):
    """The gradient of ½ λ (φ − c)²."""
    return lambda phi: curvature * (phi - center)


def valleys(seed: int) -> Drawn:
    """Three tasks in two dimensions, whose gradients are not linear."""
    gen = torch.Generator().manual_seed(seed)
    theta, centers = torch.randn(2, generator=gen), torch.randn(3, 2, generator=gen)
    slopes = [lambda phi, c=c: (phi - c) + 0.3 * (phi - c) ** 3 for c in centers]
    says = "three random tasks in two dimensions, α = 0.2, k = 3, ε = 0.3"
    return Drawn(says, theta, slopes, 0.2, 3, 0.3)


REPTILE = Exercise(
    key="11.1",
    title="Go there, and look where you are",
    kind="write",
    minutes=10,
    difficulty=2,
    importance=2,
    objective="write one step of Reptile, the meta-learner without a second derivative",
    why="What makes it more than joint training: φ has moved before the second gradient.",
    hints=(
        "Two loops: over the tasks, and inside over k steps. Where does each task begin?",
        "Inside, φ ← φ − α · slope(φ), with φ of the step before. Keep each task's last φ.",
        "At the end θ + ε · (mean of the last φ's − θ).",
    ),
    check=compared(
        reptile,
        Case(
            "two parabolas of λ = 1, with c = 4 and c = −2; θ = 0, α = ½, k = 2, ε = ½. The first "
            "goes 0, 2, 3; the second 0, −1, −1.5. The mean of the ends is ¾",
            torch.tensor(0.0),
            [parabola(1.0, 4.0), parabola(1.0, -2.0)],
            0.5,
            2,
            0.5,
        ),
        *telling(reptile, MISTAKES, valleys),
        mistakes=MISTAKES,
        also=ALSO,
    ),
)

CAUSES = {
    "a": Option(
        "It has found a start from which one step solves each task.",
        "It needs no step: the number is taken before the support was seen. A start that is right "
        "without learning has not learned to learn.",
        "a good start taken for learning",
    ),
    "b": Option(
        "Each character has the same label in all tasks, so the answers are in θ; labels must be "
        "dealt anew in each task."
    ),
    "c": Option(
        "There are too few characters: with a thousand of them this could not happen.",
        "More characters make it harder to know all by heart, but the tasks still ask for no "
        "learning. A large net does it with a thousand, too.",
        "too few tasks instead of tasks that ask for nothing",
    ),
    "d": Option(
        "α is too small, so the support has no effect; a larger one mends it.",
        "With another α the outer loop finds another θ that knows the answers. Nothing rewards it "
        "for listening to the support.",
        "a step size blamed",
    ),
    "e": Option(
        "Query pictures have leaked into the support.",
        "A leak shows after the support was seen. Here nothing was seen yet.",
        "a leak blamed",
    ),
}
MEMORY = Exercise(
    key="11.2",
    title="Right before it has learned",
    kind="choice",
    minutes=4,
    difficulty=1,
    importance=3,
    objective="recognise tasks that ask for no learning",
    why="Where one function solves all meta-train tasks, θ becomes that function.",
    hints=(
        "What can be known before the support is seen?",
        "Could one fixed net be right on all of these tasks? When could it not?",
        "If the same picture has another label in another task, no fixed net is right on both.",
    ),
    check=chosen(CAUSES),
    options=CAUSES,
)

K, SHOTS, QUERIES = 3, 10, 20
RIGHT = 3 * K * SHOTS + QUERIES
COST = Exercise(
    key="11.3",
    title="What does a meta-gradient cost?",
    kind="predict",
    minutes=5,
    difficulty=2,
    importance=2,
    objective="count the passes of a meta-gradient, so that methods can be compared",
    why="Each inner step is paid for three times: once on the way, twice on the way back.",
    hints=(
        "What is computed once for each inner step, and what once for the task?",
        "Each step needs a gradient on the support. On the way back it needs a product with the "
        "Hessian there, which counts as two gradients.",
        "3 steps · (10 + 2 · 10), and the query.",
    ),
    check=near(
        RIGHT,
        within=0.5,
        traps=[
            Trap(
                "the second order forgotten",
                "That is first-order MAML: gradients only. The way back through each step costs a "
                "product with the Hessian, as much as two gradients.",
                K * SHOTS + QUERIES,
            ),
            Trap(
                "one Hessian instead of one for each step",
                "You pay for one product with a Hessian. There is one for each inner step.",
                K * SHOTS + 2 * SHOTS + QUERIES,
            ),
            Trap(
                "a product counted as one gradient",
                "You count a product Hv like a gradient. It is a derivative of one: count two.",
                2 * K * SHOTS + QUERIES,
            ),
            Trap(
                "the query forgotten",
                "The outer gradient is taken on the query: that is a pass for each query point.",
                3 * K * SHOTS,
            ),
            Trap(
                "the query paid for in each step",
                "The query is used once, after the last inner step.",
                K * (3 * SHOTS + QUERIES),
            ),
        ],
    ),
)

EXERCISES = (REPTILE, MEMORY, COST, RATES, END, WORDS)
