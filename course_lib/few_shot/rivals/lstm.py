"""The meta-learner LSTM: the update rule is learned, and looks like gradient descent (notebook 07).

A weight of the learner is the cell of an LSTM: φ ← f ⊙ φ − i ⊙ ∇L. Where the forget gate f is 1 and
the input gate i is α, that is gradient descent. Both gates come from a small LSTM that sees the
gradient and the loss, one and the same for every weight. The start φ₀ is learned too.
Source: Ravi & Larochelle 2017, by reading a published implementation. As theirs: gradients count as
constants (no second derivative), hidden size 20. Ours differs: the course's conv4 of 64 channels
for their 32; the head starts from zeros, so one net serves any n; the loss is n times the mean, as
everywhere in the course; a few steps on the whole support for their 12 epochs; gates that start at
f = 0.993 and i = 0.4, theirs at 0.01; and in most batches of the training the gates rest at their
biases, which is many times cheaper and all that φ₀ needs at first.
"""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad_and_value, vmap
from torch.nn import functional as F

from course_lib import few_shot
from course_lib.few_shot.rivals.rival import Pair, Params, Rival, Training
from course_lib.maml.inner import Loss
from course_lib.tasks import episodes

HIDDEN, STEPS = 20, 3
SMALL = 10.0  # p: what is below e^−p counts as small
TASKS, WAYS, QUERIES, WORKING = 4, 5, 3, 0.1  # of a training batch; how often the gates work
GATES = ("w_lstm", "b_lstm", "w_forget", "b_forget", "w_input", "b_input")


def preprocess(x: Float[Tensor, "..."]) -> Float[Tensor, "... 2"]:
    """(ln|x|/p, sign x) where |x| ≥ e^−p, else (−1, e^p x): numbers of any size, made about ±1."""
    edge = torch.e**-SMALL
    large = x.abs() >= edge
    size = x.abs().clamp_min(edge).log() / SMALL
    return torch.stack([torch.where(large, size, -1), torch.where(large, x.sign(), x / edge)], -1)


def gates_of(gates: Params, seen: Tensor, phi: Tensor, before: tuple[Tensor, ...]):
    """(hidden state, cell, f, i) of every weight after one more gradient: [tasks, weights, …].

    f = σ(w_f · [hidden, φ, f before] + b_f), and i likewise.
    """
    hidden, cell, forget, inputs = before
    sums = torch.cat([seen, hidden], -1) @ gates["w_lstm"] + gates["b_lstm"]
    keep, write, out, new = sums.chunk(4, -1)
    cell = keep.sigmoid() * cell + write.sigmoid() * new.tanh()
    hidden = out.sigmoid() * cell.tanh()

    def gate(name: str, last: Tensor) -> Tensor:
        w = gates[f"w_{name}"]
        sums = hidden @ w[:-2] + w[-2] * phi + w[-1] * last
        return (sums + gates[f"b_{name}"]).sigmoid()

    return hidden, cell, gate("forget", forget), gate("input", inputs)


def learned_path(
    gates: Params, loss: Loss, params: Params, support: Pair, *, steps: int, at_rest: bool = False
) -> Iterator[Params]:
    """The iterates φ₀, φ₁, …, φ_K of each task, with φₖ₊₁ = f ⊙ φₖ − i ⊙ ∇L(φₖ; support).

    `params` and `support` are stacked over tasks on axis 0, `loss` is of one task. Gradients count
    as constants. `at_rest`: f and i are σ of their biases.
    """
    names, shapes = list(params), [p.shape for p in params.values()]
    sizes = [shape[1:].numel() for shape in shapes]

    def flat(phi: Params) -> Tensor:
        return torch.cat([phi[name].flatten(1) for name in names], 1)

    def named(phi: Tensor) -> Params:
        parts = (
            part.reshape(shape) for part, shape in zip(phi.split(sizes, 1), shapes, strict=True)
        )
        return dict(zip(names, parts, strict=True))

    phi = flat(params)
    blank = phi.new_zeros(*phi.shape, gates["b_lstm"].shape[0] // 4)
    state = (blank, blank, torch.zeros_like(phi), torch.zeros_like(phi))
    forget, inputs = gates["b_forget"].sigmoid(), gates["b_input"].sigmoid()
    yield params
    for _ in range(steps):
        grads, losses = vmap(grad_and_value(loss))(named(phi.detach()), *support)
        slope = flat(grads).detach()
        if not at_rest:
            height = preprocess(losses.detach())[:, None].expand(-1, phi.shape[1], -1)
            seen = torch.cat([preprocess(slope), height], -1)
            state = gates_of(gates, seen, phi, state)
            forget, inputs = state[2:]
        phi = forget * phi - inputs * slope
        yield named(phi)


def init_conv(gen: torch.Generator, device=None) -> Params:
    """A fresh body for any n."""
    return few_shot.init_any_n("conv4", gen, device)


def init(gen: torch.Generator, device=None, *, learner=init_conv, rate: float = 0.4) -> Params:
    """A fresh learner, and gates that rest at f = σ(5), i = `rate`."""
    theta = learner(gen, device)
    shapes = {
        "w_lstm": (4 + HIDDEN, 4 * HIDDEN),
        "w_forget": (HIDDEN + 2,),
        "w_input": (HIDDEN + 2,),
    }
    for name, shape in shapes.items():
        theta[name] = (0.02 * torch.rand(*shape, generator=gen) - 0.01).to(device)
    theta["b_lstm"] = torch.zeros(4 * HIDDEN, device=device)
    return {
        **theta, "b_forget": torch.tensor(5.0, device=device),
        "b_input": torch.tensor(math.log(rate / (1 - rate)), device=device),
    }  # fmt: skip


def adapted_logits(
    theta: Params, support: Pair, queries: Tensor, num_ways: int, *,
    at_rest: bool = False, steps: int = STEPS,
) -> Float[Tensor, "tasks queries ways"]:  # fmt: skip
    """The query logits after the learned updates on the support, of each task."""
    body = few_shot.body_of(theta)
    plain = few_shot.loss_of(body)
    gates = {name: theta[name] for name in GATES}
    learner = {name: p for name, p in theta.items() if name not in GATES}
    copies = {
        name: p.expand(len(queries), *p.shape)
        for name, p in few_shot.with_head(learner, num_ways).items()
    }

    def loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
        return num_ways * plain(params, x, y)

    *_, phi = learned_path(gates, loss, copies, support, steps=steps, at_rest=at_rest)
    features = vmap(body.features)(phi, queries)
    return features @ phi["w"].mT + phi["b"][:, None]


@torch.no_grad()
def answer(
    theta: Params, support: Pair, queries: Tensor, num_ways: int, *, steps: int = STEPS
) -> Tensor:
    """log softmax of the adapted learner's logits. Queries are normalised together, as in MAML."""
    parts = (  # one task at a time: the gates of 112,000 weights take room
        adapted_logits(theta, (x[None], y[None]), q[None], num_ways, steps=steps)
        for x, y, q in zip(*support, queries, strict=True)
    )
    return torch.cat(list(parts)).log_softmax(-1)


def objective(
    theta: Params, images: Tensor, gen: torch.Generator, *, working: float = WORKING,
    tasks: int = TASKS, shots: int = 1, queries: int = QUERIES, steps: int = STEPS,
) -> Tensor:  # fmt: skip
    """The mean query loss after adapting, over 5-way 1-shot tasks; gates work so often."""
    at_rest = torch.rand((), generator=gen).item() > working
    support, (xq, yq) = episodes.sample_episodes(
        images, num_tasks=tasks, num_ways=WAYS, num_shots=shots, num_queries=queries, gen=gen
    )
    logits = adapted_logits(theta, support, xq, WAYS, at_rest=at_rest, steps=steps)
    return F.cross_entropy(logits.flatten(0, 1), yq.flatten())


LSTM = Rival(
    name="lstm",
    family="weights",
    definition="The update is learned: an LSTM shared by all weights opens and closes its gates.",
    formula="φ ← f ⊙ φ − i ⊙ ∇L(φ; support), f, i = σ(w · [LSTM(∇L, L), φ, gate before] + b)",
    paper="meta-lstm",
    init=init,
    answer=answer,
    transductive=True,
    training=Training(
        objective, iterations=700, longer=1000, start="{data}-any", lr=1e-3,
        longer_changes={"working": 0.25},
        finish=lambda theta, *_: theta,
        facts={"tasks": TASKS, "ways": WAYS, "queries": QUERIES, "steps": STEPS,
               "working": WORKING, "first_order": True},
    ),
)  # fmt: skip
