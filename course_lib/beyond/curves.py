"""How each method's meta-training goes: its own error on meta-test sinusoids, step after outer step
(notebook 11).

All take the same tasks, Adam and β, and are judged by the rule they were trained for: one inner
step, or for iMAML its pulled descent, or none for joint training, or Reptile's five.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from course_lib.beyond.grid import HEAD, HEAD_LR, INNER
from course_lib.beyond.implicit import implicit_meta_grad, settle
from course_lib.beyond.reptile import reptile_grad
from course_lib.beyond.step_sizes import head_only, meta_sgd_grad, parted, with_rates
from course_lib.ground.device import seed as generator
from course_lib.ground.stats import mean_and_ci
from course_lib.ground.types import Pair, Params
from course_lib.maml import engine, query_curve
from course_lib.maml.study import LOSS, LR, NET
from course_lib.tasks.sinusoids import sample_tasks
from course_lib.training.loop import constant, iterate
from course_lib.training.recipe import SEEDS, Part, Table

SHOTS, QUERIES, TASKS = 5, 10, 25
BETA, LONGEST = 0.003, 1.0  # a longer gradient is cut to this length
ITERATIONS = 500
STOPS = (0, 50, 100, 200, 300, 400, 500)
TEST_SEED, TEST_TASKS = 1110, 300
IMPLICIT = {"strength": 50.0, "lr": 0.003, "steps": 8}
PRODUCTS = 4  # with the Hessian, in a solution
Tasks = tuple[Pair, Pair]


class Method(NamedTuple):
    """`grads(θ, tasks)` is (loss, what Adam gets), `judge(θ, tasks)` each task's query loss."""

    begin: Callable[[Params], Params]
    grads: Callable[[Params, Tasks], tuple[Tensor, Params]]
    judge: Callable[[Params, Tasks], Tensor]
    shots: int = SHOTS


def as_it_is(theta: Params) -> Params:
    """The start, when θ is the start alone."""
    return theta


def maml(lr, steps: int = 1) -> Method:
    """MAML with these step sizes, a function of θ where they depend on it."""
    rate = lr if callable(lr) else lambda theta: lr
    return Method(
        as_it_is,
        lambda theta, tasks: engine.meta_grad(LOSS, theta, tasks, lr=rate(theta), steps=steps),
        lambda theta, tasks: after(theta, tasks, lr=rate(theta), steps=steps),
    )


def after(theta: Params, tasks: Tasks, *, lr, steps: int) -> Tensor:
    """Each task's query loss after `steps`."""
    return query_curve(LOSS, theta, tasks, lr=lr, steps=steps)[:, -1]


def reptile(theta: Params, tasks: Tasks) -> tuple[Tensor, Params]:
    """Its five batches are the support, cut into five."""
    (x, y), _ = tasks
    batches = list(zip(x.chunk(INNER, 1), y.chunk(INNER, 1), strict=True))
    return reptile_grad(LOSS, theta, batches, lr=LR)


def settled_error(theta: Params, tasks: Tasks) -> Tensor:
    """Each task's query loss after iMAML's pulled descent."""

    def one(support: Pair, query: Pair) -> Tensor:
        return LOSS(settle(LOSS, theta, support, **IMPLICIT), *query)

    return vmap(one)(*tasks)


def meta_sgd_error(both: Params, tasks: Tasks) -> Tensor:
    """Each task's query loss after one step with the learned step sizes."""
    theta, rates = parted(both)
    moving = {name: rate.detach().requires_grad_() for name, rate in rates.items()}  # may be < 0
    return after(theta, tasks, lr=moving, steps=1).detach()


METHODS = {
    "joint": maml(LR, steps=0),
    "MAML": maml(LR),
    "Meta-SGD": Method(
        lambda theta: with_rates(theta, LR),
        lambda both, tasks: meta_sgd_grad(LOSS, both, tasks), meta_sgd_error,
    ),
    "ANIL": maml(lambda theta: head_only(theta, HEAD_LR, HEAD)),
    "Reptile": Method(
        as_it_is, reptile, lambda theta, tasks: after(theta, tasks, lr=LR, steps=INNER),
        shots=INNER * SHOTS,
    ),
    "iMAML": Method(
        as_it_is,
        lambda theta, tasks: implicit_meta_grad(
            LOSS, theta, tasks, **IMPLICIT, products=PRODUCTS
        ),
        settled_error,
    ),
}  # fmt: skip


def batch(method: Method, gen: torch.Generator) -> Tasks:
    """Fresh sinusoids to train on."""
    return sample_tasks(TASKS, num_shots=method.shots, num_queries=QUERIES, gen=gen)


def curve_of(name: str, seed: int, iterations: int, num_tasks: int) -> list[dict]:
    """Its error on the same meta-test tasks at each of `STOPS`."""
    method, rows = METHODS[name], []
    judged = sample_tasks(num_tasks, num_shots=SHOTS, num_queries=50, gen=generator(TEST_SEED))

    def note(theta: Params, done: int) -> None:
        if done in STOPS:
            plain = {key: p.detach() for key, p in theta.items()}
            mean, ci = mean_and_ci(method.judge(plain, judged))
            error, half = (float(f"{v.item():.3g}") for v in (mean, ci))
            rows.append({"method": name, "seed": seed, "done": done, "error": error, "ci": half})

    def update(leaves: Params, adam: torch.optim.Optimizer, gen: torch.Generator, i: int) -> float:
        note(leaves, i)
        loss, grads = method.grads(leaves, batch(method, gen))
        for key, p in leaves.items():
            p.grad = grads[key]
        torch.nn.utils.clip_grad_norm_(leaves.values(), LONGEST)
        adam.step()
        return loss.item()

    theta = method.begin(NET.init(generator(seed)))
    done = iterate(
        update, theta, iterations=iterations, lr=BETA, gen=generator(100 + seed),
        schedule=constant, title=f"{name}, seed {seed}",
    )  # fmt: skip
    note(done.theta, iterations)
    return rows


def row_name(row: dict) -> str:
    """Such as "MAML, seed 1, 100"."""
    return f"{row['method']}, seed {row['seed']}, {row['done']}"


def parts() -> list[Part]:
    """Every method from every seed."""
    return [
        Part(
            tuple(row_name({"method": name, "seed": seed, "done": done}) for done in STOPS),
            curve_of,
            {"name": name, "seed": seed, "iterations": ITERATIONS, "num_tasks": TEST_TASKS},
        )
        for name in METHODS for seed in SEEDS
    ]  # fmt: skip


TABLES = (Table("beyond_curves", parts, TEST_SEED, row_name),)
