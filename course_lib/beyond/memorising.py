"""Meta-overfitting by memory: tasks whose labels never change need no support (notebook 11).

The meta-train characters are dealt into five groups. A task takes one of each group. With *fixed*
labels a character of group 3 is always a 3: then one net can know all answers by heart, and the
support is of no use. With *shuffled* labels each task deals the five names anew: no net can be
right on two such tasks without looking at the support.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from course_lib.ground.device import seed as generator
from course_lib.ground.stats import mean_and_ci
from course_lib.ground.types import Pair, Params
from course_lib.maml import engine, inner_path
from course_lib.maml.inner import together
from course_lib.maml.live import characters
from course_lib.nets.models import cross_entropy, mlp
from course_lib.training.loop import train
from course_lib.training.recipe import SEEDS, Part, Table

WAYS, SHOTS, QUERIES, CHARACTERS = 5, 1, 4, 100
NET = mlp(14 * 14, 64, 64, WAYS)
LOSS = cross_entropy(NET.apply)
INNER = {"lr": 0.1, "steps": 3}
TASKS, BETA, ITERATIONS = 16, 3e-3, 1000
TEST_SEED, TEST_TASKS = 1120, 300
LABELS = ("fixed", "shuffled")


def pictures(split: str) -> Float[Tensor, "characters drawers pixels"]:
    """Characters at half their size, flat; the first `CHARACTERS` of meta-train, all of meta-test.

    They are dealt into groups by their place.
    """
    images = characters(split)[:CHARACTERS].float() / 255
    return F.avg_pool2d(images, 2).flatten(2)


def draw(
    pool: Float[Tensor, "characters drawers pixels"],
    labels: str,
    num_tasks: int,
    gen: torch.Generator,
) -> tuple[Pair, Pair]:
    """Tasks of one character from each group, named by group ("fixed") or anew ("shuffled").

    Errors: ValueError for other `labels`.
    """
    if labels not in LABELS:
        raise ValueError(f"Labels are {labels!r}: choose {' or '.join(LABELS)}.")
    size = len(pool) // WAYS
    which = torch.randint(size, (num_tasks, WAYS), generator=gen) + size * torch.arange(WAYS)
    names = torch.arange(WAYS).expand(num_tasks, WAYS)
    if labels == "shuffled":
        names = torch.rand(num_tasks, WAYS, generator=gen).argsort(-1)
    drawers = torch.rand(num_tasks, WAYS, pool.shape[1], generator=gen).argsort(-1)
    x = pool[which[..., None], drawers[..., : SHOTS + QUERIES]]
    y = names[..., None].expand(x.shape[:3])
    parts = [(x[:, :, :SHOTS], y[:, :, :SHOTS]), (x[:, :, SHOTS:], y[:, :, SHOTS:])]
    return tuple((a.flatten(1, 2), b.flatten(1)) for a, b in parts)


def trained(labels: str, seed: int, iterations: int) -> Params:
    """MAML on the meta-train characters with these labels."""
    pool, gen = pictures("meta-train"), generator(seed)
    return train(
        lambda theta, gen: engine.meta_grad(LOSS, theta, draw(pool, labels, TASKS, gen), **INNER),
        NET.init(gen), iterations=iterations, lr=BETA, gen=gen, title=f"{labels} labels",
    ).theta  # fmt: skip


def right(theta: Params, tasks: tuple[Pair, Pair]) -> Float[Tensor, "path tasks"]:
    """The share of queries right after 0, 1, … inner steps, in %."""
    support, (x, y) = tasks
    total, copies = together(LOSS, theta, len(x))
    said = [vmap(NET.apply)(phi, x) for phi in inner_path(total, copies, support, **INNER)]
    return torch.stack([100 * (s.argmax(-1) == y).float().mean(1) for s in said])


def rows_of(labels: str, iterations: int, num_tasks: int, seeds: tuple[int, ...]) -> list[dict]:
    """Before and after adapting: tasks as in training, and new characters with shuffled labels."""
    thetas, rows = [trained(labels, seed, iterations) for seed in seeds], []
    for split, names in (("meta-train", labels), ("meta-test", "shuffled")):
        tasks = draw(pictures(split), names, num_tasks, generator(TEST_SEED))
        found = torch.stack([right(theta, tasks)[[0, -1]] for theta in thetas])
        for i, when in enumerate(("before", "after")):
            mean, ci = mean_and_ci(found[:, i].mean(0))
            each = found[:, i].mean(1).tolist()
            row = {"labels": labels, "split": split, "when": when, "right": round(mean.item(), 1),
                   "ci": round(ci.item(), 1), "each": [round(v, 1) for v in each]}  # fmt: skip
            rows.append(row)
    return rows


def row_name(row: dict) -> str:
    """Such as "fixed, meta-test, after"."""
    return f"{row['labels']}, {row['split']}, {row['when']}"


def parts() -> list[Part]:
    """Both kinds of labels."""
    return [
        Part(
            tuple(
                row_name({"labels": labels, "split": split, "when": when})
                for split in ("meta-train", "meta-test") for when in ("before", "after")
            ),
            rows_of,
            {"labels": labels, "iterations": ITERATIONS, "num_tasks": TEST_TASKS, "seeds": SEEDS},
        )
        for labels in LABELS
    ]  # fmt: skip


TABLES = (Table("memorising", parts, TEST_SEED, row_name),)
