"""`@flat`: functions of one flat vector φ say what that vector must be (notebook 05)."""

import functools
import inspect
from collections.abc import Callable

from torch import Tensor

from course_lib.maml.own.explaining import explained


def flat(function: Callable) -> Callable:
    """`function(…, theta, …)`, or `phi`, behind a check of that vector and of the loss's value."""
    signature = inspect.signature(function)
    name = next(name for name in signature.parameters if name in ("theta", "phi"))

    @functools.wraps(function)
    def checked(*args, **kwargs):
        vector = signature.bind(*args, **kwargs).arguments[name]
        check_vector(vector)
        with explained({name: vector}, ()):
            return function(*args, **kwargs)

    return checked


def check_vector(vector) -> None:
    """Raise a ValueError unless `vector` is one axis of real numbers."""
    if isinstance(vector, Tensor) and vector.ndim == 1 and vector.is_floating_point():
        return
    got = type(vector).__name__
    if isinstance(vector, Tensor):
        got = f"a tensor {list(vector.shape)} of {vector.dtype}"
    raise ValueError(
        f"Here all parameters are one vector of real numbers, and this is {got}: "
        "multistep.flat_task(loss, params, support, query) makes the vector and the two losses."
    )
