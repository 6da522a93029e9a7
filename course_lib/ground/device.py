"""Where the numbers are computed, and with which randomness.

Two environment variables change the choice: `COURSE_DEVICE` and `COURSE_THREADS`.
"""

from typing import TYPE_CHECKING

from course_lib.ground.memory import keep_freed
from course_lib.ground.settings import Unusable, wish

if TYPE_CHECKING:
    import torch

MOST_THREADS = 1024


def device() -> "torch.device":
    """The device of the course: the GPU if there is one, else the CPU.

    `COURSE_DEVICE=cpu` (or `cuda`, `cuda:1`) overrides the choice. On the CPU torch is set to one
    thread: the nets are so small that handing work from thread to thread takes longer than the
    work. `COURSE_THREADS` overrides that number. There the process also keeps some of the memory
    that it frees (`course_lib.ground.memory`).
    """
    import torch

    chosen = _chosen_device(torch)
    if chosen.type == "cpu":
        torch.set_num_threads(_cpu_threads())
        keep_freed()
    return chosen


def seed(number: int) -> "torch.Generator":
    """A generator of random numbers on the CPU: the same `number` gives the same numbers.

    It lives on the CPU so that a task drawn from it is the same with and without a GPU.
    """
    import torch

    return torch.Generator(device="cpu").manual_seed(number)


def _chosen_device(torch) -> "torch.device":
    chosen = wish("COURSE_DEVICE").lower()
    if chosen in ("", "auto"):
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = chosen.partition(":")
    if chosen == "cpu":
        return torch.device("cpu")
    if kind != "cuda" or (":" in chosen and not index.isdecimal()):
        raise Unusable(
            f"COURSE_DEVICE is {chosen!r}: set it to 'cpu', 'cuda' or 'cuda:<number>', or unset it."
        )
    count = torch.cuda.device_count()
    if int(index or 0) >= count:
        raise Unusable(
            f"COURSE_DEVICE is {chosen!r} but torch sees {count} GPU(s): "
            "unset it or set it to 'cpu'."
        )
    return torch.device(chosen)


def _cpu_threads() -> int:
    number = wish("COURSE_THREADS") or "1"
    if not number.isdecimal() or not 1 <= int(number) <= MOST_THREADS:
        raise Unusable(
            f"COURSE_THREADS is {number!r}: set it to a whole number from 1 up (to {MOST_THREADS})."
        )
    return int(number)
