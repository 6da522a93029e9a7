"""The talk's drawn pictures: RL²'s two speeds, its trial of episodes, and MAML in the plane."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from course_lib.maml import plane
from course_lib.maml.multistep import compare
from course_lib.scenes.scene import CLASS_COLORS, COLORS, Image
from course_lib.slides.figures import FONT
from course_lib.widgets import w07_curvature

LETTERS = FONT["font.size"]
PLACES = ((2.4, 1.7), (3.0, -1.9), (-1.6, -2.2))  # the optima of three tasks in the plane
BEGIN = (-3.6, 1.9)  # where θ stands before it has learned
TWO_SPEEDS = (
    "An agent sends actions to the world of one task and gets states, rewards, ends of episodes; "
    "its memory changes at every step, its weights only by TRPO, after many trials."
)
TRIAL = (
    "Memories in a row through two episodes of a trial: each step reads a state, the last action "
    "and reward, and d, which is 1 after an episode's end. Before the second trial it is emptied."
)
IN_THE_PLANE = (
    "The path of θ in a plane to a point amid three tasks; from there an arrow for one inner step "
    "of each task, and a dashed line on to its optimum."
)
CURVATURE = (
    "Three maps of a valley with two arrows from θ: with a small step size they nearly agree, "
    "with larger ones the exact arrow turns away from the first-order one."
)
LOW = "₀₁₂₃₄₅₆₇₈₉"


@dataclass(frozen=True)
class Step:
    """One step of RL²: its place, what the agent reads, and whether its memory is fresh."""

    trial: int
    episode: int
    time: int  # counted from 0 within the trial
    state: int  # counted from 0 within the episode
    done: bool  # d: whether the last step ended an episode
    fresh: bool  # the memory was emptied just before


def steps_of(trials: Sequence[Sequence[int]]) -> list[Step]:
    """The steps of trials that are given by the lengths of their episodes, in order.

    d is 1 in the first step after an episode; the memory is fresh in the first step of a trial.
    """
    found = []
    for trial, lengths in enumerate(trials):
        time = 0
        for episode, length in enumerate(lengths):
            for state in range(length):
                found.append(Step(trial, episode, time, state, state == 0 < time, time == 0))
                time += 1
    return found


def trial_picture(trials: Sequence[Sequence[int]] = ((3, 2), (2,))) -> Figure:
    """RL²'s Figure 1: episodes in trials, what is read at each step, an emptied memory."""
    fig, ax = plt.subplots(figsize=(12, 5.3))
    steps, tones = steps_of(trials), ("theta", "query")
    x, places = 0.0, []
    for i, step in enumerate(steps):
        x += (1.05 if step.fresh else 0.35 if step.state == 0 else 0.0) if i else 0.0
        places.append(x)
        x += 1.62
    for step, x, following in zip(steps, places, [*steps[1:], None], strict=True):
        tone, middle = COLORS[tones[step.trial % 2]], x + 0.5
        _box(ax, (x, 0), (1.0, 0.9), tone, f"h{LOW[step.time]}")
        _arrow(ax, (middle, 0.95), (middle, 1.5))
        ax.text(middle, 1.75, f"a{LOW[step.time]}", ha="center", va="center")
        _arrow(ax, (middle, -0.6), (middle, -0.05))
        ax.text(middle, -0.88, f"s{LOW[step.state]}", ha="center", va="center")
        last = LOW[step.time - 1]
        told = "nothing yet" if step.fresh else f"a{last} r{last}"
        ax.text(middle, -1.48, told, ha="center", va="center", color=COLORS["muted"])
        ends = {"color": COLORS["bad"], "weight": "bold"} if step.done else {}
        ax.text(middle, -2.08, f"d = {int(step.done)}", ha="center", va="center", **ends)
        if following and not following.fresh:
            later = places[steps.index(following)]
            _arrow(ax, (x + 1.02, 0.45), (later - 0.02, 0.45), tone)
    _spans(ax, steps, places, tones)
    for i, step in enumerate(steps):
        if step.fresh and i:
            middle = (places[i - 1] + 1 + places[i]) / 2
            ax.plot([middle] * 2, [-2.3, 2.3], "--", lw=2.5, color=COLORS["bad"])
            ax.text(middle, 2.65, "memory emptied", color=COLORS["bad"], ha="center", va="center")
    ax.set(xlim=(-0.35, places[-1] + 1.35), ylim=(-3.5, 3.0))
    ax.set_axis_off()
    return fig


def _spans(ax: Axes, steps: list[Step], places: list[float], tones: Sequence[str]) -> None:
    """A shade behind each episode, and a line with a name under each trial."""
    for trial in dict.fromkeys(step.trial for step in steps):
        tone, mine = COLORS[tones[trial % 2]], []
        for episode in dict.fromkeys(s.episode for s in steps if s.trial == trial):
            where = [
                x for s, x in zip(steps, places, strict=True)
                if (s.trial, s.episode) == (trial, episode)
            ]  # fmt: skip
            left, right = where[0] - 0.16, where[-1] + 1.16
            mine += [left, right]
            look = {"fc": tone, "alpha": 0.1, "ec": "none"}
            ax.add_patch(Rectangle((left, -2.4), right - left, 4.5, zorder=0, **look))
            words = f"episode {episode + 1}"
            ax.text((left + right) / 2, 2.35, words, ha="center", va="center", color=tone)
        ax.plot([min(mine), max(mine)], [-2.75] * 2, lw=5, color=tone, solid_capstyle="butt")
        words = f"trial {trial + 1}: {'one task' if trial == 0 else 'another task'}"
        ax.text((min(mine) + max(mine)) / 2, -3.15, words, ha="center", va="center", color=tone)


def two_speeds() -> Figure:
    """RL²'s model: an agent with a memory acts in a task, and f moves its weights slowly."""
    fig, ax = plt.subplots(figsize=(12, 5.3))
    theta, world, fast = COLORS["theta"], COLORS["query"], COLORS["adapted"]
    _box(ax, (0, 0.6), (3.4, 2.2), world, "the world\nof one task T")
    _box(ax, (6.6, 0.1), (5.2, 3.2), theta, "")
    ax.text(9.2, 2.85, "A_θ: a recurrent network".replace("A_θ", "$A_θ$"), ha="center", va="center")
    _box(ax, (8.0, 0.6), (2.4, 1.2), fast, "memory $h$")
    _arrow(ax, (6.5, 2.3), (3.5, 2.3))
    ax.text(5.0, 2.62, "action a", ha="center", va="center")
    _arrow(ax, (3.5, 1.1), (6.5, 1.1))
    ax.text(5.0, 0.75, "s, reward r,\nend d", ha="center", va="top")
    loop = FancyArrowPatch(
        (10.5, 0.8), (10.5, 1.6), connectionstyle="arc3,rad=1.6", arrowstyle="-|>",
        mutation_scale=22, lw=3, color=fast,
    )  # fmt: skip
    ax.add_patch(loop)
    ax.text(9.2, -0.55, "fast: at every step", ha="center", va="center", color=fast, weight="bold")
    _box(ax, (6.6, 4.35), (5.2, 0.95), theta, "$f$: TRPO moves the weights θ")
    _arrow(ax, (9.2, 4.3), (9.2, 3.4), theta)
    words = "slow: after many trials,\nin many tasks"
    ax.text(6.4, 4.82, words, ha="right", va="center", color=theta, weight="bold")
    ax.set(xlim=(-0.1, 11.9), ylim=(-0.95, 5.4))
    ax.set_axis_off()
    return fig


def maml_in_the_plane(lr: float = 0.5, narrow: float = 2.5, turn: float = 70.0) -> Figure:
    """MAML's Figure 1, computed: the path of θ, one inner step of each task, and their optima.

    Three quadratic tasks over two weights (`plane.valleys`). θ goes by the exact meta-gradient for
    one inner step; thin lines are the inner steps that would follow.
    """
    tasks = plane.valleys(PLACES, narrow=narrow, turn=turn)
    begin = torch.tensor(BEGIN, dtype=torch.float64)
    path = plane.outer_path(tasks, begin, "exact", lr=lr, steps=1)
    theta = path[-1]
    inner = plane.inner_paths(tasks, theta, lr=lr, steps=60)
    fig, ax = plt.subplots(figsize=(12, 5.3))
    ax.plot(*path.T, "o-", color=COLORS["theta"], lw=4, ms=8, zorder=2)
    ax.plot(*begin, "o", color=COLORS["theta"], ms=10)
    ax.plot(*theta, "o", color=COLORS["theta"], ms=17, zorder=6)
    ax.text(theta[0] - 0.1, theta[1] + 0.42, "θ", color=COLORS["theta"], ha="center", size=26)
    ax.text(begin[0], begin[1] - 0.45, "θ at first", color=COLORS["theta"], ha="center")
    for t, steps in enumerate(inner):
        tone, mark = CLASS_COLORS[t], LOW[t + 1]
        ax.plot(*steps.T, "--", color=tone, lw=2, zorder=3)
        look = {"arrowstyle": "-|>", "lw": 4, "color": tone, "shrinkA": 8, "shrinkB": 0}
        ax.annotate("", steps[1], steps[0], arrowprops={**look, "mutation_scale": 24}, zorder=5)
        ax.plot(*tasks.centers[t], "^", color=tone, ms=15, zorder=4)
        x, y = tasks.centers[t].tolist()
        ax.text(x + 0.2, y, f"best for task {t + 1}", color=tone, va="center")
        others = [other[1] for i, other in enumerate(inner) if i != t]
        _beside(ax, steps, sum(others) / len(others), f"−α∇L{mark}", tone)
    ax.set(xlim=(-4.3, 5.6), ylim=(-2.6, 2.4))
    ax.set_aspect("equal")
    ax.set_axis_off()
    return fig


def curvature(alphas: Sequence[float] = (0.06, 0.3, 0.54)) -> Figure:
    """W7's map at some step sizes: the exact and the first-order way to move θ, one inner step."""
    fig, axes = plt.subplots(1, len(alphas), figsize=(12, 4.9))
    side = w07_curvature.SIDE
    for ax, alpha in zip(axes, alphas, strict=True):
        data = w07_curvature.compute(w07_curvature.State(alpha=alpha, theta=(0.4, 1.0)))
        (panel,) = w07_curvature.draw(data).rows[0][:1]
        picture = next(mark for mark in panel.marks if isinstance(mark, Image))
        ax.imshow(picture.pixels, extent=(-side, side, -side, side))
        theta, q = data.path[0].tolist(), data.state.optimum
        for name, role in (("first_order", "first_order"), ("exact", "maml")):
            way = -getattr(data, name)
            tip = (data.path[0] + 2.6 * way / way.norm()).tolist()
            _arrow(ax, theta, tip, COLORS[role], 6)
        ax.plot(*theta, "o", color=COLORS["theta"], ms=14)
        ax.text(theta[0] + 0.3, theta[1] + 0.35, "θ", color=COLORS["theta"])
        ax.plot(*q, "s", color=COLORS["query"], ms=13)
        ax.text(q[0] + 0.45, q[1], "best for\nthe query", color=COLORS["query"], va="center")
        apart = compare(data.first_order, data.exact).degrees
        ax.set_title(f"α = {alpha:g}: {apart:.0f}° apart", loc="center")
        ax.set(xticks=[], yticks=[], xlim=(-side, side), ylim=(-side, side))
        ax.grid(False)
    for role, words in (("first_order", "first order"), ("maml", "exact")):
        axes[0].plot([], [], lw=6, color=COLORS[role], label=words)
    fig.legend(loc="outside upper center", ncol=2)
    return fig


def _beside(ax: Axes, steps: torch.Tensor, rest: torch.Tensor, words: str, tone: str) -> None:
    """Words beside the first of the steps, on the side that is turned away from `rest`."""
    way = steps[1] - steps[0]
    aside = torch.stack([-way[1], way[0]]) / way.norm()
    aside = aside if aside @ (steps[1] - rest) > 0 else -aside
    x, y = (steps[0] + 0.75 * way + 0.3 * aside).tolist()
    ax.text(x, y, words, color=tone, ha="right" if aside[0] < 0 else "left", va="center")


def _box(ax: Axes, corner: tuple, size: tuple, tone: str, words: str) -> None:
    """A rounded box with words in its middle."""
    shape = "round,pad=0,rounding_size=0.12"
    for look in ({"fc": tone, "alpha": 0.2, "ec": "none"}, {"fc": "none", "ec": tone, "lw": 2.5}):
        ax.add_patch(FancyBboxPatch(corner, *size, boxstyle=shape, **look))
    middle = corner[0] + size[0] / 2, corner[1] + size[1] / 2
    ax.text(*middle, words, ha="center", va="center", size=LETTERS + 2)


def _arrow(
    ax: Axes, start: Sequence, end: Sequence, tone: str = COLORS["ink"], wide: float = 2.5
) -> None:
    """A straight arrow."""
    look = {"arrowstyle": "-|>", "lw": wide, "color": tone, "mutation_scale": 15 + 2 * wide}
    ax.annotate("", end, start, arrowprops={**look, "shrinkA": 0, "shrinkB": 0})
