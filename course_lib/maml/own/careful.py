"""`@careful`: arguments that can't be meant are refused in words, PyTorch's errors are explained
(notebooks 04 and 05).

It keeps these checks out of `maml.py`, whose functions are as plain as their formulas.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import Tensor
from torch.func import grad

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.own.first_look import first_look, ripple
from course_lib.maml.own.guard import judge
from course_lib.maml.own.over_tasks import notes
from course_lib.maml.own.own_loss import (
    LOST,
    check_devices,
    check_support,
    check_tasks,
    check_theta,
    concrete,
    one_number,
)
from course_lib.maml.own.step_size import check_inner

_INSIDE: ContextVar[bool] = ContextVar("inside a careful function", default=False)


def careful(function: Callable) -> Callable:
    """`function(loss, params, data, …, lr=…, steps=…)` behind the checks of `own_loss`.

    `data` is one support pair where the parameter is called `support`, else a batch of tasks.
    """
    takes = inspect.signature(function).parameters
    one_task = "support" in takes
    curvature = "first_order" in takes or "inner" in takes

    def prepared(loss, params, data, inner):
        check_theta(params)
        if missing := {"lr", "steps"} - inner.keys():
            raise TypeError(f"{function.__name__} needs {' and '.join(sorted(missing))}.")
        check_inner(inner["lr"], inner["steps"])
        with explained(params, data):
            if one_task:
                check_support(data)
                return _looked_at(loss, params, data)
            check_tasks(data)
            check_devices(params, data)
            first_order = inner.get("first_order", not curvature) or inner["steps"] == 0
            judge(loss, params, data, inner["lr"], first_order=first_order)
            return loss

    @functools.wraps(function)
    def checked(loss, params, data, *rest, **inner):
        if _INSIDE.get():
            return function(loss, params, data, *rest, **inner)
        loss = prepared(loss, params, data, inner)
        inside = _INSIDE.set(True)
        try:
            with explained(params, data):
                return function(loss, params, data, *rest, **inner)
        finally:
            _INSIDE.reset(inside)

    @functools.wraps(function)
    def checked_path(loss, params, data, *rest, **inner):
        if not _INSIDE.get():
            loss = prepared(loss, params, data, inner)
        with explained(params, data):
            yield from function(loss, params, data, *rest, **inner)

    return checked_path if inspect.isgeneratorfunction(function) else checked


def _looked_at(loss: Loss, params: Params, support: Pair) -> Loss:
    """The loss of one task, after its first look."""
    known, single = notes(loss), one_number(loss)
    if "one task" not in known.seen and all(map(concrete, (*params.values(), *support))):
        copies = {name: p[None] for name, p in params.items()}

        def each(many: Params) -> Tensor:
            return single({name: p[0] for name, p in many.items()}, *support)[None]

        whole = tuple(a[None] for a in support)
        first_look(single, set(), each, copies, whole, each(copies))
        _check_slope(single, params, support)
        known.seen.add("one task")
    return single


def _check_slope(loss: Loss, params: Params, support: Pair) -> None:
    """Raise a ValueError where the loss has no gradient, here and at another θ."""
    nudged = {name: p + ripple(p) for name, p in params.items()}
    try:
        slopes = [grad(loss)(theta, *support) for theta in (params, nudged)]
    except RuntimeError as error:
        if "captured" not in str(error):  # the inner step will say what is wrong with it
            raise
        return
    found = [g for slope in slopes for g in slope.values()]
    if not all(map(concrete, found)):  # the loss has caught a tensor that `vmap` maps over
        return
    if not any(g.count_nonzero() for g in found):
        raise ValueError(LOST)


@contextmanager
def explained(params, data) -> Iterator[None]:
    """PyTorch's errors that readers meet here become a ValueError which says what to do."""
    try:
        yield
    except (RuntimeError, IndexError) as error:
        if words := _explanation(str(error), params, data):
            raise ValueError(words) from error
        raise


EXPLANATIONS = {
    "mutate a captured": "The loss changes a tensor of its own while it runs, as batch norm does "
    "with its running statistics, and torch.func.grad refuses that. Call "
    "torch.func.replace_all_batch_norm_modules_(module), and keep buffers out of θ.",
    "for CuDNN": "cuDNN's recurrent layers have no second derivative: call it inside "
    "`with torch.backends.cudnn.flags(enabled=False):`.",
    "_attention": "This attention kernel has no second derivative: call it inside "
    "`with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):`.",
    "is not implemented": "PyTorch has no second derivative of {op}, which this loss uses: write "
    "that step in plain operations, or take first_order=True.",
    "not differentiable with respect to": "θ holds a buffer, such as a running mean, which has no "
    "gradient: from a module take dict(module.named_parameters()).",
    "does not require grad": LOST,
    "nplace": "The loss changes θ in place: make a new tensor, as in w = 2 * params['w'].",
    "n-place": "The loss changes θ in place: make a new tensor, as in w = 2 * params['w'].",
}


def _explanation(text: str, params: Params, data) -> str:
    if "size" in text or "shape" in text:
        return _sizes(text, data)
    if "dtype" in text or "scalar type" in text or "data type" in text:
        return _types(params, data)
    op = re.search(r"derivative for '?([\w:]+)", text)
    for sign, words in EXPLANATIONS.items():
        if sign in text:
            return words.format(op=op[1] if op else "a step")
    return ""


def _sizes(text: str, data) -> str:
    """Which x and y of a pair have different numbers of examples."""
    for part, pair in zip(("support", "query"), data, strict=False):
        if isinstance(pair, Tensor) or any(a.dim() < 2 for a in pair):
            continue
        x, y = pair
        if x.shape[1] != y.shape[1]:
            return (
                f"{part} x has {x.shape[1]} examples and {part} y has {y.shape[1]}: are they pairs "
                f"(x, y)? PyTorch says: {text.splitlines()[0]}."
            )
    return ""


def _types(params: Params, data) -> str:
    """Which of the inputs is of another type than θ, and how to bring them together."""
    ours = next(iter(params.values())).dtype
    pairs = [data] if isinstance(data[0], Tensor) else data
    for part, pair in zip(("support", "query"), pairs, strict=False):
        for axis, a in zip("xy", pair, strict=False):
            if a.dtype != ours and (a.is_floating_point() or axis == "x"):
                return (
                    f"θ is {ours}, but {part} {axis} is {a.dtype}: bring them to one type, as in "
                    f"{axis} = {axis}.to({ours})."
                )
    return ""
