"""W3: choose a learning algorithm A, its settings and the size of D^train; see φ and the loss
(notebook 02).

All four learners are compared at once, so that every slider can be seen to do something.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.scenes.scene import (
    CLASS_COLORS,
    DIVERGING,
    Band,
    Image,
    Line,
    Panel,
    Points,
    Scene,
    Text,
)
from course_lib.scenes.scene import heat as colours
from course_lib.scenes.words import counted
from course_lib.supervised.learners import LEARNERS, errors, loss, measure, otters_and_dogs, sgd
from course_lib.widgets.core import Widget, check_sliders, choice, slider

NUM_TEST = 200  # of the pictures; the others are there to be drawn into D^train
SIZES = (1, 2, 4, 8, 16, 32)  # pictures of each animal
REDRAWS = 12  # data sets D^train for the spread; the first is the one shown
NUM_SHOWN = 12  # test pictures
SIDE = 40  # the coloured plane's pixels along one side
PLANE = (-3.2, 3.2)
OTTER_COLOR, DOG_COLOR = CLASS_COLORS[0], "#B2182B"
LOSS_RANGE = (0.02, 20.0)
LOSS_TICKS = [(0.03, "0.03"), (0.1, "0.1"), (0.3, "0.3"), (1, "1"), (3, "3"), (10, "10")]
SHORT_NAMES = dict(zip(LEARNERS, ("SGD", "ridge", "mean", "k-NN"), strict=True))


@dataclass(frozen=True)
class State:
    """What the reader sets: A, its settings, and how much it gets to see."""

    learner: str = choice("SGD", list(LEARNERS), label="learning algorithm A")
    shots: int = slider(8, 1, SIZES[-1], label="pictures of each animal")
    lr: float = slider(0.05, 0.0, 0.3, step=0.01, label="SGD: step size α")
    steps: int = slider(60, 0, 200, step=5, label="SGD: steps")
    log_strength: float = slider(0.0, -3.0, 3.0, step=0.1, label="ridge: log₁₀ λ")
    neighbours: int = slider(1, 1, 15, step=2, label="neighbours to ask")
    seed: int = 0

    def __post_init__(self):
        check_sliders(self)


class Data(NamedTuple):
    """What A made of D^train, and its losses for all sizes of D^train."""

    state: State
    train: tuple[Tensor, Tensor]  # measurements [n, 2] and y [n]
    wrong: Tensor  # measurements of the test pictures that M_φ gets wrong
    plane: Tensor  # M_φ on a grid over the plane
    shown: tuple[Tensor, Tensor, Tensor]  # test pictures, their y, M_φ of them
    losses: dict[str, Tensor]  # "train", "test" → [len(SIZES), REDRAWS]
    here: dict[str, Tensor]  # learner → test losses at this size of D^train [REDRAWS]
    now: dict[str, float]


@lru_cache(maxsize=1)
def pool() -> tuple[Tensor, Tensor, Tensor]:
    """All pictures, their measurements and their y; the last NUM_TEST are for testing."""
    pictures, y = otters_and_dogs()
    return pictures, measure(pictures), y


@lru_cache(maxsize=8)
def draws(seed: int) -> tuple[Tensor, Tensor]:
    """REDRAWS training sets of 2·SIZES[-1] examples, otters and dogs in turn: x, y."""
    _, x, y = (a[:-NUM_TEST] for a in pool())
    gen = torch.Generator().manual_seed(seed)
    columns = []
    for label in (1, -1):
        of_class = (y == label).nonzero().squeeze(1)
        order = torch.stack([torch.randperm(len(of_class), generator=gen) for _ in range(REDRAWS)])
        columns.append(of_class[order[:, : SIZES[-1]]])
    chosen = torch.stack(columns, -1).flatten(1)
    return x[chosen], y[chosen]


def settings(state: State, learner: str) -> dict:
    """The keyword arguments of one of the learners, whether it is the chosen one or not."""
    return {
        "SGD": {"lr": state.lr, "steps": state.steps},
        "ridge": {"strength": 10**state.log_strength},
        "nearest mean": {},
        "nearest neighbours": {"k": state.neighbours},
    }[learner]


def learn_all(learner: str, x: Tensor, y: Tensor, sizes: tuple, **knobs) -> list[dict]:
    """φ for each size of D^train, for all redraws at once (axis 0 of φ).

    SGD over n examples again and again is SGD once through their repetition, so that all sizes
    run in one loop.
    """
    if knobs.get("steps", 0) == 0:
        return [LEARNERS[learner].learn(x[:, : 2 * n], y[:, : 2 * n], **knobs) for n in sizes]
    turns = torch.stack([torch.arange(knobs["steps"]) % (2 * n) for n in sizes])
    w = sgd(x[:, turns].transpose(0, 1), y[:, turns].transpose(0, 1), **knobs)["w"]
    return [{"w": one} for one in w]


@lru_cache(maxsize=64)
def losses(seed: int, learner: str, knobs: tuple, sizes: tuple) -> dict[str, Tensor]:
    """The "train" and "test" loss of one learner: [len(sizes), REDRAWS]."""
    model = LEARNERS[learner].model
    xs, ys = draws(seed)
    _, x, y = (a[-NUM_TEST:] for a in pool())
    found = {"train": [], "test": []}
    for n, phi in zip(sizes, learn_all(learner, xs, ys, sizes, **dict(knobs)), strict=True):
        found["train"].append(loss(model, phi, xs[:, : 2 * n], ys[:, : 2 * n]))
        found["test"].append(loss(model, phi, x.expand(REDRAWS, -1, -1), y.expand(REDRAWS, -1)))
    return {name: finite(torch.stack(values)) for name, values in found.items()}


def finite(values: Tensor) -> Tensor:
    """`values` without the infinities of an SGD that has diverged."""
    return values.nan_to_num(1e9, 1e9, -1e9).clamp(-1e9, 1e9)


def compute(state: State) -> Data:
    """One A, one D^train, its φ; and every A on many data sets of many sizes."""
    learn, model = LEARNERS[state.learner]
    pictures, x, y = (a[-NUM_TEST:] for a in pool())
    xs, ys = draws(state.seed)
    train = xs[0, : 2 * state.shots], ys[0, : 2 * state.shots]
    phi = learn(*train, **settings(state, state.learner))
    knobs = {name: tuple(settings(state, name).items()) for name in LEARNERS}
    here = {
        name: losses(state.seed, name, k, (state.shots,))["test"][0] for name, k in knobs.items()
    }
    axis = torch.linspace(*PLANE, SIDE, dtype=x.dtype)
    rows, columns = torch.meshgrid(axis.flip(0), axis, indexing="ij")
    answers = model(phi, x)
    shown = torch.stack([(y == c).nonzero()[: NUM_SHOWN // 2, 0] for c in (1, -1)], 1).flatten()
    return Data(
        state=state,
        train=train,
        wrong=x[~(answers * y > 0)],
        plane=finite(model(phi, torch.stack([columns, rows], -1).flatten(0, 1))).view(SIDE, SIDE),
        shown=(pictures[shown], y[shown], finite(answers[shown])),
        losses=losses(state.seed, state.learner, knobs[state.learner], SIZES),
        here=here,
        now={
            "train": finite(loss(model, phi, *train)).item(),
            "test": finite(loss(model, phi, x, y)).item(),
            "wrong": errors(model, phi, x, y).item(),
        },
    )


def plane_panel(data: Data) -> Panel:
    """The answers of M_φ over the plane of measurements, with D^train and the test mistakes."""
    x, y = data.train
    picture = colours(data.plane, -1, 1, DIVERGING)
    marks = [
        Image(picture, *PLANE, *PLANE, smooth=True),
        Points(
            *data.wrong.T,
            color="ink",
            size=3,
            shape="x",
            alpha=0.6,
            label="mistake on a test picture",
        ),
        Points(*x[y > 0].T, color=OTTER_COLOR, size=7),
        Points(*x[y < 0].T, color=DOG_COLOR, size=7, shape="s"),
    ]
    title = "Blue: otter, red: dog"
    return Panel(marks, PLANE, PLANE, title, "width of the animal", "height", width=0.8)


def loss_panel(data: Data) -> Panel:
    """Train and test loss against the size of D^train, with the range over redraws."""
    state, marks = data.state, []
    marks.append(
        Line((0.9, 36), (1, 1), color="truth", dash=True, width=1.5, label="always answer 0")
    )
    for name, role in (("train", "support"), ("test", "query")):
        shown = data.losses[name].clamp(*LOSS_RANGE)
        low, high = shown.min(1).values, shown.max(1).values
        marks.append(Band(SIZES, low, high, color=role))
        marks.append(Line(SIZES, shown.median(1).values, color=role, label=name))
        height = min(max(data.now[name], LOSS_RANGE[0]), LOSS_RANGE[1])
        marks.append(Points([state.shots], [height], color=role))
    return Panel(
        marks, (0.9, 36), LOSS_RANGE, f"Median and range of {REDRAWS} draws of Dᵗʳᵃⁱⁿ",
        "pictures of each animal in Dᵗʳᵃⁱⁿ", "loss", xlog=True, ylog=True,
        xticks=[(n, str(n)) for n in SIZES], yticks=LOSS_TICKS,
    )  # fmt: skip


def rivals_panel(data: Data) -> Panel:
    """Median and range of the test loss of all four learners at this size of D^train."""
    marks = []
    for i, (name, values) in enumerate(data.here.items()):
        role = "query" if name == data.state.learner else "muted"
        shown = values.clamp(*LOSS_RANGE)
        ends = [shown.min().item(), shown.max().item()]
        marks.append(Line([i, i], ends, color=role, width=8, alpha=0.3))
        label = "chosen" if role == "query" else ""
        marks.append(Points([i], [shown.median().item()], color=role, label=label))
    names = [(i, SHORT_NAMES[name]) for i, name in enumerate(data.here)]
    return Panel(
        marks, (-0.6, 3.6), LOSS_RANGE, "All four on as many", "learning algorithm", "test loss",
        width=0.75, ylog=True, xticks=names, yticks=LOSS_TICKS,
    )  # fmt: skip


def pictures_panel(data: Data) -> Panel:
    """Test pictures with the number that M_φ gives them; a red frame is a mistake."""
    marks = []
    for i, (picture, y, answer) in enumerate(zip(*data.shown, strict=True)):
        right = answer * y > 0
        frame = "good" if right else "bad"
        pixels = (picture * 255).round().to(torch.uint8).numpy()
        marks.append(Image(pixels, i + 0.05, i + 0.95, 0, 0.9, color=frame, border=3))
        says = f"{answer:+.2f}" if abs(answer) < 100 else f"{answer:+.0e}"
        says = says if answer else "0"
        marks.append(Text(i + 0.5, -0.17, says, color=frame, align="center", bold=True))
    return Panel(
        marks, (0, NUM_SHOWN), (-0.35, 0.95), "Test pictures: + means otter, − means dog",
        frame=False,
    )  # fmt: skip


def draw(data: Data) -> Scene:
    """The plane, the losses, and what it comes to on pictures."""
    now, state = data.now, data.state
    numbers = f"train loss {now['train']:.2f} · test loss {now['test']:.2f}"
    if now["test"] >= 1000:
        numbers = "diverged, losses over 1000: lower α"
    numbers += f" · wrong on {now['wrong']:.0%} of {NUM_TEST} test pictures"
    return Scene(
        rows=[[plane_panel(data), loss_panel(data), rivals_panel(data)], [pictures_panel(data)]],
        heights=(330, 135),
        status=f"{state.learner} on {2 * state.shots} pictures: {numbers}",
        alt=(
            f"Otters and dogs by width and height, the regions that {state.learner} learned from "
            f"{counted(state.shots, 'picture')} of each, and its losses: {numbers}."
        ),
    )


W3 = Widget(
    "W3",
    "Choose a learning algorithm",
    State,
    compute,
    draw,
    buttons={"Draw another training set": lambda state: replace(state, seed=state.seed + 1)},
)
