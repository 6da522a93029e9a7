"""What a training is given: a θ that can learn, and an objective that says how well it does."""

from collections.abc import Mapping

from torch import Tensor

from course_lib.ground.types import Params

FORMS = (
    "an objective returns the loss, one real number as a tensor, or (loss, its gradient), the "
    "gradient a dict with θ's names"
)


def check_theta(theta: object) -> None:
    """Errors: ValueError, in a sentence, where θ is no dict of named tensors of real numbers."""
    if not isinstance(theta, Mapping) or not theta:
        raise ValueError(
            f"θ is {_kind(theta)}: give a dict of named tensors; that of a module is "
            "dict(module.named_parameters())."
        )
    for name, p in theta.items():
        if not isinstance(p, Tensor) or not p.is_floating_point():
            raise ValueError(f"θ[{name!r}] is {_kind(p)}: only tensors of real numbers can learn.")


def loss_and_grads(value: object, theta: Params) -> tuple[Tensor, Params | None]:
    """The loss that an objective has returned, and its gradient where that came with it.

    Errors: ValueError, in a sentence, for anything else, and for a loss that θ doesn't reach.
    """
    loss, grads = value if isinstance(value, tuple) and len(value) == 2 else (value, None)
    if not isinstance(loss, Tensor) or loss.numel() != 1 or not loss.is_floating_point():
        raise ValueError(f"The objective returned {_kind(value)}; {FORMS}.")
    if grads is None and not loss.requires_grad:
        raise ValueError(
            "No gradient of the loss reaches θ: compute it from the θ that the objective is given, "
            "and without .detach(), .item() or torch.no_grad()."
        )
    if grads is not None and not (isinstance(grads, Mapping) and grads.keys() >= theta.keys()):
        raise ValueError(f"The objective returned a loss and {_kind(grads)}; {FORMS}.")
    return loss, grads


def _kind(thing: object) -> str:
    """What something is, in a few words."""
    if isinstance(thing, Tensor):
        return f"a tensor of shape {tuple(thing.shape)} and {thing.dtype}"
    if isinstance(thing, tuple):
        return f"{len(thing)} things"
    if isinstance(thing, Mapping):
        return f"a dict of {', '.join(map(repr, thing)) or 'nothing'}"
    return f"of type {type(thing).__name__}"
