"""How a hub bears a class: 1, 5 and 10 students at once, on this machine.

    python -m benchmarks.hub_load [--students 1 5 10] [--json] [--store]

Runs the hub of `deploy/hub` with its real proxy, with accounts (as root) or without. All students
do the same at the same time, through the proxy: their servers start, they open notebook 04, run all
of it, move its sliders at about a move per second, then the same with 06, with both kernels open.
They need no browser, so what a browser does is not counted; they share the machine with the hub.
"""

import argparse
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from benchmarks.hub import ROOT, Hub, fetched, why_no_walls
from benchmarks.hub_student import Kernel, Student
from course_lib.ground import commit
from course_lib.results import save

NOTEBOOKS = {"04": "04_maml", "06": "06_few_shot_classification"}
MOVES = 30  # in each notebook
PAUSE = 0.5, 1.5  # seconds between an answer and the next move


def run_all(student: Student, name: str) -> tuple[Kernel, float, float]:
    """Opens a notebook and runs all of it: its kernel, seconds to the first cell's and last's end.

    Errors: RuntimeError where a cell fails.
    """
    path = f"notebooks/{name}.ipynb"
    began = time.perf_counter()
    cells = student.read(path)["cells"]
    kernel, first = student.kernel(path), None
    for cell in cells:
        if cell["cell_type"] == "code":
            kernel.run(cell["source"], cell["id"])
            first = first or time.perf_counter() - began
    return kernel, first, time.perf_counter() - began


def moved(kernel: Kernel, seed: int) -> list[float]:
    """Seconds from each of `MOVES` moves of the sliders, one by one, to the new picture."""
    rng, times = random.Random(seed), []
    for i in range(MOVES):
        sliders = kernel.sliders()
        slider = sliders[i % len(sliders)]
        look = kernel.state[slider]
        steps = round((look["max"] - look["min"]) / look["step"])
        value = look["min"] + look["step"] * rng.randint(0, steps)
        whole = look["_model_name"] == "IntSliderModel"
        times.append(kernel.move(slider, round(value) if whole else round(value, 6)))
        time.sleep(rng.uniform(*PAUSE))
    return [seconds for seconds in times if seconds is not None]


def used(processes: list[psutil.Process]) -> tuple[float, float]:
    """Memory in MB, with a share of what several have in common (PSS), and processor seconds."""
    memory = sum(process.memory_full_info().pss for process in processes)
    times = [process.cpu_times() for process in processes]
    return memory / 1e6, sum(t.user + t.system for t in times)


def measure(hub: Hub, number: int) -> dict:
    """The row for so many students at once."""
    names = [f"course{number:02}s{i:02}" for i in range(number)]
    hub.accounts(names)
    with ThreadPoolExecutor(number) as pool:

        def all_do(action: Callable) -> list:
            return list(pool.map(action, range(number)))

        def start(i: int) -> float:
            began = time.perf_counter()
            hub.ask_for_server(names[i])
            hub.wait_for_server(names[i], 600)
            return time.perf_counter() - began

        def look() -> tuple[np.ndarray, np.ndarray]:
            memory, seconds = zip(*(used(hub.processes(name)) for name in names), strict=True)
            return np.array(memory), np.array(seconds)

        row: dict = {"students": number, "walls": hub.walls}
        starts = all_do(start)
        students = [Student(hub.address, name, hub.token(name)) for name in names]
        memory, seconds = look()
        row |= {"start_s": spread(starts, 1), "server_mb": round(float(memory.mean()))}
        row |= {"start_cpu_s": round(float(seconds.mean()), 1)}
        for key, name in NOTEBOOKS.items():
            ran = all_do(lambda i, name=name: run_all(students[i], name))
            kernels = [kernel for kernel, _, _ in ran]
            memory, after = look()
            row[f"first_cell_{key}_s"] = spread([first for _, first, _ in ran], 1)
            row[f"run_{key}_s"] = spread([whole for _, _, whole in ran], 1)
            row[f"run_{key}_cpu_s"] = round(float((after - seconds).mean()), 1)
            row[f"after_{key}_mb"] = round(float(memory.mean()))
            lists = all_do(lambda i, kernels=kernels: moved(kernels[i], i))
            times = [one for times in lists for one in times]
            memory, seconds = look()
            moving = float((seconds - after).mean()) / MOVES
            row[f"move_{key}_ms"] = spread([1e3 * t for t in times], 0) | {"moves": len(times)}
            row[f"move_{key}_cpu_ms"] = round(1e3 * moving)
            row["lost_connections"] = row.get("lost_connections", 0) + sum(k.lost for k in kernels)
            for kernel in kernels:
                kernel.close()
        row["student_mb"] = {"mean": round(float(memory.mean())), "max": round(float(memory.max()))}
        row["hub_mb"] = round(used(hub_itself(hub))[0])
        row["load"] = [round(value, 1) for value in os.getloadavg()]
        for name in names:
            hub.call("DELETE", f"/users/{name}/server")
    return row


def hub_itself(hub: Hub) -> list[psutil.Process]:
    """The hub's process and the proxy's, with what stands around the hub's."""
    return [psutil.Process(hub.hub.pid), psutil.Process(hub.proxy.pid), *hub.inner()]


def spread(values: list[float], digits: int) -> dict[str, float]:
    """Median, 95th percentile and the largest."""
    p50, p95 = np.percentile(values, [50, 95])
    found = {"p50": p50, "p95": p95, "max": max(values)}
    return {name: round(float(value), digits) for name, value in found.items()}


def main(argv: list[str] | None = None) -> int:
    """The exit status; prints the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, nargs="+", default=[1, 5, 10])
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    parser.add_argument(
        "--store", action="store_true", help="write course_lib/results/hub_load.json"
    )
    arguments = parser.parse_args(argv)
    if arguments.store and (reason := commit.why_not()):
        parser.error(reason)
    rows, words = [], ["python", "-m", "benchmarks.hub_load", *(argv or sys.argv[1:])]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        tools, copies = Path(folder) / "tools", Path(folder) / "class"
        tools.mkdir()
        if reason := fetched(tools):
            print(f"Nothing can be measured: {reason}.", file=sys.stderr)
            return 1
        pack = [sys.executable, "-m", "course_lib", "class", "pack", str(copies)]
        subprocess.run(pack, cwd=ROOT, check=True, stdout=sys.stderr)
        hub = Hub(tools, copies / "students", walls=not why_no_walls())
        try:
            for number in arguments.students:
                rows.append(measure(hub, number))
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
                if arguments.store:
                    store(rows, shlex.join(words))
        except Exception:
            print(hub.words()[-10_000:], file=sys.stderr)
            raise
        finally:
            hub.close()
    print(json.dumps({"rows": rows}) if arguments.json else "\n".join(map(str, rows)))
    return 0


def store(rows: list[dict], command: str) -> None:
    """Writes the rows so far to course_lib/results/hub_load.json, the smallest class first."""
    machine = {"memory_of_the_machine_mb": round(psutil.virtual_memory().total / 1e6)}
    rows = sorted(rows, key=lambda row: row["students"])
    save("hub_load", rows, command=command, memory="PSS", moves=MOVES, pause_s=PAUSE, **machine)


if __name__ == "__main__":
    sys.exit(main())
