"""W21: look over a planner's shoulder: what it has seen, and the world that it plans in
(notebook 10)."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.ground.device import seed
from course_lib.rl2.mdps.diary import Diary, Plan, keep_diary
from course_lib.rl2.mdps.players import Belief
from course_lib.rl2.mdps.players.imagined import CONSTANTS
from course_lib.rl2.mdps.study import NAMES
from course_lib.scenes.scene import Line, Panel, Points, Rect, Scene, Text
from course_lib.scenes.words import counted
from course_lib.tasks.mdps import EPISODE, MDPs, action_values, sample_mdps
from course_lib.widgets.core import Widget, check_sliders, choice, slider, switch

EPISODES = 8
STEPS = EPISODES * EPISODE
PLANNERS = {NAMES[name]: name for name in CONSTANTS}
STATES, ACTIONS = ("home", "away"), ("1", "2")
PAIRS = [(s, a) for s in (0, 1) for a in (0, 1)]
KEYS = {"ArrowRight": 1, "ArrowLeft": -1}
LEAST, MOST = -3.0, 6.0  # what the picture shows of rewards
WIDEST = 9.0  # pixels of a line that stands for certainty
# The world of the notebook: action 1 stays, for 1 at home and 2 away; 2 goes, for nothing.
BY_HAND = MDPs(
    torch.tensor([[[[1.0, 0.0], [0.2, 0.8]], [[0.1, 0.9], [1.0, 0.0]]]]),
    torch.tensor([[[1.0, 0.0], [2.0, 0.0]]]),
)


@dataclass(frozen=True)
class State:
    """Who plays how far, in which world with which luck, and whether the truth is shown."""

    planner: str = choice("UCRL2", list(PLANNERS), label="planner")
    prior: float = choice(1.0, [1.0, 0.0], label="expects of the unknown")
    steps: int = slider(30, 0, STEPS, label="steps done", play=400)
    reveal: bool = switch(False, label="reveal the true world")
    world: int = 0
    luck: int = 0

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """The planner's whole trial, the truth with its own plan, and where the reader looks."""

    state: State
    diary: Diary
    truth: MDPs
    best: Tensor  # action values of the truth [EPISODE, 1, states, actions]

    @property
    def belief(self) -> Belief:
        """What it has seen by now."""
        return self.diary.beliefs[self.state.steps]

    @property
    def episode(self) -> int:
        """The episode that the next step belongs to, or the last one."""
        return min(self.state.steps // EPISODE, EPISODES - 1)

    @property
    def plan(self) -> Plan:
        """The plan of this episode."""
        return self.diary.plans[self.episode]

    @property
    def step(self) -> int:
        """The step of the episode that comes next, or the last one."""
        return self.state.steps % EPISODE if self.state.steps < STEPS else EPISODE - 1


def true_world(number: int) -> MDPs:
    """The world by hand, then drawn ones."""
    return BY_HAND if number == 0 else sample_mdps(1, seed(2100 + number), num_states=2,
                                                   num_actions=2)  # fmt: skip


@lru_cache(maxsize=64)
def diary(planner: str, prior: float, world: int, luck: int) -> Diary:
    """The whole trial; all planners meet the same luck."""
    return keep_diary(planner, true_world(world), EPISODES, 2244 + 2 * luck, prior)


def compute(state: State) -> Data:
    """The trial of the chosen planner, and what who knows the world would do."""
    truth = true_world(state.world)
    trial = diary(PLANNERS[state.planner], state.prior, state.world, state.luck)
    return Data(state, trial, truth, action_values(truth))


def _drawn(data: Data, world: MDPs, scores: Tensor, title: str, role: str) -> Panel:
    """A world: from each state its two actions, and from these where they lead, by width."""
    marks, here = [], data.diary.states[data.state.steps]
    height = {0: 3.0, 1: 1.0}
    for s, a in PAIRS:
        y = height[s] + (0.45 if a == 0 else -0.45)
        taken = scores[data.step, 0, s].argmax() == a
        marks.append(Line([0, 1.2], [height[s], y], role if taken else "grid", 5 if taken else 2))
        for s2 in (0, 1):
            chance = world.transitions[0, s, a, s2].item()
            if chance > 0.005:
                ends = [2.0, 4.0], [y, height[s2]]
                marks.append(Line(*ends, role, WIDEST * chance, alpha=0.2 + 0.5 * chance))
        marks.append(Rect(1.2, 2.0, y - 0.2, y + 0.2, role if taken else "muted", 0.0, 1.5))
        words = f"{a + 1}: {world.rewards[0, s, a]:.1f}".replace("-", "−")
        marks.append(Text(1.6, y, words, "ink", 13, "center", bool(taken)))
    for x in (0.0, 4.0):
        for s, name in enumerate(STATES):
            if x == 0 and s == here:
                marks.append(Points([x], [height[s]], "theta", 17, "ring"))
            marks.append(Points([x], [height[s]], "ink", 9))
            marks.append(Text(x, height[s] + 0.5, name, "ink", 13, "center"))
    return Panel(marks, (-0.6, 4.6), (0.1, 4.0), title, frame=False)


def _truth(data: Data) -> Panel:
    if data.state.reveal:
        return _drawn(data, data.truth, data.best, "The true world", "good")
    words = [Text(2, 2.2, "The true world is covered.", "muted", 15, "center")]
    return Panel(words, (-0.6, 4.6), (0.1, 4.0), "The true world", frame=False)


def _rows(data: Data, mean, spread, planned, truth, counts, edge: float) -> list:
    """For each pair a row: what is believed now, what is planned with, the truth, and a count."""
    marks = []
    for i, (s, a) in enumerate(PAIRS):
        y, m, d = 3 - i, mean[s, a].item(), spread[s, a].item()
        labels = ("believes ± sd", "plans with", "true") if i == 0 else ("", "", "")
        marks.append(Line([m - d, m + d], [y, y], "truth", 5, label=labels[0], alpha=0.6))
        marks.append(Points([m], [y], "truth", 6))
        marks.append(Points([planned[s, a].item()], [y], "theta", 7, "^", label=labels[1]))
        if data.state.reveal:
            marks.append(Points([truth[s, a].item()], [y], "good", 8, "x", label=labels[2]))
        marks.append(Text(edge, y + 0.35, f"n = {int(counts[s, a])}", "muted", 12, "right"))
    return marks


TICKS = [(3 - i, f"{STATES[s][0]}{a + 1}") for i, (s, a) in enumerate(PAIRS)]


def _pays(data: Data) -> Panel:
    belief, shown = data.belief, lambda x: x[0].clamp(LEAST, MOST)
    spread = (1 + belief.tried[0]) ** -0.5
    parts = shown(belief.rewards), spread, shown(data.plan.world.rewards), shown(data.truth.rewards)
    marks = _rows(data, *parts, belief.tried[0], MOST)
    return Panel(marks, (LEAST - 0.2, MOST + 0.2), (-0.6, 3.9), "What each action pays",
                 "mean reward", "state, action", yticks=TICKS, width=1.1)  # fmt: skip


def _leads(data: Data) -> Panel:
    belief = data.belief
    mean, seen = belief.transitions[0, ..., 1], belief.moves[0].sum(-1)
    spread = (mean * (1 - mean) / (3 + seen)).sqrt()  # of Beta(1 + away, 1 + home)
    to_away = (world.transitions[0, ..., 1] for world in (data.plan.world, data.truth))
    marks = _rows(data, mean, spread, *to_away, seen, 1.0)
    return Panel(marks, (-0.05, 1.05), (-0.6, 3.9), "Where it leads: to “away”",
                 "chance", "state, action", yticks=TICKS, width=1.1)  # fmt: skip


def _earned(data: Data) -> Panel:
    """What it hoped for in each episode that has begun, and what the finished ones brought."""
    done = data.state.steps // EPISODE
    hopes = [plan.hope for plan in data.diary.plans[: data.episode + 1]]
    brought = [sum(data.diary.paid[e * EPISODE : (e + 1) * EPISODE]) for e in range(done)]
    top = max(30.0, *(p.hope + 3 for p in data.diary.plans))
    marks = [Points(range(1, len(hopes) + 1), hopes, "theta", 8, "^", label="hoped for")]
    if brought:
        marks.append(Line(range(1, done + 1), brought, "ink", 2.2, label="brought"))
        marks.append(Points(range(1, done + 1), brought, "ink", 6))
    if data.state.reveal:
        most = data.best[0, 0, 0].max().item()
        ends = [0.5, EPISODES + 0.5]
        marks.append(Line(ends, [most, most], "good", 2, True, label="knows the world"))
    ticks = [(e, str(e)) for e in range(1, EPISODES + 1)]
    return Panel(marks, (0.4, EPISODES + 0.6), (-5, top), "Hope and harvest", "episode",
                 "reward", xticks=ticks, width=0.9)  # fmt: skip


def draw(data: Data) -> Scene:
    """Above the world that it plans in and the true one; below belief, plan and truth by number."""
    state, t = data.state, data.state.steps
    e = data.episode + 1
    planned = f"What {state.planner} plans with in episode {e}"
    rows = [
        [_drawn(data, data.plan.world, data.plan.scores, planned, "theta"), _truth(data)],
        [_pays(data), _leads(data), _earned(data)],
    ]
    away = sum(data.diary.states[:t])
    status = (
        f"{counted(t, 'step')} done, {away} of them away; {sum(data.diary.paid[:t]):.1f} earned. "
        f"In episode {e} it hopes for {data.plan.hope:.1f}"
    )
    if state.reveal:
        status += f"; who knows the world gets {data.best[0, 0, 0].max():.1f}"
    status += ". Click once, then ← and → step."
    alt = (
        "Above, the world that a planner plans in: two states, two actions each, lines as wide as "
        "the chance to get there; beside it the true world, covered or shown. Below, for each "
        f"action what is believed and planned of its reward and of where it leads. {status}"
    )
    return Scene(rows, alt, status, [250, 260])


def moved(state: State, by: int) -> State:
    """So many steps on or back."""
    return replace(state, steps=min(max(state.steps + by, 0), STEPS))


def next_episode(state: State) -> State:
    """To the start of the next episode, where a new plan is made."""
    return moved(state, EPISODE - state.steps % EPISODE)


W21 = Widget(
    "W21", "Over a planner's shoulder", State, compute, draw,
    on_key=lambda state, key: moved(state, KEYS[key]), keys=tuple(KEYS),
    buttons={
        "One step": lambda s: moved(s, 1),
        "One episode": next_episode,
        "From the start": lambda s: replace(s, steps=0),
        "Other luck": lambda s: replace(s, luck=s.luck + 1),
        "New world": lambda s: replace(s, world=s.world + 1),
    },
)  # fmt: skip
