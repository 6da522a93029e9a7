"""W6: the meta-loss as a function of θ, and how the number of inner steps moves its minimum
(notebook 04).

Three tasks, each a parabola L_T(φ) = ½ λ_T (φ − c_T)² over one number φ. Everything can be redone
by hand: φ_K − c = (1 − αλ)^K (θ − c).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from course_lib.maml.inner import inner_path
from course_lib.scenes.scene import Line, Panel, Points, Scene, Text
from course_lib.scenes.words import counted
from course_lib.widgets.core import Widget, check_sliders, slider

MAX_STEPS = 20
RANGE = (-3.0, 3.0)
TOP = 4.0
TASK_COLORS = ("#CC79A7", "#56B4E9", "#A6761D")


@dataclass(frozen=True)
class State:
    """Three quadratic tasks: `centers` are their best φ, `sharpness` the first one's curvature."""

    steps: int = slider(1, 0, MAX_STEPS, label="inner steps K")
    alpha: float = slider(0.2, 0.0, 1.0, step=0.02, label="step size α")
    sharpness: float = slider(3.0, 0.2, 4.0, step=0.1, label="curvature λ₁ of task 1")
    centers: tuple[float, float, float] = (-2.0, 0.5, 2.0)

    def __post_init__(self):
        check_sliders(self)

    @property
    def curvatures(self) -> tuple[float, float, float]:
        """λ of the three tasks."""
        return (self.sharpness, 1.0, 0.4)


class Data(NamedTuple):
    """Query loss of each task over a grid of θ, and the minimum for every number of steps."""

    state: State
    theta: Tensor  # [grid]
    losses: Tensor  # [3, grid] after K steps
    minima: Tensor  # [MAX_STEPS + 1] argmin over θ of the meta-loss after 0…20 steps
    depths: Tensor  # [MAX_STEPS + 1] meta-loss at that minimum


def quadratic(params: dict, c: Tensor, lam: Tensor) -> Tensor:
    """L_T(φ) = ½ λ (φ − c)²: the loss of a task whose best parameter is c."""
    return 0.5 * lam * (params["phi"] - c) ** 2


def minimum(state: State, steps: int) -> float:
    """The θ that minimises the meta-loss: the mean of the c_T, weighted by λ_T (1 − αλ_T)^2K."""
    weights = [lam * (1 - state.alpha * lam) ** (2 * steps) for lam in state.curvatures]
    total = sum(weights)
    if total < 1e-30:  # every task solves itself whatever θ is: the meta-loss is flat
        return float("nan")
    return sum(w * c for w, c in zip(weights, state.centers, strict=True)) / total


def compute(state: State) -> Data:
    """The landscape by running the inner loop from every θ; the minima by the closed form."""
    theta = torch.linspace(*RANGE, 121)
    c, lam = torch.tensor(state.centers), torch.tensor(state.curvatures)

    def after(start: Tensor, c: Tensor, lam: Tensor) -> Tensor:
        path = inner_path(quadratic, {"phi": start}, (c, lam), lr=state.alpha, steps=state.steps)
        *_, phi = path
        return quadratic(phi, c, lam)

    losses = vmap(vmap(after, (0, None, None)), (None, 0, 0))(theta, c, lam)
    minima = torch.tensor([minimum(state, k) for k in range(MAX_STEPS + 1)])
    shrink = (1 - state.alpha * lam[:, None]) ** torch.arange(MAX_STEPS + 1)
    depths = (0.5 * lam[:, None] * (shrink * (minima - c[:, None])) ** 2).mean(0)
    return Data(state, theta, losses, minima, depths)


def draw(data: Data) -> Scene:
    """Left: each task's loss after K steps and their mean. Right: where the minimum goes."""
    state, theta = data.state, data.theta
    mean = data.losses.mean(0)
    shown = torch.where(data.losses < 3 * TOP, data.losses, torch.nan)
    marks = [
        Line(theta, shown[i], TASK_COLORS[i], width=1.8, label=f"task {i + 1}") for i in range(3)
    ]
    marks.append(
        Line(
            theta, torch.where(mean < 3 * TOP, mean, torch.nan), "ink", width=3.5, label="meta-loss"
        )
    )
    for i, c in enumerate(state.centers):
        marks.append(Points([c], [0.12], TASK_COLORS[i], shape="^", drag=f"c{i}", drag_axis="x"))
    best, depth = data.minima[state.steps].item(), data.depths[state.steps].item()
    flat = not torch.isfinite(data.minima[state.steps])
    if not flat and depth < TOP:
        marks.append(Points([best], [depth], "theta", size=8))
        marks.append(Text(best, depth + 0.3, "θ*", "theta", 15, "center", bold=True))
    left = Panel(
        marks, RANGE, (0, TOP), f"Loss after {counted(state.steps, 'inner step')}, started at θ",
        "initialisation θ", "loss",
    )  # fmt: skip
    steps = torch.arange(MAX_STEPS + 1)
    trail = [
        Line(steps, data.minima, "theta", alpha=0.5),
        Points(steps, data.minima, "theta", size=4, alpha=0.7, label="θ* for each K"),
        Points([0], data.minima[:1], "pretrained", size=8, shape="s", label="joint training"),
    ]
    if not flat:
        trail.append(Points([state.steps], [best], "theta", size=8))
    right = Panel(
        trail, (-0.6, MAX_STEPS + 0.6), RANGE, "Where the minimum lies", "inner steps K",
        "best initialisation θ*", width=0.8,
    )  # fmt: skip
    says = "flat: every start solves every task" if flat else f"θ* = {best:.3f}, loss {depth:.2g}"
    name = "joint training" if state.steps == 0 else counted(state.steps, "inner step")
    largest = state.alpha * max(state.curvatures)
    warning = "  αλ > 2: the steps diverge on the sharpest task." if largest > 2 else ""
    status = f"K = {state.steps} ({name}): {says}.{warning}"
    alt = (
        "Left: the loss of three quadratic tasks after K inner steps as a function of the "
        "initialisation, and their mean, the meta-loss. Right: its minimum for K = 0 to 20. "
        "With more steps the minimum leaves the sharp task, which adapts by itself, for the flat "
        f"ones. {status}"
    )
    return Scene([[left, right]], alt, status, [360])


def drag(state: State, name: str, index: int, x: float, y: float) -> State:
    """The state with one task's optimum moved to x."""
    centers = list(state.centers)
    centers[int(name[1:])] = min(max(x, RANGE[0]), RANGE[1])
    return replace(state, centers=tuple(centers))


W6 = Widget(
    "W6", "Meta-loss landscape", State, compute, draw, on_drag=drag,
    buttons={"Start again": lambda s: State()},
)  # fmt: skip
