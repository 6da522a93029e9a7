"""W13: a recurrent net and a transformer learn a sine from pairs as they arrive, beside MAML on the
same pairs (notebook 08)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib import black_box
from course_lib.black_box.in_context_study import transformer_sinusoids, weights_of
from course_lib.black_box.study import STEPS, first_of, maml_curves
from course_lib.ground.device import seed
from course_lib.ground.types import Params
from course_lib.scenes.scene import Line, Panel, Points, Scene, Text
from course_lib.scenes.words import counted, error_in_words
from course_lib.tasks.sinusoids import AMPLITUDE, INPUT, Sinusoids
from course_lib.widgets.core import Widget, check_sliders, slider

MOST = 40
SIZES = [*range(0, 11), 15, 20, 25, 30, 35, 40]
GRID = torch.linspace(*INPUT, 121)
HEIGHT = 11.0
LEARNERS = {
    "rnn": ("recurrent net", "theta"), "transformer": ("transformer", "transformer"),
    "maml": ("MAML", "maml"),
}  # fmt: skip
FILES = ("sinusoid-gru", "sinusoid-transformer", "sinusoid-maml")


@dataclass(frozen=True)
class State:
    """A sine task (also outside of what was trained), and how many of its pairs have been read."""

    pairs: int = slider(5, 0, MOST, label="pairs read")
    amplitude: float = slider(3.0, 0.1, 10.0, step=0.1, label="amplitude")
    phase: float = slider(1.0, 0.0, 6.2, step=0.1, label="phase")
    alpha: float = slider(0.01, 0.0, 0.02, step=0.001, label="MAML: step size α")
    draw: int = 0

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """Pairs [pairs] × 2, the true curve, each learner's curve now, and its error by size."""

    state: State
    seen: tuple[Tensor, Tensor]
    truth: Tensor
    curves: dict[str, Tensor]
    sizes: list[int]
    errors: dict[str, Tensor]


@cache
def learners() -> dict[str, Params]:
    """The weights of all three."""
    return dict(zip(LEARNERS, weights_of(FILES), strict=True))


@lru_cache(maxsize=32)
def sequence(amplitude: float, phase: float, draw: int) -> tuple[Tensor, Tensor, Tensor]:
    """A task's 40 pairs, x and y, and its curve on the grid."""
    curve = Sinusoids(torch.tensor([amplitude]), torch.tensor([phase]))
    low, high = INPUT
    x = low + (high - low) * torch.rand(MOST, generator=seed(draw))
    y, truth = (curve(v[None, :, None])[0, :, 0] for v in (x, GRID))
    return x, y, truth


@lru_cache(maxsize=128)
def answers(name: str, task: tuple, alpha: float, sizes: tuple[int, ...]) -> dict[int, Tensor]:
    """A learner's curve after each of these numbers of pairs. `task` is what `sequence` takes."""
    (x, y, _), theta = sequence(*task), learners()[name]
    if name == "maml":
        rates = torch.full((len(sizes),), alpha)
        said = maml_curves(theta, x, y, GRID, first_of(list(sizes), MOST), rates)
    else:
        curve = black_box.curve if name == "rnn" else transformer_sinusoids
        said = curve(theta, x[None], y[None], GRID[None], sizes)[:, 0]
    return dict(zip(sizes, said, strict=True))


def between(pairs: int) -> tuple[int, ...]:
    """The sizes beside `pairs` that are not in `SIZES`: all of them cost as much as one."""
    return next((tuple(range(a + 1, b)) for a, b in pairwise(SIZES) if a < pairs < b), ())


def curves_of(state: State, name: str) -> dict[int, Tensor]:
    """What one learner says after each of `SIZES` pairs, and after those that have been read."""
    task = state.amplitude, state.phase, state.draw
    alpha = state.alpha if name == "maml" else 0.0  # the others have none
    known = answers(name, task, alpha, tuple(SIZES))
    if state.pairs in known:
        return known
    return known | answers(name, task, alpha, between(state.pairs))


def ahead(state: State) -> Iterator:
    """What `compute(state)` needs, a learner at a time."""
    for name in LEARNERS:
        yield curves_of(state, name)


def compute(state: State) -> Data:
    """Each learner's curves after 0 … 40 pairs of one sequence, and its mean squared errors."""
    x, y, truth = sequence(state.amplitude, state.phase, state.draw)
    sizes = sorted({*SIZES, state.pairs})
    curves, errors = {}, {}
    for name in LEARNERS:
        known = curves_of(state, name)
        errors[name] = (torch.stack([known[k] for k in sizes]) - truth).square().mean(-1)
        curves[name] = known[state.pairs]
    seen = x[: state.pairs], y[: state.pairs]
    return Data(state, seen, truth, curves, sizes, errors)


def _bounded(y: Tensor) -> Tensor:
    return torch.where(y.abs() < 2 * HEIGHT, y, torch.nan)


def _curves(data: Data) -> Panel:
    marks = [Line(GRID, data.truth, "truth", label="task", width=3, alpha=0.55)]
    for name, (words, colour) in LEARNERS.items():
        marks.append(Line(GRID, _bounded(data.curves[name]), colour, label=words, width=2.5))
    marks.append(Points(*data.seen, "support", label="pairs read", size=8))
    title = f"After {counted(data.state.pairs, 'pair')}"
    return Panel(marks, INPUT, (-HEIGHT, HEIGHT), title, "x", "y")


def _errors(data: Data) -> Panel:
    length = black_box.LENGTH
    marks = [
        Line([length, length], [1e-3, 1e3], "muted", dash=True, width=1.2),
        Text(length + 0.5, 3e2, "longest in training", "muted"),
    ]
    for name, (words, colour) in LEARNERS.items():
        shown = data.errors[name].nan_to_num(1e3, 1e3).clamp(1e-3, 1e3)
        here = data.sizes.index(data.state.pairs)
        marks.append(Line(data.sizes, shown, colour, label=words))
        marks.append(Points([data.state.pairs], shown[here : here + 1], colour, size=9))
    ticks = [(k, str(k)) for k in range(0, MOST + 1, 10)]
    return Panel(
        marks, (-0.5, MOST + 0.5), (1e-3, 1e3), "Error on the whole curve", "pairs read",
        "mean squared error", ylog=True, xticks=ticks,
    )  # fmt: skip


def draw(data: Data) -> Scene:
    """The curves after the pairs read so far, and the errors for all numbers of pairs."""
    here = data.sizes.index(data.state.pairs)
    ends = {name: error_in_words(error[here].item()) for name, error in data.errors.items()}
    low, high = AMPLITUDE
    outside = not low <= data.state.amplitude <= high or data.state.phase > torch.pi
    status = (
        f"After {counted(data.state.pairs, 'pair')}: error of the recurrent net {ends['rnn']}, "
        f"of the transformer {ends['transformer']}, of MAML with {STEPS} steps {ends['maml']}. "
        + ("None met such a task in training." if outside else "Such tasks were trained on.")
    )
    alt = (
        "Left: a sine, the pairs read so far, and the curves that a recurrent net, a transformer "
        "and MAML make of them. Right: their errors as more pairs are read. " + status
    )
    return Scene([[_curves(data), _errors(data)]], alt, status, [360])


W13 = Widget(
    "W13", "A network that learns while it reads", State, compute, draw,
    buttons={"New pairs": lambda s: replace(s, draw=s.draw + 1)}, ahead=ahead,
)  # fmt: skip
