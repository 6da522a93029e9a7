"""MAML: the meta-gradient, and what it costs (notebooks 04 and 05).

The room's centre is `inner.py`; its names are the room's.
"""

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.inner import adapt, check_inner, inner_path, meta_loss, query_curve, together

__all__ = [
    "Loss",
    "Pair",
    "Params",
    "adapt",
    "check_inner",
    "inner_path",
    "meta_loss",
    "query_curve",
    "together",
]
