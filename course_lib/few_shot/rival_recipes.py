"""How the few-shot rivals are trained: for the same core-minutes, from three seeds (notebook 07).

`DATA-NAME` is a training of about five minutes of one core, whatever the system: an iteration of
one is dearer than an iteration of another, so their numbers differ. `-seed2` and `-seed3` are the
same from other random numbers. `-longer` is the system's own best. Checkpoints are stored in half
precision; the numbers of the table are of what is stored.
"""

import functools

import torch
from torch import Tensor

from course_lib.few_shot import recipes, rivals
from course_lib.few_shot.rivals.rival import Params, Rival
from course_lib.tasks import datasets
from course_lib.training import load_checkpoint
from course_lib.training.recipe import SEEDS, Recipe, of_seed

DATA = ("omniglot", "glyphs")
MINUTES = 5  # of one core, about: what they took stands in each checkpoint


def checkpoint_of(rival: Rival, data: str, *, seed: int = 1, longer: bool = False) -> str:
    """The name of the checkpoint, and of the recipe that makes it; "" where nothing is learned.

    The own best of a system that another lesson has trained is that lesson's checkpoint.
    """
    if rival.theta_of:
        return checkpoint_of(rivals.find(rival.theta_of), data, seed=seed, longer=longer)
    if rival.training is None:
        return ""
    if longer and rival.longest:
        return of_seed(rival.longest[data], seed)
    return of_seed(f"{data}-{rival.name}{'-longer' * longer}", seed)


def load(rival: Rival, data: str, *, device=None, **which) -> tuple[Params, dict]:
    """θ of a trained rival, in single precision, and how it was made.

    Errors: FileNotFoundError, with the command that trains it; ValueError for a damaged file.
    """
    name = checkpoint_of(rival, data, **which)
    if not name:
        return {}, {}
    theta, made = load_checkpoint(name, device=device)
    return {k: p.float() if p.is_floating_point() else p for k, p in theta.items()}, made


def objective(
    rival: Rival, data: str, theta: Params, gen: torch.Generator, device=None, **changes
) -> Tensor:
    """The loss of a fresh batch of the meta-training characters, each turned four ways."""
    return rival.training.objective(theta, recipes.meta_train_images(data, device), gen, **changes)


def finish(rival: Rival, data: str, theta: Params, gen: torch.Generator, device=None) -> Params:
    """What is kept of the trained θ, in half precision."""
    images = recipes.meta_train_images(data, device)
    held_out = datasets.load(data).images_in("meta-val").to(device)
    kept = rival.training.finish(theta, images, held_out, gen)
    return {k: p.half() if p.is_floating_point() else p for k, p in kept.items()}


def start(rival: Rival, checkpoint: str, gen: torch.Generator, device=None) -> Params:
    """A fresh θ, with the weights of another checkpoint that have the same names and shapes."""
    theta = rival.init(gen, device)
    other, _ = load_checkpoint(checkpoint, device=device)
    shared = {k: p for k, p in other.items() if k in theta and p.shape == theta[k].shape}
    return {**theta, **{k: p.to(theta[k].dtype) for k, p in shared.items()}}


def recipe(rival: Rival, data: str, seed: int, longer: bool) -> Recipe:
    """One training of a rival."""
    training = rival.training
    changes = training.longer_changes if longer else {}
    first = training.start.format(data=data) if longer else ""
    return Recipe(
        checkpoint_of(rival, data, seed=seed, longer=longer),
        functools.partial(objective, rival, data, **changes),
        functools.partial(start, rival, first) if first else rival.init,
        iterations=training.longer if longer else training.iterations, lr=training.lr, seed=seed,
        notes={"data": data, "rival": rival.name, "budget": "longer" if longer else "equal",
               **({"start": first} if first else {}), **training.facts, **changes},
        finish=functools.partial(finish, rival, data),
    )  # fmt: skip


def variants(rival: Rival) -> list[tuple[str, int, bool]]:
    """(data, seed, longer) of each training of a rival: none where nothing is learned."""
    if rival.training is None:
        return []
    budgets = (False, True) if rival.training.longer else (False,)
    return [(data, seed, longer) for longer in budgets for seed in SEEDS for data in DATA]


RECIPES = tuple(
    recipe(rival, *variant) for rival in rivals.all_rivals().values() for variant in variants(rival)
)
