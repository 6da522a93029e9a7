"""Learning in the prompt: the error after every pair, of what was trained from three seeds, and
what breaks it (notebook 08).

A row of `in_context` is one learner's curve. `error` is its mean over tasks and trainings after
each of `sizes` pairs, `ci` the half-width of its 95 % interval over tasks, `train_se` the standard
error over trainings (null for one), `each` the mean of each training. Errors of linear functions
are shares of the variance of their answers, so who says 0 has 1; those of sinusoids are as they
are. `ratio` is error over that of ridge, which nobody beats, with its own interval.
A row of `in_context_order` says which share of an error is a matter of the order of the pairs.
"""

import functools
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

import course_lib
from course_lib import black_box
from course_lib.black_box import transformer
from course_lib.black_box.in_context import Y_SCALE, scaled
from course_lib.black_box.study import FAMILIES, Pairs, best_rates, fresh, maml_errors
from course_lib.ground.stats import Z95, mean_and_ci
from course_lib.ground.types import Params
from course_lib.tasks import linear
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import SEEDS, Part, Table, of_seed

SEED = 811
TASKS = 4000  # of linear functions
CURVES = 2000  # sinusoids
AT_ONCE = 250
NOISE = {5: 0.5, 20: 1.0}
LENGTH = {5: 20, 20: 40}  # pairs in training
SCALES = {"as trained": {}, "x × 0.5": {"x_scale": 0.5}, "x × 2": {"x_scale": 2.0},
          "w × 2": {"w_scale": 2.0}}  # fmt: skip
ORDERS = 8


def shipped(name: str) -> tuple[str, ...]:
    """The checkpoints of a training, one a seed."""
    return tuple(of_seed(name, seed) for seed in SEEDS)


def weights_of(names: Sequence[str]) -> list[Params]:
    """θ of each, in single precision."""
    return [{k: p.float() for k, p in load_checkpoint(name)[0].items()} for name in names]


def in_parts(said: Callable[..., Tensor], *tasks: Tensor) -> Tensor:
    """`said(…)` [sizes, tasks, questions] of many tasks, a part of them at a time."""
    return torch.cat([said(*some) for some in zip(*(t.split(AT_ONCE) for t in tasks), strict=True)],
                     1)  # fmt: skip


def transformer_sinusoids(
    theta: Params, x: Tensor, y: Tensor, at: Tensor, sizes: Sequence[int]
) -> Float[Tensor, "sizes tasks questions"]:
    """A transformer's answers on sinusoids, as `black_box.curve` gives those of a recurrent net."""
    x, at = scaled(x, at)
    return Y_SCALE * transformer.curve(theta, x, y / Y_SCALE, at, sizes)


def transformer_errors(theta: Params, pairs: Pairs, sizes: list[int]) -> Tensor:
    """Mean squared error of a transformer's answers after each of `sizes` pairs: [tasks, sizes]."""
    return squared(functools.partial(transformer_sinusoids, theta, sizes=sizes), pairs)


def squared(said: Callable[..., Tensor], tasks) -> Float[Tensor, "tasks sizes"]:
    """Each task's mean squared error over its questions."""
    x, y, at, answer = tasks
    return (in_parts(said, x, y, at) - answer).square().mean(-1).T


def summary(errors: Float[Tensor, "trainings tasks sizes"]) -> dict:
    """Mean, interval over tasks, standard error over trainings, and the mean of each training."""
    mean, ci = mean_and_ci(errors.mean(0))
    each = errors.mean(1)
    spread = each.std(0) / len(each) ** 0.5 if len(each) > 1 else None
    return {
        "error": _rounded(mean), "ci": _rounded(ci),
        "train_se": None if spread is None else _rounded(spread),
        "each": [_rounded(row) for row in each], "seeds": len(each), "tasks": errors.shape[1],
    }  # fmt: skip


def _rounded(numbers: Tensor) -> list[float]:
    return [float(f"{number:.3g}") for number in numbers.tolist()]


def ratio(
    ours: Float[Tensor, "tasks sizes"], least: Float[Tensor, "tasks sizes"]
) -> tuple[Tensor, Tensor]:
    """Mean of `ours` over mean of `least`, and its 95 % half-width, task by task (delta method)."""
    found = ours.mean(0) / least.mean(0)
    return found, Z95 * (ours - found * least).std(0) / len(ours) ** 0.5 / least.mean(0)


def linear_row(dim: int, learner: str, change: str, sizes: tuple[int, ...], num_tasks: int) -> dict:
    """A row of linear functions: the transformers', or that of `ridge`, told what has changed."""
    scale = SCALES[change]
    drawn = linear.sample_prompts(
        num_tasks, dim, max(sizes), 2, course_lib.seed(SEED), noise=NOISE[dim], **scale
    )
    unit = dim * (scale.get("x_scale", 1.0) * scale.get("w_scale", 1.0)) ** 2
    relative = NOISE[dim] / scale.get("w_scale", 1.0)
    said = linear.ridge_curve(drawn, sizes, relative).float()
    least = (said - drawn.answer).square().mean(-1).T / unit
    row = {"world": f"linear {dim}", "learner": learner, "change": change, "sizes": list(sizes)}
    if learner == "ridge":
        return {**row, **summary(least[None])}
    errors = torch.stack([
        squared(functools.partial(transformer.curve, theta, sizes=sizes), drawn) / unit
        for theta in weights_of(linear_weights(dim))
    ])  # fmt: skip
    found, half = ratio(errors.mean(0), least)
    return {**row, **summary(errors), "ratio": _rounded(found), "ratio_ci": _rounded(half)}


def linear_weights(dim: int) -> tuple[str, ...]:
    """The transformers of linear functions of `dim` dimensions."""
    return shipped(f"linear{dim}-transformer")


SINUSOIDS = {"transformer": shipped("sinusoid-transformer"),
             "recurrent net": shipped("sinusoid-gru"), "MAML": ("sinusoid-maml",)}  # fmt: skip
ON_CURVES = {"transformer": transformer_sinusoids, "recurrent net": black_box.curve}


def sinusoid_row(learner: str, change: str, sizes: tuple[int, ...], num_tasks: int) -> dict:
    """A row of sinusoids of one of `FAMILIES`; MAML's α is chosen for each number of pairs."""
    pairs = fresh(change, max(sizes), num_tasks)
    pairs = pairs._replace(at=pairs.at[:, :10], answer=pairs.answer[:, :10])
    thetas = weights_of(SINUSOIDS[learner])
    if learner == "MAML":
        rates = list(best_rates(change, sizes))
        some = [Pairs(*part) for part in zip(*(t.split(AT_ONCE) for t in pairs), strict=True)]
        errors = [torch.cat([maml_errors(theta, part, list(sizes), rates) for part in some])
                  for theta in thetas]  # fmt: skip
    else:
        said = ON_CURVES[learner]
        errors = [squared(functools.partial(said, theta, sizes=sizes), pairs) for theta in thetas]
    row = {"world": "sinusoids", "learner": learner, "change": change, "sizes": list(sizes)}
    return {**row, **summary(torch.stack(errors))}


def share_of_order(said: Float[Tensor, "orders tasks questions"], answer: Tensor) -> dict:
    """Mean squared error in one order, and the share of it that is variance over orders.

    With m orders the error of the mean answer holds 1/m of that variance still.
    """
    one = (said - answer).square().mean((0, 2))
    averaged = (said.mean(0) - answer).square().mean(1)
    found, half = ratio((one - averaged)[:, None], one[:, None])
    more = len(said) / (len(said) - 1)
    return {"error": _rounded(one.mean()[None])[0], "share": round(more * found.item(), 3),
            "ci": round(more * half.item(), 3)}  # fmt: skip


def order_rows(world: str, learner: str, pairs_read: int, num_tasks: int) -> list[dict]:
    """A row for each training: the same pairs, read in eight orders."""
    if world == "sinusoids":
        x, y, at, answer = fresh("as trained", pairs_read, num_tasks)
        at, answer, names, said = at[:, :10], answer[:, :10], SINUSOIDS[learner], ON_CURVES[learner]
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
    """What a row is called: "linear 5, transformer, as trained", with ", long" behind it."""
    long = ", long" * (len(row["sizes"]) < 5)
    return f"{row['world']}, {row['learner']}, {row['change']}{long}"


def order_name(row: dict) -> str:
    """What a row is called: "sinusoids, transformer, 10 pairs, seed 1"."""
    return f"{row['world']}, {row['learner']}, {row['pairs']} pairs, seed {row['seed']}"


def parts() -> list[Part]:
    """Every curve: 0 to twice as many pairs as in training, four times as many, and what breaks."""
    asked = []
    for dim, length in LENGTH.items():
        changes = SCALES if dim == 5 else ["as trained"]
        many = [(change, tuple(range(2 * length + 1))) for change in changes]
        asked += [
            (
                linear_row,
                linear_weights(dim) if learner == "transformer" else (),
                {
                    "dim": dim,
                    "learner": learner,
                    "change": change,
                    "sizes": sizes,
                    "num_tasks": TASKS,
                },
            )
            for learner in ("transformer", "ridge")
            for change, sizes in [*many, ("as trained", (2 * length, 4 * length))]
        ]
    for learner, names in SINUSOIDS.items():
        asked += [
            (
                sinusoid_row,
                names,
                {"learner": learner, "change": family, "sizes": sizes, "num_tasks": CURVES},
            )
            for family in FAMILIES
            for sizes in [tuple(range(41))]
        ]
        asked.append(
            (
                sinusoid_row,
                names,
                {
                    "learner": learner,
                    "change": "as trained",
                    "sizes": (40, 80),
                    "num_tasks": CURVES,
                },
            )
        )
    return [Part((_called(measure, fields),), measure, fields, weights)
            for measure, weights, fields in asked]  # fmt: skip


def _called(measure: Callable, fields: dict) -> str:
    world = "sinusoids" if measure is sinusoid_row else f"linear {fields['dim']}"
    return row_name({"world": world, **fields})


def order_parts() -> list[Part]:
    """Both learners on sinusoids, the transformer on linear functions."""
    asked = [("sinusoids", "transformer", 10), ("sinusoids", "recurrent net", 10),
             ("linear 5", "transformer", 5), ("linear 5", "transformer", 10)]  # fmt: skip
    return [
        Part(
            tuple(order_name({"world": world, "learner": learner, "pairs": n, "seed": seed})
                  for seed in SEEDS),
            order_rows,
            {"world": world, "learner": learner, "pairs_read": n, "num_tasks": CURVES},
            SINUSOIDS[learner] if world == "sinusoids" else linear_weights(int(world.split()[1])),
        )
        for world, learner, n in asked
    ]  # fmt: skip


TABLES = (
    Table("in_context", parts, SEED, row_name),
    Table("in_context_order", order_parts, SEED, order_name),
)
