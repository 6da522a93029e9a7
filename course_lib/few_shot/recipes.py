"""How the few-shot checkpoints are trained: which episodes, which objective, from which start.

`DATA-any` learns a body for any n through one inner step, in closed form: quick, since no second
derivative of the body is needed. `omniglot-any-long` is the same for as many iterations as the
paper's nets had, on pictures that are moved a little each time. `DATA-5w1s` and the others are MAML
with a head of fixed n, all weights adapted; they start from the body of `DATA-any`, which saves
hours. `-first-order` drops the second derivative, `-noconv` has no convolutions.
"""

import functools
import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib import few_shot
from course_lib.ground.types import Params
from course_lib.tasks import datasets, episodes
from course_lib.training.loop import load_checkpoint

WAYS, SHOTS = (5, 20, 40), (1, 1, 5)  # what the any-n training draws from, with equal chances
PICTURES = 480  # an any-n meta-batch holds about so many pictures
ALPHA = 0.4
ANY_ITERATIONS = {"omniglot": 8000, "glyphs": 3000}
LONG_ITERATIONS = 60_000  # as many as Finn et al. 2017, A.1; about four hours of one core
METHODS = {"": "conv4", "-first-order": "conv4", "-noconv": "dense4"}  # which body
CELLS = {"5w1s": (5, 1), "5w5s": (5, 5), "20w1s": (20, 1), "20w5s": (20, 5)}


class Fixed(NamedTuple):
    """One fixed-n training: α, inner steps, tasks a meta-batch, queries a class, iterations.

    With `wobble` each picture is moved, turned and scaled a little, differently each time.
    """

    alpha: float
    steps: int
    num_tasks: int
    num_queries: int
    iterations: int
    lr: float = 5e-4
    wobble: bool = False


# α and steps at 5-way as in Finn et al. 2017, A.1. At 20-way theirs are five steps of 0.1; ours is
# one of 0.4, since the start was trained for it: after 800 iterations with two steps of 0.2 the net
# was worse than its start (on meta-val). Their meta-batches are 32 and 16.
FIXED = {
    "5w1s": Fixed(0.4, 1, 16, 1, 2400, lr=1e-3, wobble=True),
    "5w5s": Fixed(0.4, 1, 8, 1, 600),
    "20w1s": Fixed(0.4, 1, 4, 1, 800),
    "20w5s": Fixed(0.4, 1, 2, 1, 300),
}


@functools.lru_cache(maxsize=4)
def meta_train_images(data: str, device: torch.device | None) -> Tensor:
    """The pictures of the meta-training characters, each turned four ways: four times as many."""
    return episodes.with_rotations(datasets.load(data).images_in("meta-train")).to(device)


def any_n_objective(
    data: str, body: str, first_order: bool, theta: Params, gen, device=None, *, wobble=False
) -> Tensor:
    """The one-step meta-loss of a fresh meta-batch of n-way k-shot tasks, n and k drawn too.

    With `wobble` each picture is moved, turned and scaled a little, differently each time.
    """
    num_ways = WAYS[int(torch.randint(len(WAYS), (), generator=gen))]
    num_shots = SHOTS[int(torch.randint(len(SHOTS), (), generator=gen))]
    num_queries = 2 if num_shots == 1 else 1
    num_tasks = max(1, PICTURES // (num_ways * (num_shots + num_queries)))
    tasks = episodes.sample_episodes(
        meta_train_images(data, device), num_tasks=num_tasks, num_ways=num_ways,
        num_shots=num_shots, num_queries=num_queries, gen=gen,
    )  # fmt: skip
    if wobble:
        tasks = tuple((wobbled(x, gen), y) for x, y in tasks)
    inner = {"num_ways": num_ways, "alpha": ALPHA, "first_order": first_order}
    return few_shot.one_step_loss(body, theta, tasks, **inner)


def fixed_n_objective(data: str, body: str, cell: str, first_order: bool, theta, gen, device=None):
    """(meta-loss, gradient) of MAML with a fixed head, on a fresh meta-batch of `cell`."""
    num_ways, num_shots = CELLS[cell]
    alpha, steps, num_tasks, num_queries, *_ = FIXED[cell]
    tasks = episodes.sample_episodes(
        meta_train_images(data, device), num_tasks=num_tasks, num_ways=num_ways,
        num_shots=num_shots, num_queries=num_queries, gen=gen,
    )  # fmt: skip
    if FIXED[cell].wobble:
        tasks = tuple((wobbled(x, gen), y) for x, y in tasks)
    inner = {"alpha": alpha, "steps": steps, "first_order": first_order}
    return few_shot.few_shot_meta_grad(body, theta, tasks, num_ways=num_ways, **inner)


def wobbled(
    x: Float[Tensor, "tasks rows 1 side side"], gen: torch.Generator
) -> Float[Tensor, "tasks rows 1 side side"]:
    """Each picture turned by up to 10°, scaled by up to 10 %, shifted by up to 2 pixels."""
    pictures = x.flatten(0, 1)
    turn, scale, dx, dy = (2 * torch.rand(4, len(pictures), generator=gen) - 1).to(x.device)
    turn, scale = turn * math.pi / 18, 1 + 0.1 * scale
    cos, sin, shift = scale * turn.cos(), scale * turn.sin(), 4 / x.shape[-1]
    rows = torch.stack([cos, -sin, shift * dx]), torch.stack([sin, cos, shift * dy])
    grid = F.affine_grid(torch.stack(rows).permute(2, 0, 1), pictures.shape, align_corners=False)
    return F.grid_sample(pictures, grid, align_corners=False).unflatten(0, x.shape[:2])


def warm_start(checkpoint: str, body: str, num_ways: int, gen, device=None) -> Params:
    """θ for a fixed n: the body of an any-n checkpoint, and a fresh random head, 0.1 of usual."""
    fresh = few_shot.BODIES[body].model(num_ways).init(gen, device=device)
    return {**load_checkpoint(checkpoint, device=device)[0], "w": fresh["w"] * 0.1, "b": fresh["b"]}


def recipes() -> dict[str, dict]:
    """Every few-shot recipe by name, as the fields of `recipes.Recipe`."""
    found = {"omniglot-any-long": {
        "objective": functools.partial(any_n_objective, "omniglot", "conv4", False, wobble=True),
        "init": functools.partial(few_shot.init_any_n, "conv4"),
        "iterations": LONG_ITERATIONS, "lr": 3e-3, "seed": 1,
        "notes": {"data": "omniglot", "method": "maml", "body": "conv4", "ways": list(WAYS),
                  "alpha": ALPHA, "steps": 1, "pictures": PICTURES, "wobble": True},
    }}  # fmt: skip
    for data in ("omniglot", "glyphs"):
        for method, body in METHODS.items():
            iterations = ANY_ITERATIONS[data] * (1 if body == "conv4" else 4)
            first_order = method == "-first-order"
            found[f"{data}-any{method}"] = {
                "objective": functools.partial(any_n_objective, data, body, first_order),
                "init": functools.partial(few_shot.init_any_n, body),
                "iterations": iterations, "lr": 3e-3, "seed": 1,
                "notes": {"data": data, "method": "maml" + method, "body": body, "ways": list(WAYS),
                          "alpha": ALPHA, "steps": 1, "pictures": PICTURES},
            }  # fmt: skip
        for cell, fixed in FIXED.items():
            for method, body in METHODS.items():
                start = f"{data}-any{method}"
                found[f"{data}-{cell}{method}"] = {
                    "objective": functools.partial(
                        fixed_n_objective, data, body, cell, method == "-first-order"
                    ),
                    "init": functools.partial(warm_start, start, body, CELLS[cell][0]),
                    "iterations": fixed.iterations, "lr": fixed.lr, "seed": 1,
                    "notes": {"data": data, "method": "maml" + method, "body": body,
                              "start": start, **fixed._asdict()},
                }  # fmt: skip
    return found
