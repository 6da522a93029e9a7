"""PPO's loss with its gradient in one compiled function: the same numbers up to rounding, faster
(notebook 09).

    ppo.ppo_update(theta, adam, experience, s, gen, loss=ppo_compiled.ppo_loss)

It pays for long training. The course's own agents were trained without it: another order of
rounding leads, step by step, to other weights.
"""

import functools

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2 import ppo
from course_lib.rl2.agent import Experience
from course_lib.rl2.credit import Targets
from course_lib.rl2.ppo import PPO, loss_sum
from course_lib.training.compiling import gradient, translated

SETTINGS = ("clip", "value", "entropy")  # given as numbers, so that annealing does not recompile


def ppo_loss(
    theta: Params, experience: Experience, aim: Targets, part: Int[Tensor, " trials"], s: PPO
) -> Float[Tensor, ""]:
    """`ppo.ppo_loss` over the trials numbered `part`, ready for `backward`.

    For each new set of shapes it is translated once (up to a minute, then cached on disk). All
    trials are unrolled to the last step, so where many end early this may be the slower one. Where
    no compiler is found, one warning says so and the uncompiled loss is returned.
    """
    settings = torch.tensor([getattr(s, name) for name in SETTINGS], device=part.device)
    leaves = [*theta.values(), *experience, *aim, part, settings]
    run = _compiled(tuple(theta), tuple((a.shape, a.dtype, a.device) for a in leaves))
    if run is None:
        return ppo.ppo_loss(theta, experience, aim, part, s)
    return _Loss.apply(run, leaves[len(theta) :], *theta.values())


class _Loss(torch.autograd.Function):
    """The loss, whose gradient has been computed along with it."""

    @staticmethod
    def forward(ctx, run, data, *weights):
        value, *grads = run(*(a.contiguous() for a in (*weights, *data)))
        ctx.save_for_backward(*grads)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, scale):
        return None, None, *(scale * g for g in ctx.saved_tensors)


@functools.lru_cache(maxsize=32)
def _compiled(names, specs):
    """(θ's tensors, experience, aim, part, settings) ↦ (loss, its gradient); None: no compiler."""

    @torch.enable_grad()
    def step(*leaves: Tensor) -> tuple[Tensor, ...]:
        weights = [p.detach().requires_grad_() for p in leaves[: len(names)]]
        theta = dict(zip(names, weights, strict=True))
        data, part, settings = leaves[len(names) : -2], leaves[-2], leaves[-1]
        size = len(Experience._fields)
        experience, aim = Experience(*data[:size]), Targets(*data[size:])
        s = PPO()._replace(**dict(zip(SETTINGS, settings, strict=True)))
        time = len(experience.inputs)
        total = loss_sum(theta, experience, aim, part, time, s, unroll=gru.unroll)
        value = total / aim.weight[:, part].sum()
        return value.detach(), *gradient(value, weights)

    return translated(step, specs, what="PPO's loss")
