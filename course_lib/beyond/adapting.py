"""How well a start learns new curves: with the way of adapting that suits it best (notebook 11).

Every start may choose, on curves of their own, between gradient descent with several α and Adam,
and when to stop. The choice is judged on other curves. So nobody loses because of a step size that
was made for somebody else.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.beyond.grid import names_of
from course_lib.ground.device import seed as generator
from course_lib.ground.types import Pair, Params
from course_lib.maml.inner import together
from course_lib.maml.own.over_tasks import each_task
from course_lib.maml.study import LOSS
from course_lib.tasks.sinusoids import sample_tasks

TEST_SEED, CHOICE_SEED = 1100, 1101  # of tests; of whatever is chosen
CHOICE_TASKS, TEST_TASKS = 40, 150
STOPS = (0, 1, 2, 5, 10, 20, 50, 100, 200)
WAYS = (("descent", 0.003), ("descent", 0.01), ("descent", 0.03), ("adam", 0.01))


class Adapted(NamedTuple):
    """The way chosen, its steps, and the query loss of each test task after them."""

    way: str
    lr: float
    steps: int
    errors: Float[Tensor, " tasks"]


def fresh(num_tasks: int, shots: int, seed: int) -> tuple[Pair, Pair]:
    """Curves of the whole family, 50 query points each."""
    return sample_tasks(num_tasks, num_shots=shots, num_queries=50, gen=generator(seed))


def curve(
    theta: Params, tasks: tuple[Pair, Pair], way: str, lr: float, free: list[str], last: int
) -> Float[Tensor, "stops tasks"]:
    """Query loss after each of `STOPS` up to `last`; only the tensors `free` move."""
    support, query = tasks
    total, phi = together(LOSS, theta, len(support[0]))
    phi = {name: p.detach().clone() for name, p in phi.items()}
    moving = [phi[name].requires_grad_() for name in free]
    make = {"descent": torch.optim.SGD, "adam": torch.optim.Adam}[way]
    optimizer, found = make(moving, lr=lr), []
    for step in range(last + 1):
        if step in STOPS:
            with torch.no_grad():
                found.append(each_task(LOSS)(phi, *query))
        grads = torch.autograd.grad(total(phi, *support), moving)
        for p, g in zip(moving, grads, strict=True):
            p.grad = g
        optimizer.step()
    return torch.stack(found).nan_to_num(torch.inf)


def adapted(
    theta: Params, method: str, shots: int, num_tasks: int = TEST_TASKS, seed: int = TEST_SEED
) -> Adapted:
    """The best way on `CHOICE_TASKS` curves, judged on `num_tasks` others."""
    free = names_of(theta, method)
    choosing = fresh(CHOICE_TASKS, shots, CHOICE_SEED + 1)
    best, chosen = float("inf"), (*WAYS[0], 0)
    for way, lr in WAYS:
        means = curve(theta, choosing, way, lr, free, STOPS[-1]).mean(1).tolist()
        lowest = min(range(len(means)), key=means.__getitem__)
        if means[lowest] < best:
            best, chosen = means[lowest], (way, lr, STOPS[lowest])
    way, lr, steps = chosen
    errors = curve(theta, fresh(num_tasks, shots, seed), way, lr, free, steps)[-1]
    return Adapted(way, lr, steps, errors)
