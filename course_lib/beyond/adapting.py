"""How well a start learns new curves: with the way of adapting that suits it best (notebook 11).

Every start may choose, on curves of their own, between gradient descent with the α of its training
and Adam, and when to stop. The choice is judged on other curves. So nobody loses because of a
number of steps that was made for somebody else. And who ends with a larger loss on the support
than it began with goes back to its start: a learner sees that without any query.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.beyond.grid import HEAD_LR, free_names
from course_lib.beyond.stacked import copies, stack
from course_lib.ground.device import seed as generator
from course_lib.ground.types import Pair, Params
from course_lib.maml.own.over_tasks import each_task
from course_lib.maml.study import LOSS, LR
from course_lib.tasks.sinusoids import sample_tasks

TEST_SEED, CHOICE_SEED = 1100, 1101  # of tests; of whatever is chosen
CHOICE_TASKS, TEST_TASKS = 20, 80
STOPS = (0, 1, 2, 5, 10, 20, 50, 100, 200)
WAYS = ("descent", "adam")


class Adapted(NamedTuple):
    """The way chosen, its steps, and the query loss of each test task after them."""

    way: str
    steps: int
    errors: Float[Tensor, " tasks"]


def fresh(num_tasks: int, shots: int, seed: int) -> tuple[Pair, Pair]:
    """Curves of the whole family, 50 query points each."""
    return sample_tasks(num_tasks, num_shots=shots, num_queries=50, gen=generator(seed))


def curves(
    thetas: list[Params], method: str, tasks: tuple[Pair, Pair], way: str, last: int
) -> Float[Tensor, "stops starts tasks"]:
    """Query loss after each of `STOPS` up to `last`, from each start on the same tasks."""
    num_tasks, free = len(tasks[0][0]), free_names(method)
    support, query = (
        [part.repeat(len(thetas), 1, 1) for part in pair] for pair in tasks
    )  # a start's tasks side by side
    phi = {name: p.detach() for name, p in copies(stack(thetas), num_tasks).items()}
    moving = [phi[name].requires_grad_() for name in free]
    if way == "descent":
        optimizer = torch.optim.SGD(moving, lr=HEAD_LR if method == "anil" else LR)
    else:
        optimizer = torch.optim.Adam(moving, lr=0.01, fused=True)
    losses, found, first = each_task(LOSS), [], []
    for step in range(last + 1):
        if step in STOPS:
            with torch.no_grad():
                now = torch.stack([losses(phi, *pair) for pair in (support, query)])
            first = first or [now]
            better = now[0] <= first[0][0]
            kept = torch.where(better, now[1], first[0][1])
            found.append(kept.unflatten(0, (len(thetas), num_tasks)))
        if step < last:
            grads = torch.autograd.grad(losses(phi, *support).sum(), moving)
            for p, g in zip(moving, grads, strict=True):
                p.grad = g
            optimizer.step()
    return torch.stack(found)


def adapted(
    thetas: list[Params], method: str, shots: int, num_tasks: int = TEST_TASKS,
    seed: int = TEST_SEED,
) -> list[Adapted]:  # fmt: skip
    """Of each start: the best way on `CHOICE_TASKS` curves, judged on `num_tasks` others."""
    choosing = fresh(CHOICE_TASKS, shots, CHOICE_SEED + 1)
    means = torch.stack(
        [curves(thetas, method, choosing, way, STOPS[-1]).mean(-1) for way in WAYS]
    )  # [ways, stops, starts]
    best = means.flatten(0, 1).argmin(0).tolist()
    chosen = [(WAYS[i // len(STOPS)], STOPS[i % len(STOPS)]) for i in best]
    tasks, found = fresh(num_tasks, shots, seed), {}
    for way in WAYS:
        same = [i for i, (used, _) in enumerate(chosen) if used == way]
        if same:
            last = max(chosen[i][1] for i in same)
            path = curves([thetas[i] for i in same], method, tasks, way, last)
            for j, i in enumerate(same):
                found[i] = Adapted(*chosen[i], path[STOPS.index(chosen[i][1]), j])
    return [found[i] for i in range(len(thetas))]
