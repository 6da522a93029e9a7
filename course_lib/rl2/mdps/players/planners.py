"""Players that plan in a model of the world: greedy, ε-greedy, BEB, PSRL and OPSRL (notebook 10).

`n(s, a)` counts how often an action was tried in a state. "The mean model" is the MDP of posterior
means (see belief.py). To plan is backward induction over the ten steps of an episode. `prior` is
the mean of R(s, a) that a player starts from: 1 is the truth, and 0 fits the paper's numbers.
`estimate` says which model is taken for the world: a key of `ESTIMATES`.
"""

from collections.abc import Callable

import torch

from course_lib.rl2.mdps.players.belief import Belief
from course_lib.rl2.mdps.players.player import Player, Scores, planner
from course_lib.tasks.mdps import MDPs, MDPTrials, action_values

ESTIMATES: dict[str, tuple[str, Callable[[Belief], MDPs]]] = {
    "mean": ("the posterior mean model", Belief.mean),
    "map": ("the likeliest model (MAP)", Belief.likeliest),
    "raw": ("the raw means", Belief.counted),
}


def random_action() -> Player:
    """Every action with the same chance, every time: R(s, a) is 1 on average, so 10 an episode."""

    def live(trials: MDPTrials, gen: torch.Generator) -> None:
        for u in torch.rand(trials.horizon, trials.num_trials, generator=gen):
            trials.step((u * trials.num_actions).long())

    return Player("random", "every action with the same chance", live)


def greedy(prior: float = 1.0, estimate: str = "mean") -> Player:
    """The best plan for the estimated model, as if it were the truth."""
    name, model = estimated(estimate)

    def plan(belief: Belief, t: int, gen: torch.Generator) -> Scores:
        return action_values(model(belief))

    return planner("greedy", f"the best plan for {name}", plan, prior=prior)


def estimated(estimate: str) -> tuple[str, Callable[[Belief], MDPs]]:
    """An estimate's name in words, and the model that it makes of a belief.

    Errors: ValueError that names the estimates.
    """
    if estimate not in ESTIMATES:
        raise ValueError(f"estimate is {estimate!r}: choose one of {', '.join(ESTIMATES)}.")
    return ESTIMATES[estimate]


def eps_greedy(epsilon: float, prior: float = 1.0, estimate: str = "mean") -> Player:
    """With chance ε any action, else the greedy one; ε = 0 is `greedy`, ε = 1 `random_action`.

    Errors: ValueError for ε outside 0…1.
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon is {epsilon}: choose a chance from 0 (greedy) to 1 (random).")
    words = f"with chance {epsilon:g} any action, else the best plan for {estimated(estimate)[0]}"
    plan = greedy(prior, estimate).plan
    return planner("eps_greedy", words, plan, epsilon=epsilon, prior=prior)


def beb(beta: float, prior: float = 1.0) -> Player:
    """Bayesian exploration bonus: the best plan for the mean model with R(s, a) + β/(1 + n(s, a)).

    After Kolter & Ng 2009 (unchecked), whose count includes the prior's.
    Errors: ValueError for β < 0.
    """
    if not beta >= 0:
        raise ValueError(f"beta is {beta}: choose 0 (greedy) or more.")

    def plan(belief: Belief, t: int, gen: torch.Generator) -> Scores:
        mdps = belief.mean()
        bonus = beta / (1 + belief.tried)
        return action_values(mdps._replace(rewards=mdps.rewards + bonus))

    words = f"the best plan for the posterior mean model, with {beta:g}/(1 + n) added to rewards"
    return planner("beb", words, plan, prior=prior)


def psrl(prior: float = 1.0) -> Player:
    """Posterior sampling: the best plan for one MDP drawn from the posterior, every episode anew.

    Thompson sampling of whole worlds.   Source: Strens 2000; Osband et al. 2013 (unchecked).
    """

    def plan(belief: Belief, t: int, gen: torch.Generator) -> Scores:
        return action_values(belief.sample(gen))

    words = "the best plan for one MDP drawn from the posterior"
    return planner("psrl", words, plan, prior=prior)


def opsrl(num_samples: int, prior: float = 1.0) -> Player:
    """Optimistic posterior sampling: Q(s, a) = max_k Q_k(s, a) over K MDPs of the posterior.

    Each Q_k comes from its own backward induction; K = 1 is `psrl`.
    Errors: ValueError for fewer than one sample.
    """
    if num_samples < 1:
        raise ValueError(f"num_samples is {num_samples}: choose 1 (PSRL) or more.")

    def plan(belief: Belief, t: int, gen: torch.Generator) -> Scores:
        Q = action_values(belief.sample(gen))
        for _ in range(num_samples - 1):
            Q = torch.maximum(Q, action_values(belief.sample(gen)))
        return Q

    words = f"the highest action values of {num_samples} MDPs drawn from the posterior"
    return planner("opsrl", words, plan, prior=prior)
