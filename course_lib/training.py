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
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from course_lib.maml import Params

SAVE_EVERY = 20.0  # seconds: at most this much work is lost when the machine dies
ADAM_STATE = ("exp_avg", "exp_avg_sq", "step")
CHECKPOINTS = Path(__file__).with_name("checkpoints")


class Trained(NamedTuple):
    """What a training gives: `theta`, every iteration's loss, and whether it got to the end."""

    theta: Params
    losses: list[float]
    iterations: int
    seconds: float
    finished: bool


def train(
    objective: Callable[[Params, torch.Generator], Tensor | tuple[Tensor, Params]],
    theta: Params,
    *,
    iterations: int,
    lr: float,
    gen: torch.Generator,
    cosine: bool = True,
    save_to: Path | None = None,
    title: str = "training",
) -> Trained:
    """θ after `iterations` steps of Adam on `objective(theta, gen)`, starting from `theta`.

    `objective` draws its tasks with `gen` and returns a scalar, or the scalar and its gradient as
    `engine.meta_grad` gives them. With `cosine` the step size β
    falls from `lr` to 0 along half a cosine. With `save_to` the state is saved every 20 s and on
    an interrupt, and a later call resumes from it: same numbers as without the interrupt.
    Errors: ValueError for iterations < 1 or lr ≤ 0, and when the loss is no longer finite.
    """

    def update(leaves: Params, adam: torch.optim.Optimizer, gen: torch.Generator, i: int) -> float:
        value = objective(leaves, gen)
        loss, grads = value if isinstance(value, tuple) else (value, None)
        if torch.isfinite(loss):
            adam.zero_grad()
            if grads is None:
                loss.backward()
            else:
                for name, p in leaves.items():
                    p.grad = grads[name]
            adam.step()
        return loss.item()

    return iterate(
        update, theta, iterations=iterations, lr=lr, gen=gen,
        schedule=_cosine if cosine else _constant, save_to=save_to, title=title,
    )  # fmt: skip


def iterate(
    update: Callable[[Params, torch.optim.Optimizer, torch.Generator, int], float],
    theta: Params,
    *,
    iterations: int,
    lr: float,
    gen: torch.Generator,
    schedule: Callable[[float], float],
    save_to: Path | None = None,
    title: str = "training",
    noun: str = "loss",
) -> Trained:
    """θ after `iterations` calls of `update(leaves, adam, gen, i)`, which changes θ in place.

    `leaves` is θ with gradients, `adam` an optimizer of it at step size `lr · schedule(i / N)`, for
    updates that are not one step of Adam on one loss. What `update` returns is recorded, and shown
    as `noun`. Saves and resumes as `train` does.
    Errors: ValueError for iterations < 1 or lr ≤ 0, and when the number is no longer finite.
    """
    if iterations < 1 or lr <= 0:
        raise ValueError(f"Train with iterations ≥ 1 and lr > 0; got {iterations} and {lr}.")
    leaves = {name: p.detach().clone().requires_grad_() for name, p in theta.items()}
    adam = torch.optim.Adam(leaves.values(), lr=lr, fused=True)
    start, losses, seconds = _resume(save_to, leaves, adam, gen, iterations)
    begun = saved = time.perf_counter()
    done = start
    with progress(iterations, title, noun) as advance, deferred_interrupt() as interrupted:
        for i in range(start, iterations):
            if interrupted():
                print(f"Interrupted after {done} of {iterations} iterations; they are kept.")
                break
            for group in adam.param_groups:
                group["lr"] = lr * schedule(i / iterations)
            losses.append(update(leaves, adam, gen, i))
            if not math.isfinite(losses[-1]):
                raise ValueError(
                    f"The {noun} is {losses[-1]} at iteration {i}: training has diverged. "
                    "Take a smaller step size, outside (lr) or inside (α)."
                )
            done = i + 1
            advance(done, losses)
            if save_to and time.perf_counter() - saved > SAVE_EVERY:
                saved = time.perf_counter()
                _save_state(save_to, leaves, adam, gen, losses, seconds + saved - begun)
    seconds += time.perf_counter() - begun
    if save_to and done > start:
        _save_state(save_to, leaves, adam, gen, losses, seconds)
    theta = {name: p.detach() for name, p in leaves.items()}
    return Trained(theta, losses, done, seconds, done == iterations)


def linear(fraction: float) -> float:
    """A schedule: from 1 straight down to 0."""
    return 1 - fraction


def _constant(fraction: float) -> float:
    return 1.0


def _cosine(fraction: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * fraction))


def _save_state(path: Path, leaves: Params, adam, gen, losses, seconds: float) -> None:
    state = {f"theta.{name}": p.detach() for name, p in leaves.items()}
    for name, p in leaves.items():
        for key, value in adam.state[p].items():  # none, if `update` has not used Adam
            state[f"{key}.{name}"] = value
    state["gen"] = gen.get_state()
    state["losses"] = torch.tensor(losses, dtype=torch.float64)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    save_file({k: v.cpu().contiguous() for k, v in state.items()}, draft, {"seconds": str(seconds)})
    draft.replace(path)


def _resume(path: Path | None, leaves: Params, adam, gen, iterations: int):
    """Put a saved state into `leaves`, `adam` and `gen`; returns (iteration, losses, seconds)."""
    if path is None or not path.exists():
        return 0, [], 0.0
    state, notes = read_safetensors(path)
    shapes = {
        name: tuple(state[f"theta.{name}"].shape) for name in leaves if f"theta.{name}" in state
    }
    if shapes != {name: tuple(p.shape) for name, p in leaves.items()}:
        raise ValueError(f"{path} belongs to another network: delete it, or save elsewhere.")
    losses = state["losses"].tolist()
    if len(losses) > iterations:
        raise ValueError(
            f"{path} holds {len(losses)} iterations, more than the {iterations} asked for: "
            "ask for more, or delete it to start anew."
        )
    for name, p in leaves.items():
        p.data.copy_(state[f"theta.{name}"])
        keys = [key for key in ADAM_STATE if f"{key}.{name}" in state]
        if keys:
            adam.state[p] = {key: state[f"{key}.{name}"].to(p.device) for key in keys}
    gen.set_state(state["gen"])
    return len(losses), losses, float(notes["seconds"])


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

    shown = time.perf_counter()
    bar = _notebook_bar(total, title) or tqdm(total=total, desc=title, mininterval=1, leave=False)

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


def _notebook_bar(total: int, title: str):
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    if getattr(get_ipython(), "kernel", None) is None:
        return None
    from course_lib.widgets.progress import NotebookBar

    return NotebookBar(total, title)


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and notes of a safetensors file, on the CPU.

    Errors: FileNotFoundError if absent; ValueError, saying what to do, if damaged.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"{path} is missing: restore it with git, or train it anew.")
    try:
        with safe_open(path, "pt") as file:
            notes = file.metadata() or {}
        return load_file(path), notes
    except SafetensorError as problem:
        raise ValueError(
            f"{path} is damaged ({problem}): delete it and train anew, or restore it with git."
        ) from problem


def save_checkpoint(name: str, theta: Params, *, made: dict, folder: Path = CHECKPOINTS) -> Path:
    """Write θ to `checkpoints/NAME.safetensors`; `made` (see results.provenance) goes inside."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    tensors = {k: v.detach().cpu().contiguous() for k, v in theta.items()}
    draft = path.with_name(path.name + ".part")
    save_file(tensors, draft, {"made": json.dumps(made, ensure_ascii=False)})
    draft.chmod(0o644)  # safetensors writes files that only their owner may read
    draft.replace(path)
    return path


def load_checkpoint(name: str, *, folder: Path = CHECKPOINTS, device=None) -> tuple[Params, dict]:
    """θ of a shipped checkpoint on `device`, and how it was made.

    Errors: FileNotFoundError naming those that exist; ValueError for a damaged file.
    """
    path = folder / f"{name}.safetensors"
    if not path.exists():
        have = ", ".join(sorted(p.stem for p in folder.glob("*.safetensors"))) or "none"
        raise FileNotFoundError(
            f"There is no checkpoint {name!r} (there are: {have}). "
            f"Train it with: python -m course_lib train {name}"
        )
    theta, notes = read_safetensors(path)
    return {k: v.to(device) for k, v in theta.items()}, json.loads(notes.get("made", "{}"))
