"""What θ, the tasks and the loss must be. Whatever else comes is refused in one sentence
(notebooks 04 and 05).

θ       a flat dict of named tensors of real or complex numbers
tasks   ((support x, support y), (query x, query y)), tasks stacked on axis 0 of each tensor
loss    loss(params, x, y) -> one real number, for one task
"""

import functools
import inspect
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.own.attention import twice_derivable

STACKED = "tasks = ((support x, support y), (query x, query y)), each of shape [tasks, examples, …]"
LOST = (
    "No gradient of the loss reaches θ: it was lost on the way, as .detach(), .item(), argmax, a "
    "comparison and torch.no_grad() lose it."
)
RECIPE = (
    "A list of tasks ((xs, ys), (xq, yq)) is stacked by "
    "tuple(tuple(map(torch.stack, zip(*part))) for part in zip(*tasks))"
)


def one_number(loss: Loss) -> Loss:
    """`loss`, but a ValueError where its value is no single real number with a gradient."""

    @functools.wraps(loss, updated=())
    def checked(params: Params, *data: Tensor) -> Tensor:
        with twice_derivable():
            value = loss(dict(params), *data)  # a copy: a loss may put new entries into it
        if complaint := _no_number(value):
            raise ValueError(f"The loss of one task must be one real number, but {complaint}.")
        return value

    return checked


def _no_number(value) -> str:
    if isinstance(value, tuple | list | dict):
        return f"it is a {type(value).__name__}: return the loss alone"
    if not isinstance(value, Tensor):
        kind = type(value).__name__
        return f"it is of type {kind}, which has no gradient: return the tensor, without .item()"
    if value.dim():
        return f"its shape is {list(value.shape)}: take the mean or the sum (reduction='mean')"
    if not value.is_floating_point():
        return f"it is {value.dtype}: " + (
            "take its absolute value" if value.is_complex() else "counting has no gradient"
        )
    return ""


def check_theta(theta) -> None:
    """Raise a ValueError where θ is no flat dict of named tensors that can have a gradient."""
    if isinstance(theta, nn.Module):
        raise ValueError(
            f"θ is a {type(theta).__name__}: give its tensors, dict(module.named_parameters())."
        )
    if not isinstance(theta, Mapping):
        raise ValueError(
            f"θ is a {type(theta).__name__}: give a dict with a name for each tensor, as in "
            "{str(i): p for i, p in enumerate(theta)}."
        )
    if not theta:
        raise ValueError("θ is empty: there is nothing to adapt.")
    for name, p in theta.items():
        if isinstance(p, Mapping | list | tuple):
            raise ValueError(
                f"θ[{name!r}] is a {type(p).__name__}: θ must be flat. Give its tensors names "
                f"of their own, as in '{name}.w', and put them together inside the loss."
            )
        if not isinstance(p, Tensor):
            raise ValueError(f"θ[{name!r}] is of type {type(p).__name__}, not a tensor of torch.")
        if not (p.is_floating_point() or p.is_complex()):
            raise ValueError(
                f"θ[{name!r}] is {p.dtype}, which has no gradient. From a module take "
                "dict(module.named_parameters()), not state_dict(), which holds buffers too."
            )
        if p.layout != torch.strided:
            raise ValueError(f"θ[{name!r}] is sparse: give it as p.to_dense().")
        if p.dtype.itemsize < 2:
            raise ValueError(f"θ[{name!r}] is {p.dtype}: PyTorch can't compute in it. Use float().")
    if tied := _tied(theta):
        first, second = tied
        raise ValueError(
            f"θ[{first!r}] and θ[{second!r}] share their memory, and MAML would adapt each by "
            "itself. Tied weights are named once, as dict(module.named_parameters()) names them; "
            "to keep them apart, .clone() one."
        )
    frozen = [name for name, p in theta.items() if _plain(p) and not p.requires_grad]
    if frozen and any(_plain(p) and p.requires_grad for p in theta.values()):
        raise ValueError(
            f"θ[{frozen[0]!r}] is frozen (requires_grad=False) and other tensors of θ are not, but "
            "MAML adapts all of θ. To freeze it, leave it out of θ: functional_call takes what is "
            "missing from the module itself. To adapt it, call .requires_grad_() on it."
        )


def _tied(theta: dict[str, Tensor]) -> tuple[str, str] | None:
    """Two names whose tensors begin at the same number in memory."""
    seen: dict[tuple, str] = {}
    for name, p in theta.items():
        if _plain(p) and p.numel():
            place = p.untyped_storage()._cdata, p.storage_offset()
            if place in seen:
                return seen[place], name
            seen[place] = name
    return None


def _plain(p: Tensor) -> bool:
    """Whether p is itself, not standing for something inside `grad` or `vmap`."""
    return torch.func.debug_unwrap(p, recurse=False) is p


def concrete(a: Tensor) -> bool:
    """Whether `a` is one tensor, not a batch of them inside `vmap`."""
    return torch.func.debug_unwrap(a).dim() == a.dim()


def check_call(loss) -> None:
    """Raise a ValueError where `loss` can't be called as loss(params, x, y)."""
    try:
        inspect.signature(loss).bind({}, None, None)
    except TypeError as problem:
        raise ValueError(
            f"The loss is called as loss(params, x, y), which yours does not take: {problem}."
        ) from problem
    except ValueError:  # it is built in and tells nothing
        return


def check_tasks(tasks) -> None:
    """Raise a ValueError where `tasks` isn't support and query, stacked on axis 0."""
    if not (_pair(tasks) and all(map(_pair, tasks))):
        raise ValueError(f"Give {STACKED}. {RECIPE}.")
    for part, pair in zip(("support", "query"), tasks, strict=True):
        for axis, a in zip("xy", pair, strict=True):
            if complaint := _no_tensor(a) or _no_stack(a):
                raise ValueError(f"{part} {axis} {complaint}. Give {STACKED}.")
    counts = sorted({len(a) for pair in tasks for a in pair})
    if len(counts) > 1:
        raise ValueError(
            f"Support and query must hold the same tasks, but axis 0 has the lengths {counts}. "
            f"Give {STACKED}."
        )
    if counts == [0]:
        raise ValueError("There is no task: axis 0 has length 0.")


def check_support(support) -> None:
    """Raise a ValueError where `support` isn't one task's pair of tensors with examples in it."""
    if not isinstance(support, Sequence):
        raise ValueError(f"support is a {type(support).__name__}: give one task's pair (x, y).")
    for axis, a in zip("xy", support, strict=False):
        if complaint := _no_tensor(a):
            raise ValueError(f"support {axis} {complaint}. Give one task's pair (x, y).")
        if a.dim() and not len(a):
            raise ValueError(f"support {axis} holds no example: axis 0 has length 0.")


def _pair(value) -> bool:
    return isinstance(value, Sequence) and len(value) == 2


def _no_stack(a: Tensor) -> str:
    if a.dim() == 0:
        return "is one number"
    return "holds no example: axis 1 has length 0" if a.dim() > 1 and not a.shape[1] else ""


def _no_tensor(a) -> str:
    if isinstance(a, Tensor):
        return ""
    if type(a).__module__ == "numpy":
        return "is an array of numpy: make it a tensor, torch.as_tensor(a, dtype=torch.float32)"
    if not isinstance(a, list | tuple):
        return f"is of type {type(a).__name__}, not a tensor"
    if not all(isinstance(b, Tensor) for b in a):
        return f"is a {type(a).__name__}: make it one tensor"
    if len({tuple(b.shape) for b in a}) == 1:
        return f"is a {type(a).__name__}: make it one tensor with torch.stack"
    sizes = ", ".join(str(list(b.shape)) for b in a[:4])
    if len({len(b) for b in a if b.dim()}) == 1:
        return f"is a {type(a).__name__} of tensors {sizes}, so this is a list of tasks. {RECIPE}"
    return (
        f"holds tasks of different sizes ({sizes}), which can't be stacked: draw the same number "
        "of examples for each task, or take the tasks one by one with maml.adapt"
    )


def check_devices(theta: Params, tasks: tuple[Pair, Pair]) -> None:
    """Raise a ValueError where θ and the tasks lie on different devices."""
    ours = {str(p.device) for p in theta.values()}
    theirs = {str(a.device) for pair in tasks for a in pair}
    if len(ours | theirs) > 1:
        raise ValueError(
            f"θ is on {', '.join(sorted(ours))}, the tasks are on {', '.join(sorted(theirs))}: "
            "bring all to one device with .to(device)."
        )
