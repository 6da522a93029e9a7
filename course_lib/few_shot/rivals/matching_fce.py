"""Matching nets with full context: what a picture is depends on the support (notebook 07).

Vinyals et al. 2016, §2.1.2 and appendix A. The support is read forwards and backwards by an LSTM,
and g(x_i) = h→_i + h←_i + g′(x_i). A query is read five times by another LSTM that looks at the
support between its steps: h_t = LSTM(f′(x), [h, r]) + f′(x), r = Σ_i softmax_i(h_t·g(x_i)) g(x_i).
Then the votes of `matching.py`, cosine with a learned factor. Both LSTMs have as many units as
f′ = g′, the body, has features. An LSTM reads in some order; here in that of `instances.in_turn`,
which the pictures alone decide, so the answer does not depend on how they were handed in. Trained
on 5, 20 and 60 ways, since what the LSTMs do depends on how much they read.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot.instances import in_turn, taken
from course_lib.few_shot.rivals.matching import SCALED, init_scaled, likeness, voting
from course_lib.few_shot.rivals.rival import Pair, Params, Training, log_sum_by_class
from course_lib.nets.stored_norm import features_alone, features_together
from course_lib.tasks import episodes

WAYS, SHOTS, QUERIES, PICTURES = (5, 20, 60), 1, 5, 360
LOOKS = 5  # how often a query's LSTM looks at the support
INPUTS = {"forwards": 2, "backwards": 2, "looking": 3}  # of each LSTM, in multiples of 64


def init(gen: torch.Generator, device=None, *, start=init_scaled, width: int = 64) -> Params:
    """`matching`'s θ, and a matrix and a bias for the four gates of each LSTM."""
    theta = start(gen, device)
    for name, parts in INPUTS.items():
        matrix = torch.randn(4 * width, parts * width, generator=gen) / (parts * width) ** 0.5
        theta |= {name: matrix.to(device), f"{name}_bias": torch.zeros(4 * width, device=device)}
    return theta


def lstm(theta: Params, name: str, x: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """(h, cell) after one step on x = [input, what was before], any axes before the last."""
    gates = F.linear(x, theta[name], theta[f"{name}_bias"])
    keep, write, show, new = gates.chunk(4, -1)
    cell = (keep + 1).sigmoid() * cell + write.sigmoid() * new.tanh()
    return show.sigmoid() * cell.tanh(), cell


def read(theta: Params, name: str, rows: Tensor) -> Tensor:
    """The LSTM's h at each row [tasks, rows, 64], read from the first to the last."""
    h = cell = torch.zeros_like(rows[:, 0])
    found = []
    for row in rows.unbind(1):
        h, cell = lstm(theta, name, torch.cat([row, h], -1), cell)
        found.append(h)
    return torch.stack(found, 1)


def in_context(theta: Params, f: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """f and g of queries and support in each other's light, from the features of each alone."""
    backwards = read(theta, "backwards", g.flip(1)).flip(1)
    g = g + read(theta, "forwards", g) + backwards
    h = looked = cell = torch.zeros_like(f)
    for _ in range(LOOKS):
        h, cell = lstm(theta, "looking", torch.cat([f, h, looked], -1), cell)
        h = h + f
        looked = (h @ g.mT).softmax(-1) @ g
    return h, g


def votes(theta: Params, f: Tensor, g: Tensor) -> Tensor:
    """The logarithm of each support picture's share: [tasks, queries, rows]."""
    return likeness(theta, *in_context(theta, f, g)).log_softmax(-1)


def log_shares(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """`votes` of the support read in turn, each where its picture was handed in."""
    order = in_turn(*support)
    f, g = features_alone(theta, queries), features_alone(theta, taken(support, order)[0])
    back = order.argsort(-1)[:, None].expand(-1, f.shape[1], -1)
    return votes(theta, f, g).gather(-1, back)


def objective(
    theta: Params, images: Tensor, gen: torch.Generator, *,
    ways=WAYS, shots: int = SHOTS, queries: int = QUERIES, pictures: int = PICTURES,
) -> Tensor:  # fmt: skip
    """−log P(right class), the mean over about 360 pictures' tasks of 5, 20 or 60 ways."""
    num_ways = ways[int(torch.randint(len(ways), (), generator=gen))]
    (xs, ys), (xq, yq) = episodes.sample_episodes(
        images, num_tasks=pictures // (num_ways * (shots + queries)), num_ways=num_ways,
        num_shots=shots, num_queries=queries, gen=gen,
    )  # fmt: skip
    xs, ys = taken((xs, ys), in_turn(xs, ys))
    f = features_together(theta, torch.cat([xs, xq], 1).flatten(0, 1)).unflatten(0, (len(xs), -1))
    rows = ys.shape[1]
    found = log_sum_by_class(votes(theta, f[:, rows:], f[:, :rows]), ys, num_ways)
    return F.nll_loss(found.flatten(0, 1), yq.flatten())


FCE = SCALED._replace(
    name="matching-fce",
    definition="Matching nets whose LSTMs see each picture in the light of the whole support.",
    formula="p(c|x) = Σ_{i in c} softmax_i τ cos(f(x, S), g(x_i, S))",
    paper="matching-fce",
    init=init,
    **voting(log_shares),
    training=Training(
        objective, iterations=2300, lr=1e-3,
        facts={"ways": list(WAYS), "shots": SHOTS, "queries": QUERIES, "looks": LOOKS},
    ),
)  # fmt: skip
