"""Matching nets: each support picture votes, the louder the more alike it is (notebook 07).

Vinyals et al. 2016, eq. 1: P(y|x) = Σ_i a(x, x_i) y_i, the weights a a softmax over the support.
What is compared decides everything. A raw cosine lies in [−1, 1], so among n classes with one
picture each no probability can pass e / (e + (n − 1)/e): 65 % at 5 ways, 28 % at 20. The net can't
be sure, and the cross-entropy never lets go. A learned factor before the cosine mends that. With
minus the squared distance and one shot, it is a prototypical net, from whose weights the third
variant works; with more shots the votes of a class are added instead of its features averaged.
Trained as `prototypical.py` is, on the same episodes.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot.rivals.nearest import cosines
from course_lib.few_shot.rivals.prototypical import QUERIES, SHOTS, WAYS, squared_distances
from course_lib.few_shot.rivals.rival import (
    Look,
    Pair,
    Params,
    Rival,
    Training,
    log_sum_by_class,
)  # fmt: skip
from course_lib.nets.stored_norm import features_alone, features_together, init_body
from course_lib.tasks import episodes
from course_lib.tasks.variations import varied as varied_pictures

FIRST_FACTOR = 10.0  # of the cosine, before it is learned


def init_scaled(gen: torch.Generator, device=None) -> Params:
    """The body, and the logarithm of the factor before the cosine."""
    factor = torch.tensor(math.log(FIRST_FACTOR), device=device)
    return {**init_body(gen, device), "log_factor": factor}


def likeness(theta: Params, f: Tensor, g: Tensor) -> Tensor:
    """What the softmax is taken of: the cosines, times the learned factor where there is one."""
    factor = theta["log_factor"].exp() if "log_factor" in theta else 1.0
    return factor * cosines(f, g)


def log_shares(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """log softmax_i of the likeness of the query and support picture i: [tasks, queries, rows]."""
    f, g = features_alone(theta, queries), features_alone(theta, support[0])
    return likeness(theta, f, g).log_softmax(-1)


def log_shares_l2(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The same with minus the squared distance."""
    f, g = features_alone(theta, queries), features_alone(theta, support[0])
    return (-squared_distances(f, g)).log_softmax(-1)


def voting(log_shares: Callable) -> dict[str, Callable | Look]:
    """A rival's answer, log Σ_{i in c} of the shares of class c, and its look, the shares."""

    def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
        found = log_shares(theta, support, queries, num_ways)
        return log_sum_by_class(found, support[1], num_ways)

    def look(*asked) -> Tensor:
        return log_shares(*asked).exp()

    return {"answer": answer, "look": Look("the picture's share of the votes", "share", look)}


def objective(theta: Params, images: Tensor, gen: torch.Generator, *, varied=False) -> Tensor:
    """−log P(right class), the mean over one 60-way episode's queries; one support picture each.

    Of other characters, made of the same drawings, where `varied`.
    """
    (xs, ys), (xq, yq) = episodes.sample_episode(
        images, num_ways=WAYS, num_shots=SHOTS, num_queries=QUERIES, gen=gen
    )
    x = torch.cat([xs, xq])
    if varied:
        x = varied_pictures(x, torch.cat([ys, yq]), WAYS, gen)
    f = features_together(theta, x)
    return F.cross_entropy(likeness(theta, f[len(xs) :], f[: len(xs)]), yq)


def largest_probability(num_ways: int) -> float:
    """The most that a raw cosine can give to one of n classes of one picture each."""
    return math.e / (math.e + (num_ways - 1) / math.e)


SCALED = Rival(
    name="matching",
    family="distance",
    definition="Each support picture votes for its label by its cosine, times a learned factor.",
    formula="p(c|x) = Σ_{i in c} softmax_i τ cos(f(x), f(x_i))",
    paper="matching",
    init=init_scaled,
    **voting(log_shares),
    training=Training(
        objective, iterations=3000, longer=30_000, lr=1e-3,
        facts={"ways": WAYS, "shots": SHOTS, "queries": QUERIES}, longer_changes={"varied": True},
    ),
)  # fmt: skip
RAW = SCALED._replace(
    name="matching-raw",
    definition="Each support picture votes for its label by its bare cosine.",
    formula="p(c|x) = Σ_{i in c} softmax_i cos(f(x), f(x_i))",
    paper="matching-raw",
    init=init_body,
    training=SCALED.training._replace(longer=0),
)
L2 = SCALED._replace(
    name="matching-l2",
    definition="Each support picture votes for its label by minus its squared distance.",
    formula="p(c|x) = Σ_{i in c} softmax_i −‖f(x) − f(x_i)‖²",
    paper="matching-l2",
    **voting(log_shares_l2),
    training=None,
    theta_of="prototypical",  # at one shot it is the same thing, and so is its training
)
