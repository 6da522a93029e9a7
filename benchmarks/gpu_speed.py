"""How fast the course is on a GPU and on one CPU thread: meta-steps, RL², widgets, trainings.

The meta-steps are `maml_speed`'s, the RL² iterations `rl2_speed`'s. The widgets' modules need
ipywidgets; what stands here are the computations behind one move of a slider of W5 and of W10. The
trainings are the course's own loop for a few iterations, at the middle of their schedule.
"""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from unittest import mock

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap

import course_lib
from benchmarks import maml_speed, rl2_speed
from benchmarks.gpu_items import Item
from course_lib import few_shot, training
from course_lib.few_shot.classify import load_learner
from course_lib.maml import study
from course_lib.maml.inner import inner_path
from course_lib.press import train
from course_lib.tasks import datasets, omniglot
from course_lib.tasks import episodes as sampling
from course_lib.tasks.sinusoids import INPUT, sample_tasks
from course_lib.training.compiling import missing_compiler
from course_lib.training.recipe import Recipe

CPU = torch.device("cpu")
IMPLS = ("ours-eager", "loop", "learn2learn")
GRID = torch.linspace(*INPUT, 161)[:, None]
MOVES = 40
SECONDS = {"cuda": 0.9, "cpu": 0.6}  # of one training; on a GPU it first records its kernels


def both(device: torch.device) -> list[torch.device]:
    """The GPU and the CPU; the CPU once where it is all there is."""
    return [device, CPU] if device.type != "cpu" else [CPU]


def items(device: torch.device) -> Iterator[Item]:
    """Speeds: the GPU's first, then the CPU's; the compilations that take minutes last."""
    for at in both(device):
        for work in maml_speed.WORKS:
            yield Item(f"{work} on {at}", 45, lambda w=work, d=at: meta_steps(w, d))
        yield Item(f"RL² on {at}", 60, lambda d=at: rl2_rows("ours", d))
        yield compiled_item("sinusoid-25x1", at)
    for at in both(device):
        yield compiled_item("sinusoid-250x1", at)
        yield compiled_item("sinusoid-25x5", at)
        yield Item(f"RL² compiled on {at}", 90, lambda d=at: rl2_rows(rl2_speed.COMPILED, d))


def compiled_item(work: str, device: torch.device) -> Item:
    """The compiled meta-step of a work."""
    return Item(f"{work} compiled on {device}", 90, lambda: compiled_steps(work, device))


def meta_steps(work: str, device: torch.device, impls: tuple[str, ...] = IMPLS) -> list[dict]:
    """`maml_speed.rows_for`, and a row with the reason for what cannot run here."""
    _, absent = maml_speed.implementations(
        maml_speed.problem(maml_speed.WORKS[work], device), impls
    )
    repeats = 1 if device.type == "cpu" and work.startswith("conv4") else 3
    rows = maml_speed.rows_for(work, device, repeats, impls)
    rows = [{**row, "device": str(device)} for row in rows]
    return [*rows, *({"work": work, "device": str(device), "absent": why} for why in absent)]


def compiled_steps(work: str, device: torch.device) -> list[dict]:
    """The compiled meta-step beside the uncompiled one, and the seconds all of it took."""
    if why := missing_compiler(CPU, "the meta-step"):  # a GPU's needs one of C, too
        return [{"work": work, "device": str(device), "absent": why}]
    begun = time.perf_counter()
    rows = meta_steps(work, device, ("ours-eager", "ours-compiled"))
    return [{**row, "with_compiling_s": round(time.perf_counter() - begun, 1)} for row in rows]


def rl2_rows(impl: str, device: torch.device) -> list[dict]:
    """`rl2_speed.rows_for` on a device, or the reason why it cannot run here."""
    if why := rl2_speed.missing(impl):
        return [{"work": "rl2", "impl": impl, "device": str(device), "absent": why}]
    rows = rl2_speed.rows_for((impl,), 3, rl2_speed.Setting(device=str(device)))
    return [{**row, "work": "rl2", "device": str(device)} for row in rows]


def w5(device: torch.device) -> Callable[[int, float, tuple], Tensor]:
    """What W5 computes: both nets' curves after 0…K steps on the support points."""
    both_starts = [study.start(name) for name in ("maml", "pretrained")]
    starts = {n: torch.stack([s[n] for s in both_starts]).to(device) for n in both_starts[0]}
    grid = GRID.to(device)

    def curves(steps: int, alpha: float, support: tuple[Tensor, Tensor]) -> Tensor:
        def path_of(theta):
            path = inner_path(study.LOSS, theta, support, lr=alpha, steps=steps)
            return torch.stack([study.NET.apply(phi, grid)[:, 0] for phi in path])

        return vmap(path_of)(starts).cpu()

    return curves


def w10(device: torch.device) -> Callable[[int, float, tuple, Tensor, int], Tensor]:
    """What W10 computes: the chances of each class after 0…K steps on an episode's support."""
    theta = load_learner("glyphs-any", device).theta

    def chances(steps: int, alpha: float, support: tuple, query: Tensor, ways: int) -> Tensor:
        support, query = tuple(a.to(device) for a in support), query.to(device)
        inner = {"num_ways": ways, "alpha": alpha, "steps": steps}
        return few_shot.path_logits(theta, support, query, **inner).softmax(-1).cpu()

    return chances


def widget_items(device: torch.device) -> Iterator[Item]:
    """One move of a slider, both widgets on both devices."""
    for at in both(device):
        yield Item(f"W5 on {at}", 10, lambda d=at: [slider("W5", d, w5_moves(d))])
        yield Item(f"W10 on {at}", 20, lambda d=at: [slider("W10", d, w10_moves(d))])


def w5_moves(device: torch.device) -> Iterator[Callable[[], Tensor]]:
    """K and α as a reader moves them, with five support points."""
    curves = w5(device)
    (x, y), _ = sample_tasks(1, num_shots=5, gen=course_lib.seed(0), device=device)
    for i in range(MOVES):
        yield lambda i=i: curves(i % 11, 0.0025 * (1 + i % 20), (x[0], y[0]))


def w10_moves(device: torch.device) -> Iterator[Callable[[], Tensor]]:
    """α as a reader moves it, 5-way 1-shot with three steps."""
    chances, images = w10(device), datasets.load("glyphs").images_in("meta-test")
    sizes = {"num_tasks": 1, "num_ways": 5, "num_shots": 1, "num_queries": 2}
    (xs, ys), (xq, _) = sampling.sample_episodes(images, **sizes, gen=course_lib.seed(0))
    for i in range(MOVES):
        yield lambda i=i: chances(3, 0.05 * (1 + i % 20), (xs[0], ys[0]), xq[0], 5)


def slider(widget: str, device: torch.device, moves: Iterator[Callable[[], Tensor]]) -> dict:
    """Milliseconds of a move on the wall, its answer on the CPU; the first five warm up."""
    times = []
    for move in moves:
        begun = time.perf_counter()
        move()
        times.append(1e3 * (time.perf_counter() - begun))
    p50, p95 = np.percentile(times[5:], [50, 95])
    return {
        "widget": widget, "device": str(device), "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2), "first_ms": round(times[0], 1), "moves": len(times[5:]),
    }  # fmt: skip


def recipe_items(device: torch.device) -> Iterator[Item]:
    """Every training from its first seed; those on glyphs, which others stand for, last."""
    names = [name for name in train.RECIPES if not name.endswith(("-seed2", "-seed3"))]
    for name in sorted(names, key=lambda name: name.startswith("glyphs-")):
        yield Item(name, 20, lambda name=name: [minutes(train.RECIPES[name], device)])


def minutes(recipe: Recipe, device: torch.device) -> dict:
    """How long a training would take on each device, from the median of a few iterations.

    Where Omniglot is absent the glyphs stand in: pictures of the same size, other characters.
    """
    load, absent = datasets.load, omniglot.find() is None
    found = {"recipe": recipe.name, "iterations": recipe.iterations}
    with mock.patch.object(datasets, "load", lambda name="auto": load("auto" if absent else name)):
        for at in both(device):
            times = seconds_each(recipe, at)
            settled = times[-(-len(times) // 3) :] or times  # without the third that warms up
            ms = 1e3 * statistics.median(settled)
            found[at.type] = {
                "minutes": round(ms * recipe.iterations / 60_000, 2), "ms": round(ms, 2),
                "timed": len(settled), "first_ms": round(1e3 * times[0], 1),
            }  # fmt: skip
    if absent and recipe.notes.get("data") == "omniglot":
        found["pictures"] = "glyphs, as Omniglot is absent"
    return found


class Enough(Exception):
    """A training has been watched for long enough."""


def seconds_each(recipe: Recipe, device: torch.device) -> list[float]:
    """The seconds from each iteration's beginning to the next one's, in the course's own loop."""
    starts: list[float] = []
    lasts = SECONDS[device.type]

    def watched(*given):
        starts.append(time.perf_counter())
        if len(starts) > 1 and starts[-1] - starts[0] > lasts:
            raise Enough
        if recipe.trainer == "train":
            return recipe.objective(*given, device)
        theta, adam, gen, _ = given
        middle = recipe.iterations // 2
        return recipe.objective(theta, adam, gen, middle, iterations=recipe.iterations)

    gen = course_lib.seed(recipe.seed)
    common = {"iterations": recipe.iterations, "lr": recipe.lr, "gen": gen, "title": recipe.name}
    theta = recipe.init(gen, device=device)
    with contextlib.suppress(Enough):
        if recipe.trainer == "train":
            training.train(watched, theta, **common)
        else:
            training.iterate(watched, theta, schedule=training.linear, **common)
    return [after - before for before, after in pairwise(starts)]
