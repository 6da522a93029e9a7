"""The floor under a benchmark's times: how long its products alone would take on this machine.

    bound = floating-point operations of the work / operations a second of a large matrix product

Both are found in the run that they are compared in, on the same thread and in the same precision.
The operations are counted by PyTorch while an uncompiled implementation runs, backward passes
included: those of matrix products and convolutions, two for each pair of numbers that is multiplied
and added. Who does less work for the same result sets the floor, so of several implementations the
one with the fewest operations counts.

What the bound leaves out, so that nobody reaches it: everything that is no product (activations,
normalisation, the loss, Adam), the way of every number from and to the memory, the calls
themselves, and that small products run slower than large ones. What it does not know: products with
a padding's zeros, which could be skipped (conv4's last map has 2 × 2 pixels, and 11 of its 36 taps
lie outside), and algorithms that multiply less, such as Winograd's.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

SECONDS = 1.0  # spent on matrix products
SIZES = {"cpu": 1024, "cuda": 8192}  # rows and columns: large enough that more is no faster
LEAST = 3  # products, however slow they are

Step = Callable[[], object]


class Bound(NamedTuple):
    """The operations of a work, and how many of them this machine does in a second."""

    flops: int
    rate: float
    products: int  # how many were timed to find the rate

    @property
    def ms(self) -> float:
        """Milliseconds."""
        return 1e3 * self.flops / self.rate

    def more(self) -> dict:
        """What the bound's row says beyond the keys of the others."""
        return {"flops": self.flops, "gflops_per_s": round(self.rate / 1e9, 1)}


def measured(
    *steps: Step, times: int = 1, dtype: torch.dtype = torch.float32, device: torch.device | str
) -> Bound:
    """The bound of `times` calls of the one among `steps` that needs the fewest operations."""
    return Bound(times * min(map(flops, steps)), *rate(dtype, device))


def flops(step: Step) -> int:
    """The floating-point operations of the matrix products and convolutions in one call."""
    step()  # what is done only once (a first comparison, a cache) is no part of it
    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops()


def rate(dtype: torch.dtype, device: torch.device | str) -> tuple[float, int]:
    """(operations a second of the fastest of several large matrix products, how many they were)."""
    device = torch.device(device)
    n = SIZES[device.type]
    a, b = (torch.ones(n, n, dtype=dtype, device=device) for _ in range(2))
    out = torch.empty_like(a)
    spent: list[float] = []
    while len(spent) < LEAST or sum(spent) < SECONDS:
        spent.append(seconds(lambda: torch.mm(a, b, out=out), device))
    return 2 * n**3 / min(spent), len(spent)


def seconds(step: Step, device: torch.device) -> float:
    """Seconds of one call: the process's CPU time, and on a GPU the wall's until it is done."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    if device.type == "cuda":
        torch.cuda.synchronize()
    begun = clock()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return clock() - begun
