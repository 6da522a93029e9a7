"""How the two sinusoid nets of MAML's comparison are trained (notebook 04)."""

from course_lib.maml.study import JOINT, MAML, NET, joint_objective, maml_objective
from course_lib.training.recipe import Recipe

RECIPES = (
    Recipe(
        "sinusoid-maml", maml_objective, NET.init,
        iterations=30_000, lr=5e-3, seed=1, notes=MAML,
    ),
    Recipe(
        "sinusoid-pretrained", joint_objective, NET.init,
        iterations=10_000, lr=3e-3, seed=1, notes=JOINT,
    ),
)  # fmt: skip
