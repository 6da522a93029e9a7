"""What a network's memory holds of a random MDP, read by a linear probe (notebook 10)."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

import course_lib
from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.tasks.mdps import EPISODE, NUM_ACTIONS, NUM_STATES, MDPTrials, sample_mdps

EPISODES, PAIRS = 10, NUM_STATES * NUM_ACTIONS


class Lived(NamedTuple):
    """The memory at a trial's end, and the counts that would do in its place."""

    memory: Float[Tensor, "worlds hidden"]
    tried: Float[Tensor, "worlds pairs"]
    paid: Float[Tensor, "worlds pairs"]  # in all, less 1 for each time: what the prior expects
    led: Float[Tensor, "worlds pairs_and_states"]


def live(theta: Params, num_worlds: int = 2000) -> Lived:
    """All but the last step of a trial in each of `num_worlds` fresh worlds: 99 steps.

    A step that ends an episode is no move: after it the agent is put back.
    """
    worlds = sample_mdps(num_worlds, course_lib.seed(5))
    trials = MDPTrials(worlds, EPISODES, course_lib.seed(6))
    lived = rl2.rollout(theta, trials, trials.horizon, course_lib.seed(7))
    state, rows = lived.inputs[..., :NUM_STATES].argmax(-1), torch.arange(num_worlds)
    tried, paid = torch.zeros(2, num_worlds, PAIRS, dtype=torch.float64)
    led = torch.zeros(num_worlds, PAIRS, NUM_STATES, dtype=torch.float64)
    for t in range(trials.horizon - 1):
        pair = state[t] * NUM_ACTIONS + lived.actions[t]
        tried[rows, pair] += 1
        paid[rows, pair] += lived.rewards[t] - 1
        if (t + 1) % EPISODE:
            led[rows, pair, state[t + 1]] += 1
    memory = gru.fast_unroll(theta, lived.inputs)[-1].double()
    return Lived(memory, tried, paid, led.flatten(1))


def r_squared(memory: Float[Tensor, "worlds hidden"], Y: Float[Tensor, "worlds _"]) -> float:
    """R² of the linear fit of `Y` to the memory: 1 is perfect, 0 knows nothing.

    1 − (unexplained / all) squares on the last quarter of the worlds; the fit is to the others.
    """
    X, n = torch.cat([memory, torch.ones_like(memory[:, :1])], 1), 3 * len(memory) // 4
    guess = X[n:] @ torch.linalg.lstsq(X[:n], Y[:n]).solution
    rest = (guess - Y[n:]).square().sum()
    return (1 - rest / (Y[n:] - Y[:n].mean(0)).square().sum()).item()
