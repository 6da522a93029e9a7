"""Exercises that know what you got wrong. In a notebook:

    from course_lib.checks import check, explore, hint, predict, progress, reflect, solution

`eNN.py` holds the exercises of notebook NN: head, hints, check, and the wrong and right answers
that the check must tell apart. `python -m course_lib exercises` builds the notebooks and verifies
the checks.
"""

from course_lib.checks.idle import load_when_idle
from course_lib.checks.student import check, hint, predict, progress, solution
from course_lib.checks.student_words import explore, reflect

__all__ = ["check", "explore", "hint", "predict", "progress", "reflect", "solution"]

load_when_idle()
