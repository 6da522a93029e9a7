"""W20: MAML in the plane: drag two or three tasks, and see where three ways to move θ end
(notebook 04)."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib.maml import plane
from course_lib.maml.plane import WAYS, End, Valleys
from course_lib.scenes.scene import Arrows, Image, Line, Panel, Points, Scene, Text, heat
from course_lib.widgets.core import Widget, check_sliders, choice, slider, switch

SIDE, EDGE = 3.5, 3.3  # half the side of the map, and how far a handle may go
PIXELS = 120
MAX_STEPS = 20
LOW, HIGH = 1e-5, 1e2  # what the right panel shows of a meta-loss
AXES = ("first weight", "second weight")
TASK_COLORS = ("#CC79A7", "#A6761D", "#767676")
ROLES = {"exact": "maml", "first order": "first_order", "joint": "pretrained"}
RINGS = {"exact": 6, "first order": 9, "joint": 12}  # seen one around the other
PLACES = ((-1.8, -1.0), (1.5, 1.9), (2.2, -2.2))
BANDS = np.arange(15)
BAND_COLORS = (
    heat(BANDS / 14, 0, 1, ["#FFFFFF", "#BFD3E6"]) * np.where(BANDS % 2, 0.96, 1.0)[:, None]
).astype(np.uint8)
TURNED = torch.linspace(0, 2 * torch.pi, 61, dtype=torch.float64)
CIRCLE = torch.stack([TURNED.cos(), TURNED.sin()], 1)


@dataclass(frozen=True)
class State:
    """The tasks' places and valleys, α, K, θ with where it was, and which way moves it."""

    tasks: int = slider(2, 2, 3, label="tasks")
    steps: int = slider(3, 0, MAX_STEPS, label="inner steps K")
    alpha: float = slider(0.2, 0.0, 0.8, step=0.02, label="step size α")
    narrow: float = slider(9.0, 1.0, 16.0, step=0.5, label="narrow (1: round)")
    turn: int = slider(90, 0, 90, step=5, label="angle apart (°)")
    way: str = choice("exact", list(WAYS), label="θ moves by")
    only: bool = switch(False, label="only its arrow")
    theta: tuple[float, float] = (-0.7, -2.6)
    centers: tuple[tuple[float, float], ...] = PLACES
    trail: tuple[tuple[float, float], ...] = ()
    run: bool = False

    def __post_init__(self):
        check_sliders(self)

    @property
    def valleys(self) -> Valleys:
        """The tasks on show."""
        return plane.valleys(self.centers[: self.tasks], narrow=self.narrow, turn=self.turn)

    @property
    def start(self) -> Tensor:
        """θ [2]."""
        return torch.tensor(self.theta, dtype=torch.float64)

    @property
    def inner(self) -> dict:
        """The inner loop's settings."""
        return {"lr": self.alpha, "steps": self.steps}


class Data(NamedTuple):
    """The meta-loss around, the inner paths, and each way's step, path, end and price."""

    state: State
    tasks: Valleys
    surface: Tensor  # [PIXELS, PIXELS] meta-loss, first row on top
    paths: Tensor  # [tasks, K + 1, 2]
    steps: dict[str, Tensor]  # one outer step [2]
    walks: dict[str, Tensor]  # θ after more and more outer steps [path, 2], if they run
    ends: dict[str, End]
    moved: Tensor  # [MAX_STEPS + 1, 2] where the exact way ends for K = 0, 1, …
    losses: dict[str, Tensor]  # meta-loss for K = 0, 1, … at each end, and at "θ"


@lru_cache(maxsize=32)
def _surface(centers: tuple, narrow: float, turn: int, alpha: float, steps: int) -> Tensor:
    """The meta-loss around, [PIXELS, PIXELS], first row on top: θ is not in it."""
    axis = (torch.arange(PIXELS, dtype=torch.float64) + 0.5) / PIXELS * 2 * SIDE - SIDE
    grid = torch.stack(torch.meshgrid(axis, -axis, indexing="xy"), -1)
    return plane.meta_loss(plane.valleys(centers, narrow=narrow, turn=turn), grid, lr=alpha,
                           steps=steps)  # fmt: skip


def compute(state: State) -> Data:
    """Everything by the closed forms of `maml.plane`."""
    tasks, theta, inner = state.valleys, state.start, state.inner
    every = range(MAX_STEPS + 1)
    found = {
        way: plane.ends(tasks, theta, way, lr=state.alpha, steps=every)
        for way in ("exact", "first order")
    }
    found["joint"] = [plane.end(tasks, theta, "joint", **inner)] * len(every)  # whatever K is
    points = {way: torch.stack([end.point for end in ends]) for way, ends in found.items()}
    places = torch.stack([theta.expand(len(every), -1), *(points[way] for way in WAYS)], 1)
    prices = plane.meta_losses(tasks, places, lr=state.alpha, steps=every)
    losses = dict(zip(("θ", *WAYS), prices.T, strict=True))
    for way, ends in found.items():
        reached = torch.tensor([end.kind != "repels" for end in ends])
        losses[way] = torch.where(reached, losses[way], torch.nan)
    return Data(
        state, tasks,
        _surface(state.centers[: state.tasks], state.narrow, state.turn, state.alpha, state.steps),
        plane.inner_paths(tasks, theta, **inner),
        dict(zip(WAYS, plane.outer_steps(tasks, theta, [*WAYS], **inner) - theta, strict=True)),
        {way: plane.outer_path(tasks, theta, way, **inner) for way in WAYS if state.run},
        {way: ends[state.steps] for way, ends in found.items()},
        points["exact"], losses,
    )  # fmt: skip


def _pixels(surface: Tensor) -> np.ndarray:
    """Bands of equal meta-loss: white at its minimum, blue far above; every other one darker."""
    above = (surface - surface.min()).numpy()
    height = np.sqrt(above / max(above.max(), 1e-300))
    return BAND_COLORS[np.round(height * 14).astype(int)]


def _task_marks(data: Data) -> list:
    """Each task: an ellipse of equal loss, its valley's floor, and the path of the inner steps."""
    marks, centers = [], data.tasks.centers[:, None]
    values, columns = torch.linalg.eigh(data.tasks.hessians)
    rings = centers + 0.55 * (CIRCLE / values.sqrt()[:, None]) @ columns.mT
    floors = centers + 9 * torch.tensor([[-1.0], [1.0]]) * columns[:, None, :, 0]
    paths = data.paths.clamp(-1e6, 1e6)
    for color, ring, floor, path in zip(TASK_COLORS, rings, floors, paths, strict=False):
        marks.append(Line(ring[:, 0], ring[:, 1], color, width=1.8))
        if data.state.narrow > 1:
            marks.append(Line(floor[:, 0], floor[:, 1], color, width=1, dash=True))
        marks.append(Line(path[:, 0], path[:, 1], color, width=2.2))
        marks.append(Points(path[1:, 0], path[1:, 1], color, 3.5))
    marks.append(Points(*paths[:, -1].T, "adapted", 5.5, label="φ after K"))
    return marks


def _outer_marks(data: Data) -> list:
    """The ends and, as wanted, the arrows and the paths of the three ways."""
    state, marks = data.state, []
    shown = torch.where(data.moved.abs().amax(1, keepdim=True) < 1e3, data.moved, torch.nan)
    marks.append(Line(shown[:, 0], shown[:, 1], "maml", width=1.2, alpha=0.6))
    dots = data.moved[data.moved.abs().amax(1) < 1e3]
    marks.append(Points(dots[:, 0], dots[:, 1], "maml", 2.5, alpha=0.6))
    for way, role in ROLES.items():
        if state.run:
            walk = data.walks[way]
            walk = torch.where(walk.abs().amax(1, keepdim=True) < 1e3, walk, torch.nan)
            marks.append(Line(walk[:, 0], walk[:, 1], role, width=2.6))
        x, y = data.ends[way].point.clamp(-1e6, 1e6).tolist()
        marks.append(Points([x], [y], role, RINGS[way], "ring", label=way))
    x, y = state.theta
    for way, role in reversed(ROLES.items()):
        if way == state.way or not state.only:
            dx, dy = data.steps[way].tolist()
            marks.append(Arrows([x], [y], [dx], [dy], role, 5 if way == state.way else 2.5))
    return marks


def _map_panel(data: Data) -> Panel:
    state = data.state
    marks = [Image(_pixels(data.surface), -SIDE, SIDE, -SIDE, SIDE, smooth=True)]
    marks += [*_task_marks(data), *_outer_marks(data)]
    if state.trail:
        marks.append(Points(*zip(*state.trail, strict=True), "theta", 4, alpha=0.6))
    for t in range(state.tasks):
        x, y = state.centers[t]
        marks.append(Points([x], [y], TASK_COLORS[t], 8, "^", drag=f"c{t}"))
        marks.append(Text(x + 0.28, y - 0.27, f"{t + 1}", "ink", 14, bold=True))
    marks.append(Points([state.theta[0]], [state.theta[1]], "theta", 9, drag="theta"))
    marks.append(Text(state.theta[0] - 0.3, state.theta[1] - 0.2, "θ", "theta", 16, "right", True))
    limits = (-SIDE, SIDE)
    title = f"Meta-loss for K = {state.steps}; rings: the ends"
    return Panel(marks, limits, limits, title, *AXES, equal=True, width=1.15)


def _loss_panel(data: Data) -> Panel:
    steps, marks = range(MAX_STEPS + 1), []
    for name, role in {"θ": "theta", **dict(reversed(ROLES.items()))}.items():
        loss = data.losses[name].clamp(LOW, HIGH)
        marks.append(Line(steps, loss, role, width=2.5, label=name))
        if loss[data.state.steps].isfinite():
            marks.append(Points([data.state.steps], loss[data.state.steps], role, 6))
    return Panel(
        marks, (-0.6, MAX_STEPS + 0.6), (LOW / 1.5, HIGH * 1.5), "Meta-loss at θ and at each end",
        "inner steps K", "meta-loss", ylog=True, width=0.85,
    )  # fmt: skip


def _short(number: float) -> str:
    """Three digits, without a power of ten."""
    if number >= 1e6:
        return "over a million"
    if number < 1e-6:
        return "under a millionth"
    if number >= 1000:
        return f"{number:.0f}"
    return f"{number:.6f}" if number < 1e-4 else f"{number:.3g}"


def _special(data: Data) -> list[str]:
    """What is out of the ordinary here, in sentences."""
    state, words = data.state, []
    overshoot = state.alpha * state.narrow**0.5
    kinds = {end.kind for end in data.ends.values()}
    out = [way for way, end in data.ends.items() if end.point.abs().max() > SIDE]
    if state.steps == 0 or state.alpha == 0:
        words.append("Nothing is learned in the inner loop: the three ways are one.")
    elif kinds == {"reached"} and (state.narrow == 1 or state.turn == 0):
        words.append("All tasks curve alike, so all three end at the mean of the triangles.")
    if "flat" in kinds:
        words.append("Where no start is better than another, the ring is the point nearest to θ.")
    if overshoot > 2 + 1e-9:
        words.append(f"αλ = {overshoot:.2f} > 2: the inner steps diverge across the valleys.")
    elif overshoot > 1 + 1e-9:
        words.append(f"αλ = {overshoot:.2f} > 1: the inner steps overshoot across the valleys.")
    if "repels" in kinds:
        words.append("First order runs away from its ring.")
    if out:
        words.append(f"Rings outside the picture: {', '.join(out)}.")
    return words


def draw(data: Data) -> Scene:
    """Left the plane with tasks, arrows and ends; right the meta-loss at each end for every K."""
    state = data.state
    prices = {name: _short(losses[state.steps].item()) for name, losses in data.losses.items()}
    ends = ", ".join(
        f"{way} {'never' if data.ends[way].kind == 'repels' else prices[way]}" for way in WAYS
    )
    status = f"Meta-loss at θ {prices['θ']}. At the end of each way: {ends}."
    status = " ".join([status, *_special(data)])
    alt = (
        f"Left, a plane of two weights with {state.tasks} tasks, each a valley around its best "
        "point; from θ go the inner steps of each task, and three arrows: the exact, the "
        "first-order and the joint outer step. Three rings show where each way ends. Right, the "
        f"meta-loss there, for K from 0 to {MAX_STEPS}. {status}"
    )
    return Scene([[_map_panel(data), _loss_panel(data)]], alt, status, [430])


def drag(state: State, name: str, index: int, x: float, y: float) -> State:
    """The state with θ or one task's best point at (x, y), kept inside the map."""
    place = min(max(x, -EDGE), EDGE), min(max(y, -EDGE), EDGE)
    if name == "theta":
        return replace(state, theta=place, trail=())
    centers = list(state.centers)
    centers[int(name[1:])] = place
    return replace(state, centers=tuple(centers))


def step(state: State) -> State:
    """θ after one outer step of the chosen way; it stops at the edge of the map."""
    moved = plane.outer_step(state.valleys, state.start, state.way, **state.inner)
    theta = tuple(moved.clamp(-EDGE, EDGE).tolist())
    return replace(state, theta=theta, trail=(*state.trail, state.theta)[-200:])


FIGURE_1 = State(tasks=3, steps=1, alpha=0.5, narrow=1.0, turn=0, run=True)

W20 = Widget(
    "W20", "MAML in the plane", State, compute, draw, on_drag=drag,
    buttons={
        "One outer step": step,
        "Run all three": lambda s: replace(s, run=True),
        "The paper's Figure 1": lambda s: FIGURE_1,
        "Start again": lambda s: State(),
    },
)  # fmt: skip
