"""Is a reader's own meta-gradient right? It is compared once with a plain loop over the tasks
(notebooks 04 and 05).

Mapping a loss over tasks relies on a rule of PyTorch for every operation in it. A wrong rule raises
no error. Mapped around the inner gradient, layer norm's made the meta-gradient 3 % wrong
(pytorch/functorch#534); the rule of an embedding forgets `padding_idx`. The loop needs no such
rule, so where the two differ the loop is right.
"""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.own.first_look import ripple
from course_lib.maml.own.over_tasks import Notes, each_task, notes, one_by_one
from course_lib.maml.own.own_loss import LOST, concrete, one_number
from course_lib.maml.own.step_size import StepSize, rate_of

DIFFERS = {torch.float64: 1e-6, torch.float32: 1e-2}  # what rounding can't explain
TASKS = 2  # how many the comparison takes


def judge(
    loss: Loss, theta: Params, tasks: tuple[Pair, Pair], lr: StepSize, *, first_order: bool
) -> None:
    """Compare the mapped and the looped gradient, the first time that this loss is met.

    Two tasks, one inner step, in float64 where the loss can take it. Where mapping is wrong, one
    warning says so, and from then on this loss's tasks go through the loop. What can't be compared
    isn't: a random loss, numbers that overflow, a θ that is itself mapped. Random numbers that the
    loss draws here are put back.
    """
    known = notes(loss)
    if first_order in known.judged or not all(map(concrete, (*theta.values(), *_tensors(lr)))):
        return
    theta = {name: p.detach() for name, p in theta.items()}
    few = tuple(tuple(a[:TASKS] for a in pair) for pair in tasks)
    cuda = {p.device for p in theta.values() if p.device.type == "cuda"}
    with torch.random.fork_rng(devices=list(cuda)), torch.enable_grad():
        _check_finite(loss, theta, tasks)
        _compare(loss, known, *_precise(loss, theta, few), _held(lr), first_order)
    known.judged.add(first_order)


def _check_finite(loss: Loss, theta: Params, tasks: tuple[Pair, Pair]) -> None:
    """Raise a ValueError where a nan in the data makes the loss nan."""
    for part, pair in zip(("support", "query"), tasks, strict=True):
        for axis, a in zip("xy", pair, strict=True):
            if not concrete(a) or a.is_meta or not (a.is_floating_point() or a.is_complex()):
                continue
            bad = (~a.isfinite()).flatten(1).any(1) if a.dim() > 1 else ~a.isfinite()
            for t in [at.item() for at in bad.nonzero().flatten()]:  # no tolist: PyTorch 2.9
                value = one_number(loss)(theta, *(b[t] for b in pair))
                if not value.isfinite():
                    raise ValueError(
                        f"{part} {axis} of task {t} holds nan or inf, and so its loss is "
                        f"{value.item()}: look for them with torch.isfinite, and leave them out."
                    )


def apart(ours: Params, right: Params) -> float:
    """|ours − right| / |right|, over all entries; infinite where ours is not a number."""
    off = sum((ours[k] - g).abs().square().sum() for k, g in right.items()).sqrt().item()
    size = sum(g.abs().square().sum() for g in right.values()).sqrt().item()
    ratio = off / size if size > 0 else off
    return ratio if ratio == ratio else torch.inf


def _compare(loss, known: Notes, theta: Params, few, lr, first_order: bool) -> None:
    one = tuple(a[0] for a in few[0])
    plain = one_number(loss)
    known.chance = not torch.equal(plain(theta, *one), plain(theta, *one))
    each = each_task(loss)
    each(_copies(theta, few), *few[0])  # its first look; whether it can be mapped at all
    if known.chance:
        return
    looped = _one_step(lambda *task: one_by_one(plain, *task), few, lr, first_order)
    try:
        right = looped(theta)
    except RuntimeError as error:
        if "captured" not in str(error):  # a loss with a memory: torch.func can't derive it
            raise
        return
    if _nothing(right) and _nothing(looped({name: p + ripple(p) for name, p in theta.items()})):
        raise ValueError(LOST)
    if known.loop or not all(g.isfinite().all() for g in right.values()):
        return
    off = apart(_one_step(each, few, lr, first_order)(theta), right)
    if off > DIFFERS.get(next(iter(theta.values())).dtype, 0.1):
        known.loop = f"mapped over tasks, the meta-gradient is {100 * off:.2g} % off"
        warnings.warn(
            "Mapped over tasks with torch.func.vmap, the meta-gradient of this loss is "
            f"{100 * off:.2g} % off: PyTorch has a wrong rule for something in it. A loop over "
            "the tasks is right, and is used from here on.",
            stacklevel=4,
        )


def _nothing(grads: Params) -> bool:
    return not any(g.count_nonzero() for g in grads.values())


def _copies(theta: Params, few) -> Params:
    return {name: p.expand(len(few[0][0]), *p.shape) for name, p in theta.items()}


def _one_step(each: Callable[..., Tensor], few, lr, first_order) -> Callable[[Params], Params]:
    """The meta-gradient of one inner step, as a function of θ; `each` gives the tasks' losses."""

    def total(phi: Params, x: Tensor, y: Tensor) -> Tensor:
        return each(phi, x, y).sum()

    def after(theta: Params) -> Tensor:
        phi = _copies(theta, few)
        slopes = grad(total)(phi, *few[0])
        if first_order:
            slopes = {name: g.detach() for name, g in slopes.items()}
        return total({n: p - rate_of(lr, n) * slopes[n] for n, p in phi.items()}, *few[1])

    return grad(after)


def _tensors(lr: StepSize) -> list[Tensor]:
    return [a for a in (lr.values() if isinstance(lr, dict) else [lr]) if isinstance(a, Tensor)]


def _held(lr: StepSize) -> StepSize:
    """α as constants."""
    if isinstance(lr, dict):
        return {name: _held(rate) for name, rate in lr.items()}
    return lr.detach() if isinstance(lr, Tensor) else lr


def _precise(loss, theta: Params, few) -> tuple[Params, tuple[Pair, Pair]]:
    """The same in float64, unless the loss holds tensors of its own that don't go with it."""

    def wide(a: Tensor) -> Tensor:
        return a.double() if a.is_floating_point() else a

    try:
        wider = {name: wide(p) for name, p in theta.items()}
        data = tuple(tuple(wide(a) for a in pair) for pair in few)
        loss(wider, *(a[0] for a in data[0]))
    except Exception:  # whatever it was: the loss as it is given decides, in `_compare`
        return theta, few
    return wider, data
