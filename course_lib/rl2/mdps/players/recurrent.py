"""A trained RL² agent as a player of MDPs: it makes no plan; all it has is its memory
(notebook 10)."""

import torch

from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.rl2.mdps.players.player import Player
from course_lib.tasks.mdps import MDPTrials


def recurrent(theta: Params, definition: str = "GRU trained by PPO") -> Player:
    """Plays by θ: every action drawn from its policy, the memory carried from step to step."""

    def live(trials: MDPTrials, gen: torch.Generator) -> None:
        rl2.rollout(theta, trials, trials.horizon, gen)

    return Player("rl2", f"{definition}; an action sampled from the policy", live)
