"""Players of MDPs, all of one kind: `Player`, played by `play(player, mdps, episodes, gen)`
(notebook 10)."""

from course_lib.rl2.mdps.players.belief import Belief, nothing_seen
from course_lib.rl2.mdps.players.planners import (
    beb,
    eps_greedy,
    greedy,
    opsrl,
    psrl,
    random_action,
)
from course_lib.rl2.mdps.players.player import Player, Plays, planner, play
from course_lib.rl2.mdps.players.recurrent import recurrent
from course_lib.rl2.mdps.players.ucrl2 import ucrl2

__all__ = [
    "Belief",
    "Player",
    "Plays",
    "beb",
    "eps_greedy",
    "greedy",
    "nothing_seen",
    "opsrl",
    "planner",
    "play",
    "psrl",
    "random_action",
    "recurrent",
    "ucrl2",
]
