"""Exercise 09.3: UCB1, and the arm that was never pulled."""

from typing import Any

import torch
from torch import Tensor

from course_lib.checks.calling import call, must_be_function
from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.costs import picked
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.values import plain, shown


def counts(*numbers: int) -> Tensor:
    """Successes or failures of each arm."""
    return torch.tensor(numbers)


def bonus(pulls: Tensor, c: float) -> Tensor:
    """c·√(2 ln t / T)."""
    return c * (2 * pulls.sum().log() / pulls).sqrt()


def ucb1(s: Tensor, f: Tensor, c: float) -> int:
    """The first arm that was never pulled, or else the one of the highest mean plus bonus."""
    pulls = s + f
    if (pulls == 0).any():
        return int((pulls == 0).int().argmax())
    return int((s / pulls + bonus(pulls, c)).argmax())


def arm_as_number(answer: Any, num_arms: int) -> int:
    """The arm that a student's function names; a `Slip` for anything else."""
    value = plain(answer)
    is_one = isinstance(value, Tensor) and value.numel() == 1
    if not is_one or float(value) not in range(num_arms):
        says = f"Return the number of one arm, 0 to {num_arms - 1}; you return {shown(answer)}."
        raise Slip("not an arm", says)
    return int(value)


UNTRIED = [
    ("successes (3, 0, 1), failures (1, 0, 1)", counts(3, 0, 1), counts(1, 0, 1)),
    ("successes (5, 4, 0), failures (0, 1, 0)", counts(5, 4, 0), counts(0, 1, 0)),
    ("successes (0, 9, 8, 7), failures (0, 0, 1, 2)", counts(0, 9, 8, 7), counts(0, 0, 1, 2)),
    ("successes (4, 0, 3, 0), failures (0, 0, 1, 0)", counts(4, 0, 3, 0), counts(0, 0, 1, 0)),
    ("successes (0, 3, 0), failures (0, 1, 0)", counts(0, 3, 0), counts(0, 1, 0)),
]


def random_cases(number: int, seed: int) -> list[Case]:
    """States in which every arm was pulled."""
    gen = torch.Generator().manual_seed(seed)
    cases: list[Case] = []
    for _ in range(number):
        s, f = torch.randint(0, 12, (2, 4), generator=gen) + torch.tensor([[0], [1]])
        c = [0.25, 0.5, 1.0, 2.0][len(cases) % 4]
        cases.append(Case(f"successes {shown(s)}, failures {shown(f)}, c = {c}", s, f, c))
    return cases


def scored(score):
    """The arm of the highest `score(s, f, c)`."""
    return lambda s, f, c: int(score(s, f, c).argmax())


def root(s, f, above):
    """√(above / T)."""
    return (above / (s + f)).sqrt()


OWN_LOG = (
    "You take the logarithm of the arm's own pulls. t are all pulls so far: it makes the bonus of "
    "an arm grow while *others* are pulled."
)
MISTAKES = [
    Mistake(
        "no bonus",
        "You take the best mean so far. An arm that began with bad luck then never gets a second "
        "chance.",
        scored(lambda s, f, c: s / (s + f)),
    ),
    Mistake(
        "a bonus for what is known",
        "Your bonus grows with an arm's own pulls. It stands for what is not known: T, the arm's "
        "pulls, belongs below, t, all pulls, above.",
        scored(lambda s, f, c: s / (s + f) + c * (2 * (s + f).log() / (s + f).sum()).sqrt()),
    ),
    Mistake(
        "a lower bound",
        "You subtract the bonus and so avoid what is little known. Optimism adds it.",
        scored(lambda s, f, c: s / (s + f) - bonus(s + f, c)),
    ),
    Mistake(
        "never exploits",
        "You pull what was pulled least, whatever it paid. The mean belongs to the score too.",
        scored(lambda s, f, c: -(s + f)),
    ),
    Mistake(
        "regret and reward mixed up",
        "You take the lowest score. A reward is to be large, a regret is to be small: the score "
        "estimates a reward.",
        scored(lambda s, f, c: -(s / (s + f) + bonus(s + f, c))),
    ),
    Mistake(
        "the 2 forgotten",
        "In your bonus the 2 under the root is missing, so you explore too little: 2 ln t / T.",
        scored(lambda s, f, c: s / (s + f) + c * root(s, f, (s + f).sum().log())),
    ),
    Mistake(
        "c under the root",
        "c stands before the root. Under it, it counts only as √c.",
        scored(lambda s, f, c: s / (s + f) + root(s, f, 2 * c * (s + f).sum().log())),
    ),
    Mistake(
        "the logarithm of the arm's own pulls",
        OWN_LOG,
        scored(lambda s, f, c: s / (s + f) + c * root(s, f, 2 * (s + f).log())),
    ),
    Mistake(
        "another logarithm",
        "ln is the natural logarithm, `log` in Python and torch. Yours has base 10, and is less "
        "than half as large.",
        scored(lambda s, f, c: s / (s + f) + c * root(s, f, 2 * (s + f).sum().log10())),
    ),
    Mistake(
        "pseudo-counts",
        "You add a success and a failure to each arm, as the lesson's table does. Here s and T are "
        "what was counted, and an untried arm is a case of its own.",
        scored(lambda s, f, c: (s + 1) / (s + f + 2) + bonus(s + f + 2, c)),
    ),
    Mistake(
        "successes divided by failures",
        "Your mean is s / failures. It is s / T: successes divided by all pulls of the arm.",
        scored(lambda s, f, c: s / f + bonus(s + f, c)),
    ),
    Mistake(
        "the root forgotten",
        "Your bonus is c · 2 ln t / T without the root.",
        scored(lambda s, f, c: s / (s + f) + c * 2 * (s + f).sum().log() / (s + f)),
    ),
    Mistake(
        "successes counted, not their share",
        "You add the bonus to the number of successes. It belongs to the mean: s / T.",
        scored(lambda s, f, c: s + bonus(s + f, c)),
    ),
    Mistake(
        "c forgotten",
        "c plays no part in your score. It says how much the bonus counts.",
        scored(lambda s, f, c: s / (s + f) + bonus(s + f, 1.0)),
    ),
    Mistake(
        "the logarithm forgotten",
        "Your bonus has t where ln t belongs. It then outweighs every mean.",
        scored(lambda s, f, c: s / (s + f) + c * root(s, f, 2 * (s + f).sum())),
    ),
    Mistake(
        "failures counted as successes",
        "Your mean is failures / T. A success is what pays.",
        scored(lambda s, f, c: f / (s + f) + bonus(s + f, c)),
    ),
    Mistake(
        "another logarithm",
        "ln is the natural logarithm, `log` in Python and torch. Yours has base 2.",
        scored(lambda s, f, c: s / (s + f) + c * root(s, f, 2 * (s + f).sum().log2())),
    ),
    Mistake(
        "the mean over all pulls",
        "Your mean is s / t: successes divided by the pulls of all arms. Divide by the arm's own.",
        scored(lambda s, f, c: s / (s + f).sum() + bonus(s + f, c)),
    ),
    Mistake(
        "the first arm always",
        "You return 0 whatever was seen.",
        lambda s, f, c: 0,
    ),
]

all_tried = compared(
    ucb1,
    Case(
        "successes (3, 0), failures (1, 1), c = 1: five pulls, four of arm 0 and one of arm 1. "
        "0.75 + √(2 ln 5 / 4) = 1.65 and 0 + √(2 ln 5 / 1) = 1.79",
        counts(3, 0),
        counts(1, 1),
        1.0,
    ),
    *random_cases(160, 3),
    mistakes=MISTAKES,
)


def check_ucb1(answer: Any) -> None:
    """Raises a `Slip` unless untried arms come first, and then the highest mean plus bonus."""
    must_be_function(answer)
    check_counting(answer)
    for says, s, f in UNTRIED:
        got, by_nan = picked(answer, s, f, 0.5)
        arm, first = arm_as_number(got, len(s)), ucb1(s, f, 0.5)
        if s[arm] + f[arm] > 0:
            text = (
                f"With {says}, your player pulls arm {arm}. An arm was never pulled: nothing is "
                "known of it, its bonus is without limit, so it comes first. If 0/0 gives it the "
                "score 0, it waits forever."
            )
            raise Slip("UCB1 that never explores an untried arm", text)
        if arm != first:
            text = (
                f"With {says}, your player pulls arm {arm}. Of several arms that were never pulled "
                f"the task takes the first: {first}."
            )
            raise Slip("another one of several untried arms", text)
        if by_nan:
            text = (
                f"With {says}, your player pulls the right arm by luck: its score is 0/0, NaN (not "
                "a number), and PyTorch happens to take NaN for the largest. What does optimism "
                "say of an arm that was never pulled? Say it in your code."
            )
            raise Slip("an untried arm left to 0/0", text)
    all_tried(lambda *inputs: arm_as_number(call(answer, inputs), len(inputs[0])))


def check_counting(answer: Any) -> None:
    """Raises a `Slip` where every arm is the right one, counted from 1."""
    known = [(s, f, 0.5) for _, s, f in UNTRIED] + [case.args for case in all_tried.cases[:20]]
    found = []
    for s, f, c in known:
        value = plain(call(answer, (s, f, c)))
        is_one = isinstance(value, Tensor) and value.numel() == 1
        found.append(is_one and float(value) == ucb1(s, f, c) + 1)
    if all(found):
        says = "Your arms are counted from 1. The first arm is 0, as in Python's lists."
        raise Slip("arms counted from 1", says)


UCB1 = Exercise(
    key="09.3",
    title="Optimism with a formula",
    kind="write",
    minutes=10,
    difficulty=2,
    objective="write UCB1, and say what its bonus is for",
    why="Each arm is tried, and the bonus of what is seldom pulled grows until it is tried again.",
    hints=(
        "What is the mean of an arm that was never pulled? Deal with it before you divide.",
        "T = successes + failures is a number for each arm, t = T.sum() one number for all.",
        "`if (T == 0).any(): return (T == 0).int().argmax()`; else the argmax of "
        "`successes / T + c * (2 * t.log() / T).sqrt()`.",
    ),
    check=check_ucb1,
)
