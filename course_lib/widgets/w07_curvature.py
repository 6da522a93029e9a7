"""W7: three sliders are the support loss's Hessian; see what it does to the meta-gradient
(notebook 05).

Support loss L(φ) = ½ φᵀHφ with H = [[a, b], [b, c]]; query loss ½ |φ − q|². All curvature sits in
the inner loop, so J_Kᵀ = (I − αH)^K is the only thing that tells the two meta-gradients apart.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib.maml.multistep import compare, inner_iterates, jacobian_path, meta_gradient
from course_lib.scenes.scene import Arrows, Image, Line, Panel, Points, Scene, Text, heat
from course_lib.widgets.core import Widget, check_sliders, slider

SIDE = 3.0  # half the side of the map, in parameter units
PIXELS = 120
LONGEST = 1.9  # the longer of the two arrows, in parameter units
AXES = ("first weight", "second weight")
REACH = 2.0  # how far the walk in the third panel goes
DOUBLE = torch.float64
PALE = ["#F3C9BC", "#FFFFFF", "#C9D8E6"]  # below, at and above the level of the stationary point
CIRCLE = torch.linspace(0, 2 * math.pi, 121, dtype=DOUBLE)


@dataclass(frozen=True)
class State:
    """The Hessian's entries, α, K, and the two points that the reader can drag."""

    a: float = slider(3.0, -2.0, 4.0, step=0.1, label="a  (H's upper left)")
    b: float = slider(1.0, -2.0, 2.0, step=0.1, label="b  (off the diagonal)")
    c: float = slider(0.6, -2.0, 4.0, step=0.1, label="c  (H's lower right)")
    alpha: float = slider(0.28, 0.0, 0.6, step=0.02, label="step size α")
    steps: int = slider(1, 1, 5, label="inner steps K")
    theta: tuple[float, float] = (1.6, 1.9)
    optimum: tuple[float, float] = (-2.2, -1.8)

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """The path, both meta-gradients, the Jacobian's eigen-directions, and a walk along each."""

    state: State
    surface: np.ndarray  # [PIXELS, PIXELS] support loss, first row on top
    path: Tensor  # [K + 1, 2]
    exact: Tensor  # [2] J_Kᵀ ∇L_query(φ_K)
    first_order: Tensor  # [2] ∇L_query(φ_K)
    jacobian: Tensor  # [2, 2] J_K
    eigenvalues: Tensor  # [2] of H, the larger one first
    directions: Tensor  # [2, 2] a unit eigenvector per row
    factors: Tensor  # [2] (1 − αλ)^K
    distances: Tensor  # [walk]
    walks: dict[str, Tensor]  # meta-loss after moving θ that far down each gradient


def hessian_of(state: State) -> Tensor:
    """H = [[a, b], [b, c]]."""
    return torch.tensor([[state.a, state.b], [state.b, state.c]], dtype=DOUBLE)


def losses(state: State):
    """(support loss, query loss), each a function of φ [2]."""
    H, q = hessian_of(state), torch.tensor(state.optimum, dtype=DOUBLE)
    return (lambda phi: phi @ H @ phi / 2), (lambda phi: (phi - q).square().sum() / 2)


def compute(state: State) -> Data:
    """Both meta-gradients by the library's recursion; the eigen-picture by `eigh`."""
    support, query = losses(state)
    theta, inner = (
        torch.tensor(state.theta, dtype=DOUBLE),
        {"lr": state.alpha, "steps": state.steps},
    )
    path = inner_iterates(support, theta, **inner)
    gradients = {
        name: meta_gradient(support, query, theta, variant=name, **inner)
        for name in ("exact", "first-order")
    }
    J = jacobian_path(support, theta, **inner)[-1]
    eigenvalues, columns = torch.linalg.eigh(hessian_of(state))
    eigenvalues, directions = eigenvalues.flip(0), columns.T.flip(0)
    distances = torch.linspace(0, REACH, 41, dtype=DOUBLE)
    arrival = path[-1] - torch.tensor(state.optimum, dtype=DOUBLE)
    walks = {}
    for name, gradient in gradients.items():
        down = -gradient / gradient.norm().clamp(min=1e-12)
        walks[name] = (arrival + distances[:, None] * (J @ down)).square().sum(-1) / 2
    factors = (1 - state.alpha * eigenvalues) ** state.steps
    return Data(
        state, _surface(state), path, gradients["exact"], gradients["first-order"], J,
        eigenvalues, directions, factors, distances, walks,
    )  # fmt: skip


def _surface(state: State) -> np.ndarray:
    axis = (np.arange(PIXELS) + 0.5) / PIXELS * 2 * SIDE - SIDE
    x, y = axis[None, :], -axis[:, None]
    return (state.a * x * x + 2 * state.b * x * y + state.c * y * y) / 2


def _map_pixels(surface: np.ndarray) -> np.ndarray:
    """Bands of equal loss: blue above the stationary point, red below; every other one darker."""
    top = max(np.abs(surface).max(), 1e-9)
    height = np.sign(surface) * np.sqrt(np.abs(surface) / top)
    bands = np.round(height * 12)
    colors = heat(bands / 12, -1, 1, PALE).astype(float)
    return (colors * np.where(bands % 2, 0.95, 1.0)[..., None]).astype(np.uint8)


def _map_panel(data: Data) -> Panel:
    state, path = data.state, data.path
    longest = max(data.exact.norm().item(), data.first_order.norm().item())
    scale = LONGEST / longest if longest > 1e-12 else 0.0
    exact, first = (-scale * data.exact).tolist(), (-scale * data.first_order).tolist()
    theta, arrival = path[0].tolist(), path[-1].tolist()
    marks = [
        Image(_map_pixels(data.surface), -SIDE, SIDE, -SIDE, SIDE, smooth=True),
        Line(path[:, 0], path[:, 1], "adapted", width=1.5, dash=True),
        Points([0], [0], "support", shape="x"),
        Arrows([theta[0]], [theta[1]], [first[0]], [first[1]], "first_order", 4, "first-order"),
        Arrows([theta[0]], [theta[1]], [exact[0]], [exact[1]], "maml", 4, "exact"),
        Arrows([arrival[0]], [arrival[1]], [first[0]], [first[1]], "query", 2),
        Points(path[1:, 0], path[1:, 1], "adapted", 5),
        Points([theta[0]], [theta[1]], "theta", 9, drag="theta"),
        Points([state.optimum[0]], [state.optimum[1]], "query", 9, "s", drag="optimum"),
        Text(theta[0] + 0.18, theta[1] + 0.28, "θ", "theta", 16, bold=True),
        Text(state.optimum[0] + 0.2, state.optimum[1] - 0.25, "q", "query", 15, bold=True),
    ]
    if max(map(abs, arrival)) < SIDE - 0.3:
        label = "φ" + "₁₂₃₄₅"[state.steps - 1]
        place = max(arrival[0] - 0.1, 0.6 - SIDE), arrival[1] + 0.3
        marks.append(Text(*place, label, "adapted", 14, "right", bold=True))
    limits = (-SIDE, SIDE)
    return Panel(marks, limits, limits, "Two ways to move θ", *AXES, equal=True, width=1.15)


def _jacobian_panel(data: Data) -> Panel:
    circle = torch.stack([CIRCLE.cos(), CIRCLE.sin()])
    ellipse = data.jacobian.T @ circle
    reach = 1.5 * max(1.0, data.factors.abs().max().item())
    marks = [
        Line(circle[0], circle[1], "first_order", label="before"),
        Line(ellipse[0], ellipse[1], "maml", label="after Jᵀ"),
    ]
    for direction, factor in zip(data.directions, data.factors.tolist(), strict=True):
        x, y = direction.tolist()
        tip, flips = (factor * x, factor * y), factor < 0
        marks.append(Line([-x, x], [-y, y], "muted", width=1, dash=True))
        marks.append(Arrows([0], [0], [tip[0]], [tip[1]], "bad" if flips else "maml", 2.5))
        sign = -1 if flips else 1
        beyond, beside = sign * (0.08 if abs(factor) > 0.5 else 0.2) * reach, 0.2 * reach
        place = tip[0] + beyond * x + beside * y, tip[1] + beyond * y - beside * x
        place = [min(max(p, -0.72 * reach), 0.72 * reach) for p in place]
        words = f"× {_short(factor)}"
        marks.append(Text(*place, words, "bad" if flips else "ink", 13, "center", True))
    if (size := data.first_order.norm()) > 1e-12:
        before, after = -data.first_order / size, -data.exact / size
        marks.append(Points(before[:1], before[1:], "first_order", 6))
        marks.append(Points(after[:1], after[1:], "maml", 6))
    limits = (-reach, reach)
    return Panel(marks, limits, limits, "What Jᵀ does", *AXES, equal=True)


def _walk_panel(data: Data) -> Panel:
    start = max(data.walks["exact"][0].item(), 0.05)
    top = 1.6 * start
    marks = [Line([0, REACH], [start, start], "grid", width=2)]
    for name, role in (("first-order", "first_order"), ("exact", "maml")):
        walk = data.walks[name]
        shown = torch.where(walk < 1.5 * top, walk, torch.nan)
        marks.append(Line(data.distances, shown, role, width=3, label=name))
    return Panel(
        marks, (0, REACH), (0, top), "Does the step help?", "how far θ moves", "query loss after",
        width=0.85,
    )  # fmt: skip


def _short(number: float) -> str:
    """Two digits after the point where they say something, with a real minus sign."""
    size = abs(number)
    digits = f"{number:.0f}" if size >= 100 else f"{number:.2f}"
    if 0 < size < 0.01:
        digits = f"{number:.1g}"
    return digits.replace("-", "−")


def _verdict(data: Data) -> str:
    """How far apart the two gradients are, and why: the words of the status line."""
    eigenvalues, factors = (
        " and ".join(map(_short, pair.tolist())) for pair in (data.eigenvalues, data.factors)
    )
    words = f"λ = {eigenvalues}: Jᵀ scales by {factors}. "
    if data.first_order.norm() < 1e-9:
        return words + "φ has arrived at q: both gradients are zero."
    if data.exact.norm() < 1e-9:
        return words + "The exact gradient is zero: every θ leads to the same φ."
    angle, length = compare(data.first_order, data.exact)
    words += f"First-order: {angle:.1f}° off, length × {_short(length)}. "
    if data.state.alpha * data.eigenvalues[0] > 1:
        return words + "αλ > 1: each step overshoots and flips."
    if data.state.alpha > 0 and data.eigenvalues[1] < 0:
        return words + "λ < 0: downhill leads away, Jᵀ stretches."
    return words.rstrip()


def draw(data: Data) -> Scene:
    """Left the map with both arrows, then Jᵀ on the unit circle, then a walk along each arrow."""
    status = _verdict(data)
    alt = (
        "Left, the contours of a quadratic support loss with the inner path from θ to φ; at θ two "
        "arrows, the exact and the first-order meta-gradient, both pointing downhill. Middle, the "
        "unit circle and its image under the transposed Jacobian. Right, the query loss after "
        f"adapting when θ moves along each arrow. {status}"
    )
    return Scene([[_map_panel(data), _jacobian_panel(data), _walk_panel(data)]], alt, status, [350])


def drag(state: State, name: str, index: int, x: float, y: float) -> State:
    """The state with θ or q at (x, y), kept inside the map."""
    edge = SIDE - 0.1
    return replace(state, **{name: (min(max(x, -edge), edge), min(max(y, -edge), edge))})


W7 = Widget(
    "W7", "Curvature lab", State, compute, draw, on_drag=drag,
    buttons={
        "Overshoot (αλ > 1)": lambda s: State(a=3.8, b=0.6, c=0.4, alpha=0.5, optimum=(0.6, 0.4)),
        "A saddle": lambda s: State(a=2.5, b=0.5, c=-1.5, alpha=0.3),
        "Start again": lambda s: State(),
    },
)  # fmt: skip
