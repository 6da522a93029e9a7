"""Prototypical nets: a class is the mean of its pictures' features (notebook 07).

Snell, Swersky & Zemel 2017, eqs. 1 and 2. The distance is the *square* of the Euclidean one; then
the answer is linear in the query's features: −‖f − c‖² = 2 f·c − ‖c‖² − ‖f‖², and the last term is
the same for all classes. Trained on far more ways than it is tested on, 60, as theirs was for 5-way
tasks; one support picture and five queries a class, all in one batch for batch norm.
Theirs has max-pooling where our conv4 has strides, and halves its step size every 2000 episodes.
A longer training over-fits to 4112 characters, so there they are varied.
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
    class_means,
    for_each_row,
)  # fmt: skip
from course_lib.nets.stored_norm import features_alone, features_together, init_body
from course_lib.tasks import episodes
from course_lib.tasks.variations import varied as varied_pictures

WAYS, SHOTS, QUERIES = 60, 1, 5


def squared_distances(f: Tensor, centres: Tensor) -> Tensor:
    """‖f − c‖² for each pair of rows: [tasks, queries, ways]."""
    squares = f.square().sum(-1)[..., None] + centres.square().sum(-1)[..., None, :]
    return squares - 2 * f @ centres.mT


def from_prototypes(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """‖f(x) − mean of f over c's support‖² of each query and class c: [tasks, queries, ways]."""
    x, y = support
    prototypes = class_means(features_alone(theta, x), y, num_ways)
    return squared_distances(features_alone(theta, queries), prototypes)


def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """log softmax over classes of minus the squared distances."""
    return (-from_prototypes(theta, support, queries, num_ways)).log_softmax(-1)


def look(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The squared distance to the mean of each support picture's class."""
    return for_each_row(from_prototypes(theta, support, queries, num_ways), support[1])


def objective(
    theta: Params, images: Tensor, gen: torch.Generator, *, varied=False,
    ways: int = WAYS, shots: int = SHOTS, queries: int = QUERIES,
) -> Tensor:  # fmt: skip
    """The cross-entropy of one 60-way episode's queries, of other characters where `varied`."""
    (xs, ys), (xq, yq) = episodes.sample_episode(
        images, num_ways=ways, num_shots=shots, num_queries=queries, gen=gen
    )
    x = torch.cat([xs, xq])
    if varied:
        x = varied_pictures(x, torch.cat([ys, yq]), ways, gen)
    f = features_together(theta, x)
    prototypes = class_means(f[None, : len(xs)], ys[None], ways)
    distances = squared_distances(f[None, len(xs) :], prototypes)[0]
    return F.cross_entropy(-distances, yq)


PROTOTYPICAL = Rival(
    name="prototypical",
    family="distance",
    definition="A class is the mean of its pictures' features; the nearest mean wins.",
    formula="p(c|x) = softmax_c −‖f(x) − 1/k Σ_{i in c} f(x_i)‖²",
    paper="prototypical",
    init=init_body,
    answer=answer,
    look=Look("squared distance to the class's mean", "distance", look),
    training=Training(
        objective, iterations=3000, longer=30_000, lr=1e-3,
        facts={"ways": WAYS, "shots": SHOTS, "queries": QUERIES}, longer_changes={"varied": True},
    ),
)  # fmt: skip
