"""How long one meta-step takes, here and in the libraries you would otherwise use.

    python -m benchmarks.maml_speed [--json] [--only WORK] [--repeats N] [--store]

One meta-step is the meta-loss and its second-order gradient on a fixed batch of tasks: everything
but the outer optimiser. One process, one thread, the same tasks and weights for all. Before any
clock starts, each gradient is compared with that of a plain loop in float64. Repeats are
interleaved, so that a busy moment hits every implementation alike. On a CPU the clock is the
process's CPU time, which other processes disturb least; on a GPU it is wall time, synchronised.
The row `bound` is the time of the products alone (`benchmarks.bound`, which says what that leaves
out), and `times_bound` how many times as long an implementation takes.

The peers are an optional extra: pip install -r requirements-benchmarks.txt
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

import torch  # noqa: E402

import course_lib  # noqa: E402
from benchmarks import bound, peers  # noqa: E402
from course_lib.ground import commit  # noqa: E402
from course_lib.maml import engine, oracle  # noqa: E402
from course_lib.nets import models  # noqa: E402
from course_lib.results import provenance, save  # noqa: E402
from course_lib.tasks import sinusoids  # noqa: E402
from course_lib.training.compiling import missing_compiler  # noqa: E402

SEED = 0
TOLERANCE = 1e-4  # relative to the largest entry of the gradient
IMPLS = ("ours-eager", "ours-compiled", "loop", "learn2learn", "higher", "torchopt", "jax")


class Work(NamedTuple):
    """One row of the table: which network, how many tasks, and the inner loop."""

    num_tasks: int
    steps: int
    lr: float
    num_ways: int = 0  # 0: sinusoid regression
    num_shots: int = 10


WORKS = {
    "sinusoid-25x1": Work(25, 1, 0.01),
    "sinusoid-25x5": Work(25, 5, 0.01),
    "sinusoid-250x1": Work(250, 1, 0.01),
    "conv4-5w1s": Work(32, 1, 0.4, num_ways=5, num_shots=1),
    "conv4-5w5s": Work(32, 1, 0.4, num_ways=5, num_shots=5),
    "conv4-20w1s": Work(16, 5, 0.1, num_ways=20, num_shots=1),
}


class Problem(NamedTuple):
    """A work with its data: what every implementation is given."""

    net: models.Model
    loss: Callable
    theta: dict
    tasks: tuple
    work: Work


def in_double(p: Problem, num_tasks: int) -> Problem:
    """The first `num_tasks` tasks of the same problem in float64."""

    def double(a: torch.Tensor) -> torch.Tensor:
        return a.double() if a.is_floating_point() else a

    theta = {name: double(a) for name, a in p.theta.items()}
    tasks = tuple(tuple(double(a[:num_tasks]) for a in pair) for pair in p.tasks)
    return p._replace(theta=theta, tasks=tasks, work=p.work._replace(num_tasks=num_tasks))


def problem(work: Work, device: torch.device, seed: int = SEED) -> Problem:
    """The tasks and the starting weights of `work`; images are noise, as speed does not care."""
    gen = torch.Generator().manual_seed(seed)
    if work.num_ways == 0:
        net = models.mlp(1, 40, 40, 1)
        tasks = sinusoids.sample_tasks(
            work.num_tasks, num_shots=work.num_shots, gen=gen, device=device
        )
        return Problem(net, models.mse(net.apply), net.init(gen, device=device), tasks, work)
    net = models.conv4(work.num_ways)
    labels = torch.arange(work.num_ways).repeat(work.num_tasks, work.num_shots).to(device)

    def images():
        shape = (work.num_tasks, work.num_ways * work.num_shots, 1, 28, 28)
        return torch.rand(shape, generator=gen).to(device)

    tasks = (images(), labels), (images(), labels)
    return Problem(net, models.cross_entropy(net.apply), net.init(gen, device=device), tasks, work)


def ours(p: Problem, *, compile: bool) -> peers.Step:
    """Our engine's meta-step."""
    inner = {"lr": p.work.lr, "steps": p.work.steps, "compile": compile}
    return lambda: engine.meta_grad(p.loss, p.theta, p.tasks, **inner)[1]


def implementations(p: Problem, names: tuple[str, ...]) -> tuple[dict[str, peers.Step], list[str]]:
    """(the meta-steps that can run here, why the others cannot)."""
    steps, missing = {}, []
    for name in names:
        needs = name if name in ("learn2learn", "higher", "torchopt", "jax") else None
        if needs and importlib.util.find_spec(needs) is None:
            missing.append(f"{name} is not installed: see requirements-benchmarks.txt.")
        elif name == "jax" and p.work.num_ways:
            missing.append("jax is compared on the sinusoids only.")
        elif name == "ours-compiled" and p.work.num_ways:
            missing.append("ours-compiled is measured on the sinusoids: conv4 takes minutes.")
        elif name == "ours-compiled" and (
            reason := missing_compiler(p.tasks[0][0].device, "the meta-step")
        ):
            missing.append(reason)
        elif name.startswith("ours"):
            steps[name] = ours(p, compile=name == "ours-compiled")
        else:
            steps[name] = getattr(peers, name)(p)
    return steps, missing


def disagreement(got: dict, judge: dict) -> float:
    """Largest difference between two gradients, relative to the largest entry of the judge's."""
    for name, g in got.items():
        if not torch.is_tensor(g):  # an array of JAX
            got = {**got, name: torch.tensor(g.tolist(), device=judge[name].device)}
    off = max((got[name] - judge[name]).abs().max().item() for name in judge)
    return off / max(g.abs().max().item() for g in judge.values())


def gradient_errors(p: Problem, steps: dict[str, peers.Step]) -> dict[str, float]:
    """How far each gradient is from the plain loop's in float64.

    On the sinusoids: as timed, in float32. With convolutions: two tasks, all in float64, because
    there the float32 second derivatives of the libraries' own convolutions and batch norms are
    good to a few digits only, and a small mistake could hide behind that.
    """
    if p.work.num_ways:
        p = in_double(p, 2)
        steps, _ = implementations(p, tuple(steps))
        judge = peers.loop(p)()
    else:
        judge = peers.loop(in_double(p, p.work.num_tasks))()
    return {impl: disagreement(step(), judge) for impl, step in steps.items()}


def measure(steps: dict[str, peers.Step], device: torch.device, repeats: int) -> dict[str, list]:
    """Milliseconds per call, `repeats` of each, interleaved; short ones are run in bundles."""

    def once(step: peers.Step, times: int) -> float:
        if device.type == "cuda":
            torch.cuda.synchronize()
        clock = time.process_time if device.type == "cpu" else time.perf_counter
        start = clock()
        for _ in range(times):
            step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return 1e3 * (clock() - start) / times

    bundle = {name: max(1, int(100 / once(step, 1))) for name, step in steps.items()}
    ms = {name: [] for name in steps}
    for _ in range(repeats):
        for name, step in steps.items():
            ms[name].append(once(step, bundle[name]))
    return ms


def rows_for(name: str, device: torch.device, repeats: int, impls=IMPLS) -> list[dict]:
    """The rows of one work; `vs_learn2learn` is the median over repeats of the ratio of times.

    Each ratio compares two neighbours in time, so a slow minute cancels.
    """
    p = problem(WORKS[name], device)
    steps, missing = implementations(p, impls)
    for sentence in missing:
        print(f"{name}: {sentence}", file=sys.stderr)
    off = gradient_errors(p, steps)
    wrong = {impl: e for impl, e in off.items() if e > TOLERANCE}
    if wrong:
        raise SystemExit(f"{name}: gradients disagree, so nothing is timed: {wrong}")
    ms = measure(steps, device, repeats)
    base = ms.get("learn2learn")
    return [
        {
            "work": name,
            "impl": impl,
            "ms": statistics.median(times),
            "vs_learn2learn": base and statistics.median(map(operator.truediv, base, times)),
            "device": provenance("")["device"],
            "threads": torch.get_num_threads(),
            "ms_min": min(times),
            "ms_max": max(times),
            "repeats": len(times),
            "gradient_error": off[impl],
        }
        for impl, times in ms.items()
    ]


def floor(work: Work, device: torch.device) -> bound.Bound:
    """The bound of one meta-step of `work`, counted on one of its tasks.

    PyTorch's second derivative of a convolution also goes towards the pictures, and with stride 2
    it may compute 4 × 4 taps and keep 3 × 3. So the plain loop has 5 % more operations than needed.
    """
    p = problem(work._replace(num_tasks=1), device)
    return bound.measured(
        peers.loop(p), ours(p, compile=False), times=work.num_tasks, device=device
    )


def with_bound(rows: list[dict], least: bound.Bound) -> list[dict]:
    """The rows of one work, each with `times_bound`, and the bound's own."""
    base = next((row["ms"] for row in rows if row["impl"] == "learn2learn"), None)
    last = {
        **rows[0],
        "impl": "bound",
        "ms": least.ms,
        "vs_learn2learn": base and base / least.ms,
        "ms_min": least.ms,
        "ms_max": least.ms,
        "repeats": least.products,
        "gradient_error": None,
        **least.more(),
    }
    return [{**row, "times_bound": row["ms"] / least.ms} for row in (*rows, last)]


def told(row: dict) -> str:
    """A row as a line of the table."""
    line = (
        f"{row['work']:15} {row['impl']:14} {row['ms']:9.2f} ms "
        f"({row['ms_min']:.2f} to {row['ms_max']:.2f})"
        f"  {row['vs_learn2learn'] or float('nan'):6.1f} x learn2learn"
        f"  {row['times_bound']:6.1f} x the bound"
    )
    if row["impl"] == "bound":
        return f"{line}  {row['flops'] / 1e9:.3g} GFLOP at {row['gflops_per_s']} GFLOP/s"
    return f"{line}  gradient off by {row['gradient_error']:.0e}"


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maml_speed", description=__doc__)
    parser.add_argument("--only", choices=WORKS, help="one kind of work instead of all")
    parser.add_argument("--impl", action="append", choices=IMPLS, help="only these (repeatable)")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    parser.add_argument("--store", action="store_true", help="write course_lib/results/")
    args = parser.parse_args(argv)
    if args.store and (args.only or args.impl):
        parser.error("--store keeps the whole table: leave out --only and --impl.")
    if args.store and (reason := commit.why_not()):
        parser.error(reason)
    device = course_lib.device()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    if not oracle.available():
        print(oracle.MISSING, file=sys.stderr)
    rows = []
    for name in [args.only] if args.only else WORKS:
        new = rows_for(name, device, args.repeats, tuple(args.impl or IMPLS))
        new = with_bound(new, floor(WORKS[name], device))
        rows += new
        for row in [] if args.json else new:
            print(told(row), flush=True)
    clock = "CPU time of the process" if device.type == "cpu" else "wall time"
    if args.store:
        save(
            "maml_speed",
            rows,
            command=shlex.join(["python", "-m", "benchmarks.maml_speed", *(argv or sys.argv[1:])]),
            seed=SEED,
            clock=clock,
            machine=platform.machine(),
            versions=peers.versions(),
        )
    if args.json:
        print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
