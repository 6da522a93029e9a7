"""Few-shot classifiers: a body that sees, a head that tells n classes apart, for any n
(notebook 06).

A *fixed-n* θ has a head of n rows, as in the paper. An *any-n* θ is a body alone: its head starts
with n rows of zeros, so the classes are exchangeable, and one θ serves every n. (A meta-learned row
that all classes start from would change nothing: it adds the same number to every logit.)

The inner loss is the mean cross-entropy times n, so a class weighs as much in a 20-way task as in
a 5-way one, and α means the same for every n. The authors' published code scales it like this too
(by reading): its α = 0.4 at 5-way is a step of 2.0 on the mean.
"""

import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from course_lib.ground.types import Pair, Params
from course_lib.maml import engine
from course_lib.maml.inner import inner_path
from course_lib.nets import models
from course_lib.nets.models import check_ways, linear_head


class Body(NamedTuple):
    """A network without its head: `model(num_ways)` has it, `features(params, x)` stops short.

    `first` is the name of its first weights; no other body has any of that name.
    """

    model: Callable[[int], models.Model]
    features: Callable[[Params, Tensor], Tensor]
    first: str


BODIES = {
    "conv4": Body(models.conv4, models.conv4_features, "conv0"),
    "dense4": Body(models.dense4, models.dense4_features, "dense0"),
    "pool4": Body(models.pool4, models.pool4_features, "pooled0"),
}


def body_of(theta: Params) -> Body:
    """The body that θ's weights belong to, told by their names.

    Errors: ValueError where they belong to none.
    """
    for body in BODIES.values():
        if body.first in theta:
            return body
    raise ValueError(f"These weights are of no known body ({', '.join(BODIES)}): {list(theta)}.")


def init_any_n(body: str, gen: torch.Generator, device=None) -> Params:
    """A fresh any-n θ: the body's weights at random, and no head."""
    theta = BODIES[body].model(2).init(gen, device=device)
    return {name: p for name, p in theta.items() if name not in ("w", "b")}


def with_head(theta: Params, num_ways: int) -> Params:
    """θ with a head of `num_ways` rows: zeros for an any-n θ, its own if fixed-n.

    Errors: ValueError where a fixed-n θ has another number of rows, or for num_ways < 2.
    """
    check_ways(num_ways)
    if "w" not in theta:
        last = theta["scale3"]
        return {**theta, "w": last.new_zeros(num_ways, len(last)), "b": last.new_zeros(num_ways)}
    if len(theta["w"]) != num_ways:
        raise ValueError(
            f"These weights have a head for {len(theta['w'])} classes, not {num_ways}: "
            "take an any-n checkpoint."
        )
    return theta


@functools.cache
def loss_of(body: Body):
    """The loss L(params, x, y): mean cross-entropy of the body's features under a linear head.

    One object for each body: `maml.inner` has its first look at a loss once, not at every call.
    """

    def loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(linear_head(params, body.features(params, x)), y)

    return loss


LOSSES = {name: loss_of(body) for name, body in BODIES.items()}


def inner_lr(alpha: float, num_ways: int) -> float:
    """The step size on the *mean* cross-entropy: α·n, since the inner loss here is n times that."""
    return alpha * num_ways


def few_shot_meta_grad(
    body: str, theta: Params, tasks: tuple[Pair, Pair], *, num_ways, alpha, **inner
):
    """(meta-loss, its gradient in θ) as `engine.meta_grad`, for an any-n or fixed-n θ."""
    full = with_head({name: p.detach() for name, p in theta.items()}, num_ways)
    value, grads = engine.meta_grad(
        LOSSES[body], full, tasks, lr=inner_lr(alpha, num_ways), **inner
    )
    return value, {name: grads[name] for name in theta}


def one_step_logits(
    body: Body,
    theta: Params,
    xs: Tensor,
    ys: Tensor,
    xq: Tensor,
    *,
    num_ways: int,
    alpha: float,
    first_order: bool = False,
) -> Float[Tensor, "tasks queries ways"]:
    """Query logits after *one* inner step from an any-n θ, for a stack of tasks, in closed form.

    The head is zero, so every class has probability 1/n, and the body, whose gradient passes
    through the head, has none: the first step moves the head alone. Class c's row becomes
    (α/k) Σ_{i in c} f_i − (α/nk) Σ_i f_i  with f the features, k the shots. So MAML with one
    step from an any-n θ is ANIL, and needs no second derivative of the body. `first_order=True`
    takes that step as a constant: then no gradient passes through the support's features.
    Source for ANIL: Raghu et al. 2020 (unchecked). The closed form is ours; tests compare it
    with `engine.meta_grad`.
    """

    def features(x: Tensor) -> Tensor:
        if len(x) == 1:  # one task: the same without `vmap`, in half the time
            return body.features(theta, x[0])[None]
        return vmap(body.features, in_dims=(None, 0))(theta, x)

    support, query = features(xs), features(xq)
    if first_order:
        support = support.detach()
    truth = F.one_hot(ys, num_ways).to(support.dtype)
    step = (
        (truth - 1 / num_ways).mT / support.shape[1] * inner_lr(alpha, num_ways)
    )  # [tasks, ways, rows]
    return query @ (step @ support).mT + step.sum(-1)[:, None]


def one_step_loss(body: str, theta: Params, tasks: tuple[Pair, Pair], **inner) -> Tensor:
    """The meta-loss after one inner step from an any-n θ, through `one_step_logits`."""
    (xs, ys), (xq, yq) = tasks
    logits = one_step_logits(BODIES[body], theta, xs, ys, xq, **inner)
    return F.cross_entropy(logits.flatten(0, 1), yq.flatten())


def walk(
    theta: Params, support: Pair, *, num_ways: int, alpha: float, steps: int
) -> Iterator[Params]:
    """φ₀ = θ with its head, φ₁, …, φ_K: the inner steps of one task on its support.

    Errors: ValueError for α < 0, steps < 0, or a θ whose head has another number of rows.
    """
    inner = {"lr": inner_lr(alpha, num_ways), "steps": steps}
    return inner_path(loss_of(body_of(theta)), with_head(theta, num_ways), support, **inner)


def logits(phi: Params, x: Tensor) -> Float[Tensor, "pictures ways"]:
    """What the body sees in each picture, under the head. All are normalised together."""
    return linear_head(phi, body_of(phi).features(phi, x))


@torch.no_grad()
def path_logits(
    theta: Params, support: Pair, query_x: Tensor, *, num_ways: int, alpha: float, steps: int
) -> Float[Tensor, "path queries ways"]:
    """Query logits of one task after 0, 1, …, K inner steps on its support: [K + 1, queries, n].

    No graph is kept. Batch norm normalises support and query each by themselves.
    Errors: as `walk`.
    """
    path = walk(theta, support, num_ways=num_ways, alpha=alpha, steps=steps)
    return torch.stack([logits(phi, query_x) for phi in path])


def step_accuracies(
    theta: Params, tasks: tuple[Pair, Pair], *, num_ways: int, alpha: float, steps: int
) -> Float[Tensor, "tasks path"]:
    """Query accuracy of each task after 0, 1, …, K inner steps: [tasks, K + 1], in 0…1."""
    (xs, ys), (xq, yq) = tasks

    def one(xs: Tensor, ys: Tensor, xq: Tensor, yq: Int[Tensor, " queries"]) -> Tensor:
        inner = {"num_ways": num_ways, "alpha": alpha, "steps": steps}
        logits = path_logits(theta, (xs, ys), xq, **inner)
        return (logits.argmax(-1) == yq).float().mean(-1)

    return torch.stack([one(*task) for task in zip(xs, ys, xq, yq, strict=True)])
