"""One training that draws several meta-batches a step, in one process or shared among many.

    python -m course_lib train NAME --shares 4
    torchrun --nproc-per-node 4 -m course_lib train NAME

Both learn from four meta-batches a step and average their gradients, as PyTorch's data-parallel
training does; each share draws with random numbers of its own, so both give the same weights, up to
rounding, and either goes on where the other was stopped.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor

from course_lib.ground.types import Params


def num_processes() -> int:
    """How many processes train together: 1 without torchrun."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def process() -> int:
    """The number of this one; number 0 says and saves what there is to say and save."""
    return dist.get_rank() if num_processes() > 1 else 0


@contextmanager
def together(device: torch.device) -> Iterator[None]:
    """Joins the processes that torchrun has started, and parts when all are done.

    Errors: whatever PyTorch raises where they don't find each other.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    store, rank, number = next(dist.rendezvous("env://"))
    engine = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(engine, store=store, rank=rank, world_size=number)
    try:
        yield
        store.add("done", 1)
        while store.add("done", 0) < number:  # nobody hangs up while another still listens
            time.sleep(0.01)
    finally:
        dist.destroy_process_group()


class Shares:
    """The random numbers of a training in `number` shares, in the place of one generator.

    Process r of p has the shares r, r + p, r + 2p, …
    Errors: ValueError for a number that the processes can't share evenly.
    """

    def __init__(self, gen: torch.Generator, number: int):
        if number < 1 or number % num_processes():
            raise ValueError(
                f"{number} shares for {num_processes()} processes: take a multiple of that."
            )
        seeds = torch.randint(2**62, (number,), generator=gen, device=gen.device).tolist()
        self.gens = [torch.Generator(gen.device).manual_seed(seed) for seed in seeds]

    def mine(self) -> list[torch.Generator]:
        """This process's generators."""
        return self.gens[process() :: num_processes()]

    def get_state(self) -> Tensor:
        """The states of all shares, [shares, bytes]; all processes call it at once."""
        states = torch.stack([gen.get_state() for gen in self.gens])
        if num_processes() > 1:
            kept = states.clone().zero_()
            kept[process() :: num_processes()] = states[process() :: num_processes()]
            states = _summed(kept.int()).byte()
        return states

    def set_state(self, states: Tensor) -> None:
        """Puts saved states back."""
        for gen, state in zip(self.gens, states, strict=True):
            gen.set_state(state.clone())  # a row of a larger tensor would end the process


Luck = torch.Generator | Shares  # what a training draws with


def mine(gen: Luck) -> list[torch.Generator]:
    """The generators of the meta-batches that this process draws in a step."""
    return gen.mine() if isinstance(gen, Shares) else [gen]


def check_state(gen: Luck, state: Tensor) -> None:
    """Errors: RuntimeError or TypeError where `state` is none that `gen` could be set to."""
    states = [state]
    if isinstance(gen, Shares):
        if state.ndim != 2 or len(state) != len(gen.gens):
            raise RuntimeError(f"{len(gen.gens)} shares don't fit states {list(state.shape)}.")
        states = [row.clone() for row in state]
    for one in states:
        torch.Generator().set_state(one)


def averaged(loss: Tensor, leaves: Params, gen: Luck) -> Tensor:
    """The mean loss over all shares, given this process's sum; the gradients in place, likewise."""
    number = len(gen.gens) if isinstance(gen, Shares) else 1
    if number == 1:
        return loss
    sums = [loss.reshape(1), *(p.grad.reshape(-1) for p in leaves.values() if p.grad is not None)]
    means = _summed(torch.cat([part.to(loss.dtype) for part in sums])) / number
    rest = means[1:]
    for p in leaves.values():
        if p.grad is not None:
            p.grad.copy_(rest[: p.numel()].view_as(p))
            rest = rest[p.numel() :]
    return means[0]


def anyone(flag: bool) -> bool:
    """Whether the flag is up in any process; all call it at once."""
    if num_processes() == 1:
        return flag
    return bool(_summed(torch.tensor([float(flag)])) > 0)


def _summed(a: Tensor) -> Tensor:
    if num_processes() == 1:
        return a
    there = a.cuda() if dist.get_backend() == "nccl" else a
    dist.all_reduce(there)
    return there.to(a.device)
