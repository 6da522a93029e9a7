"""W19: meta-training, live: the curves grow while the kernel trains (notebook 04)."""

from dataclasses import dataclass, replace
from functools import lru_cache

import course_lib
from course_lib import results
from course_lib.maml.live import BUDGET, WORLDS, Point, Setting, Training, unfit
from course_lib.scenes.scene import Line, Panel, Points, Scene, Text
from course_lib.scenes.words import counted
from course_lib.widgets.core import Widget, check_sliders, choice, slider, switch

ALPHAS = (0.0, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.4, 1.0)
BETAS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
WIDTHS = (8, 16, 32, 40, 64)
USUAL = {
    "sinusoids": {"shots": 10, "alpha": 0.01, "beta": 0.01, "num_tasks": 16, "width": 40},
    "characters": {"shots": 1, "alpha": 0.4, "beta": 0.003, "num_tasks": 8, "width": 32},
}
SHORT = {
    "world": "world", "few": "few to train on", "ways": "n", "shots": "k", "alpha": "α",
    "steps": "K", "beta": "β", "first_order": "first order", "num_tasks": "tasks a step",
    "width": "width", "seed": "seed",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A training as far as it has come: `done` outer steps of `goal`, and its curve."""

    setting: Setting
    done: int = 0
    goal: int = 0
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class State:
    """The controls, the run that they have started, and the one that was kept.

    `kept` is None as long as the reader has kept nothing: then a stored run stands there.
    """

    world: str = choice("sinusoids", WORLDS, label="world", brings=USUAL)
    ways: int = slider(5, 2, 20, label="ways n (characters)")
    shots: int = slider(10, 1, 20, label="shots k")
    alpha: float = choice(0.01, ALPHAS, label="inner step size α")
    steps: int = slider(1, 0, 5, label="inner steps K")
    first_order: bool = switch(False, label="first order")
    beta: float = choice(0.01, BETAS, label="outer step size β")
    num_tasks: int = slider(16, 1, 32, label="tasks a step")
    few: bool = switch(False, label="only 10 to meta-train on")
    width: int = choice(40, WIDTHS, label="width of the net")
    seed: int = slider(1, 1, 9, label="seed")
    run: Run | None = None
    kept: Run | None = None
    running: bool = False

    def __post_init__(self):
        check_sliders(self)

    @property
    def setting(self) -> Setting:
        """What a training that starts now would depend on."""
        setting = Setting(*(getattr(self, name) for name in Setting._fields))
        return setting if self.world == "characters" else setting._replace(ways=5)


@lru_cache(maxsize=6)
def training(setting: Setting) -> Training:
    """The training of a setting, where it stands: what was trained once is not trained again."""
    return Training(setting)


@lru_cache(maxsize=2)
def stored(world: str) -> Run:
    """The run of a world's usual setting that comes with the course."""
    rows = [row for row in results.load("live_training")["rows"] if row["world"] == world]
    points = tuple(Point(row["done"], row["meta_train"], tuple(row["path"])) for row in rows)
    return Run(State(world=world, **USUAL[world]).setting, points[-1].done, 0, points)


def train(state: State) -> State:
    """Begin, go on, or go further, with the controls as they are; nothing where they don't fit."""
    if unfit(state.setting):
        return replace(state, running=False)
    run = state.run
    if run is None or run.setting != state.setting:
        run = Run(state.setting)
    if run.done >= run.goal:
        run = replace(run, goal=run.goal + BUDGET[state.world])
    return replace(state, run=run, running=True)


def advance(state: State) -> State:
    """One piece further; a moved control ends the run, and so does the end of its budget."""
    run = state.run
    if run is None or state.setting != run.setting:
        return replace(state, running=False)
    it = training(run.setting)
    if it.done <= run.done and not (it.points and it.points[-1].done >= run.goal):
        it.step()
    done = min(it.done, run.done + 1, run.goal)
    points = run.points
    if len(points) < len(it.points) and it.points[len(points)].done <= done:
        points = (*points, it.points[len(points)])
    going = not (points and points[-1].done >= run.goal)
    return replace(state, run=replace(run, done=done, points=points), running=going)


def keep(state: State) -> State:
    """The run on show becomes the pale one, and stops."""
    return replace(state, kept=state.run or Run(state.setting), run=None, running=False)


def compute(state: State) -> tuple[State, Run | None, Run]:
    """(the state, its run, the pale run): both of the world that the controls show, or none."""
    run = state.run if state.run and state.run.setting.world == state.world else None
    kept = stored(state.world) if state.kept is None else state.kept
    return state, run, kept if kept.setting.world == state.world else Run(state.setting)


def draw(data: tuple[State, Run | None, Run]) -> Scene:
    """The curve of the training, and what θ of now makes of more inner steps."""
    state, run, kept = data
    name = "mean squared error" if state.world == "sinusoids" else "queries right, %"
    panels = [_curve(state, run, kept, name), _path(state, run, kept, name)]
    alt = (
        "A meta-training as it goes on. Left, against the outer steps: how well θ does on "
        "meta-train and meta-test tasks after its inner steps, and before them; a kept run is "
        "pale. Right, the meta-test tasks after 0, 1, 2, … inner steps with θ of now."
    )
    return Scene([panels], alt, _status(state, run, kept), [360])


def _drawn(values) -> list[float]:
    """Inside of what the axis can show; what is not finite, at its end."""
    return [min(max(v, 1e-3), 1e4) if v == v else 1e4 for v in values]


def _axis(state: State) -> dict:
    log = state.world == "sinusoids"
    return {"ylim": (0.05, 50) if log else (-3, 103), "ylog": log}


def _curve(state: State, run: Run | None, kept: Run, name: str) -> Panel:
    end = max(kept.done, run.goal if run else 0, 100)
    marks = []
    for one, pale in ((kept, True), (run, False)):
        if not (one and one.points):
            continue
        look = {"alpha": 0.35, "width": 2} if pale else {"width": 2.5}
        after = one.setting.steps
        x = [p.done for p in one.points]
        lines = (
            ([p.path[0] for p in one.points], "theta", "meta-test, before adapting", True),
            ([p.meta_train for p in one.points], "meta_train", "meta-train, after K", False),
            ([p.path[after] for p in one.points], "meta_test", "meta-test, after K", False),
        )
        for y, color, label, dash in lines:
            shown = "" if pale and run and run.points else label
            marks.append(Line(x, _drawn(y), color, label=shown, dash=dash, **look))
            if not pale:
                marks.append(Points(x[-1:], _drawn(y[-1:]), color, 4))
    if not marks:
        low, high = _axis(state)["ylim"]
        middle = (low * high) ** 0.5 if state.world == "sinusoids" else (low + high) / 2
        marks.append(Text(end / 2, middle, "Nothing is trained yet.", "muted", align="center"))
    heights = (0.16, 0.105, 0.068) if state.world == "sinusoids" else (13, 7, 1)
    for height, words in zip(heights, _asked(state), strict=True):
        marks.append(Text(0.015 * end, height, words, "muted", 11))
    title = "Meta-training" + (" (pale: kept)" if kept.points else "")
    return Panel(marks, (0, end), **_axis(state), title=title, xlabel="outer steps", ylabel=name)


def _path(state: State, run: Run | None, kept: Run, name: str) -> Panel:
    marks, longest = [], 1
    for one, pale in ((kept, True), (run, False)):
        if one and one.points:
            path = one.points[-1].path
            longest = max(longest, len(path) - 1)
            look = {"alpha": 0.35} if pale else {}
            marks.append(Line(range(len(path)), _drawn(path), "meta_test", **look))
            marks.append(Points(range(len(path)), _drawn(path), "meta_test", 5, **look))
            trained = one.setting.steps
            marks.append(
                Points(
                    [trained], _drawn([path[trained]]), "adapted", 9, "ring",
                    "K of its training" if not pale or not (run and run.points) else "", **look,
                )
            )  # fmt: skip
    ticks = [(i, str(i)) for i in range(0, longest + 1, 2 if longest > 5 else 1)]
    return Panel(
        marks, (-0.3, longest + 0.3), **_axis(state), title="Meta-test tasks, with θ of now",
        xlabel="inner steps", ylabel=name, xticks=ticks, width=0.7,
    )  # fmt: skip


def _status(state: State, run: Run | None, kept: Run) -> str:
    words = []
    if why := unfit(state.setting):
        words.append(f"This can't be trained. {why}")
    elif run is None:
        words.append(f"Press Train: {_named(state.setting)}.")
    elif state.setting != run.setting:
        words.append(f"Press Train for a new run with {_changes(run.setting, state.setting)}.")
    if run is not None:
        if not run.points:
            words.append("Training begins." if state.running else "Stopped before θ was judged.")
        else:
            path, after = run.points[-1].path, run.setting.steps
            unit = "" if state.world == "sinusoids" else " %"
            words.append(
                f"{'Training' if state.running else 'Stopped'}: {run.done} of {run.goal} outer "
                f"steps. Meta-test {_short(path[0])}{unit} before adapting, "
                f"{_short(path[after])}{unit} after K = {after}; "
                f"meta-train {_short(run.points[-1].meta_train)}{unit}."
            )
        words.append(f"Trained on {course_lib.device()}.")
    if kept.points:
        whose = "The pale run comes with the course" if state.kept is None else "Pale: the kept run"
        shown = run.setting if run else state.setting
        words.append(f"{whose}{_differs(kept.setting, shown)}.")
    return " ".join(words)


def _short(value: float) -> str:
    return f"{value:.3g}"


def _named(setting: Setting) -> str:
    """A setting in one line."""
    order = "first order" if setting.first_order else "second order"
    ways = f"{setting.ways}-way " if setting.world == "characters" else ""
    few = ", only 10 to meta-train on" if setting.few else ""
    return (
        f"{setting.world}, {ways}{setting.shots}-shot, α = {setting.alpha:g}, K = {setting.steps}, "
        f"{order}, β = {setting.beta:g}, {counted(setting.num_tasks, 'task')} a step, "
        f"width {setting.width}, seed {setting.seed}{few}"
    )


def _asked(state: State) -> tuple[str, str, str]:
    """The controls as they are, in three short lines: what Train would train."""
    order = "first order" if state.first_order else "second order"
    ways = f"n = {state.ways}" + (" (characters only)" if state.world == "sinusoids" else "")
    return (
        f"k = {state.shots}, K = {state.steps}, α = {state.alpha:g}, β = {state.beta:g}",
        f"{counted(state.num_tasks, 'task')} a step, width {state.width}, seed {state.seed}",
        f"{order}, {ways}" + (", only 10" if state.few else ""),
    )


def _changes(old: Setting, new: Setting) -> str:
    """What `new` has that `old` has not."""
    parts = []
    for name, value in new._asdict().items():
        if value != getattr(old, name):
            says = ("yes" if value else "no") if isinstance(value, bool) else value
            parts.append(f"{SHORT[name]} = {says}")
    return ", ".join(parts)


def _differs(kept: Setting, now: Setting) -> str:
    changed = _changes(now, kept)
    return f", with {changed}" if changed else ", with the same settings"


W19 = Widget(
    "W19",
    "Meta-training, live",
    State,
    compute,
    draw,
    buttons={
        "Train": train,
        "Stop": lambda s: replace(s, running=False),
        "Keep": keep,
        "Reset": lambda s: State(),
    },
    advance=advance,
)
