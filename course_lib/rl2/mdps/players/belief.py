"""What has been seen of MDPs, and the exact posterior that it leaves (notebook 10).

The prior is the one that the MDPs are drawn from. So the posterior is what an ideal learner would
believe: rows of P(s′ | s, a) are Dirichlet(1 + counts), and R(s, a) is normal, since its prior
N(1, 1) and the noise of variance 1 are.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.rl2.bandits.players.thompson import sample_gamma
from course_lib.tasks.mdps import MDPs


class Belief(NamedTuple):
    """Counts and sums for every task, state and action. All that matters of the past."""

    tried: Float[Tensor, "tasks states actions"]  # n(s, a): how often
    paid: Float[Tensor, "tasks states actions"]  # the sum of the rewards
    moves: Float[Tensor, "tasks states actions states"]  # how often it led where
    prior: float = 1.0  # what an action that was never tried is expected to pay

    @property
    def rewards(self) -> Float[Tensor, "tasks states actions"]:
        """E[R(s, a)] = (prior + paid) / (1 + n): the prior counts as one reward."""
        return (self.prior + self.paid) / (1 + self.tried)

    @property
    def transitions(self) -> Float[Tensor, "tasks states actions states"]:
        """E[P(s′ | s, a)] = (1 + moves) / (number of states + all moves from (s, a))."""
        weight = 1 + self.moves
        return weight / weight.sum(-1, keepdim=True)

    def mean(self) -> MDPs:
        """The MDP of posterior means."""
        return MDPs(self.transitions, self.rewards)

    def likeliest(self) -> MDPs:
        """The MDP of the highest posterior density (MAP): rows are moves/all moves from (s, a).

        Where nothing was seen, the uniform row. A reward's mode is its mean.
        """
        return MDPs(self._shares(), self.rewards)

    def counted(self) -> MDPs:
        """What was seen, as if nothing had been believed before: raw means of rewards and moves.

        An action that was never tried pays 0 and leads anywhere alike.
        """
        return MDPs(self._shares(), self.paid / self.tried.clamp(min=1))

    def _shares(self) -> Float[Tensor, "tasks states actions states"]:
        seen = self.moves.sum(-1, keepdim=True)
        return torch.where(seen > 0, self.moves / seen.clamp(min=1), 1 / self.moves.shape[-1])

    def sample(self, gen: torch.Generator) -> MDPs:
        """An MDP from the posterior, for every task."""
        noise = torch.randn(self.tried.shape, generator=gen)
        drawn = sample_gamma(1 + self.moves, gen)
        rewards = self.rewards + noise / (1 + self.tried).sqrt()
        return MDPs(drawn / drawn.sum(-1, keepdim=True), rewards)

    def see(
        self,
        state: Int[Tensor, " tasks"],
        action: Int[Tensor, " tasks"],
        reward: Float[Tensor, " tasks"],
        reached: Int[Tensor, " tasks"] | None,
    ) -> None:
        """Count one more step, in place. `reached` None: an episode ended, the state is not shown.

        The start of the next episode is no consequence of the last action.
        """
        rows = torch.arange(len(state))
        self.tried[rows, state, action] += 1
        self.paid[rows, state, action] += reward
        if reached is not None:
            self.moves[rows, state, action, reached] += 1


def nothing_seen(num_tasks: int, num_states: int, num_actions: int, prior: float = 1.0) -> Belief:
    """The belief before the first step: the prior."""
    shape = (num_tasks, num_states, num_actions)
    moves = torch.zeros(*shape, num_states)
    return Belief(torch.zeros(shape), torch.zeros(shape), moves, prior)
