"""A function of tensors, translated into machine code where the machine has a compiler."""

import functools
import os
import shutil
import warnings
from collections.abc import Callable, Sequence

import torch

# zeros, not an error, for a parameter that the loss does not use: as torch.func has it
gradient = functools.partial(torch.autograd.grad, materialize_grads=True)


def missing_compiler(device: torch.device, what: str) -> str | None:
    """Why `compile=True` cannot work on this machine, in one sentence, or None if it can."""
    if device.type == "cpu" and not any(map(shutil.which, (os.environ.get("CXX", "g++"), "clang"))):
        return f"There is no C++ compiler on this machine, so {what} runs uncompiled."
    return None


def translated(step: Callable, specs: Sequence[tuple], what: str) -> Callable | None:
    """`step` compiled for contiguous inputs of these (shape, dtype, device), or None.

    None comes with one warning, which says why `what` runs uncompiled.
    """
    if reason := missing_compiler(specs[0][2], what):
        warnings.warn(reason, stacklevel=4)
        return None

    from torch._inductor import compile as translate  # no guards: shapes are checked by the caller
    from torch.fx.experimental.proxy_tensor import make_fx

    examples = [torch.zeros(shape, dtype=dtype, device=device) for shape, dtype, device in specs]
    try:
        with torch.no_grad():
            return translate(make_fx(step)(*examples), examples)
    except Exception as error:
        first_line = str(error).strip().splitlines()[0]
        warnings.warn(
            f"The compiler failed ({first_line}), so {what} runs uncompiled.", stacklevel=4
        )
        return None
