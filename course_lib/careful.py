"""`@careful`: arguments that can't be meant are refused in words, PyTorch's errors are explained.

It keeps these checks out of `maml.py`, whose functions are as plain as their formulas.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor

from course_lib.guard import judge
from course_lib.own_loss import Params, check_devices, check_tasks, check_theta, one_number
from course_lib.step_size import check_inner


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
        if one_task:
            return one_number(loss)
        check_tasks(data)
        check_devices(params, data)
        first_order = inner.get("first_order", not curvature) or inner["steps"] == 0
        with explained(params, data):
            judge(loss, params, data, inner["lr"], first_order=first_order)
        return loss

    @functools.wraps(function)
    def checked(loss, params, data, *rest, **inner):
        loss = prepared(loss, params, data, inner)
        with explained(params, data):
            return function(loss, params, data, *rest, **inner)

    @functools.wraps(function)
    def checked_path(loss, params, data, *rest, **inner):
        loss = prepared(loss, params, data, inner)
        with explained(params, data):
            yield from function(loss, params, data, *rest, **inner)

    return checked_path if inspect.isgeneratorfunction(function) else checked


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
    "torch.func.replace_all_batch_norm_modules_(module), or take engine.meta_grad.",
    "for CuDNN": "cuDNN's recurrent layers have no second derivative: call it inside "
    "`with torch.backends.cudnn.flags(enabled=False):`.",
    "_attention": "This attention kernel has no second derivative: call it inside "
    "`with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):`.",
    "is not implemented": "PyTorch has no second derivative of {op}, which this loss uses: write "
    "that step in plain operations, or take first_order=True.",
    "does not require grad": "No gradient of the loss reaches θ: it was lost on the way, as "
    ".detach(), .item(), argmax and torch.no_grad() lose it, or the loss does not use `params`.",
}


def _explanation(text: str, params: Params, data) -> str:
    if "dtype" in text or "scalar type" in text or "data type" in text:
        return _types(params, data)
    op = re.search(r"derivative for '?([\w:]+)", text)
    for sign, words in EXPLANATIONS.items():
        if sign in text:
            return words.format(op=op[1] if op else "a step")
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
