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

from course_lib.beyond.reptile import reptile_grad
from course_lib.beyond.step_sizes import head_only
from course_lib.ground.device import seed as generator
from course_lib.ground.types import Pair, Params
from course_lib.maml import engine
from course_lib.maml.study import LOSS, LR, NET
from course_lib.tasks.sinusoids import INPUT, Sinusoids, sample_sinusoids
from course_lib.training.loop import train

METHODS = ("maml", "anil", "reptile", "pretrain")
NUM_TASKS, QUERIES, JOINT_POINTS, INNER = 25, 10, 40, 5
HEAD = ("w2", "b2")
BUDGETS = (30_000, 300_000, 3_000_000)  # passes
CURVES, SHOTS = (2, 10, 50, 0), (5, 15, 50)


class Setting(NamedTuple):
    """A training: `curves` to draw tasks from (0: a fresh curve each time), `shots` it is for, and
    `budget`, the passes that it may take."""

    method: str
    curves: int
    shots: int
    budget: int
    beta: float
    alpha: float
    seed: int


def passes(method: str, shots: int) -> int:
    """Passes of one outer step."""
    each = {
        "maml": 3 * shots + QUERIES, "anil": 2 * shots + QUERIES, "reptile": INNER * shots,
        "pretrain": JOINT_POINTS,
    }  # fmt: skip
    return NUM_TASKS * each[method]


def rates(method: str, theta: Params, alpha: float) -> float | dict[str, float]:
    """The inner step size: one number, or, for ANIL, 0 below the head."""
    return head_only(theta, alpha, HEAD) if method == "anil" else alpha


class Pool:
    """The curves of a training. Their points are fresh each time: only the *tasks* are few."""

    def __init__(self, curves: int, gen: torch.Generator):
        self.curves = sample_sinusoids(curves, gen) if curves else None

    def draw(self, sizes: tuple[int, ...], gen: torch.Generator) -> list[Pair]:
        """`NUM_TASKS` curves, and of each, sets of so many points."""
        if self.curves is None:
            curves = sample_sinusoids(NUM_TASKS, gen)
        else:
            which = torch.randint(len(self.curves.phase), (NUM_TASKS,), generator=gen)
            curves = Sinusoids(*(part[which] for part in self.curves))
        low, high = INPUT
        xs = [low + (high - low) * torch.rand(NUM_TASKS, n, 1, generator=gen) for n in sizes]
        return [(x, curves(x)) for x in xs]


def gradient(setting: Setting, theta: Params, pool: Pool, gen: torch.Generator):
    """(loss, what the method hands to Adam as its gradient) on fresh points."""
    method, shots = setting.method, setting.shots
    if method == "reptile":
        return reptile_grad(LOSS, theta, pool.draw((shots,) * INNER, gen), lr=setting.alpha)
    if method == "pretrain":
        (points,) = pool.draw((JOINT_POINTS,), gen)
        return engine.meta_grad(LOSS, theta, (points, points), lr=LR, steps=0)
    support, query = pool.draw((shots, QUERIES), gen)
    lr = rates(method, theta, setting.alpha)
    return engine.meta_grad(LOSS, theta, (support, query), lr=lr, steps=1)


def trained(setting: Setting) -> Params:
    """θ when the budget is used up."""
    gen = generator(1000 * setting.seed + setting.curves)
    pool = Pool(setting.curves, gen)
    return train(
        lambda theta, gen: gradient(setting, theta, pool, gen), start(setting.seed),
        iterations=outer_steps(setting), lr=setting.beta, gen=gen,
        title=f"{setting.method}, {setting.curves} curves, {setting.shots} shots",
    ).theta  # fmt: skip


def outer_steps(setting: Setting) -> int:
    """As many as the budget pays for, and one at least."""
    return max(1, setting.budget // passes(setting.method, setting.shots))


def start(seed: int) -> Params:
    """The random weights that every method begins with, and that "scratch" stays with."""
    return NET.init(generator(seed))


def names_of(theta: Params, method: str) -> list[str]:
    """The tensors that adapting may move: the head for ANIL, all for the others."""
    return [name for name in theta if name in HEAD] if method == "anil" else list(theta)
