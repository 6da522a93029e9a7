"""Class probabilities for anybody's pictures: show a few of each class, ask about others
(notebook 06)."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from course_lib import few_shot
from course_lib.few_shot import rival_recipes, rivals
from course_lib.few_shot.given import classes_of, pages, places
from course_lib.ground.types import Pair, Params
from course_lib.nets.models import linear_head
from course_lib.tasks.characters import SIDE
from course_lib.tasks.ink import Blank, ink_of
from course_lib.training.loop import load_checkpoint

__all__ = ["Learner", "classes_of", "classify", "load_learner", "predict", "resized"]

DEFAULT = "omniglot-any-varied"  # it has met many pens: see notebook 07
MAML = "maml"


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
    if not isinstance(checkpoint, str) or Path(checkpoint).name != checkpoint:
        raise ValueError(
            f"checkpoint is {checkpoint!r}: give the name of one that comes with the course, such "
            f"as {DEFAULT!r}, and no path."
        )
    theta, made = load_checkpoint(checkpoint, device=device)
    if "alpha" not in made or "body" not in made:
        raise ValueError(f"The checkpoint {checkpoint!r} is no few-shot classifier.")
    return Learner(theta, made["alpha"], made["steps"], made)


def classify(
    support_x,
    support_y,
    query_x,
    *,
    method: str = MAML,
    checkpoint: str | None = None,
    alpha: float | None = None,
    steps: int | None = None,
    ink: int | None = None,
    transductive: bool = False,
    device=None,
) -> Float[Tensor, "queries ways"]:
    """The probability of each class for each query picture, after adapting to the support.

    `support_x` [n·k, height, width] and `query_x` [queries, height, width] are grey pictures of any
    size and range, or with a channel axis of length 1, 3 or 4 at the end or in front; or a list or
    a `Dataset` of pictures, of Pillow's too, whose sizes may differ. They are padded to squares and
    resized as the training data were. `support_y` holds n·k labels, every class at least once, in
    any order; anything hashable may be a label. Column j of the answer is the j-th label of
    `classes_of(support_y)`: of labels 0…n−1, label j.
    Where the ink is and how strong is decided for each picture by itself, so drawings and photos
    may be mixed. `ink=1` says that strokes are bright on black, `ink=0` dark on white; None looks.
    `method` is MAML, or another system of notebook 07 by its name, such as "prototypical", with
    what it has learned from Omniglot.
    `checkpoint` is MAML's, "omniglot-any-varied" unless you say another; `alpha` and `steps`
    default to those of its training.
    Row i sums to one. A query is normalised with the support and without the other queries; with
    `transductive=True` all queries are normalised together, as in the paper: better where there
    are several of each class, useless for one alone.
    The nets have learned from characters that thin pens drew. On other pictures the nearest
    neighbour by pixels may be better. It is on scikit-learn's digits (8×8), 5-way 1-shot, 60 tasks:
    75 %, against about 56 % as they are, 71 % when they are cut out as `read_pictures` does.
    Errors: ValueError, in a sentence, for pictures without ink or with NaN, labels that don't fit,
    a fixed-n checkpoint of another n, negative α or steps, a device that isn't there, a method
    that is unknown, or one that is not MAML with what only MAML has;
    FileNotFoundError for a checkpoint that is not there.
    """
    if ink not in (None, 0, 1):
        raise ValueError(f"ink is {ink!r}: say 1 for bright strokes, 0 for dark ones, or None.")
    if method != MAML and (transductive or [checkpoint, alpha, steps] != [None] * 3):
        raise ValueError(f"checkpoint, alpha, steps and transductive are MAML's, not {method!r}'s.")
    rival, device = rivals.find(method), _there(device)
    xs = _inked(support_x, "support_x", ink).to(device)
    ys, num_ways = places(support_y, len(xs))
    xq = _inked(query_x, "query_x", ink).to(device)
    if method != MAML:
        theta, _ = rival_recipes.load(rival, "omniglot", device=device)
        with torch.no_grad():
            return rival.ask(theta, (xs[None], ys[None].to(device)), xq[None], num_ways)[0].exp()
    learner = load_learner(checkpoint or DEFAULT, device)
    return answer(
        learner.theta, (xs, ys.to(device)), xq, num_ways=num_ways, transductive=transductive,
        alpha=learner.alpha if alpha is None else alpha,
        steps=learner.steps if steps is None else steps,
    )  # fmt: skip


@torch.no_grad()
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
    path = few_shot.walk(theta, support, num_ways=num_ways, alpha=alpha, steps=steps)
    return torch.stack([_chances(phi, support, query_x, transductive) for phi in path])


@torch.no_grad()
def answer(
    theta: Params, support: Pair, query_x: Tensor, *, transductive: bool = False, **inner
) -> Float[Tensor, "queries ways"]:
    """The last row of `predict`, without the others; `inner` is num_ways, alpha and steps."""
    *_, phi = few_shot.walk(theta, support, **inner)
    return _chances(phi, support, query_x, transductive)


def _chances(
    phi: Params, support: Pair, query_x: Tensor, transductive: bool
) -> Float[Tensor, "queries ways"]:
    """What adapted weights say: of each query by itself, beside the support, or of all together."""
    if transductive:
        return few_shot.logits(phi, query_x).softmax(-1)
    body = few_shot.body_of(phi)

    def alone(picture: Tensor) -> Tensor:
        return body.features(phi, torch.cat([support[0], picture[None]]))[-1]

    if len(query_x) > 1:
        return F.softmax(linear_head(phi, vmap(alone, chunk_size=16)(query_x)), -1)
    return F.softmax(linear_head(phi, alone(query_x[0])[None]), -1)  # as above, but sooner


def _there(device):
    """`device`. Errors: ValueError where torch can't compute on it here."""
    if device is not None:
        try:
            torch.zeros(1, device=device).tolist()  # "meta" has no numbers
        except (AssertionError, RuntimeError, TypeError) as problem:
            raise ValueError(f"There is no device {device!r} here: leave it out.") from problem
    return device


def _inked(x, name: str, ink: int | None) -> Float[Tensor, "pictures 1 28 28"]:
    """Pictures of any size and range as ink 1 on paper 0, at 28×28."""
    inked = []
    for i, grey in enumerate(pages(x, name)):
        try:
            page = torch.from_numpy(ink_of(grey, None if ink is None else bool(ink))).float()
        except Blank as problem:
            hint = "" if ink is None else f" with ink={ink}: leave ink out"
            raise ValueError(f"{name}[{i}] {problem}{hint}.") from problem
        inked.append(resized(_square(page)[None])[0])
    return torch.stack(inked)


def _square(page: Float[Tensor, "height width"]) -> Float[Tensor, "side side"]:
    """A picture with paper, 0, beside or above it."""
    height, width = page.shape
    side = max(height, width)
    above, left = (side - height) // 2, (side - width) // 2
    return F.pad(page, (left, side - width - left, above, side - height - above))


def resized(x: Float[Tensor, "pictures height width"]) -> Float[Tensor, "pictures 1 28 28"]:
    """Pictures in [0, 1] of any square size at 28×28, resized as the training data were."""
    if x.shape[-1] != SIDE:
        grey = (x * 255).round().to(torch.uint8).numpy()
        size, how = (SIDE, SIDE), Image.Resampling.LANCZOS
        small = np.stack([np.asarray(Image.fromarray(g, "L").resize(size, how)) for g in grey])
        x = torch.from_numpy(small).float() / 255
    return x[:, None]
