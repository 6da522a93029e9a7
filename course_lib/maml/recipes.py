"""How the two sinusoid nets of MAML's comparison are trained (notebook 04)."""

from course_lib.maml.study import JOINT, MAML, NET, joint_objective, maml_objective
from course_lib.training.recipe import SEEDS, Recipe, of_seed


def maml(seed: int) -> Recipe:
    """The training of MAML's start: one inner step of ten shots."""
    return Recipe(
        of_seed("sinusoid-maml", seed), maml_objective, NET.init,
        iterations=30_000, lr=5e-3, seed=seed, notes=MAML,
    )  # fmt: skip


def pretrained(seed: int) -> Recipe:
    """The training of the other start: all tasks at once, no inner step."""
    return Recipe(
        of_seed("sinusoid-pretrained", seed), joint_objective, NET.init,
        iterations=10_000, lr=3e-3, seed=seed, notes=JOINT,
    )  # fmt: skip


RECIPES = tuple(recipe(seed) for recipe in (maml, pretrained) for seed in SEEDS)
