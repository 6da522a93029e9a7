"""One training loop for every recipe: Adam, a progress bar, checkpoints, resume.

An interrupt loses nothing: the loop stops after the iteration it is in, saves, and returns what
it has. The same call with the same `save_to` continues from there.
"""

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.training import shares
from course_lib.training.asked import check_theta, loss_and_grads
from course_lib.training.fingerprint import fingerprint
from course_lib.training.weights import (
    CHECKPOINTS,
    damaged,
    load_checkpoint,
    not_finite,
    read_safetensors,
    save_checkpoint,
    write_safetensors,
)

__all__ = [
    "CHECKPOINTS", "Trained", "constant", "halving", "iterate", "linear", "load_checkpoint",
    "progress", "read_safetensors", "save_checkpoint", "train",
]  # fmt: skip

SAVE_EVERY = 20.0  # seconds: at most this much work is lost when the machine dies
ADAM_STATE = ("exp_avg", "exp_avg_sq", "step")
DIVERGED = "training has diverged. Take a smaller step size, outside (lr) or inside (α)."


class Trained(NamedTuple):
    """What a training gives: `theta`, every iteration's loss, and whether it got to the end.

    `seconds` by the clock; `core_seconds` of the processor, the same with other work beside it.
    """

    theta: Params
    losses: list[float]
    iterations: int
    seconds: float
    finished: bool
    core_seconds: float = 0.0


def train(
    objective: Callable[[Params, torch.Generator], Tensor | tuple[Tensor, Params]],
    theta: Params,
    *,
    iterations: int,
    lr: float,
    gen: shares.Luck,
    schedule: Callable[[float], float] | None = None,
    save_to: Path | None = None,
    title: str = "training",
) -> Trained:
    """θ after `iterations` steps of Adam on `objective(theta, gen)`, starting from `theta`.

    `objective` draws its tasks with `gen` and returns a scalar, or the scalar and its gradient as
    `engine.meta_grad` gives them. The step size β is `lr · schedule(i / N)`; without a `schedule`
    it falls from `lr` to 0 along half a cosine. With `save_to` the state is saved every 20 s and
    on an interrupt, and a later call resumes from it: same numbers as without the interrupt.
    Errors: ValueError for iterations < 1 or lr ≤ 0, when the loss is no longer finite, and for a θ
    or an objective of another form.
    """

    def update(leaves: Params, adam: torch.optim.Optimizer, gen: shares.Luck, i: int) -> float:
        adam.zero_grad()
        losses = []
        for share in shares.mine(gen):
            loss, grads = loss_and_grads(objective(leaves, share), leaves)
            losses.append(loss.detach())
            if grads is None:
                loss.backward()
            else:
                for name, p in leaves.items():
                    p.grad = grads[name] if p.grad is None else p.grad + grads[name]
        mean = shares.averaged(sum(losses[1:], losses[0]), leaves, gen)
        if torch.isfinite(mean):
            adam.step()
        return mean.item()

    return iterate(
        update, theta, iterations=iterations, lr=lr, gen=gen,
        schedule=schedule or _cosine, save_to=save_to, title=title,
    )  # fmt: skip


def iterate(
    update: Callable[[Params, torch.optim.Optimizer, shares.Luck, int], float],
    theta: Params,
    *,
    iterations: int,
    lr: float,
    gen: shares.Luck,
    schedule: Callable[[float], float],
    save_to: Path | None = None,
    title: str = "training",
    noun: str = "loss",
) -> Trained:
    """θ after `iterations` calls of `update(leaves, adam, gen, i)`, which changes θ in place.

    `leaves` is θ with gradients, `adam` an optimizer of it at step size `lr · schedule(i / N)`, for
    updates that are not one step of Adam on one loss. What `update` returns is recorded, and shown
    as `noun`. Saves and resumes as `train` does.
    Errors: ValueError for iterations < 1 or lr ≤ 0, when the number or θ is no longer finite, and
    for a saved state that is damaged, or was begun with another network, objective, start, step
    size, schedule, number of iterations or other random numbers.
    """
    if iterations < 1 or lr <= 0:
        raise ValueError(f"Train with iterations ≥ 1 and lr > 0; got {iterations} and {lr}.")
    check_theta(theta)
    leaves = {name: p.detach().clone().requires_grad_() for name, p in theta.items()}
    adam = torch.optim.Adam(leaves.values(), lr=lr, fused=True)
    begun = {} if save_to is None else {
        "objective": fingerprint(update), "start": fingerprint(theta), "step size": lr,
        "schedule": fingerprint(schedule), "number of iterations": iterations,
        "random numbers": fingerprint(gen.get_state()),
    }  # fmt: skip
    start, losses, clock = _resume(save_to, leaves, adam, gen, begun)
    saved = time.perf_counter()
    done = start
    with progress(iterations, title, noun) as advance, deferred_interrupt() as interrupted:
        for i in range(start, iterations):
            if shares.anyone(interrupted()):
                if shares.process() == 0:
                    print(f"Interrupted after {done} of {iterations} iterations; they are kept.")
                break
            for group in adam.param_groups:
                group["lr"] = lr * schedule(i / iterations)
            losses.append(update(leaves, adam, gen, i))
            if not math.isfinite(losses[-1]):
                raise ValueError(f"The {noun} is {losses[-1]} at iteration {i}: {DIVERGED}")
            done = i + 1
            advance(done, losses)
            if save_to and shares.anyone(time.perf_counter() - saved > SAVE_EVERY):
                saved = time.perf_counter()
                _check_finite(leaves, done)
                _save_state(save_to, leaves, adam, gen, losses, clock, begun)
    seconds, core_seconds = clock.read()
    _check_finite(leaves, done)  # the last update is seen by no loss
    if save_to and done > start:
        _save_state(save_to, leaves, adam, gen, losses, clock, begun)
    theta = {name: p.detach() for name, p in leaves.items()}
    return Trained(theta, losses, done, seconds, done == iterations, core_seconds)


class Clock:
    """Seconds since it was made, and core-seconds of this process, on top of earlier ones."""

    def __init__(self, seconds: float = 0.0, core_seconds: float = 0.0):
        self.wall = time.perf_counter() - seconds
        self.core = time.process_time() - core_seconds

    def read(self) -> tuple[float, float]:
        """(seconds, core-seconds)."""
        return time.perf_counter() - self.wall, time.process_time() - self.core


def linear(fraction: float) -> float:
    """A schedule: from 1 straight down to 0."""
    return 1 - fraction


def constant(fraction: float) -> float:
    """A schedule: 1 throughout."""
    return 1.0


def halving(fraction: float, *, times: int) -> float:
    """A schedule: 1, halved `times` times at equal distances, the last time at the end."""
    return 0.5 ** int(fraction * times)


def _cosine(fraction: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * fraction))


def _check_finite(leaves: Params, done: int) -> None:
    """Errors: ValueError where θ holds a NaN or an infinity after `done` iterations."""
    bad = not_finite(leaves)
    if bad:
        raise ValueError(f"After {done} iterations {bad}: {DIVERGED}")


def _save_state(path: Path, leaves: Params, adam, gen, losses, clock: Clock, begun: dict) -> None:
    """Keep where the training stands; a disk that can't be written is said, and stops nothing."""
    state = {f"theta.{name}": p.detach() for name, p in leaves.items()}
    for name, p in leaves.items():
        for key, value in adam.state[p].items():  # none, if `update` has not used Adam
            state[f"{key}.{name}"] = value
    state["gen"] = gen.get_state()
    state["losses"] = torch.tensor(losses, dtype=torch.float64)
    if shares.process() > 0:
        return  # number 0 writes
    try:
        seconds, core_seconds = clock.read()
        notes = {"seconds": str(seconds), "core_seconds": str(core_seconds)}
        notes["begun"] = json.dumps(begun)
        write_safetensors(path, state, notes)
    except OSError as problem:
        print(
            f"The training can't be saved after {len(losses)} iterations "
            f"({problem.strerror or problem}): make room in {path.parent}. It goes on; what was "
            "saved before stays."
        )


def _resume(path: Path | None, leaves: Params, adam, gen, begun: dict):
    """Put a saved state into `leaves`, `adam` and `gen`; returns (iteration, losses, its clock).

    Errors: ValueError for a state that is damaged, or of a training that was not `begun` like this.
    """
    if path is None or not path.exists():
        return 0, [], Clock()
    state, notes = read_safetensors(path)
    shapes = {
        name: tuple(state[f"theta.{name}"].shape) for name in leaves if f"theta.{name}" in state
    }
    if shapes != {name: tuple(p.shape) for name, p in leaves.items()}:
        raise ValueError(f"{path} belongs to another network: delete it, or save elsewhere.")
    losses, clock = _history(path, state, notes)
    moments = {name: _moments(path, name, state) for name in leaves}
    try:
        shares.check_state(gen, state["gen"])
    except (KeyError, RuntimeError, TypeError) as problem:
        raise ValueError(damaged(path, "its random numbers are gone")) from problem
    _check_same(path, begun, notes)
    gen.set_state(state["gen"])
    for name, p in leaves.items():
        p.data.copy_(state[f"theta.{name}"])
        if moments[name]:
            adam.state[p] = {key: value.to(p.device) for key, value in moments[name].items()}
    return len(losses), losses, clock


def _check_same(path: Path, begun: dict, notes: dict[str, str]) -> None:
    """Errors: ValueError, saying what differs, where a training was not `begun` like this one."""
    then = json.loads(notes.get("begun", "{}"))
    other = [what for what, value in begun.items() if then.get(what) != value]
    if other:
        what = " and ".join(other) if then else "version of the course"
        raise ValueError(
            f"{path} holds a training that was begun with another {what}: delete it to begin anew, "
            "or save elsewhere."
        )


def _history(path: Path, state: Params, notes: dict[str, str]) -> tuple[list[float], Clock]:
    """The losses and the clock of a saved training. Errors: ValueError where they are none."""
    losses = state.get("losses", torch.empty(0, 0)).double()
    try:
        spent = [float(notes.get(name, "nan")) for name in ("seconds", "core_seconds")]
    except ValueError:
        spent = [math.nan]
    right = all(0 <= seconds < math.inf for seconds in spent)
    if losses.ndim != 1 or not torch.isfinite(losses).all() or not right:
        raise ValueError(damaged(path, "its losses or its seconds are no numbers"))
    return losses.tolist(), Clock(*spent)


def _moments(path: Path, name: str, state: Params) -> Params:
    """What Adam remembers of one tensor of θ; empty where `update` has not used Adam.

    Errors: ValueError where a part is missing, or θ and its moments are not finite or differ.
    """
    theta = state[f"theta.{name}"]
    found = {key: state[f"{key}.{name}"] for key in ADAM_STATE if f"{key}.{name}" in state}
    shapes = [part.shape for key, part in found.items() if key != "step"]
    whole = not found or (
        found.keys() == set(ADAM_STATE)
        and shapes == [theta.shape, theta.shape]
        and found["step"].shape == ()
        and all(part.is_floating_point() for part in found.values())
    )
    if not whole or not theta.is_floating_point() or not_finite({**found, name: theta}):
        raise ValueError(damaged(path, f"{name} and its step sizes are not what was saved"))
    return found


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Let an interrupt (Ctrl-C, the stop button) wait for the end of the iteration it falls into.

    Gives a function that tells whether one has come. A second interrupt is not held back.
    """
    came = False
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    usual = signal.getsignal(signal.SIGINT)

    def note(*_):
        nonlocal came
        came = True
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: came
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def progress(
    total: int, title: str, noun: str = "loss"
) -> Iterator[Callable[[int, list[float]], None]]:
    """A progress bar: a widget inside a notebook, a line of text in a terminal.

    Gives a function `advance(done, losses)`. In a notebook the bar is a widget, so it leaves no
    output behind that would differ from run to run.
    """
    from tqdm import tqdm

    from course_lib.training.notebook_bar import notebook_bar

    shown = time.perf_counter()
    bar = notebook_bar(total, title) or tqdm(
        total=total, desc=title, mininterval=1, leave=False, disable=shares.process() > 0
    )

    def advance(done: int, losses: list[float]) -> None:
        nonlocal shown
        if done == total or time.perf_counter() - shown > 0.2:
            shown = time.perf_counter()
            recent = losses[-100:]
            note = f"{noun} {sum(recent) / len(recent):.3f}" if recent else ""
            bar.set_postfix_str(note)
            bar.update(done - bar.n)

    try:
        yield advance
    finally:
        bar.close()
