"""Meta-SGD for a page that wants to watch it: one outer step after the other, and what it makes of
the step sizes (notebook 11)."""

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.beyond.recipes import SIZES, meta_sgd_start
from course_lib.beyond.step_sizes import OWN, meta_sgd_grad, parted
from course_lib.ground.device import seed as generator
from course_lib.ground.types import Params
from course_lib.maml import query_curve
from course_lib.maml.study import LOSS
from course_lib.tasks.sinusoids import sample_tasks
from course_lib.training.loop import load_checkpoint

TENSORS = ("w0", "b0", "w1", "b1", "w2", "b2")
SWAPS = {"nothing": (), "w0 ↔ w2": ("w0", "w2"), "b0 ↔ b1": ("b0", "b1"), "w1 ↔ w1ᵀ": ("w1", "w1")}
EVERY, LAST, BETA = 25, 1000, 5e-3
SEED = 4


class Training:
    """θ and its step sizes; `kept[i]` is both after i·`EVERY` outer steps. `frozen` stays 0.01."""

    def __init__(self, frozen: str):
        self.frozen = OWN + frozen
        both = meta_sgd_start(generator(SEED))
        self.both = {name: p.requires_grad_() for name, p in both.items()}
        self.adam = torch.optim.Adam(self.both.values(), lr=BETA)
        self.gen, self.kept = generator(100 + SEED), [self._now()]
        self.done = 0

    def _now(self) -> Params:
        return {name: p.detach().clone() for name, p in self.both.items()}

    def step(self) -> None:
        """One outer step."""
        _, grads = meta_sgd_grad(LOSS, self.both, sample_tasks(**SIZES, gen=self.gen))
        for name, p in self.both.items():
            p.grad = None if name == self.frozen else grads[name]
        self.adam.step()
        self.done += 1
        if self.done % EVERY == 0:
            self.kept.append(self._now())


@lru_cache(maxsize=8)
def training(frozen: str) -> Training:
    """The training with these step sizes frozen ("nothing": none), where it stands."""
    return Training(frozen)


def at(frozen: str, done: int) -> Params:
    """θ and its step sizes after `done` outer steps, rounded down to what is kept."""
    it = training(frozen)
    while it.done < done // EVERY * EVERY:
        it.step()
    return it.kept[done // EVERY]


@lru_cache(maxsize=1)
def shipped() -> Params:
    """What the course ships, trained longer."""
    return load_checkpoint("sinusoid-meta-sgd")[0]


def swapped(both: Params, swap: str) -> Params:
    """Two tensors with each other's step sizes; "w1 ↔ w1ᵀ": each weight with that of its mirror."""
    if not SWAPS[swap]:
        return both
    a, b = (OWN + name for name in SWAPS[swap])
    shape = both[a].shape
    turned = both[b].T if both[b].dim() == 2 else both[b]
    back = both[a].T if both[a].dim() == 2 else both[a]
    return {**both, a: turned.reshape(shape), b: back.reshape(both[b].shape)}


@lru_cache(maxsize=1)
def judged():
    """The meta-test tasks that every number of the page is of."""
    return sample_tasks(100, num_shots=SIZES["num_shots"], num_queries=50, gen=generator(1130))


def errors(both: Params, uniform: bool = False) -> Float[Tensor, "path tasks"]:
    """Query loss of the meta-test tasks after 0 and 1 step; `uniform`: all with the mean α."""
    theta, rates = parted(both)
    if uniform:
        mean = torch.cat([rate.flatten() for rate in rates.values()]).mean()
        rates = {name: torch.full_like(rate, mean.item()) for name, rate in rates.items()}
    moving = {name: rate.detach().clone().requires_grad_() for name, rate in rates.items()}
    with torch.no_grad():
        return query_curve(LOSS, theta, judged(), lr=moving, steps=1).T
