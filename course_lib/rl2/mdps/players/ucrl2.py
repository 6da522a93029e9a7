"""UCRL2: the best plan for the best of all worlds that what was seen does not rule out
(notebook 10).

For every state and action there is a set of rewards and of transition rows around what was seen,
the smaller the more often it was tried. Extended value iteration plans as if it could choose the
world as well: in the set, the reward at its top and the row that leads to the highest values.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.rl2.mdps.players.belief import Belief
from course_lib.rl2.mdps.players.planners import estimated
from course_lib.rl2.mdps.players.player import Player, Scores, planner
from course_lib.tasks.mdps import EPISODE, MDPs

DELTA = 0.05


def ucrl2(scale: float, prior: float = 1.0, estimate: str = "mean") -> Player:
    """The best plan for the best world of the confidence sets, whose widths are times `scale`.

    |R − R̂| ≤ c·√(4 L / max(1, n)) and ‖P − P̂‖₁ ≤ c·√(4 S L / max(1, m)), with L = ln(2 S A (t + 1)
    / δ), δ = 0.05, t steps done, n tries, m of them followed to the next state. R̂ and P̂ are the
    posterior means, or another estimate. After Jaksch et al. 2010 (unchecked), who have no prior
    (the estimate "raw"), other constants, and replan when a count has doubled instead of every
    episode; the scale c = 1 explores far too much here.   Errors: ValueError for a scale below 0.
    """
    if not scale >= 0:
        raise ValueError(f"scale is {scale}: choose 0 (greedy) or more.")
    name, model = estimated(estimate)
    around = "the posterior means" if estimate == "mean" else name

    def plan(belief: Belief, t: int, gen: torch.Generator) -> Scores:
        return extended_values(model(belief), *widths(belief, t, scale))

    words = (
        f"extended value iteration around {around}, widths {scale:.3g}·√(4 L / n) for "
        f"rewards and {scale:.3g}·√(4 S L / m) for rows, L = ln(2 S A (t + 1) / {DELTA})"
    )
    return planner("ucrl2", words, plan, prior=prior)


def widths(belief: Belief, t: int, scale: float) -> tuple[Tensor, Tensor]:
    """How far rewards, and how far rows, may be from their estimates after t steps.

    Both [tasks, states, actions]: c·√(4 L / max(1, n)) and c·√(4 S L / max(1, m)); see `ucrl2`.
    """
    _, S, A = belief.tried.shape
    width = scale * math.sqrt(4 * math.log(2 * S * A * (t + 1) / DELTA))
    slack_r = width / belief.tried.clamp(min=1).sqrt()
    return slack_r, width * math.sqrt(S) / belief.moves.sum(-1).clamp(min=1).sqrt()


def extended_values(
    mdps: MDPs,
    slack_r: Float[Tensor, "tasks states actions"],
    slack_p: Float[Tensor, "tasks states actions"],
    steps: int = EPISODE,
) -> Scores:
    """Q_t(s, a) = R + slack_r + max{P′·V_{t+1} : ‖P′ − P‖₁ ≤ slack_p}, V_t = max_a Q_t."""
    Q = mdps.rewards + slack_r
    found = [Q]
    for _ in range(steps - 1):
        best = best_rows(mdps.transitions, slack_p, Q.amax(-1))
        Q = mdps.rewards + slack_r + best
        found.append(Q)
    return torch.stack(found[::-1])


def best_rows(
    transitions: Float[Tensor, "tasks states actions states"],
    slack: Float[Tensor, "tasks states actions"],
    values: Float[Tensor, "tasks states"],
) -> Float[Tensor, "tasks states actions"]:
    """max P′·V over the rows P′ with ‖P′ − P‖₁ ≤ slack."""
    order = values.argsort(-1)  # the least valuable first
    ranked = values.gather(-1, order)[:, None, :, None]
    return (_hopeful(transitions, slack, order) @ ranked)[..., 0]


def hopeful_rows(
    transitions: Float[Tensor, "tasks states actions states"],
    slack: Float[Tensor, "tasks states actions"],
    values: Float[Tensor, "tasks states"],
) -> Float[Tensor, "tasks states actions states"]:
    """The rows P′ themselves that attain `best_rows`."""
    order = values.argsort(-1)
    index = order[:, None, None].expand_as(transitions)
    return torch.zeros_like(transitions).scatter(-1, index, _hopeful(transitions, slack, order))


def _hopeful(transitions: Tensor, slack: Tensor, order: Tensor) -> Tensor:
    """The best rows, states in `order` from the least valuable to the most.

    Half of the slack is added to the most valuable state (up to probability 1), and the same
    amount taken from the least valuable ones.
    """
    P = transitions.gather(-1, order[:, None, None].expand_as(transitions))
    room = torch.minimum(slack / 2, 1 - P[..., -1]).clamp(min=0)
    before = P.cumsum(-1) - P
    taken = torch.minimum((room[..., None] - before).clamp(min=0), P)
    taken[..., -1] = -room
    return P - taken
