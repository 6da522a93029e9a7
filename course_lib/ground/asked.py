"""What was asked for: whole numbers, and a generator of random numbers that lives on the CPU."""

import operator

import torch


def check_whole(**numbers) -> None:
    """Raise a ValueError that names the first of `numbers` which is no whole number."""
    for name, value in numbers.items():
        try:
            operator.index(None if isinstance(value, bool) else value)
        except TypeError:
            raise ValueError(f"{name} is {value!r}: give a whole number.") from None


def check_gen(gen) -> None:
    """Raise a ValueError unless `gen` is a generator of torch on the CPU, or None: torch's own."""
    if gen is None:
        return
    if not isinstance(gen, torch.Generator):
        raise ValueError(
            f"gen is of type {type(gen).__name__}: give a torch.Generator, as course_lib.seed(0) "
            "makes one."
        )
    if gen.device.type != "cpu":
        raise ValueError(
            f"gen is on {gen.device}, but tasks are drawn on the CPU, so that they are the same "
            "with and without a GPU: take course_lib.seed(0)."
        )
