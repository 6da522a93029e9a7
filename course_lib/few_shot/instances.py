"""Accuracy by instance: the protocol of the nets that read a sequence (notebook 07).

Pictures of a few classes come one after another in random order. Each is to be named; then its
label is shown. The first picture of a class can only be guessed. "1-shot" there is the accuracy on
the second picture of a class, "5-shot" that on the fifth, after *four* drawings with their labels.
Source: Santoro et al. 2016 (unchecked).
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.tasks.episodes import to_unit


def sample_sequences(
    images: Tensor, *, num_tasks: int, num_ways: int, per_class: int, gen: torch.Generator
) -> tuple[Float[Tensor, "tasks time 1 side side"], Int[Tensor, "tasks time"]]:
    """`num_tasks` shuffled sequences of `per_class` drawings of `num_ways` classes, and labels.

    `images` is [class, drawer, height, width], as for `episodes.sample_episodes`. A class gets its
    label by chance, anew in each sequence.
    Errors: ValueError where there are fewer classes or drawings than asked for.
    """
    classes, drawers = images.shape[:2]
    if not 1 <= num_ways <= classes or not 1 <= per_class <= drawers:
        raise ValueError(
            f"{per_class} drawings of {num_ways} classes were asked for, from {drawers} drawings "
            f"of {classes} classes: choose fewer."
        )
    chosen = _shuffles(num_tasks, classes, gen=gen)[:, :num_ways].repeat_interleave(per_class, 1)
    drawn = _shuffles(num_tasks, num_ways, drawers, gen=gen)[..., :per_class].flatten(1)
    labels = torch.arange(num_ways).repeat_interleave(per_class).expand(num_tasks, -1)
    order = _shuffles(num_tasks, num_ways * per_class, gen=gen)
    chosen, drawn, labels = (part.gather(1, order) for part in (chosen, drawn, labels))
    x = to_unit(images[chosen.to(images.device), drawn.to(images.device)])
    return x, labels.to(images.device)


def instance_of(labels: Int[Tensor, "tasks time"]) -> Int[Tensor, "tasks time"]:
    """How many pictures of the same class came before: 0 for the first instance of a class."""
    same = labels[:, :, None] == labels[:, None, :]
    return same.tril(-1).sum(-1)


def by_instance(
    said: Int[Tensor, "tasks time"], labels: Int[Tensor, "tasks time"]
) -> Float[Tensor, "tasks instances"]:
    """Each sequence's accuracy on the first, second, … picture of a class, over its classes.

    Errors: ValueError where the classes have not equally many pictures.
    """
    instance = instance_of(labels)
    counts = torch.stack([(instance == i).sum(1) for i in range(int(instance.max()) + 1)], 1)
    if (counts != counts[:, :1]).any():
        raise ValueError("Accuracy by instance needs equally many pictures of each class.")
    right = (said == labels).to(torch.get_default_dtype())
    sums = right.new_zeros(counts.shape).scatter_add_(1, instance, right)
    return sums / counts


def in_turn(x: Tensor, y: Int[Tensor, "tasks rows"]) -> Int[Tensor, "tasks rows"]:
    """The order in which a net that reads is shown a support: one drawing of each class in turn.

    Within a turn, the drawing with least ink comes first; ink further down counts a little more.
    So the order depends on the pictures, not on how they were handed in or what a class is called.
    """
    places = torch.arange(x[0, 0].numel(), 2 * x[0, 0].numel(), device=x.device).double().sqrt()
    by_ink = (x.flatten(2).double() @ places).argsort(dim=-1, stable=True)
    turns = instance_of(y.gather(1, by_ink)).argsort(dim=-1, stable=True)
    return by_ink.gather(1, turns)


def taken(pair: tuple[Tensor, Tensor], order: Int[Tensor, "tasks rows"]) -> tuple[Tensor, Tensor]:
    """Pictures and labels of each task, in this order."""
    task = torch.arange(len(order), device=order.device)[:, None]
    return pair[0][task, order], pair[1][task, order]


def _shuffles(*shape: int, gen: torch.Generator) -> Int[Tensor, "..."]:
    """Random orders of the last axis."""
    return torch.rand(*shape, generator=gen).argsort(dim=-1, stable=True)
