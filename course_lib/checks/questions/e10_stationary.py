"""Exercise 10.1: the best policy of somebody who knows the world and has no clock."""

import torch
from torch import Tensor

from course_lib.checks.comparing import Case, Drawn, Mistake, compared
from course_lib.checks.exercise import Exercise


def worth_of(policy: Tensor, P: Tensor, R: Tensor, gamma: float) -> Tensor:
    """V of a policy, from V = R_π + γ P_π V."""
    states = torch.arange(len(policy))
    moves, pay = P[states, policy].double(), R[states, policy].double()
    eye = torch.eye(len(policy), dtype=torch.float64)
    return torch.linalg.solve(eye - gamma * moves, pay).float()


def swept(back, number: int = 2000):
    """(policy, V) after so many sweeps of V ← max Q, with Q = back(P, R, γ, V, Q)."""

    def answer(P, R, gamma):
        V, Q = torch.zeros(len(P)), torch.zeros_like(R)
        for _ in range(number):
            Q = back(P, R, gamma, V, Q)
            V = Q.amax(-1)
        return Q.argmax(-1), V

    return answer


def settle(P, R, gamma):
    """The best policy and what each state is worth under it."""
    policy = torch.zeros(len(P), dtype=torch.long)
    while True:
        better = (R + gamma * P @ worth_of(policy, P, R, gamma)).argmax(-1)
        if (better == policy).all():
            return policy, worth_of(policy, P, R, gamma)
        policy = better


def greedy(P, R, gamma):
    """The action that pays most now, and what that is worth in the long run."""
    policy = R.argmax(-1)
    return policy, worth_of(policy, P, R, gamma)


def improved_once(P, R, gamma, *, again=True):
    """One improvement of the policy that always takes action 0."""
    first = worth_of(torch.zeros(len(P), dtype=torch.long), P, R, gamma)
    policy = (R + gamma * P @ first).argmax(-1)
    return policy, worth_of(policy, P, R, gamma) if again else first


def of_random_play(P, R, gamma):
    """What random play is worth, and the best single action before it."""
    eye = torch.eye(len(P), dtype=torch.float64)
    V = torch.linalg.solve(eye - gamma * P.mean(1).double(), R.mean(1).double()).float()
    return (R + gamma * P @ V).argmax(-1), V


def for_ever(P, R, gamma):
    """The best payment of each state, as if one could stay there."""
    return R.argmax(-1), R.amax(-1) / (1 - gamma)


def counted(P, R, gamma):
    """γ taken twice as strong: γ²."""
    return settle(P, R, gamma**2)


SWEEPS = "One sweep looks one step further. Repeat it until V no longer changes."
MISTAKES = [
    Mistake(
        "the best payment now",
        "Your policy takes what pays most at once. One state pays well and leads into a trap: "
        "choose by R plus γ times what the *next* state is worth.",
        greedy,
    ),
    Mistake(
        "the best payment now",
        "You say what the best action pays at once. A state is also worth what comes after it.",
        lambda P, R, gamma: (R.argmax(-1), R.amax(-1)),
    ),
    Mistake(
        "the maximum taken after averaging",
        "You choose one next action for all states that may be reached. The agent sees where it "
        "has come to and chooses then: first the maximum in each s′, then the average.",
        swept(lambda P, R, g, V, Q: R + g * (P @ Q).amax(-1)),
    ),
    Mistake(
        "the best that may happen",
        "You hope for the best state that can be reached. The world decides, not the agent: "
        "average with P.",
        swept(lambda P, R, g, V, Q: R + g * torch.where(P > 0, V, -torch.inf).amax(-1)),
    ),
    Mistake(
        "the transition forgotten",
        "R/(1 − γ) is right where the agent can stay and be paid for ever. Actions lead elsewhere: "
        "average what comes next over the states that may be reached, with P.",
        for_ever,
    ),
    Mistake(
        "transitions read backwards",
        "P[s, a, s′] leads from s to s′, which is the last axis. Sum over that.",
        swept(lambda P, R, g, V, Q: R + g * P.permute(2, 1, 0) @ V, 300),
    ),
    Mistake(
        "the first payment discounted too",
        "You multiply the payment of this very step with γ. Only what comes a step later counts γ "
        "times as much: R + γ P V.",
        swept(lambda P, R, g, V, Q: g * (R + P @ V)),
    ),
    Mistake("stopped after one sweep", SWEEPS, swept(lambda P, R, g, V, Q: R + g * P @ V, 1)),
    Mistake("stopped after two sweeps", SWEEPS, swept(lambda P, R, g, V, Q: R + g * P @ V, 2)),
    Mistake(
        "improved only once",
        "You make one policy better, once. The better one changes what the states are worth, and "
        "so what is best: go on until the policy stays.",
        improved_once,
    ),
    Mistake(
        "the worth of another policy",
        "The worth that you return is that of the policy before it was made better. Evaluate the "
        "one that you return.",
        lambda *world: improved_once(*world, again=False),
    ),
    Mistake(
        "the worth of random play",
        "You average over the actions. Who knows the world takes the best: maximum.",
        of_random_play,
    ),
    Mistake(
        "γ taken twice",
        "Every step is discounted twice in your sum. Once is meant: R + γ P V.",
        counted,
    ),
]


def world(seed: int) -> tuple[Tensor, Tensor]:
    """Transitions and rewards of five states and three actions; some ways lead nowhere."""
    gen = torch.Generator().manual_seed(seed)
    P = torch.rand(5, 3, 5, generator=gen) ** 4
    P = P * (P > 0.02)
    return P / P.sum(-1, keepdim=True), 2 * torch.randn(5, 3, generator=gen)


TRAP_P = torch.tensor([[[0.0, 1.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
TRAP_R = torch.tensor([[2.0, 1.0], [0.0, -1.0]])
SLIDE_P = torch.tensor([[[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]]])
SLIDE_R = torch.tensor([[0.0, 1.0], [3.0, 2.0]])

SETTLE = Exercise(
    key="10.1",
    title="Without a clock",
    kind="write",
    minutes=20,
    difficulty=2,
    objective="find the best policy of a known world that goes on for ever, and say what it is "
    "worth",
    why="One rule for all times: the state alone decides, since nobody counts the steps.",
    hints=(
        "Suppose you knew V, what each state is worth. Which action is best in state s, and what "
        "is s worth then?",
        "That is one equation in V on both sides. Start with V = 0 and apply it again and again: "
        "each sweep shrinks the error by γ.",
        "Some hundred times: `Q = R + gamma * P @ V`, `V = Q.amax(-1)`. (`P @ V` sums over the "
        "last axis of P.) At the end `Q.argmax(-1)` is the policy.",
    ),
    check=compared(
        settle,
        Case(
            "two states, two actions, γ = 0.8. In state 0, action 0 pays 2 and leads to state 1; "
            "action 1 pays 1 and stays. State 1 is a trap: both actions stay, and pay 0 and −1. "
            "So R is (2, 1) and (0, −1). Working for ever is worth 1 + 0.8 + 0.64 + … = 5",
            TRAP_P,
            TRAP_R,
            0.8,
        ),
        Case(
            "two states, two actions, γ = 0.5. R is (0, 1) in state 0 and (3, 2) in state 1. "
            "Action 0 leads to either state with probability ½, from both; action 1 stays",
            SLIDE_P,
            SLIDE_R,
            0.5,
        ),
        Drawn("five states, three actions, γ = 0.8", *world(1), 0.8),
        Drawn("five other states, γ = 0.9", *world(2), 0.9),
        mistakes=MISTAKES,
        tolerance=1e-3,
    ),
)
