"""Every way to a meta-gradient, side by side, for a reader's own loss (notebook 05)."""

import warnings
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import grad

from course_lib import maml
from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml import engine
from course_lib.maml.own.guard import apart
from course_lib.maml.own.own_loss import one_number
from course_lib.maml.own.step_size import StepSize, rate_of


class Paths(NamedTuple):
    """How far each path's meta-gradient is from the plain loop's, relative to its length."""

    errors: dict[str, float]

    def __str__(self) -> str:
        rows = [
            f"{name:22s} {error:.0e} from the plain loop" for name, error in self.errors.items()
        ]
        return "\n".join(rows)


def compare_paths(
    loss: Loss,
    theta: Params,
    tasks: tuple[Pair, Pair],
    *,
    lr: StepSize,
    steps: int,
    compile: bool = False,
) -> Paths:
    """The errors of `maml.meta_loss`, `engine.meta_grad` and, if asked, the compiled step.

    The judge is a Python loop over tasks and steps with plain autograd. In single precision expect
    1e-7 to 1e-4; in double precision 1e-16 to 1e-12. A random loss differs by its chance.
    """
    theta = {name: p.detach() for name, p in theta.items()}
    inner = {"lr": lr, "steps": steps}
    found = {
        "maml.meta_loss": grad(lambda p: maml.meta_loss(loss, p, tasks, **inner))(theta),
        "engine.meta_grad": engine.meta_grad(loss, theta, tasks, **inner)[1],
    }
    if compile:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=DeprecationWarning)  # torch's own
            found["engine, compile=True"] = engine.meta_grad(
                loss, theta, tasks, **inner, compile=True
            )[1]
    right = looped_gradient(loss, theta, tasks, **inner)
    return Paths({name: apart(grads, right) for name, grads in found.items()})


def looped_gradient(
    loss: Loss, theta: Params, tasks: tuple[Pair, Pair], *, lr: StepSize, steps: int
) -> Params:
    """The meta-gradient by plain autograd, one task after the other."""
    loss, theta = one_number(loss), {name: p.clone().requires_grad_() for name, p in theta.items()}
    losses: list[Tensor] = []
    for xs, ys, xq, yq in zip(*tasks[0], *tasks[1], strict=True):
        phi = theta
        for _ in range(steps):
            slopes = torch.autograd.grad(
                loss(phi, xs, ys), list(phi.values()), create_graph=True, materialize_grads=True
            )
            moved = zip(phi.items(), slopes, strict=True)
            phi = {name: p - rate_of(lr, name) * g for (name, p), g in moved}
        losses.append(loss(phi, xq, yq))
    total = torch.stack(losses).mean()
    grads = torch.autograd.grad(total, list(theta.values()), materialize_grads=True)
    return dict(zip(theta, grads, strict=True))
