"""Exercise 02.3: the test set that has chosen."""

from itertools import product

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise


def shrunk(data, strength):
    """A ridge regression for a model that always answers φ: Σy / (n + λ)."""
    return data.sum() / (len(data) + strength)


def shifted(data, strength):
    """A learner that looks at its last example only: y_n + λ."""
    return data[-1] + strength


def gap(phi, data):
    """Mean squared error of the answer φ."""
    return (phi - data).square().mean()


def by_sets(learns="train", chooses="validation", final="", judges="test", pick=min):
    """The function with other data sets in their jobs, such as "train+validation"."""

    def variant(learn, loss, strengths, train, validation, test):
        sets = {"train": train, "validation": validation, "test": test}

        def joined(names: str):
            return torch.cat([sets[name] for name in names.split("+")])

        def cost(strength):
            phi = learn(joined(learns), strength)
            return sum(loss(phi, joined(part)) for part in chooses.split(" and "))

        best = strengths[min(range(len(strengths)), key=lambda i: cost(strengths[i]))]
        if pick is max:
            best = strengths[max(range(len(strengths)), key=lambda i: cost(strengths[i]))]
        return best, loss(learn(joined(final or learns), best), joined(judges))

    return variant


choose = by_sets()


def luckiest(learn, loss, strengths, train, validation, test):
    """The right strength, with the lowest test loss of any."""
    best, _ = choose(learn, loss, strengths, train, validation, test)
    return best, min(loss(learn(train, s), test) for s in strengths)


def place(*sets):
    """The position of the strength in place of the strength."""
    best, judged = choose(*sets)
    return sets[2].index(best), judged


def named(learns: str, chooses: str, final: str, judges: str) -> tuple[str, str]:
    """What the gravest fault of such a use of the sets is called, and why it is one."""
    jobs = f"{learns} {final}"
    if "test" in jobs:
        return "the test set learned from", (
            "Your learner has seen the test set. It is for the very last number alone. Let the "
            "learner learn from `train`."
        )
    if "validation" in jobs:
        return "validation examples learned from", (
            "Your learner has seen the examples by which you choose it. Let it learn from `train` "
            "alone, before the choice and after it."
        )
    if chooses == "test":
        return "test loss used to choose", (
            "The test set picks the strength and then judges its own pick. The best of several is "
            "also the luckiest of them, so the promise is too good. Let the validation set choose."
        )
    if "test" in chooses:
        return "the test set has a say", (
            "You choose by validation and test examples together. Then the test set has helped to "
            "pick the winner that it judges. Leave it out of the choice."
        )
    if "train" in chooses:
        return "train loss used to choose", (
            "On its own training set the learner looks best when nothing holds it back, so this "
            "picks too weak a strength. Choose by examples that it did not learn from: the "
            "validation set alone."
        )
    if judges == "validation":
        return "the chooser's loss reported", (
            "The right strength, but you report its validation loss. That set has just chosen the "
            "smallest of several numbers. Report the loss on the test set."
        )
    if judges == "train":
        return "train loss reported", (
            "The right strength, but you report its loss on the examples that it has learned from. "
            "Report the loss on the test set."
        )
    return "a mixed set reported", (
        "The right strength, but other examples than those of the test set are in the loss that "
        "you report."
    )


LEARNS = ("train", "validation", "test", "train+validation", "train+validation+test")
CHOOSES = (
    "validation", "train", "test", "validation+test", "validation and test", "train+validation",
    "train and validation",
)  # fmt: skip
JUDGES = ("test", "validation", "train", "validation+test")
RIGHT = ("train", "validation", "train", "test")
MIXED = [
    Mistake(*named(*sets), by_sets(*sets))
    for sets in product(LEARNS, CHOOSES, LEARNS, JUDGES)
    if sets != RIGHT
]


def shifted_numbers(seed: int) -> Drawn:
    """The same, for a learner that may look best on its own set with any strength."""
    case = numbers(seed)
    says = "a `learn` that gives y_n + λ, and random numbers as examples"
    return Drawn(says, shifted, *case.args[1:2], [-1.5, -0.5, 0.5, 1.5], *case.args[3:])


def numbers(seed: int) -> Drawn:
    """Three sets of numbers around 2: training, validation and test."""
    gen = torch.Generator().manual_seed(seed)
    sets = [2 + torch.randn(n, generator=gen) for n in (3, 5, 6)]
    says = "random numbers for three training, five validation and six test examples"
    return Drawn(says, shrunk, gap, [0.0, 0.3, 1.0, 3.0, 10.0], *sets)


CHOOSE_GIVEN = '''\
def choose(learn, loss, strengths, train, validation, test):
    """The strength to use, and the loss to report."""
    losses = [loss(learn(train, strength), test) for strength in strengths]
    best = losses.index(min(losses))
    return strengths[best], losses[best]
'''
STRENGTHS = [1.0, 4.0, 0.0]
BY_HAND = (
    "`learn` gives φ = Σy / (n + λ) and `loss` the mean of (φ − y)²; train {}; validation {}; test "
    "{}; strengths 1, 4, 0. Then φ is 2, 1 or 3"
)


def small(train: str, validation: str, test: str) -> Case:
    """A case by hand: the numbers of each set, as a text."""
    sets = [
        torch.tensor([float(n) for n in part.split(", ")]) for part in (train, validation, test)
    ]
    return Case(BY_HAND.format(train, validation, test), shrunk, gap, STRENGTHS, *sets)


MISTAKES = [
    Mistake(*named(*sets), by_sets(*sets))
    for sets in (
        ("train", "test", "train", "test"),
        ("train", "train", "train", "test"),
        ("train", "validation", "train", "validation"),
        ("train+validation", "validation", "train+validation", "test"),
        ("train", "validation+test", "train", "test"),
    )
] + [
    Mistake(
        "the luckiest test loss reported",
        "The right strength, but you report the lowest test loss of all strengths. That is the "
        "luckiest, not that of the one you chose. Report the loss of your choice.",
        luckiest,
    ),
    Mistake(
        "a position instead of the strength",
        "You return where the best strength stands in the list. Look it up: `strengths[best]`.",
        place,
    ),
    Mistake(
        "the worst instead of the best",
        "You pick the strength with the largest loss. Look for the smallest.",
        by_sets(pick=max),
    ),
    Mistake(
        "the answers in the wrong order",
        "First the strength, then the loss.",
        lambda *sets: choose(*sets)[::-1],
    ),
]

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
        small("2, 4", "2, 1.5", "4, 4.5"),
        small("2, 4", "2.5, 1", "3.5, 2"),
        small("2, 4", "1.5, 2.75", "2.5, 3.5"),
        *telling(choose, MISTAKES, numbers, 4),
        *telling(choose, MISTAKES, shifted_numbers, 4),
        mistakes=MISTAKES,
        also=MIXED,
    ),
)
