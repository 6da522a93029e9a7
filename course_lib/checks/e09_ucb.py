"""Exercise 09.3: UCB1, and the arm that was never pulled."""

from typing import Any

import torch
from torch import Tensor

from course_lib.checks.calling import call, must_be_function
from course_lib.checks.comparing import Case, Mistake, compared
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
]


def random_cases(number: int, seed: int) -> list[Case]:
    """States in which every arm was pulled."""
    gen = torch.Generator().manual_seed(seed)
    cases = []
    for _ in range(number):
        s, f = torch.randint(0, 12, (2, 4), generator=gen) + torch.tensor([[0], [1]])
        says = f"successes {shown(s)}, failures {shown(f)}, c = 0.5"
        cases.append(Case(says, s, f, 0.5))
    return cases


all_tried = compared(
    ucb1,
    Case(
        "successes (3, 0), failures (1, 1), c = 1: five pulls, four of arm 0 and one of arm 1. "
        "0.75 + √(2 ln 5 / 4) = 1.65 and 0 + √(2 ln 5 / 1) = 1.79",
        counts(3, 0),
        counts(1, 1),
        1.0,
    ),
    *random_cases(60, 3),
    mistakes=[
        Mistake(
            "no bonus",
            "You take the best mean so far. An arm that began with bad luck then never gets a "
            "second chance.",
            lambda s, f, c: int((s / (s + f)).argmax()),
        ),
        Mistake(
            "a bonus for what is known",
            "Your bonus grows with an arm's own pulls. It stands for what is not known: T, the "
            "arm's pulls, belongs below, t, all pulls, above.",
            lambda s, f, c: int(
                (s / (s + f) + c * (2 * (s + f).log() / (s + f).sum()).sqrt()).argmax()
            ),
        ),
        Mistake(
            "a lower bound",
            "You subtract the bonus and so avoid what is little known. Optimism adds it.",
            lambda s, f, c: int((s / (s + f) - bonus(s + f, c)).argmax()),
        ),
        Mistake(
            "never exploits",
            "You pull what was pulled least, whatever it paid. The mean belongs to the score too.",
            lambda s, f, c: int((s + f).argmin()),
        ),
        Mistake(
            "regret and reward mixed up",
            "You take the lowest score. A reward is to be large, a regret is to be small: the "
            "score estimates a reward.",
            lambda s, f, c: int((s / (s + f) + bonus(s + f, c)).argmin()),
        ),
    ],
)


def check_ucb1(answer: Any) -> None:
    """Raises a `Slip` unless untried arms come first, and then the highest mean plus bonus."""
    must_be_function(answer)
    for says, s, f in UNTRIED:
        arm = arm_as_number(call(answer, (s, f, 0.5)), len(s))
        if s[arm] + f[arm] > 0:
            text = (
                f"With {says}, your player pulls arm {arm}. One arm was never pulled: nothing is "
                "known of it, its bonus is without limit, so it comes first. If 0/0 gives it the "
                "score 0, it waits forever."
            )
            raise Slip("UCB1 that never explores an untried arm", text)
    all_tried(lambda *inputs: arm_as_number(call(answer, inputs), len(inputs[0])))


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
