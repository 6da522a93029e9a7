"""W8: the meta-gradient after K steps under the microscope, with finite differences as the judge
(notebook 05).

All K from 1 to 10 are computed at once: one batch of Hessians along the path, one batch of inner
loops started beside θ. `maml.multistep` holds the same formulas one at a time, and a test holds
the two together.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, vmap

from course_lib.ground.device import seed
from course_lib.maml.multistep import FlatTask, flat_task, hessian
from course_lib.nets.models import mlp, mse
from course_lib.scenes.scene import Line, Panel, Points, Scene, Text
from course_lib.tasks.sinusoids import sample_tasks
from course_lib.widgets.core import Widget, check_sliders, choice, slider

MOST = 10
H = 1e-5  # the bump of the finite differences
AGREE = 1e-6  # the badge's limit for |exact − finite differences| / |finite differences|
FLOOR = 1e-8  # below this the badge only says "better than": it is rounding, not news
NETS = ("a quadratic", "a tanh net", "a ReLU net")
SHOWN = {  # variant -> colour, width, dash, name
    "exact": ("maml", 3.5, False, "exact"),
    "first-order": ("first_order", 2.5, False, "first-order (detached)"),
    "first-jacobian-only": ("bad", 2.0, False, "first Jacobian only"),
    "last-jacobian-only": ("#A6761D", 2.0, True, "last Jacobian only"),
    "reversed": ("#CC79A7", 2.0, False, "reversed order"),
    "dropped-products": ("ink", 2.0, True, "α² products dropped"),
}


@dataclass(frozen=True)
class State:
    """Which net, how many steps, how large; `draw` numbers the random task."""

    steps: int = slider(5, 1, MOST, label="inner steps K")
    alpha: float = slider(0.06, 0.0, 0.12, step=0.005, label="step size α")
    net: str = choice("a tanh net", NETS, label="support loss of")
    draw: int = 5

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """Every variant's meta-gradient for K = 1…10, and the judge's; NaN where the loop diverged."""

    state: State
    variants: dict[str, Tensor]  # name -> [MOST, n]
    judge: Tensor  # [MOST, n] finite differences
    angles: dict[str, Tensor]  # name -> [MOST] degrees between the recipe and the judge
    lengths: dict[str, Tensor]  # name -> [MOST] |recipe| / |judge|
    gap: float  # |exact − judge| / |judge| at the chosen K
    kink: bool  # a ReLU switches within H of the path, so nothing can agree
    sharpest: float  # the largest eigenvalue of H₀


@lru_cache(maxsize=32)
def task_of(net: str, draw: int) -> tuple[FlatTask, Tensor]:
    """A small problem in float64: a random quadratic, or a net 1-8-1 on one sinusoid.

    The second item holds all inputs of the net, [points, 1]; a quadratic has none.
    """
    gen = seed(draw)
    if net == "a quadratic":
        basis = torch.linalg.qr(torch.randn(6, 6, generator=gen, dtype=torch.float64))[0]
        curvatures = torch.tensor([0.3, 1, 2, 4, 8, 16], dtype=torch.float64)
        A, q = basis @ curvatures.diag() @ basis.T, torch.randn(6, generator=gen).double()
        theta = torch.randn(6, generator=gen, dtype=torch.float64)
        query = lambda phi: (phi - q).square().sum() / 2  # noqa: E731
        return FlatTask(lambda phi: phi @ A @ phi / 2, query, theta, dict), torch.empty(0, 1)
    model = mlp(1, 8, 1, nonlinearity=torch.tanh if net == "a tanh net" else torch.relu)
    tasks = sample_tasks(1, num_shots=10, num_queries=10, gen=gen, dtype=torch.float64)
    support, query = (tuple(part[0] for part in pair) for pair in tasks)
    theta, inputs = model.init(gen, dtype=torch.float64), torch.cat([support[0], query[0]])
    return flat_task(mse(model.apply), theta, support, query), inputs


def all_variants(
    task: FlatTask, path: Float[Tensor, "path n"], *, lr: float
) -> dict[str, Float[Tensor, "steps n"]]:
    """The meta-gradient by each recipe of `multistep.meta_gradient` for K = 1, 2, …, as rows.

    `path` holds the iterates φ₀, φ₁, …. The Hessians along it are computed once, as one batch;
    the rest is matrix products.
    """
    g = vmap(grad(task.query_loss))(path[1:])
    curved = lr * vmap(lambda phi: hessian(task.support_loss, phi))(path[:-1])
    factors = torch.eye(len(task.theta), dtype=path.dtype) - curved
    J, R, total = [factors[0]], [factors[0]], curved.cumsum(0)
    for factor in factors[1:]:
        J.append(factor @ J[-1])  # (I − αH_k) … (I − αH₀)
        R.append(R[-1] @ factor)  # the same factors, the other way round
    J, R = torch.stack(J), torch.stack(R)

    def on_g(matrices: Tensor) -> Tensor:
        return torch.einsum("kij,kj->ki", matrices, g)

    return {
        "exact": on_g(J.mT),
        "first-order": g,
        "first-jacobian-only": g @ factors[0].T,
        "last-jacobian-only": on_g(factors),
        "reversed": on_g(R.mT),
        "dropped-products": g - on_g(total),
    }


def many_paths(
    task: FlatTask, *, lr: float, steps: int, h: float = H
) -> Float[Tensor, "starts path n"]:
    """The inner loop from θ, from θ + h eᵢ and from θ − h eᵢ, for every i, as one batch."""
    bumps = h * torch.eye(len(task.theta), dtype=task.theta.dtype)
    paths = [torch.cat([task.theta[None], task.theta + bumps, task.theta - bumps])]
    losses = vmap(task.support_loss)
    for _ in range(steps):
        phi = paths[-1].requires_grad_()
        (slopes,) = torch.autograd.grad(losses(phi).sum(), phi)  # no loss knows another's row
        paths.append((phi - lr * slopes).detach())
    return torch.stack(paths, dim=1).detach()


def judged(
    task: FlatTask, paths: Float[Tensor, "starts path n"], h: float = H
) -> Float[Tensor, "steps n"]:
    """Central finite differences of L_query(φ_K(θ)) for K = 1, 2, …: only loss values go in."""
    values = vmap(vmap(task.query_loss))(paths[1:, 1:])
    up, down = values.T.chunk(2, dim=1)
    return (up - down) / (2 * h)


def kinks(
    task: FlatTask, paths: Float[Tensor, "starts path n"], inputs: Float[Tensor, "points 1"]
) -> Tensor:
    """For K = 1, 2, …: whether a ReLU is on in one of the inner loops and off in another."""

    def switched_on(phi: Tensor) -> Tensor:
        params = task.unflatten(phi)
        return inputs @ params["w0"].T + params["b0"] > 0

    pattern = vmap(vmap(switched_on))(paths).flatten(2)
    return (pattern != pattern[:1]).any(-1).any(0).long().cummax(0).values[1:].bool()


@lru_cache(maxsize=64)
def _measured(net: str, draw: int, alpha: float):
    """All numbers that do not depend on the chosen K."""
    task, inputs = task_of(net, draw)
    paths = many_paths(task, lr=alpha, steps=MOST)
    kink = torch.zeros(MOST, dtype=torch.bool)
    if net == "a ReLU net":
        kink = kinks(task, paths, inputs)
    return all_variants(task, paths[0], lr=alpha), judged(task, paths), kink


@lru_cache(maxsize=32)
def _sharpest(net: str, draw: int) -> float:
    """The largest eigenvalue of H₀; α has no part in it."""
    task, _ = task_of(net, draw)
    return torch.linalg.eigvalsh(hessian(task.support_loss, task.theta))[-1].item()


def compute(state: State) -> Data:
    """All variants and the judge; kept for each net, task and α, so that K moves freely."""
    variants, judge, kink = _measured(state.net, state.draw, state.alpha)
    sharpest = _sharpest(state.net, state.draw)
    angles, lengths = {}, {}
    for name, rows in variants.items():
        angles[name], lengths[name] = errors(rows, judge)
    k = state.steps - 1
    gap = (variants["exact"][k] - judge[k]).norm() / judge[k].norm()
    return Data(state, variants, judge, angles, lengths, gap.item(), bool(kink[k]), sharpest)


def errors(
    rows: Float[Tensor, "steps n"], judge: Float[Tensor, "steps n"]
) -> tuple[Float[Tensor, "steps"], Float[Tensor, "steps"]]:
    """`multistep.compare` row by row: degrees and length ratios; NaN without a direction."""
    a, b = (v / v.norm(dim=1, keepdim=True) for v in (rows, judge))
    angle = 2 * torch.atan2((a - b).norm(dim=1), (a + b).norm(dim=1))
    return angle.rad2deg(), rows.norm(dim=1) / judge.norm(dim=1)


# --- The picture ----------------------------------------------------------------------------------


def _scatter(data: Data) -> Panel:
    """Every component at the chosen K: the judge's value across, each recipe's upwards."""
    k = data.state.steps - 1
    judge = data.judge[k]
    reach = 1.2 * judge.abs().max().clamp(min=1e-12).item() if judge.isfinite().all() else 1.0
    top, marks = reach, [Line([-reach, reach], [-reach, reach], "grid", 2)]
    if judge.isfinite().all():
        for name, size in (("first-order", 5), ("first-jacobian-only", 5), ("exact", 7)):
            column = data.variants[name][k].clamp(-3 * reach, 3 * reach)
            top = max(top, 1.3 * column.abs().max().item())
            shape = "ring" if name == "exact" else "o"
            marks.append(Points(judge, column, SHOWN[name][0], size, shape))
        agrees, words = _badge(data)
        role = "good" if agrees else "bad"
        marks.append(Text(-0.95 * reach, 0.9 * top, words, role, 13, bold=True))
    else:
        marks.append(Text(0, 0, "the inner loop diverges", "bad", 14, "center", True))
    return Panel(
        marks, (-reach, reach), (-top, top), f"Entry by entry, K = {data.state.steps}",
        "by finite differences", "by formula", width=1.05,
    )  # fmt: skip


def _curves(values: dict[str, Tensor], low: float, high: float) -> list:
    """A line per recipe over K; what leaves the panel is cut off."""
    steps, marks = torch.arange(1, MOST + 1), []
    for name, (role, width, dash, _) in SHOWN.items():
        rows = values[name]
        shown = torch.where((rows >= low) & (rows <= high), rows, torch.nan)
        marks.append(Line(steps, shown, role, width, dash))
    return marks


def _cursor(data: Data, low: float, high: float) -> Line:
    return Line([data.state.steps] * 2, [low, high], "muted", 1.2, True)


def _angle_panel(data: Data) -> Panel:
    marks = [_cursor(data, 0, 180), *_curves(data.angles, 0, 180)]
    k = data.state.steps
    for name in ("first-order", "exact"):
        if data.angles[name][k - 1].isfinite():
            marks.append(Points([k], data.angles[name][k - 1 : k], SHOWN[name][0], 6))
    ticks = [(d, f"{d}°") for d in (0, 45, 90, 135, 180)]
    return Panel(
        marks, (0.8, MOST + 0.2), (-4, 184), "Angle to the judge", "inner steps K", "angle",
        xticks=[(k, str(k)) for k in range(1, MOST + 1)], yticks=ticks,
    )  # fmt: skip


def _length_panel(data: Data) -> Panel:
    low, high = 0.03, 30.0
    marks = [_cursor(data, low, high), *_curves(data.lengths, low, high)]
    k = data.state.steps
    for name in ("first-order", "exact"):
        if low < data.lengths[name][k - 1] < high:
            marks.append(Points([k], data.lengths[name][k - 1 : k], SHOWN[name][0], 6))
    return Panel(
        marks, (0.8, MOST + 0.2), (low, high), "Length against the judge", "inner steps K",
        "ratio of lengths", ylog=True, xticks=[(k, str(k)) for k in range(1, MOST + 1)],
        yticks=[(v, f"{v:g}") for v in (0.1, 1, 10)],
    )  # fmt: skip


def _key() -> Panel:
    """Which colour is which recipe, in one strip for all panels."""
    marks = []
    for i, (role, width, dash, words) in enumerate(SHOWN.values()):
        x, y = 1 + 33 * (i % 3), 0.72 - 0.5 * (i // 3)
        marks.append(Line([x, x + 4], [y, y], role, width, dash))
        marks.append(Text(x + 5, y, words, "ink", 12.5))
    return Panel(marks, (0, 100), (0, 1), frame=False)


def _power(number: float) -> str:
    """4.2e-08 as 4e-8."""
    return f"{number:.0e}".replace("e-0", "e-")


def _badge(data: Data) -> tuple[bool, str]:
    """Whether the exact formula and the judge agree, and the badge that says so."""
    if data.gap <= AGREE:
        return True, f"✓ agree to {'1e-8' if data.gap < FLOOR else _power(data.gap)}"
    return False, f"✗ {data.gap:.1g} apart"


def _verdict(data: Data) -> str:
    state, k = data.state, data.state.steps - 1
    words = f"K = {state.steps}, αλ = {state.alpha * data.sharpest:.2f} at θ. "
    if not math.isfinite(data.gap):
        return words + "The inner loop diverges: choose a smaller α."
    agrees, _ = _badge(data)
    if agrees:
        size = "better than 1e-8" if data.gap < FLOOR else _power(data.gap)
        words += f"Exact formula against finite differences: {size} ✓. "
    else:
        why = "the loop is unstable, and finite differences lose their digits"
        if data.kink:
            why = f"a ReLU switches within {H:g} of the path: no derivative there"
        words += f"Exact formula against finite differences: {data.gap:.1g} apart ✗ ({why}). "
    angle, length = data.angles["first-order"][k].item(), data.lengths["first-order"][k].item()
    return words + f"First-order: {angle:.1f}° off, length × {length:.3g}."


def draw(data: Data) -> Scene:
    """Entries of the gradient at K; angle and length of every recipe against K; the key."""
    status = _verdict(data)
    alt = (
        "Left, each entry of the meta-gradient by formula against its value by finite differences: "
        "the exact formula lies on the diagonal. Middle and right, angle and length error of six "
        f"recipes for 1 to {MOST} inner steps: the exact one is at zero error wherever formula and "
        f"finite differences agree, the others mostly are not. {status}"
    )
    panels = [_scatter(data), _angle_panel(data), _length_panel(data)]
    return Scene([panels, [_key()]], alt, status, [320, 56])


W8 = Widget(
    "W8", "Multi-step microscope", State, compute, draw,
    buttons={"Another task": lambda s: replace(s, draw=(s.draw + 1) % 100)},
)  # fmt: skip
