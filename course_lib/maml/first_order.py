"""First-order MAML against MAML on the sinusoids: where each training ends, and how far apart their
gradients are on the way (notebook 05).

A training differs from the one of the same seed beside it in one thing: whether the inner gradients
count as constants. Start, tasks and budget are the same. The budget is that of notebook 04; each
way may take the better of two outer step sizes, by its loss on tasks of their own.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp, vjp, vmap

import course_lib
from course_lib.ground.types import Pair, Params
from course_lib.maml import study
from course_lib.maml.engine import meta_grad
from course_lib.maml.inner import adapt, query_curve, together
from course_lib.maml.multistep import compare
from course_lib.maml.study import LOSS, LR, NET
from course_lib.tasks.sinusoids import sample_tasks
from course_lib.training.loop import DIVERGED, train
from course_lib.training.recipe import Part, Table

BUDGET = {"num_tasks": 25, "num_shots": 10, "num_queries": 25}
ITERATIONS, BETAS = 3600, (0.02, 0.005)
INNER_STEPS = (1, 5)
SEEDS = (1, 2, 3, 4, 5)
WAYS = {"exact": False, "first-order": True}
MOMENTS = (0, 10, 30, 100, 300, 1000, 3600)  # of a training: iterations done
STEPS = (0, 1, 5, 10)  # after which the result is judged
WATCH_SEED, WATCH_TASKS = 602, 200  # the tasks on which gradients are compared


class Gradients(NamedTuple):
    """What the first order leaves out at θ, over tasks.

    `degrees` is the angle between the two gradients of the meta-loss, `length` first order's length
    by the exact one's. With v a task's query gradient at φ_K and H its support loss's Hessian at θ,
    `curved` is the mean of ‖αHv‖/‖v‖, and `bent` that of the part of H that comes from second
    derivatives of the *net*: it would be 0 if the net were linear in its weights.
    """

    degrees: float
    length: float
    curved: float
    bent: float


def task_gradients(
    theta: Params, tasks: tuple[Pair, Pair], *, steps: int, first_order: bool
) -> Float[Tensor, "num_tasks n"]:
    """Each task's meta-gradient, or its query gradient at φ_K (`first_order`), as a row."""
    support, query = tasks
    total, copies = together(LOSS, theta, len(support[0]))
    copies = {name: p.detach().clone().requires_grad_() for name, p in copies.items()}
    adapted = adapt(total, copies, support, lr=LR, steps=steps, first_order=first_order)
    return rows(torch.autograd.grad(total(adapted, *query), list(copies.values())))


def hessian_rows(
    theta: Params, support: Pair, v: Float[Tensor, "num_tasks n"]
) -> Float[Tensor, "num_tasks n"]:
    """H v of each task: its support loss's Hessian at θ times its row of `v`."""
    total, copies = together(LOSS, theta, len(support[0]))
    copies = {name: p.detach().clone().requires_grad_() for name, p in copies.items()}
    leaves = list(copies.values())
    slopes = torch.autograd.grad(total(copies, *support), leaves, create_graph=True)
    return rows(torch.autograd.grad((rows(slopes) * v).sum(), leaves))


def gauss_newton_rows(
    theta: Params, support: Pair, v: Float[Tensor, "num_tasks n"]
) -> Float[Tensor, "num_tasks n"]:
    """G v of each task, G = 2/n JᵀJ: the Hessian if the net were linear in its weights around θ.

    J holds the derivatives of the net's outputs at the n support points. H − G holds the net's own
    second derivatives, times the residuals.
    """
    sizes = [p.numel() for p in theta.values()]

    def one(x: Tensor, v: Tensor) -> Tensor:
        parts = zip(theta.items(), v.split(sizes), strict=True)
        direction = {name: part.view_as(p) for (name, p), part in parts}
        out, slope = jvp(lambda p: NET.apply(p, x), (theta,), (direction,))
        _, pull = vjp(lambda p: NET.apply(p, x), theta)
        back = pull(2 * slope / out.numel())[0]
        return torch.cat([back[name].flatten() for name in theta])

    return vmap(one)(support[0], v)


def rows(parts: tuple[Tensor, ...]) -> Float[Tensor, "num_tasks n"]:
    """Stacked parameters as one row per task."""
    return torch.cat([p.flatten(1) for p in parts], 1)


def watch(theta: Params, steps: int, num_tasks: int = WATCH_TASKS) -> Gradients:
    """How far first order is from the exact gradient at θ, in double precision."""
    theta = {name: p.detach().double() for name, p in theta.items()}
    gen = course_lib.seed(WATCH_SEED)
    sizes = {"num_shots": BUDGET["num_shots"], "num_queries": BUDGET["num_queries"]}
    tasks = sample_tasks(num_tasks, **sizes, gen=gen, dtype=torch.float64)
    exact, v = (task_gradients(theta, tasks, steps=steps, first_order=w) for w in WAYS.values())
    angle = compare(v.mean(0), exact.mean(0))
    whole = hessian_rows(theta, tasks[0], v)
    bent = whole - gauss_newton_rows(theta, tasks[0], v)
    shares = ((LR * part.norm(dim=1) / v.norm(dim=1)).mean().item() for part in (whole, bent))
    return Gradients(*angle, *shares)


def training_row(
    inner_steps: int, way: str, beta: float, seed: int, iterations: int = ITERATIONS
) -> dict:
    """One training: the query MSE on 600 fresh tasks in the end, and `watch` on the way.

    `mse` is after 0, 1, 5 and 10 inner steps, `ci` over tasks; `tuning` is the MSE after as many as
    in training, on other tasks. The lists of `Gradients` are at `moments`. Where the training
    diverges, `diverged` holds the iteration and the errors are null.
    """
    met, kept = [], {}
    inner = {"lr": LR, "steps": inner_steps, "first_order": WAYS[way]}

    def objective(theta: Params, gen: torch.Generator) -> tuple[Tensor, Params]:
        if len(met) in MOMENTS:
            kept[len(met)] = {name: p.detach().clone() for name, p in theta.items()}
        met.append(None)
        return meta_grad(LOSS, theta, sample_tasks(**BUDGET, gen=gen), **inner, compile=True)

    row = {
        "steps": inner_steps, "way": way, "beta": beta, "seed": seed, "iterations": iterations,
        "diverged": None, "tuning": None, "mse": None, "ci": None,
    }  # fmt: skip
    try:
        done = train(
            objective, NET.init(course_lib.seed(seed)), iterations=iterations, lr=beta,
            gen=course_lib.seed(seed), title=row_name(row),
        )  # fmt: skip
    except ValueError as error:
        if DIVERGED not in str(error):
            raise
        row["diverged"] = len(met) - 1
    else:
        kept[iterations] = done.theta
        row |= judged(done.theta, inner_steps)
    seen = [watch(theta, inner_steps) for theta in kept.values()]
    found = {key: [round(getattr(g, key), 4) for g in seen] for key in Gradients._fields}
    return row | {"moments": list(kept)} | found


def judged(theta: Params, inner_steps: int) -> dict:
    """`tuning`, `mse` and `ci` of a start θ (see `training_row`)."""
    tuning = study.fresh_tasks(10, seed=study.TUNING_SEED, num_tasks=200)
    other = query_curve(LOSS, theta, tuning, lr=LR, steps=inner_steps)[:, -1].mean()
    curve = query_curve(LOSS, theta, study.fresh_tasks(10), lr=LR, steps=max(STEPS))
    mean, ci = study.mean_and_ci(curve)
    return {
        "tuning": round(other.item(), 4),
        "mse": [round(mean[k].item(), 4) for k in STEPS],
        "ci": [round(ci[k].item(), 4) for k in STEPS],
    }


def row_name(row: dict) -> str:
    """What `--only` asks for: inner steps, gradient, outer step size, seed: "5-exact-0.02-1"."""
    return f"{row['steps']}-{row['way']}-{row['beta']}-{row['seed']}"


def parts() -> list[Part]:
    """Both gradients with each number of inner steps and each outer step size, from every seed."""
    return [
        Part(
            (f"{steps}-{way}-{beta}-{seed}",), training_row,
            {"inner_steps": steps, "way": way, "beta": beta, "seed": seed,
             "iterations": ITERATIONS},
        )
        for steps in INNER_STEPS for beta in BETAS for seed in SEEDS for way in WAYS
    ]  # fmt: skip


TABLES = (Table("first_order", parts, WATCH_SEED, row_name),)
