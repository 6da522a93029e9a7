"""A small causal transformer that reads the pairs of a task and answers questions in between
(notebook 08).

A pair (x_i, y_i) is one token, a question x another kind of token. A pair sees itself and the pairs
before it, a question the pairs read so far: what is asked is seen by nobody. A token has no
position, so only what has been read by then counts, and no longest sequence is built in.

Layer norm, attention with softmax, layer norm, a small network, each added to what was there: the
"pre-LN" transformer. A. Vaswani and others, "Attention Is All You Need", NeurIPS 2017; R. Xiong and
others, "On Layer Normalization in the Transformer Architecture", ICML 2020; training on tasks in
the prompt: S. Garg and others, "What Can Transformers Learn In-Context?", NeurIPS 2022 (unchecked).
There x and y are two tokens and the places are learned.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib.ground.types import Params

HEADS = 4


def init(
    dim: int,
    width: int,
    layers: int,
    gen: torch.Generator,
    *,
    deep_tokens: bool = False,
    device: torch.device | None = None,
) -> Params:
    """Fresh weights θ for x of `dim` numbers: normal, 1/√inputs; branches smaller, so they add up.

    `deep_tokens`: tokens are made by a network of two layers, where x must be bent first.
    Errors: ValueError for a width that the heads can't share.
    """
    if width % HEADS:
        raise ValueError(f"{HEADS} heads share the width: {width} is no multiple of {HEADS}.")

    def matrix(out: int, into: int, scale: float = 1.0) -> Tensor:
        return scale / math.sqrt(into) * torch.randn(out, into, generator=gen)

    branch = 1 / math.sqrt(2 * layers)
    theta = {"token": matrix(width, dim + 3), "start": torch.randn(width, generator=gen)}
    if deep_tokens:
        theta |= {"b_token": torch.zeros(width), "token2": matrix(width, width)}
    for i in range(layers):
        theta |= {
            f"{i}.norm": torch.ones(width), f"{i}.b_norm": torch.zeros(width),
            f"{i}.query": matrix(width, width), f"{i}.key_value": matrix(2 * width, width),
            f"{i}.out": matrix(width, width, branch),
            f"{i}.norm2": torch.ones(width), f"{i}.b_norm2": torch.zeros(width),
            f"{i}.up": matrix(2 * width, width), f"{i}.b_up": torch.zeros(2 * width),
            f"{i}.down": matrix(width, 2 * width, branch), f"{i}.b_down": torch.zeros(width),
        }  # fmt: skip
    theta |= {"norm": torch.ones(width), "b_norm": torch.zeros(width)}
    theta |= {"head": matrix(1, width), "b_head": torch.zeros(1)}
    return {name: p.to(device) for name, p in theta.items()}


def num_layers(theta: Params) -> int:
    """How many layers θ has."""
    return sum(name.endswith(".query") for name in theta)


def tokens(
    theta: Params,
    x: Float[Tensor, "tasks length dim"],
    y: Float[Tensor, "tasks length"],
    at: Float[Tensor, "tasks questions dim"],
) -> Float[Tensor, "tasks rows width"]:
    """The start, the pairs (x, y, 1, 0) and the questions (x, 0, 0, 1), in this order."""
    pairs, asked = F.pad(torch.cat([x, y[..., None]], -1), (0, 2)), F.pad(at, (0, 3))
    pairs[..., -2], asked[..., -1] = 1, 1
    made = F.linear(torch.cat([pairs, asked], 1), theta["token"])
    if "token2" in theta:
        made = F.linear(F.gelu(made + theta["b_token"], approximate="tanh"), theta["token2"])
    return torch.cat([theta["start"].expand(len(x), 1, -1), made], 1)


def visible(length: int, read: Int[Tensor, " questions"]) -> Bool[Tensor, "rows keys"]:
    """What each row may look at: a pair the start and pairs up to itself, a question those read."""
    rows = torch.cat([torch.arange(length + 1), read])
    return rows[:, None] >= torch.arange(length + 1)


def softmax_attention(
    query: Float[Tensor, "*batch rows size"],
    key: Float[Tensor, "*batch keys size"],
    value: Float[Tensor, "*batch keys size"],
    seen: Bool[Tensor, "rows keys"],
) -> Float[Tensor, "*batch rows size"]:
    """For each row the mean of the values it may see, weighed by how alike query and key are."""
    alike = query @ key.mT / math.sqrt(query.shape[-1])
    weight = torch.softmax(alike.masked_fill(~seen, -torch.inf), -1)
    return weight @ value


def layer(
    theta: Params,
    i: int,
    rows: Float[Tensor, "tasks rows width"],
    seen: Bool[Tensor, "asking keys"],
) -> Float[Tensor, "tasks asking width"]:
    """The i-th layer's rows: the last `asking` of them, from the first `keys`."""
    asking, keys = seen.shape
    width = rows.shape[-1:]

    def heads(part: Tensor) -> Tensor:
        return part.unflatten(-1, (HEADS, -1)).transpose(1, 2)

    normed = F.layer_norm(rows, width, theta[f"{i}.norm"], theta[f"{i}.b_norm"])
    query = F.linear(normed[:, -asking:], theta[f"{i}.query"])
    key, value = F.linear(normed[:, :keys], theta[f"{i}.key_value"]).chunk(2, -1)
    found = (
        softmax_attention(heads(query), heads(key), heads(value), seen).transpose(1, 2).flatten(2)
    )
    rows = rows[:, -asking:] + F.linear(found, theta[f"{i}.out"])
    normed = F.layer_norm(rows, width, theta[f"{i}.norm2"], theta[f"{i}.b_norm2"])
    inner = F.gelu(F.linear(normed, theta[f"{i}.up"], theta[f"{i}.b_up"]), approximate="tanh")
    return rows + F.linear(inner, theta[f"{i}.down"], theta[f"{i}.b_down"])


def answers(
    theta: Params,
    x: Float[Tensor, "tasks length dim"],
    y: Float[Tensor, "tasks length"],
    at: Float[Tensor, "tasks questions dim"],
    read: Int[Tensor, " questions"],
) -> Float[Tensor, "tasks questions"]:
    """What the network says at each question, after the first `read` (0 … length) of the pairs."""
    rows, seen = tokens(theta, x, y, at), visible(x.shape[1], read)
    last = num_layers(theta) - 1
    for i in range(last + 1):  # behind the last layer nobody looks at the pairs
        rows = layer(theta, i, rows, seen[x.shape[1] + 1 :] if i == last else seen)
    rows = F.layer_norm(rows, rows.shape[-1:], theta["norm"], theta["b_norm"])
    return F.linear(rows, theta["head"], theta["b_head"])[..., 0]


@torch.no_grad()
def curve(
    theta: Params,
    x: Float[Tensor, "tasks length dim"],
    y: Float[Tensor, "tasks length"],
    at: Float[Tensor, "tasks questions dim"],
    sizes: Sequence[int],
) -> Float[Tensor, "sizes tasks questions"]:
    """Its answers to all the questions, after each of `sizes` pairs (0 … length)."""
    read = torch.tensor(sizes).repeat_interleave(at.shape[1])
    said = answers(theta, x, y, at.repeat(1, len(sizes), 1), read)
    return said.unflatten(1, (len(sizes), -1)).transpose(0, 1)
