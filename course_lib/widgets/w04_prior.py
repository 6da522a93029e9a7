"""W4: learn a prior from a few tasks, and see when the tasks were too few (notebook 03).

The outer loop f is gradient descent on the meta-train loss from m = 0, with the strength λ held
where the reader put it. Its path is known in closed form, so every slider answers at once.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.scenes.scene import Band, Line, Panel, Points, Scene
from course_lib.scenes.words import counted
from course_lib.supervised.priors import (
    CURVES,
    Bowl,
    bowls,
    descend,
    features,
    learn,
    sample_tasks,
)
from course_lib.widgets.core import Widget, check_sliders, slider

MOST_TASKS, MOST_SHOTS, NUM_QUERIES = 64, 12, 10
REDRAWS = 8  # sets of meta-train tasks, for the spread; the first is the one shown
META_TEST_TASKS = 200
LR = 0.1
MOST_STEPS = 300
SIZES = (1, 2, 4, 8, 16, 32, 64)
GRID = torch.linspace(-math.pi, math.pi, 121, dtype=torch.float64)
STEPS = torch.tensor([*range(0, 20), *range(20, 61, 5), *range(75, 301, 15)], dtype=torch.float64)


@dataclass(frozen=True)
class State:
    """What the reader sets: how many tasks, how many examples, how strong, how long."""

    num_tasks: int = slider(8, 1, MOST_TASKS, label="meta-train tasks")
    shots: int = slider(4, 1, MOST_SHOTS, label="shots k")
    log_strength: float = slider(-0.35, -2.0, 2.0, step=0.05, label="log₁₀ of the strength λ")
    steps: int = slider(100, 0, MOST_STEPS, step=5, label="outer steps of f")
    seed: int = 0
    task: int = 0

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """Curves on GRID, and losses against outer steps and against the number of tasks."""

    state: State
    seen: tuple[Tensor, Tensor]  # all examples of the meta-train tasks
    support: tuple[Tensor, Tensor]  # of the meta-test task that is drawn
    query: tuple[Tensor, Tensor]
    curves: dict[str, Tensor]
    path: dict[str, Tensor]  # "meta-train", "meta-test": loss after each of STEPS
    sizes: dict[str, Tensor]  # the same after the chosen steps: [len(SIZES), REDRAWS]
    now: dict[str, float]


@lru_cache(maxsize=4)
def pool(seed: int) -> tuple:
    """All tasks of one seed: REDRAWS sets of meta-train tasks, then the meta-test tasks."""
    gen = torch.Generator().manual_seed(seed)
    counts = {"num_shots": MOST_SHOTS, "num_queries": NUM_QUERIES}
    meta_test = sample_tasks(
        CURVES, META_TEST_TASKS, gen=torch.Generator().manual_seed(7), **counts
    )
    return sample_tasks(CURVES, REDRAWS * MOST_TASKS, gen=gen, **counts), meta_test


def with_shots(tasks: tuple, shots: int) -> tuple:
    """The same tasks with only their first `shots` support examples."""
    (xs, ys), query = tasks
    return (xs[:, :shots], ys[:, :shots]), query


@lru_cache(maxsize=16)
def all_bowls(seed: int, shots: int, strength: float) -> tuple[Bowl, Bowl]:
    """The loss of each meta-train task [REDRAWS, MOST_TASKS], and the meta-test loss."""
    meta_train, meta_test = (bowls(with_shots(tasks, shots), strength) for tasks in pool(seed))
    each = Bowl(*(a.unflatten(0, (REDRAWS, MOST_TASKS)) for a in meta_train))
    return each, Bowl(*(a.mean(0) for a in meta_test))


def compute(state: State) -> Data:
    """The prior that f learns from these tasks, and how well it serves tasks it has not seen."""
    strength = 10**state.log_strength
    meta_train, meta_test = (with_shots(tasks, state.shots) for tasks in pool(state.seed))
    each, test = all_bowls(state.seed, state.shots, strength)
    chosen = Bowl(*(a[0, : state.num_tasks].mean(0) for a in each))
    means = descend(chosen, STEPS, lr=LR)
    here = torch.tensor([state.steps], dtype=torch.float64)
    mean = descend(chosen, here, lr=LR)[0]
    by_size = Bowl(*(torch.stack([a[:, :n].mean(1) for n in SIZES]) for a in each))
    ends = descend(by_size, here, lr=LR)[0]

    theta = {"mean": mean, "log_strength": torch.tensor(math.log(strength), dtype=mean.dtype)}
    zero = {**theta, "mean": torch.zeros_like(mean)}
    support, query = ((x[state.task], y[state.task]) for x, y in meta_test)
    psi = features(GRID)
    first = [torch.cat([a, b], 1)[: state.num_tasks] for a, b in zip(*meta_train, strict=True)]
    return Data(
        state=state,
        seen=(first[0].flatten(), first[1].flatten()),
        support=support,
        query=query,
        curves={
            "mean": psi @ mean,
            "truth": psi @ CURVES.mean,
            "adapted": psi @ learn(theta, support),
            "m = 0": psi @ learn(zero, support),
        },
        path={"meta-train": chosen(means), "meta-test": test(means)},
        sizes={"meta-train": by_size(ends), "meta-test": test(ends)},
        now={
            "meta-train": chosen(mean).item(),
            "meta-test": test(mean).item(),
            "m = 0": test.e.item(),
            "m = μ": test(CURVES.mean).item(),
        },
    )


X_TICKS = [(-math.pi, "−π"), (-math.pi / 2, "−π/2"), (0, "0"), (math.pi / 2, "π/2"), (math.pi, "π")]


def curve_panel(marks: list, title: str) -> Panel:
    """Axes for curves: inputs −π…π, and room for nearly every curve of the family."""
    return Panel(marks, (-math.pi, math.pi), (-5, 5), title, "x", "y", xticks=X_TICKS)


def seen_panel(data: Data) -> Panel:
    """What f saw, and the mean that it made of it."""
    marks = [
        Points(*data.seen, color="meta_train", size=3, alpha=0.5, label="examples"),
        Line(GRID, data.curves["truth"], color="truth", dash=True, label="true mean μ"),
        Line(GRID, data.curves["mean"], color="theta", width=3, label="learned mean m"),
    ]
    return curve_panel(marks, "What f saw and learned")


def task_panel(data: Data) -> Panel:
    """One meta-test task: what its few examples say with and without the learned prior."""
    marks = [
        Line(GRID, data.curves["m = 0"], color="muted", dash=True, label="φ, m = 0"),
        Line(GRID, data.curves["adapted"], color="adapted", width=3, label="φ, learned m"),
        Points(*data.query, color="query", size=4, shape="ring", label="query"),
        Points(*data.support, color="support", size=6, label="support"),
    ]
    return curve_panel(marks, "A task that f never saw")


LOSS_RANGE = (0.03, 10.0)
LOSS_TICKS = [(0.1, "0.1"), (0.3, "0.3"), (1, "1"), (3, "3"), (10, "10")]
COLOR = {"meta-train": "meta_train", "meta-test": "meta_test"}


def visible(losses: Tensor) -> Tensor:
    """Losses pushed to the rim of the panel where they would leave it."""
    return losses.clamp(*LOSS_RANGE)


def floor(data: Data, xlim: tuple[float, float]) -> Line:
    """The meta-test loss with the true mean: no learned m can expect to do better."""
    y = visible(torch.full((2,), data.now["m = μ"]))
    return Line(xlim, y, color="truth", dash=True, width=1.5, label="m = μ")


def path_panel(data: Data) -> Panel:
    """Both losses along the outer loop; a gap that opens is meta-overfitting."""
    xlim = (0, MOST_STEPS)
    marks = [floor(data, xlim)]
    for name, losses in data.path.items():
        marks.append(Line(STEPS, visible(losses), color=COLOR[name], label=name))
        now = visible(torch.tensor([data.now[name]]))
        marks.append(Points([data.state.steps], now, color=COLOR[name]))
    title = "Loss while f works"
    return Panel(
        marks, xlim, LOSS_RANGE, title, "outer steps", "mean loss over tasks", ylog=True,
        yticks=LOSS_TICKS,
    )  # fmt: skip


def sizes_panel(data: Data) -> Panel:
    """Both losses against the number of meta-train tasks, with the spread over redraws."""
    xlim = (0.9, 72)
    marks = [floor(data, xlim)]
    for name, losses in data.sizes.items():
        shown = visible(losses)
        low, high = shown.min(1).values, shown.max(1).values
        marks.append(Band(SIZES, low, high, color=COLOR[name]))
        marks.append(Line(SIZES, shown.mean(1), color=COLOR[name], label=name))
        now = visible(torch.tensor([data.now[name]]))
        marks.append(Points([data.state.num_tasks], now, color=COLOR[name]))
    return Panel(
        marks, xlim, LOSS_RANGE, f"More tasks (band: {REDRAWS} redraws)", "meta-train tasks",
        "mean loss over tasks", xlog=True, ylog=True, xticks=[(n, str(n)) for n in SIZES],
        yticks=LOSS_TICKS,
    )  # fmt: skip


def draw(data: Data) -> Scene:
    """Four panels: what f saw, what it is good for, and how both losses move."""
    now, state = data.now, data.state
    numbers = (
        f"meta-train loss {now['meta-train']:.2f} · meta-test loss {now['meta-test']:.2f} "
        f"(with m = 0 {now['m = 0']:.2f}, with m = μ {now['m = μ']:.2f})"
    )
    return Scene(
        rows=[[seen_panel(data), task_panel(data)], [path_panel(data), sizes_panel(data)]],
        heights=(290, 270),
        status=f"λ = {10**state.log_strength:.3g} · {numbers}",
        alt=(
            "Curves and losses after meta-learning a prior mean from "
            f"{counted(state.num_tasks, 'task')} with {counted(state.shots, 'support example')} "
            f"each: {numbers}."
        ),
    )


W4 = Widget(
    "W4",
    "Learn a prior",
    State,
    compute,
    draw,
    buttons={
        "New meta-train tasks": lambda state: replace(state, seed=state.seed + 1),
        "Another meta-test task": lambda state: replace(
            state, task=(state.task + 1) % META_TEST_TASKS
        ),
    },
)
