"""The three types of the formulas: θ, the data of a task's half, and a loss."""

from collections.abc import Callable

from torch import Tensor

Params = dict[str, Tensor]  # one model's weights by name
Pair = tuple[Tensor, Tensor]  # inputs x, targets y
Loss = Callable[[Params, Tensor, Tensor], Tensor]  # loss(params, x, y) -> scalar
