"""How the few-shot checkpoints are trained: which episodes, which objective, from which start
(notebook 06).

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
from course_lib.training.recipe import Recipe

WAYS, SHOTS = (5, 20, 40), (1, 1, 5)  # what the any-n training draws from, with equal chances
PICTURES = 480  # an any-n meta-batch holds about so many pictures
ALPHA = 0.4
ANY_ITERATIONS = {"omniglot": 8000, "glyphs": 3000}
LONG_ITERATIONS = 60_000  # as many as Finn et al. 2017, A.1; about four hours of one core
CELLS = {"5w1s": (5, 1), "5w5s": (5, 5), "20w1s": (20, 1), "20w5s": (20, 5)}


class Method(NamedTuple):
    """A way to train. `ending` is how its checkpoints' names end."""

    name: str
    ending: str
    body: str
    first_order: bool = False


MAML = Method("maml", "", "conv4")
METHODS = (
    MAML,
    Method("maml-first-order", "-first-order", "conv4", first_order=True),
    Method("maml-noconv", "-noconv", "dense4"),
)


def checkpoint(data: str, cell: str | None, method: Method) -> str:
    """The name of the checkpoint that `method` makes for a cell; for any n where it is None."""
    return f"{data}-{cell or 'any'}{method.ending}"


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
    """`any_n_loss` on the pictures of the meta-training characters."""
    images = meta_train_images(data, device)
    return any_n_loss(body, first_order, theta, images, gen, wobble=wobble)


def any_n_loss(
    body: str, first_order: bool, theta: Params, images: Tensor, gen, *, wobble=False
) -> Tensor:
    """The one-step meta-loss of a fresh meta-batch of n-way k-shot tasks, n and k drawn too.

    With `wobble` each picture is moved, turned and scaled a little, differently each time.
    """
    num_ways = WAYS[int(torch.randint(len(WAYS), (), generator=gen))]
    num_shots = SHOTS[int(torch.randint(len(SHOTS), (), generator=gen))]
    num_queries = 2 if num_shots == 1 else 1
    num_tasks = max(1, PICTURES // (num_ways * (num_shots + num_queries)))
    tasks = episodes.sample_episodes(
        images, num_tasks=num_tasks, num_ways=num_ways,
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


def any_n(data: str, method: Method) -> Recipe:
    """The training of a body for any n."""
    return Recipe(
        checkpoint(data, None, method),
        functools.partial(any_n_objective, data, method.body, method.first_order),
        functools.partial(few_shot.init_any_n, method.body),
        iterations=ANY_ITERATIONS[data] * (1 if method.body == "conv4" else 4), lr=3e-3, seed=1,
        notes={"data": data, "method": method.name, "body": method.body, "ways": list(WAYS),
               "alpha": ALPHA, "steps": 1, "pictures": PICTURES},
    )  # fmt: skip


def fixed_n(data: str, cell: str, method: Method) -> Recipe:
    """The training of MAML with a head for one `cell`, from the any-n body of the same method."""
    first, fixed = checkpoint(data, None, method), FIXED[cell]
    return Recipe(
        checkpoint(data, cell, method),
        functools.partial(fixed_n_objective, data, method.body, cell, method.first_order),
        functools.partial(warm_start, first, method.body, CELLS[cell][0]),
        iterations=fixed.iterations, lr=fixed.lr, seed=1,
        notes={"data": data, "method": method.name, "body": method.body, "start": first,
               **fixed._asdict()},
    )  # fmt: skip


LONG = any_n("omniglot", MAML)
RECIPES = (
    LONG._replace(
        name="omniglot-any-long",
        objective=functools.partial(LONG.objective, wobble=True),
        iterations=LONG_ITERATIONS,
        notes={**LONG.notes, "wobble": True},
    ),
    *(
        recipe
        for data in ANY_ITERATIONS
        for recipe in (
            *(any_n(data, method) for method in METHODS),
            *(fixed_n(data, cell, method) for cell in FIXED for method in METHODS),
        )
    ),
)
