"""Networks for the sweep: one for each operation, small, in float64, with everything learned.

`made(f)` puts `f(p, h)` between two layers: x [6, 4] → h [6, 4] → f → [6, 4] → tanh → y [6, 4].
`p["s"]` and `p["b"]` are four numbers for f to use as it likes, `p["v"]` a 4 × 4 matrix.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from course_lib.nets import models

DOUBLE = torch.float64
TASKS = 3


class Case(NamedTuple):
    """A loss, where it starts, and tasks for it."""

    loss: Callable
    theta: dict[str, Tensor]
    tasks: tuple


def _random(seed: int = 3) -> Callable[..., Tensor]:
    gen = torch.Generator().manual_seed(seed)
    return lambda *shape: torch.randn(*shape, generator=gen, dtype=DOUBLE)


def made(f: Callable[[dict, Tensor], Tensor]) -> Case:
    r = _random()
    theta = {"w": r(4, 4), "s": 1 + 0.1 * r(4), "b": 0.3 * r(4), "v": r(4, 4)}

    def loss(p, x, y):
        return F.mse_loss(torch.tanh(f(p, x @ p["w"].T)) @ p["v"].T, y)

    return Case(loss, theta, ((r(TASKS, 6, 4), r(TASKS, 6, 4)), (r(TASKS, 6, 4), r(TASKS, 6, 4))))


def scored(f: Callable[[Tensor, Tensor], Tensor], target: str = "numbers") -> Case:
    """A linear net under the loss `f(prediction, y)`."""
    r = _random()
    gen = torch.Generator().manual_seed(4)

    def answers():
        if target == "classes":
            return torch.randint(4, (TASKS, 6), generator=gen)
        return r(TASKS, 6, 4).sigmoid() if target == "chances" else r(TASKS, 6, 4)

    tasks = (r(TASKS, 6, 4), answers()), (r(TASKS, 6, 4), answers())
    theta = {"w": r(4, 4), "b": r(4)}
    return Case(lambda p, x, y: f(torch.tanh(x @ p["w"].T) @ p["w"] + p["b"], y), theta, tasks)


def module(make: Callable[[], nn.Module], *shape: int, classes: int = 0) -> Case:
    """A module of PyTorch on inputs [6, *shape]; classes > 0: on six rows of whole numbers."""
    torch.manual_seed(5)
    net = make().to(DOUBLE)
    r, gen = _random(), torch.Generator().manual_seed(6)

    def inputs():
        if classes:
            return torch.randint(classes, (TASKS, 6, *shape), generator=gen)
        return r(TASKS, 6, *shape)

    def out(p, x):
        y = functional_call(net, p, (x,))
        return (y[0] if isinstance(y, tuple) else y).flatten(1)

    theta = {name: p.detach().clone() for name, p in net.named_parameters()}
    size = out(theta, inputs()[0]).shape[1]
    tasks = (inputs(), r(TASKS, 6, size)), (inputs(), r(TASKS, 6, size))
    return Case(lambda p, x, y: F.mse_loss(torch.tanh(out(p, x)), y), theta, tasks)


class Attention(nn.Module):
    """Self-attention of four heads on [6, 5, 8]."""

    def __init__(self):
        super().__init__()
        self.inside = nn.MultiheadAttention(8, 4, batch_first=True)

    def forward(self, x):
        return self.inside(x, x, x, need_weights=False)[0]


class Cell(nn.Module):
    """A recurrent cell, three steps by hand."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        h = None
        for part in x.unbind(1):
            h = self.cell(part, h)
        return h[0] if isinstance(h, tuple) else h


def picture(h: Tensor) -> Tensor:
    """[6, 4] -> [6, 1, 2, 2]."""
    return h.unflatten(1, (1, 2, 2))


def standard(h: Tensor, axis: int) -> Tensor:
    variance, mean = torch.var_mean(h, axis, keepdim=True)
    return (h - mean) / (variance + 1e-5).sqrt()


NORMS = {
    "layer_norm, weights": lambda p, h: F.layer_norm(h, (4,), p["s"], p["b"]),
    "layer_norm, scale only": lambda p, h: F.layer_norm(h, (4,), p["s"]),
    "layer_norm": lambda p, h: F.layer_norm(h, (4,)),
    "batch_norm, weights": lambda p, h: F.batch_norm(h, None, None, p["s"], p["b"], True),
    "batch_norm": lambda p, h: F.batch_norm(h, None, None, training=True),
    "batch_norm, fixed statistics": lambda p, h: F.batch_norm(
        h, h.new_zeros(4), h.new_ones(4), p["s"], p["b"]
    ),
    "instance_norm, weights": lambda p, h: F.instance_norm(
        h.view(2, 3, 4).mT, weight=p["s"], bias=p["b"]
    ).mT.reshape(6, 4),
    "instance_norm": lambda p, h: F.instance_norm(h.view(2, 3, 4).mT).mT.reshape(6, 4),
    "group_norm, weights": lambda p, h: F.group_norm(h, 2, p["s"], p["b"]),
    "group_norm": lambda p, h: F.group_norm(h, 2),
    "rms_norm, weights": lambda p, h: F.rms_norm(h, (4,), p["s"]),
    "local_response_norm": lambda p, h: F.local_response_norm(picture(h), 2).flatten(1),
    "normalize": lambda p, h: F.normalize(h),
    "the course's batch_norm": lambda p, h: models.batch_norm(h, p["s"], p["b"]),
    "var_mean": lambda p, h: standard(h, 0),
    "std": lambda p, h: h / h.std(0),
    "norm": lambda p, h: h / h.norm(dim=1, keepdim=True),
    "weight_norm": lambda p, h: h @ torch._weight_norm(p["v"], p["s"][:, None], 0).T,
}


def alone(f: Callable[[Tensor], Tensor]) -> Callable[[dict, Tensor], Tensor]:
    """f as an operation that needs none of θ."""
    return lambda p, h: f(h)


ACTIVATIONS = {
    name: alone(f)
    for name, f in {
        "relu": F.relu, "leaky_relu": F.leaky_relu, "elu": F.elu, "selu": F.selu, "gelu": F.gelu,
        "silu": F.silu, "mish": F.mish, "softplus": F.softplus, "hardtanh": F.hardtanh,
        "hardswish": F.hardswish, "softsign": F.softsign, "logsigmoid": F.logsigmoid,
        "softmax": lambda h: h.softmax(-1), "log_softmax": lambda h: h.log_softmax(-1),
        "logsumexp": lambda h: h - h.logsumexp(-1, keepdim=True), "abs": torch.abs,
        "glu": lambda h: F.glu(h).repeat(1, 2), "exp": lambda h: (-h.square()).exp(),
        "sinc": torch.sinc, "erf": torch.erf,
        "atan2": lambda h: torch.atan2(h, h.roll(1, 0)), "clamp": lambda h: h.clamp(-1, 1),
    }.items()
}  # fmt: skip
SHAPES = {
    "prelu": lambda p, h: F.prelu(h, p["s"]),
    "pow": lambda p, h: (h.abs() + 0.1).pow(p["s"]),
    "where": lambda p, h: torch.where(h > 0, h * p["s"], h.square()),
    "max": lambda p, h: h * h.max(0).values,
    "median": lambda p, h: h * h.median(0).values,
    "sort": lambda p, h: h.sort(0).values * p["s"],
    "topk": lambda p, h: h.topk(4, -1).values * p["s"],
    "gather": lambda p, h: h.gather(1, h.argsort(1)),
    "index_select": lambda p, h: h.index_select(0, torch.tensor([0, 2, 2, 1, 5, 3])),
    "scatter_add": lambda p, h: torch.zeros_like(h).scatter_add(1, h.argsort(1), h),
    "cumsum": lambda p, h: h.cumsum(0),
    "cumprod": lambda p, h: h.cumprod(0),
    "prod": lambda p, h: h * h.prod(0),
    "einsum": lambda p, h: torch.einsum("ni,ij,nj->ni", h, p["v"], h),
    "bilinear": lambda p, h: F.bilinear(h, h, p["v"].expand(4, 4, 4)),
    "cosine_similarity": lambda p, h: h * F.cosine_similarity(h, h.roll(1, 0))[:, None],
    "pairwise_distance": lambda p, h: h * F.pairwise_distance(h, h.roll(1, 0))[:, None],
    "fft": lambda p, h: torch.fft.fft(h).abs(),
    "solve": lambda p, h: torch.linalg.solve(p["v"] @ p["v"].T + torch.eye(4), h.T).T,
    "eigvalsh": lambda p, h: h * torch.linalg.eigvalsh(p["v"] @ p["v"].T),
    "svdvals": lambda p, h: h * torch.linalg.svdvals(p["v"]),
    "matrix_exp": lambda p, h: h @ torch.matrix_exp(0.1 * p["v"]),
    "cholesky": lambda p, h: h @ torch.linalg.cholesky(p["v"] @ p["v"].T + torch.eye(4)),
    "in place": lambda p, h: (h * 1).mul_(2).relu_(),
    "slices": lambda p, h: torch.cat([h[::2], h[1::2]]),
    "interpolate": lambda p, h: F.interpolate(picture(h), scale_factor=2, mode="bilinear")[
        ..., 1:3, 1:3
    ].flatten(1),
    "grid_sample": lambda p, h: F.grid_sample(
        picture(h), torch.tanh(h).view(6, 1, 2, 2), align_corners=False
    ).flatten(1).repeat(1, 2),
    "unfold": lambda p, h: F.unfold(picture(h), 2).flatten(1),
    "pixel_shuffle": lambda p, h: F.pixel_shuffle(h.view(6, 4, 1, 1), 2).flatten(1),
}  # fmt: skip
POOLS = {
    "max_pool2d": lambda p, h: h * F.max_pool2d(picture(h), 2).flatten(1),
    "avg_pool2d": lambda p, h: h * F.avg_pool2d(picture(h), 2).flatten(1),
    "max_pool1d": lambda p, h: F.max_pool1d(h, 2).repeat(1, 2),
    "adaptive_max_pool": lambda p, h: F.adaptive_max_pool1d(h, 2).repeat(1, 2),
    "adaptive_avg_pool": lambda p, h: F.adaptive_avg_pool1d(h, 3)[:, [0, 1, 2, 0]],
    "lp_pool": lambda p, h: F.lp_pool1d(h.abs() + 1, 2, 2).repeat(1, 2),
}
LOSSES = {
    "mse": F.mse_loss, "l1": F.l1_loss, "huber": F.huber_loss, "smooth_l1": F.smooth_l1_loss,
}  # fmt: skip
CLASS_WEIGHTS = torch.tensor([1.0, 2.0, 3.0, 0.5], dtype=DOUBLE)
CLASS_LOSSES = {
    "cross_entropy": F.cross_entropy,
    "cross_entropy, class weights": lambda a, y: F.cross_entropy(a, y, CLASS_WEIGHTS),
    "cross_entropy, weights, smoothed": lambda a, y: F.cross_entropy(
        a, y, CLASS_WEIGHTS, label_smoothing=0.1
    ),
    "cross_entropy, ignore_index": lambda a, y: F.cross_entropy(a, y, ignore_index=2),
    "nll, class weights": lambda a, y: F.nll_loss(a.log_softmax(-1), y, CLASS_WEIGHTS),
}
CHANCE_LOSSES = {
    "bce_with_logits": F.binary_cross_entropy_with_logits,
    "bce_with_logits, pos_weight": lambda a, y: F.binary_cross_entropy_with_logits(
        a, y, pos_weight=CLASS_WEIGHTS
    ),
    "kl_div": lambda a, y: F.kl_div(a.log_softmax(-1), y, reduction="batchmean"),
    "poisson_nll": F.poisson_nll_loss,
}
MODULES = {
    "nn.Linear": (lambda: nn.Linear(4, 3), 4),
    "nn.Sequential": (lambda: nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 3)), 4),
    "nn.Conv1d": (lambda: nn.Conv1d(2, 3, 3, padding=1), 2, 5),
    "nn.Conv2d": (lambda: nn.Conv2d(2, 3, 3, padding=1), 2, 4, 4),
    "nn.Conv2d, stride, dilation": (lambda: nn.Conv2d(2, 3, 2, 2, dilation=2), 2, 5, 5),
    "nn.Conv2d, depthwise": (lambda: nn.Conv2d(2, 4, 3, groups=2), 2, 4, 4),
    "nn.Conv2d, circular": (
        lambda: nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"), 1, 4, 4,
    ),
    "nn.Conv3d": (lambda: nn.Conv3d(1, 2, 2), 1, 3, 3, 3),
    "nn.ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 1, 2, 2), 2, 2, 2),
    "conv, BatchNorm2d, pool": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, track_running_stats=False), nn.ReLU(),
            nn.MaxPool2d(2),
        ), 1, 6, 6,
    ),
    "conv, InstanceNorm2d": (
        lambda: nn.Sequential(nn.Conv2d(1, 3, 3), nn.InstanceNorm2d(3, affine=True)), 1, 5, 5,
    ),
    "conv, GroupNorm": (lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4)), 1, 5, 5),
    "nn.LayerNorm, two layers": (
        lambda: nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3)), 4,
    ),
    "nn.MultiheadAttention": (Attention, 5, 8),
    "nn.TransformerEncoderLayer": (
        lambda: nn.TransformerEncoderLayer(8, 2, 8, dropout=0.0, batch_first=True), 5, 8,
    ),
    "nn.RNN": (lambda: nn.RNN(2, 3, batch_first=True), 4, 2),
    "nn.GRU": (lambda: nn.GRU(2, 3, batch_first=True), 4, 2),
    "nn.LSTM": (lambda: nn.LSTM(2, 3, batch_first=True), 4, 2),
    "nn.LSTM, two ways, two layers": (
        lambda: nn.LSTM(2, 2, 2, batch_first=True, bidirectional=True), 3, 2,
    ),
    "nn.GRUCell": (lambda: Cell(nn.GRUCell(2, 3)), 3, 2),
    "nn.LSTMCell": (lambda: Cell(nn.LSTMCell(2, 3)), 3, 2),
}  # fmt: skip
WORDS = {
    "nn.Embedding": (lambda: nn.Embedding(7, 3), 4),
    "nn.Embedding, padding": (lambda: nn.Embedding(7, 3, padding_idx=0), 4),
    "nn.Embedding, LayerNorm": (lambda: nn.Sequential(nn.Embedding(7, 4), nn.LayerNorm(4)), 3),
}


def attention(p, h):
    """Attention written out in functional form, keys and queries from one matrix."""
    return F.scaled_dot_product_attention(h @ p["v"], h * p["s"], h + p["b"])


CASES: dict[str, Callable[[], Case]] = {
    **{n: functools.partial(made, f) for n, f in {**NORMS, **ACTIVATIONS, **SHAPES}.items()},
    **{n: functools.partial(made, f) for n, f in {**POOLS, "attention": attention}.items()},
    **{n: functools.partial(scored, f) for n, f in LOSSES.items()},
    **{n: functools.partial(scored, f, "classes") for n, f in CLASS_LOSSES.items()},
    **{n: functools.partial(scored, f, "chances") for n, f in CHANCE_LOSSES.items()},
    **{n: functools.partial(module, *parts) for n, parts in MODULES.items()},
    **{n: functools.partial(module, *parts, classes=7) for n, parts in WORDS.items()},
}
