"""Players of bandits, all of one kind: `Player`, played by `play(player, means, horizon, gen)`
(notebook 09)."""

from course_lib.rl2.bandits.players.ceilings import EXACT_UP_TO, Ceiling, ceiling
from course_lib.rl2.bandits.players.gittins import gittins, gittins_discounted
from course_lib.rl2.bandits.players.optimum import expected_value, optimal, optimal_value
from course_lib.rl2.bandits.players.player import Counts, Player, Plays, play
from course_lib.rl2.bandits.players.recurrent import recurrent
from course_lib.rl2.bandits.players.simple import eps_greedy, greedy, random_arm, ucb1
from course_lib.rl2.bandits.players.thompson import ots, ots_vote, ts

__all__ = [
    "EXACT_UP_TO",
    "Ceiling",
    "Counts",
    "Player",
    "Plays",
    "ceiling",
    "eps_greedy",
    "expected_value",
    "gittins",
    "gittins_discounted",
    "greedy",
    "optimal",
    "optimal_value",
    "ots",
    "ots_vote",
    "play",
    "random_arm",
    "recurrent",
    "ts",
    "ucb1",
]
