"""Ordinary learning, one task at a time (notebooks 01 to 03).

The room's centre is `learners.py`; its names are the room's.
"""

from course_lib.supervised.learners import (
    LEARNERS,
    Learner,
    Phi,
    X,
    Y,
    closer,
    errors,
    linear,
    loss,
    measure,
    memorise,
    nearest_mean,
    otters_and_dogs,
    ridge,
    sgd,
    vote,
    with_one,
)

__all__ = [
    "LEARNERS",
    "Learner",
    "Phi",
    "X",
    "Y",
    "closer",
    "errors",
    "linear",
    "loss",
    "measure",
    "memorise",
    "nearest_mean",
    "otters_and_dogs",
    "ridge",
    "sgd",
    "vote",
    "with_one",
]
