"""W15: step through a trial of RL² and read the posterior out of its memory; then break it
(notebook 09)."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.ground.device import seed
from course_lib.rl2.probe import Lived, Probe, fit, live, untrained
from course_lib.scenes.scene import Band, Line, Panel, Points, Scene, Text
from course_lib.training.loop import load_checkpoint
from course_lib.widgets.core import Widget, check_sliders, slider, switch

HORIZON, ARMS = 10, 5
NEVER = HORIZON + 1


@dataclass(frozen=True)
class State:
    """A trial, how far it is, and what has been done to the agent."""

    pulls: int = slider(6, 0, HORIZON, label="pulls made")
    untrained: bool = switch(False, label="untrained GRU")
    shuffle: bool = switch(False, label="shuffle the rewards it reads")
    reset_at: int = NEVER  # the memory is emptied before this pull
    trial: int = 0

    def __post_init__(self):
        check_sliders(self)
        if not 0 <= self.reset_at <= NEVER:
            raise ValueError(f"reset_at is {self.reset_at}: choose 0 … {NEVER} ({NEVER}: never).")


class Data(NamedTuple):
    """The path of the memory in two dimensions, amid a cloud, and what a probe reads from it."""

    state: State
    cloud: Tensor  # [points, 2]
    path: Tensor  # [horizon + 1, 2]
    posterior: Tensor  # [2, arms]: means and standard deviations of the true posterior
    decoded: Tensor  # [arms]
    arms: list[int]
    rewards: list[int]


class Fitted(NamedTuple):
    """A net's probe, the plane through its memories where they vary most, and some of them."""

    theta: dict
    probe: Probe
    centre: Tensor
    plane: Tensor
    cloud: Tensor


@cache
def fitted(is_untrained: bool) -> Fitted:
    """The probe and the plane (principal components) of the agent, or of an untrained one."""
    theta = load_checkpoint(f"bandit-{HORIZON}x{ARMS}")[0]
    theta = untrained(theta) if is_untrained else theta
    lived = live(theta, 2000, HORIZON, seed(1500))
    X = lived.memory.flatten(0, 1)
    centre = X.mean(0)
    plane = torch.linalg.svd(X - centre, full_matrices=False)[2][:2].T
    return Fitted(theta, fit(lived), centre, plane, ((X - centre) @ plane)[::40])


@lru_cache(maxsize=64)
def trial(number: int, is_untrained: bool, shuffle: bool, reset_at: int) -> Lived:
    """One batch of trials; the first is shown (shuffling needs others to take rewards from)."""
    agent = fitted(is_untrained).theta
    return live(agent, 16, HORIZON, seed(1600 + number), reset_at=reset_at, shuffle=shuffle)


def compute(state: State) -> Data:
    """Everything about the first trial of the batch, up to the pulls made."""
    net = fitted(state.untrained)
    lived = trial(state.trial, state.untrained, state.shuffle, state.reset_at)
    t = state.pulls
    a, b = lived.successes[t, 0] + 1.0, lived.failures[t, 0] + 1.0
    spread = (a * b / ((a + b).square() * (a + b + 1))).sqrt()
    return Data(
        state=state,
        cloud=net.cloud,
        path=(lived.memory[:, 0] - net.centre) @ net.plane,
        posterior=torch.stack([a / (a + b), spread]),
        decoded=net.probe.read(lived.memory[t, 0]),
        arms=lived.arms[:, 0].tolist(),
        rewards=lived.rewards[:, 0].int().tolist(),
    )


def _memory(data: Data) -> Panel:
    t, path = data.state.pulls, data.path
    marks = [
        Points(*data.cloud.T, "muted", 2.5, alpha=0.35, label="other trials"),
        Line(*path[: t + 1].T, "theta", 2.0, label="this trial"),
        Points(*path[: t + 1].T, "theta", 5),
        Points(*path[t : t + 1].T, "theta", 11),
    ]
    for i in range(t):
        marks.append(Text(path[i + 1, 0].item(), path[i + 1, 1].item(), f" {i + 1}", "ink", 12))
    every = torch.cat([data.cloud, path])
    low, high = every.amin(0), every.amax(0)
    pad = 0.08 * (high - low) + 1e-3
    (x0, y0), (x1, y1) = (low - pad).tolist(), (high + pad).tolist()
    return Panel(marks, (x0, x1), (y0, y1), "The memory", "component 1", "component 2")


def _belief(data: Data) -> Panel:
    mean, spread = data.posterior
    arms = torch.arange(ARMS) + 1.0
    marks = []
    for arm in range(ARMS):
        low, high = (mean[arm] - spread[arm]).item(), (mean[arm] + spread[arm]).item()
        label = "posterior, ± 1 standard deviation" if arm == 0 else ""
        ends = [arm + 0.75, arm + 1.25]
        marks.append(Band(ends, [low] * 2, [high] * 2, "truth", 0.3, label=label))
        marks.append(Line(ends, [mean[arm].item()] * 2, "truth", 3))
    marks.append(Points(arms, data.decoded.clamp(-0.1, 1.1), "theta", 10, label="read from memory"))
    ticks = [(i, str(i)) for i in range(1, ARMS + 1)]
    return Panel(
        marks, (0.5, ARMS + 0.5), (-0.12, 1.12), "What it believes of each arm", "arm",
        "mean reward", xticks=ticks,
    )  # fmt: skip


def draw(data: Data) -> Scene:
    """Left the memory's path, right the posterior and what a linear probe reads."""
    state, t = data.state, data.state.pulls
    done = ", ".join(
        f"{arm + 1}{'✓' if reward else '✗'}"
        for arm, reward in zip(data.arms[:t], data.rewards[:t], strict=True)
    )
    error = (data.decoded - data.posterior[0]).square().mean().sqrt().item()
    status = f"Pulls so far (arm, paid or not): {done or 'none'}. Probe off by {error:.2f} (rms)."
    if state.reset_at <= t:
        status += f" Its memory was emptied before pull {state.reset_at + 1}."
    alt = (
        "Left: the agent's memory, projected to two dimensions, step by step. Right: for each arm "
        "the true posterior and what a linear probe reads from the memory. " + status
    )
    return Scene([[_memory(data), _belief(data)]], alt, status, [360])


W15 = Widget(
    "W15", "Inside the memory", State, compute, draw,
    buttons={
        "Next trial": lambda s: replace(s, trial=s.trial + 1, reset_at=NEVER),
        "Reset the memory now": lambda s: replace(s, reset_at=s.pulls),
        "Give it back": lambda s: replace(s, reset_at=NEVER),
    },
)  # fmt: skip
