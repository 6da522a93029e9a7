"""TRPO: one step of the natural gradient, as long as the policy may change (notebook 09)."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp

from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.agent import Experience
from course_lib.rl2.credit import Targets, targets
from course_lib.rl2.heads import VALUE, logits, state_of, states_in


class TRPO(NamedTuple):
    """Settings of `trpo_update`."""

    max_kl: float = 0.01
    gamma: float = 1.0
    lam: float = 1.0
    cg_steps: int = 10
    damping: float = 0.01
    backtracks: int = 10
    curvature_share: int = 5  # the Fisher matrix is taken over every fifth trial
    per_step: bool = True


def trpo_update(theta: Params, experience: Experience, s: TRPO) -> float:
    """One natural-gradient step of at most `max_kl`, in place; returns the KL it moved by.

    Maximise E[ρA] while E[KL(π_old ‖ π)] ≤ δ. Near θ the KL is ½ dᵀFd, so the best direction is
    F⁻¹g, found by conjugate gradients, and its length √(2δ / dᵀFd); then halve it until the true
    KL is within δ and the objective has risen, or don't move at all (KL 0). The value head is
    fitted by least squares on the memory, for the next batch.
    Source: Schulman et al. 2015, section 6 and appendix C (unchecked).
    """
    aim = targets(experience, s.gamma, s.lam, s.per_step)
    policy = {name: p for name, p in theta.items() if name not in VALUE}
    old = gru.fast_unroll(policy, experience.inputs).detach()
    old_log_probs = _log_probs(policy, old, experience.inputs).detach()

    def objective(policy: Params) -> Float[Tensor, ""]:
        memory = gru.fast_unroll(policy, experience.inputs)
        log_probs = _log_probs(policy, memory, experience.inputs)
        chosen = log_probs.gather(-1, experience.actions[..., None])[..., 0]
        return ((chosen - experience.log_probs).exp() * aim.advantages * aim.weight).sum()

    before = objective(policy)
    g = _flat(torch.autograd.grad(before, list(policy.values())))
    few = slice(0, None, s.curvature_share)
    inputs, weight = experience.inputs[:, few], aim.weight[:, few] / aim.weight[:, few].sum()
    with torch.no_grad():
        d = conjugate_gradient(
            lambda v: fisher_product(policy, inputs, weight, v) + s.damping * v, g, s.cg_steps
        )
        curvature = d @ (fisher_product(policy, inputs, weight, d) + s.damping * d)
        step = d * (2 * s.max_kl / curvature.clamp(min=1e-12)).sqrt()
        fit_value(theta, old, aim, experience.inputs)
        for _ in range(s.backtracks):
            new = {n: policy[n] + p for n, p in _shaped(step, policy).items()}
            memory = gru.fast_unroll(new, experience.inputs)
            log_probs = _log_probs(new, memory, experience.inputs)
            kl = kl_divergence(old_log_probs, log_probs, aim.weight)
            if kl <= s.max_kl and objective(new) > before:
                for name, p in new.items():
                    theta[name].copy_(p)
                return kl.item()
            step = step / 2
    return 0.0


def kl_divergence(
    old: Float[Tensor, "time trials actions"],
    new: Float[Tensor, "time trials actions"],
    weight: Float[Tensor, "time trials"],
) -> Float[Tensor, ""]:
    """E[KL(π_old ‖ π_new)] of log-probabilities, steps weighted by `weight` (which sums to 1)."""
    return ((old.exp() * (old - new)).sum(-1) * weight).sum()


def fisher_product(
    policy: Params,
    inputs: Float[Tensor, "time trials in"],
    weight: Float[Tensor, "time trials"],
    v: Float[Tensor, " parameters"],
) -> Float[Tensor, " parameters"]:
    """F v, F the Hessian of E[KL(π_θ ‖ π_θ′)] in θ′ at θ′ = θ, without ever building F.

    F = E[Jᵀ M J] with J the Jacobian of the logits and M = diag(p) − ppᵀ. So: how the logits move
    along v (one pass forward in time), weigh it by M, and pull it back (one pass backward).
    """

    def spoken(theta: Params) -> Tensor:
        return logits(theta, gru.unroll(theta, inputs), inputs)

    plain = {name: p.detach() for name, p in policy.items()}
    out, moved = jvp(spoken, (plain,), (_shaped(v, plain),))
    p = out.softmax(-1)
    pushed = p * (moved - (p * moved).sum(-1, keepdim=True)) * weight[..., None]
    with torch.enable_grad():
        leaves = {name: q.requires_grad_() for name, q in plain.items()}
        out = logits(leaves, gru.fast_unroll(leaves, inputs), inputs)
        return _flat(torch.autograd.grad(out, list(leaves.values()), pushed))


def conjugate_gradient(product, b: Tensor, steps: int) -> Tensor:
    """x with product(x) ≈ b after `steps` steps from x = 0; product must be positive definite."""
    x, r = torch.zeros_like(b), b.clone()
    d, rr = b.clone(), b @ b
    for _ in range(steps):
        if rr < 1e-16:
            break
        Ad = product(d)
        step = rr / (d @ Ad)
        x, r = x + step * d, r - step * Ad
        rr, last = r @ r, rr
        d = r + (rr / last) * d
    return x


@torch.no_grad()
def fit_value(
    theta: Params,
    memory: Float[Tensor, "time trials hidden"],
    aim: Targets,
    inputs: Float[Tensor, "time trials in"] | None = None,
) -> None:
    """Set the value head to the ridge regression of the value targets on the memory.

    With heads for each state, each is fitted to the steps in its state, as `inputs` say; where
    there are none it expects 0. Errors: ValueError where such an agent gets no `inputs`.
    """
    X = torch.cat([memory, torch.ones_like(memory[..., :1])], -1).flatten(0, 1).double()
    y = aim.values.flatten()[:, None].double()
    num_states = states_in(theta)
    state = state_of(num_states, inputs) if num_states else torch.zeros_like(aim.weight)
    for s in range(len(theta["w_value"])):
        w = (aim.weight * (state == s)).flatten()[:, None].double()
        A = X.T @ (X * w)
        A.diagonal().add_(1e-5)
        solved = torch.linalg.solve(A, X.T @ (y * w))[:, 0]
        theta["w_value"][s].copy_(solved[:-1])
        theta["b_value"][s].copy_(solved[-1])


def _log_probs(policy: Params, memory: Tensor, inputs: Tensor) -> Tensor:
    return logits(policy, memory, inputs).log_softmax(-1)


def _flat(tensors) -> Float[Tensor, " parameters"]:
    return torch.cat([t.reshape(-1) for t in tensors])


def _shaped(v: Float[Tensor, " parameters"], like: Params) -> Params:
    parts = v.split([p.numel() for p in like.values()])
    return {n: part.view_as(p) for (n, p), part in zip(like.items(), parts, strict=True)}
