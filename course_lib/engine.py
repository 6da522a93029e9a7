"""The meta-step for training: the same numbers as `course_lib.maml`, several times faster.

`maml.meta_loss` writes one task down and maps everything over the tasks, derivatives included.
Here only the loss is mapped. All tasks' parameters stand stacked on axis 0, so the gradient of
the *sum* of their losses holds each task's own gradient, and plain autograd does the rest.
"""

import functools
import os
import shutil
import warnings

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad_and_value, vmap

from course_lib.maml import Loss, Pair, Params, check_inner, meta_loss

# zeros, not an error, for a parameter that the loss does not use: as torch.func has it
gradient = functools.partial(torch.autograd.grad, materialize_grads=True)
CHUNK = 80_000  # numbers of input that go through at once on a CPU: what convolutions like best


def meta_grad(
    loss: Loss,
    theta: Params,
    tasks: tuple[Pair, Pair],
    *,
    lr: float,
    steps: int,
    first_order: bool = False,
    compile: bool = False,
) -> tuple[Float[Tensor, ""], Params]:
    """(meta-loss, its gradient in θ): mean over tasks of L(φ_K; query), as `maml.meta_loss` has it.

    `tasks = (support, query)` stacked on axis 0, of any number; shapes, dtype and device of the
    gradient are those of `theta`. On a CPU, tasks with large inputs go through in chunks.
    `compile=True` translates the step for these shapes once (up to minutes, then cached on disk),
    which pays for small networks and long training; where no compiler is found, one warning says
    so and the result is computed all the same. Keep one `loss` object: a new one compiles anew.
    Errors: ValueError for lr < 0 or steps < 0, or tasks that differ in number.
    """
    check_inner(lr, steps)
    leaves = [*theta.values(), *tasks[0], *tasks[1]]
    counts = {len(a) for a in leaves[len(theta) :]}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(f"Support and query must hold the same tasks; got {sorted(counts)}.")
    num_tasks = counts.pop()
    if compile:
        signature = tuple(theta), tuple((a.shape, a.dtype, a.device) for a in leaves)
        if run := _compiled(loss, signature, lr, steps, first_order):
            with torch.no_grad():
                value, *grads = run(*(a.contiguous() for a in leaves))
            return value, dict(zip(theta, grads, strict=True))
    chunk, total = _chunk(tasks, num_tasks), None
    for start in range(0, num_tasks, chunk):
        part = [[a[start : start + chunk] for a in pair] for pair in tasks]
        share = _share(loss, theta, part, num_tasks, lr=lr, steps=steps, first_order=first_order)
        total = share if total is None else [a + b for a, b in zip(total, share, strict=True)]
    value, *grads = total
    return value, dict(zip(theta, grads, strict=True))


def meta_step(
    loss: Loss, theta: Params, tasks: tuple[Pair, Pair], optimizer: torch.optim.Optimizer, **inner
) -> Float[Tensor, ""]:
    """The meta-loss before the step; `optimizer`, which owns θ's tensors, takes one outer step.

    θ ← θ − β ∇_θ mean_T L(φ_K; query), or whatever else the optimizer makes of that gradient.
    `inner` as in `meta_grad`.
    """
    value, grads = meta_grad(loss, theta, tasks, **inner)
    for name, p in theta.items():
        p.grad = grads[name]
    optimizer.step()
    return value


@torch.enable_grad()
def _share(loss, theta, tasks, num_tasks, *, lr, steps, first_order) -> list[Tensor]:
    """[Σ L(φ_K; query) / num_tasks over these tasks, then its gradient by each of θ's tensors]."""
    support, query = tasks
    losses = vmap(loss)  # one loss per task, from one set of parameters per task
    theta = {name: p.detach().requires_grad_() for name, p in theta.items()}
    phi = {name: p.expand(len(support[0]), *p.shape) for name, p in theta.items()}
    for _ in range(steps):
        total = losses(phi, *support).sum()
        grads = gradient(total, list(phi.values()), create_graph=not first_order)
        phi = {k: p.add(g, alpha=-lr) for (k, p), g in zip(phi.items(), grads, strict=True)}
    total = losses(phi, *query).sum() / num_tasks
    return [total.detach(), *gradient(total, list(theta.values()))]


def _chunk(tasks: tuple[Pair, Pair], num_tasks: int) -> int:
    """How many tasks to take at once: all on a GPU; on a CPU, about `CHUNK` numbers of input."""
    support_x, query_x = tasks[0][0], tasks[1][0]
    if support_x.device.type != "cpu":
        return num_tasks
    numbers = max(support_x.numel(), query_x.numel()) // num_tasks
    chunks = -(-num_tasks // max(1, CHUNK // max(1, numbers)))
    return -(-num_tasks // chunks)  # as equal as can be


# --- compile=True -------------------------------------------------------------------------------


def missing_compiler(device: torch.device, what: str = "the meta-step") -> str | None:
    """Why `compile=True` cannot work on this machine, in one sentence, or None if it can."""
    if device.type == "cpu" and not any(map(shutil.which, (os.environ.get("CXX", "g++"), "clang"))):
        return f"There is no C++ compiler on this machine, so {what} runs uncompiled."
    return None


@functools.lru_cache(maxsize=32)
def _compiled(loss, signature, lr, steps, first_order):
    """The teaching meta-gradient as one flat compiled function, or None (with one warning).

    `signature` is what the result is good for: the names of θ's tensors, and the shape, dtype
    and device of every input.
    """
    names, specs = signature

    def step(*leaves: Tensor) -> tuple[Tensor, ...]:
        params = dict(zip(names, leaves[: len(names)], strict=True))
        xs, ys, xq, yq = leaves[len(names) :]
        inner = {"lr": lr, "steps": steps, "first_order": first_order}
        meta = grad_and_value(lambda p: meta_loss(loss, p, ((xs, ys), (xq, yq)), **inner))
        grads, value = meta(params)
        return value, *(grads[name] for name in names)

    return translated(step, specs)


def translated(step, specs, what: str = "the meta-step"):
    """`step` compiled for contiguous inputs of these (shape, dtype, device), or None.

    None comes with one warning, which says why `what` runs uncompiled.
    """
    if reason := missing_compiler(specs[0][2], what):
        warnings.warn(reason, stacklevel=4)
        return None

    from torch._inductor import compile as translate  # no guards: shapes are checked by the caller
    from torch.fx.experimental.proxy_tensor import make_fx

    examples = [torch.zeros(shape, dtype=dtype, device=device) for shape, dtype, device in specs]
    try:
        with torch.no_grad():
            return translate(make_fx(step)(*examples), examples)
    except Exception as error:
        first_line = str(error).strip().splitlines()[0]
        warnings.warn(
            f"The compiler failed ({first_line}), so {what} runs uncompiled.", stacklevel=4
        )
        return None
