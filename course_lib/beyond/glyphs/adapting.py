"""How well a start learns new characters: with the way of adapting that suits it best
(notebook 11).

The trainings of a place choose together, on tasks of meta-validation characters: what moves (all
weights, or the head alone), how far a step of gradient descent goes, and when to stop. They are
judged on tasks of meta-test characters. ANIL may move its head alone, as it was trained to.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import vmap

from course_lib.beyond.adapting import Adapted
from course_lib.beyond.glyphs.grid import draw, pictures
from course_lib.beyond.glyphs.net import HEAD, HEAD_LOSS, LOSS, apply, features
from course_lib.beyond.stacked import copies, stack
from course_lib.ground.device import seed as generator
from course_lib.ground.types import Pair, Params
from course_lib.maml.own.over_tasks import each_task
from course_lib.nets.models import linear_head

TEST_SEED, CHOICE_SEED = 1130, 1131  # of tests; of whatever is chosen
CHOICE_TASKS, TEST_TASKS, TEST_QUERIES = 18, 200, 10
STOPS = {"all": (1, 4, 16), "head": (1, 10, 100)}


class Way(NamedTuple):
    """What moves, "all" or the "head", and the step size."""

    moves: str
    rate: float


WAYS = (Way("all", 0.1), Way("all", 0.5), Way("head", 0.1), Way("head", 0.5), Way("head", 2.0))


def fresh(split: str, num_tasks: int, shots: int, seed: int) -> list[Pair]:
    """Tasks of characters of a split that no training has seen: supports and queries."""
    return draw(pictures(split), num_tasks, (shots, TEST_QUERIES), generator(seed))


def wrong(
    theta: Params, tasks: list[Pair], way: Way, stops: tuple[int, ...]
) -> Float[Tensor, "stops tasks"]:
    """Queries that are answered wrongly, in %, after each of `stops`."""
    (xs, ys), (xq, yq) = tasks
    answer, loss, moving = apply, LOSS, theta
    if way.moves == "head":  # what stays is computed once
        xs, xq = (vmap(features, (None, 0))(theta, x) for x in (xs, xq))
        answer, loss, moving = linear_head, HEAD_LOSS, {name: theta[name] for name in HEAD}
    losses, found = each_task(loss), []
    phi = copies(stack([moving]), len(xs))
    for step in range(1, max(stops) + 1):
        phi = {name: p.detach().requires_grad_() for name, p in phi.items()}
        grads = torch.autograd.grad(losses(phi, xs, ys).sum(), list(phi.values()))
        phi = {n: p.detach() - way.rate * g for (n, p), g in zip(phi.items(), grads, strict=True)}
        if step in stops:
            said = vmap(answer)(phi, xq).argmax(-1)
            found.append(100 * (said != yq).float().mean(1))
    return torch.stack(found)


def best_way(thetas: list[Params], method: str, shots: int) -> tuple[Way, int]:
    """The way and the stop with the fewest wrong answers on meta-validation characters.

    Each start is judged on its share of `CHOICE_TASKS` tasks.
    """
    tasks = fresh("meta-val", CHOICE_TASKS, shots, CHOICE_SEED + 1)
    shares = [tuple(part.chunk(len(thetas)) for part in pair) for pair in tasks]
    found = {}
    for way in WAYS:
        if method != "anil" or way.moves == "head":
            stops = STOPS[way.moves]
            each = [
                wrong(theta, [(xs[i], ys[i]) for xs, ys in shares], way, stops).mean(1)
                for i, theta in enumerate(thetas)
            ]
            found |= zip([(way, s) for s in stops], torch.stack(each).mean(0).tolist(), strict=True)
    return min(found, key=found.get)


def adapted(
    thetas: list[Params], method: str, shots: int, num_tasks: int = TEST_TASKS,
    split: str = "meta-test", seed: int = TEST_SEED,
) -> list[Adapted]:  # fmt: skip
    """The starts of a place: by the way that suits them, on `num_tasks` tasks of a split."""
    tasks = fresh(split, num_tasks, shots, seed)
    way, stop = best_way(thetas, method, shots)
    return [
        Adapted(f"{way.moves} × {way.rate:g}", stop, wrong(theta, tasks, way, (stop,))[0])
        for theta in thetas
    ]
