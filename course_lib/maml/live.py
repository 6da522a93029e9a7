"""A meta-training in small pieces, for a page that wants to watch it (notebook 04).

`Training(setting).step()` is the next piece: one outer step, or a part of a judgement of θ. The
outer steps are those of `training.train` with a constant β.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from course_lib.ground.device import device, seed
from course_lib.ground.types import Pair
from course_lib.maml.engine import meta_step
from course_lib.maml.inner import inner_path, together
from course_lib.nets.models import conv4, cross_entropy, mlp, mse
from course_lib.tasks import episodes, glyphs
from course_lib.tasks.characters import NUM_DRAWERS
from course_lib.tasks.sinusoids import INPUT, Sinusoids, sample_sinusoids, sample_tasks

WORLDS = ("sinusoids", "characters")
MANY = {"sinusoids": None, "characters": 200}  # what there is to meta-train on; None: no end
FEW = 10  # and what is left of it with `few`
QUERIES = {"sinusoids": 25, "characters": 2}  # a task; a class
BUDGET = {"sinusoids": 1000, "characters": 400}  # outer steps of one run
EVERY = {"sinusoids": 25, "characters": 25}  # outer steps between two judgements
JUDGED = {"sinusoids": (100, 2), "characters": (8, 3)}  # tasks in a part of it, and parts
SHOWN = {"sinusoids": 10, "characters": 3}  # inner steps of a judgement at least
META_TEST = 60  # characters
MOST = 1300  # pictures · gradients · width/32 of one outer step: about half a second of one core


class Setting(NamedTuple):
    """All that a meta-training depends on. `few`: only `FEW` curves or characters to train on."""

    world: str
    few: bool
    ways: int
    shots: int
    alpha: float
    steps: int
    beta: float
    first_order: bool
    num_tasks: int
    width: int
    seed: int


class Point(NamedTuple):
    """θ judged after `done` outer steps: on meta-train tasks, and on meta-test tasks after 0, 1, …
    inner steps. Mean squared errors, or queries right in %."""

    done: int
    meta_train: float
    path: tuple[float, ...]


def unfit(setting: Setting) -> str:
    """A sentence where this can't be trained; nothing where it can."""
    if setting.world == "sinusoids":
        return ""
    classes, queries = FEW if setting.few else MANY["characters"], QUERIES["characters"]
    if setting.ways > min(classes, META_TEST):
        return f"{setting.ways} ways need {setting.ways} characters, and there are {classes}."
    if setting.shots + queries > NUM_DRAWERS:
        return (
            f"{setting.shots} shots and {queries} queries are more than the {NUM_DRAWERS} drawings "
            "of a character: take fewer shots."
        )
    pictures = setting.num_tasks * setting.ways * (setting.shots + queries)
    if pictures * (setting.steps + 1) * max(setting.width, 16) / 32 > MOST:
        return (
            f"One outer step would take {pictures} pictures through {setting.steps + 1} gradients: "
            "too much to watch. Take fewer tasks, ways, shots or inner steps, or a narrower net."
        )
    return ""


@lru_cache(maxsize=2)
def characters(split: str) -> Tensor:
    """The pictures of one split: [classes, 20, 28, 28], the first `FEW` of them by chance too."""
    count = MANY["characters"] if split == "meta-train" else META_TEST
    return glyphs.few(count, seed(0), split=split).images


class Training:
    """The training of one `setting`: θ, Adam, and the points of its curve so far."""

    def __init__(self, setting: Setting):
        if why := unfit(setting):
            raise ValueError(why)
        self.setting, self.device = setting, device()
        self.done, self.points, self.failed = 0, [], ""
        self.inner = {"lr": setting.alpha, "steps": setting.steps}
        if setting.world == "sinusoids":
            net = mlp(1, setting.width, setting.width, 1)
            self.loss, self.score = (mse(net.apply),) * 2
            self.pool = sample_sinusoids(FEW, seed(setting.seed)) if setting.few else None
        else:
            net = conv4(setting.ways, channels=setting.width)
            self.loss = cross_entropy(net.apply)
            self.score = lambda params, x, y: (
                100 * ((net.apply(params, x).argmax(-1) == y).float().mean())
            )
            self.pool = characters("meta-train")[: FEW if setting.few else None].to(self.device)
        theta = net.init(seed(setting.seed), device=self.device)
        self.theta = {name: p.requires_grad_() for name, p in theta.items()}
        self.adam = torch.optim.Adam(self.theta.values(), lr=setting.beta, fused=True)
        self.gen = seed(1000 + setting.seed)
        self._pieces = self._all_pieces()

    def step(self) -> None:
        """The next piece. Errors: ValueError, once and for all, where the training diverges."""
        if not self.failed:
            next(self._pieces)
        if self.failed:
            raise ValueError(self.failed)

    def _all_pieces(self) -> Iterator[None]:
        every = EVERY[self.setting.world]
        while not self.failed:
            if self.done % every == 0:
                yield from self._judge()
            tasks = self.meta_batch(self.gen)
            first_order = self.setting.first_order
            loss = meta_step(
                self.loss, self.theta, tasks, self.adam, **self.inner, first_order=first_order
            )
            if not torch.isfinite(loss):
                self.failed = (
                    f"The meta-loss is {loss.item()} after {self.done} outer steps: this training "
                    "has diverged. Take a smaller α or β, or fewer inner steps."
                )
            self.done += 1
            yield

    def _judge(self) -> Iterator[None]:
        """A part of the judgement at a time; with the last one the curve has a new point."""
        world, found = self.setting.world, ([], [])
        size, parts = JUDGED[world]
        gens = seed(2_000), seed(3_000)
        longest = max(self.setting.steps, SHOWN[world])
        for _ in range(parts):
            for scores, gen, draw, steps in zip(
                found, gens, (self.meta_batch, self.unseen), (self.setting.steps, longest),
                strict=True,
            ):  # fmt: skip
                scores.append(self._scores(draw(gen, size), steps))
                yield
        train, test = (torch.cat(scores, 1).double().mean(1).cpu() for scores in found)
        self.points.append(Point(self.done, train[-1].item(), tuple(test.tolist())))
        yield

    @torch.no_grad()
    def _scores(self, tasks: tuple[Pair, Pair], steps: int) -> Tensor:
        """The score of each task after each inner step, [path, num_tasks]."""
        support, query = tasks
        theta = {name: p.detach() for name, p in self.theta.items()}
        total, copies = together(self.loss, theta, len(support[0]))
        path = inner_path(total, copies, support, lr=self.setting.alpha, steps=steps)
        return torch.stack([vmap(self.score)(phi, *query) for phi in path])

    def meta_batch(self, gen: torch.Generator, num_tasks: int | None = None) -> tuple[Pair, Pair]:
        """Tasks to meta-train on."""
        num_tasks = num_tasks or self.setting.num_tasks
        if self.setting.world == "characters":
            return self._episodes(self.pool, gen, num_tasks)
        if self.pool is None:
            return self.unseen(gen, num_tasks)
        which = torch.randint(FEW, (num_tasks,), generator=gen)
        curves = Sinusoids(*(part[which] for part in self.pool))
        low, high = INPUT
        xs, xq = (
            low + (high - low) * torch.rand(num_tasks, n, 1, generator=gen)
            for n in (self.setting.shots, QUERIES["sinusoids"])
        )
        pairs = [(x, curves(x)) for x in (xs, xq)]
        return tuple(tuple(a.to(self.device) for a in pair) for pair in pairs)

    def unseen(self, gen: torch.Generator, num_tasks: int) -> tuple[Pair, Pair]:
        """Tasks of the whole world: fresh sinusoids, or meta-test characters."""
        if self.setting.world == "characters":
            return self._episodes(characters("meta-test").to(self.device), gen, num_tasks)
        return sample_tasks(
            num_tasks, num_shots=self.setting.shots, num_queries=QUERIES["sinusoids"], gen=gen,
            device=self.device,
        )  # fmt: skip

    def _episodes(self, images: Tensor, gen: torch.Generator, num_tasks: int):
        return episodes.sample_episodes(
            images, num_tasks=num_tasks, num_ways=self.setting.ways, gen=gen,
            num_shots=self.setting.shots, num_queries=QUERIES["characters"],
        )  # fmt: skip


def run(setting: Setting, outer_steps: int) -> list[Point]:
    """The curve of a whole training, at once."""
    training = Training(setting)
    while not training.points or training.points[-1].done < outer_steps:
        training.step()
    return training.points
