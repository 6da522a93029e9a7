"""W11: draw characters of your own, a few times each; the learner tells a new drawing apart
(notebook 06)."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, UInt8

import course_lib
from course_lib.few_shot.classify import DEFAULT, answer, load_learner, resized
from course_lib.scenes.scene import CLASS_COLORS, Bars, Image, Line, Panel, Rect, Scene, Text
from course_lib.scenes.words import counted
from course_lib.tasks.characters import SIDE
from course_lib.tasks.strokes import rasterise
from course_lib.widgets.core import Widget, check_sliders, choice, slider
from course_lib.widgets.w00_few_shot_game import pool

LETTERS = "ABCDE"
QUERY = "query"
PEN = 4.0
Stroke = tuple[str, tuple[float, ...], tuple[float, ...]]  # which pad, then x and y in 0…1


@dataclass(frozen=True)
class State:
    """What is on the pads: the reader's strokes, and example drawings on those without any."""

    ways: int = slider(3, 2, 5, label="ways n")
    shots: int = slider(1, 1, 3, label="shots k")
    steps: int = slider(1, 0, 5, label="inner steps")
    net: str = choice("glyphs", ["glyphs", "omniglot"], label="net trained on")
    example: int | None = 0
    strokes: tuple[Stroke, ...] = ()

    def __post_init__(self):
        check_sliders(self)
        for pad, x, y in self.strokes:
            if len(x) != len(y) or not x:
                raise ValueError(f"A stroke on pad {pad} needs as many x as y: draw it again.")

    @property
    def pads(self) -> list[str]:
        """The support pads, class by class, then the query's."""
        names = [f"{LETTERS[c]}{k + 1}" for c in range(self.ways) for k in range(self.shots)]
        return [*names, QUERY]


@dataclass(frozen=True)
class Data:
    """The pads' pictures (None where empty; 255 = ink) and the answer, or None."""

    state: State
    pictures: dict[str, UInt8[np.ndarray, "side side"] | None]
    chances: Float[np.ndarray, " ways"] | None


@lru_cache(maxsize=16)
def examples(seed: int) -> tuple[np.ndarray, int]:
    """Glyphs for every pad, [classes, drawings, 28, 28], and the class of the query."""
    gen = torch.Generator().manual_seed(seed)
    classes = torch.randperm(len(pool()), generator=gen)[: len(LETTERS)]
    drawers = torch.randperm(20, generator=gen)[:4]
    return pool()[classes][:, drawers].numpy(), int(torch.randint(2, (), generator=gen))


def picture_of(state: State, pad: str) -> np.ndarray | None:
    """What is on a pad: the reader's strokes, else the example, else nothing."""
    own = [(x, y) for name, x, y in state.strokes if name == pad]
    if own:
        return rasterise(own)
    if state.example is None:
        return None
    drawings, asked = examples(state.example)
    if pad == QUERY:
        return drawings[asked, 3]
    return drawings[LETTERS.index(pad[0]), int(pad[1]) - 1]


@lru_cache(maxsize=2)
def learner(net: str):
    """The shipped any-n learner, on the device."""
    return load_learner(DEFAULT if net == "omniglot" else f"{net}-any", course_lib.device())


def compute(state: State) -> Data:
    """The pictures, and the probability of each class once no pad is empty."""
    pictures = {pad: picture_of(state, pad) for pad in state.pads}
    if any(p is None for p in pictures.values()):
        return Data(state, pictures, None)
    small = torch.stack([small_picture(p) for p in pictures.values()])
    said = _said(state.net, state.ways, state.steps, small.numpy().tobytes())
    return Data(state, pictures, said.copy())


@lru_cache(maxsize=64)
def _said(net: str, ways: int, steps: int, pixels: bytes) -> np.ndarray:
    """The probability of each class, for pictures as `small_picture` makes them; the query last."""
    pictures = np.frombuffer(pixels, np.float32).reshape(-1, 1, SIDE, SIDE)
    small = torch.tensor(pictures, device=course_lib.device())
    labels = torch.arange(ways, device=small.device).repeat_interleave(len(small) // ways)
    theta, alpha, *_ = learner(net)
    support, inner = (small[:-1], labels), {"num_ways": ways, "alpha": alpha, "steps": steps}
    return answer(theta, support, small[-1:], **inner)[0].cpu().numpy()


def small_picture(picture: np.ndarray) -> torch.Tensor:
    """One picture as [1, 28, 28] in [0, 1], resized as the training data were."""
    return resized(torch.from_numpy(picture)[None].float() / 255)[0]


def draw(data: Data) -> Scene:
    """The support pads, the query's pad, and the learner's answer."""
    state = data.state
    empty = [pad for pad, p in data.pictures.items() if p is None]
    if empty:
        status = f"Draw on pad {empty[0]} next: {len(empty)} of {len(state.pads)} are empty."
    else:
        best = int(data.chances.argmax())
        status = (
            f"The learner says {LETTERS[best]}, with {100 * data.chances[best]:.0f} % confidence "
            f"after {counted(state.steps, 'inner step')} "
            f"(chance {100 / state.ways:.0f} %). Computed on {course_lib.device()}."
        )
    alt = (
        f"Pads to draw on: {state.ways} classes with {counted(state.shots, 'drawing')} each, and "
        "one query. Bars show how probable the learner finds each class for the query."
    )
    row = [_support(data), _query(data), _answer(data)]
    return Scene([row], alt, status, (120 + 110 * max(state.shots, 2),))


def _pad(data: Data, pad: str, x0: float, y0: float, color: str) -> list:
    """One pad at (x0, y0), of side 0.92: its picture, a frame, and the place to draw."""
    box = x0 + 0.04, x0 + 0.96, y0 + 0.04, y0 + 0.96
    marks, picture = [], data.pictures[pad]
    own = [stroke for stroke in data.state.strokes if stroke[0] == pad]
    if picture is not None and not own:
        marks.append(Image(255 - picture, *box, smooth=True))
    for _, x, y in own:
        xs = [box[0] + 0.92 * v for v in x]
        ys = [box[2] + 0.92 * v for v in y]
        marks.append(Line([*xs, xs[-1] + 0.005], [*ys, ys[-1]], "ink", PEN))
    return [*marks, Rect(*box, color, 0.0, 2.0, draw=pad)]


def _support(data: Data) -> Panel:
    """A column of pads for each class."""
    state, marks = data.state, []
    for c in range(state.ways):
        color = CLASS_COLORS[c]
        for k in range(state.shots):
            marks += _pad(data, f"{LETTERS[c]}{k + 1}", c, state.shots - 1 - k, color)
        marks.append(Text(c + 0.5, -0.14, LETTERS[c], color, 15, "center", True))
    limits = (0, state.ways), (-0.28, state.shots)
    title = "Support: draw each class"
    return Panel(marks, *limits, title, width=1.9, frame=False, equal=True)


def _query(data: Data) -> Panel:
    """The pad of the query."""
    marks = _pad(data, QUERY, 0, 0, "query")
    return Panel(marks, (0, 1), (0, 1), "Query", width=0.8, frame=False, equal=True)


def _answer(data: Data) -> Panel:
    """A bar for each class."""
    state, marks = data.state, []
    chances = np.zeros(state.ways) if data.chances is None else data.chances
    for c, chance in enumerate(chances):
        marks.append(Bars([c], [100 * chance], CLASS_COLORS[c], 0.7))
        if data.chances is not None:
            y = min(100 * chance + 6, 112)
            marks.append(Text(c, y, f"{100 * chance:.0f}", "ink", 12, "center"))
    marks.append(
        Line([-0.5, state.ways - 0.5], [100 / state.ways] * 2, "muted", 1.5, True, "chance")
    )
    ticks = [(c, LETTERS[c]) for c in range(state.ways)]
    limits = (-0.5, state.ways - 0.5), (0, 118)
    return Panel(
        marks, *limits, "The learner's answer", "class", "confidence, %", width=1.2, xticks=ticks,
        yticks=[(v, str(v)) for v in (0, 25, 50, 75, 100)],
    )  # fmt: skip


def stroke(state: State, pad: str, x: tuple[float, ...], y: tuple[float, ...]) -> State:
    """`state` with one more stroke; x and y come in the panel's units, pads are unit squares."""
    if pad not in state.pads:
        raise ValueError(f"There is no pad {pad} any more: draw on one of those you see.")
    column, row = 0, 0
    if pad != QUERY:
        column, row = LETTERS.index(pad[0]), state.shots - int(pad[1])
    xs = tuple(round(min(max((v - column - 0.04) / 0.92, 0.0), 1.0), 4) for v in x)
    ys = tuple(round(min(max((v - row - 0.04) / 0.92, 0.0), 1.0), 4) for v in y)
    return replace(state, strokes=(*state.strokes, (pad, xs, ys)))


def undo(state: State) -> State:
    """`state` without the last stroke."""
    return replace(state, strokes=state.strokes[:-1])


def clear(state: State) -> State:
    """Empty pads."""
    return replace(state, example=None, strokes=())


def fill(state: State) -> State:
    """Examples on every pad."""
    return replace(state, example=0 if state.example is None else state.example + 1, strokes=())


W11 = Widget(
    "W11",
    "Draw your own",
    State,
    compute,
    draw,
    buttons={"Empty the pads": clear, "Undo a stroke": undo, "Show examples": fill},
    on_stroke=stroke,
)
