"""The exercises of notebook 02: labels by coin toss, gradient descent, and who may choose."""

import torch

from course_lib.checks.answering import Trap, near
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise, Wrong
from course_lib.checks.values import plain
from course_lib.scene import Line, Panel, Points, Scene

COIN = Exercise(
    key="02.1",
    title="Labels by coin toss",
    kind="predict",
    minutes=4,
    difficulty=1,
    objective="say what a train loss of 0 is worth",
    why="Twice the loss of never answering: the learner pays for the noise in the test labels, and "
    "again for the noise that it has learned by heart.",
    hints=(
        "Can the nearest training picture tell anything about a coin that is tossed anew?",
        "Its label is +1 or −1, and so is the true one. How often are they equal?",
        "Half of the answers cost (1 − 1)² = 0, the other half (1 − (−1))² = 4. Take the mean.",
    ),
    check=near(
        2,
        within=0.05,
        where="what a right and a wrong answer cost",
        traps=[
            Trap(
                "train loss taken for test loss",
                "0 is its loss on the training pictures, which it finds in its own box. A test "
                "picture is not in the box.",
                0,
            ),
            Trap(
                "the loss of not answering",
                "1 is what “always answer 0” costs. This learner always answers +1 or −1.",
                1,
            ),
            Trap(
                "every answer wrong",
                "4 is what one wrong answer costs. But half of the tosses agree by chance.",
                4,
            ),
            Trap(
                "a share of errors instead of the loss",
                "Half of the answers are wrong, that is right. Asked is the mean loss: a wrong "
                "answer costs (1 − (−1))².",
                0.5,
            ),
        ],
    ),
    wrong=(
        Wrong("train loss taken for test loss", "my_guess = 0"),
        Wrong("the loss of not answering", "my_guess = 1.0"),
        Wrong("every answer wrong", "my_guess = (1 - (-1)) ** 2"),
        Wrong("a share of errors instead of the loss", "my_guess = 1 / 2"),
    ),
    right=("my_guess = 2", "my_guess = (0 + 4) / 2"),
)


def slope(w, x, y):
    """∇ of the mean squared error of x @ w."""
    return 2 * x.T @ (x @ w - y) / len(y)


def descend(x, y, lr, steps):
    """w after `steps` steps on the mean squared error, from w = 0."""
    w = torch.zeros_like(x[0])
    for _ in range(steps):
        w = w - lr * slope(w, x, y)
    return w


def one_by_one(x, y, lr, steps):
    """Stochastic gradient descent: each step looks at one example."""
    w = torch.zeros_like(x[0])
    for t in range(steps):
        i = t % len(y)
        w = w - lr * slope(w, x[i : i + 1], y[i : i + 1])
    return w


def costs(got, expected, case: Case) -> Scene:
    """The train loss after each step, and where the student's weights end."""
    x, y, lr, steps = case.args
    path = torch.stack([descend(x, y, lr, k) for k in range(steps + 1)])
    losses = (path @ x.T - y).square().mean(1)
    mine = (x @ plain(got).to(x) - y).square().mean()
    top = 1.08 * max(losses.max().item(), mine.item())
    marks = [
        Line(range(steps + 1), losses, "good", 2.5, label="expected"),
        Points(range(steps + 1), losses, "good"),
        Points([steps], [mine], "bad", 9, "x", "yours, after the last step"),
    ]
    ticks = [(k, str(k)) for k in range(steps + 1)]
    title = "Mean squared error, step by step"
    panel = Panel(marks, (-0.1, steps + 0.2), (0, top), title, "steps", "train loss", xticks=ticks)
    alt = "The expected train loss falls from step to step. A cross marks yours after the last one."
    return Scene([[panel]], alt, heights=(280,))


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


GEN = torch.Generator().manual_seed(1)
SEVEN = (
    torch.randn(7, 3, generator=GEN, dtype=torch.float64),
    torch.randn(7, generator=GEN).double(),
)
DESCEND_HEAD = "def descend(x, y, lr, steps):\n"

DESCEND = Exercise(
    key="02.2",
    title="A learning algorithm of your own",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="write gradient descent on a mean, where α means the same for any number of examples",
    why="Gradient descent is the learner A inside MAML: the next notebooks only learn its start.",
    hints=(
        "Start with w = 0. In every step, compute one gradient from all examples, then move w.",
        "The loss is the mean of (x·w − y)². Its gradient is the mean of 2 (x·w − y) x.",
        "`error = x @ w - y`, then `w = w - lr * 2 * x.T @ error / len(y)`, `steps` times.",
    ),
    check=compared(
        descend,
        Case(
            "two examples with one feature, x = 1 and 2, y = 2 and 2; α = 0.1, one step. At w = 0 "
            "the gradient is −6",
            double(1, 2)[:, None],
            double(2, 2),
            0.1,
            1,
        ),
        Case(
            "two examples with one feature, x = 1 and 2, y = 2 and 2; α = 0.1, three steps. The "
            "gradients are −6, then −3, then −1.5",
            double(1, 2)[:, None],
            double(2, 2),
            0.1,
            3,
        ),
        Case("seven examples with three features, α = 0.05, five steps", *SEVEN, 0.05, 5),
        picture=costs,
        mistakes=[
            Mistake(
                "a sum where a mean is meant",
                "You add up the gradients of the examples. With N examples the step is N times as "
                "long, so the same α means something else for every size of the training set. "
                "Divide by the number of examples.",
                lambda x, y, lr, steps: descend(x, y, lr * len(y), steps),
            ),
            Mistake(
                "shots confused with steps",
                "You take as many steps as there are examples. How many examples the learner gets "
                "and how often it moves are two different numbers: loop over `range(steps)`.",
                lambda x, y, lr, steps: descend(x, y, lr, len(y)),
            ),
            Mistake(
                "one example per step",
                "That is stochastic gradient descent, as in the lesson: each step looks at one "
                "example. Here every step looks at all of them and averages.",
                one_by_one,
            ),
            Mistake(
                "half a gradient",
                "The derivative of (x·w − y)² is 2 (x·w − y) x. Your factor 2 is missing, so each "
                "step is half as long.",
                lambda x, y, lr, steps: descend(x, y, lr / 2, steps),
            ),
            Mistake(
                "always the gradient at the start",
                "You compute the gradient once and use it in every step. After a step the errors "
                "are other ones: compute the gradient at the new w, inside the loop.",
                lambda x, y, lr, steps: descend(x, y, lr * steps, 1),
            ),
            Mistake(
                "a step uphill",
                "You add the gradient. Descent subtracts it: w ← w − α∇.",
                lambda x, y, lr, steps: descend(x, y, -lr, steps),
            ),
        ],
    ),
    wrong=(
        Wrong(
            "a sum where a mean is meant",
            DESCEND_HEAD + "    w = torch.zeros(x.shape[1], dtype=x.dtype)\n"
            "    for _ in range(steps):\n"
            "        w = w - lr * (2 * (x @ w - y)[:, None] * x).sum(0)\n"
            "    return w",
        ),
        Wrong(
            "shots confused with steps",
            DESCEND_HEAD + "    w = torch.zeros(x.shape[1], dtype=x.dtype)\n"
            "    for _ in range(x.shape[0]):\n"
            "        w = w - lr * (2 * (x @ w - y)[:, None] * x).mean(0)\n"
            "    return w",
        ),
        Wrong(
            "one example per step",
            DESCEND_HEAD + "    w = torch.zeros(x.shape[1], dtype=x.dtype)\n"
            "    for t in range(steps):\n"
            "        xt, yt = x[t % len(x)], y[t % len(y)]\n"
            "        w = w - lr * 2 * (xt @ w - yt) * xt\n"
            "    return w",
        ),
        Wrong(
            "half a gradient",
            DESCEND_HEAD + "    w = torch.zeros(x.shape[1], dtype=x.dtype)\n"
            "    for _ in range(steps):\n"
            "        w = w - lr * ((x @ w - y)[:, None] * x).mean(0)\n"
            "    return w",
        ),
        Wrong(
            "always the gradient at the start",
            DESCEND_HEAD + "    w = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)\n"
            "    ((x @ w - y) ** 2).mean().backward()\n"
            "    end = w.detach()\n"
            "    for _ in range(steps):\n"
            "        end = end - lr * w.grad\n"
            "    return end",
        ),
        Wrong(
            "a step uphill",
            DESCEND_HEAD + "    w = 0 * x[0]\n"
            "    for _ in range(steps):\n"
            "        w = w + lr * 2 * x.T @ (x @ w - y) / len(y)\n"
            "    return w",
        ),
    ),
    right=(
        DESCEND_HEAD + "    mse = lambda w: ((x @ w - y) ** 2).mean()\n"
        "    w = torch.zeros(x.shape[1], dtype=x.dtype)\n"
        "    for _ in range(steps):\n"
        "        w = w - lr * torch.func.grad(mse)(w)\n"
        "    return w",
        DESCEND_HEAD + "    w = torch.zeros(x.shape[1], dtype=x.dtype)\n"
        "    while steps > 0:\n"
        "        pull = [2 * (row @ w - target) * row for row, target in zip(x, y)]\n"
        "        w, steps = w - lr * torch.stack(pull).mean(0), steps - 1\n"
        "    return w",
    ),
)


def shrunk(data, strength):
    """A ridge regression for a model that always answers φ: Σy / (n + λ)."""
    return data.sum() / (len(data) + strength)


def gap(phi, data):
    """Mean squared error of the answer φ."""
    return (phi - data).square().mean()


def choose(learn, loss, strengths, train, validation, test):
    """The knob with the least validation loss, and its test loss."""
    phis = [learn(train, s) for s in strengths]
    best = min(range(len(phis)), key=lambda i: loss(phis[i], validation))
    return strengths[best], loss(phis[best], test)


def chosen_by(name: str, reported: str = "test"):
    """The same with another data set in the place of the one that should choose, or report."""

    def variant(learn, loss, strengths, train, validation, test):
        sets = {"train": train, "validation": validation, "test": test}
        chooser, judge = sets[name], sets[reported]
        return choose(learn, loss, strengths, train, chooser, judge)

    return variant


def both_learned(learn, loss, strengths, train, validation, test):
    """The learner gets the validation set too, before it is chosen."""
    return choose(learn, loss, strengths, torch.cat([train, validation]), validation, test)


def both_choose(learn, loss, strengths, train, validation, test):
    """Validation and test examples choose together."""
    return choose(learn, loss, strengths, train, torch.cat([validation, test]), test)


def numbers(seed: int) -> tuple[torch.Tensor, ...]:
    """Three sets of numbers around 2: training, validation and test."""
    gen = torch.Generator().manual_seed(seed)
    return tuple(2 + torch.randn(n, generator=gen, dtype=torch.float64) for n in (3, 5, 6))


CHOOSE_HEAD = "def choose(learn, loss, strengths, train, validation, test):\n"
CHOOSE_GIVEN = (
    CHOOSE_HEAD
    + '    """The strength to use, and the loss to report."""\n'
    + "    losses = [loss(learn(train, strength), test) for strength in strengths]\n"
    + "    best = losses.index(min(losses))\n"
    + "    return strengths[best], losses[best]"
)
STRENGTHS = [0.0, 1.0, 4.0]

CHOOSE = Exercise(
    key="02.3",
    title="A judge that has chosen",
    kind="fix",
    minutes=8,
    difficulty=2,
    objective="choose a knob without spoiling the set that judges it",
    why="The test loss is a fair promise again: nothing was decided by it.",
    given=CHOOSE_GIVEN,
    hints=(
        "How many decisions does the test set take part in? It should be none.",
        "There are three sets and three jobs: learn, choose, judge.",
        "Fill `losses` on the validation set and pick `best` from it. Then compute one new number: "
        "the loss of the learner with that strength on the test set.",
    ),
    check=compared(
        choose,
        Case(
            "`learn` gives φ = Σy / (n + λ) and `loss` the mean of (φ − y)²; train 2, 4, "
            "validation 2, test 4, 4; strengths 0, 1, 4. Then φ is 3, 2 or 1",
            shrunk,
            gap,
            STRENGTHS,
            double(2, 4),
            double(2),
            double(4, 4),
        ),
        Case(
            "`learn` gives φ = Σy / (n + λ) and `loss` the mean of (φ − y)²; train 2, 4, "
            "validation 5, test 3; strengths 0, 1, 4. Then φ is 3, 2 or 1",
            shrunk,
            gap,
            STRENGTHS,
            double(2, 4),
            double(5),
            double(3),
        ),
        *(
            Case(
                "random numbers for three training, five validation and six test examples",
                shrunk,
                gap,
                [0.0, 0.3, 1.0, 3.0, 10.0],
                *numbers(seed),
            )
            for seed in range(1, 9)
        ),
        mistakes=[
            Mistake(
                "test loss used to choose",
                "The test set picks the strength and then judges its own pick. The best of "
                "several is also the luckiest of them, so the promise is too good. Let the "
                "validation set choose.",
                chosen_by("test"),
            ),
            Mistake(
                "train loss used to choose",
                "On its own training set the learner looks best when nothing holds it back, so "
                "this always picks a weak strength. Choose by examples that it did not learn "
                "from: the validation set.",
                chosen_by("train"),
            ),
            Mistake(
                "the chooser's loss reported",
                "The right strength, but you report its validation loss. That set has just chosen "
                "the smallest of several numbers. Report the loss on the test set.",
                chosen_by("validation", "validation"),
            ),
            Mistake(
                "validation examples learned from",
                "Your learner has seen the examples by which you choose it. Let it learn from "
                "`train` alone.",
                both_learned,
            ),
            Mistake(
                "the test set has a say",
                "You choose by validation and test examples together. Then the test set has "
                "helped to pick the winner that it judges. Leave it out of the choice.",
                both_choose,
            ),
        ],
    ),
    wrong=(
        Wrong(
            "test loss used to choose",
            CHOOSE_HEAD + "    scores = {s: loss(learn(train, s), test) for s in strengths}\n"
            "    best = min(scores, key=scores.get)\n"
            "    return best, scores[best]",
        ),
        Wrong(
            "train loss used to choose",
            CHOOSE_HEAD + "    losses = [loss(learn(train, s), train) for s in strengths]\n"
            "    best = strengths[losses.index(min(losses))]\n"
            "    return best, loss(learn(train, best), test)",
        ),
        Wrong(
            "the chooser's loss reported",
            CHOOSE_HEAD + "    losses = [loss(learn(train, s), validation) for s in strengths]\n"
            "    best = losses.index(min(losses))\n"
            "    return strengths[best], losses[best]",
        ),
        Wrong(
            "validation examples learned from",
            CHOOSE_HEAD + "    known = torch.cat([train, validation])\n"
            "    losses = [loss(learn(known, s), validation) for s in strengths]\n"
            "    best = strengths[losses.index(min(losses))]\n"
            "    return best, loss(learn(known, best), test)",
        ),
        Wrong(
            "the test set has a say",
            CHOOSE_HEAD + "    held_out = torch.cat([validation, test])\n"
            "    best = min(strengths, key=lambda s: loss(learn(train, s), held_out))\n"
            "    return best, loss(learn(train, best), test)",
        ),
    ),
    right=(
        CHOOSE_HEAD + "    best = min(strengths, key=lambda s: loss(learn(train, s), validation))\n"
        "    return best, loss(learn(train, best), test)",
        CHOOSE_HEAD + "    pairs = []\n"
        "    for strength in strengths:\n"
        "        phi = learn(train, strength)\n"
        "        pairs.append((float(loss(phi, validation)), strength, phi))\n"
        "    _, strength, phi = min(pairs, key=lambda pair: pair[0])\n"
        "    return [strength, loss(phi, test).item()]",
    ),
)

EXERCISES = (COIN, DESCEND, CHOOSE)
