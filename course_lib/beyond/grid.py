"""Who wins at equal compute? Trainings on few or many curves, each with a budget of its own
(notebook 11).

Compute is counted, not timed, so it is the same on every machine. The unit is a *pass*: one point
forward through the net and back. In one outer step, for each task with k support and q query points

    MAML       k for the inner gradient, q for the outer one, 2k for the product with the Hessian
    ANIL       k and q; the Hessian of the head alone costs next to nothing, the way back through
               the body once more: k
    Reptile    5 inner steps on k points each
    pretraining    its points

All are handed to the same Adam. Its step size β begins where a table of its own has found best for
the method and the budget, and falls to 0 along half a cosine. (So a budget is a training, not a
place in a longer one: nobody is judged half-way down.)
"""

from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.beyond.stacked import meta_grads, reptile_grads, stack, unstack
from course_lib.ground.device import seed as generator
from course_lib.ground.types import Pair, Params
from course_lib.maml.study import LOSS, LR, NET
from course_lib.tasks.sinusoids import INPUT, Sinusoids, sample_sinusoids
from course_lib.training.loop import train

METHODS = ("maml", "anil", "reptile", "pretrain")
NUM_TASKS, QUERIES, JOINT_POINTS, INNER = 25, 10, 40, 5
HEAD, HEAD_LR = ("w2", "b2"), 0.03  # what ANIL moves, and its α
BUDGETS = (10_000, 100_000, 1_000_000)  # passes
CURVES, SHOTS = (2, 10, 50, 0), (5, 40)


class Run(NamedTuple):
    """`curves` to draw tasks from (0: a fresh curve each time), and the seed."""

    curves: int
    seed: int


class Setting(NamedTuple):
    """Trainings side by side: `shots` they are for, and `budget`, the passes that each may take."""

    method: str
    shots: int
    budget: int
    beta: float
    runs: tuple[Run, ...]


def passes(method: str, shots: int) -> int:
    """Passes of one outer step of one training."""
    each = {
        "maml": 3 * shots + QUERIES, "anil": 2 * shots + QUERIES, "reptile": INNER * shots,
        "pretrain": JOINT_POINTS,
    }  # fmt: skip
    return NUM_TASKS * each[method]


def outer_steps(setting: Setting) -> int:
    """As many as the budget pays for, and one at least."""
    return max(1, setting.budget // passes(setting.method, setting.shots))


def start(seed: int) -> Params:
    """The random weights that every method begins with, and that "scratch" stays with."""
    return NET.init(generator(seed))


def free_names(method: str) -> list[str]:
    """The tensors that adapting may move: the head for ANIL, all for the others."""
    return list(HEAD) if method == "anil" else ["w0", "b0", "w1", "b1", "w2", "b2"]


class Pool:
    """The curves of a run. Their points are fresh each time: only the *tasks* are few."""

    def __init__(self, run: Run):
        gen = generator(1000 * run.seed + run.curves)
        self.curves = sample_sinusoids(run.curves, gen) if run.curves else None

    def draw(self, gen: torch.Generator) -> Sinusoids:
        """`NUM_TASKS` of them, one after the other by chance."""
        if self.curves is None:
            return sample_sinusoids(NUM_TASKS, gen)
        which = torch.randint(len(self.curves.phase), (NUM_TASKS,), generator=gen)
        return Sinusoids(*(part[which] for part in self.curves))


def draw(pools: list[Pool], sizes: tuple[int, ...], gen: torch.Generator) -> list[Pair]:
    """Tasks of every run side by side, and of each, sets of so many points."""
    found = [pool.draw(gen) for pool in pools]
    curves = Sinusoids(*(torch.cat(part) for part in zip(*found, strict=True)))
    low, high = INPUT
    xs = [low + (high - low) * torch.rand(len(curves.phase), n, 1, generator=gen) for n in sizes]
    return [(x, curves(x)) for x in xs]


def gradient(
    setting: Setting, theta: Params, pools: list[Pool], gen: torch.Generator
) -> tuple[Tensor, Params]:
    """(loss, what the method hands to Adam as its gradient) on fresh points, for every run."""
    method, shots = setting.method, setting.shots
    if method == "reptile":
        return reptile_grads(LOSS, theta, draw(pools, (shots,) * INNER, gen), lr=LR)
    if method == "pretrain":
        (points,) = draw(pools, (JOINT_POINTS,), gen)
        return meta_grads(LOSS, theta, points, points, lr=LR, steps=0, free=())
    support, query = draw(pools, (shots, QUERIES), gen)
    lr = HEAD_LR if method == "anil" else LR
    return meta_grads(LOSS, theta, support, query, lr=lr, steps=1, free=free_names(method))


def trained(setting: Setting) -> list[Params]:
    """θ of each run when the budget is used up."""
    pools = [Pool(run) for run in setting.runs]
    done = train(
        lambda theta, gen: gradient(setting, theta, pools, gen),
        stack([start(run.seed) for run in setting.runs]),
        iterations=outer_steps(setting), lr=setting.beta, gen=generator(setting.budget),
        title=f"{setting.method}, {setting.shots} shots, {setting.budget} passes",
    )  # fmt: skip
    return unstack(done.theta)
