"""Meta-SGD on sinusoids and the learned optimiser on parabolas, from three seeds each
(notebook 11)."""

from course_lib.beyond import learned_update
from course_lib.beyond.step_sizes import meta_sgd_grad, with_rates
from course_lib.maml.study import LOSS, LR, NET
from course_lib.tasks.sinusoids import sample_tasks
from course_lib.training.recipe import SEEDS, Recipe, of_seed

SIZES = {"num_tasks": 25, "num_shots": 5, "num_queries": 10}


def meta_sgd_start(gen, device=None):
    """A random θ, and 0.01 for each of its step sizes."""
    return with_rates(NET.init(gen, device=device), LR)


def meta_sgd_objective(both, gen, device=None):
    """The meta-loss of fresh sinusoids after one step, and its gradient in θ and the step sizes."""
    return meta_sgd_grad(LOSS, both, sample_tasks(**SIZES, gen=gen, device=device))


RECIPES = (
    *(
        Recipe(of_seed("sinusoid-meta-sgd", seed), meta_sgd_objective, meta_sgd_start,
               iterations=4000, lr=5e-3, seed=seed, notes={**SIZES, "alpha": LR, "steps": 1})
        for seed in SEEDS
    ),
    *(
        Recipe(of_seed("parabola-optimiser", seed), learned_update.objective, learned_update.init,
               iterations=1500, lr=0.01, seed=seed,
               notes={"num_tasks": learned_update.BATCH, "steps": learned_update.STEPS,
                      "hidden": learned_update.HIDDEN, "curvature": learned_update.CURVATURE})
        for seed in SEEDS
    ),
)  # fmt: skip
