"""What `gpu_equality` compares: the paths to each number on any device, and the judges of them."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad_and_value

import course_lib
from benchmarks import maml_speed, rl2_speed
from course_lib import few_shot, maml, rl2
from course_lib.few_shot import recipes
from course_lib.maml import compare_paths, engine, multistep
from course_lib.nets import gru
from course_lib.rl2 import ppo
from course_lib.rl2.agent import Experience

CPU = torch.device("cpu")
FIVE = "sinusoid-25x5"  # the work whose five inner steps are compared
Answer = dict[str, dict[str, Tensor]]  # what is compared: each group has a size of its own


def off(got: Answer, right: Answer) -> float:
    """The worst group's largest difference, relative to its largest entry; inf for a NaN."""

    def flat(tensors: dict[str, Tensor]) -> Tensor:
        return torch.cat([tensors[n].detach().cpu().double().flatten() for n in sorted(tensors)])

    errors = []
    for group, tensors in right.items():
        a, b = flat(got[group]), flat(tensors)
        errors.append(((a - b).abs().max() / b.abs().max()).item())
    return max(errors) if all(map(math.isfinite, errors)) else math.inf


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


def looped_once() -> Answer:
    """The judge of the compiled engine."""
    return looped("sinusoid-25x1")


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


def played_again(device: torch.device, dtype: torch.dtype) -> Answer:
    """The same as trainings have it: recorded on other pictures, then played on these."""
    theta, ((xs, ys), (xq, yq)) = episodes(device, dtype)
    played = recipes.one_step("conv4", False, WAYS["num_ways"])
    played(theta, 1 - xs, ys, 1 - xq, yq)
    value, grads = played(theta, xs, ys, xq, yq)
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


def update_judge() -> Answer:
    """The same in float64 with the loss written out."""
    return updated(CPU, torch.float64, written_out)
