"""Is the mathematics on the GPU that of the CPU? Each path on both, and a plain judge beside them.

The judge runs on the CPU in float64 and is written another way than what it judges: a Python loop
over tasks, autograd through the whole inner loop, a GRU unrolled step by step. An error is the
largest difference relative to the largest entry of what is right. A row's `error` is the worst of
three: the CPU's from the judge, the GPU's from the judge, the GPU's from the CPU.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch

from benchmarks import gpu_cases as of
from benchmarks.gpu_cases import CPU, Answer, off
from benchmarks.gpu_items import Item
from course_lib.training.compiling import missing_compiler

double, single = torch.float64, torch.float32


class Case(NamedTuple):
    """One path: its answer on a device, the judge's, and how far they may be apart by dtype."""

    what: str
    answer: Callable[[torch.device, torch.dtype], Answer]
    judge: Callable[[], Answer]
    limits: dict[torch.dtype, float]
    seconds: float = 30


def row(case: Case, device: torch.device, dtype: torch.dtype) -> dict:
    """How far a path is from the judge on both devices, and from itself."""
    right, here = case.judge(), case.answer(CPU, dtype)
    there = case.answer(device, dtype)
    errors = {"cpu": off(here, right), "gpu": off(there, right), "apart": off(there, here)}
    return {
        "what": case.what,
        "dtype": str(dtype).removeprefix("torch."),
        "device": str(device),
        "error": max(errors.values()),
        "limit": case.limits[dtype],
        "ok": max(errors.values()) <= case.limits[dtype],
        **errors,
    }


def items(device: torch.device) -> Iterator[Item]:
    """Every case in every number format that it has."""
    for case in cases():
        for dtype in case.limits:
            name = f"{case.what}, {str(dtype).removeprefix('torch.')}"
            yield Item(name, case.seconds, lambda c=case, d=dtype: [row(c, device, d)])


def cases() -> list[Case]:
    """What is compared. A float32 limit is some 50 times what rounding gives on a CPU.

    That is still far below what TensorFloat-32 would do.
    """
    near, pictures = {double: 1e-10, single: 1e-5}, {double: 1e-9, single: 1e-4}
    found = [
        Case("MAML, teaching path", of.teaching, of.looped, near),
        Case("MAML, engine", of.by_engine, of.looped, near),
        Case("multistep, exact", of.exact, of.through_the_loop, near),
        Case("conv4, one_step_loss", of.one_step, of.one_step_judge, pictures),
        Case("conv4, played again", of.played_again, of.one_step_judge, pictures),
        Case("RL², one collection", of.collected, of.collection_judge, {single: 1e-5}),
        Case("RL², one update", of.updated, of.update_judge, {double: 1e-6, single: 1e-3}),
    ]
    if missing_compiler(CPU, "") is None:
        found.append(
            Case("MAML, engine compiled", of.compiled, of.looped_once, {double: 1e-10}, 60)
        )
    return found
