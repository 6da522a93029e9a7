"""An agent's sizes, and its two heads: policy and value on one memory (notebooks 09 and 10).

All agents share one pair of heads among all that they may see, or have a pair for each *state*.
The weights' shapes say which, and they are read here and nowhere else.
"""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground.types import Params

POLICY, VALUE = ("w_policy", "b_policy"), ("w_value", "b_value")


class Sizes(NamedTuple):
    """What the weights θ say of their agent: see `sizes`."""

    num_actions: int
    num_observations: int
    hidden: int
    num_states: int = 0  # states that have heads of their own; 0 where all share one pair


def sizes(theta: Params) -> Sizes:
    """The sizes of the agent with the weights θ.

    Errors: ValueError where these are no agent's weights.
    """
    missing = [name for name in ("w_in", "w_hidden", *POLICY) if name not in theta]
    if missing:
        raise ValueError(f"These are no agent's weights: {' and '.join(missing)} not among them.")
    num_actions = theta["w_policy"].shape[-2]
    return Sizes(
        num_actions,
        theta["w_in"].shape[1] - num_actions - 2,
        theta["w_hidden"].shape[1],
        states_in(theta),
    )


def fitting(theta: Params, num_actions: int, num_observations: int = 0) -> Sizes:
    """The sizes of an agent that is to act here.

    Errors: ValueError for an agent of another number of actions or observations.
    """
    found = sizes(theta)
    if (found.num_actions, found.num_observations) != (num_actions, num_observations):
        raise ValueError(
            f"This agent was made for {found.num_actions} actions and {found.num_observations} "
            f"observed numbers; here are {num_actions} and {num_observations}. Load the one of "
            "these sizes."
        )
    return found


def logits(
    theta: Params, memory: Float[Tensor, "*batch hidden"], inputs: Tensor | None = None
) -> Float[Tensor, "*batch actions"]:
    """What the policy's softmax is taken of. `inputs` as in `heads`."""
    weight = theta["w_policy"]
    found = F.linear(memory, weight.flatten(0, -2), theta["b_policy"].flatten())
    num_states = states_in(theta)
    if not num_states:
        return found
    state = state_of(num_states, inputs)[..., None, None]
    state = state.expand(*state.shape[:-1], weight.shape[1])
    return found.unflatten(-1, weight.shape[:2]).gather(-2, state)[..., 0, :]


def values(
    theta: Params, memory: Float[Tensor, "*batch hidden"], inputs: Tensor | None = None
) -> Float[Tensor, "*batch"]:
    """The reward expected per step from here on. `inputs` as in `heads`."""
    found = F.linear(memory, theta["w_value"], theta["b_value"])
    num_states = states_in(theta)
    if num_states:
        found = found.gather(-1, state_of(num_states, inputs)[..., None])
    return found[..., 0]


def heads(
    theta: Params,
    memory: Float[Tensor, "*batch hidden"],
    inputs: Float[Tensor, "*batch in"] | None = None,
) -> tuple[Float[Tensor, "*batch actions"], Float[Tensor, "*batch"]]:
    """Log-probabilities of the actions, and the value: the reward expected *per step* from here on.

    Per step, since a sum of up to 100 rewards would be too large a number for a small network to
    learn early; whoever needs the sum multiplies by the steps left. An agent with heads for each
    state answers with those of the state that `inputs` starts with, one-hot.
    Errors: ValueError where such an agent gets no `inputs`.
    """
    return logits(theta, memory, inputs).log_softmax(-1), values(theta, memory, inputs)


def states_in(theta: Params) -> int:
    """The number of states that have heads of their own; 0 where all share one pair."""
    return len(theta["w_policy"]) if theta["w_policy"].ndim == 3 else 0


def state_of(num_states: int, inputs: Float[Tensor, "*batch in"] | None) -> Int[Tensor, "*batch"]:
    """The state that each of `inputs` starts with, one-hot.

    Errors: ValueError where there are no `inputs`.
    """
    if inputs is None:
        raise ValueError(
            f"This agent has heads for each of {num_states} states: give `inputs`, which say in "
            "which state it is."
        )
    return inputs[..., :num_states].argmax(-1)
