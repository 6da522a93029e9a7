"""Is the meta-gradient right for any network? Every operation on every path, against a plain loop.

    python -m benchmarks.gradient_sweep [--only WORD] [--compiled]

The judge is a Python loop over the tasks with `torch.autograd.grad(…, create_graph=True)`: nothing
is mapped and nothing is compiled. All in float64; the error is relative to the gradient's length.
`--compiled` adds the compiled step (half a minute an operation, needs a C++ compiler).
"""

import argparse
import warnings

import torch
from torch import Tensor
from torch.func import grad

from benchmarks.gradient_cases import CASES, Case
from course_lib import maml
from course_lib.maml import engine
from course_lib.maml.compare_paths import looped_gradient
from course_lib.maml.own.guard import apart

STEPS = (1, 2, 3)
LR = 0.05


def judge(case: Case, steps: int) -> dict[str, Tensor]:
    """The meta-gradient by a plain autograd loop over tasks and steps."""
    return looped_gradient(case.loss, case.theta, case.tasks, lr=LR, steps=steps)


def taught(case: Case, steps: int) -> dict[str, Tensor]:
    """The teaching version, differentiated by `torch.func.grad`."""
    return grad(lambda p: maml.meta_loss(case.loss, p, case.tasks, lr=LR, steps=steps))(case.theta)


def taught_backward(case: Case, steps: int) -> dict[str, Tensor]:
    """The teaching version, differentiated by `.backward()`."""
    theta = {name: p.clone().requires_grad_() for name, p in case.theta.items()}
    maml.meta_loss(case.loss, theta, case.tasks, lr=LR, steps=steps).backward()
    return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in theta.items()}


def trained(case: Case, steps: int, compile: bool = False) -> dict[str, Tensor]:
    """The engine's meta-gradient, as training takes it."""
    inner = {"lr": LR, "steps": steps, "compile": compile}
    return engine.meta_grad(case.loss, case.theta, case.tasks, **inner)[1]


def compiled(case: Case, steps: int) -> dict[str, Tensor]:
    """The compiled step's meta-gradient, before the guard would replace it by the eager one."""
    return trained(case, steps, compile=True)


PATHS = {"taught": taught, "taught, .backward()": taught_backward, "engine": trained}


def errors(case: Case, path, right: list[dict]) -> list[float]:
    """How far this path is from the judge, whose gradients are `right`, for K = 1, 2, …"""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The tasks go one by one")
        warnings.filterwarnings("ignore", message="There is a performance drop")  # torch's own
        warnings.filterwarnings("ignore", message="Mapped over tasks")
        warnings.filterwarnings("ignore", message="The meta-step runs uncompiled")
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # torch's own, on compiling
        return [apart(path(case, k), exact) for k, exact in enumerate(right, 1)]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gradient_sweep")
    parser.add_argument("--only", default="", help="operations whose name holds this word")
    parser.add_argument("--compiled", action="store_true", help="the compiled step too (slow)")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    paths = {**PATHS, **({"compiled": compiled} if args.compiled else {})}
    worst = dict.fromkeys(paths, 0.0)
    print(f"{'error at K = 1, 2, 3':34}" + "".join(f"{name:>27}" for name in paths))
    for name in CASES:
        if args.only in name:
            cells, right = "", [judge(CASES[name](), k) for k in STEPS]
            for path, take in paths.items():
                found = errors(CASES[name](), take, right)
                worst[path] = max(worst[path], *found)
                cells += f"{'  '.join(f'{e:.0e}' for e in found):>27}"
            print(f"{name:34}{cells}", flush=True)
    print(f"{'worst':34}" + "".join(f"{e:27.0e}" for e in worst.values()))


if __name__ == "__main__":
    main()
