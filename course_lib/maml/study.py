"""Sinusoids: MAML, joint pretraining and a random start, on the same fresh tasks (notebook 04).

The two trainings differ in one number: how many inner steps the objective looks through. With one
it is MAML, with none it is ordinary training on all tasks at once.
"""

import statistics
from collections.abc import Sequence

import torch
from torch import Tensor

import course_lib
from course_lib.ground.stats import mean_and_ci
from course_lib.ground.types import Params
from course_lib.maml.inner import meta_loss, query_curve
from course_lib.maml.live import BUDGET, Setting, run
from course_lib.nets.models import mlp, mse
from course_lib.results import papers
from course_lib.tasks.sinusoids import sample_tasks
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import SEEDS, Part, Table, of_seed

NET = mlp(1, 40, 40, 1)
LOSS = mse(NET.apply)
LR = 0.01  # inner step size α
MAML = {"num_tasks": 64, "num_shots": 10, "num_queries": 25, "alpha": LR, "steps": 1}
JOINT = {**MAML, "steps": 0}
TEST_SEED = 600
TEST_TASKS = 600
TUNING_SEED = 601
RATES = (0.0003, 0.001, 0.003, 0.01, 0.02, 0.03)


def maml_objective(theta: Params, gen: torch.Generator, device=None, *, steps: int = 1) -> Tensor:
    """The meta-loss of a fresh batch of sinusoids after `steps` inner steps (see `MAML`)."""
    sizes = {name: MAML[name] for name in ("num_shots", "num_queries")}
    tasks = sample_tasks(MAML["num_tasks"], **sizes, gen=gen, device=device)
    return meta_loss(LOSS, theta, tasks, lr=LR, steps=steps)


def joint_objective(theta: Params, gen: torch.Generator, device=None) -> Tensor:
    """The loss of ordinary training on all tasks at once: the meta-loss with no inner step."""
    return maml_objective(theta, gen, device, steps=0)


def fresh_tasks(num_shots: int, *, seed: int = TEST_SEED, num_tasks: int = TEST_TASKS, device=None):
    """Fresh tasks to judge by: `num_shots` support points, 100 query points each."""
    gen = course_lib.seed(seed)
    return sample_tasks(num_tasks, num_shots=num_shots, num_queries=100, gen=gen, device=device)


def best_rate(thetas: Sequence[Params], num_shots: int, steps: int) -> float:
    """The inner step size of `RATES` with the lowest query loss after `steps`, on tuning tasks.

    The loss is the mean over `thetas`: one α for all trainings of a method.
    """
    tasks = fresh_tasks(num_shots, seed=TUNING_SEED, num_tasks=200)

    def left(rate: float) -> float:
        ends = [query_curve(LOSS, theta, tasks, lr=rate, steps=steps)[:, -1] for theta in thetas]
        return torch.stack(ends).mean().nan_to_num(torch.inf).item()

    return min(RATES, key=left)


INITS = ("maml", "pretrained", "scratch")


def weights_of(init: str, seeds: Sequence[int] = SEEDS) -> tuple[str, ...]:
    """The checkpoints of an initialisation's trainings; none for random weights."""
    return () if init == "scratch" else tuple(of_seed(f"sinusoid-{init}", seed) for seed in seeds)


def start(init: str, seed: int = 1) -> Params:
    """An initialisation θ: that of a shipped training, or fresh random weights ("scratch")."""
    for name in weights_of(init, (seed,)):
        return load_checkpoint(name)[0]
    return NET.init(course_lib.seed(seed - 1))


def starts(seed: int = 1) -> dict[str, Params]:
    """The three initialisations θ: the two shipped ones, and fresh random weights."""
    return {init: start(init, seed) for init in INITS}


APART = 100.0  # two sines of amplitude 5 differ nowhere by more than 10; this is its square


def rows_for(init: str, shots: int, tuned: bool, seeds: Sequence[int]) -> list[dict]:
    """Query MSE after 0, 1, 5 and 10 steps from one kind of start, mean over its trainings.

    With α = 0.01, or, `tuned`, with its own best α (chosen on other tasks, at 5 steps). `diverged`
    counts, for each training, the tasks whose error is beyond `APART` or no number: one of them
    would be the whole mean. `mse` is that of the tasks that diverge in no training, `ci` the 95 %
    half-width over them, `train_se` the standard error over trainings, `each` are their means.
    """
    thetas = [start(init, seed) for seed in seeds]
    lr = best_rate(thetas, shots, 5) if tuned else LR
    tasks = fresh_tasks(shots)
    curves = torch.stack([query_curve(LOSS, theta, tasks, lr=lr, steps=10) for theta in thetas])
    rows = []
    for step in (0, 1, 5, 10):
        errors = curves[:, :, step]  # [trainings, tasks]
        diverged = ~(errors <= APART)
        kept = errors[:, ~diverged.any(0)]
        mean, ci = mean_and_ci(kept.mean(0))
        each = [round(error, 4) for error in kept.mean(1).tolist()]
        rows.append({
            "init": init, "shots": shots, "steps": step, "alpha": lr, "alpha_tuned": tuned,
            "mse": round(mean.item(), 4), "ci": round(ci.item(), 4),
            "seeds": len(seeds), "each": each,
            "train_se": round(statistics.stdev(each) / len(each) ** 0.5, 4),
            "tasks": TEST_TASKS, "diverged": diverged.sum(1).tolist(),
            "published": papers.number("sinusoids", f"step {step}", init=init, shots=shots),
        })  # fmt: skip
    return rows


def row_name(row: dict) -> str:
    """What `--only` asks for: the start and the shots, as in "maml-5shot"."""
    return f"{row['init']}-{row['shots']}shot"


def parts() -> list[Part]:
    """Every start with 10 and 5 shots, and with either α."""
    return [
        Part(
            (f"{init}-{shots}shot",), rows_for,
            {"init": init, "shots": shots, "tuned": tuned, "seeds": SEEDS},
            weights=weights_of(init),
        )
        for init in INITS for shots in (10, 5) for tuned in (False, True)
    ]  # fmt: skip


# The usual meta-training of each world in widget W19, which shows it before anything is trained.
WATCHED = (
    Setting("sinusoids", False, 5, 10, 0.01, 1, 0.01, False, 16, 40, 1),
    Setting("characters", False, 5, 1, 0.4, 1, 0.003, False, 8, 32, 1),
)


def curve_of(**setting) -> list[dict]:
    """The meta-training of a `Setting`, judged every so many outer steps."""
    points = run(Setting(**setting), BUDGET[setting["world"]])
    return [
        {
            "world": setting["world"], "done": point.done,
            "meta_train": round(point.meta_train, 4), "path": [round(v, 4) for v in point.path],
        }
        for point in points
    ]  # fmt: skip


def watched() -> list[Part]:
    """Both worlds' trainings."""
    return [Part((setting.world,), curve_of, setting._asdict()) for setting in WATCHED]


# What a reader of W19 is asked to try on the sinusoids, by what is moved.
VARIANTS = {
    "as it opens": {}, "K = 0": {"steps": 0}, "K = 5": {"steps": 5},
    "first order": {"first_order": True}, "only 10 curves": {"few": True},
    "β = 0.0003": {"beta": 0.0003}, "β = 0.1": {"beta": 0.1},
}  # fmt: skip


def end_of(moved: str, **setting) -> dict:
    """Where the meta-training of a `Setting` stands when its budget is used up."""
    last = run(Setting(**setting), BUDGET[setting["world"]])[-1]
    path = [round(v, 4) for v in last.path]
    return {
        "moved": moved,
        "seed": setting["seed"],
        "meta_train": round(last.meta_train, 4),
        "path": path,
    }


def tried() -> list[Part]:
    """Every variant with every seed."""
    usual = WATCHED[0]._asdict()
    return [
        Part((moved,), end_of, {**usual, **change, "moved": moved, "seed": number})
        for moved, change in VARIANTS.items() for number in SEEDS
    ]  # fmt: skip


TABLES = (
    Table("sinusoids", parts, TEST_SEED, row_name),
    Table("live_variants", tried, 1, lambda row: row["moved"]),
    Table("live_training", watched, 1, lambda row: row["world"]),
)
