"""How the recurrent learner is trained (notebook 08)."""

import functools

from course_lib import black_box
from course_lib.training.recipe import Recipe

RECIPES = (
    Recipe(
        "sinusoid-gru", black_box.objective, functools.partial(black_box.init, black_box.HIDDEN),
        iterations=8000, lr=5e-3, seed=1,
        notes={"hidden": black_box.HIDDEN, "length": black_box.LENGTH,
               "num_tasks": black_box.NUM_TASKS},
    ),
)  # fmt: skip
