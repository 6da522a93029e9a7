"""How the recurrent learner and the transformers are trained, from three seeds each (notebook 08).

On the sinusoids both have at most 79 seconds of one quiet core: an iteration of the transformer
takes twice as long, so it has fewer than half as many. Linear functions of 5 and of 20 dimensions:
in both the noise is a twentieth of the variance of the answers. Transformers are stored in half
precision; the numbers of the tables are of what is stored.
"""

import functools

from course_lib import black_box
from course_lib.black_box import in_context, transformer
from course_lib.training.recipe import SEEDS, Recipe, of_seed


def on_linear(dim: int, length: int, noise: float, width: int, layers: int, seed: int, **budget):
    """The recipe of a transformer on linear functions of `dim` dimensions."""
    sizes = {"dim": dim, "length": length, "noise": noise}
    return Recipe(
        of_seed(f"linear{dim}-transformer", seed),
        functools.partial(in_context.linear_objective, **sizes),
        functools.partial(_fresh, dim=dim, width=width, layers=layers),
        seed=seed,
        notes={**sizes, "width": width, "layers": layers, "num_tasks": in_context.BATCH},
        schedule=functools.partial(in_context.warm, up=0.03, down=0.5),
        finish=_half,
        **budget,
    )


def _fresh(gen, *, device=None, **sizes):
    return transformer.init(**sizes, gen=gen, device=device)


def _half(theta, gen, device=None):
    return {name: p.half() for name, p in theta.items()}


RECURRENT = tuple(
    Recipe(
        of_seed("sinusoid-gru", seed), black_box.objective,
        functools.partial(black_box.init, black_box.HIDDEN), iterations=8000, lr=5e-3, seed=seed,
        notes={"hidden": black_box.HIDDEN, "length": black_box.LENGTH,
               "num_tasks": black_box.NUM_TASKS},
    ) for seed in SEEDS
)  # fmt: skip
SINUSOIDS = tuple(
    Recipe(
        of_seed("sinusoid-transformer", seed), in_context.sinusoid_objective,
        functools.partial(_fresh, dim=1, width=48, layers=2, deep_tokens=True),
        iterations=3600, lr=4e-3, seed=seed,
        notes={"width": 48, "layers": 2, "length": in_context.LENGTH,
               "num_tasks": in_context.BATCH},
        schedule=functools.partial(in_context.warm, up=0.07, down=0.5),
        finish=_half,
    ) for seed in SEEDS
)  # fmt: skip
LINEAR = tuple(
    on_linear(*sizes, seed, **budget)
    for sizes, budget in (
        ((5, 20, 0.5, 48, 3), {"iterations": 14_000, "lr": 3e-3}),
        ((20, 40, 1.0, 64, 4), {"iterations": 16_000, "lr": 2e-3}),
    )
    for seed in SEEDS
)
RECIPES = (*RECURRENT, *SINUSOIDS, *LINEAR)
