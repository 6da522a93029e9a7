"""Tables of results as pictures: a line for each system, a ring or dot for each number.

Ours are dots and rings in the colour of θ, the papers' are black. In the bandits' pictures a full
dot is the best of its row in the paper's table, or not significantly behind the best.
"""

import math
from collections.abc import Mapping, Sequence

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib import results
from course_lib.few_shot import rival_rows
from course_lib.ground.stats import Z95, half_width
from course_lib.results import papers
from course_lib.scenes import families
from course_lib.scenes.scene import COLORS
from course_lib.slides import tables

ONE_SIDED = 1.645  # a normal number is above this in 5 of 100 cases
PAPER, OURS = 0.18, -0.18  # how far the two numbers of a line stand below and above it
BANDITS = (
    "For 5, 10 and 50 arms the mean total reward of eight players, the paper's and ours, and the "
    "ceiling that nobody can exceed on average."
)
OMNIGLOT = (
    "Right answers of each system with 1 and with 5 shots: the paper's numbers and ours, and below "
    "them the nearest picture in pixels."
)
PHOTOS = "Right answers on photographs of six systems with their intervals: MAML's two are highest."
FIRST_ORDER = "Right answers of MAML and of its first-order form: the gap grows with the ways."
RIVALS = "Right answers of eleven systems at 5 and at 20 ways, coloured by what changes in a task."
SYSTEMS = {
    "nearest-pixels": "nearest in pixels", "nearest-features": "nearest in features",
    "statistician": "neural statistician", "siamese": "Siamese nets", "matching": "matching nets",
    "prototypical": "prototypical nets", "mann": "MANN", "memory-module": "memory module",
    "fine-tuning": "fine-tuning", "lstm": "meta-learner LSTM", "maml": "MAML",
}  # fmt: skip
ERRORS = (50, 10, 2, 0.5)  # % wrong that have a tick
WORST, LEAST = 92, 0.08  # the axis of right answers, by its errors in %


def not_behind(means: Mapping[str, float], errors: Mapping[str, float]) -> set[str]:
    """Who has the highest mean, and who is not significantly behind: one-sided test, p = 0.05.

    `errors` are the standard errors of the means, which count as independent and normal.
    """
    best = max(means, key=means.get)
    return {
        name
        for name, mean in means.items()
        if name == best or means[best] - mean < ONE_SIDED * math.hypot(errors[name], errors[best])
    }


def best_players(num_pulls: int, num_arms: int, whose: str = "paper") -> set[str]:
    """The players that RL²'s Table 1 highlights in a row by its rule, or ours by the same rule.

    Table 1 prints no errors. So `whose="paper"` takes the spread of our own totals and its number
    of instances; `whose="mean"` takes our means and their own errors, with our trainings' luck.
    """
    rows = [r for r in results.load("bandits")["rows"] if (r["n"], r["k"]) == (num_pulls, num_arms)]
    error = {
        "paper": lambda r: r["paper_se"],
        "mean": lambda r: half_width(r) / Z95,
    }[whose]
    found = {r["player"]: r for r in rows if r["player"] in tables.PLAYERS}
    errors = {name: error(r) for name, r in found.items()}
    return not_behind({name: r[whose] for name, r in found.items()}, errors)


def bandits(num_pulls: int) -> Figure:
    """RL²'s Table 1 for trials of `num_pulls`, a panel for each number of arms: theirs and ours."""
    rows = {
        (r["k"], r["player"]): r for r in results.load("bandits")["rows"] if r["n"] == num_pulls
    }
    fig, axes = plt.subplots(1, 3, figsize=(12, 5.3), sharey=True)
    for ax, k in zip(axes, sorted({k for k, _ in rows}), strict=True):
        full = {whose: best_players(num_pulls, k, whose) for whose in ("paper", "mean")}
        for place, name in enumerate(tables.PLAYERS):
            r = rows[k, name]
            _dot(ax, place + PAPER, r["paper"], 0, "ink", name in full["paper"])
            _dot(ax, place + OURS, r["mean"], half_width(r), "theta", name in full["mean"])
        ceiling = r["ceiling"]
        ax.axvline(ceiling, ls="--", color=COLORS["good"])
        ax.text(ceiling, -0.95, "ceiling ", color=COLORS["good"], ha="right", va="center")
        ax.set_title(f"{k} arms", loc="center")
    _lines(axes[0], list(tables.PLAYERS.values()), top=-1.4)
    axes[1].set_xlabel(f"mean total reward of {num_pulls} pulls")
    _key(fig, axes[0], "full: best, or not significantly behind")
    return fig


def omniglot(ways: int) -> Figure:
    """MAML's Omniglot table at `ways` ways: for 1 and 5 shots the paper's numbers, and ours."""
    rows = [r for r in papers.rows("omniglot") if r[f"{ways}w1s"] or r[f"{ways}w5s"]]
    fig, axes = plt.subplots(1, 2, figsize=(12, 5.3), sharey=True)
    for ax, shots in zip(axes, (1, 5), strict=True):
        for place, r in enumerate(rows):
            _right(ax, place + PAPER, r[f"{ways}w{shots}s"], "ink", "bold" in r)
            _right(ax, place + OURS, tables.ours(r["method"], ways, shots), "theta", True)
        pixels = tables.few_shot("nearest neighbour", ways, shots, "none")
        _right(ax, len(rows) + OURS, pixels, "theta", True)
        ax.set(xscale="log", xlim=(WORST, LEAST), xlabel="right answers in %")
        ax.set_xticks(ERRORS, [f"{100 - e:g}" for e in ERRORS])
        ax.minorticks_off()
        ax.set_title(f"{ways}-way {shots}-shot", loc="center")
    _lines(axes[0], [*(r["system"] for r in rows), "nearest in pixels"])
    _key(fig, axes[0], "full black: bold in the paper's table")
    return fig


def mini_imagenet() -> Figure:
    """The mini-ImageNet table: the paper's numbers with their intervals."""
    rows = papers.rows("mini-imagenet")
    fig, axes = plt.subplots(1, 2, figsize=(12, 4.9), sharey=True)
    for ax, shots in zip(axes, (1, 5), strict=True):
        for place, r in enumerate(rows):
            number, half = r[f"5w{shots}s"]
            _dot(ax, place, number, half, "ink", "bold" in r)
            ax.text(number, place - 0.42, f"{number:.1f}", ha="center", va="center")
        ax.set(xlim=(20, 70), xlabel="right answers in %")
        ax.axvline(100 / 5, color=COLORS["muted"], ls="--")
        ax.set_title(f"5-way {shots}-shot", loc="center")
    axes[0].plot([], [], "o", color=COLORS["ink"], label="full: bold in the paper's table")
    fig.legend(loc="outside upper center", handletextpad=0.2)
    _lines(axes[0], [r["system"] for r in rows], top=-0.75)
    return fig


def first_order() -> Figure:
    """MAML against its first-order form at 2, 5 and 20 ways, 1 shot, ours on Omniglot."""
    fig, ax = plt.subplots(figsize=(12, 4.6))
    for place, ways in enumerate((2, 5, 20)):
        full, first = (tables.few_shot(m, ways, 1) for m in ("maml", "maml-first-order"))
        ax.plot([first[0], full[0]], [place, place], lw=3, color=COLORS["muted"])
        for (mean, half), role, side in ((full, "maml", 1), (first, "first_order", -1)):
            _dot(ax, place, mean, half, role, True)
            look = {"ha": "left" if side > 0 else "right", "va": "center"}
            ax.text(mean + side * (half + 0.8), place, f"{mean:.1f}", **look)
        gap = f"{full[0] - first[0]:.1f} points"
        ax.text((full[0] + first[0]) / 2, place + 0.27, gap, ha="center", va="center")
    for role, words in (("maml", "MAML"), ("first_order", "first order")):
        ax.plot([], [], "o", color=COLORS[role], label=words)
    fig.legend(loc="outside upper center", ncol=2, handletextpad=0.2)
    ax.set(xlim=(40, 108), xlabel="right answers in %")
    _lines(ax, [f"{ways}-way 1-shot" for ways in (2, 5, 20)])
    return fig


def rivals() -> Figure:
    """The systems of notebook 07 at equal minutes on Omniglot, 1 shot, by family and accuracy."""
    found = {name: rival_rows.row(name, 5, 1) for name in SYSTEMS}
    order = sorted(found, key=lambda name: -found[name]["accuracy"])
    fig, axes = plt.subplots(1, 2, figsize=(12, 5.4), sharey=True)
    for ax, ways in zip(axes, (5, 20), strict=True):
        for place, name in enumerate(order):
            r = rival_rows.row(name, ways, 1)
            role = families.COLORS[r["family"]]
            _dot(ax, place, r["accuracy"], r["ci"], role, True)
        ax.set(xlim=(0, 103), xlabel="right answers in %")
        ax.axvline(100 / ways, color=COLORS["muted"], ls="--")
        ax.set_title(f"{ways}-way 1-shot", loc="center")
    for family, words in families.TITLES.items():
        axes[0].plot([], [], "o", color=COLORS[families.COLORS[family]], label=words)
    fig.legend(loc="outside upper center", ncol=4, handletextpad=0.2)
    _lines(axes[0], [SYSTEMS[name] for name in order])
    return fig


def _dot(ax: Axes, place: float, number: float, half: float, role: str, full: bool) -> None:
    """A number with its interval at a height; a ring unless `full`."""
    look = {"color": COLORS[role], "mfc": COLORS[role] if full else "white", "mew": 2.5, "ms": 11}
    ax.errorbar(number, place, xerr=half or None, fmt="o", capsize=4, elinewidth=2.5, **look)


def _right(ax: Axes, place: float, cell: Sequence[float] | None, role: str, full: bool) -> None:
    """Right answers in %, drawn by the wrong ones; an interval that reaches 0 ends at the edge."""
    if cell is None:
        return
    wrong, half = 100 - cell[0], (*cell, 0)[1]
    low = max(wrong - half, LEAST)
    _dot(ax, place, wrong, 0, role, full)
    ax.plot([low, wrong + half], [place, place], lw=2.5, color=COLORS[role])


def _lines(ax: Axes, names: Sequence[str], top: float = -0.6) -> None:
    """A line for each name, the first at the top."""
    ax.set(ylim=(len(names) - 0.4, top))
    ax.set_yticks(range(len(names)), names)


def _key(fig: Figure, ax: Axes, words: str) -> None:
    """What the colours mean, and `words` on what full dots mean, above the panels."""
    for role, name in (("ink", "the paper's"), ("theta", "ours")):
        ax.plot([], [], "o", color=COLORS[role], label=name)
    ax.plot([], [], " ", label=words)
    fig.legend(loc="outside upper center", ncol=3, handletextpad=0.2, columnspacing=1.5)
