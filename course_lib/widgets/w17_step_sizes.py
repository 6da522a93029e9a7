"""W17: a step size for each weight, learned while you watch; freeze one, swap two (notebook 11)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.beyond import watched
from course_lib.beyond.step_sizes import OWN
from course_lib.beyond.watched import EVERY, LAST, SWAPS, TENSORS
from course_lib.ground.types import Params
from course_lib.maml.study import LR
from course_lib.scenes.scene import Bars, Line, Panel, Points, Scene
from course_lib.widgets.core import Widget, check_sliders, choice

NOTHING = "nothing"
WORDS = {"w0": "into layer 1", "b0": "bias 1", "w1": "layer 1 to 2", "b1": "bias 2",
         "w2": "head", "b2": "head's bias"}  # fmt: skip
SHIPPED = -1


@dataclass(frozen=True)
class State:
    """`done` outer steps of a training that began here; `SHIPPED`: the one of the course."""

    tensor: str = choice("w1", list(TENSORS), label="show the weights of")
    frozen: str = choice(NOTHING, [NOTHING, *TENSORS], label="freeze in training")
    swap: str = choice(NOTHING, list(SWAPS), label="swap step sizes")
    done: int = SHIPPED
    began: str = NOTHING
    running: bool = False

    def __post_init__(self):
        check_sliders(self)
        if not SHIPPED <= self.done <= LAST:
            raise ValueError(f"{self.done} outer steps: choose 0 to {LAST}.")


class Data(NamedTuple):
    """θ with its step sizes as on show, the same unswapped, and mean errors after 0 and 1 step."""

    state: State
    both: Params
    before: Float[Tensor, " path"]
    now: Float[Tensor, " path"]


def compute(state: State) -> Data:
    """The step sizes of this moment, and what one step with them is worth."""
    shipped = state.done == SHIPPED
    whole = watched.shipped() if shipped else watched.at(state.began, state.done)
    both = watched.swapped(whole, state.swap)
    before = watched.errors(whole).mean(1)
    now = before if state.swap == NOTHING else watched.errors(both).mean(1)
    return Data(state, both, before, now)


def _layers(data: Data) -> Panel:
    marks, ends = [], torch.tensor([0.1, 0.9])
    for i, name in enumerate(TENSORS):
        rates = data.both[OWN + name].flatten()
        colour = "support" if name in SWAPS[data.state.swap] else "theta"
        colour = "muted" if name == _frozen(data.state) else colour
        low, high = rates.quantile(ends).tolist()
        marks.append(Bars([i], [rates.mean().item()], colour, 0.6))
        marks.append(Line([i, i], [max(low, -0.35), min(high, 0.7)], "ink", 2.5))
    marks.append(Line([-0.5, 5.5], [LR, LR], "muted", 1.5, True, label="where all began"))
    marks.append(Line([-0.5, 5.5], [0, 0], "ink", 1))
    ticks = [(i, name) for i, name in enumerate(TENSORS)]
    return Panel(marks, (-0.5, 5.5), (-0.35, 0.7), "Mean α by tensor, and the middle 80 %",
                 "tensor", "step size α", xticks=ticks, width=1.2)  # fmt: skip


def _frozen(state: State) -> str:
    """Whose step sizes are held in what is on show, or will be in the next training."""
    return state.frozen if state.done == SHIPPED else state.began


def _weights(data: Data) -> Panel:
    name = data.state.tensor
    rates = data.both[OWN + name].flatten().sort(descending=True).values
    places = torch.linspace(0, 1, len(rates)) if len(rates) > 1 else torch.tensor([0.5])
    marks = [Line([0, 1], [0, 0], "ink", 1), Line([0, 1], [LR, LR], "muted", 1.5, True)]
    shown = rates.clamp(-0.5, 0.8)
    one = len(rates) == 1
    marks.append(Points(places, shown, "theta", 6) if one else Line(places, shown, "theta", 3.5))
    title = f"Every weight of {name} ({WORDS[name]})"
    return Panel(marks, (-0.03, 1.03), (-0.55, 0.85), title, "weights, by their α",
                 "step size α", xticks=[(0, "largest"), (1, "smallest")])  # fmt: skip


def _errors(data: Data) -> Panel:
    bars = [("before", data.before[0], "muted"), ("one step", data.before[1], "theta")]
    if data.state.swap != NOTHING:
        bars.append(("swapped", data.now[1], "support"))
    marks = [Bars([i], [min(v.item(), 5.9)], colour, 0.6) for i, (_, v, colour) in enumerate(bars)]
    ticks = [(i, words) for i, (words, *_) in enumerate(bars)]
    return Panel(marks, (-0.6, 2.6), (0, 6), "Error on meta-test tasks", "one inner step",
                 "mean squared error", xticks=ticks, width=1.0)  # fmt: skip


def draw(data: Data) -> Scene:
    """Step sizes by tensor, those of one tensor's weights, and the error that they lead to."""
    state = data.state
    every = torch.cat([p.flatten() for name, p in data.both.items() if name.startswith(OWN)])
    share = 100 * (every < 0).double().mean()
    if state.done == SHIPPED:
        words = "The course's own training; press Train to watch one from the start"
        words += f", with {state.frozen} frozen." if state.frozen != NOTHING else "."
    else:
        words = f"{'Training' if state.running else 'Stopped'}: {state.done} of {LAST} outer steps"
        words += f", α of {state.began} frozen." if state.began != NOTHING else "."
        if state.frozen != state.began:
            words += f" Press Train for a new one with {state.frozen} frozen."
    words += f" {share:.0f} % of the step sizes are negative. Error {data.before[0]:.2f} before, "
    words += f"{data.before[1]:.2f} after one step"
    swap = "" if state.swap == NOTHING else f", {_told(data.now[1].item())} with {state.swap}"
    alt = (
        "Bars: the mean learned step size of each of a net's six tensors. Dots: the step sizes of "
        "all weights of one tensor. Bars: the error before and after one inner step."
    )
    panels = [_layers(data), _weights(data), _errors(data)]
    return Scene([panels], alt, f"{words}{swap}.", [330])


def _told(error: float) -> str:
    return f"{error:.2f}" if error < 100 else f"{error:.2g}"


def train(state: State) -> State:
    """Begin, or go on where nothing was changed."""
    same = state.done not in (SHIPPED, LAST) and state.began == state.frozen
    done = state.done if same else 0
    return replace(state, done=done, began=state.frozen, running=True)


def advance(state: State) -> State:
    """`EVERY` outer steps further; the end of the training and a new wish end it."""
    if state.frozen != state.began or not 0 <= state.done < LAST:
        return replace(state, running=False)
    done = state.done + EVERY
    watched.at(state.began, done)
    return replace(state, done=done, running=done < LAST)


W17 = Widget(
    "W17", "A step size for each weight", State, compute, draw,
    buttons={
        "Train": train,
        "Stop": lambda s: replace(s, running=False),
        "The course's": lambda s: replace(s, done=SHIPPED, running=False),
    },
    advance=advance,
)  # fmt: skip
