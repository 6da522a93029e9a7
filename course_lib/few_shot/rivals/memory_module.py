"""The memory module: a list of keys and labels, and the nearest key answers (notebook 07).

A picture becomes a query q of length 1. The value of the key nearest to q is the answer. Then the
truth is told: if the answer was right, its key moves towards q; if not, q is written over the
oldest slot. Only the net that makes q is learned, by a margin between right and wrong keys.
Source: Kaiser, Nachum, Roy & Bengio 2017, by reading the authors' published code. Theirs has one
memory of 8192 slots for 16 sequences at once, with ages blurred by ±8 for that reason, shows each
class once before any class a second time, and has queries of 128 numbers (256 for the paper's).
Here each task has its own memory, large enough that nothing is overwritten, sequences are shuffled,
and q has the 64 numbers that conv4 gives, through one matrix as theirs.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot.instances import in_turn, sample_sequences, taken
from course_lib.few_shot.rivals.rival import Look, Pair, Params, Rival, Training, for_each_row
from course_lib.nets.stored_norm import features_alone, features_together, init_body

MARGIN = 0.1  # α
SHARPNESS = 39.4  # of the answer's softmax, as theirs: ln(0.2 · 256) / α
FEATURES = 64
EMPTY = -1  # the value of a slot that was never written: no label
TASKS, WAYS, DRAWINGS = 4, 40, 3  # in a training batch


class Memory(NamedTuple):
    """Keys of length 1, their labels (−1: empty), and how many pictures ago each was touched."""

    keys: Float[Tensor, "tasks slots features"]
    values: Int[Tensor, "tasks slots"]
    ages: Float[Tensor, "tasks slots"]


def init(gen: torch.Generator, device=None) -> Params:
    """A fresh body and the matrix that makes queries of its features."""
    matrix = torch.randn(FEATURES, FEATURES, generator=gen) / FEATURES**0.5
    return {**init_body(gen, device), "w_query": matrix.to(device)}


def query(theta: Params, features: Float[Tensor, "*batch features"]) -> Tensor:
    """q of each picture: W f / ‖W f‖."""
    return F.normalize(features @ theta["w_query"], dim=-1)


def empty(like: Float[Tensor, "tasks features"], slots: int) -> Memory:
    """A memory with nothing in it for each task."""
    keys = like.new_zeros(len(like), slots, like.shape[1])
    return Memory(keys, torch.full(keys.shape[:2], EMPTY, device=like.device), keys[..., 0])


def similarity(
    memory: Memory, q: Float[Tensor, "tasks queries features"]
) -> Float[Tensor, "tasks queries slots"]:
    """The cosine of each query with each key, −∞ for an empty slot. Keys get no gradient."""
    cosine = q @ memory.keys.detach().mT
    return cosine.masked_fill((memory.values == EMPTY)[:, None], -torch.inf)


def margin_loss(
    sim: Float[Tensor, "tasks slots"], right: Bool[Tensor, "tasks slots"]
) -> Float[Tensor, " tasks"]:
    """[nearest wrong − nearest right + α]₊ − α. Where there is no such key it counts as 0."""

    def nearest(which: Tensor) -> Tensor:
        best = sim.masked_fill(~which, -torch.inf).amax(-1)
        return torch.where(best.isinf(), 0, best)

    return F.relu(nearest(~right) - nearest(right) + MARGIN) - MARGIN


def update(memory: Memory, q: Float[Tensor, "tasks features"], y: Int[Tensor, " tasks"]) -> Memory:
    """The memory after it is told that q has label y.

    Right: key ← (q + key)/‖q + key‖, age 0. Wrong: q and y over the oldest slot, age 0. All others
    grow older by 1, so a slot never written is older than all that were.
    """
    nearest = similarity(memory, q[:, None])[:, 0].argmax(-1)
    task = torch.arange(len(q), device=q.device)
    right = memory.values[task, nearest] == y
    slot = torch.where(right, nearest, memory.ages.argmax(-1))
    moved = F.normalize(q + memory.keys[task, slot], dim=-1)
    written = torch.where(right[:, None], moved, q).detach()
    here = F.one_hot(slot, memory.ages.shape[1]).bool()
    return Memory(
        torch.where(here[..., None], written[:, None], memory.keys),
        torch.where(here, y[:, None], memory.values),
        torch.where(here, 0, memory.ages + 1),
    )


def read(
    q: Float[Tensor, "tasks time features"], y: Int[Tensor, "tasks time"]
) -> tuple[Float[Tensor, "tasks time"], Int[Tensor, "tasks time"], Memory]:
    """(the loss at each picture, the answer to each before its label is told, the memory after)."""
    memory, losses, said = empty(q[:, 0], q.shape[1]), [], []
    for now, truth in zip(q.unbind(1), y.unbind(1), strict=True):
        sim = similarity(memory, now[:, None])[:, 0]
        losses.append(margin_loss(sim, memory.values == truth[:, None]))
        said.append(memory.values.gather(1, sim.argmax(-1, keepdim=True))[:, 0])
        memory = update(memory, now, truth)
    return torch.stack(losses, 1), torch.stack(said, 1), memory


def nearest_keys(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """q·(each class's nearest key), [tasks, queries, ways]: the n-way k-shot reading.

    The support is read, one drawing of each class in turn; the queries don't change the memory.
    """
    x, y = taken(support, in_turn(*support))
    _, _, memory = read(query(theta, features_alone(theta, x)), y)
    sim = similarity(memory, query(theta, features_alone(theta, queries)))
    own = memory.values[:, None] == torch.arange(num_ways, device=y.device)[:, None]
    return sim[:, :, None].masked_fill(~own[:, None], -torch.inf).amax(-1)


def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """log softmax over classes of the sharpened cosines with their nearest keys."""
    return (SHARPNESS * nearest_keys(theta, support, queries, num_ways)).log_softmax(-1)


def look(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The cosine with the nearest key of each support picture's class."""
    return for_each_row(nearest_keys(theta, support, queries, num_ways), support[1])


def said_in_sequence(theta: Params, x: Tensor, y: Tensor) -> Int[Tensor, "tasks time"]:
    """The answer to each picture of a sequence before its label is told; −1: nothing is there."""
    return read(query(theta, features_alone(theta, x)), y)[1]


def objective(theta: Params, images: Tensor, gen: torch.Generator, *, tasks=TASKS) -> Tensor:
    """The mean margin loss along a batch of shuffled sequences."""
    sizes = {"num_tasks": tasks, "num_ways": WAYS, "per_class": DRAWINGS}
    x, y = sample_sequences(images, **sizes, gen=gen)
    features = features_together(theta, x.flatten(0, 1)).unflatten(0, y.shape)
    return read(query(theta, features), y)[0].mean()


MEMORY_MODULE = Rival(
    name="memory-module",
    family="memory",
    definition="Keys and labels are kept as they are seen; the nearest key's label is the answer.",
    formula="ŷ = v_j, j = argmax_i q·k_i; right: k_j ← (q + k_j)/‖q + k_j‖; wrong: oldest ← (q, y)",
    paper="memory",
    init=init,
    answer=answer,
    look=Look("cosine with the class's nearest key", "cosine", look),
    said_in_sequence=said_in_sequence,
    training=Training(
        objective, iterations=1000, longer=3000, lr=3e-3, longer_changes={"tasks": 32},
        facts={"tasks": TASKS, "ways": WAYS, "drawings": DRAWINGS, "margin": MARGIN},
    ),
)  # fmt: skip
