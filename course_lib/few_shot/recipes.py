"""How the few-shot checkpoints are trained: which episodes, which objective, from which start
(notebook 06).

`DATA-any` learns a body for any n through one inner step, in closed form: quick, since no second
derivative of the body is needed. `omniglot-any-long` is the same for as many iterations as the
paper's nets had, on pictures that are moved a little each time; `omniglot-any-varied` has met other
pens and sizes too, for pictures of the reader's own. `DATA-5w1s` and the others are MAML
with a head of fixed n, all weights adapted; they start from the body of `DATA-any`, which saves
hours. `-first-order` drops the second derivative, `-noconv` has no convolutions.
"""

import functools
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib import few_shot
from course_lib.ground.types import Pair, Params
from course_lib.tasks import datasets, episodes
from course_lib.tasks.variations import redrawn, wobbled
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import SEEDS, Recipe, of_seed
from course_lib.training.replay import Replayed

WAYS, SHOTS = (5, 20, 40), (1, 1, 5)  # what the any-n training draws from, with equal chances
PICTURES = 480  # an any-n meta-batch holds about so many pictures
ALPHA = 0.4
ANY_ITERATIONS = {"omniglot": 8000, "glyphs": 3000}
LONG_ITERATIONS = 60_000  # as many as Finn et al. 2017, A.1; about four hours of one core
VARIATIONS = {
    "wobbled": wobbled,
    "resized": functools.partial(wobbled, scales=(0.75, 1.25)),
    "redrawn": redrawn,
}
CELLS = {"5w1s": (5, 1), "5w5s": (5, 5), "20w1s": (20, 1), "20w5s": (20, 5)}


class Method(NamedTuple):
    """A way to train. `ending` is how its checkpoints' names end."""

    name: str
    ending: str
    body: str
    first_order: bool = False


MAML = Method("maml", "", "conv4")
LONG = Method("maml", "-long", "conv4")
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
    data: str, body: str, first_order: bool, theta: Params, gen, device=None, *, vary=()
) -> tuple[Tensor, Params]:
    """`any_n_loss` on the pictures of the meta-training characters, and its gradient."""
    num_ways, tasks = any_n_tasks(meta_train_images(data, device), gen, vary)
    (xs, ys), (xq, yq) = tasks
    return one_step(body, first_order, num_ways)(theta, xs, ys, xq, yq)


def any_n_loss(body: str, first_order: bool, theta: Params, images: Tensor, gen) -> Tensor:
    """The one-step meta-loss of a fresh meta-batch of n-way k-shot tasks, n and k drawn too."""
    num_ways, tasks = any_n_tasks(images, gen)
    inner = {"num_ways": num_ways, "alpha": ALPHA, "first_order": first_order}
    return few_shot.one_step_loss(body, theta, tasks, **inner)


def any_n_tasks(images: Tensor, gen, vary: tuple[str, ...] = ()) -> tuple[int, tuple[Pair, Pair]]:
    """n, and a meta-batch of n-way k-shot tasks, n and k drawn too.

    `vary` names what is done to each picture, in order, differently each time: see `VARIATIONS`.
    """
    num_ways = WAYS[int(torch.randint(len(WAYS), (), generator=gen))]
    num_shots = SHOTS[int(torch.randint(len(SHOTS), (), generator=gen))]
    num_queries = 2 if num_shots == 1 else 1
    num_tasks = max(1, PICTURES // (num_ways * (num_shots + num_queries)))
    tasks = episodes.sample_episodes(
        images, num_tasks=num_tasks, num_ways=num_ways,
        num_shots=num_shots, num_queries=num_queries, gen=gen,
    )  # fmt: skip
    for name in vary:
        tasks = tuple((VARIATIONS[name](x, gen), y) for x, y in tasks)
    return num_ways, tuple(tasks)


@functools.cache
def one_step(body: str, first_order: bool, num_ways: int) -> Replayed:
    """The one-step meta-loss as a function of (θ, xs, ys, xq, yq), with its gradient."""
    inner = {"num_ways": num_ways, "alpha": ALPHA, "first_order": first_order}
    return Replayed(
        lambda theta, xs, ys, xq, yq: few_shot.one_step_loss(
            body, theta, ((xs, ys), (xq, yq)), **inner
        )
    )


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


def longer(name: str, data: str, vary: tuple[str, ...], seed: int = 1) -> Recipe:
    """The training of MAML for any n on as many pictures as the paper's nets saw, varied."""
    usual = any_n(data, MAML)
    return usual._replace(
        name=of_seed(f"{data}-any-{name}", seed),
        objective=functools.partial(usual.objective, vary=vary),
        iterations=LONG_ITERATIONS, seed=seed, notes={**usual.notes, "vary": list(vary)},
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


RECIPES = (
    *(longer("long", data, ("wobbled",), seed) for data in ANY_ITERATIONS for seed in SEEDS),
    longer("varied", "omniglot", ("redrawn", "resized")),
    *(
        recipe
        for data in ANY_ITERATIONS
        for recipe in (
            *(any_n(data, method) for method in METHODS),
            *(fixed_n(data, cell, method) for cell in FIXED for method in METHODS),
        )
    ),
)
