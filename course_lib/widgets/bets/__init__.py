"""Bet, then run: an answer that locks, its outcome beside it, and how often you were right
(notebooks 00 to 10).

    bet("03.halved", "How far down can the curve go?", number(0, 4, within=0.3, step=0.1))
    outcome("03.halved", y)          # in the cell that computes it
    bets("03")                       # at the end: hits, misses, and how sure you were
"""

from course_lib.widgets.bets.calls import bet, bets, outcome
from course_lib.widgets.bets.kinds import choice, number, order, sketch

__all__ = ["bet", "bets", "choice", "number", "order", "outcome", "sketch"]
