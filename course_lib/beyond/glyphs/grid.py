"""Who wins on characters? Trainings on few or many of them, each with a budget of its own
(notebook 11).

As in `beyond.grid`, compute is counted in *passes*: one picture forward through the net and back.
Pretraining is here a classifier of all characters that it meets. Its wide head multiplies more than
a head of five, and that is counted, too.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.beyond.glyphs import net
from course_lib.beyond.glyphs.net import HEAD, LOSS
from course_lib.beyond.stacked import meta_grads, reptile_grads, stack, unstack
from course_lib.ground.device import seed as generator
from course_lib.ground.types import Pair, Params
from course_lib.tasks import glyphs
from course_lib.tasks.characters import NUM_DRAWERS
from course_lib.training.loop import train

METHODS = ("maml", "anil", "reptile", "pretrain")
NUM_WAYS, NUM_TASKS, QUERIES, BATCH, INNER = 5, 4, 3, 64, 5
BUDGETS = (200, 2_000, 20_000)  # passes
CHARACTERS, SHOTS = (10, 100, 900), (1, 5)
HELD_OUT = {"meta-val": 200, "meta-test": 280}  # all that there are


class Run(NamedTuple):
    """`characters` to draw tasks from, and the seed."""

    characters: int
    seed: int


class Setting(NamedTuple):
    """Trainings side by side: `shots` they are for, and `budget`, the passes that each may take.

    Its inner step size is `alpha` (pretraining has none), the outer one begins with `beta`.
    """

    method: str
    shots: int
    budget: int
    beta: float
    alpha: float
    runs: tuple[Run, ...]


def passes(method: str, shots: int, characters: int = NUM_WAYS) -> int:
    """Passes of one outer step of one training; see `beyond.grid` for what is counted.

    Only pretraining's depend on the number of `characters`: its head has a row for each.
    """
    support, query = NUM_WAYS * shots, NUM_WAYS * QUERIES
    if method == "pretrain":
        return round(BATCH * net.products(characters) / net.products(NUM_WAYS))
    each = {"maml": 3 * support + query, "anil": 2 * support + query, "reptile": INNER * support}
    return NUM_TASKS * each[method]


def outer_steps(setting: Setting) -> int:
    """As many as the budget of the first run pays for, and one at least."""
    each = passes(setting.method, setting.shots, setting.runs[0].characters)
    return max(1, setting.budget // each)


def start(seed: int, rows: int = NUM_WAYS) -> Params:
    """The random weights that every method begins with; pretraining's head has more rows."""
    return net.init(rows, generator(seed))


@lru_cache(maxsize=3)
def pictures(split: str) -> Float[Tensor, "characters drawers 14 14"]:
    """Characters of a split by chance, at half their size."""
    count = HELD_OUT.get(split, max(CHARACTERS))
    images = glyphs.few(count, generator(0), split=split).images.float() / 255
    return F.avg_pool2d(images, 2)


def pool(run: Run) -> Float[Tensor, "characters drawers 14 14"]:
    """The characters of a run."""
    every = pictures("meta-train")
    chosen = torch.randperm(len(every), generator=generator(run.seed))[: run.characters]
    return every[chosen]


def draw(
    images: Float[Tensor, "characters drawers 14 14"],
    num_tasks: int,
    sizes: tuple[int, ...],
    gen: torch.Generator,
) -> list[Pair]:
    """Tasks of `NUM_WAYS` characters, and of each, sets with so many drawings of a character.

    No drawing comes twice before all have come once.
    """
    which = torch.rand(num_tasks, len(images), generator=gen).argsort(-1)[:, :NUM_WAYS, None]
    order = torch.rand(num_tasks, NUM_WAYS, NUM_DRAWERS, generator=gen).argsort(-1)
    found, taken = [], 0
    for size in sizes:
        drawings = order[..., torch.arange(taken, taken + size) % NUM_DRAWERS]
        y = torch.arange(NUM_WAYS).repeat_interleave(size).expand(num_tasks, -1)
        found.append((images[which, drawings].flatten(1, 2), y))
        taken += size
    return found


def side_by_side(pools: list[Tensor], sizes: tuple[int, ...], gen: torch.Generator) -> list[Pair]:
    """`NUM_TASKS` tasks of every run, a run's tasks together."""
    sets = zip(*(draw(images, NUM_TASKS, sizes, gen) for images in pools), strict=True)
    return [tuple(torch.cat(parts) for parts in zip(*pairs, strict=True)) for pairs in sets]


def batch(pools: list[Tensor], gen: torch.Generator) -> Pair:
    """`BATCH` pictures of every run, each with its character's number."""
    y = torch.stack([torch.randint(len(images), (BATCH,), generator=gen) for images in pools])
    drawings = torch.randint(NUM_DRAWERS, y.shape, generator=gen)
    return torch.stack([p[c, d] for p, c, d in zip(pools, y, drawings, strict=True)]), y


def gradient(
    setting: Setting, theta: Params, pools: list[Tensor], gen: torch.Generator
) -> tuple[Tensor, Params]:
    """(loss, what the method hands to Adam as its gradient) on fresh tasks, for every run."""
    method, shots, lr = setting.method, setting.shots, setting.alpha
    if method == "reptile":
        return reptile_grads(LOSS, theta, side_by_side(pools, (shots,) * INNER, gen), lr=lr)
    if method == "pretrain":
        points = batch(pools, gen)
        return meta_grads(LOSS, theta, points, points, lr=0.0, steps=0, free=())
    support, query = side_by_side(pools, (shots, QUERIES), gen)
    free = HEAD if method == "anil" else tuple(theta)
    return meta_grads(LOSS, theta, support, query, lr=lr, steps=1, free=free)


def trained(setting: Setting) -> list[Params]:
    """θ of each run when the budget is used up; of a classifier the body, with a head of zeros.

    Classifiers that are trained side by side meet as many characters.
    """
    wide = setting.method == "pretrain"
    pools = [pool(run) for run in setting.runs]
    done = train(
        lambda theta, gen: gradient(setting, theta, pools, gen),
        stack([start(run.seed, run.characters if wide else NUM_WAYS) for run in setting.runs]),
        iterations=outer_steps(setting), lr=setting.beta, gen=generator(setting.budget),
        title=f"{setting.method}, {setting.shots} shots, {setting.budget} passes",
    )  # fmt: skip
    blank = net.blank_head() if wide else {}
    return [{**theta, **blank} for theta in unstack(done.theta)]
