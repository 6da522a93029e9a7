"""A gated recurrent unit, written out; and the same unrolled fast, its derivative by hand
(notebooks 08 to 10).

    r = σ(W_ir x + b_ir + W_hr h + b_hr)             what of the old memory the candidate may read
    z = σ(W_iz x + b_iz + W_hz h + b_hz)             how much of the old memory stays
    n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn))    the candidate
    h ← (1 − z) ⊙ n + z ⊙ h

`params["w_in"]` [3·hidden, inputs] and `params["w_hidden"]` [3·hidden, hidden] hold the rows of r,
z and n one below the other, as `torch.nn.GRU` has them; `b_in` and `b_hidden` [3·hidden].
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground.types import Params

NAMES = ("w_in", "b_in", "w_hidden", "b_hidden")


def init(num_inputs: int, hidden: int, gen: torch.Generator) -> Params:
    """Fresh weights: uniform on ±1/√hidden as in PyTorch, but each hidden block orthogonal.

    An orthogonal matrix neither shrinks nor stretches the memory it is applied to.
    Errors: ValueError for a size below 1.
    """
    if num_inputs < 1 or hidden < 1:
        raise ValueError(f"A GRU needs sizes ≥ 1; got {num_inputs} inputs and {hidden} hidden.")
    bound = 1 / math.sqrt(hidden)
    blocks = [torch.linalg.qr(torch.randn(hidden, hidden, generator=gen))[0] for _ in range(3)]
    return {
        "w_in": (torch.rand(3 * hidden, num_inputs, generator=gen) * 2 - 1) * bound,
        "b_in": torch.zeros(3 * hidden),
        "w_hidden": torch.cat(blocks),
        "b_hidden": torch.zeros(3 * hidden),
    }


def step(
    params: Params, x: Float[Tensor, "batch in"], h: Float[Tensor, "batch hidden"]
) -> Float[Tensor, "batch hidden"]:
    """The memory after reading `x`: the three gates of this file's head, then h."""
    i_r, i_z, i_n = F.linear(x, params["w_in"], params["b_in"]).chunk(3, -1)
    h_r, h_z, h_n = F.linear(h, params["w_hidden"], params["b_hidden"]).chunk(3, -1)
    r, z = torch.sigmoid(i_r + h_r), torch.sigmoid(i_z + h_z)
    n = torch.tanh(i_n + r * h_n)
    return (1 - z) * n + z * h


def unroll(
    params: Params, xs: Float[Tensor, "time batch in"]
) -> Float[Tensor, "time batch hidden"]:
    """The memory after each input of a sequence, from h = 0. As many derivatives as you like."""
    h, hs = xs.new_zeros(xs.shape[1], params["w_hidden"].shape[1]), []
    for x in xs:
        h = step(params, x, h)
        hs.append(h)
    return torch.stack(hs)


def fast_unroll(
    params: Params, xs: Float[Tensor, "time batch in"]
) -> Float[Tensor, "time batch hidden"]:
    """`unroll`, several times faster, and with first derivatives in `params` alone."""
    return _Unroll.apply(xs, *(params[name] for name in NAMES))


def fast_step(
    params: Params, x: Float[Tensor, "batch in"], h: Float[Tensor, "batch hidden"]
) -> Float[Tensor, "batch hidden"]:
    """`step` in few, large operations, without derivatives."""
    from_x = torch.addmm(params["b_in"], x, params["w_in"].T)
    from_h = torch.addmm(params["b_hidden"], h, params["w_hidden"].T)
    return gates(from_x, from_h, h)[2]


def gates(
    from_x: Tensor, from_h: Tensor, h: Tensor, out: tuple = (None, None, None)
) -> tuple[Tensor, Tensor, Tensor]:
    """(r and z side by side, n, the next h), given W_i x + b_i and W_h h + b_h: few, large steps.

    `out`: where to write the three, instead of new memory.
    tanh a = 2σ(2a) − 1, and on a CPU torch's σ takes a fifth of the time of its tanh.
    """
    size = h.shape[-1]
    rz = torch.add(from_x[:, : 2 * size], from_h[:, : 2 * size], out=out[0]).sigmoid_()
    n = torch.addcmul(from_x[:, 2 * size :], rz[:, :size], from_h[:, 2 * size :], out=out[1])
    n = n.mul_(2).sigmoid_().mul_(2).sub_(1)
    return rz, n, torch.lerp(n, h, rz[:, size:], out=out[2])


class _Unroll(torch.autograd.Function):
    """Backpropagation through time, written out.

    Autograd would record ten operations a step and multiply out the weights' gradient at each of
    them. By hand the derivatives of the gates are computed for all steps at once, the loop only
    carries ∂L/∂h back, and each weight's gradient is one product over all steps.
    """

    @staticmethod
    def forward(ctx, xs, w_in, b_in, w_hidden, b_hidden):
        time, batch, _ = xs.shape
        size = w_hidden.shape[1]
        from_x = torch.addmm(b_in, xs.flatten(0, 1), w_in.T).unflatten(0, (time, batch))
        hs = xs.new_zeros(time + 1, batch, size)
        rzs, ns = xs.new_empty(time, batch, 2 * size), xs.new_empty(time, batch, size)
        reads = xs.new_empty(time, batch, size)  # W_hn h + b_hn
        from_h = xs.new_empty(batch, 3 * size)
        for t in range(time):
            torch.addmm(b_hidden, hs[t], w_hidden.T, out=from_h)
            gates(from_x[t], from_h, hs[t], out=(rzs[t], ns[t], hs[t + 1]))
            reads[t] = from_h[:, 2 * size :]
        ctx.save_for_backward(xs, hs, rzs, ns, reads, w_hidden)
        return hs[1:]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        xs, hs, rzs, ns, reads, w_hidden = ctx.saved_tensors
        size = ns.shape[-1]
        r, z = rzs[..., :size], rzs[..., size:]
        slope_n = (1 - z) * (1 - ns * ns)  # ∂h/∂(inside of n's tanh)
        # ∂h/∂(W_h h + b_h) for the rows of r, z and n; towards x only the rows of n differ
        slopes = xs.new_empty(*ns.shape[:2], 3, size)
        torch.mul((slope_n * reads).mul_(r), 1 - r, out=slopes[:, :, 0])
        torch.mul((hs[:-1] - ns).mul_(z), 1 - z, out=slopes[:, :, 1])
        torch.mul(slope_n, r, out=slopes[:, :, 2])
        to_h = torch.empty_like(slopes)
        to_n, dh = torch.empty_like(ns), torch.zeros_like(ns[0])
        for t in range(len(xs) - 1, -1, -1):
            dh += grad[t]
            torch.mul(slopes[t], dh[:, None], out=to_h[t])
            torch.mul(slope_n[t], dh, out=to_n[t])
            dh = torch.addmm(dh * z[t], to_h[t].flatten(1), w_hidden)
        to_h = to_h.flatten(2).flatten(0, 1)
        dw_hidden, db_hidden = to_h.T @ hs[:-1].flatten(0, 1), to_h.sum(0)
        to_x = to_h
        to_x[:, 2 * size :] = to_n.flatten(0, 1)
        return None, to_x.T @ xs.flatten(0, 1), to_x.sum(0), dw_hidden, db_hidden
