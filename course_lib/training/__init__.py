"""Training: the loop, its checkpoints, and measurements that go on where they stopped.

The room's centre is `loop.py`; its names are the room's.
"""

from course_lib.training.loop import (
    DIVERGED,
    SAVE_EVERY,
    Trained,
    constant,
    deferred_interrupt,
    halving,
    iterate,
    linear,
    progress,
    train,
)
from course_lib.training.weights import (
    CHECKPOINTS,
    load_checkpoint,
    read_safetensors,
    save_checkpoint,
)

__all__ = [
    "CHECKPOINTS",
    "DIVERGED",
    "SAVE_EVERY",
    "Trained",
    "constant",
    "deferred_interrupt",
    "halving",
    "iterate",
    "linear",
    "load_checkpoint",
    "progress",
    "read_safetensors",
    "save_checkpoint",
    "train",
]
