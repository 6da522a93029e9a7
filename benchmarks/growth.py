"""How cost grows when something gets larger: tasks, steps, classes, arms, students, notebooks.

    python -m benchmarks.growth [--json] [--only WORDS] [--repeats N] [--store]

For each size the least of several times is taken (CPU time of the process, one thread; the sizes
take turns, so that a busy moment hits all alike). The exponent p of cost ~ size^p is the slope of a
straight line through the upper three sizes on log-log axes: there the fixed part of the cost
matters least. `--store` keeps the rows, and writes the page docs/growth.md with its picture.
"""

import argparse
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for limit in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(limit, "1")

import numpy as np  # noqa: E402
import psutil  # noqa: E402
import torch  # noqa: E402

import course_lib  # noqa: E402
from benchmarks import growth_cases  # noqa: E402
from benchmarks.growth_cases import Case  # noqa: E402
from course_lib import results  # noqa: E402
from course_lib.ground import commit, files, paths  # noqa: E402

PAGE, PICTURE = paths.ROOT / "docs" / "growth.md", paths.ROOT / "docs" / "growth.png"
UPPER = 3  # sizes that the exponent is read from
OPENED = "from course_lib.widgets.w05_sines import W5; W5.compute(W5.state_type())"
HEAD = """# How cost grows

What a meta-step, a class or an open notebook costs when it gets larger. The exponent p says how:
cost grows as size^p, read from the three largest sizes. Where it is above 1, the last column says
why. `python -m benchmarks.growth --store` measures all this again, and writes this page.

![Cost against size on log-log axes, a small plot for each row of the table](growth.png)

"""


def exponent(sizes: list[float], costs: list[float]) -> float:
    """The slope of log cost against log size, over the upper sizes."""
    x, y = np.log(sizes[-UPPER:]), np.log(costs[-UPPER:])
    return float(np.polyfit(x, y, 1)[0])


def timed(case: Case, repeats: int) -> list[float]:
    """Milliseconds of the processor for each size."""
    works = [case.make(size) for size in case.sizes]
    for work in works:
        work()
    best = [float("inf")] * len(works)
    for _ in range(repeats):
        for i, work in enumerate(works):
            began = time.process_time()
            work()
            best[i] = min(best[i], 1e3 * (time.process_time() - began))
    return best


def row(name: str, axis: str, sizes, costs, unit: str, expected: float, why: str) -> dict:
    """What is stored of one thing that grows."""
    return {
        "name": name, "axis": axis, "sizes": list(sizes), "cost": [round(c, 2) for c in costs],
        "unit": unit, "exponent": round(exponent(list(sizes), list(costs)), 2),
        "expected": expected, "why": why,
    }  # fmt: skip


def graded(sizes: tuple[int, ...] = (1, 2, 4)) -> dict:
    """Processor seconds to grade so many hand-ins of the exercises of 04, solved."""
    solved = next((paths.ROOT / "exercises" / "solutions").glob("04_*.ipynb"))
    costs = []
    for students in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for i in range(students):
                name = Path(folder) / f"student{i:02}" / solved.name
                name.parent.mkdir()
                name.write_bytes(solved.read_bytes())
            command = [sys.executable, "-m", "course_lib", "exercises", "grade", folder]
            command += ["--csv", f"{folder}/out.csv"]
            costs.append(children(lambda command=command: subprocess.run(
                command, cwd=paths.ROOT, stdout=subprocess.DEVNULL, check=True)))  # fmt: skip
    why = "one process judges all; each student's code has one of its own"
    return row("Grading a class", "hand-ins", sizes, costs, "s", 1, why)


def children(work: Callable[[], object]) -> float:
    """Processor seconds of the processes that `work` starts and waits for."""

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    work()
    return used() - before


def opened(sizes: tuple[int, ...] = (1, 2, 3, 4)) -> dict:
    """Memory of so many processes that have drawn W5, in MB; shared pages are counted once."""
    code = f"{OPENED}; print('drawn', flush=True); input()"
    running, costs = [], []
    try:
        for number in sizes:
            while len(running) < number:
                running.append(
                    subprocess.Popen(
                        [sys.executable, "-c", code], cwd=paths.ROOT, text=True,
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                )  # fmt: skip
                assert running[-1].stdout.readline() == "drawn\n"
            memory = [psutil.Process(p.pid).memory_full_info() for p in running]
            costs.append(sum(getattr(m, "pss", m.uss) for m in memory) / 2**20)
    finally:
        for process in running:
            process.communicate("\n")
    why = "each notebook has a kernel of its own, with a PyTorch of its own"
    return row("Notebooks open", "kernels", sizes, costs, "MB", 1, why)


def page(rows: list[dict]) -> str:
    """docs/growth.md."""
    lines = ["| what | size | from … to | cost at the largest | exponent | why |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for r in rows:
        span = f"{r['sizes'][0]} … {r['sizes'][-1]}"
        cost = f"{r['cost'][-1]:,.0f} {r['unit']}"
        lines.append(
            f"| {r['name']} | {r['axis']} | {span} | {cost} | {r['exponent']:.2f} | {r['why']} |"
        )
    return HEAD + "\n".join(lines) + "\n"


def draw(rows: list[dict]) -> None:
    """docs/growth.png: a small plot for each row, with the line of its exponent."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    columns = 4
    fig, axes = plt.subplots(-(-len(rows) // columns), columns, figsize=(13, 9), squeeze=False)
    for ax in axes.flat[len(rows) :]:
        ax.set_visible(False)
    for ax, r in zip(axes.flat, rows, strict=False):
        sizes, costs = np.array(r["sizes"]), np.array(r["cost"])
        ax.loglog(sizes, costs, "o-", color="#1f6f8b")
        line = costs[-1] * (sizes / sizes[-1]) ** r["exponent"]
        ax.loglog(sizes, line, "--", color="#c8553d", lw=1)
        ax.set_title(r["name"], fontsize=10)
        ax.set_xlabel(r["axis"])
        ax.set_ylabel(r["unit"])
        ax.set_xticks(sizes, [str(s) for s in sizes])
        ax.set_yticks(costs[[0, -1]], [f"{c:,.0f}" for c in costs[[0, -1]]])
        ax.minorticks_off()
        ax.text(0.05, 0.88, f"p = {r['exponent']:.2f}", transform=ax.transAxes)
    fig.tight_layout()
    PICTURE.parent.mkdir(exist_ok=True)
    fig.savefig(PICTURE, dpi=80)
    plt.close(fig)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--only", help="only what has these words in its name")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    parser.add_argument("--store", action="store_true", help="keep the rows and write the page")
    args = parser.parse_args(argv)
    if args.store and (args.only or commit.why_not()):
        parser.error(commit.why_not() or "--store keeps the whole table: leave out --only.")
    os.environ["COURSE_DEVICE"] = "cpu"
    course_lib.device()
    torch.set_num_threads(1)
    wanted = [c for c in growth_cases.cases() if not args.only or args.only in c.name]
    rows = []
    for case in wanted:
        costs = timed(case, args.repeats)
        rows.append(row(case.name, case.axis, case.sizes, costs, "ms", case.expected, case.why))
        print(f"{case.name}: {rows[-1]['exponent']}", file=sys.stderr, flush=True)
    if not args.only:
        rows += [graded(), opened()]
    if args.store:
        command = shlex.join(["python", "-m", "benchmarks.growth", *(argv or sys.argv[1:])])
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        results.save("growth", rows, seed=0, command=command, load=load and round(load, 1))
        files.write(PAGE, page(rows))
        draw(rows)
    if args.json:
        print(json.dumps({"rows": rows}))
        return
    for r in rows:
        ends = f"{r['cost'][0]:10.1f} … {r['cost'][-1]:10.1f} {r['unit']}"
        print(f"{r['name']:36} {r['axis']:10} {ends}   p = {r['exponent']:.2f} ({r['expected']})")


if __name__ == "__main__":
    main()
