"""What every few-shot system of the talk's tables is made of (notebook 07).

A *rival* learns a start θ from many tasks, then answers in a new one: it is shown a support, a few
pictures of each of n classes, and says for each query picture how probable each class is. All have
one signature, so they can be trained, tested and drawn side by side. A file of this folder holds a
system, or one with its variants, and can be read alone.

The contract, which tests hold for all that `all_rivals()` finds:

- `init(gen, device) -> θ`, a dict of tensors; empty for a system that learns nothing.
- `answer(θ, support, queries, num_ways)`: support = (x [tasks, rows, 1, 28, 28] in 0…1 with ink 1,
  y [tasks, rows] in 0…n−1, each class at least once, in any order), queries [tasks, q, 1, 28, 28].
  Gives log-probabilities [tasks, q, ways]. Permuted classes, supports or queries permute the
  answer. What is said of a query depends on no other query, unless `transductive` is true. `ask`
  is the same, and tells in a sentence what can't be meant.
- `training` says how θ is learned. It is None where nothing is learned, and where another rival's
  θ is used: `theta_of` is its name. Where recipes of another lesson have trained the system longer,
  `longest` has their checkpoints, by data set.
- `said_in_sequence(θ, x, y)`, for nets that read: pictures [tasks, time, 1, 28, 28] come in turn, y
  [tasks, time] are their labels; gives the label said of each, [tasks, time], before it is shown.
- `training.objective(θ, images, gen)` is the loss of a fresh batch, a scalar to differentiate;
  `images` [classes, drawings, 28, 28] is uint8. The same `gen` draws the same batch.
- `training.finish(θ, images, held_out, gen)` makes of the trained weights what `answer` needs and
  no more: a head for training is dropped, statistics are stored, choices are made on `held_out`,
  the pictures of meta-validation. `answer` needs a θ that has been finished.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground.types import Pair, Params
from course_lib.nets.stored_norm import with_statistics
from course_lib.tasks import episodes

STATISTICS = 4096  # pictures whose means and variances are stored


def keep_statistics(
    theta: Params, images: Tensor, held_out: Tensor, gen, *, number: int = STATISTICS
) -> Params:
    """θ with the statistics of `number` meta-training pictures: the usual `finish`."""
    pictures = images.flatten(0, 1)
    chosen = torch.randint(len(pictures), (number,), generator=gen).to(images.device)
    return with_statistics(theta, episodes.to_unit(pictures[chosen][None])[0])


class Training(NamedTuple):
    """How θ is learned: `iterations` steps of Adam from `lr` down to 0 along half a cosine.

    `iterations` take about five minutes of one core, the same for every system; `longer`, where it
    is not 0, is the number for the system's own best, for which `longer_changes` may change the
    keywords of `objective`. `start` is the checkpoint, with "{data}" in it, whose weights the
    longer training begins with, where they have the names of its own; its minutes count too.
    `facts`, and those changes, go into the checkpoint.
    """

    objective: Callable[[Params, Tensor, torch.Generator], Tensor]
    iterations: int
    lr: float
    facts: dict
    finish: Callable[[Params, Tensor, Tensor, torch.Generator], Params] = keep_statistics
    longer: int = 0
    longer_changes: dict = {}  # noqa: RUF012
    start: str = ""


class Look(NamedTuple):
    """What a system holds a query against: `of(θ, support, queries, num_ways)`.

    That is a number for each support picture, [tasks, queries, rows]; a class that is compared as a
    whole lends its number to all its pictures. `words` say what it is. A "share" lies in 0…1; of
    it and of a "cosine" the largest is nearest, of a "distance" the least.
    """

    words: str
    kind: Literal["share", "cosine", "distance"]
    of: Callable[[Params, Pair, Tensor, int], Tensor]


class Rival(NamedTuple):
    """One few-shot system. `family` says what it adapts in a task; `paper` whose numbers it has.

    `paper` is the `method` of the rows of `results/papers.json`. `protocol` says how its answers
    are counted there: by n-way k-shot tasks, or by instance in a sequence. `look` is None for
    systems whose answer no support picture lends.
    """

    name: str
    family: Literal["nothing", "distance", "memory", "weights"]
    definition: str
    formula: str
    paper: str
    init: Callable[..., Params]
    answer: Callable[[Params, Pair, Tensor, int], Tensor]
    training: Training | None = None
    theta_of: str = ""
    longest: dict[str, str] = {}  # noqa: RUF012
    said_in_sequence: Callable[[Params, Tensor, Tensor], Tensor] | None = None
    transductive: bool = False
    protocol: Literal["n-way k-shot", "by instance"] = "n-way k-shot"
    look: Look | None = None

    def ask(
        self, theta: Params, support: Pair, queries: Tensor, num_ways: int
    ) -> Float[Tensor, "tasks queries ways"]:
        """`answer`, for what has been looked at first.

        Errors: ValueError, in a sentence, for shapes, labels or pictures that can't be meant.
        """
        check_asked(support, queries, num_ways)
        return self.answer(theta, support, queries, num_ways)


def check_asked(support: Pair, queries: Tensor, num_ways: int) -> None:
    """Raise a ValueError, in a sentence, where these are no tasks."""
    x, y = support
    for name, pictures in (("The support", x), ("The queries", queries)):
        if pictures.ndim != 5 or 0 in pictures.shape:
            raise ValueError(
                f"{name} have shape {tuple(pictures.shape)}: give pictures as [tasks, pictures, "
                "1, 28, 28]; of one task as x[None]."
            )
        if not pictures.is_floating_point() or not torch.isfinite(pictures).all():
            raise ValueError(f"{name} must be finite numbers in 0…1: divide uint8 by 255.")
    if y.shape != x.shape[:2] or y.is_floating_point():
        raise ValueError(
            f"Labels of shape {tuple(y.shape)} don't fit pictures of shape {tuple(x.shape)}: give "
            "a whole number for each support picture."
        )
    if len(queries) != len(x) or queries.shape[2:] != x.shape[2:]:
        raise ValueError(
            f"{len(x)} supports of {tuple(x.shape[2:])} and {len(queries)} piles of queries of "
            f"{tuple(queries.shape[2:])}: give one pile for each task, of pictures of one size."
        )
    if num_ways < 2:
        raise ValueError(f"num_ways is {num_ways}: show two classes at least.")
    seen = (y[..., None] == torch.arange(num_ways, device=y.device)).any(1)
    if not seen.all() or y.min() < 0 or y.max() >= num_ways:
        raise ValueError(
            f"The labels of a task must be 0…{num_ways - 1}, each of them at least once."
        )


def class_means(
    values: Float[Tensor, "tasks rows numbers"], y: Tensor, num_ways: int
) -> Float[Tensor, "tasks ways numbers"]:
    """The mean of the rows of each class."""
    truth = F.one_hot(y, num_ways).to(values.dtype)
    return truth.mT @ values / truth.sum(1)[..., None]


def for_each_row(
    values: Float[Tensor, "tasks queries ways"], y: Tensor
) -> Float[Tensor, "tasks queries rows"]:
    """The value of each support picture's class."""
    return values.gather(-1, y[:, None].expand(-1, values.shape[1], -1))


def log_sum_by_class(
    logs: Float[Tensor, "tasks queries rows"], y: Tensor, num_ways: int
) -> Float[Tensor, "tasks queries ways"]:
    """log Σ_{i in c} exp(logs_i): what the support pictures of each class say together."""
    other = F.one_hot(y, num_ways).mT[:, None] == 0  # [tasks, 1, ways, rows]
    return logs[:, :, None].masked_fill(other, -torch.inf).logsumexp(-1)
