"""How fast an RL² agent lives and learns, here and in the libraries you would otherwise use.

    python -m benchmarks.rl2_speed [--json] [--impl NAME] [--repeats N] [--store]

One iteration is what training repeats: 400 fresh bandits are played from their first pull to their
last, and PPO makes 12 steps of Adam on that. Speed is pulls a second over whole iterations. All
have the same network (64 recurrent units, a policy and a value on them, 7 inputs), the same batch,
epochs, minibatches and rates; `differs` says what a library does in its own way. One process, one
thread; the bandits are played side by side, without a Python loop over them, in all of them.
`ours` is what the course's agents are trained with; `ours, compiled` is the same with the loss of
`ppo_compiled`. The row `bound` is an iteration of nothing but its products (`benchmarks.bound`,
which says what that leaves out), and `times_bound` how many times as long an implementation takes.

Before any clock starts, the gradients of our compiled loss and of JAX's PPO are compared with ours.
Each then has to learn: whose mean reward does not rise above chance is not reported. `compile_s` is
the wall time of the first iteration of what compiles, with nothing kept on disk from before.
Repeats are interleaved, so that a busy moment hits everybody alike. The clock is the process's CPU
time, which other processes disturb least; `load` says how busy the machine was. (On a GPU, where
`benchmarks.gpu_check` times ours, it is wall time.) The peers are an optional extra:
pip install -r requirements-benchmarks.txt
"""

import argparse
import importlib.util
import json
import operator
import os
import platform
import shlex
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

for limit in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(limit, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import torch  # noqa: E402

import course_lib  # noqa: E402
from benchmarks import bound  # noqa: E402
from course_lib import rl2  # noqa: E402
from course_lib.ground import commit  # noqa: E402
from course_lib.nets import gru  # noqa: E402
from course_lib.results import provenance, save  # noqa: E402
from course_lib.rl2 import credit, ppo, ppo_compiled  # noqa: E402
from course_lib.rl2.ppo import PPO  # noqa: E402
from course_lib.tasks.bandits import BanditTrials, sample_means  # noqa: E402
from course_lib.training.compiling import missing_compiler  # noqa: E402

SEED = 0
MODULES = {"sb3-contrib": "sb3_contrib", "torchrl": "torchrl", "jax": "jax"}
COMPILED = "ours, compiled"
IMPLS = ("ours", COMPILED, *MODULES)
TARGETS = {"sb3-contrib": 5.0, "torchrl": 3.0, "jax": 1.0}  # ours should be so many times as fast
WARM_UP = 120  # iterations before the clock starts; the last ten show whether it learns
LEARNED = 0.53  # a random player gets 0.5 a pull, the optimum 0.666
TOLERANCE = 1e-5

Iterate = Callable[[], float]  # one iteration of training; the mean reward of its pulls


class Setting(NamedTuple):
    """What all implementations are given."""

    num_arms: int = 5
    horizon: int = 10
    hidden: int = 64
    trials: int = 400
    lr: float = 4e-3
    ppo: PPO = PPO(entropy=0.02)
    device: str = "cpu"  # the libraries' loops run on the CPU; ours on either

    @property
    def steps(self) -> int:
        """Pulls in one iteration."""
        return self.trials * self.horizon


def ours(s: Setting, loss: Callable = ppo.ppo_loss) -> tuple[Iterate, str]:
    """The course's own: `rl2.rollout` and `ppo_update`."""
    gen = course_lib.seed(SEED)
    theta = {name: p.requires_grad_() for name, p in start(s).items()}
    adam = torch.optim.Adam(theta.values(), lr=s.lr, fused=True)

    def iterate() -> float:
        experience = live(s, theta, gen)
        ppo.ppo_update(theta, adam, experience, s.ppo, gen, loss)
        return experience.rewards.mean().item()

    return iterate, "nothing: this is what the others are compared with"


def start(s: Setting) -> dict[str, torch.Tensor]:
    """The weights that training starts from."""
    return rl2.init(s.num_arms, s.hidden, course_lib.seed(SEED), device=s.device)


def live(s: Setting, theta: dict[str, torch.Tensor], gen: torch.Generator) -> rl2.Experience:
    """A batch of fresh bandits, played by θ."""
    means = sample_means(s.trials, s.num_arms, gen).to(s.device)
    return rl2.rollout(theta, BanditTrials(means, s.horizon, gen), s.horizon, gen)


def moved(s: Setting) -> tuple[dict[str, torch.Tensor], rl2.Experience]:
    """Weights, and a batch lived before they moved there, so that the clipping plays its part."""
    gen = torch.Generator().manual_seed(SEED)

    def noise(p: torch.Tensor) -> torch.Tensor:
        return torch.randn(p.shape, generator=gen).to(s.device)

    theta = {n: p + 0.1 * noise(p) for n, p in start(s).items()}
    experience = live(s, theta, gen)
    theta = {n: p + 0.05 * noise(p) for n, p in theta.items()}
    return {n: p.requires_grad_() for n, p in theta.items()}, experience


def gradient(s: Setting, theta, experience, part, loss=ppo.ppo_loss) -> dict:
    """The gradient of `loss` over the trials `part` of the experience."""
    aim = credit.targets(experience, s.ppo.gamma, s.ppo.lam, s.ppo.per_step)
    value = loss(theta, experience, aim, part, s.ppo)
    return dict(zip(theta, torch.autograd.grad(value, list(theta.values())), strict=True))


def disagreement(one: dict, other: dict) -> float:
    """How far two gradients are apart, relative to the largest entry of the first."""
    largest = max(g.abs().max().item() for g in one.values())
    return max((one[n] - other[n]).abs().max().item() for n in one) / largest


def compiled_error(s: Setting) -> float:
    """How far the gradient of our compiled loss is from the uncompiled one's on a minibatch."""
    theta, experience = moved(s)
    part = torch.arange(s.trials // s.ppo.minibatches, device=s.device)
    return disagreement(
        gradient(s, theta, experience, part),
        gradient(s, theta, experience, part, ppo_compiled.ppo_loss),
    )


def make(name: str, s: Setting) -> tuple[Iterate, str]:
    """An implementation ready to train, and what it does in its own way."""
    if name == "ours":
        return ours(s)
    if name == COMPILED:
        return ours(s, ppo_compiled.ppo_loss)[0], (
            "nothing but rounding; loss and gradient are compiled for this batch before the "
            "clock starts"
        )
    from benchmarks import rl2_peers

    return rl2_peers.PEERS[name](s)


def missing(name: str) -> str | None:
    """Why an implementation cannot run here; None if it can."""
    if name == COMPILED:
        return missing_compiler(torch.device("cpu"), what="PPO's loss")
    if name != "ours" and importlib.util.find_spec(MODULES[name]) is None:
        return f"{name} is not installed: see requirements-benchmarks.txt."
    return None


def compiling(iterate: Iterate) -> float:
    """Seconds on the wall of the first iteration, where nothing compiled is on disk."""
    from torch._inductor.utils import fresh_cache

    with fresh_cache():
        begun = time.perf_counter()
        iterate()
        return time.perf_counter() - begun


def learn(name: str, iterate: Iterate) -> float:
    """The mean reward of the last ten of `WARM_UP` iterations; SystemExit where it is chance."""
    rewards = [iterate() for _ in range(WARM_UP)]
    reward = statistics.mean(rewards[-10:])
    if reward < LEARNED:
        raise SystemExit(
            f"{name} does not learn (reward {reward:.3f} after {WARM_UP} iterations), so nothing "
            "is timed."
        )
    return reward


def measure(iterates: dict[str, Iterate], s: Setting, repeats: int) -> dict[str, list[float]]:
    """Pulls a second, `repeats` of each, interleaved; fast ones do several iterations a repeat."""

    clock = time.process_time if s.device == "cpu" else time.perf_counter

    def seconds(iterate: Iterate, times: int) -> float:
        begun = clock()
        for _ in range(times):
            iterate()  # ends with a number on the CPU: a GPU is done then
        return clock() - begun

    bundle = {name: max(1, int(0.5 / seconds(it, 1))) for name, it in iterates.items()}
    speeds = {name: [] for name in iterates}
    for _ in range(repeats):
        for name, iterate in iterates.items():
            speeds[name].append(bundle[name] * s.steps / seconds(iterate, bundle[name]))
    return speeds


def rows_for(names: tuple[str, ...], repeats: int, s: Setting = Setting()) -> list[dict]:  # noqa: B008
    """A row for each implementation that can run here.

    `ours_is` and `compiled_is` say how many times as fast ours is: the median over repeats of the
    ratio of speeds. Each compares two neighbours in time, so a slow minute cancels.
    """
    iterates, differs = {}, {}
    for name in names:
        if reason := missing(name):
            print(reason, file=sys.stderr)
        else:
            iterates[name], differs[name] = make(name, s)
    compile_s = {n: compiling(iterates[n]) for n in (COMPILED, "jax") if n in iterates}
    errors = {}
    if COMPILED in iterates:
        errors["The compiled loss"] = compiled_error(s)
    if "jax" in iterates:
        from benchmarks import rl2_peers

        errors["JAX"] = rl2_peers.jax_error(s)
    for who, error in errors.items():
        if error > TOLERANCE:
            raise SystemExit(f"{who} has a gradient off by {error:.1e}, so nothing is timed.")
    reward = {name: learn(name, iterate) for name, iterate in iterates.items()}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    speeds = measure(iterates, s, repeats)

    def times_as_fast(name: str, found: list[float]) -> float | None:
        base = speeds.get(name)
        return base and round(statistics.median(map(operator.truediv, base, found)), 2)

    return [
        {
            "impl": name,
            "steps_per_s": round(statistics.median(found)),
            "steps_per_s_min": round(min(found)),
            "steps_per_s_max": round(max(found)),
            "ours_is": times_as_fast("ours", found),
            "compiled_is": times_as_fast(COMPILED, found),
            "compile_s": round(compile_s[name], 1) if name in compile_s else None,
            "target": TARGETS.get(name),
            "differs": differs[name],
            "reward": round(reward[name], 3),
            "device": provenance("")["device"],
            "threads": torch.get_num_threads(),
            "repeats": len(found),
            "load": load and round(load, 1),
        }
        for name, found in speeds.items()
    ]


def plain_loss(theta, experience, aim, part, s: PPO) -> torch.Tensor:
    """`ppo.ppo_loss` through the plain unroll, which starts with no memory and sends none back."""
    time = len(experience.inputs)
    total = ppo.loss_sum(theta, experience, aim, part, time, s, unroll=gru.unroll)
    return total / aim.weight[:, part].sum()


def floor(s: Setting) -> bound.Bound:
    """The bound of one iteration: the products of a rollout and of the updates on it."""
    return bound.measured(ours(s, plain_loss)[0], ours(s)[0], device=s.device)


def with_bound(rows: list[dict], least: bound.Bound, s: Setting) -> list[dict]:
    """The rows, each with `times_bound`, and the bound's own."""
    speed = 1e3 * s.steps / least.ms
    keys = ("steps_per_s", "steps_per_s_min", "steps_per_s_max")
    pace = {row["impl"]: row["steps_per_s"] / speed for row in rows}
    last = {
        **rows[0],
        "impl": "bound",
        **dict.fromkeys(keys, round(speed)),
        "ours_is": pace.get("ours") and round(pace["ours"], 2),
        "compiled_is": pace.get(COMPILED) and round(pace[COMPILED], 2),
        **dict.fromkeys(("compile_s", "target", "reward")),
        "differs": "nothing but the products, as fast as large ones",
        "repeats": least.products,
        "ms": round(least.ms, 2),
        **least.more(),
    }
    return [{**row, "times_bound": round(speed / row["steps_per_s"], 2)} for row in (*rows, last)]


def told(row: dict) -> str:
    """A row as a line of the table."""
    line = (
        f"{row['impl']:14} {row['steps_per_s']:8} steps/s ({row['steps_per_s_min']} to "
        f"{row['steps_per_s_max']})  ours is {row['ours_is'] or float('nan'):5.2f} x that, "
        f"compiled {row['compiled_is'] or float('nan'):5.2f} x"
        f"  {row['times_bound']:5.2f} x the bound"
    )
    if row["impl"] == "bound":
        return f"{line}  {row['flops'] / 1e9:.3g} GFLOP at {row['gflops_per_s']} GFLOP/s"
    return f"{line}  reward {row['reward']:.3f}  {row['differs']}"


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rl2_speed", description=__doc__)
    parser.add_argument("--impl", action="append", choices=IMPLS, help="only these (repeatable)")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    parser.add_argument("--store", action="store_true", help="write course_lib/results/")
    args = parser.parse_args(argv)
    if args.store and (args.impl or any(map(missing, IMPLS))):
        parser.error(
            "--store keeps the whole table: leave out --impl, and install what is missing."
        )
    if args.store and (reason := commit.why_not()):
        parser.error(reason)
    os.environ["COURSE_DEVICE"] = "cpu"  # the libraries' loops are compared on one CPU thread
    course_lib.device()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    setting = Setting()
    rows = rows_for(tuple(args.impl or IMPLS), args.repeats, setting)
    rows = with_bound(rows, floor(setting), setting)
    if args.store:
        from benchmarks import rl2_peers

        save(
            "rl2_speed", rows, seed=SEED,
            command=shlex.join(["python", "-m", "benchmarks.rl2_speed", *(argv or sys.argv[1:])]),
            clock="CPU time of the process", machine=platform.machine(),
            versions=rl2_peers.versions(),
        )  # fmt: skip
    if args.json:
        print(json.dumps({"rows": rows}))
        return
    for row in rows:
        print(told(row))


if __name__ == "__main__":
    main()
