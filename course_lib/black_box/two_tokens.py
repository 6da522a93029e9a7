"""A pair as two tokens, x by itself and y by itself, and how training goes then (notebook 08).

The rows are x_1, y_1, x_2, y_2, …, each with a learned place, and each sees itself and those
before it. At x_{t+1} the network answers, having read t pairs. So it is in S. Garg and others,
"What Can Transformers Learn In-Context?", NeurIPS 2022 (unchecked). For comparison a y may carry a
copy of its x along. Nothing else differs then: as many rows, places, weights and random numbers.
"""

import functools
import math
import time

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

import course_lib
from course_lib.black_box import in_context, transformer
from course_lib.ground.types import Params
from course_lib.tasks import linear
from course_lib.training.loop import iterate
from course_lib.training.recipe import SEEDS, Part, Table

DIM, LENGTH = 10, 20  # pairs in training: noise-free, so ten tell all
WIDTH, LAYERS = 64, 4
ITERATIONS, LR = 1400, 2e-3
EVERY, LOOKED_AT = 25, 256  # steps from note to note, tasks whose attention is noted
KINDS = {"x and y apart": False, "y with a copy of its x": True}


def init(gen: torch.Generator, *, dim: int, length: int, width: int, layers: int) -> Params:
    """Fresh weights θ, with a place for each of `length` pairs and for one more question."""
    theta = transformer.init(dim, width, layers, gen)
    del theta["start"]  # x_1 is there when nothing has been read
    return theta | {"place": torch.randn(2 * length + 1, width, generator=gen)}


def tokens(
    theta: Params, x: Float[Tensor, "tasks asked dim"], y: Float[Tensor, "tasks told"], copied: bool
) -> Float[Tensor, "tasks rows width"]:
    """x_1, y_1, …, y_n, x_{n+1}: (x, 0, 0, 1) for an x, (0, y, 1, 0) or (x, y, 1, 0) for its y.

    Errors: ValueError for more pairs than there are places.
    """
    if y.shape[1] > len(theta["place"]) // 2:
        most = len(theta["place"]) // 2
        raise ValueError(f"{y.shape[1]} pairs, and places for {most}: give fewer, or more places.")
    asked = F.pad(x, (0, 3))
    told = F.pad(torch.cat([x[:, :-1] * copied, y[..., None]], -1), (0, 2))
    told[..., -2], asked[..., -1] = 1, 1
    rows = torch.stack([asked[:, :-1], told], 2).flatten(1, 2)
    rows = torch.cat([rows, asked[:, -1:]], 1)
    return F.linear(rows, theta["token"]) + theta["place"][: rows.shape[1]]


def visible(rows: int) -> Bool[Tensor, "rows rows"]:
    """Each row sees itself and those before it."""
    return torch.ones(rows, rows).tril().bool()


def answers(
    theta: Params, x: Float[Tensor, "tasks asked dim"], y: Float[Tensor, "tasks told"], copied: bool
) -> Float[Tensor, "tasks asked"]:
    """What the network says at each x, after the pairs before it."""
    rows = tokens(theta, x, y, copied)
    for i in range(transformer.num_layers(theta)):
        rows = transformer.layer(theta, i, rows, visible(rows.shape[1]))
    asked = F.layer_norm(rows[:, ::2], rows.shape[-1:], theta["norm"], theta["b_norm"])
    return F.linear(asked, theta["head"], theta["b_head"])[..., 0]


@torch.no_grad()
def on_its_x(
    theta: Params, x: Float[Tensor, "tasks asked dim"], y: Float[Tensor, "tasks told"], copied: bool
) -> Float[Tensor, " layers heads"]:
    """The share of a y's attention that goes to its own x, in each head: mean over tasks, pairs."""
    rows, found = tokens(theta, x, y, copied), []
    seen = visible(rows.shape[1])
    for i in range(transformer.num_layers(theta)):
        normed = F.layer_norm(rows, rows.shape[-1:], theta[f"{i}.norm"], theta[f"{i}.b_norm"])
        key = F.linear(normed, theta[f"{i}.key_value"]).chunk(2, -1)[0]
        query, key = (part.unflatten(-1, (transformer.HEADS, -1)).transpose(1, 2)
                      for part in (F.linear(normed, theta[f"{i}.query"]), key))  # fmt: skip
        alike = query @ key.mT / math.sqrt(query.shape[-1])
        weight = torch.softmax(alike.masked_fill(~seen, -torch.inf), -1)
        found.append(weight[..., 1::2, :-1:2].diagonal(dim1=-2, dim2=-1).mean((0, 2)))
        rows = transformer.layer(theta, i, rows, seen)
    return torch.stack(found)


def drawn(
    num_tasks: int, gen: torch.Generator
) -> tuple[Float[Tensor, "tasks asked dim"], Float[Tensor, "tasks asked"]]:
    """Fresh tasks of `DIM` dimensions: every x, and every y without noise."""
    x, y, at, answer = linear.sample_prompts(num_tasks, DIM, LENGTH, 1, gen)
    return torch.cat([x, at], 1), torch.cat([y, answer], 1)


def course_of(kind: str, seed: int, iterations: int) -> dict:
    """A training: its mean loss over every 25 steps, and after them the largest of `on_its_x`.

    The loss is the mean squared error of all answers / d, on fresh tasks. Who says 0 has 1, and who
    knows all that t pairs tell, max(0, 1 − t/d) at the t-th.
    """
    copied, own, began = KINDS[kind], [], time.process_time()
    watched = drawn(LOOKED_AT, course_lib.seed(812))

    def update(leaves: Params, adam: torch.optim.Optimizer, gen: torch.Generator, i: int) -> float:
        if i % EVERY == 0 and i:
            note(leaves)
        x, y = drawn(in_context.BATCH, gen)
        said = answers(leaves, x, y[:, :-1], copied)
        loss, grads = in_context.clipped((said - y).square().mean() / DIM, leaves)
        for name, p in leaves.items():
            p.grad = grads[name]
        adam.step()
        return loss.item()

    def note(theta: Params) -> None:
        own.append(on_its_x(theta, watched[0], watched[1][:, :-1], copied).max().item())

    sizes = {"dim": DIM, "length": LENGTH, "width": WIDTH, "layers": LAYERS}
    done = iterate(
        update, init(course_lib.seed(seed), **sizes), iterations=iterations, lr=LR,
        gen=course_lib.seed(100 + seed),
        schedule=functools.partial(in_context.warm, up=0.1, down=0.3), title=f"{kind}, seed {seed}",
    )  # fmt: skip
    note(done.theta)
    loss = [part.mean().item() for part in torch.tensor(done.losses).split(EVERY)]
    return {"kind": kind, "seed": seed, "every": EVERY, "loss": [round(v, 4) for v in loss],
            "own": [round(v, 4) for v in own],
            "core_seconds": round(time.process_time() - began)}  # fmt: skip


def row_name(row: dict) -> str:
    """Such as "x and y apart, seed 1"."""
    return f"{row['kind']}, seed {row['seed']}"


def parts() -> list[Part]:
    """Both kinds from every seed."""
    return [
        Part(
            (row_name({"kind": kind, "seed": seed}),), course_of,
            {"kind": kind, "seed": seed, "iterations": ITERATIONS},
        )
        for kind in KINDS for seed in SEEDS
    ]  # fmt: skip


TABLES = (Table("two_tokens", parts, 812, row_name),)
