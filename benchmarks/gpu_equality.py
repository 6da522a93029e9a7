"""Is the mathematics on the GPU that of the CPU? Each path on both, and a plain judge beside them.

The judge runs on the CPU in float64 and is written another way than what it judges: a Python loop
over tasks, autograd through the whole inner loop, a GRU unrolled step by step. An error is the
largest difference relative to the largest entry of what is right. A row's `error` is the worst of
three: the CPU's from the judge, the GPU's from the judge, the GPU's from the CPU.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import grad_and_value

import course_lib
from benchmarks import maml_speed, rl2_speed
from benchmarks.gpu_items import Item
from course_lib import few_shot, maml, rl2
from course_lib.maml import compare_paths, engine, multistep
from course_lib.nets import gru
from course_lib.rl2 import ppo
from course_lib.rl2.agent import Experience
from course_lib.training.compiling import missing_compiler

CPU = torch.device("cpu")
FIVE = "sinusoid-25x5"  # the work whose five inner steps are compared
Answer = dict[str, dict[str, Tensor]]  # what is compared: each group has a size of its own


class Case(NamedTuple):
    """One path: its answer on a device, the judge's, and how far they may be apart by dtype."""

    what: str
    answer: Callable[[torch.device, torch.dtype], Answer]
    judge: Callable[[], Answer]
    limits: dict[torch.dtype, float]
    seconds: float = 30


def off(got: Answer, right: Answer) -> float:
    """The worst group's largest difference, relative to its largest entry; inf for a NaN."""

    def flat(tensors: dict[str, Tensor]) -> Tensor:
        return torch.cat([tensors[n].detach().cpu().double().flatten() for n in sorted(tensors)])

    errors = []
    for group, tensors in right.items():
        a, b = flat(got[group]), flat(tensors)
        errors.append(((a - b).abs().max() / b.abs().max()).item())
    return max(errors) if all(map(math.isfinite, errors)) else math.inf


def row(case: Case, device: torch.device, dtype: torch.dtype) -> dict:
    """How far a path is from the judge on both devices, and from itself."""
    right, here, there = case.judge(), case.answer(CPU, dtype), case.answer(device, dtype)
    errors = {"cpu": off(here, right), "gpu": off(there, right), "apart": off(there, here)}
    return {
        "what": case.what,
        "dtype": str(dtype).removeprefix("torch."),
        "device": str(device),
        "error": max(errors.values()),
        "limit": case.limits[dtype],
        "ok": max(errors.values()) <= case.limits[dtype],
        **errors,
    }


def items(device: torch.device) -> Iterator[Item]:
    """Every case in every number format that it has."""
    for case in cases():
        for dtype in case.limits:
            name = f"{case.what}, {str(dtype).removeprefix('torch.')}"
            yield Item(name, case.seconds, lambda c=case, d=dtype: [row(c, device, d)])


def cases() -> list[Case]:
    """What is compared. A float32 limit is some 50 times what rounding gives on a CPU.

    That is still far below what TensorFloat-32 would do.
    """
    wide, near = {torch.float64: 1e-10}, {torch.float64: 1e-10, torch.float32: 1e-5}
    found = [
        Case("MAML, teaching path", teaching, looped, near),
        Case("MAML, engine", by_engine, looped, near),
        Case("multistep, exact", exact, through_the_loop, near),
        Case("conv4, one_step_loss", one_step, one_step_judge,
             {torch.float64: 1e-9, torch.float32: 1e-4}),
        Case("RL², one collection", collected, collection_judge, {torch.float32: 1e-5}),
        Case("RL², one update", updated, lambda: updated(CPU, torch.float64, written_out),
             {torch.float64: 1e-6, torch.float32: 1e-3}),
    ]  # fmt: skip
    if missing_compiler(CPU, "") is None:
        found.append(
            Case("MAML, engine compiled", compiled, lambda: looped("sinusoid-25x1"), wide, 60)
        )
    return found


def sinusoids(device: torch.device, dtype: torch.dtype, work: str = FIVE) -> maml_speed.Problem:
    """25 sinusoids: the weights and the tasks, the same on every device."""
    p = maml_speed.problem(maml_speed.WORKS[work], device)
    return maml_speed.in_double(p, p.work.num_tasks) if dtype == torch.float64 else p


def loop_of(p: maml_speed.Problem) -> dict:
    return {"lr": p.work.lr, "steps": p.work.steps}


def teaching(device: torch.device, dtype: torch.dtype) -> Answer:
    """The meta-loss and its gradient as notebook 04 has them."""
    p = sinusoids(device, dtype)
    meta = grad_and_value(lambda theta: maml.meta_loss(p.loss, theta, p.tasks, **loop_of(p)))
    grads, value = meta(p.theta)
    return {"loss": {"": value}, "gradient": grads}


def by_engine(device: torch.device, dtype: torch.dtype, work: str = FIVE, **more) -> Answer:
    """The same by the engine."""
    p = sinusoids(device, dtype, work)
    value, grads = engine.meta_grad(p.loss, p.theta, p.tasks, **loop_of(p), **more)
    return {"loss": {"": value}, "gradient": grads}


def compiled(device: torch.device, dtype: torch.dtype) -> Answer:
    """The same by the engine, translated: with one inner step, as five take minutes."""
    return by_engine(device, dtype, "sinusoid-25x1", compile=True)


def looped(work: str = FIVE) -> Answer:
    """The judge of the three: one task after the other."""
    p = sinusoids(CPU, torch.float64, work)
    losses = [
        p.loss(maml.adapt(p.loss, p.theta, (xs, ys), **loop_of(p)), xq, yq)
        for xs, ys, xq, yq in zip(*p.tasks[0], *p.tasks[1], strict=True)
    ]
    grads = compare_paths.looped_gradient(p.loss, p.theta, p.tasks, **loop_of(p))
    return {"loss": {"": torch.stack(losses).mean()}, "gradient": grads}


def flat(device: torch.device, dtype: torch.dtype) -> tuple[tuple, dict]:
    """The first sinusoid as losses of one vector, and its inner loop."""
    p = sinusoids(device, dtype)
    pairs = [tuple(a[0] for a in pair) for pair in p.tasks]
    return multistep.flat_task(p.loss, p.theta, *pairs)[:3], loop_of(p)


def exact(device: torch.device, dtype: torch.dtype) -> Answer:
    """The meta-gradient by Hessian-vector products."""
    task, loop = flat(device, dtype)
    return {"gradient": {"": multistep.meta_gradient(*task, **loop)}}


def through_the_loop() -> Answer:
    """The same by autograd through all steps."""
    task, loop = flat(CPU, torch.float64)
    return {"gradient": {"": multistep.autograd_meta_gradient(*task, **loop)}}


def episodes(device: torch.device, dtype: torch.dtype) -> tuple[dict, tuple]:
    """Eight 5-way 1-shot tasks of noise, and weights for any n."""
    p = maml_speed.problem(maml_speed.WORKS["conv4-5w1s"], device)
    if dtype == torch.float64:
        p = maml_speed.in_double(p, 8)
    theta = {n: a.requires_grad_() for n, a in p.theta.items() if n not in ("w", "b")}
    return theta, tuple(tuple(a[:8] for a in pair) for pair in p.tasks)


WAYS = {"num_ways": 5, "alpha": 0.4}


def one_step(device: torch.device, dtype: torch.dtype) -> Answer:
    """One inner step in closed form, differentiated."""
    theta, tasks = episodes(device, dtype)
    value = few_shot.one_step_loss("conv4", theta, tasks, **WAYS)
    grads = torch.autograd.grad(value, list(theta.values()))
    return {"loss": {"": value}, "gradient": dict(zip(theta, grads, strict=True))}


def one_step_judge() -> Answer:
    """The same by the engine, which knows nothing of the closed form."""
    theta, tasks = episodes(CPU, torch.float64)
    value, grads = few_shot.few_shot_meta_grad("conv4", theta, tasks, steps=1, **WAYS)
    return {"loss": {"": value}, "gradient": grads}


def collected(device: torch.device, dtype: torch.dtype) -> Answer:
    """A batch of bandits lived through, and what the agent said of it beside another unrolling."""
    setting = rl2_speed.Setting(device=str(device))
    theta = {n: p.detach() for n, p in rl2_speed.moved(setting)[0].items()}
    seen = rl2_speed.live(setting, theta, course_lib.seed(0))
    wide = {n: p.cpu().double() for n, p in theta.items()}
    inputs = seen.inputs.cpu().double()
    log_probs, values = rl2.heads(wide, gru.unroll(wide, inputs), inputs)
    chosen = log_probs.gather(-1, seen.actions.cpu()[..., None])[..., 0]
    said = {"": {"chances": seen.log_probs, "values": seen.values}}
    apart = off(said, {"": {"chances": chosen, "values": values}})
    return {
        "unrolled anew": {"": torch.tensor([1 + apart], dtype=torch.float64)},
        "actions": {"": seen.actions + 1},
        "rewards": {"": seen.rewards},
        "chances": {"": seen.log_probs},
    }


def collection_judge() -> Answer:
    """The CPU's own, with no difference from the other unrolling."""
    one = torch.ones(1, dtype=torch.float64)
    return {**collected(CPU, torch.float32), "unrolled anew": {"": one}}


def written_out(theta, experience, aim, part, s) -> Tensor:
    """PPO's loss by the GRU as its formulas stand, derivatives by autograd."""
    time = len(experience.inputs)
    total = ppo.loss_sum(theta, experience, aim, part, time, s, unroll=gru.unroll)
    return total / aim.weight[:, part].sum()


def updated(device: torch.device, dtype: torch.dtype, loss: Callable | None = None) -> Answer:
    """How θ moves in one update, twelve steps of Adam, on an experience lived on the CPU."""
    setting = rl2_speed.Setting()
    theta, lived = rl2_speed.moved(setting)

    def moved(a: Tensor) -> Tensor:
        return a.detach().to(device, dtype if a.is_floating_point() else a.dtype)

    before = {n: moved(p) for n, p in theta.items()}
    after = {n: p.clone().requires_grad_() for n, p in before.items()}
    adam = torch.optim.Adam(after.values(), lr=setting.lr, fused=True)
    experience = Experience(*map(moved, lived))
    ppo.ppo_update(after, adam, experience, setting.ppo, course_lib.seed(1), loss)
    return {"step": {n: p - before[n] for n, p in after.items()}}
