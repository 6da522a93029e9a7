"""Class probabilities for anybody's pictures: show a few of each class, ask about others."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Shaped
from PIL import Image
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from course_lib import few_shot
from course_lib.maml import Pair, Params, check_inner, inner_path
from course_lib.tasks.characters import SIDE
from course_lib.training import load_checkpoint

SIDES = (28, 105)  # the sizes that Omniglot comes in
DEFAULT = "omniglot-any"


class Learner(NamedTuple):
    """A checkpoint ready to adapt: θ, and the α and the number of steps it is used with."""

    theta: Params
    alpha: float
    steps: int
    made: dict


def load_learner(checkpoint: str = DEFAULT, device=None) -> Learner:
    """The few-shot learner that a checkpoint holds.

    Errors: FileNotFoundError naming the checkpoints there are; ValueError for another kind.
    """
    theta, made = load_checkpoint(checkpoint, device=device)
    if "alpha" not in made or "body" not in made:
        raise ValueError(f"The checkpoint {checkpoint!r} is no few-shot classifier.")
    return Learner(theta, made["alpha"], made["steps"], made)


def classify(
    support_x: Shaped[Tensor | np.ndarray, "pictures ..."],
    support_y,
    query_x: Shaped[Tensor | np.ndarray, "queries ..."],
    *,
    checkpoint: str = DEFAULT,
    alpha: float | None = None,
    steps: int | None = None,
    ink: int | None = None,
    transductive: bool = False,
    device=None,
) -> Float[Tensor, "queries ways"]:
    """The probability of each class for each query picture, after adapting to the support.

    `support_x` [n·k, side, side] and `query_x` [queries, side, side] are pictures of side 28 or
    105, bool, uint8 (0…255) or floating point (0…1), with a channel axis of length 1 if you like.
    `support_y` holds n·k labels 0…n−1, every class at least once, in any order. `ink=1` says that
    strokes are bright on black, `ink=0` that they are dark on white; None looks: paper is what
    most pixels are. `alpha` and `steps` default to those of the checkpoint's training.
    Row i sums to one. A query is normalised with the support and without the other queries; with
    `transductive=True` all queries are normalised together, as in the paper: better where there
    are several of each class, useless for one alone.
    Errors: ValueError, in a sentence, for another size, labels with gaps, a fixed-n checkpoint of
    another n, negative α or steps; FileNotFoundError for a checkpoint that is not there.
    """
    learner = load_learner(checkpoint, device)
    both = [_unit(support_x, "support_x"), _unit(query_x, "query_x")]
    if ink is None:
        ink = int(torch.cat([x.flatten() for x in both]).median() < 0.5)
    if ink not in (0, 1):
        raise ValueError(f"ink is {ink}: say 1 for bright strokes, 0 for dark ones, or None.")
    xs, xq = (resized(x if ink else 1 - x).to(device) for x in both)
    ys, num_ways = _labels(support_y, len(xs))
    return predict(
        learner.theta, (xs, ys.to(device)), xq, num_ways=num_ways, transductive=transductive,
        alpha=learner.alpha if alpha is None else alpha,
        steps=learner.steps if steps is None else steps,
    )[-1]  # fmt: skip


def predict(
    theta: Params,
    support: Pair,
    query_x: Tensor,
    *,
    num_ways: int,
    alpha: float,
    steps: int,
    transductive: bool = False,
) -> Float[Tensor, "path queries ways"]:
    """Class probabilities after 0, 1, …, K inner steps: pictures [·, 1, 28, 28], ink is 1."""
    check_inner(alpha, steps)
    inner = {"num_ways": num_ways, "alpha": alpha, "steps": steps}
    if transductive:
        return few_shot.path_logits(theta, support, query_x, **inner).softmax(-1)
    body = few_shot.body_of(theta)

    def alone(phi: Params, picture: Tensor) -> Tensor:
        return body.features(phi, torch.cat([support[0], picture[None]]))[-1]

    with torch.no_grad():
        start = few_shot.with_head(theta, num_ways)
        path = inner_path(few_shot.loss_of(body), start, support, lr=alpha * num_ways, steps=steps)
        logits = [
            few_shot.linear_head(phi, vmap(alone, in_dims=(None, 0), chunk_size=16)(phi, query_x))
            for phi in path
        ]
    return F.softmax(torch.stack(logits), -1)


def _unit(x, name: str) -> Tensor:
    """Pictures as float [pictures, side, side] in [0, 1]."""
    x = torch.as_tensor(np.asarray(x) if not isinstance(x, Tensor) else x)
    if x.ndim == 4 and x.shape[1] == 1:
        x = x[:, 0]
    if x.ndim != 3 or x.shape[1] != x.shape[2] or x.shape[1] not in SIDES or len(x) == 0:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}: give pictures as [number, side, side] with a side "
            "of 28 or 105 pixels. Cut yours to a square and resize them first."
        )
    x = x.float() / 255 if x.dtype == torch.uint8 else x.float()
    if not torch.isfinite(x).all() or x.min() < 0 or x.max() > 1:
        raise ValueError(f"{name} leaves 0…1: give uint8 pictures, or divide yours by 255.")
    return x


def resized(x: Float[Tensor, "pictures height width"]) -> Float[Tensor, "pictures 1 28 28"]:
    """Pictures in [0, 1] of any square size at 28×28, resized as the training data were."""
    if x.shape[-1] != SIDE:
        grey = (x * 255).round().to(torch.uint8).numpy()
        size, how = (SIDE, SIDE), Image.Resampling.LANCZOS
        small = np.stack([np.asarray(Image.fromarray(g, "L").resize(size, how)) for g in grey])
        x = torch.from_numpy(small).float() / 255
    return x[:, None]


def _labels(labels, number: int) -> tuple[Tensor, int]:
    """Labels as int64 [pictures], and how many classes there are."""
    ys = torch.as_tensor(np.asarray(labels) if not isinstance(labels, Tensor) else labels)
    if ys.ndim != 1 or len(ys) != number or ys.is_floating_point():
        raise ValueError(f"support_y must hold {number} whole numbers, one for each picture.")
    num_ways = int(ys.max()) + 1
    if sorted(set(ys.tolist())) != list(range(num_ways)) or num_ways < 2:
        raise ValueError(
            f"support_y holds the labels {sorted(set(ys.tolist()))}: number your classes 0, 1, … "
            "without gaps, two at least."
        )
    return ys.long(), num_ways
