"""What no player can exceed on average: exact where it can be computed, else an upper bound
(notebook 09)."""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.rl2.bandits.players.optimum import optimal_value
from course_lib.tasks.bandits import check_horizon

EXACT_UP_TO = 12  # pulls
KNOTS = 16


class Ceiling(NamedTuple):
    """An expected total reward that no player exceeds, and what it is."""

    value: float
    kind: str


def prophet_bound(horizon: int, num_arms: int) -> float:
    """What one would get who knows the best arm from the start: n·E[max of k uniforms] = nk/(k+1).

    Errors: ValueError for a horizon or num_arms below 1.
    """
    _check(horizon, num_arms)
    return horizon * num_arms / (num_arms + 1)


@lru_cache(maxsize=32)
def lagrangian_bound(horizon: int, num_arms: int, iterations: int = 150) -> float:
    """min over prices λ_1 … λ_n of Σ_t λ_t + k·V(λ): pulls are rationed by a price for each time.

    Let a player pull any number of arms at time t, as long as it is one *on average*: that can only
    help. At a price λ_t for a pull at time t the arms no longer compete, and V(λ) is what one arm
    alone is worth to who may pull it or leave it at every time. Any prices give an upper bound. It
    is convex in them; we go down along its slope 1 − k·P(pulled at t), prices being linear between
    `KNOTS` times, and keep the lowest bound met.   Source: Brown & Smith 2020 (unchecked).
    Errors: ValueError for a horizon or num_arms below 1.
    """
    _check(horizon, num_arms)
    knots = min(KNOTS, horizon)
    spread = _between(horizon, knots)
    theta = torch.full((knots,), 0.8, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([theta], lr=0.03)
    best = math.inf
    for i in range(iterations):
        adam.param_groups[0]["lr"] = 0.03 * (1 - i / iterations)
        prices = spread @ theta.detach()
        value, pulled = one_arm(prices)
        best = min(best, prices.sum().item() + num_arms * value)
        theta.grad = spread.T @ (1 - num_arms * pulled)
        adam.step()
    return best


def one_arm(
    prices: Float[Tensor, " horizon"],
) -> tuple[float, Float[Tensor, " horizon"]]:
    """What one arm is worth where a pull at time t costs prices[t], and P(pulled at t).

    V_t(s, f) = max(V_{t+1}(s, f), p − λ_t + p V_{t+1}(s+1, f) + (1 − p) V_{t+1}(s, f+1)), and
    P(pulled at t) is followed forward through the same states.
    """
    horizon = len(prices)
    s = torch.arange(horizon + 1, dtype=torch.float64)
    p = (s[:, None] + 1) / (s[:, None] + s + 2)
    V = torch.zeros(horizon + 1, horizon + 1, dtype=torch.float64)
    pulls = []
    for t in range(horizon - 1, -1, -1):
        n = t + 1  # after t pulls neither s nor f exceeds t
        here = p[:n, :n]
        pull = here * (1 + V[1 : n + 1, :n]) + (1 - here) * V[:n, 1 : n + 1] - prices[t]
        leave = V[:n, :n]
        pulls.append(pull > leave)
        V = torch.maximum(pull, leave)
    pulled = torch.zeros(horizon, dtype=torch.float64)
    chance = torch.ones(1, 1, dtype=torch.float64)
    for t, pull in enumerate(reversed(pulls)):
        going = chance * pull
        pulled[t] = going.sum()
        won = going * p[: t + 1, : t + 1]
        following = torch.zeros(t + 2, t + 2, dtype=torch.float64)
        following[:-1, :-1] = chance - going
        following[1:, :-1] += won
        following[:-1, 1:] += going - won
        chance = following
    return V[0, 0].item(), pulled


def _between(horizon: int, knots: int) -> Float[Tensor, "horizon knots"]:
    """Linear interpolation of `knots` evenly spaced values at `horizon` times, as a matrix."""
    at = torch.linspace(0, knots - 1, horizon, dtype=torch.float64)
    return (1 - (at[:, None] - torch.arange(knots)).abs()).clamp(min=0)


def ceiling(horizon: int, num_arms: int) -> Ceiling:
    """The exact optimum up to `EXACT_UP_TO` pulls; beyond, the lower one of the two bounds.

    Errors: ValueError for a horizon or num_arms below 1.
    """
    _check(horizon, num_arms)
    if horizon <= EXACT_UP_TO:
        return Ceiling(optimal_value(horizon, num_arms), "exact optimum")
    return min(
        Ceiling(prophet_bound(horizon, num_arms), "upper bound: the best arm known from the start"),
        Ceiling(
            lagrangian_bound(horizon, num_arms),
            "upper bound: pulls rationed by a price for each time",
        ),
    )


def _check(horizon: int, num_arms: int) -> None:
    check_horizon(horizon)
    if num_arms < 1:
        raise ValueError(f"num_arms is {num_arms}: choose 1 or more.")
