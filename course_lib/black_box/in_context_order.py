"""Which share of a learner's error in the prompt is a matter of the order of the pairs
(notebook 08).

A row is one training: the mean squared `error` in one order, the `share` of it that is variance
over orders, and `ci`, the half-width of the share's 95 % interval over tasks.
"""

import functools

import torch
from jaxtyping import Float
from torch import Tensor

import course_lib
from course_lib.black_box import transformer
from course_lib.black_box.in_context_study import (
    CURVES,
    NOISE,
    ON_CURVES,
    SEED,
    SINUSOIDS,
    in_parts,
    linear_weights,
    ratio,
    shipped,
    weights_of,
)
from course_lib.black_box.study import fresh
from course_lib.tasks import linear
from course_lib.training.recipe import Part, Table

ORDERS = 8


def share_of_order(said: Float[Tensor, "orders tasks questions"], answer: Tensor) -> dict:
    """Mean squared error in one order, and the share of it that is variance over orders.

    With m orders the error of the mean answer holds 1/m of that variance still.
    """
    one = (said - answer).square().mean((0, 2))
    averaged = (said.mean(0) - answer).square().mean(1)
    found, half = ratio((one - averaged)[:, None], one[:, None])
    more = len(said) / (len(said) - 1)
    return {"error": float(f"{one.mean().item():.3g}"), "share": round(more * found.item(), 3),
            "ci": round(more * half.item(), 3)}  # fmt: skip


def order_rows(world: str, learner: str, pairs_read: int, num_tasks: int) -> list[dict]:
    """A row for each training: the same pairs, read in eight orders."""
    if world == "sinusoids":
        x, y, at, answer = fresh("as trained", pairs_read, num_tasks)
        at, answer, names, said = (
            at[:, :10],
            answer[:, :10],
            shipped(SINUSOIDS[learner]),
            ON_CURVES[learner],
        )
    else:
        dim = int(world.split()[1])
        gen = course_lib.seed(SEED)
        x, y, at, answer = linear.sample_prompts(
            num_tasks, dim, pairs_read, 2, gen, noise=NOISE[dim]
        )
        names, said = linear_weights(dim), transformer.curve
    gen, rows = course_lib.seed(SEED + 1), []
    shuffled = [torch.randperm(pairs_read, generator=gen) for _ in range(ORDERS)]
    for seed, theta in enumerate(weights_of(names), 1):
        after = functools.partial(said, theta, sizes=[pairs_read])
        answers = torch.cat([in_parts(after, x[:, s], y[:, s], at) for s in shuffled])
        found = share_of_order(answers, answer)
        rows.append({"world": world, "learner": learner, "pairs": pairs_read, "seed": seed, **found,
                     "tasks": num_tasks})  # fmt: skip
    return rows


def row_name(row: dict) -> str:
    """What a row is called: "sinusoids, transformer, 10 pairs, seed 1"."""
    return f"{row['world']}, {row['learner']}, {row['pairs']} pairs, seed {row['seed']}"


def parts() -> list[Part]:
    """Both learners on sinusoids, the transformer on linear functions."""
    asked = [("sinusoids", "transformer", 10), ("sinusoids", "recurrent net", 10),
             ("linear 5", "transformer", 5), ("linear 5", "transformer", 10)]  # fmt: skip
    return [_part(*some) for some in asked]


def _part(world: str, learner: str, pairs_read: int) -> Part:
    names = shipped(SINUSOIDS[learner]) if world == "sinusoids" else linear_weights(5)
    fields = {"world": world, "learner": learner}
    rows = [row_name({**fields, "pairs": pairs_read, "seed": i}) for i in range(1, len(names) + 1)]
    more = {"pairs_read": pairs_read, "num_tasks": CURVES}
    return Part(tuple(rows), order_rows, {**fields, **more}, names)


TABLES = (Table("in_context_order", parts, SEED, row_name),)
