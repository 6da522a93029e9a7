"""n-way k-shot episodes: few-shot classification tasks drawn from pictures sorted by class
(notebooks 00 and 06).

Everywhere, `images` is [class, drawer, height, width] (or [class, drawer, channel, height, width]),
uint8 with 0…255 or floating point. One episode is one task of meta-learning: `num_ways` classes,
`num_shots` pictures of each to learn from (support), `num_queries` others of each to be tested on.
"""

from typing import NamedTuple

import torch
from jaxtyping import Int, Shaped
from torch import Tensor

from course_lib.ground.asked import check_gen, check_whole

Pair = tuple[Tensor, Tensor]  # pictures x, labels y


class Episode(NamedTuple):
    """One task, or a stack of tasks on axis 0: `((xs, ys), (xq, yq))`.

    Of one task: xs [ways·shots, channel, height, width] in [0, 1], ys int64 [ways·shots] in
    0…ways−1; xq and yq likewise with ways·queries rows. Rows are sorted by label.
    """

    support: Pair
    query: Pair


class Draw(NamedTuple):
    """Which pictures make up each of `num_tasks` episodes, as indices into `images`.

    `classes` [tasks, ways]: the class that gets label 0, 1, …; `support` [tasks, ways, shots] and
    `query` [tasks, ways, queries]: the drawers taken of that class.
    """

    classes: Tensor
    support: Tensor
    query: Tensor


def draw_indices(
    num_classes: int,
    num_drawers: int,
    *,
    num_tasks: int,
    num_ways: int,
    num_shots: int,
    num_queries: int,
    gen: torch.Generator,
    device: torch.device | None = None,
) -> Draw:
    """The indices of `num_tasks` independent episodes: classes and drawers without replacement.

    A class gets its label by chance, anew in each episode. Support and query take different
    entries of *one* permutation of the drawers, so no picture can be in both. The indices lie on
    `device`; which they are does not depend on it.
    Errors: ValueError where a number is below 1 or asks for more than there is.
    """
    asked = {"num_tasks": num_tasks, "num_ways": num_ways}
    asked |= {"num_shots": num_shots, "num_queries": num_queries}
    check_gen(gen)
    check_whole(**asked)
    for name, number in asked.items():
        if number < 1:
            raise ValueError(f"{name} is {number}: choose 1 or more.")
    if num_ways > num_classes:
        raise ValueError(
            f"{num_ways} ways need {num_ways} classes, but this split holds {num_classes}: "
            "choose fewer ways or a larger split."
        )
    if num_shots + num_queries > num_drawers:
        raise ValueError(
            f"{num_shots} shots + {num_queries} queries per class exceed the {num_drawers} "
            "pictures of a class: choose fewer of either."
        )
    classes = torch.rand(num_tasks, num_classes, generator=gen).to(device)
    drawers = torch.rand(num_tasks, num_ways, num_drawers, generator=gen).to(device)
    classes, drawers = (  # of equal numbers the first, on every machine
        numbers.argsort(dim=-1, stable=True) for numbers in (classes, drawers)
    )
    query = drawers[..., num_shots : num_shots + num_queries]
    return Draw(classes[:, :num_ways], drawers[..., :num_shots], query)


def gather(images: Shaped[Tensor, "classes drawers ..."], draw: Draw) -> Episode:
    """The episodes that `draw` describes, stacked on axis 0, on the device of `images`."""
    classes = draw.classes.to(images.device)[:, :, None]
    return Episode(_pair(images, classes, draw.support), _pair(images, classes, draw.query))


def _pair(images: Tensor, classes: Tensor, drawers: Tensor) -> Pair:
    """The pictures at (class, drawer), and their labels 0…ways−1."""
    num_tasks, num_ways, per_class = drawers.shape
    x = to_unit(images[classes, drawers.to(images.device)].flatten(1, 2))
    labels = torch.arange(num_ways, device=images.device).repeat_interleave(per_class)
    return x, labels.expand(num_tasks, -1)


def to_unit(x: Shaped[Tensor, "..."]) -> Tensor:
    """Pictures in [0, 1] with a channel axis: 0…255 is divided by 255, grey gets one channel.

    `x` is [tasks, rows, height, width] or [tasks, rows, channel, height, width].
    """
    if x.dtype == torch.bool:
        x = x.float()
    elif not x.is_floating_point():
        if x.dtype != torch.uint8 and (x.amin() < 0 or x.amax() > 255):
            raise ValueError(
                f"Pictures of {x.dtype} go from {x.amin()} to {x.amax()}: give uint8 with 0…255, "
                "or floating point."
            )
        x = x.float() / 255
    return x.unsqueeze(2) if x.ndim == 4 else x


def check_images(images) -> None:
    """Raise a ValueError unless `images` is [class, drawer, (channel,) height, width]."""
    if not isinstance(images, Tensor):
        raise ValueError(
            f"images is a {type(images).__name__}: make it one tensor, torch.as_tensor(array), or "
            "torch.stack(classes) where every class has equally many pictures."
        )
    shape = "[class, drawer, height, width] or [class, drawer, channel, height, width]"
    if images.ndim not in (4, 5):
        raise ValueError(f"images has the shape {list(images.shape)}: it must be {shape}.")
    channels = (1, 3, 4)
    if images.ndim == 5 and images.shape[2] not in channels and images.shape[4] in channels:
        raise ValueError(
            f"images has the shape {list(images.shape)}, with the channels at the end: it must be "
            f"{shape}, so call images.movedim(-1, 2)."
        )


def sample_episodes(
    images: Shaped[Tensor, "classes drawers ..."],
    *,
    num_tasks: int,
    num_ways: int,
    num_shots: int,
    num_queries: int,
    gen: torch.Generator,
) -> Episode:
    """`num_tasks` episodes stacked on axis 0, as `maml.meta_loss` wants them.

    `gen` lives on the CPU: the same seed draws the same episodes with and without a GPU.
    Errors: ValueError as in `draw_indices`, and for images of another form.
    """
    check_images(images)
    sizes = {"num_ways": num_ways, "num_shots": num_shots, "num_queries": num_queries}
    sizes |= {"num_tasks": num_tasks, "device": images.device}
    draw = draw_indices(*images.shape[:2], **sizes, gen=gen)
    return gather(images, draw)


def sample_episode(
    images: Shaped[Tensor, "classes drawers ..."],
    *,
    num_ways: int,
    num_shots: int,
    num_queries: int,
    gen: torch.Generator,
) -> Episode:
    """One n-way k-shot episode: `num_shots` support and `num_queries` query pictures per class.

    Errors: ValueError as in `draw_indices`.
    """
    sizes = {"num_ways": num_ways, "num_shots": num_shots, "num_queries": num_queries}
    (xs, ys), (xq, yq) = sample_episodes(images, num_tasks=1, **sizes, gen=gen)
    return Episode((xs[0], ys[0]), (xq[0], yq[0]))


def with_rotations(
    images: Shaped[Tensor, "classes drawers ..."],
) -> Shaped[Tensor, "four_times_classes drawers ..."]:
    """Four times as many classes: each class turned by 0°, 90°, 180° and 270°.

    For meta-training only: a turned character of the meta-test set is no new test. Class c turned
    r times has index c + r·C.
    Source: Santoro et al. 2016, §4 (unchecked); Finn et al. 2017, §5.2.
    """
    if images.shape[-1] != images.shape[-2]:
        raise ValueError(f"Only square pictures can be turned by 90°; got {images.shape[-2:]}.")
    return torch.cat([images.rot90(turns, (-2, -1)) for turns in range(4)])


def assert_disjoint(first: Shaped[Tensor, "m ..."], second: Shaped[Tensor, "n ..."]) -> None:
    """Raise an AssertionError if some picture is in both sets (rows are pictures).

    Compares the pictures themselves, so it finds a leak however the indices were made: use it on
    `support[0]` and `query[0]` of one episode, or on the pictures of two splits.
    """
    seen = {row.numpy().tobytes() for row in first.detach().cpu().contiguous()}
    rows = second.detach().cpu().contiguous()
    leaked = [i for i, row in enumerate(rows) if row.numpy().tobytes() in seen]
    if leaked:
        raise AssertionError(
            f"{len(leaked)} of {len(rows)} pictures of the second set are in the first set too, "
            f"the first of them at index {leaked[0]}: what is tested was seen before."
        )


def nearest_neighbour(episode: Episode) -> Int[Tensor, "*tasks rows"]:
    """The label of the support picture nearest to each query picture, pixel by pixel.

    Distance is Euclidean, in whole grey levels of 0…255: their sums are exact on every processor,
    so two pictures that are equally near are so everywhere, and the first of them counts.
    A learner without any learning: what a meta-learner has to beat. Works on one episode and on a
    stack of them.
    """
    (xs, ys), (xq, _) = episode
    batch = ys.ndim
    xs, xq = ((255 * x.flatten(batch)).double().round() for x in (xs, xq))  # whole grey levels
    return ys.gather(-1, torch.cdist(xq, xs).argmin(-1))


def accuracy(predicted: Int[Tensor, "*tasks rows"], labels: Int[Tensor, "*tasks rows"]) -> Tensor:
    """The fraction of right labels per task, [tasks] (or a scalar for one task)."""
    return (predicted == labels).float().mean(-1)
