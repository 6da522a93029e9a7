"""Learning in the prompt: the error after every pair, of what was trained from three seeds, and
what breaks it (notebook 08).

A row of `in_context` is one learner's curve. `error` is its mean over tasks and trainings after
each of `sizes` pairs, `ci` the half-width of its 95 % interval over tasks, `train_se` the standard
error over trainings (null for one), `each` the mean of each training. Errors of linear functions
are shares of the variance of their answers, so who says 0 has 1; those of sinusoids are as they
are. `ratio` is error over that of ridge, which nobody beats, with its own interval.
"""

import functools
import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

import course_lib
from course_lib import black_box, results
from course_lib.black_box import transformer
from course_lib.black_box.in_context import Y_SCALE, scaled
from course_lib.black_box.study import FAMILIES, Pairs, best_rates, fresh, maml_errors
from course_lib.ground.stats import Z95, mean_and_ci
from course_lib.ground.types import Params
from course_lib.tasks import linear
from course_lib.training.loop import CHECKPOINTS, load_checkpoint
from course_lib.training.recipe import SEEDS, Part, Table, of_seed

SEED = 811
TASKS = 4000  # of linear functions
CURVES = 2000  # sinusoids
SOME = (0, 1, 2, 3, 5, 10, 20, 40)  # pairs after which MAML is measured
AT_ONCE = 250
NOISE = {5: 0.5, 20: 1.0}
LENGTH = {5: 20, 20: 40}  # pairs in training
SCALES = {"as trained": {}, "x × 0.5": {"x_scale": 0.5}, "x × 2": {"x_scale": 2.0},
          "w × 2": {"w_scale": 2.0}}  # fmt: skip
NUMBERS = ("error", "ci", "train_se", "each", "ratio", "ratio_ci")


def shipped(name: str) -> tuple[str, ...]:
    """The checkpoints of a training, one a seed: those that are there."""
    names = [of_seed(name, seed) for seed in SEEDS]
    return tuple(name for name in names if (CHECKPOINTS / f"{name}.safetensors").exists())


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
    return Y_SCALE * transformer.curve(theta, scaled(x), y / Y_SCALE, scaled(at), sizes)


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


SINUSOIDS = {
    "transformer": "sinusoid-transformer", "recurrent net": "sinusoid-gru", "MAML": "sinusoid-maml",
}  # fmt: skip
ON_CURVES = {"transformer": transformer_sinusoids, "recurrent net": black_box.curve}


def sinusoid_row(learner: str, change: str, sizes: tuple[int, ...], num_tasks: int) -> dict:
    """A row of sinusoids of one of `FAMILIES`.

    MAML's α is chosen for each of its trainings and each number of pairs.
    """
    pairs = fresh(change, max(sizes), num_tasks)
    pairs = pairs._replace(at=pairs.at[:, :10], answer=pairs.answer[:, :10])
    thetas = weights_of(shipped(SINUSOIDS[learner]))
    if learner == "MAML":
        some = [Pairs(*part) for part in zip(*(t.split(AT_ONCE) for t in pairs), strict=True)]
        errors = []
        for seed, theta in enumerate(thetas, start=1):
            rates = list(best_rates(change, sizes, seed))
            found = [maml_errors(theta, part, list(sizes), rates) for part in some]
            errors.append(torch.cat(found))
    else:
        said = ON_CURVES[learner]
        errors = [squared(functools.partial(said, theta, sizes=sizes), pairs) for theta in thetas]
    row = {"world": "sinusoids", "learner": learner, "change": change, "sizes": list(sizes)}
    return {**row, **summary(torch.stack(errors))}


def stored(world: str, learner: str, change: str = "as trained", *, long: bool = False) -> dict:
    """The stored row of one learner; `long`: the one of sequences of four times the length.

    Its numbers are tensors: `error`, `ci`, `train_se` [sizes] (nan for one training), `each`
    [trainings, sizes]. Errors: ValueError where there is none, naming those there are.
    """
    rows = {row_name(row): row for row in results.load("in_context")["rows"]}
    name = f"{world}, {learner}, {change}" + ", long" * long
    if name not in rows:
        raise ValueError(f"There is no row {name!r}: choose one of {'; '.join(rows)}.")
    row = rows[name]
    nothing = [math.nan] * len(row["sizes"])
    numbers = {"train_se": nothing, **{key: row[key] or nothing for key in NUMBERS if key in row}}
    return {**row, **{key: torch.tensor(value) for key, value in numbers.items()}}


def row_name(row: dict) -> str:
    """What a row is called: "linear 5, transformer, as trained", with ", long" behind it."""
    long = ", long" * (len(row["sizes"]) < 5)
    return f"{row['world']}, {row['learner']}, {row['change']}{long}"


def parts() -> list[Part]:
    """Every curve: 0 to twice as many pairs as in training, four times as many, and what breaks."""
    asked = []
    for dim, length in LENGTH.items():
        whole, changes = tuple(range(2 * length + 1)), SCALES if dim == 5 else ("as trained",)
        curves = [
            *((change, whole) for change in changes),
            ("as trained", (2 * length, 4 * length)),
        ]
        asked += [
            _part(linear_row, f"linear {dim}", names, learner, *curve, TASKS, dim=dim)
            for learner, names in (("transformer", linear_weights(dim)), ("ridge", ()))
            for curve in curves if names or learner == "ridge"
        ]  # fmt: skip
    for learner, name in SINUSOIDS.items():
        slow = learner == "MAML"
        sizes, number = (SOME, CURVES // 2) if slow else (tuple(range(41)), CURVES)
        curves = [*((family, sizes) for family in FAMILIES), ("as trained", (40, 80))]
        asked += [
            _part(sinusoid_row, "sinusoids", shipped(name), learner, *curve, number)
            for curve in curves
        ]
    return asked


def _part(measure, world, names, learner, change, sizes, num_tasks, **more) -> Part:
    fields = {"learner": learner, "change": change, "sizes": sizes, "num_tasks": num_tasks, **more}
    return Part((row_name({"world": world, **fields}),), measure, fields, names)


TABLES = (Table("in_context", parts, SEED, row_name),)
