"""The world that a planner plans in: what it takes for the truth when it makes its plan
(notebook 10)."""

import torch

from course_lib.rl2.mdps.players.belief import Belief
from course_lib.rl2.mdps.players.player import Scores
from course_lib.rl2.mdps.players.ucrl2 import extended_values, hopeful_rows, widths
from course_lib.tasks.mdps import START, MDPs, action_values

# Each planner's constant on show: K draws, the scale c, the bonus β, the chance ε.
CONSTANTS = {"psrl": None, "opsrl": 5, "ucrl2": 0.1, "beb": 1.0, "greedy": None, "eps_greedy": 0.2}


def imagined(
    name: str, belief: Belief, t: int, gen: torch.Generator, constant: float | None = None
) -> tuple[MDPs, Scores]:
    """A planner's world after t steps, and its plan: `Player.plan` of the same name and `gen`.

    UCRL2 may choose another world for each step of the episode: here is the one of its first step.
    OPSRL takes from each of its draws the best: here is the draw whose start is worth most.
    Errors: ValueError for a name that is no planner's.
    """
    if name not in CONSTANTS:
        raise ValueError(f"{name!r} is no planner: choose one of {', '.join(CONSTANTS)}.")
    constant = CONSTANTS[name] if constant is None else constant
    mean = belief.mean()
    if name == "ucrl2":
        slack_r, slack_p = widths(belief, t, constant)
        Q = extended_values(mean, slack_r, slack_p)
        rows = hopeful_rows(mean.transitions, slack_p, Q[1].amax(-1))
        return MDPs(rows, mean.rewards + slack_r), Q
    if name == "beb":
        world = mean._replace(rewards=mean.rewards + constant / (1 + belief.tried))
        return world, action_values(world)
    if name in ("psrl", "opsrl"):
        draws = [belief.sample(gen) for _ in range(int(constant or 1))]
        plans = [action_values(world) for world in draws]
        best = max(range(len(draws)), key=lambda k: plans[k][0, :, START].amax(-1).sum().item())
        return draws[best], torch.stack(plans).amax(0)
    return mean, action_values(mean)
