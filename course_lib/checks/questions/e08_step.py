"""Exercise 08.4: a gradient step that is made of dot products alone."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise


def answer(
    x, y, question, eta, *, scale=1.0, mean=True, sign=1.0, told=True, weigh=None, square=False
):
    """(η/n) Σ_i (x_i · q) y_i, or that with something done wrong.

    weigh: what is made of the dot products    told: y enters    square: their squares count
    """
    alike = x @ question
    alike = alike.square() if square else alike
    alike = alike if weigh is None else weigh(alike)
    said = (alike * y).sum() if told else alike.sum()
    return sign * scale * eta * (said / len(x) if mean else said)


def slip(**how):
    """The answer with something done wrong."""
    return lambda *inputs: answer(*inputs, **how)


def lengths(x, y, question, eta):
    """x_i · x_i where x_i · q is meant."""
    return eta * (x.square().sum(1) * y).mean()


def fitted(x, y, question, eta):
    """The least-squares answer: all steps at once."""
    return question @ torch.linalg.pinv(x) @ y


def without_eta(x, y, question, eta):
    """The gradient's part without the step size."""
    return answer(x, y, question, 1.0)


def weights(x, y, question, eta):
    """w after the step instead of its answer."""
    return eta * (x * y[:, None]).mean(0)


def nearest(x, y, question, eta):
    """η times the y of the most alike example."""
    return eta * y[(x @ question).argmax()]


MISTAKES = [
    Mistake(
        "softmax over the agreements",
        "You put a softmax around the dot products. A transformer does; a gradient step weighs "
        "each y_i with the plain x_i · q, which may be negative.",
        slip(weigh=lambda a: a.softmax(-1), mean=False),
    ),
    Mistake(
        "softmax over the agreements",
        "You put a softmax around the dot products, and divide by n as well. A gradient step "
        "weighs each y_i with the plain x_i · q.",
        slip(weigh=lambda a: a.softmax(-1)),
    ),
    Mistake(
        "weights that sum to one",
        "You divide the dot products by their sum. They weigh as they are: examples that all "
        "agree with the question move the answer more.",
        slip(weigh=lambda a: a / a.sum(), mean=False),
    ),
    Mistake(
        "a sum where a mean is meant",
        "You add up the examples. The loss is a mean over them: divide by n.",
        slip(mean=False),
    ),
    Mistake(
        "the factor 2 of the square kept",
        "Twice too much. The loss has ½ in front, so the square's 2 is gone.",
        slip(scale=2.0),
    ),
    Mistake(
        "half of the step",
        "Half of it: ½ (w · x − y)² has the derivative (w · x − y) x, with no ½ left.",
        slip(scale=0.5),
    ),
    Mistake(
        "uphill",
        "The sign is turned. At w = 0 the gradient is −(1/n) Σ y_i x_i, and the step goes against "
        "it.",
        slip(sign=-1.0),
    ),
    Mistake(
        "the answers never used",
        "Your answer does not depend on y. Each example says its y_i, as loud as x_i · q.",
        slip(told=False),
    ),
    Mistake(
        "the question never used",
        "You weigh each y_i with x_i · x_i. It is how alike x_i and the *question* are that "
        "counts.",
        lengths,
    ),
    Mistake(
        "the size of the agreement without its sign",
        "You take the dot products without their sign. An example in the opposite direction speaks "
        "for the opposite answer.",
        slip(weigh=torch.abs),
    ),
    Mistake(
        "the size of the agreement without its sign",
        "You square the dot products, so an example in the opposite direction counts like one in "
        "the same.",
        slip(square=True),
    ),
    Mistake(
        "all steps at once",
        "That is the least-squares answer, where gradient descent ends after many steps. Take one "
        "step of size η from w = 0.",
        fitted,
    ),
    Mistake(
        "the step size left out",
        "The step size η is missing.",
        without_eta,
    ),
    Mistake(
        "the weights instead of their answer",
        "That is w after the step. Return what it answers at the question: w · q.",
        weights,
    ),
    Mistake(
        "the nearest example alone",
        "You listen to the most alike example alone. Sum over all of them.",
        nearest,
    ),
]


def random_task(seed: int) -> Drawn:
    """Four examples in three dimensions."""
    gen = torch.Generator().manual_seed(seed)
    x, y = torch.randn(4, 3, generator=gen), torch.randn(4, generator=gen)
    question = torch.randn(3, generator=gen)
    return Drawn("four random examples in three dimensions, η = 0.7", x, y, question, 0.7)


STEP = Exercise(
    key="08.4",
    title="A step without weights",
    kind="write",
    minutes=10,
    difficulty=2,
    importance=2,
    objective="write one gradient step as attention: examples weighed by their dot product",
    why="So a layer can learn from examples, and no weight of the network moves.",
    hints=(
        "Write down w after one step from 0. Then put the question in: what is w · q?",
        "w = (η/n) Σ y_i x_i. In w · q each example appears once, as y_i times a number. Which?",
        "The numbers are `x @ question`, one for each example. Weigh y with them, take the mean, "
        "and multiply by η.",
    ),
    check=compared(
        answer,
        Case(
            "x₁ = (1, 0) with y₁ = 2, x₂ = (−1, 1) with y₂ = −4, question (3, 1), η = 0.5. The dot "
            "products are 3 and −2; ½ · (3 · 2 + 2 · 4) = 7, times η",
            torch.tensor([[1.0, 0.0], [-1.0, 1.0]]),
            torch.tensor([2.0, -4.0]),
            torch.tensor([3.0, 1.0]),
            0.5,
        ),
        *telling(answer, MISTAKES, random_task),
        mistakes=MISTAKES,
    ),
)
