"""W10: n-way k-shot classification, live: a learner adapts to one episode of characters
(notebook 06)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

import course_lib
from course_lib import few_shot
from course_lib.few_shot.classify import load_learner
from course_lib.ground import stats
from course_lib.ground.types import Params
from course_lib.scenes.scene import Band, Image, Line, Panel, Points, Rect, Scene, Text
from course_lib.scenes.words import counted
from course_lib.tasks import episodes, omniglot
from course_lib.widgets.core import Widget, check_sliders, choice, slider
from course_lib.widgets.w00_few_shot_game import pool
from course_lib.widgets.walks import Walked, Walks

LETTERS = "ABCDEFGHIJKLMNOPQRST"
CHECKPOINTS = {"MAML": "{}-any", "first-order MAML": "{}-any-first-order"}
METHODS = [*CHECKPOINTS, "from scratch", "nearest neighbour"]
COLORS = dict(zip(METHODS, ("maml", "first_order", "scratch", "ink"), strict=True))
MORE = 5  # episodes that one press of a button adds

Setting = tuple[str, str, int, int, float, int]  # data, method, ways, shots, α, steps


@dataclass(frozen=True)
class State:
    """One episode and a learner; `record` holds (setting, episode, accuracy) of those before."""

    ways: int = slider(5, 2, 20, label="ways n")
    shots: int = slider(1, 1, 10, label="shots k")
    alpha: float = slider(0.4, 0.0, 1.0, step=0.05, label="inner step size α")
    steps: int = slider(3, 0, 10, label="inner steps")
    method: str = choice("MAML", METHODS, label="method")
    data: str = choice("glyphs", ["glyphs", "omniglot"], label="characters")
    episode: int = 0
    record: tuple[tuple[Setting, int, float], ...] = ()

    def __post_init__(self):
        check_sliders(self)

    @property
    def setting(self) -> Setting:
        """All that the accuracy of an episode depends on."""
        return self.data, self.method, self.ways, self.shots, self.alpha, self.steps


@dataclass(frozen=True)
class Data:
    """The episode's pictures, the prediction for each query after each step, and the mean so far.

    Pictures are uint8 with 255 = ink. `chances` [steps + 1, queries, ways] are probabilities.
    """

    state: State
    support: UInt8[np.ndarray, "ways shots 28 28"]
    query: UInt8[np.ndarray, "ways each 28 28"]
    chances: Float[np.ndarray, "path queries ways"]
    pixels: float
    accuracies: tuple[float, ...]


def queries(ways: int) -> int:
    """Query pictures per class: fewer where there are many classes."""
    return 2 if ways <= 10 else 1


@lru_cache(maxsize=2)
def characters(data: str) -> Tensor:
    """Meta-test characters: [classes, 20, 28, 28]. The glyphs stand in where Omniglot is absent."""
    if data == "omniglot" and omniglot.find():
        return omniglot.load().images_in("meta-test")
    return pool()


@lru_cache(maxsize=8)
def start(data: str, method: str) -> Params:
    """θ: a checkpoint trained on `data`, or random weights."""
    device = course_lib.device()
    if method in CHECKPOINTS:
        return load_learner(CHECKPOINTS[method].format(data), device).theta
    return few_shot.init_any_n("conv4", torch.Generator().manual_seed(0), device=device)


@lru_cache(maxsize=256)
def episode(
    data: str, ways: int, shots: int, number: int
) -> tuple[episodes.Draw, episodes.Episode]:
    """Episode `number` of a data set: the same whenever it is asked for."""
    gen = torch.Generator().manual_seed((ways * 11 + shots) * 100_000 + number)
    images = characters(data)
    sizes = {"num_ways": ways, "num_shots": shots, "num_queries": queries(ways)}
    draw = episodes.draw_indices(*images.shape[:2], num_tasks=1, **sizes, gen=gen)
    (xs, ys), (xq, yq) = episodes.gather(images, draw)
    return draw, episodes.Episode((xs[0], ys[0]), (xq[0], yq[0]))


def _begin(key: tuple) -> Walked:
    """θ with its head, and what it says of the queries: `key` is a setting without its steps,
    and the number of the episode."""
    data, method, ways, *_ = key
    theta = few_shot.with_head(start(data, method), ways)
    return Walked(theta, _said(key, [theta]))


@torch.no_grad()
def _go_on(key: tuple, phi: Params, steps: int) -> Walked:
    """Inner steps on the episode's support from φ on, and what is said after each."""
    data, _, ways, shots, alpha, number = key
    xs, ys = (a.to(course_lib.device()) for a in episode(data, ways, shots, number)[1].support)
    _, *path = few_shot.walk(phi, (xs, ys), num_ways=ways, alpha=alpha, steps=steps)
    return Walked(path[-1], _said(key, path))


@torch.no_grad()
def _said(key: tuple, path: list[Params]) -> Float[Tensor, "path queries ways"]:
    """Class probabilities of the episode's queries, on the CPU."""
    data, _, ways, shots, _, number = key
    xq = episode(data, ways, shots, number)[1].query[0].to(course_lib.device())
    return torch.stack([few_shot.logits(phi, xq) for phi in path]).softmax(-1).cpu()


PATHS = Walks(_begin, _go_on, most=60)  # of half a megabyte each


def chances(setting: Setting, number: int) -> Float[Tensor, "path queries ways"]:
    """Class probabilities of the queries after 0, 1, … inner steps, on the CPU."""
    data, method, ways, shots, _, steps = setting
    if method == "nearest neighbour":
        (xs, ys), (xq, _) = episode(data, ways, shots, number)[1]
        nearest = episodes.nearest_neighbour(episodes.Episode((xs, ys), (xq, ys[:1])))
        return F.one_hot(nearest, ways).float().expand(steps + 1, -1, -1)
    return PATHS.upto((*setting[:-1], number), steps)


def accuracy(setting: Setting, number: int) -> float:
    """The fraction of right queries after the last step."""
    truth = episode(*setting[:1], *setting[2:4], number)[1].query[1]
    return (chances(setting, number)[-1].argmax(-1) == truth).float().mean().item()


def compute(state: State) -> Data:
    """The episode on show, its predictions, and the accuracies of all episodes of this setting."""
    draw, shown = episode(state.data, state.ways, state.shots, state.episode)
    images = characters(state.data)
    classes = draw.classes[0, :, None]
    said = chances(state.setting, state.episode)
    nearest = episodes.accuracy(episodes.nearest_neighbour(shown), shown.query[1]).item()
    before = {e: a for setting, e, a in state.record if setting == state.setting}
    before[state.episode] = accuracy(state.setting, state.episode)
    return Data(
        state,
        images[classes, draw.support[0]].numpy(),
        images[classes, draw.query[0]].numpy(),
        said.numpy(),
        nearest,
        tuple(before.values()),
    )


def ahead(state: State) -> Iterator:
    """What `compute(state)` needs, an inner step at a time."""
    for steps in range(state.steps + 1):
        yield chances(replace(state, steps=steps).setting, state.episode)
    yield compute(state)


def truth_of(data: Data) -> np.ndarray:
    """The right label of every query, [queries]."""
    return np.arange(data.state.ways).repeat(queries(data.state.ways))


def mean_and_ci(accuracies: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the first m accuracies in %, m = 1, 2, …, and 1.96 s/√m (0 for m = 1)."""
    values = 100 * np.array(accuracies)
    counts = np.arange(1, len(values) + 1)
    halves = [stats.mean_and_ci(values[:m])[1] if m > 1 else 0.0 for m in counts]
    return values.cumsum() / counts, np.array(halves)


def draw(data: Data) -> Scene:
    """The pictures above, the accuracy per step and the running mean below."""
    state, right = data.state, (data.chances.argmax(-1) == truth_of(data)).mean(-1)
    tall = state.shots + queries(state.ways) * 1.4 + 0.55
    side = min(940 / state.ways, 72, 470 / tall)
    mean, ci = mean_and_ci(data.accuracies)
    episodes_so_far = f"{len(mean)} episode" + ("s" if len(mean) > 1 else "")
    spread = f" ± {ci[-1]:.0f}" if len(mean) > 1 else ""
    absent = ""
    if state.data == "omniglot" and not omniglot.find():
        absent = (
            " Omniglot is not on this machine, so its net is shown glyphs: fetch it with "
            "“python -m course_lib data omniglot”."
        )
    status = (
        f"{state.ways}-way {state.shots}-shot, {state.data}, {state.method}, "
        f"α = {state.alpha:.2f}: "
        f"{right[-1] * len(truth_of(data)):.0f} of {len(truth_of(data))} queries right "
        f"(chance {100 / state.ways:.0f} %, pixels {100 * data.pixels:.0f} %). "
        f"{episodes_so_far}: {mean[-1]:.0f}{spread} %. "
        f"Computed on {course_lib.device()}.{absent}"
    )
    alt = (
        f"{state.ways} columns of characters. Above, {counted(state.shots, 'support picture')} of "
        "each class; below, its queries, framed by whether the learner was right. Two curves: "
        "accuracy after each inner step, and its mean over the episodes drawn, with an interval."
    )
    curves = [_steps_panel(data, 100 * right), _mean_panel(data, mean, ci)]
    return Scene([[_pictures(data)], curves], alt, status, (round(side * tall + 30), 240))


def _pictures(data: Data) -> Panel:
    """A column per class: its letter, its support, and the queries with what was said of them."""
    state, each = data.state, queries(data.state.ways)
    said, chance = data.chances[-1].argmax(-1), data.chances[-1].max(-1)
    marks, top = [], float(state.shots)
    doubts = state.ways <= 12 and state.method != "nearest neighbour"  # which is sure of everything
    size = 13 if state.ways <= 10 else 11
    for c in range(state.ways):
        marks.append(Text(c + 0.5, top + 0.2, LETTERS[c], "support", size, "center", True))
        for k in range(state.shots):
            box = c + 0.04, c + 0.96, top - k - 0.96, top - k - 0.04
            marks.append(Image(255 - data.support[c, k], *box, color="support", border=1.5))
        for q in range(each):
            i = c * each + q
            high = -0.15 - q * 1.4
            color = "good" if said[i] == c else "bad"
            box = c + 0.04, c + 0.96, high - 0.96, high - 0.04
            marks.append(Image(255 - data.query[c, q], *box, color=color, border=3))
            sure = f" {100 * chance[i]:.0f}" if doubts else ""
            words = f"{LETTERS[said[i]]}{'' if said[i] == c else '✗'}{sure}"
            marks.append(Text(c + 0.5, high - 1.18, words, color, size, "center"))
    marks.append(Rect(0, state.ways, -0.09, -0.07, "muted", 0.6))
    title = "Support (orange); queries with the learner's answer and its confidence in %"
    limits = (0, max(state.ways, 6)), (-0.15 - each * 1.4, top + 0.4)
    return Panel(marks, *limits, title, frame=False, equal=True)


def _steps_panel(data: Data, right: np.ndarray) -> Panel:
    """Accuracy on this episode's queries after 0, 1, … inner steps."""
    state, path = data.state, np.arange(len(right))
    last = max(state.steps, 1)
    chance = 100 / state.ways
    marks = [
        Line([0, last], [chance] * 2, "muted", 1.5, True, "chance"),
        Line([0, last], [100 * data.pixels] * 2, "ink", 1.5, True, "pixels"),
        Line(path, right, COLORS[state.method], 2.5, label=state.method),
        Points(path, right, COLORS[state.method], 5),
    ]
    ticks = [(i, str(i)) for i in range(last + 1)]
    title = "This episode, step by step"
    return Panel(
        marks, (-0.1, last + 0.1), (-4, 104), title, "inner steps taken", "queries right, %",
        xticks=ticks,
    )  # fmt: skip


def _mean_panel(data: Data, mean: np.ndarray, ci: np.ndarray) -> Panel:
    """Each episode's accuracy, their running mean, and its 95 % interval."""
    state, counts = data.state, np.arange(1, len(mean) + 1)
    color, last = COLORS[state.method], max(len(mean), 5)
    low, high = np.clip(mean - ci, 0, 100), np.clip(mean + ci, 0, 100)
    marks = [
        Line([0.5, last + 0.5], [100 / state.ways] * 2, "muted", 1.5, True),
        Band(counts, low, high, color, 0.2, "95 % interval"),
        Points(counts, 100 * np.array(data.accuracies), "query", 3.5, label="one episode"),
        Line(counts, mean, color, 2.5, label="mean so far"),
    ]
    if len(mean) == 1:
        marks.append(Points([1], mean, color, 5))
    title = "Mean over the episodes you have drawn"
    return Panel(
        marks, (0.5, last + 0.5), (-4, 104), title, "episodes drawn with this setting",
        "queries right, %",
    )  # fmt: skip


def new_episode(state: State) -> State:
    """The next episode; the one on show goes into the record."""
    entry = state.setting, state.episode, accuracy(state.setting, state.episode)
    record = state.record if entry in state.record else (*state.record, entry)
    return replace(state, episode=state.episode + 1, record=record)


def more_episodes(state: State) -> State:
    """`MORE` episodes further."""
    for _ in range(MORE):
        state = new_episode(state)
    return state


def forget(state: State) -> State:
    """The first episode again, and an empty record."""
    return replace(state, episode=0, record=())


W10 = Widget(
    "W10",
    "n-way k-shot, live",
    State,
    compute,
    draw,
    buttons={"New episode": new_episode, f"{MORE} more": more_episodes, "Start again": forget},
    ahead=ahead,
)
