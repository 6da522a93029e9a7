"""The nearest support picture lends its label: no learning in the task (notebook 07).

Three ideas of near: pixels by Euclid, pixels by the cosine of their angle, and the features of a
classifier that has been trained on the meta-training characters (`fine_tuning.py`), by cosine. The
last is the "baseline classifier" of Vinyals et al. 2016, Table 1 (unchecked).
The rule has no probabilities. For drawing, they are the softmax of what is compared, the nearest
picture of each class speaking for it: the largest is the rule's answer, its size means little.
Distances of pixels are those of whole grey levels 0…255, whose sums are exact on every processor.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot.rivals.rival import Look, Pair, Params, Rival
from course_lib.nets.stored_norm import features_alone, init_body


def nearest(likeness: Tensor, y: Tensor, num_ways: int) -> Tensor:
    """log softmax over classes of the largest likeness [tasks, queries, rows] among their rows."""
    other = F.one_hot(y, num_ways).mT[:, None] == 0
    return likeness[:, :, None].masked_fill(other, -torch.inf).amax(-1).log_softmax(-1)


def cosines(a: Tensor, b: Tensor) -> Tensor:
    """The cosine of the angle between each row of a and each of b; 0 for a row of zeros."""
    return F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).mT


def pixel_distances(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The Euclidean distances of the pixels, with ink 1: [tasks, queries, rows]."""
    levels = [(255 * x.flatten(2)).double().round() for x in (queries, support[0])]
    return (torch.cdist(*levels) / 255).float()


def pixel_cosines(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The cosines of the pixels: [tasks, queries, rows]."""
    return cosines(queries.flatten(2), support[0].flatten(2))


def feature_cosines(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The cosines of the features: [tasks, queries, rows]."""
    return cosines(*(features_alone(theta, x) for x in (queries, support[0])))


def by_euclid(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """Likeness: minus the Euclidean distance of the pixels."""
    found = pixel_distances(theta, support, queries, num_ways)
    return nearest(-found, support[1], num_ways)


def by_cosine(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """Likeness: the cosine of the pixels."""
    return nearest(pixel_cosines(theta, support, queries, num_ways), support[1], num_ways)


def by_features(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """Likeness: the cosine of the features."""
    return nearest(feature_cosines(theta, support, queries, num_ways), support[1], num_ways)


def init(gen: torch.Generator, device=None) -> Params:
    """Nothing is learned."""
    return {}


PIXELS = Rival(
    name="nearest-pixels",
    family="nothing",
    definition="The support picture that is nearest pixel by pixel lends its label.",
    formula="ŷ = y_i with i = argmin_i ‖x − x_i‖",
    paper="nearest neighbour",
    init=init,
    answer=by_euclid,
    look=Look("distance of the pixels", "distance", pixel_distances),
)
COSINE = PIXELS._replace(
    name="nearest-cosine",
    definition="The support picture whose pixels point most nearly the same way lends its label.",
    formula="ŷ = y_i with i = argmax_i cos(x, x_i)",
    answer=by_cosine,
    look=Look("cosine of the pixels", "cosine", pixel_cosines),
)
FEATURES = PIXELS._replace(
    name="nearest-features",
    definition="The nearest in the features of a classifier of other characters lends its label.",
    formula="ŷ = y_i with i = argmax_i cos(f(x), f(x_i))",
    paper="nearest features",
    answer=by_features,
    look=Look("cosine of the features", "cosine", feature_cosines),
    init=init_body,
    theta_of="fine-tuning",
)
