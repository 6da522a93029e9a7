"""Siamese nets: are these two pictures the same character? (notebook 07)

Koch, Zemel & Salakhutdinov 2015: p = σ(Σ_j α_j |f(x)_j − f(x′)_j| + b), trained on pairs, half of
them of one character. An n-way task is n questions, and the surest yes wins. With k shots a class
answers with the mean p of its k pairs; the paper has one shot only.
A batch holds 60 characters with one picture each and five more of each. All 60 · 300 pairs of it
are asked: each batch is normalised once for many pairs, and the 300 same ones weigh half.
Theirs: 105×105 pictures, a deeper net, affine distortions, another protocol (20 characters of one
alphabet), where it reached 92.0. The talk's row is a re-implementation by Vinyals et al. 2016 that
was fine-tuned on each support.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

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

WAYS, SHOTS, QUERIES = 60, 1, 5


def init(gen: torch.Generator, device=None) -> Params:
    """The body, and α and b: at first every difference speaks against "the same"."""
    body = init_body(gen, device)
    weights = -torch.ones(len(body["scale3"]), device=device)
    return {**body, "weights": weights, "bias": torch.ones((), device=device)}


def log_odds(theta: Params, f: Tensor, g: Tensor) -> Tensor:
    """log p / (1 − p) that row i of f and row j of g are the same character: [..., i, j]."""
    return (f[..., :, None, :] - g[..., None, :, :]).abs() @ theta["weights"] + theta["bias"]


def asked_pairs(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The log odds of each query with each support picture: [tasks, queries, rows]."""
    return log_odds(theta, features_alone(theta, queries), features_alone(theta, support[0]))


def look(*asked) -> Tensor:
    """p(same) of each query with each support picture."""
    return asked_pairs(*asked).sigmoid()


def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """log p(c|x): each class's mean p(same), divided by their sum over classes."""
    y = support[1]
    same = F.logsigmoid(asked_pairs(theta, support, queries, num_ways))
    shots = F.one_hot(y, num_ways).sum(1)[:, None]
    return (log_sum_by_class(same, y, num_ways) - shots.log()).log_softmax(-1)


def objective(theta: Params, images: Tensor, gen: torch.Generator, *, varied=False) -> Tensor:
    """Binary cross-entropy of a batch's pairs, the same ones and the different ones half each.

    Of other characters, made of the same drawings, where `varied`.
    """
    (xs, ys), (xq, yq) = episodes.sample_episode(
        images, num_ways=WAYS, num_shots=SHOTS, num_queries=QUERIES, gen=gen
    )
    x = torch.cat([xs, xq])
    if varied:
        x = varied_pictures(x, torch.cat([ys, yq]), WAYS, gen)
    f = features_together(theta, x)
    odds = log_odds(theta, f[len(xs) :], f[: len(xs)])
    same = yq[:, None] == ys
    return -(F.logsigmoid(odds[same]).mean() + F.logsigmoid(-odds[~same]).mean()) / 2


SIAMESE = Rival(
    name="siamese",
    family="distance",
    definition="A net says of two pictures whether they are the same; the surest yes wins.",
    formula="ŷ = argmax_c 1/k Σ_{i in c} σ(Σ_j α_j |f(x)_j − f(x_i)_j| + b)",
    paper="siamese",
    init=init,
    answer=answer,
    look=Look("p(the same character)", "share", look),
    training=Training(
        objective, iterations=2700, longer=30_000, lr=1e-3,
        facts={"ways": WAYS, "shots": SHOTS, "queries": QUERIES}, longer_changes={"varied": True},
    ),
)  # fmt: skip
