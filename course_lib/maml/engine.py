"""The meta-step for training: the same numbers as `course_lib.maml.inner`, several times faster
(notebook 06).

`maml.meta_loss` writes one task down and maps everything over the tasks, derivatives included.
Here only the loss is mapped. All tasks' parameters stand stacked on axis 0, so the gradient of
the *sum* of their losses holds each task's own gradient, and plain autograd does the rest.
"""

import functools
import inspect
import warnings
from numbers import Real

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import grad_and_value

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.inner import meta_loss
from course_lib.maml.own.careful import careful
from course_lib.maml.own.guard import apart
from course_lib.maml.own.over_tasks import each_task, notes
from course_lib.maml.own.step_size import StepSize, joined, learned, rate_of, split
from course_lib.training.compiling import gradient, translated

CHUNK = 80_000  # numbers of input that go through at once on a CPU: what convolutions like best
ROUNDING = {torch.float64: 1e-6, torch.float32: 1e-2}  # how far a compiled gradient may be off


@careful
def meta_grad(
    loss: Loss,
    theta: Params,
    tasks: tuple[Pair, Pair],
    *,
    lr: StepSize,
    steps: int,
    first_order: bool = False,
    compile: bool = False,
) -> tuple[Float[Tensor, ""], Params]:
    """(meta-loss, its gradient in θ): mean over tasks of L(φ_K; query), as `maml.meta_loss` has it.

    `tasks = (support, query)` stacked on axis 0, of any number; shapes, dtype and device of the
    gradient are those of `theta`. On a CPU, tasks with large inputs go through in chunks.
    `lr` is α, one number or a dict by name; where it requires a gradient, the result also holds
    that gradient, as "lr" or "lr.NAME". The first time that a loss is met, its gradient is compared
    with a plain loop (`guard.judge`); a loss that can't be mapped goes through the loop, with one
    warning.
    `compile=True` translates the step for these shapes once (up to minutes, then cached on disk),
    which pays for small networks and long training; where no compiler is found, one warning says
    so and the result is computed all the same. Keep one `loss` object: a new one compiles anew.
    Errors: ValueError, in words, for a step size, θ, tasks or a loss that can't be meant.
    """
    if torch.is_inference_mode_enabled():
        raise ValueError(
            "Inside torch.inference_mode() there is no gradient: leave it, or take torch.no_grad()."
        )
    num_tasks = len(tasks[0][0])
    names = [*theta, *learned(lr)]
    if len(set(names)) < len(names):
        raise ValueError("θ holds a tensor of the name of a learned step size: rename it.")
    inner = {"lr": lr, "steps": steps, "first_order": first_order}
    answer = _compiled_answer(loss, theta, tasks, num_tasks, inner) if compile else None
    value, *grads = answer or _eager(loss, theta, tasks, num_tasks, inner)
    return value, dict(zip(names, grads, strict=True))


@careful
def meta_step(
    loss: Loss, theta: Params, tasks: tuple[Pair, Pair], optimizer: torch.optim.Optimizer, **inner
) -> Float[Tensor, ""]:
    """The meta-loss before the step; `optimizer`, which owns θ's tensors, takes one outer step.

    θ ← θ − β ∇_θ mean_T L(φ_K; query), or whatever else the optimizer makes of that gradient.
    `inner` as in `meta_grad`; a step size that requires a gradient gets its own, too.
    Errors: ValueError where the optimizer owns none of θ's tensors, so that nothing would move, or
    a frozen parameter, and where its step needs more than gradients (LBFGS).
    """
    moving = {**theta, **learned(inner.get("lr"))}
    owned = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in owned for p in moving.values()):
        raise ValueError(
            "The optimizer owns none of θ's tensors, so its step would change nothing: make it "
            "with torch.optim.Adam(theta.values()), and θ with dict(module.named_parameters()), "
            "without a copy."
        )
    frozen = [n for n, p in moving.items() if isinstance(p, nn.Parameter) and not p.requires_grad]
    if frozen:
        raise ValueError(
            f"θ[{frozen[0]!r}] is frozen (requires_grad=False), and the optimizer would move it: "
            "call .requires_grad_() on it first."
        )
    if "closure" in _needed(optimizer.step):
        raise ValueError(
            f"{type(optimizer).__name__} wants to compute the loss several times a step: take an "
            "optimizer that needs the gradient alone, such as torch.optim.Adam."
        )
    value, grads = meta_grad(loss, theta, tasks, **inner)
    for name, p in moving.items():
        p.grad = grads[name]
    optimizer.step()
    return value


def _needed(function) -> list[str]:
    """The names of the arguments that `function` can't be called without."""
    takes = inspect.signature(function).parameters.values()
    return [p.name for p in takes if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]


def _eager(loss, theta, tasks, num_tasks, inner) -> list[Tensor]:
    """[the meta-loss, its gradient by each of θ's tensors, by each learned step size]."""
    chunk, total = _chunk(tasks, num_tasks), None
    if notes(loss).loop:
        chunk = 1  # one task's graph at a time
    for start in range(0, num_tasks, chunk):
        part = [[a[start : start + chunk] for a in pair] for pair in tasks]
        share = _share(loss, theta, part, num_tasks, **inner)
        total = share if total is None else [a + b for a, b in zip(total, share, strict=True)]
    return total


@torch.enable_grad()
def _share(loss, theta, tasks, num_tasks, *, lr, steps, first_order) -> list[Tensor]:
    """[Σ L(φ_K; query) / num_tasks over these tasks, then its gradients]."""
    support, query = tasks
    losses = each_task(loss)  # one loss per task, from one set of parameters per task
    theta = {name: p.detach().requires_grad_() for name, p in theta.items()}
    phi = {name: p.expand(len(support[0]), *p.shape) for name, p in theta.items()}
    for _ in range(steps):
        total = losses(phi, *support).sum()
        grads = gradient(total, list(phi.values()), create_graph=not first_order)
        phi = {k: _step(p, g, rate_of(lr, k)) for (k, p), g in zip(phi.items(), grads, strict=True)}
    total = losses(phi, *query).sum() / num_tasks
    return [total.detach(), *gradient(total, [*theta.values(), *learned(lr).values()])]


def _step(p: Tensor, g: Tensor, rate: Real | Tensor) -> Tensor:
    return p - rate * g if isinstance(rate, Tensor) else p.add(g, alpha=-float(rate))


def _chunk(tasks: tuple[Pair, Pair], num_tasks: int) -> int:
    """How many tasks to take at once: all on a GPU; on a CPU, about `CHUNK` numbers of input."""
    support_x, query_x = tasks[0][0], tasks[1][0]
    if support_x.device.type != "cpu":
        return num_tasks
    numbers = max(support_x.numel(), query_x.numel()) // num_tasks
    chunks = -(-num_tasks // max(1, CHUNK // max(1, numbers)))
    return -(-num_tasks // chunks)  # as equal as can be


# --- compile=True -------------------------------------------------------------------------------


def _compiled_answer(loss, theta, tasks, num_tasks, inner) -> list[Tensor] | None:
    """What `_eager` gives, by the compiled step; None where there is none, or it is wrong."""
    spec, rates = split(inner["lr"])
    leaves = [*theta.values(), *tasks[0], *tasks[1], *rates]
    signature = tuple(theta), tuple((a.shape, a.dtype, a.device) for a in leaves)
    wants = tuple(a.requires_grad for a in rates)
    step = _compiled(loss, signature, spec, wants, inner["steps"], inner["first_order"])
    if step is None or step.wrong:
        return None
    with torch.no_grad():
        answer = [*step.run(*(a.detach().contiguous() for a in leaves))]
    if step.wrong is None:
        step.wrong = _differs(loss, theta, tasks, num_tasks, inner, answer)
    return None if step.wrong else answer


def _differs(loss, theta, tasks, num_tasks, inner, answer) -> bool:
    """Whether the compiled gradient is not the eager one; one warning says so."""
    if notes(loss).chance:
        return False
    eager = _eager(loss, theta, tasks, num_tasks, inner)
    names = [str(i) for i in range(len(eager) - 1)]
    off = apart(*(dict(zip(names, a[1:], strict=True)) for a in (answer, eager)))
    if off <= ROUNDING.get(eager[1].dtype, 0.1) or not all(g.isfinite().all() for g in eager):
        return False
    warnings.warn(
        f"Compiled, the meta-gradient of this loss is {100 * off:.2g} % off. Uncompiled it is "
        "right, and the meta-step runs uncompiled from here on.",
        stacklevel=5,
    )
    return True


class Compiled:
    """A compiled step, and whether it is wrong: None before it has been compared."""

    def __init__(self, run):
        self.run, self.wrong = run, None


@functools.lru_cache(maxsize=32)
def _compiled(loss, signature, spec, wants, steps, first_order) -> Compiled | None:
    """The teaching meta-gradient as one flat compiled function, or None (with one warning).

    `signature` is what the result is good for: the names of θ's tensors, and the shape, dtype
    and device of every input. `spec` is α without its tensors, which are inputs; `wants` says
    which of those are learned.
    """
    if why := notes(loss).loop:
        warnings.warn(f"The meta-step runs uncompiled: {why}.", stacklevel=5)
        return None
    names, specs = signature
    count = len(names)

    def step(*leaves: Tensor) -> tuple[Tensor, ...]:
        xs, ys, xq, yq = leaves[count : count + 4]

        def value_of(params, rates):
            params = dict(zip(names, params, strict=True))
            inner = {"lr": joined(spec, rates), "steps": steps, "first_order": first_order}
            return meta_loss(loss, params, ((xs, ys), (xq, yq)), **inner)

        meta = grad_and_value(value_of, argnums=(0, 1))
        (grads, by_rate), value = meta(leaves[:count], leaves[count + 4 :])
        return value, *grads, *(g for g, want in zip(by_rate, wants, strict=True) if want)

    run = translated(step, specs, "the meta-step")
    return run and Compiled(run)
