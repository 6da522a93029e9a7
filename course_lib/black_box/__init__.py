"""A recurrent network as the learning algorithm (notebook 08).

The room's centre is `learner.py`; its names are the room's.
"""

from course_lib.black_box.learner import (
    HIDDEN,
    LENGTH,
    NUM_TASKS,
    answers,
    curve,
    init,
    objective,
    one_late,
    summed_loss,
)

__all__ = [
    "HIDDEN",
    "LENGTH",
    "NUM_TASKS",
    "answers",
    "curve",
    "init",
    "objective",
    "one_late",
    "summed_loss",
]
