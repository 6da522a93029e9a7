"""Exercise 10.1: backward induction, what an action is worth to somebody who knows the world."""

import torch
from torch import Tensor

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise


def backups(P: Tensor, R: Tensor, steps: int, after) -> Tensor:
    """R, and then `steps` − 1 times R plus what comes `after` it, a function of (P, Q)."""
    Q = R
    for _ in range(steps - 1):
        Q = R + after(P, Q)
    return Q


def expected_best(P: Tensor, Q: Tensor) -> Tensor:
    """Σ_s′ P(s′|s,a) max_a′ Q(s′, a′)."""
    return P @ Q.amax(-1)


def plan(P, R, steps):
    """Q of the first of `steps` steps."""
    return backups(P, R, steps, expected_best)


def one_too_many(P, R, steps):
    """One step more than there are."""
    return plan(P, R, steps + 1)


def turned(P: Tensor, Q: Tensor) -> Tensor:
    """With the transition read from s′ to s."""
    return P.permute(2, 1, 0) @ Q.amax(-1)


def best_of_averages(P: Tensor, Q: Tensor) -> Tensor:
    """max_a′ Σ_s′ P(s′|s,a) Q(s′, a′)."""
    return (P @ Q).amax(-1)


def hoped_for(P: Tensor, Q: Tensor) -> Tensor:
    """The best state that can be reached at all."""
    return torch.where(P > 0, Q.amax(-1), -torch.inf).amax(-1)


SMALL_P = torch.tensor([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.0, 1.0]]])
SMALL_R = torch.tensor([[1.0, 0.0], [2.0, 4.0]])


def random_world(seed: int) -> tuple[Tensor, Tensor]:
    """Transitions and rewards of four states and three actions; some ways lead nowhere."""
    gen = torch.Generator().manual_seed(seed)
    P = torch.rand(4, 3, 4, generator=gen, dtype=torch.float64).square()
    P = P * (P > 0.05)
    return P / P.sum(-1, keepdim=True), torch.randn(4, 3, generator=gen, dtype=torch.float64)


PLAN = Exercise(
    key="10.1",
    title="Who knows the world",
    kind="write",
    minutes=15,
    difficulty=2,
    objective="compute by backward induction what each action is worth, many steps ahead",
    why="The best action is chosen in the state that is reached: first the maximum, then the mean.",
    hints=(
        "With one step left nothing comes after: Q = R. What is each state worth then?",
        "V(s′) = max over a′ of Q(s′, a′). One step earlier, average V over the states that may be "
        "reached: Σ P(s′ | s, a) V(s′).",
        "Start with `Q = R`; then `steps − 1` times: `V = Q.amax(-1)`, `Q = R + P @ V`. (`P @ V` "
        "sums over the last axis of P.)",
    ),
    check=compared(
        plan,
        Case(
            "two states, two actions, two steps. R is (1, 0) in state 0 and (2, 4) in state 1. "
            "Action 1 in state 0 leads to either state with probability 1/2; all else stays. With "
            "one step left the states are worth 1 and 4",
            SMALL_P,
            SMALL_R,
            2,
        ),
        Case("the same world, one step", SMALL_P, SMALL_R, 1),
        Case("the same world, three steps", SMALL_P, SMALL_R, 3),
        Case("four states, three actions, five steps", *random_world(10), 5),
        mistakes=[
            Mistake(
                "the transition forgotten",
                "You add the value of the state in which the action is taken. It leads somewhere "
                "else: average over where, with P.",
                lambda P, R, n: backups(P, R, n, lambda P, Q: Q.amax(-1, keepdim=True)),
            ),
            Mistake(
                "the maximum taken after averaging",
                "You choose one next action for all states that may be reached. The agent sees "
                "where it has come to and chooses then: first the maximum in each s′, then the "
                "average.",
                lambda P, R, n: backups(P, R, n, best_of_averages),
            ),
            Mistake(
                "random play from the next step on",
                "You average over the next actions. Who knows the world takes the best: maximum.",
                lambda P, R, n: backups(P, R, n, lambda P, Q: P @ Q.mean(-1)),
            ),
            Mistake(
                "the best that may happen",
                "You hope for the best state that can be reached. The world decides, not the "
                "agent: average with P.",
                lambda P, R, n: backups(P, R, n, hoped_for),
            ),
            Mistake(
                "one step too many",
                "With one step left nothing comes after it: Q = R. You look one step further.",
                one_too_many,
            ),
            Mistake(
                "only the next reward",
                "Your values stop at R. An action is also worth what can be done where it leads.",
                lambda P, R, n: R.clone(),
            ),
            Mistake(
                "transitions read backwards",
                "P[s, a, s′] leads from s to s′, which is the last axis. Sum over that.",
                lambda P, R, n: backups(P, R, n, turned),
            ),
        ],
    ),
)
