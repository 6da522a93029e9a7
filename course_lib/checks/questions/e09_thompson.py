"""Exercise 09.4: Thompson sampling, judged by how often it pulls each arm."""

from typing import Any

import torch
from torch import Tensor

from course_lib.checks.calling import call, must_be_function
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.questions.e09_ucb import arm_as_number, counts
from course_lib.checks.values import number

PULLS, CLOSE, MOST_NOTED = 500, 0.09, 10
STATES = [
    (
        "one arm has paid twice, the other was never pulled. Beta(3, 1) beats Beta(1, 1) in 3/4 of "
        "all draws",
        counts(2, 0),
        counts(0, 0),
    ),
    ("successes (2, 9, 0), failures (6, 2, 3)", counts(2, 9, 0), counts(6, 2, 3)),
]


class Draw:
    """draw(a, b): from Beta(a, b), for each entry. Notes the parameters that it is given."""

    def __init__(self, seed: int):
        self.gen = torch.Generator().manual_seed(seed)
        self.asked = 0  # numbers drawn
        self.parameters: list[tuple[float, float]] = []  # the pairs (a, b) of the first few of them

    def __call__(self, a: Any, b: Any) -> Tensor:
        """A draw, of the shape of a and b."""
        a, b = (torch.as_tensor(part).float() for part in (a, b))
        self.asked += max(a.numel(), b.numel())
        if len(self.parameters) < MOST_NOTED:
            pairs = zip(
                *(part.flatten().tolist() for part in torch.broadcast_tensors(a, b)), strict=True
            )
            self.parameters += pairs
        one, other = (
            torch._standard_gamma(part.clamp(min=1e-2), generator=self.gen)
            for part in torch.broadcast_tensors(a, b)
        )
        return one / (one + other).clamp(min=1e-30)


def shares(player: Any, s: Tensor, f: Tensor, seed: int = 9) -> Tensor:
    """How often a player pulls each arm in one state. A `Slip` for a posterior without a prior."""
    draw = Draw(seed)
    arms = [call(player, (s, f, draw))]  # by itself, so that a fault is told with its line
    if draw.asked > len(s):
        says = (
            f"You draw {draw.asked} numbers to choose between {len(s)} arms. The mean of many "
            "draws is nearly the posterior mean, and that explores no more. Make one draw for each "
            "arm."
        )
        raise Slip("more than one draw for each arm", says)
    if 0 < draw.asked < len(s):
        says = (
            f"You draw {draw.asked} number to choose between {len(s)} arms. Each arm needs a "
            f"draw of "
            "its own, from its own posterior; then compare the draws."
        )
        raise Slip("one draw for all arms", says)
    check_parameters(draw.parameters, s, f)
    arms += call(lambda: [player(s, f, draw) for _ in range(PULLS - 1)])
    pulled = torch.tensor([arm_as_number(arm, len(s)) for arm in arms])
    return pulled.bincount(minlength=len(s)) / PULLS


UNIFORM = "The prior is uniform, Beta(1, 1), so the posterior is Beta(s + 1, f + 1)."
POSTERIORS = [
    (
        "a posterior without its prior",
        "You ask for Beta(s, f), which doesn't exist where one of them is 0. " + UNIFORM,
        lambda s, f: (s, f),
    ),
    (
        "the worst arm preferred",
        "The more often an arm fails, the more often you pull it. Beta(a, b) leans to 1 for a "
        "large a, so the successes go first: Beta(s + 1, f + 1).",
        lambda s, f: (f + 1, s + 1),
    ),
    (
        "another prior",
        "You ask for Beta(s + ½, f + ½): Jeffreys' prior. It is a good one, but the means were "
        "drawn "
        "uniformly here. " + UNIFORM,
        lambda s, f: (s + 0.5, f + 0.5),
    ),
    (
        "pulls in the place of failures",
        "Your second parameter counts all pulls of the arm. It counts the failures. " + UNIFORM,
        lambda s, f: (s + 1, s + f + 1),
    ),
    (
        "pulls in the place of failures",
        "Your second parameter counts all pulls of the arm, and the prior is missing. " + UNIFORM,
        lambda s, f: (s, s + f),
    ),
    (
        "draws that ignore what was seen",
        "You draw from the prior, Beta(1, 1), for every arm. Draw from the posteriors.",
        lambda s, f: (torch.ones(len(s)), torch.ones(len(s))),
    ),
    (
        "a prior only where nothing was seen",
        "You replace a 0 by a 1. The prior is added to what was seen, always. " + UNIFORM,
        lambda s, f: (s.clamp(min=1), f.clamp(min=1)),
    ),
    (
        "half of the prior",
        "One of your parameters lacks its + 1. " + UNIFORM,
        lambda s, f: (s + 1, f),
    ),
    (
        "half of the prior",
        "One of your parameters lacks its + 1. " + UNIFORM,
        lambda s, f: (s, f + 1),
    ),
    (
        "the prior counted twice",
        "You add 2 to each. " + UNIFORM,
        lambda s, f: (s + 2, f + 2),
    ),
    (
        "shares in the place of counts",
        "You give Beta shares of the pulls. It wants counts: how many pulls stand behind a share "
        "is "
        "what makes a belief narrow. " + UNIFORM,
        lambda s, f: (s / (s + f).clamp(min=1), f / (s + f).clamp(min=1)),
    ),
]


def check_parameters(asked: list[tuple[float, float]], s: Tensor, f: Tensor) -> None:
    """Raises a `Slip` where the draws come from another posterior than that of each arm."""
    right = pairs_of(s + 1, f + 1)
    if not asked or all(pair in right for pair in asked):
        return  # without a draw, the arms that are pulled have to tell
    for name, says, parameters in POSTERIORS:
        known = pairs_of(*parameters(s, f))
        if len(asked) == len(s) and all(pair in known for pair in asked):
            pair = next(pair for pair in asked if pair not in right)
            shown = f"\nWith successes {s.tolist()} and failures {f.tolist()} you ask for Beta"
            raise Slip(name, f"{says}{shown}({number(pair[0])}, {number(pair[1])}).")
    strange = next(pair for pair in asked if pair not in right)
    says = (
        f"With successes {s.tolist()} and failures {f.tolist()} you ask for Beta"
        f"({number(strange[0])}, {number(strange[1])}), which is no arm's posterior. {UNIFORM}"
    )
    raise Slip("another posterior", says)


def pairs_of(a: Tensor, b: Tensor) -> list[tuple[float, float]]:
    """(a, b) of each arm."""
    return list(zip(a.float().tolist(), b.float().tolist(), strict=True))


def is_best(a: Tensor, b: Tensor) -> Tensor:
    """How often each arm has the highest of 40,000 draws from Beta(a, b)."""
    winners = Draw(1)(a.expand(40_000, -1), b.expand(40_000, -1)).argmax(-1)
    return winners.bincount(minlength=len(a)) / len(winners)


def always(arm: Tensor, num_arms: int) -> Tensor:
    """The shares of a player that always pulls one arm."""
    return torch.eye(num_arms)[arm]


THOMPSON_SLIPS = [
    (
        "Thompson sampling that uses the posterior mean",
        "Your player always pulls the arm that looks best. It never explores: what looks second "
        "best may well be better. Make one draw from each posterior, and compare the draws.",
        lambda s, f: always(((s + 1) / (s + f + 2)).argmax(), len(s)),
    ),
    (
        "the lowest draw instead of the highest",
        "You pull the arm of the lowest draw. A draw is a possible mean: the highest one wins.",
        lambda s, f: is_best(f + 1, s + 1),
    ),
    (
        "an arm by chance",
        "Every arm is pulled equally often. Draw from the posteriors, and pull the highest draw.",
        lambda s, f: torch.ones(len(s)) / len(s),
    ),
    (
        "chosen in proportion to the means",
        "Your player pulls arms in proportion to their means. Even a surely bad arm is then pulled "
        "for ever. Draw from each posterior, and pull the highest draw.",
        lambda s, f: ((s + 1) / (s + f + 2)) / ((s + 1) / (s + f + 2)).sum(),
    ),
    (
        "Thompson sampling that uses the posterior mean",
        "Your player takes the arm with the best share of successes. It never explores. Make one "
        "draw from each posterior, and compare the draws.",
        lambda s, f: always((s / (s + f).clamp(min=1)).argmax(), len(s)),
    ),
    (
        "always the first arm",
        "Your player pulls the first arm, whatever it has seen.",
        lambda s, f: always(torch.tensor(0), len(s)),
    ),
]


def check_thompson(answer: Any) -> None:
    """Raises a `Slip` unless each arm is pulled as often as it is likely to be the best."""
    must_be_function(answer)
    got = [shares(answer, s, f) for _, s, f in STATES]
    expected = [is_best(s + 1, f + 1) for _, s, f in STATES]
    if near_all(got, expected):
        return
    wrong = next(i for i, pair in enumerate(zip(got, expected, strict=True)) if not close(*pair))
    facts = (
        f"\nTry it by hand: {STATES[wrong][0]}. In {PULLS} pulls, your player takes the arms in "
        f"{percent(got[wrong])}; expected are about {percent(expected[wrong])}."
    )
    for name, says, known in THOMPSON_SLIPS:
        if near_all(got, [known(s, f) for _, s, f in STATES]):
            raise Slip(name, says + facts)
    raise Slip(
        "arms pulled too often or too seldom", "An arm's share is its chance to be best." + facts
    )


def close(one: Tensor, other: Tensor) -> bool:
    """Whether two shares agree up to more than four standard errors."""
    return bool((one - other).abs().max() < CLOSE)


def near_all(got: list[Tensor], expected: list[Tensor]) -> bool:
    """Whether all shares agree."""
    return all(close(*pair) for pair in zip(got, expected, strict=True))


def percent(parts: Tensor) -> str:
    """ "67, 33 %"."""
    return ", ".join(number(round(100 * part)) for part in parts.tolist()) + " %"


THOMPSON = Exercise(
    key="09.4",
    title="A gamble that knows when to stop",
    kind="write",
    minutes=8,
    difficulty=1,
    objective="write Thompson sampling, and tell it from playing the arm that looks best",
    why="An arm is pulled as often as it may be the best: doubt explores, certainty exploits.",
    hints=(
        "How sure are you of an arm's mean after s successes and f failures? The lesson names the "
        "distribution.",
        "Draw one possible mean for each arm from its posterior. Then act as if the draws were "
        "true.",
        "`draw(successes + 1, failures + 1)` gives one number for each arm; pull the `argmax`.",
    ),
    check=check_thompson,
)
