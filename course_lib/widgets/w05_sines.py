"""W5: drag the support points of a sine task and watch two initialisations adapt to them
(notebook 04)."""

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from course_lib.ground.device import seed
from course_lib.ground.types import Params
from course_lib.maml.inner import inner_path
from course_lib.maml.study import LOSS, NET, starts
from course_lib.scenes.scene import Line, Panel, Points, Scene, Text
from course_lib.scenes.words import counted, error_in_words
from course_lib.tasks.sinusoids import AMPLITUDE, INPUT, PHASE, Sinusoids
from course_lib.widgets.core import Widget, check_sliders, slider
from course_lib.widgets.walks import Walked, Walks

GRID = torch.linspace(*INPUT, 161)[:, None]
HEIGHT = 7.0
NAMES = {"maml": "Started from MAML", "pretrained": "Started from joint pretraining"}


@dataclass(frozen=True)
class State:
    """A sine task, its support points, and how the two nets adapt to them.

    `moved` holds (index, x, y) of the points that the reader has dragged away.
    """

    steps: int = slider(3, 0, 10, label="inner steps K")
    alpha: float = slider(0.01, 0.0, 0.05, step=0.0025, label="step size α")
    shots: int = slider(5, 1, 20, label="shots k")
    amplitude: float = slider(3.0, *AMPLITUDE, step=0.1, label="amplitude")
    phase: float = slider(1.0, PHASE[0], 3.1, step=0.1, label="phase")
    draw: int = 0
    moved: tuple[tuple[int, float, float], ...] = ()

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """Support [shots, 1] × 2, the true curve [161], φ₀…φ_K's curves and losses by start."""

    state: State
    support: tuple[Tensor, Tensor]
    truth: Tensor
    curves: dict[str, Tensor]
    losses: dict[str, Tensor]


@cache
def _stacked_starts() -> Params:
    """Both initialisations, stacked on axis 0: adapting them together is one call."""
    both = [starts()[name] for name in NAMES]
    return {name: torch.stack([theta[name] for theta in both]) for name in both[0]}


def support_of(state: State) -> tuple[Tensor, Tensor]:
    """The k support points: drawn from the curve, then moved where the reader dragged them."""
    curve = Sinusoids(torch.tensor([state.amplitude]), torch.tensor([state.phase]))
    low, high = INPUT
    x = low + (high - low) * torch.rand(1, 20, 1, generator=seed(state.draw))
    x, y = x[0, : state.shots], curve(x)[0, : state.shots]
    for index, new_x, new_y in state.moved:
        if index < state.shots:
            x[index], y[index] = new_x, new_y
    return x, y


def _begin(_: State) -> Walked:
    """Both initialisations, and their curves [1, starts, 161]."""
    theta = _stacked_starts()
    return Walked(theta, vmap(NET.apply, in_dims=(0, None))(theta, GRID)[None, ..., 0])


def _go_on(state: State, phi: Params, steps: int) -> Walked:
    """Both nets `steps` inner steps on, and their curves after each, [steps, starts, 161]."""
    support = support_of(state)

    def path_of(phi: Params) -> Walked:
        _, *path = inner_path(LOSS, phi, support, lr=state.alpha, steps=steps)
        return Walked(path[-1], torch.stack([NET.apply(phi, GRID)[:, 0] for phi in path]))

    return vmap(path_of, out_dims=Walked(0, 1))(phi)


PATHS = Walks(_begin, _go_on, most=40)


def compute(state: State) -> Data:
    """Both nets' curves after 0…K steps on the support, and their query losses."""
    curve = Sinusoids(torch.tensor([state.amplitude]), torch.tensor([state.phase]))
    truth = curve(GRID[None])[0]
    curves = PATHS.upto(replace(state, steps=0), state.steps).transpose(0, 1)
    losses = (curves - truth[:, 0]).square().mean(-1)
    by_name = dict(zip(NAMES, curves, strict=True)), dict(zip(NAMES, losses, strict=True))
    return Data(state, support_of(state), truth[:, 0], *by_name)


def _bounded(y: Tensor) -> Tensor:
    """Curves that leave the picture (a step size far too large) break off instead of drawing."""
    return torch.where(y.abs() < 3 * HEIGHT, y, torch.nan)


def _curve_panel(data: Data, name: str) -> Panel:
    x, curves = GRID[:, 0], data.curves[name]
    marks = [Line(x, data.truth, "truth", label="task", width=3, alpha=0.55)]
    marks.append(Line(x, _bounded(curves[0]), "theta", label="θ", dash=True))
    for k in range(1, len(curves) - 1):
        marks.append(Line(x, _bounded(curves[k]), "adapted", width=1.2, alpha=0.35))
    if len(curves) > 1:
        marks.append(Line(x, _bounded(curves[-1]), "adapted", label="φ", width=3))
    xs, ys = (p[:, 0] for p in data.support)
    marks.append(Points(xs, ys, "support", label="support", drag="support", size=8))
    return Panel(marks, INPUT, (-HEIGHT, HEIGHT), NAMES[name], "x", "y")


def _loss_panel(data: Data) -> Panel:
    marks = []
    for name, losses in data.losses.items():
        shown = losses.nan_to_num(1e2).clamp(1e-2, 1e2)
        steps = range(len(shown))
        words = {"maml": "MAML", "pretrained": "pretrained"}[name]
        end = shown[-1].item() * (0.5 if name == "maml" else 2)  # below its line, above its line
        marks += [Line(steps, shown, name), Points(steps, shown, name, size=5)]
        marks.append(Text(min(len(shown) - 1, 4.5), end, words, name, bold=True))
    ticks = [(k, str(k)) for k in range(0, 11, 2)]
    return Panel(
        marks, (-0.3, 10.3), (5e-3, 2e2), "Query loss", "inner steps", "mean squared error",
        ylog=True, xticks=ticks, width=0.72,
    )  # fmt: skip


def draw(data: Data) -> Scene:
    """Two panels of curves, one per initialisation, and the query loss after each step."""
    ends = {name: losses[-1].item() for name, losses in data.losses.items()}
    status = (
        f"Query loss after {counted(data.state.steps, 'step')} with α = {data.state.alpha:.4f}: "
        f"MAML {error_in_words(ends['maml'])}, pretrained {error_in_words(ends['pretrained'])}."
    )
    alt = (
        "A sine task with its support points. Left, the net from the MAML initialisation: after "
        "few steps its curve follows the sine. Middle, the jointly pretrained net: it hardly "
        "moves. Right, the query loss after each step. " + status
    )
    panels = [_curve_panel(data, name) for name in NAMES]
    return Scene([[*panels, _loss_panel(data)]], alt, status, [360])


def drag(state: State, name: str, index: int, x: float, y: float) -> State:
    """The state with support point `index` at (x, y), kept inside the picture."""
    x = min(max(x, INPUT[0]), INPUT[1])
    y = min(max(y, -HEIGHT), HEIGHT)
    others = tuple(m for m in state.moved if m[0] != index)
    return replace(state, moved=(*others, (index, x, y)))


W5 = Widget(
    "W5", "Sine playground", State, compute, draw, on_drag=drag,
    buttons={
        "New support points": lambda s: replace(s, draw=s.draw + 1, moved=()),
        "Put points back": lambda s: replace(s, moved=()),
    },
)  # fmt: skip
