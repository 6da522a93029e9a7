"""Gittins indices of a Bernoulli arm, and the player that pulls the arm of the highest index
(notebook 09).

Calibration: beside the arm stands a sure wage λ per pull, which one may take and keep for the
rest of the time. The index of the arm is the wage at which one is indifferent. With one pull left
it is the posterior mean; with more left it is higher, for what a pull teaches is worth something.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.rl2.bandits.players.player import Counts, Player
from course_lib.tasks.bandits import check_horizon

MOST_PULLS, MOST_PULLS_DISCOUNTED = 1000, 10_000  # their tables take 0.7 GB and 0.2 GB
WAGES = 256  # grid points of λ
CHUNK = 16  # grid points at a time: the arrays stay in the processor's cache


def wages(number: int) -> Float[Tensor, " number"]:
    """A grid of λ in [0, 1], dense at both ends: sin²(πi / 2(number − 1)).

    A posterior after N pulls is about 1/(2√N) wide on the scale of the angle, wherever it lies.
    """
    return torch.linspace(0, math.pi / 2, number, dtype=torch.float64).sin().square()


def surplus(
    horizon: int, wage: Float[Tensor, " wages"], dtype: torch.dtype = torch.float32
) -> Iterator[tuple[int, Float[Tensor, "wages size size"]]]:
    """What the first of m pulls is worth above the wage, C_m(s, f; λ), for m = 1 … horizon.

    C_m(s, f) = p − λ + p W_{m−1}(s+1, f) + (1 − p) W_{m−1}(s, f+1), W_m = max(0, C_m), W_0 = 0,
    with p = (s+1)/(s+f+2): after that pull one goes on with the arm, or takes the wage for good.
    Yields (m, C_m), s and f from 0 to horizon − m; only s + f ≤ horizon − m can occur. The array
    is overwritten in the next step.
    """
    s = torch.arange(horizon, dtype=torch.float64)
    p = (s[:, None] + 1) / (s[:, None] + s + 2)
    q, p, wage = (1 - p).to(dtype), p.to(dtype), wage.to(dtype)
    W = torch.zeros(len(wage), horizon + 1, horizon + 1, dtype=dtype)
    for m in range(1, horizon + 1):
        n = horizon - m + 1
        C = torch.addcmul(p[:n, :n], W[:, 1 : n + 1, :n], p[:n, :n])
        C.addcmul_(W[:, :n, 1 : n + 1], q[:n, :n]).sub_(wage[:, None, None])
        yield m, C
        W = C.clamp_(min=0)


def crossing(
    C: Float[Tensor, "wages *batch"], wage: Float[Tensor, " wages"]
) -> tuple[Float[Tensor, "*batch"], Tensor]:
    """The wage at which C, falling along axis 0, crosses 0, and whether it does.

    Linear between grid points. Where C keeps its sign on this grid, the value means nothing.
    """
    above = (C >= 0).sum(0)
    inside = (above > 0) & (above < len(wage))
    low = (above - 1).clamp(0, len(wage) - 2)
    here, there = C.gather(0, low[None])[0], C.gather(0, low[None] + 1)[0]
    share = here / (here - there)
    first, second = wage[low].to(C.dtype), wage[low + 1].to(C.dtype)
    return first + share * (second - first), inside


def place(successes: Int[Tensor, "*batch"], failures: Int[Tensor, "*batch"]) -> Tensor:
    """Where (s, f) stands in a packed table: N(N+1)/2 + s, N = s + f."""
    N = successes + failures
    return N * (N + 1) // 2 + successes


def packed_states(num_pulls: int) -> tuple[Int[Tensor, " packed"], Int[Tensor, " packed"]]:
    """All (s, f) with s + f < num_pulls, in the order of `place`."""
    N = torch.arange(num_pulls).repeat_interleave(torch.arange(1, num_pulls + 1))
    s = torch.arange(len(N)) - N * (N + 1) // 2
    return s, N - s


@lru_cache(maxsize=4)
def finite_indices(horizon: int, num_wages: int = WAGES) -> list[Float[Tensor, " packed"]]:
    """Index of every state (s, f) with m pulls left: `finite_indices(n)[m][place(s, f)]`.

    For m = 1 … n and s + f ≤ n − m; entry 0 is empty. n = 500 has 21 million indices (84 MB) and
    takes half a minute, so they are kept in memory, not in a file.
    Errors: ValueError for a horizon below 1 or above `MOST_PULLS`.
    """
    check_horizon(horizon)
    if horizon > MOST_PULLS:
        size = 4 * horizon**3 / 6 / 1e9
        raise ValueError(
            f"The indices for a horizon of {horizon} would take {size:.1f} GB: choose {MOST_PULLS} "
            "or less, or play `gittins_discounted(0.99)`."
        )
    dtype = torch.float64 if horizon <= 20 else torch.float32
    s, f = packed_states(horizon)
    sizes = [0] + [n * (n + 1) // 2 for n in range(horizon, 0, -1)]
    table = [torch.zeros(size, dtype=dtype) for size in sizes]
    grid = wages(num_wages)
    for start in range(0, num_wages - 1, CHUNK):
        part = grid[start : start + CHUNK + 1]  # one in common with the next part
        for m, C in surplus(horizon, part, dtype):
            index, inside = crossing(C, part)
            at = s[: sizes[m]], f[: sizes[m]]
            table[m] = torch.where(inside[at], index[at], table[m])
    return table


def surplus_alone(
    num_pulls: int, wage: Float[Tensor, " wages"], gamma: float
) -> Iterator[tuple[int, Float[Tensor, "wages states"]]]:
    """C_N(s; λ): what a pull is worth above the wage to who pulls no other arm, and its future.

    C_N(s) = p − λ + γ (p W_{N+1}(s+1) + (1 − p) W_{N+1}(s)), W = max(0, C), for N = s + f from
    num_pulls − 1 down to 0. After that nothing more is learned, and W = max(0, p − λ)/(1 − γ).
    Yields (N, C_N), s from 0 to N.
    """
    s = torch.arange(num_pulls + 1, dtype=torch.float64)
    W = ((s + 1) / (num_pulls + 2) - wage[:, None]).clamp(min=0) / (1 - gamma)
    for N in range(num_pulls - 1, -1, -1):
        p = (s[: N + 1] + 1) / (N + 2)
        C = p - wage[:, None] + gamma * (p * W[:, 1:] + (1 - p) * W[:, :-1])
        yield N, C
        W = C.clamp(min=0)


@lru_cache(maxsize=4)
def discounted_indices(
    gamma: float, num_pulls: int, num_wages: int = 8 * WAGES
) -> Float[Tensor, " packed"]:
    """Index of every state with s + f < num_pulls when rewards are discounted by γ for ever.

    Looks so many pulls ahead that the rest is worth less than 1e-6.
    Errors: ValueError for γ outside 0…0.999 (the table grows like 1/(1 − γ)²), and for num_pulls
    below 1 or above `MOST_PULLS_DISCOUNTED`.
    """
    check_horizon(num_pulls)
    if num_pulls > MOST_PULLS_DISCOUNTED:
        size = 4 * num_pulls**2 / 2 / 1e9
        raise ValueError(
            f"The indices for {num_pulls} pulls would take {size:.1f} GB: choose "
            f"{MOST_PULLS_DISCOUNTED} or less."
        )
    _check_gamma(gamma)
    ahead = math.ceil(math.log(1e-6 * (1 - gamma)) / math.log(gamma))
    grid = wages(num_wages)
    table = torch.zeros(num_pulls * (num_pulls + 1) // 2)
    for pulled, C in surplus_alone(num_pulls + ahead, grid, gamma):
        if pulled < num_pulls:
            first = pulled * (pulled + 1) // 2
            table[first : first + pulled + 1] = crossing(C, grid)[0].float()
    return table


def gittins() -> Player:
    """The arm of the highest finite-horizon index, for the pulls that are left now.

    Not exactly optimal (Gittins' theorem is about discounted rewards for ever), but at n = 10
    equal to the optimum to five decimals. The paper took the best of several approximations of
    the index for each cell (recalled, unchecked).
    """

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        left = counts.horizon - counts.t
        return finite_indices(counts.horizon)[left][place(counts.successes, counts.failures)]

    return Player(
        "gittins", "highest finite-horizon Gittins index for the pulls left; ties at random", scores
    )


def gittins_discounted(gamma: float) -> Player:
    """The arm of the highest index for rewards discounted by γ for ever: it ignores the horizon.

    Optimal for Σ_t γ^t r_t without end (Gittins 1979, unchecked), not for a plain sum of n pulls.
    Errors: ValueError for γ outside 0…0.999.
    """
    _check_gamma(gamma)

    def scores(counts: Counts, gen: torch.Generator) -> Float[Tensor, "instances arms"]:
        table = discounted_indices(gamma, counts.horizon, WAGES)
        return table[place(counts.successes, counts.failures)]

    words = f"highest Gittins index for rewards discounted by {gamma:g} for ever"
    return Player("gittins_discounted", f"{words}; ties at random", scores)


def _check_gamma(gamma: float) -> None:
    if not 0 < gamma <= 0.999:
        raise ValueError(f"gamma is {gamma}: choose a discount above 0 and up to 0.999.")
