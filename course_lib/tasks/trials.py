"""What a trial is to an agent: it sees, acts, and is told what came of it (notebooks 09 and 10).

Anything with the four names of `Trials` can be lived through. The page docs/own_model.md wraps
environments that have `reset` and `step`.
"""

from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Outcome(NamedTuple):
    """What one step did: its reward, whether it ended the episode, and whether the whole trial."""

    reward: Float[Tensor, " trials"]
    terminated: Bool[Tensor, " trials"]
    over: Bool[Tensor, " trials"]


@runtime_checkable
class Trials(Protocol):
    """Many trials side by side, each with a task of its own."""

    num_trials: int
    num_actions: int

    def observe(self) -> Float[Tensor, "trials observations"] | None:
        """What the agent sees now; None where there is nothing to see, as with bandits."""

    def step(self, action: Int[Tensor, " trials"]) -> Outcome:
        """Do `action` in every trial."""


NAMES = ("num_trials", "num_actions", "observe", "step")


def check_trials(trials) -> None:
    """Raise a ValueError where something lacks a name of `Trials`, as a gymnasium.Env does."""
    lacks = [name for name in NAMES if not hasattr(trials, name)]
    if lacks:
        raise ValueError(
            f"{type(trials).__name__} is no batch of trials, it has no {', no '.join(lacks)}: wrap "
            "it as docs/own_model.md does (“Your own environment”)."
        )


def check_seen(seen, num_trials: int, dtype: torch.dtype) -> None:
    """Raise a ValueError where what `observe` gave is no [trials, observations] of θ's type."""
    if seen is None:
        return
    got = f"{list(seen.shape)}, {seen.dtype}" if isinstance(seen, Tensor) else type(seen).__name__
    if not isinstance(seen, Tensor) or seen.ndim != 2 or len(seen) != num_trials:
        raise ValueError(f"observe() gave {got}: give a tensor [{num_trials}, observations].")
    if seen.dtype != dtype:
        raise ValueError(f"observe() gave {got}: the agent needs .to({dtype}).")


def check_outcome(outcome, num_trials: int, dtype: torch.dtype) -> None:
    """Raise a ValueError where what `step` gave is no `Outcome` of these trials."""
    if not isinstance(outcome, Outcome):
        size = f" of {len(outcome)}" if isinstance(outcome, tuple) else ""
        raise ValueError(
            f"step() gave a {type(outcome).__name__}{size}: give Outcome(reward, terminated, over)."
        )
    for name, part in outcome._asdict().items():
        wanted = dtype if name == "reward" else torch.bool
        is_tensor = isinstance(part, Tensor)
        if not is_tensor or part.shape != (num_trials,) or part.dtype != wanted:
            got = f"{list(part.shape)}, {part.dtype}" if is_tensor else repr(part)
            raise ValueError(f"{name} is {got}: give a tensor [{num_trials}] of {wanted}.")
