"""What a trial is to an agent: it sees, acts, and is told what came of it (notebooks 09 and 10)."""

from typing import NamedTuple, Protocol, runtime_checkable

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
