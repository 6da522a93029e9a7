"""W14: play a bandit, then see what RL², Gittins, UCB1, Thompson and the optimum do with it
(notebook 09)."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import NamedTuple

import torch

from course_lib.ground.device import seed
from course_lib.rl2.bandits import players
from course_lib.rl2.bandits.players import Player, Plays
from course_lib.scenes.scene import Line, Panel, Points, Rect, Scene, Text
from course_lib.tasks.bandits import Coins, sample_means, toss
from course_lib.training.loop import load_checkpoint
from course_lib.widgets.core import Widget, check_sliders, choice

COLOURS = {
    "you": "ink", "RL²": "theta", "optimum": "good", "Gittins": "query", "UCB1": "support",
    "Thompson": "pretrained",
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """A bandit, and the arms that the reader has pulled so far."""

    arms: int = choice(5, [5, 10], label="arms k", resets=["pulled"])
    pulls: int = choice(10, [5, 10], label="pulls n", resets=["pulled"])
    draw: int = 0
    pulled: tuple[int, ...] = ()

    def __post_init__(self):
        check_sliders(self)
        if len(self.pulled) > self.pulls or not all(0 <= a < self.arms for a in self.pulled):
            raise ValueError(
                f"There are {self.pulls} pulls of {self.arms} arms (0 … {self.arms - 1}); the "
                f"pulls made are {list(self.pulled)}."
            )


class Data(NamedTuple):
    """The bandit's means, the reader's pulls with their rewards, and everybody's plays."""

    state: State
    means: list[float]
    yours: list[tuple[int, int]]
    others: dict[str, Plays]


@cache
def cast(num_arms: int) -> dict[str, Player]:
    """Who plays besides the reader."""
    agent = load_checkpoint(f"bandit-10x{num_arms}")[0]
    return {
        "RL²": players.recurrent(agent),
        "optimum": players.optimal(),
        "Gittins": players.gittins(),
        "UCB1": players.ucb1(0.1),
        "Thompson": players.ts(),
    }


@lru_cache(maxsize=64)
def bandit(num_arms: int, pulls: int, draw: int) -> tuple[torch.Tensor, Coins]:
    """The arm means [1, arms], and every flip that anybody can meet."""
    gen = seed(1400 + draw)
    means = sample_means(1, num_arms, gen)
    return means, toss(means, pulls, gen)


@lru_cache(maxsize=64)
def plays(num_arms: int, pulls: int, draw: int) -> dict[str, Plays]:
    """What the others do on these flips."""
    means, coins = bandit(num_arms, pulls, draw)
    who = cast(num_arms)
    return {name: players.play(p, means, pulls, seed(1), coins) for name, p in who.items()}


def compute(state: State) -> Data:
    """The rewards of the reader's pulls; once all are made, the others' too."""
    means, coins = bandit(state.arms, state.pulls, state.draw)
    yours = []
    for t, arm in enumerate(state.pulled):
        earlier = state.pulled[:t].count(arm)
        yours.append((arm, int(coins.table[0, arm, earlier])))
    over = len(yours) == state.pulls
    others = plays(state.arms, state.pulls, state.draw) if over else {}
    return Data(state, means[0].tolist(), yours, others)


def key_of(arm: int) -> str:
    """The key that pulls an arm, and the name of its button: "1" … "9", and "0" for the tenth."""
    return str((arm + 1) % 10)


def _machine(data: Data) -> Panel:
    """The arms: a button each, with what it has paid so far, and its mean when all is over."""
    state, marks = data.state, []
    over = len(data.yours) == state.pulls
    top = max(4, *(sum(a == arm for a, _ in data.yours) for arm in range(state.arms))) + 1
    for arm in range(state.arms):
        click = "" if over else key_of(arm)
        marks.append(Rect(arm - 0.4, arm + 0.4, -1.6, -0.4, "query", 0.2, 1.5, click=click))
        marks.append(Text(arm, -1.0, str(arm + 1), "ink", 16, "center", True))
        paid = [reward for a, reward in data.yours if a == arm]
        for value, shape, colour in ((1, "o", "good"), (0, "ring", "muted")):
            heights = [i + 0.3 for i, reward in enumerate(paid) if reward == value]
            if heights:
                marks.append(Points([arm] * len(heights), heights, colour, 10, shape))
        if over:
            marks.append(Text(arm, -2.1, f"{data.means[arm]:.2f}", "muted", 13, "center"))
    left = state.pulls - len(data.yours)
    title = "All pulls made: the true means" if over else f"Pull an arm: {left} left"
    return Panel(marks, (-0.6, state.arms - 0.4), (-2.6, top), title, frame=False, width=1.1)


def _totals(data: Data) -> Panel:
    pulls = data.state.pulls
    runs = {name: p.rewards[0].tolist() for name, p in data.others.items()}
    runs["you"] = [reward for _, reward in data.yours]
    marks = []
    for i, (name, rewards) in enumerate(runs.items()):
        total = [sum(rewards[:t]) + 0.06 * (i - 2) for t in range(len(rewards) + 1)]
        width = 3.5 if name == "you" else 1.8
        label = f"{name} {sum(rewards)}"
        if len(total) > 1:
            marks.append(Line(range(len(total)), total, COLOURS[name], width, label=label))
        else:
            marks.append(Points([0], [0], COLOURS[name], 8, label=label))
    ticks = [(v, str(v)) for v in range(0, pulls + 1, 2 if pulls > 5 else 1)]
    return Panel(
        marks, (-0.2, pulls + 0.2), (-0.4, pulls + 0.4), "Total reward", "pulls", "reward so far",
        xticks=ticks, yticks=ticks,
    )  # fmt: skip


def _choices(data: Data) -> Panel:
    """Who pulled which arm when; filled where it paid."""
    rows = {"you": data.yours}
    for name, p in data.others.items():
        rows[name] = list(zip(p.arms[0].tolist(), p.rewards[0].tolist(), strict=True))
    marks = []
    for i, (name, pulls) in enumerate(rows.items()):
        y = len(COLOURS) - 1 - i
        marks.append(Text(-0.7, y, name, COLOURS[name], 13, "right", True))
        for t, (arm, reward) in enumerate(pulls):
            fill = 0.35 if reward else 0.0
            marks.append(Rect(t - 0.42, t + 0.42, y - 0.4, y + 0.4, COLOURS[name], fill, 1.0))
            marks.append(Text(t, y, str(arm + 1), "ink", 12, "center"))
    title = "Which arm, pull by pull (shaded: it paid)"
    limits = (-2.6, data.state.pulls - 0.4), (-0.6, len(COLOURS) - 0.4)
    return Panel(marks, *limits, title, frame=False)


def draw(data: Data) -> Scene:
    """The machine and the totals; below, once all pulls are made, everybody's choices."""
    mine = sum(reward for _, reward in data.yours)
    status = f"You have {mine} after {len(data.yours)} of {data.state.pulls} pulls."
    if data.others:
        ends = ", ".join(f"{name} {int(p.total()[0])}" for name, p in data.others.items())
        status += f" On the same coin flips: {ends}."
    else:
        last = "5" if data.state.arms == 5 else "9, 0"
        status += f" Click an arm, or click once and use the keys 1 … {last}."
    alt = "A bandit: a button for each arm with what it has paid, and everybody's total. " + status
    rows, heights = [[_machine(data), _totals(data)]], [320]
    if data.others:
        rows.append([_choices(data)])
        heights.append(230)
    return Scene(rows, alt, status, heights)


def click(state: State, name: str) -> State:
    """Pull the arm of this button; nothing happens after the last pull."""
    arm = (int(name) - 1) % 10
    if len(state.pulled) == state.pulls or arm >= state.arms:
        return state
    return replace(state, pulled=(*state.pulled, arm))


def copycat(state: State) -> State:
    """Let RL² make the pulls that are left, as if it had been playing all along."""
    mine = plays(state.arms, state.pulls, state.draw)["RL²"].arms[0].tolist()
    return replace(state, pulled=tuple(mine))


W14 = Widget(
    "W14", "Play the bandit", State, compute, draw, on_click=click,
    buttons={
        "New bandit": lambda s: replace(s, draw=s.draw + 1, pulled=()),
        "Play this one again": lambda s: replace(s, pulled=()),
        "Let RL² play": copycat,
    },
)  # fmt: skip
