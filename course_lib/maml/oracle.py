"""Somebody else's meta-gradient: learn2learn, the library you would use, as an independent judge
(notebook 04).

learn2learn differentiates a Python loop over the tasks; we map a function over them. Where both
agree to the last digits, a mistake would have to be the same one twice.
"""

import importlib
import importlib.util
import sys
import types
import warnings

from torch import Tensor, nn

from course_lib.ground.types import Loss, Pair, Params
from course_lib.maml.inner import check_inner

MISSING = (
    "learn2learn is not installed, so this comparison is left out; the course runs without it. "
    "`python3 start.py setup` installs it (it is compiled on your machine and needs a C compiler)."
)


def available() -> bool:
    """Whether learn2learn is installed. Imports nothing."""
    return importlib.util.find_spec("learn2learn") is not None


def learn2learn_maml() -> type:
    """The class `learn2learn.algorithms.MAML`, imported without the rest of learn2learn.

    `import learn2learn` also imports gym, which prints a notice on every import, and torchvision,
    which MAML does not need. So an empty package of the same name and path stands in while the
    one submodule is imported; afterwards `import learn2learn` is again the real one.
    Errors: ModuleNotFoundError, with what to do, where learn2learn is not installed.
    """
    spec = importlib.util.find_spec("learn2learn")
    if spec is None:
        raise ModuleNotFoundError(MISSING)
    if "learn2learn" in sys.modules:
        return importlib.import_module("learn2learn.algorithms.maml").MAML
    stand_in = types.ModuleType("learn2learn")
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules["learn2learn"] = stand_in
    try:
        with warnings.catch_warnings():  # Python's notices on compiling their files, the first time
            warnings.simplefilter("ignore")
            return importlib.import_module("learn2learn.algorithms.maml").MAML
    finally:
        del sys.modules["learn2learn"]


class LossModule(nn.Module):
    """Our pure `loss(params, x, y)` as a module that owns its parameters: what the peers expect."""

    def __init__(self, loss: Loss, params: Params):
        super().__init__()
        self.loss = loss
        for name, p in params.items():
            self.register_parameter(name, nn.Parameter(p.detach().clone()))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.loss(dict(self.named_parameters()), x, y)


def meta_grad(
    loss: Loss,
    params: Params,
    tasks: tuple[Pair, Pair],
    *,
    lr: float,
    steps: int,
    first_order: bool = False,
) -> tuple[Tensor, Params]:
    """(meta-loss, its gradient) as learn2learn computes them: mean over tasks of L(φ_K; query).

    Same arguments and same units as `engine.meta_grad`; a plain loop over the tasks.
    Errors: ModuleNotFoundError where learn2learn is missing; ValueError for lr < 0 or steps < 0.
    """
    check_inner(lr, steps)
    maml = learn2learn_maml()(LossModule(loss, params), lr=lr, first_order=first_order)
    (support_x, support_y), (query_x, query_y) = tasks
    total = 0.0
    for xs, ys, xq, yq in zip(support_x, support_y, query_x, query_y, strict=True):
        learner = maml.clone()
        for _ in range(steps):
            learner.adapt(learner(xs, ys))
        total = total + learner(xq, yq)
    mean = total / len(support_x)
    mean.backward()
    return mean.detach(), {name: p.grad for name, p in maml.module.named_parameters()}
