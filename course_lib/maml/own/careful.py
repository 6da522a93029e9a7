"""`@careful`: arguments that can't be meant are refused in words, PyTorch's errors are explained
(notebooks 04 and 05).

It keeps these checks out of `maml.inner`, whose functions are as plain as their formulas.
"""

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar

from torch import Tensor
from torch.func import grad

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.own.explaining import explained
from course_lib.maml.own.first_look import first_look, ripple
from course_lib.maml.own.guard import judge
from course_lib.maml.own.over_tasks import notes
from course_lib.maml.own.own_loss import (
    LOST,
    check_call,
    check_devices,
    check_support,
    check_tasks,
    check_theta,
    concrete,
    one_number,
)
from course_lib.maml.own.step_size import check_inner, check_rates

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
        check_rates(inner["lr"], params)
        check_call(loss)
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
