"""What `growth` times: the work of the course, at sizes that a reader can turn up."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch

from benchmarks import maml_speed, rl2_speed
from benchmarks.maml_speed import Work
from course_lib.black_box import transformer
from course_lib.few_shot.rivals import matching
from course_lib.maml import engine, multistep
from course_lib.nets.stored_norm import with_statistics
from course_lib.rl2 import ppo
from course_lib.rl2.bandits.players.gittins import finite_indices
from course_lib.rl2.mdps import players as planners
from course_lib.tasks.mdps import sample_mdps

CPU = torch.device("cpu")
LINEAR = "every one more costs the same"


class Case(NamedTuple):
    """One thing that grows: `make(size)` gives what is timed."""

    name: str
    axis: str
    sizes: tuple[int, ...]
    make: Callable[[int], Callable[[], object]]
    expected: float  # the exponent that the algorithm has; 1 is proportional
    why: str


def meta_step(work: Work) -> Callable[[], object]:
    """A meta-gradient by the engine."""
    p = maml_speed.problem(work, CPU)
    return lambda: engine.meta_grad(p.loss, p.theta, p.tasks, lr=p.work.lr, steps=p.work.steps)


def typed_out(steps: int) -> Callable[[], object]:
    """The multi-step meta-gradient as notebook 05 derives it: one Hessian product a step."""
    p = maml_speed.problem(Work(1, steps, 0.01), CPU)
    pairs = [tuple(a[0] for a in pair) for pair in p.tasks]
    task = multistep.flat_task(p.loss, p.theta, *pairs)[:3]
    return lambda: multistep.meta_gradient(*task, lr=0.01, steps=steps)


def attention(length: int) -> Callable[[], object]:
    """What the transformer of notebook 08 says after the whole of a sequence."""
    gen = torch.Generator().manual_seed(0)
    theta = transformer.init(5, 48, 3, gen)
    x, y = torch.randn(8, length, 5, generator=gen), torch.randn(8, length, generator=gen)
    at = torch.randn(8, 1, 5, generator=gen)
    return lambda: transformer.curve(theta, x, y, at, [length])


def votes(num_ways: int) -> Callable[[], object]:
    """A matching net's answers to one query of each class."""
    gen = torch.Generator().manual_seed(0)
    images = torch.rand(1, num_ways, 1, 28, 28, generator=gen)
    theta = with_statistics(matching.init_scaled(gen), images[0])
    support = images, torch.arange(num_ways)[None]
    return lambda: matching.log_shares(theta, support, images, num_ways)


def lives(**setting: int) -> Callable[[], object]:
    """One iteration of RL² on bandits: 400 trials are lived, and learned from."""
    return rl2_speed.ours(rl2_speed.Setting(trials=100)._replace(**setting), ppo.ppo_loss)[0]


def plans(num_states: int) -> Callable[[], object]:
    """PSRL plans 50 sampled worlds."""
    mdps = sample_mdps(50, torch.Generator().manual_seed(0), num_states=num_states)
    player = planners.psrl()
    return lambda: planners.play(player, mdps, 1, torch.Generator().manual_seed(0))


def indices(horizon: int) -> Callable[[], object]:
    """The table of Gittins indices for so many pulls."""
    return lambda: finite_indices.__wrapped__(horizon, num_wages=32)  # past its cache


def cases() -> Iterator[Case]:
    """All, in the order of the notebooks."""
    yield Case("MAML, tasks in a meta-batch", "tasks", (25, 50, 100, 200, 400, 800),
               lambda n: meta_step(Work(n, 1, 0.01)), 1, LINEAR)  # fmt: skip
    yield Case("MAML, inner steps", "steps K", (2, 4, 8, 16, 32),
               lambda k: meta_step(Work(25, k, 0.01)), 1,
               "K steps forward, and K products with a Hessian back")  # fmt: skip
    yield Case("The meta-gradient as derived in 05", "steps K", (2, 4, 8, 16, 32), typed_out, 1,
               "one Hessian-vector product for each step")  # fmt: skip
    yield Case("conv4 MAML, classes", "ways n", (4, 8, 16, 32, 64),
               lambda n: meta_step(Work(2, 1, 0.4, num_ways=n, num_shots=1)), 1,
               "n pictures; the head's n outputs are little beside them")  # fmt: skip
    yield Case("conv4 MAML, shots", "shots k", (2, 4, 8, 16, 32),
               lambda k: meta_step(Work(2, 1, 0.4, num_ways=2, num_shots=k)), 1,
               LINEAR)  # fmt: skip
    yield Case("Matching net, classes", "ways n", (5, 10, 20, 40, 80, 160), votes, 1,
               "n² cosines, but the n pictures through conv4 cost far more")  # fmt: skip
    yield Case("Transformer, length", "pairs", (32, 64, 128, 256, 512), attention, 2,
               "every pair looks at every earlier pair; the other layers are linear, so short "
               "sequences grow more slowly")  # fmt: skip
    yield Case("RL² on bandits, arms", "arms", (10, 40, 160, 640),
               lambda n: lives(num_arms=n), 1,
               "the GRU's 64 units cost the same with any number of arms")  # fmt: skip
    yield Case("RL² on bandits, pulls", "pulls", (10, 20, 40, 80), lambda n: lives(horizon=n), 1,
               LINEAR)  # fmt: skip
    yield Case("Gittins indices, pulls", "pulls", (32, 64, 128, 256), indices, 3,
               "a table of s successes and f failures, made anew for each number of pulls left; "
               "stored once for each horizon")  # fmt: skip
    yield Case("PSRL, states", "states", (8, 16, 32, 64), plans, 2,
               "each plan multiplies a table of states × states for each action")  # fmt: skip
