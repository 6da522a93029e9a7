"""The recurrent learner beside MAML on the same sinusoids: as trained, off the path, longer
(notebook 08)."""

from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import vmap

import course_lib
from course_lib import black_box
from course_lib.ground.types import Params
from course_lib.maml.inner import adapt
from course_lib.maml.study import NET, RATES
from course_lib.tasks.sinusoids import AMPLITUDE, INPUT, PHASE, Sinusoids
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import of_seed

STEPS = 10  # MAML's inner steps here
Range = tuple[float, float]


class Family(NamedTuple):
    """Ranges that tasks are drawn from; the default is what both learners were trained on."""

    amplitude: Range = AMPLITUDE
    phase: Range = PHASE
    input: Range = INPUT


PI = torch.pi
FAMILIES = {
    "as trained": Family(),
    "amplitudes 5 to 10": Family(amplitude=(5.0, 10.0)),
    "phases π to 2π": Family(phase=(PI, 2 * PI)),
    "inputs 5 to 10": Family(input=(5.0, 10.0)),
}


class Pairs(NamedTuple):
    """Sequences to learn from, and questions with their answers, all on the same curves."""

    x: Float[Tensor, "tasks length"]
    y: Float[Tensor, "tasks length"]
    at: Float[Tensor, "tasks queries"]
    answer: Float[Tensor, "tasks queries"]


def sequences(
    family: Family, num_tasks: int, length: int, gen: torch.Generator, num_queries: int = 50
) -> Pairs:
    """Fresh tasks of `family`."""

    def draw(bounds: Range, *shape: int) -> Tensor:
        return bounds[0] + (bounds[1] - bounds[0]) * torch.rand(shape, generator=gen)

    curves = Sinusoids(draw(family.amplitude, num_tasks), draw(family.phase, num_tasks))
    x, at = draw(family.input, num_tasks, length), draw(family.input, num_tasks, num_queries)
    return Pairs(x, curves(x[..., None])[..., 0], at, curves(at[..., None])[..., 0])


def rnn_errors(theta: Params, pairs: Pairs, sizes: list[int]) -> Float[Tensor, "tasks sizes"]:
    """Mean squared error of the recurrent learner's answers after each of `sizes` pairs."""
    said = black_box.curve(theta, pairs.x, pairs.y, pairs.at, sizes)
    return (said - pairs.answer).square().mean(-1).T


def masked_loss(params: Params, x: Tensor, y: Tensor, seen: Tensor) -> Float[Tensor, ""]:
    """Mean squared error over the pairs that have been seen (1) and not the others (0)."""
    error = (NET.apply(params, x[:, None])[:, 0] - y).square()
    return (error * seen).sum() / seen.sum().clamp(min=1)


def _marked_loss(params: Params, pairs: Tensor, y: Tensor) -> Float[Tensor, ""]:
    """`masked_loss` as `adapt` calls it: x and what has been seen are the columns of `pairs`."""
    return masked_loss(params, pairs[:, 0], y, pairs[:, 1])


def maml_curves(
    theta: Params, x: Tensor, y: Tensor, at: Tensor, seen: Tensor, alpha: Tensor
) -> Float[Tensor, "sizes queries"]:
    """MAML's answers at `at` for one task, adapted anew to each row of `seen`, each with its α."""

    def one(seen: Tensor, alpha: Tensor) -> Tensor:
        support = torch.stack([x, seen], 1), y
        params = adapt(_marked_loss, theta, support, lr=alpha, steps=STEPS)
        return NET.apply(params, at[:, None])[:, 0]

    return vmap(one)(seen, alpha)


def first_of(sizes: list[int], length: int) -> Float[Tensor, "sizes length"]:
    """A row per size: 1 for the first `size` of `length` pairs, 0 for the others."""
    return (torch.arange(length) < torch.tensor(sizes)[:, None]).float()


def maml_errors(
    theta: Params, pairs: Pairs, sizes: list[int], rates: list[float]
) -> Float[Tensor, "tasks sizes"]:
    """Mean squared error of MAML's answers after the first `sizes` pairs, at its α for each."""
    seen, alpha = first_of(sizes, pairs.x.shape[1]), torch.tensor(rates)
    said = vmap(lambda x, y, at: maml_curves(theta, x, y, at, seen, alpha))(*pairs[:3])
    return (said - pairs.answer[:, None]).square().mean(-1)


@cache
def best_rates(family: str, sizes: tuple[int, ...], seed: int = 1) -> tuple[float, ...]:
    """For each size the α of `RATES` with the lowest error of MAML on 150 other tasks of `family`.

    So MAML is told which family it is in, as far as one number can tell. Each training of MAML, one
    a `seed`, gets its own: with the α of another a task may diverge.
    """
    theta = load_checkpoint(of_seed("sinusoid-maml", seed))[0]
    pairs = sequences(FAMILIES[family], 150, max(1, *sizes), course_lib.seed(809), 20)
    found = [maml_errors(theta, pairs, list(sizes), [r] * len(sizes)).mean(0) for r in RATES]
    return tuple(RATES[int(i)] for i in torch.stack(found).nan_to_num(torch.inf).argmin(0))


def fresh(family: str, length: int, num_tasks: int = 300) -> Pairs:
    """The tasks that the notebook judges both learners by.

    Errors: ValueError for an unknown family, naming those there are.
    """
    if family not in FAMILIES:
        raise ValueError(f"No family is called {family!r}: choose one of {', '.join(FAMILIES)}.")
    return sequences(FAMILIES[family], num_tasks, length, course_lib.seed(808))
