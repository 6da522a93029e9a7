"""MANN: an LSTM that writes what it sees into a memory, and reads it again (notebook 07).

Pictures come one after another, each with the label of the one *before*; the net must name each.
So it has to bind a picture to a label that comes a step later, in a memory of slots that are found
by what they hold, not by where they are. Nothing in a task moves the weights.
Source: Santoro, Bartunov, Botvinick, Wierstra & Lillicrap 2016, by reading a published
re-implementation. Theirs sees 20×20 pixels and 5 labels, and its LSTM has 200 numbers. Here conv4's
64 come in, each picture's brought to mean 0 and variance 1, with up to 20 labels, and the LSTM has
128. As published, the loss stays at ln 5 for very long: after 180 updates it was 1.60, and all but
first drawings were still guessed. Three changes end that within 40. The picture before comes in
again, beside its label. The heads see the input beside the LSTM's state, and what is written starts
as the key of the picture it is of. And a learned factor β sharpens the reading: a softmax of plain
cosines over 128 slots is flat. It is trained on 5 classes: the labels beyond mean nothing yet.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot.instances import in_turn, sample_sequences, taken
from course_lib.few_shot.rivals.rival import Pair, Params, Rival, Training
from course_lib.nets.stored_norm import features_alone, features_together, init_body

LABELS, FEATURES = 20, 64
HIDDEN, SLOTS, WIDTH, HEADS = 128, 128, 40, 4
SHARP = 10.0  # β at the start
DECAY = 0.95  # of the usage
TASKS, WAYS, DRAWINGS = 16, 5, 6  # in a training batch
TINY = 1e-6  # in the cosine: an empty slot has length 0


class State(NamedTuple):
    """What the net carries along a sequence; it begins anew with each task."""

    memory: Float[Tensor, "tasks slots width"]
    reads: Float[Tensor, "tasks heads width"]
    read_weights: Float[Tensor, "tasks heads slots"]
    usage: Float[Tensor, "tasks slots"]
    hidden: Float[Tensor, "tasks hidden"]
    cell: Float[Tensor, "tasks hidden"]


def cosine(
    keys: Float[Tensor, "tasks heads width"], memory: Float[Tensor, "tasks slots width"]
) -> Float[Tensor, "tasks heads slots"]:
    """k·m / (‖k‖‖m‖ + ε) for each key and slot."""
    lengths = keys.norm(dim=-1)[..., None] * memory.norm(dim=-1)[..., None, :]
    return keys @ memory.mT / (lengths + TINY)


def least_used(
    usage: Float[Tensor, "tasks slots"], heads: int
) -> Float[Tensor, "tasks heads slots"]:
    """One slot for each head, as a row of 0 and 1: the least used one, the second least, …"""
    order = usage.argsort(dim=-1, stable=True)[:, :heads]
    return F.one_hot(order, usage.shape[1]).to(usage.dtype)


def access(
    state: State,
    key: Float[Tensor, "tasks heads width"],
    add: Float[Tensor, "tasks heads width"],
    gate: Float[Tensor, "tasks heads 1"],
    sharpness: Float[Tensor, "heads"],
) -> State:
    """Write, then read. With σ = `gate` and γ = 0.95:

    w_w = σ w_r(t−1) + (1 − σ) w_lu(t−1);  M ← M with the least used slot emptied + Σ w_wᵀ add;
    w_r = softmax(β cos(key, M));  usage ← γ usage + Σ w_r + Σ w_w;  read = w_r M.
    """
    unused = least_used(state.usage, key.shape[1])
    write = gate * state.read_weights + (1 - gate) * unused
    memory = state.memory * (1 - unused[:, 0, :, None]) + write.mT @ add
    read = (sharpness[:, None] * cosine(key, memory)).softmax(-1)
    usage = DECAY * state.usage + read.sum(1) + write.sum(1)
    return state._replace(memory=memory, reads=read @ memory, read_weights=read, usage=usage)


def step(
    params: Params, state: State, x: Float[Tensor, "tasks inputs"]
) -> tuple[State, Float[Tensor, "tasks labels"]]:
    """The state after one more input, and the logits of the labels."""
    seen = torch.cat([x, state.reads.flatten(1), state.hidden], 1)
    forget, write, out, new = (seen @ params["w_lstm"] + params["b_lstm"]).chunk(4, 1)
    cell = forget.sigmoid() * state.cell + write.sigmoid() * new.tanh()
    hidden = out.sigmoid() * cell.tanh()
    heads = torch.cat([hidden, x], 1) @ params["w_heads"] + params["b_heads"]
    heads = heads.unflatten(1, (params["sharpness"].shape[0], -1))
    width = state.memory.shape[-1]
    state = access(
        state._replace(hidden=hidden, cell=cell), heads[..., :width].tanh(),
        heads[..., width : 2 * width].tanh(), heads[..., 2 * width :].sigmoid(),
        params["sharpness"].exp(),
    )  # fmt: skip
    return state, torch.cat([hidden, state.reads.flatten(1)], 1) @ params["w"] + params["b"]


def start(num_tasks: int, like: Tensor) -> State:
    """An empty memory, read at its first slot."""
    first = F.one_hot(like.new_zeros(num_tasks, HEADS).long(), SLOTS).to(like.dtype)
    zeros = like.new_zeros
    return State(
        zeros(num_tasks, SLOTS, WIDTH), zeros(num_tasks, HEADS, WIDTH), first,
        zeros(num_tasks, SLOTS), zeros(num_tasks, HIDDEN), zeros(num_tasks, HIDDEN),
    )  # fmt: skip


def init(gen: torch.Generator, device=None) -> Params:
    """Fresh weights; the keys see this picture as what is written sees the picture before.

    So at the start a slot is found by a picture like the one it holds, with its label in it.
    """
    inputs = 2 * FEATURES + LABELS
    shapes = {
        "w_lstm": (inputs + HEADS * WIDTH + HIDDEN, 4 * HIDDEN),
        "w_heads": (HIDDEN + inputs, HEADS * (2 * WIDTH + 1)),
        "w": (HIDDEN + HEADS * WIDTH, LABELS),
    }
    theta = init_body(gen, device)
    for name, (rows, columns) in shapes.items():
        scale = (2 / (rows + min(columns, rows))) ** 0.5
        theta[name] = (torch.randn(rows, columns, generator=gen) * scale).to(device)
        theta[name.replace("w", "b", 1)] = torch.zeros(columns, device=device)
    theta["b_lstm"][:HIDDEN] = 1.0  # the forget gate starts open
    heads = theta["w_heads"].unflatten(1, (HEADS, -1))
    picture, before = slice(HIDDEN, HIDDEN + FEATURES), slice(HIDDEN + FEATURES, -LABELS)
    heads[picture, :, :WIDTH] = 2 * heads[picture, :, :WIDTH]
    heads[before, :, WIDTH : 2 * WIDTH] = heads[picture, :, :WIDTH]
    theta["b_heads"].unflatten(0, (HEADS, -1))[:, -1] = -3.0  # write where nothing is used
    theta["sharpness"] = torch.full((HEADS,), math.log(SHARP), device=device)  # ln β
    return theta


def read(
    params: Params,
    features: Float[Tensor, "tasks time features"],
    y: Int[Tensor, "tasks time"],
) -> tuple[Float[Tensor, "tasks time labels"], State]:
    """The logits at each picture, which know the labels of those before it, and the last state."""
    told = F.one_hot(y, LABELS).to(features.dtype)
    features = F.layer_norm(features, features.shape[-1:])
    last = torch.cat([features, told], -1)
    last = torch.cat([torch.zeros_like(last[:, :1]), last[:, :-1]], 1)
    state, logits = start(len(y), features), []
    for x in torch.cat([features, last], -1).unbind(1):
        state, now = step(params, state, x)
        logits.append(now)
    return torch.stack(logits, 1), state


def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """Log-probabilities of the classes: the n-way k-shot reading, which is not the paper's.

    The support is read, one drawing of each class in turn. Labels are dealt in that order, so the
    net never sees what the classes are called. Each query is one more step from that state.
    Errors: ValueError for more classes than the net has labels.
    """
    x, y = taken(support, in_turn(*support))
    if num_ways > LABELS:
        raise ValueError(f"MANN has {LABELS} labels to give: ask for no more than so many ways.")
    dealt = torch.full((len(y), num_ways), -1, device=y.device).scatter(
        1, y[:, :num_ways], torch.arange(num_ways, device=y.device).expand(len(y), -1)
    )
    y = dealt.gather(1, y)
    features = features_alone(theta, x)
    _, state = read(theta, features, y)
    features = F.layer_norm(features, features.shape[-1:])
    seen = features_alone(theta, queries)
    seen = F.layer_norm(seen, seen.shape[-1:])
    last = torch.cat([features[:, -1:], F.one_hot(y[:, -1:], LABELS)], -1)
    each = State(*(part.repeat_interleave(seen.shape[1], 0) for part in state))
    x = torch.cat([seen, last.expand(-1, seen.shape[1], -1)], -1)
    logits = step(theta, each, x.flatten(0, 1))[1]
    logits = logits.unflatten(0, seen.shape[:2])[..., :num_ways].log_softmax(-1)
    return logits.gather(-1, dealt[:, None].expand(-1, seen.shape[1], -1))


def said_in_sequence(theta: Params, x: Tensor, y: Tensor, num_ways: int = 5) -> Tensor:
    """The answer to each picture of a sequence before its label is told: the paper's protocol."""
    return read(theta, features_alone(theta, x), y)[0][..., :num_ways].argmax(-1)


def objective(theta: Params, images: Tensor, gen: torch.Generator) -> Tensor:
    """The mean cross-entropy along shuffled sequences, at every picture."""
    x, y = sample_sequences(images, num_tasks=TASKS, num_ways=WAYS, per_class=DRAWINGS, gen=gen)
    features = features_together(theta, x.flatten(0, 1)).unflatten(0, y.shape)
    logits, _ = read(theta, features, y)
    return F.cross_entropy(logits[..., :WAYS].flatten(0, 1), y.flatten())


MANN = Rival(
    name="mann",
    family="memory",
    definition="An LSTM reads the pictures in turn, with a memory that it writes and reads itself.",
    formula="w_r = softmax(β cos(k, M)), w_w = σ w_r(t−1) + (1 − σ) w_lu, M ← M + w_wᵀ a",
    paper="mann",
    init=init,
    answer=answer,
    said_in_sequence=said_in_sequence,
    protocol="by instance",
    training=Training(
        objective, iterations=900, longer=200, start="{data}-any", lr=2e-3,
        facts={"tasks": TASKS, "ways": WAYS, "drawings": DRAWINGS},
    ),
)  # fmt: skip
