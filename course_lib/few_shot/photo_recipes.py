"""The talk's second table, from your own folder of photographs: mini-ImageNet (notebook 07).

`miniimagenet-5w1s-NAME` and `-5w5s-NAME` train a rival on 84×84 colour pictures by its published
recipe; `accuracy` then asks it the meta-test tasks. Nothing of it is trained here: the pictures may
not be passed on (`tasks.miniimagenet` says what to get). The rivals are those of `rivals/`; their
body is `models.pool4`. Nearest neighbours look at the features of fine-tuning's classifier.
Matching nets are the large ones: their LSTMs have 1600 units as the body has features, 72 million
weights in all, 287 MB.

Where we differ from the papers: nobody stops early by meta-validation, the last θ is taken, so the
20,000 iterations of prototypical nets are ours; batch norm of what adapts its weights normalises
support and queries each by themselves, test included; fine-tuning moves the head alone, by steps of
one size (Ravi & Larochelle: the whole net, sizes that fall); matching nets have no dropout and look
five times at the support, theirs three times; the LSTM's gates all start at one value, theirs at
random ones near it; MAML's inner step moves the scales of batch norm too. Sources, by reading: Finn
et al. 2017, A.1, and its code; the code of Ravi & Larochelle 2017 (its older versions have other
numbers for fine-tuning); Snell et al. 2017.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

import course_lib
from course_lib import few_shot
from course_lib.few_shot.rivals import fine_tuning, lstm, maml, matching_fce, nearest, prototypical
from course_lib.few_shot.rivals.rival import Pair, Params, Rival, Training, keep_statistics
from course_lib.ground.paths import DRAFTS
from course_lib.ground.stats import mean_and_ci
from course_lib.nets.models import pool4
from course_lib.nets.stored_norm import init_body
from course_lib.tasks import episodes, miniimagenet
from course_lib.training import CHECKPOINTS, constant, halving, load_checkpoint
from course_lib.training.recipe import Recipe

WAYS, QUERIES = 5, 15
PLACES = 25  # what is left of 84×84 pixels, for each channel
WIDE, NARROW = 64, 32  # channels of what compares, and of what adapts its weights
STATISTICS = 256  # pictures whose means and variances are stored: at 84×84 many numbers each
ALPHA = 0.01


class System(NamedTuple):
    """A rival as published for n-way k-shot; `clip` keeps its gradient short."""

    rival: Rival
    schedule: Callable[[float], float] = constant
    clip: Callable[[Params], Params] = dict


def norm_below(grads: Params, most: float) -> Params:
    """The gradient, scaled to length `most` where it is longer."""
    length = torch.sqrt(sum(g.square().sum() for g in grads.values()))
    return {name: g * (most / length).clamp(max=1) for name, g in grads.items()}


def each_below(grads: Params, most: float) -> Params:
    """The gradient, each number of it cut off at ±`most`."""
    return {name: g.clamp(-most, most) for name, g in grads.items()}


@functools.lru_cache(maxsize=3)
def pictures(split: str, device: torch.device | None = None) -> Tensor:
    """The pictures of a split, [classes, 600, 3, 84, 84], from the folder that is found."""
    return miniimagenet.load(split).to(device)


def maml_objective(theta: Params, images: Tensor, gen, *, shots, tasks, first_order):
    """(meta-loss, its gradient) of MAML on a fresh meta-batch; every weight adapts, five steps."""
    batch = episodes.sample_episodes(
        images, num_tasks=tasks, num_ways=WAYS, num_shots=shots, num_queries=QUERIES, gen=gen
    )
    inner = {"alpha": ALPHA, "steps": 5, "first_order": first_order}
    return few_shot.few_shot_meta_grad("pool4", theta, batch, num_ways=WAYS, **inner)


def maml_answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """log softmax of the query logits after ten steps on the support, task by task."""
    inner = {"num_ways": num_ways, "alpha": ALPHA, "steps": 10}
    found = [
        few_shot.path_logits(theta, (x, y), q, **inner)[-1]
        for x, y, q in zip(*support, queries, strict=True)
    ]
    return torch.stack(found).log_softmax(-1)


def tuned(theta: Params, images: Tensor, held_out: Tensor, gen, *, shots: int) -> Params:
    """The body with its statistics, and the step size of 15 that is best on `held_out`."""
    body = {name: p for name, p in theta.items() if name not in ("w", "b")}
    body = keep_statistics(body, images, held_out, gen, number=STATISTICS)
    grid = {"rates": (0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-5), "steps": (15,), "tasks": 5}
    best = fine_tuning.tuned(body, held_out, WAYS, shots, gen, **grid)
    return {**body, "choice": torch.tensor([best] * len(fine_tuning.CELLS))}  # for any cell


def systems(shots: int) -> dict[str, System]:
    """Each system as it was published for 5-way 1-shot or 5-shot, by name."""
    one, alone = shots == 1, functools.partial(keep_statistics, number=STATISTICS)
    width, small = WIDE * PLACES, pool4(WAYS, channels=NARROW).init
    wide = functools.partial(init_body, model=pool4(2, channels=WIDE))

    def taught(rival: Rival, init, objective, iterations, lr=1e-3, finish=alone, **facts) -> Rival:
        part = functools.partial(objective, **facts)
        return rival._replace(init=init, training=Training(part, iterations, lr, facts, finish))

    sizes = {"shots": shots, "queries": QUERIES}
    steps = 12 if one else 8
    ours = {
        "fine-tuning": System(taught(
            fine_tuning.FINE_TUNING,
            functools.partial(fine_tuning.init, body=wide, classes=64, width=width),
            fine_tuning.objective, 30_000, batch=64,
            finish=functools.partial(tuned, shots=shots),
        )),
        "nearest-features": System(nearest.FEATURES),
        "matching": System(taught(
            matching_fce.FCE, functools.partial(matching_fce.init, start=wide, width=width),
            matching_fce.objective, 75_000, lr=1e-4,
            ways=[WAYS], **sizes, pictures=WAYS * (shots + QUERIES),
        ), clip=functools.partial(norm_below, most=0.25)),
        "lstm": System(taught(
            lstm.LSTM,
            functools.partial(lstm.init, learner=small, rate=ALPHA / WAYS),  # on n times the mean
            lstm.objective, 75_000 if one else 50_000,
            working=1.0, tasks=1, **sizes, steps=steps, finish=maml.as_it_is,
        )._replace(answer=functools.partial(lstm.answer, steps=steps)),
            clip=functools.partial(norm_below, most=0.25)),
        "prototypical": System(taught(
            prototypical.PROTOTYPICAL, wide, prototypical.objective, 20_000,
            ways=30 if one else 20, **sizes,
        ), functools.partial(halving, times=10)),
    }  # fmt: skip
    for rival, first_order in ((maml.MAML, False), (maml.FIRST_ORDER, True)):
        ours[rival.name] = System(taught(
            rival, small, maml_objective, 60_000, shots=shots, tasks=4 if one else 2,
            first_order=first_order, finish=maml.as_it_is,
        )._replace(answer=maml_answer), clip=functools.partial(each_below, most=10.0))  # fmt: skip
    return ours


def start(system: System, gen: torch.Generator, device=None) -> Params:
    """A fresh θ, where the pictures are there.

    Errors: FileNotFoundError that says what to get where.
    """
    pictures("meta-train", device)
    return system.rival.init(gen, device)


def objective(
    system: System, theta: Params, gen: torch.Generator, device=None
) -> tuple[Tensor, Params]:
    """The loss of a fresh batch of meta-training pictures, and its gradient, kept short."""
    found = system.rival.training.objective(theta, pictures("meta-train", device), gen)
    if not isinstance(found, tuple):
        slopes = torch.autograd.grad(found, list(theta.values()))
        found = found.detach(), dict(zip(theta, slopes, strict=True))
    return found[0], system.clip(found[1])


def finish(system: System, theta: Params, gen: torch.Generator, device=None) -> Params:
    """What the answer needs of the trained θ."""
    splits = (pictures(split, device) for split in ("meta-train", "meta-val"))
    return system.rival.training.finish(theta, *splits, gen)


def checkpoint_of(name: str, shots: int) -> str:
    """The name of the recipe, and of the checkpoint that a system answers with."""
    return f"miniimagenet-{WAYS}w{shots}s-{systems(shots)[name].rival.theta_of or name}"


def accuracy(
    name: str, shots: int, *, folder: Path | None = None, num_tasks: int = 600, seed: int = 0
) -> tuple[float, float]:
    """Right answers in % over 5-way meta-test tasks of 15 queries a class; its 95 % half-width.

    Without `folder`, a checkpoint of `train --draft` counts before one of `train`.
    Errors: ValueError for another name; FileNotFoundError where there are no pictures, or there is
    no checkpoint, with the command that trains it.
    """
    if name not in systems(shots):
        raise ValueError(f"There is no {name!r} here: choose from {', '.join(systems(shots))}.")
    device = course_lib.device()
    images, checkpoint = pictures("meta-test", device), checkpoint_of(name, shots)
    drafted = (DRAFTS / f"{checkpoint}.safetensors").exists()
    place = folder or (DRAFTS if drafted else CHECKPOINTS)
    theta, _ = load_checkpoint(checkpoint, folder=place, device=device)
    rival, gen, found = systems(shots)[name].rival, course_lib.seed(seed), []
    for _ in range(num_tasks):
        support, (xq, yq) = episodes.sample_episodes(
            images, num_tasks=1, num_ways=WAYS, num_shots=shots, num_queries=QUERIES, gen=gen
        )
        with torch.no_grad():
            found.append(episodes.accuracy(rival.ask(theta, support, xq, WAYS).argmax(-1), yq))
    mean, half = mean_and_ci(100 * torch.cat(found))
    return mean.item(), half.item()


def recipe(name: str, system: System, shots: int) -> Recipe:
    """The training of one system for one cell."""
    training = system.rival.training
    return Recipe(
        checkpoint_of(name, shots), functools.partial(objective, system),
        functools.partial(start, system), training.iterations, training.lr, seed=1,
        notes={"data": "miniimagenet", "rival": name, **training.facts},
        finish=functools.partial(finish, system), schedule=system.schedule,
    )  # fmt: skip


RECIPES = tuple(
    recipe(name, system, shots)
    for shots in (1, 5)
    for name, system in systems(shots).items()
    if not system.rival.theta_of
)
