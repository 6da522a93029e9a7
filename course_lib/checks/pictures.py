"""Pictures that exercises ask about. They tell a reader what is to be read off, and no answer."""

from functools import lru_cache

import torch

import course_lib
from course_lib.scenes.scene import Bars, Line, Panel, Scene
from course_lib.supervised.priors import CURVES, Bowl, bowls, descend, sample_tasks

SEEN = {"fox": 10, "crow": 6, "hare": 3, "newt": 2, "owl": 1, "elk": 1, "mole": 1, "lynx": 1}
GROUPS = {"meta-train": 3, "meta-validation": 5, "meta-test": 8}
OUTER = torch.arange(0, 201, 5, dtype=torch.float64)


@lru_cache
def losses_of_groups() -> dict[str, torch.Tensor]:
    """The mean loss of three groups of tasks while f lowers the first of them."""
    strength = (CURVES.noise / CURVES.spread) ** 2
    tasks = sample_tasks(
        CURVES, sum(GROUPS.values()), num_shots=4, num_queries=10, gen=course_lib.seed(633)
    )
    parts = zip(
        *(part.split(list(GROUPS.values())) for part in bowls(tasks, strength)), strict=True
    )
    means = {
        name: Bowl(*(p.mean(0) for p in part)) for name, part in zip(GROUPS, parts, strict=True)
    }
    path = descend(means["meta-train"], OUTER, lr=0.05)
    return {name: bowl(path) for name, bowl in means.items()}


def animals() -> Scene:
    """How often each animal was seen: the picture of 01.2."""
    places = list(range(len(SEEN)))
    panel = Panel(
        [Bars(places, list(SEEN.values()), "support", 0.7)], (-0.6, len(SEEN) - 0.4), (0, 10.5),
        "What the camera has seen", "animal", "photographs",
        xticks=[*zip(places, SEEN, strict=True)],
        yticks=[(n, str(n)) for n in range(11)],
    )  # fmt: skip
    heights = ", ".join(f"{animal} {number}" for animal, number in SEEN.items())
    alt = f"A bar for each of eight animals: how many photographs show it. {heights}."
    return Scene([[panel]], alt, heights=(320,))


def three_losses() -> Scene:
    """The loss of three groups of tasks against the outer steps of f: the picture of 03.3."""
    colors = {"meta-train": "meta_train", "meta-validation": "ink", "meta-test": "meta_test"}
    marks = [
        Line(OUTER, y, colors[name], 2.5, name == "meta-test", name)
        for name, y in losses_of_groups().items()
    ]
    panel = Panel(marks, (0, 200), (0, 1.6), "A meta-learner with three meta-train tasks",
                  "outer steps of f", "mean loss over tasks",
                  xticks=[(n, str(n)) for n in range(0, 201, 10)])  # fmt: skip
    rows = [
        f"{name} {', '.join(f'{value:.3f}' for value in losses[::4].tolist())}"
        for name, losses in losses_of_groups().items()
    ]
    alt = (
        "Three losses against the outer steps. Meta-train falls to the end; meta-validation and "
        f"meta-test fall, turn at different steps, and rise. At 0, 20, 40 to 200 steps: "
        f"{'; '.join(rows)}."
    )
    return Scene([[panel]], alt, heights=(360,))
