"""Exercise 02.3: the test set that has chosen."""

import torch

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise


def double(*numbers: float) -> torch.Tensor:
    """A vector in double precision."""
    return torch.tensor(numbers, dtype=torch.float64)


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


CHOOSE_GIVEN = '''\
def choose(learn, loss, strengths, train, validation, test):
    """The strength to use, and the loss to report."""
    losses = [loss(learn(train, strength), test) for strength in strengths]
    best = losses.index(min(losses))
    return strengths[best], losses[best]
'''
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
)
