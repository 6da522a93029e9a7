"""Where the numbers are computed, and with which randomness.

Two environment variables change the choice: `COURSE_DEVICE` and `COURSE_THREADS`.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def device() -> "torch.device":
    """The device of the course: the GPU if there is one, else the CPU.

    `COURSE_DEVICE=cpu` (or `cuda`, `cuda:1`) overrides the choice. On the CPU torch is set to one
    thread: the nets are so small that handing work from thread to thread takes longer than the
    work. `COURSE_THREADS` overrides that number.
    """
    import torch

    chosen = _chosen_device(torch)
    if chosen.type == "cpu":
        torch.set_num_threads(_cpu_threads())
    return chosen


def seed(number: int) -> "torch.Generator":
    """A generator of random numbers on the CPU: the same `number` gives the same numbers.

    It lives on the CPU so that a task drawn from it is the same with and without a GPU.
    """
    import torch

    return torch.Generator(device="cpu").manual_seed(number)


def _chosen_device(torch) -> "torch.device":
    wish = os.environ.get("COURSE_DEVICE", "").strip().lower()
    if wish in ("", "auto"):
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = wish.partition(":")
    if wish == "cpu":
        return torch.device("cpu")
    if kind != "cuda" or (":" in wish and not index.isdecimal()):
        raise ValueError(
            f"COURSE_DEVICE is {wish!r}: set it to 'cpu', 'cuda' or 'cuda:<number>', or unset it."
        )
    count = torch.cuda.device_count()
    if int(index or 0) >= count:
        raise ValueError(
            f"COURSE_DEVICE is {wish!r} but torch sees {count} GPU(s): unset it or set it to 'cpu'."
        )
    return torch.device(wish)


def _cpu_threads() -> int:
    wish = os.environ.get("COURSE_THREADS", "1").strip()
    if not wish.isdecimal() or int(wish) < 1:
        raise ValueError(f"COURSE_THREADS is {wish!r}: set it to a whole number from 1 up.")
    return int(wish)
