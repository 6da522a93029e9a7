"""Few-shot classification of pictures (notebooks 06 and 07).

The room's centre is `heads.py`; its names are the room's.
"""

from course_lib.few_shot.heads import (
    BODIES,
    LOSSES,
    Body,
    body_of,
    few_shot_meta_grad,
    init_any_n,
    inner_lr,
    logits,
    loss_of,
    one_step_logits,
    one_step_loss,
    path_logits,
    step_accuracies,
    walk,
    with_head,
)

__all__ = [
    "BODIES",
    "LOSSES",
    "Body",
    "body_of",
    "few_shot_meta_grad",
    "init_any_n",
    "inner_lr",
    "logits",
    "loss_of",
    "one_step_logits",
    "one_step_loss",
    "path_logits",
    "step_accuracies",
    "walk",
    "with_head",
]
