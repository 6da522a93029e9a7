"""Players of bandits, all of one kind: `Player`, played by `play(player, means, horizon, gen)`."""

from course_lib.bandit_players.ceilings import EXACT_UP_TO, Ceiling, ceiling
from course_lib.bandit_players.gittins import gittins, gittins_discounted
from course_lib.bandit_players.optimum import expected_value, optimal, optimal_value
from course_lib.bandit_players.player import Counts, Player, Plays, play
from course_lib.bandit_players.recurrent import recurrent
from course_lib.bandit_players.simple import eps_greedy, greedy, random_arm, ucb1
from course_lib.bandit_players.thompson import ots, ots_vote, ts

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
