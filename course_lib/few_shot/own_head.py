"""What first order does to a head that is a part of θ (notebook 06).

A head can give a class a lead: ε f̄ more in its row and ε more in its bias, a share less in those of
the others, with f̄ the mean of the features f. From equal classes one inner step multiplies a small
lead by 1 − αλ, where αλ = α · mean[(1 + f·f̄)²] / (1 + |f̄|²). A step that overshoots, αλ > 1, turns
the sign of the meta-gradient there, and first order leaves that factor out (notebook 05).
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

import course_lib
from course_lib import few_shot
from course_lib.few_shot import recipes
from course_lib.few_shot.study import percent, tasks
from course_lib.ground.types import Pair, Params
from course_lib.tasks import episodes
from course_lib.training.loop import constant, load_checkpoint, train
from course_lib.training.recipe import SEEDS, Part, Table

DATA, START, WAYS, SHOTS = "omniglot", "omniglot-5w1s", 5, 1
NUM_TASKS, LR = 16, 1e-4  # a meta-batch; the outer step size, a tenth of that of the training
ITERATIONS = 100
JUDGED = 200  # meta-test tasks


class Case(NamedTuple):
    """How training goes on: which gradient, and with which inner steps, also at the test."""

    name: str
    first_order: bool
    alpha: float
    steps: int


CASES = (
    Case("exact", False, 0.4, 1),
    Case("first order", True, 0.4, 1),
    Case("first order, short steps", True, 0.01, 5),
)


def overshoot(theta: Params, xs: Tensor, alpha: float) -> Tensor:
    """αλ along a lead of one class, from equal classes: [tasks].

    `xs` [tasks, pictures, 28, 28] are supports with as many pictures of each class.
    """
    features = vmap(few_shot.body_of(theta).features, in_dims=(None, 0))(theta, xs)
    mean = features.mean(1, keepdim=True)
    along = 1 + (features * mean).sum(-1)  # [tasks, pictures]
    return alpha * along.square().mean(-1) / (1 + mean.square().sum((-2, -1)))


def pull(
    theta: Params, batch: tuple[Pair, Pair], alpha: float, size: float = 0.05
) -> dict[str, float]:
    """The slope of both meta-gradients along a lead of class 0 that θ is given: size in logits.

    Half the difference between such a lead and its opposite, so that what the tasks alone do is
    gone. Positive: a step against the gradient takes the lead back. Negative: it makes it grow.
    """
    (body,) = (name for name, one in few_shot.BODIES.items() if one.first in theta)
    ways = len(theta["b"])
    features = vmap(few_shot.BODIES[body].features, in_dims=(None, 0))(theta, batch[0][0])
    mean = features.mean((0, 1))
    contrast = torch.eye(ways, dtype=mean.dtype, device=mean.device)[0] - 1 / ways
    scale = size / (1 + mean @ mean)
    lead = {"w": scale * contrast[:, None] * mean, "b": scale * contrast}
    inner = {"num_ways": ways, "alpha": alpha, "steps": 1}
    slopes = {}
    for name, way in (("exact", False), ("first order", True)):
        found = []
        for sign in (1, -1):
            led = {**theta, **{part: theta[part] + sign * v for part, v in lead.items()}}
            grads = few_shot.few_shot_meta_grad(body, led, batch, first_order=way, **inner)[1]
            found.append(sum((grads[part] * v).sum() for part, v in lead.items()))
        length = sum(v.square().sum() for v in lead.values()).sqrt()
        slopes[name] = ((found[0] - found[1]) / 2 / length).item()
    return slopes


def sample(data: str, num_tasks: int, gen: torch.Generator) -> tuple[Pair, Pair]:
    """Fresh 5-way 1-shot meta-training tasks with one query of each class."""
    found = episodes.sample_episodes(
        recipes.meta_train_images(data, None), num_tasks=num_tasks, num_ways=WAYS,
        num_shots=SHOTS, num_queries=1, gen=gen,
    )  # fmt: skip
    return tuple(found)


def right(theta: Params, alpha: float, steps: int) -> tuple[float, float]:
    """Accuracy on meta-test tasks in %, and half of its 95 % interval over tasks."""
    inner = {"num_ways": WAYS, "alpha": alpha, "steps": steps}
    stacks = tasks(DATA, WAYS, SHOTS, JUDGED)
    found = [few_shot.step_accuracies(theta, tuple(stack), **inner)[:, -1] for stack in stacks]
    return percent(torch.cat(found))


def go_on(name: str, first_order: bool, alpha: float, steps: int, seed: int) -> dict:
    """From the shipped MAML net on, with one of the gradients: its accuracy before and after."""
    inner = {"num_ways": WAYS, "alpha": alpha, "steps": steps, "first_order": first_order}

    def objective(theta: Params, gen: torch.Generator) -> tuple[Tensor, Params]:
        return few_shot.few_shot_meta_grad("conv4", theta, sample(DATA, NUM_TASKS, gen), **inner)

    start = load_checkpoint(START)[0]
    end = train(
        objective, start, iterations=ITERATIONS, lr=LR, gen=course_lib.seed(seed),
        schedule=constant, title=name,
    ).theta  # fmt: skip
    (before, before_ci), (accuracy, ci) = (right(theta, alpha, steps) for theta in (start, end))
    return {
        "gradient": name, "alpha": alpha, "steps": steps, "iterations": ITERATIONS, "seed": seed,
        "before": before, "before_ci": before_ci, "accuracy": accuracy, "ci": ci, "tasks": JUDGED,
    }  # fmt: skip


def row_name(row: dict) -> str:
    """Such as "exact, seed 1"."""
    return f"{row['gradient']}, seed {row['seed']}"


def parts() -> list[Part]:
    """Each case from each seed."""
    asked = [{**case._asdict(), "seed": seed} for case in CASES for seed in SEEDS]
    return [
        Part((f"{fields['name']}, seed {fields['seed']}",), go_on, fields, weights=(START,))
        for fields in asked
    ]


TABLES = (Table("own_head", parts, 1, row_name),)
