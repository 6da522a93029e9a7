"""What θ, the tasks and the loss must be. Whatever else comes is refused in one sentence.

θ       a flat dict of named tensors of real or complex numbers
tasks   ((support x, support y), (query x, query y)), tasks stacked on axis 0 of each tensor
loss    loss(params, x, y) -> one real number, for one task
"""

import functools
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

Params = dict[str, Tensor]
Loss = Callable[[Params, Tensor, Tensor], Tensor]
Pair = tuple[Tensor, Tensor]  # inputs x, targets y

STACKED = "tasks = ((support x, support y), (query x, query y)), each of shape [tasks, examples, …]"


def one_number(loss: Loss) -> Loss:
    """`loss`, but a ValueError where its value is no single real number with a gradient."""

    @functools.wraps(loss, updated=())
    def checked(params: Params, *data: Tensor) -> Tensor:
        with sdpa_kernel(SDPBackend.MATH):  # the other kernels of attention can't be derived twice
            value = loss(params, *data)
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
    frozen = [name for name, p in theta.items() if _plain(p) and not p.requires_grad]
    if frozen and any(_plain(p) and p.requires_grad for p in theta.values()):
        raise ValueError(
            f"θ[{frozen[0]!r}] is frozen (requires_grad=False) and other tensors of θ are not, but "
            "MAML adapts all of θ. To freeze it, leave it out of θ: functional_call takes what is "
            "missing from the module itself. To adapt it, call .requires_grad_() on it."
        )


def _plain(p: Tensor) -> bool:
    """Whether p is itself, not standing for something inside `grad` or `vmap`."""
    return torch.func.debug_unwrap(p, recurse=False) is p


def check_tasks(tasks) -> int:
    """The number of tasks. ValueError where `tasks` isn't support and query, stacked on axis 0."""
    if not (_pair(tasks) and all(map(_pair, tasks))):
        raise ValueError(f"Give {STACKED}.")
    for part, pair in zip(("support", "query"), tasks, strict=True):
        for axis, a in zip("xy", pair, strict=True):
            if complaint := _not_stacked(a):
                raise ValueError(f"{part} {axis} {complaint}. Give {STACKED}.")
    counts = sorted({len(a) for pair in tasks for a in pair})
    if len(counts) > 1:
        raise ValueError(
            f"Support and query must hold the same tasks, but axis 0 has the lengths {counts}. "
            f"Give {STACKED}."
        )
    if counts == [0]:
        raise ValueError("There is no task: axis 0 has length 0.")
    return counts[0]


def _pair(value) -> bool:
    return isinstance(value, Sequence) and len(value) == 2


def _not_stacked(a) -> str:
    if isinstance(a, Tensor):
        if a.dim() == 0:
            return "is one number"
        return "holds no example: axis 1 has length 0" if a.dim() > 1 and not a.shape[1] else ""
    if isinstance(a, list | tuple) and a and all(isinstance(b, Tensor) for b in a):
        shapes = {tuple(b.shape) for b in a}
        if len(shapes) == 1:
            return "is a list: make it one tensor with torch.stack"
        sizes = ", ".join(str(list(b.shape)) for b in a[:4])
        return (
            f"holds tasks of different shapes ({sizes}), which can't be stacked: draw the same "
            "number of examples for each task, or take the tasks one by one with maml.adapt"
        )
    if isinstance(a, list | tuple) and a:
        return "is a list of pairs: stack the tasks, not the pairs"
    if type(a).__module__ == "numpy":
        return "is an array of numpy: make it a tensor, torch.as_tensor(a, dtype=torch.float32)"
    return f"is of type {type(a).__name__}, not a tensor"


def check_devices(theta: Params, tasks: tuple[Pair, Pair]) -> None:
    """Raise a ValueError where θ and the tasks lie on different devices."""
    ours = {str(p.device) for p in theta.values()}
    theirs = {str(a.device) for pair in tasks for a in pair}
    if len(ours | theirs) > 1:
        raise ValueError(
            f"θ is on {', '.join(sorted(ours))}, the tasks are on {', '.join(sorted(theirs))}: "
            "bring all to one device with .to(device)."
        )
