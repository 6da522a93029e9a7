"""What a meta-gradient costs in memory and time, against the number of inner steps (notebook 05).

Three ways to take it, on one sinusoid task for a net 1-w-w-1 in float32:

"whole graph"   autograd through the loop: the graph of all K steps is kept until the end
"recursion"     v ← v − αHₖv, backwards along the stored iterates: one step's graph at a time
"first-order"   every Hessian dropped: neither graphs nor iterates are kept

All three are plain loops over `torch.autograd.grad`, so that the counts compare like with like.
"""

import math
import time
from collections.abc import Callable
from functools import partial

from torch import Tensor, autograd

import course_lib
from course_lib.maml.inner import check_inner
from course_lib.maml.multistep import FlatLoss, FlatTask, autograd_meta_gradient, flat_task
from course_lib.maml.peak_memory import peak_bytes
from course_lib.nets.models import mlp, mse
from course_lib.tasks.sinusoids import sample_tasks
from course_lib.training.recipe import Part, Table

WIDTHS = (20, 40, 80)
EXAMPLES = (10, 100, 400)
STEPS = (1, 2, 4, 6, 8, 10, 12, 14, 16)
FEWER_STEPS = (1, 4, 8, 12, 16)  # for a reader who waits
LR = 0.001
SEED = 9


def slope(loss: FlatLoss, phi: Tensor) -> Tensor:
    """∇L(φ), with no graph left behind."""
    phi = phi.detach().requires_grad_()
    return autograd.grad(loss(phi), phi)[0]


def recursion(
    support_loss: FlatLoss, query_loss: FlatLoss, theta: Tensor, *, lr: float, steps: int
) -> Tensor:
    """The exact meta-gradient, backwards along the stored iterates."""
    check_inner(lr, steps)
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * slope(support_loss, path[-1]))
    v = slope(query_loss, path.pop())
    while path:
        phi = path.pop().detach().requires_grad_()
        (g,) = autograd.grad(support_loss(phi), phi, create_graph=True)
        v = v - lr * autograd.grad(g, phi, v)[0]  # v − αHₖv
    return v


def first_order(
    support_loss: FlatLoss, query_loss: FlatLoss, theta: Tensor, *, lr: float, steps: int
) -> Tensor:
    """∇L_query(φ_K); each iterate replaces the one before."""
    check_inner(lr, steps)
    for _ in range(steps):
        theta = theta - lr * slope(support_loss, theta)
    return slope(query_loss, theta)


WAYS: dict[str, Callable[..., Tensor]] = {
    "whole graph": autograd_meta_gradient,
    "recursion": recursion,
    "first-order": first_order,
}


def cost_task(width: int, examples: int) -> FlatTask:
    """One sinusoid with `examples` support and query points, for a ReLU net 1-w-w-1."""
    gen = course_lib.seed(SEED)
    net = mlp(1, width, width, 1)
    tasks = sample_tasks(1, num_shots=examples, gen=gen)
    support, query = (tuple(part[0] for part in pair) for pair in tasks)
    return flat_task(mse(net.apply), net.init(gen), support, query)


def measure_task(
    width: int, examples: int, steps: tuple[int, ...] = STEPS, repeats: int = 5
) -> list[dict]:
    """A row for each way and number of steps: peak bytes, counted, and the fastest milliseconds.

    The repeats take turns, so that a busy moment of the machine hits all ways alike; and the
    milliseconds are the processor's, not the clock's. Times differ from machine to machine and
    from run to run; bytes do not.
    """
    task = cost_task(width, examples)[:3]
    runs = {
        (way, K): partial(gradient, *task, lr=LR, steps=K)
        for way, gradient in WAYS.items()
        for K in steps
    }
    peaks = {key: peak_bytes(run) for key, run in runs.items()}
    fastest = dict.fromkeys(runs, math.inf)
    for _ in range(repeats):
        for key, run in runs.items():
            begun = time.process_time()
            run()
            fastest[key] = min(fastest[key], time.process_time() - begun)
    return [
        {
            "way": way, "width": width, "examples": examples, "steps": K,
            "bytes": peaks[way, K], "ms": round(1e3 * fastest[way, K], 3),
        }
        for way, K in runs
    ]  # fmt: skip


def row_name(row: dict) -> str:
    """What `--only` asks for: width and points, as in "width20-10points"."""
    return f"width{row['width']}-{row['examples']}points"


def parts() -> list[Part]:
    """Every width with every number of examples."""
    return [
        Part(
            (f"width{w}-{e}points",), measure_task,
            {"width": w, "examples": e, "steps": STEPS, "repeats": 12},
        )
        for w in WIDTHS for e in EXAMPLES
    ]  # fmt: skip


TABLES = (Table("meta_cost", parts, SEED, row_name),)
