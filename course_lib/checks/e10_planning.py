"""Exercise 10.1: backward induction, what an action is worth to somebody who knows the world."""

import torch
from torch import Tensor

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
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


# Of the two actions the second leads from state 0 to state 1 with probability 0.3.
SMALL_P = torch.tensor([[[1.0, 0.0], [0.7, 0.3]], [[0.0, 1.0], [1.0, 0.0]]])
SMALL_R = torch.tensor([[1.0, 0.0], [2.0, 4.0]])
SMALL_SAYS = (
    "two states, two actions, {}. R is (1, 0) in state 0 and (2, 4) in state 1. Action 0 stays "
    "(probability 1, elsewhere 0). Action 1 leads from state 0 to state 1 with probability 0.3 and "
    "stays with 0.7; from state 1 it leads to state 0. With one step left the states are worth 1 "
    "and 4"
)


def random_world(seed: int) -> Drawn:
    """Transitions and rewards of four states and three actions; some ways lead nowhere."""
    gen = torch.Generator().manual_seed(seed)
    P = torch.rand(4, 3, 4, generator=gen).square()
    P = P * (P > 0.05)
    P = P / P.sum(-1, keepdim=True)
    says = "a random world of four states and three actions, five steps"
    return Drawn(says, P, torch.randn(4, 3, generator=gen), 5)


def by(after):
    """The plan with something else `after` each reward."""
    return lambda P, R, steps: backups(P, R, steps, after)


def most_probable(P: Tensor, Q: Tensor) -> Tensor:
    """The best in the state that is most probably reached."""
    return Q.amax(-1)[P.argmax(-1)]


def without_rewards(P: Tensor, R: Tensor, steps: int) -> Tensor:
    """The reward counted in the last step only."""
    Q = R
    for _ in range(steps - 1):
        Q = expected_best(P, Q)
    return 1 * Q


def with_discount(gamma: float) -> Mistake:
    """A discount that the task doesn't have."""
    return Mistake(
        "a discount that nobody asked for",
        "You discount what comes later. Here every step counts fully.",
        by(lambda P, Q: gamma * expected_best(P, Q)),
    )


ONE_MORE = "With one step left nothing comes after it: Q = R. You look one step further."
MISTAKES = [
    Mistake(
        "the transition forgotten",
        "You add the value of the state in which the action is taken. It leads somewhere else: "
        "average over where, with P.",
        by(lambda P, Q: Q.amax(-1, keepdim=True)),
    ),
    Mistake(
        "the maximum taken after averaging",
        "You choose one next action for all states that may be reached. The agent sees where it "
        "has "
        "come to and chooses then: first the maximum in each s′, then the average.",
        by(best_of_averages),
    ),
    Mistake(
        "random play from the next step on",
        "You average over the next actions. Who knows the world takes the best: maximum.",
        by(lambda P, Q: P @ Q.mean(-1)),
    ),
    Mistake(
        "the best that may happen",
        "You hope for the best state that can be reached. The world decides, not the agent: "
        "average "
        "with P.",
        by(hoped_for),
    ),
    Mistake("one step too many", ONE_MORE, one_too_many),
    Mistake(
        "only the next reward",
        "Your values stop at R. An action is also worth what can be done where it leads.",
        lambda P, R, n: R.clone(),
    ),
    Mistake(
        "transitions read backwards",
        "P[s, a, s′] leads from s to s′, which is the last axis. Sum over that.",
        by(turned),
    ),
    Mistake(
        "the reward forgotten",
        "You carry on what comes after, and forget R on the way. Each step pays its own R: Q = R + "
        "…",
        without_rewards,
    ),
    Mistake(
        "only the most probable state",
        "You go on from the state that is most probably reached. The others may be reached too: "
        "average over all of them, with P.",
        by(most_probable),
    ),
    Mistake(
        "the maximum over the wrong axis",
        "You take the maximum over the states. An agent can't choose its state; it chooses an "
        "action: `Q.amax(-1)`.",
        by(lambda P, Q: Q.amax(0)),
    ),
    Mistake(
        "the same reward again and again",
        "You multiply R by the number of steps, as if each action led back to its own state. "
        "Average over where it leads, with P.",
        lambda P, R, n: n * R,
    ),
    Mistake(
        "the states' values instead of the actions'",
        "You return what each state is worth. Asked is what each *action* is worth in each state: "
        "[states, actions].",
        lambda P, R, n: plan(P, R, n).amax(-1),
    ),
    with_discount(0.99),
    Mistake(
        "the worst instead of the best",
        "You take the minimum over the next actions. The agent takes the best.",
        by(lambda P, Q: P @ Q.amin(-1)),
    ),
    Mistake(
        "all next actions added up",
        "You add up what the next actions are worth. One of them is taken: the best.",
        by(lambda P, Q: P @ Q.sum(-1)),
    ),
    Mistake(
        "the best action instead of its worth",
        "You return which action is best. Asked is what each is worth.",
        lambda P, R, n: plan(P, R, n).argmax(-1),
    ),
]
ALSO = [
    *map(with_discount, (0.9, 0.95, 0.5, 0.999, 0.8)),
    Mistake(
        "the transition forgotten",
        "You add one and the same value everywhere: the best of all. An action leads somewhere: "
        "average over where, with P.",
        by(lambda P, Q: Q.max()),
    ),
    Mistake(
        "the transition forgotten",
        "You add what is best now in the same state and for the same action. An action leads "
        "somewhere: average over where, with P.",
        lambda P, R, n: backups(P, R, n, lambda P, Q: Q),
    ),
    Mistake(
        "greedy for the next reward",
        "You choose each next action by its R alone. What it is worth is R and all that comes "
        "after.",
        lambda P, R, n: backups(
            P, R, n, lambda P, Q: P @ Q.gather(-1, R.argmax(-1, keepdim=True))[:, 0]
        ),
    ),
    Mistake(
        "the maximum over the wrong axis",
        "You take the maximum over the states, and average over where the actions lead. An agent "
        "chooses an action: `Q.amax(-1)`.",
        by(lambda P, Q: (P * Q.amax(0).mean()).sum(-1)),
    ),
    Mistake(
        "the reward of the state that is reached",
        "You add the reward after the average over where the action leads. R[s, a] is paid at "
        "once.",
        lambda P, R, n: plan(P, R, n) - R + P @ R.amax(-1) if n > 1 else 1 * R,
    ),
    Mistake(
        "the same action all the time",
        "You let the same action be repeated. In each state that is reached the best one is taken: "
        "maximum.",
        by(lambda P, Q: torch.einsum("sat,ta->sa", P, Q)),
    ),
]

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
        Case(SMALL_SAYS.format("two steps"), SMALL_P, SMALL_R, 2),
        Case(SMALL_SAYS.format("one step (`steps = 1`)"), SMALL_P, SMALL_R, 1),
        Case(SMALL_SAYS.format("three steps"), SMALL_P, SMALL_R, 3),
        *telling(plan, MISTAKES, random_world),
        mistakes=MISTAKES,
        also=ALSO,
    ),
)
