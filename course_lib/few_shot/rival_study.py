"""Every few-shot system on the same 600 meta-test tasks, beside what papers print (notebook 07).

A row is one system in one cell. `accuracy` is the mean over 600 tasks and over the trainings from
different seeds, in %; `ci` the half-width of its 95 % interval over tasks; `train_se` the standard
error over trainings, null for one. `minutes` is what a training took, on `device`: of one core, or
of a GPU where none of them ran on a core. `parameters`: how many numbers of its θ are used.
`budget` is "equal" (about five core-minutes), "longer" (the system's own best) or "none".
`protocol` "by instance" is that of the nets that read a sequence:
k = 1 is the second drawing of a class, k = 5 the fifth, after four with their labels.
"""

import statistics
from collections.abc import Sequence

import torch
from torch import Tensor

import course_lib
from course_lib.few_shot import instances, rival_recipes, rivals
from course_lib.few_shot import study as few_shot_study
from course_lib.few_shot.rivals.rival import Rival
from course_lib.results import papers
from course_lib.tasks import episodes
from course_lib.training import CHECKPOINTS, load_checkpoint
from course_lib.training.recipe import Part, Table

CELLS = ((5, 1), (5, 5), (20, 1), (20, 5))
SEQUENCE = {"num_ways": 5, "per_class": 10}
INSTANCE = {1: 1, 5: 4}  # "shots" -> how many drawings of the class came before


def checkpoints_of(rival: Rival, data: str, budget: str) -> list[str]:
    """The shipped checkpoints of a budget, one for each seed it was trained from."""
    found = [
        rival_recipes.checkpoint_of(rival, data, seed=seed, longer=budget == "longer")
        for seed in rival_recipes.SEEDS
    ]
    return [n for n in dict.fromkeys(found) if n and (CHECKPOINTS / f"{n}.safetensors").exists()]


def right_in_tasks(rival: Rival, theta, data: str, n: int, k: int) -> Tensor:
    """The accuracy in each of the 600 tasks of `reproduce fewshot`, 0…1: [tasks]."""
    found = []
    for (xs, ys), (xq, yq) in few_shot_study.tasks(data, n, k):
        with torch.no_grad():
            said = rival.ask(theta, (xs, ys), xq, n).argmax(-1)
        found.append(episodes.accuracy(said, yq))
    return torch.cat(found)


def right_in_sequences(rival: Rival, theta, data: str, n: int, k: int) -> Tensor:
    """The accuracy on the second (k = 1) or fifth drawing of a class in each of 600 sequences."""
    gen, found = course_lib.seed(few_shot_study.TEST_SEED), []
    for _ in range(few_shot_study.TEST_TASKS // 20):
        x, y = instances.sample_sequences(
            few_shot_study.images(data), num_tasks=20, gen=gen, **SEQUENCE
        )
        with torch.no_grad():
            said = rival.said_in_sequence(theta, x, y)
        found.append(instances.by_instance(said, y)[:, INSTANCE[k]])
    return torch.cat(found)


PROTOCOLS = {"n-way k-shot": right_in_tasks, "by instance": right_in_sequences}


def row_name(row: dict) -> str:
    """What a row is called: omniglot-5w1s-prototypical, with -longer or -by-instance behind it."""
    more = "-longer" * (row["budget"] == "longer")
    more += "-by-instance" * (row["protocol"] == "by instance")
    return f"{row['data']}-{row['n']}w{row['k']}s-{row['system']}{more}"


def plan() -> list[dict]:
    """Every row that can be measured, without its numbers: those whose checkpoints are shipped."""
    rows = []
    for data in rival_recipes.DATA:
        for rival in rivals.all_rivals().values():
            for budget in budgets(rival):
                for protocol in PROTOCOLS:
                    rows += _rows(rival, data, budget, protocol)
    return rows


def budgets(rival: Rival) -> tuple[str, ...]:
    """The budgets that a rival may have been trained with."""
    trained = rivals.find(rival.theta_of) if rival.theta_of else rival
    if not trained.training and not trained.longest:
        return ("none",)
    return ("equal", "longer") if trained.training else ("longer",)


def _rows(rival: Rival, data: str, budget: str, protocol: str) -> list[dict]:
    if protocol == "by instance" and not rival.said_in_sequence:
        return []
    names = checkpoints_of(rival, data, budget)
    if budget != "none" and not names:
        return []
    cells = [c for c in CELLS if protocol == "n-way k-shot" or c[0] == SEQUENCE["num_ways"]]
    return [
        {"data": data, "n": n, "k": k, "system": rival.name, "family": rival.family,
         "budget": budget, "protocol": protocol, "transductive": rival.transductive,
         "accuracy": None, "ci": None, "train_se": None, "seeds": len(names),
         "tasks": few_shot_study.TEST_TASKS, "device": None,
         **(papers.beside(rival.paper, f"{n}w{k}s") if data == "omniglot" else papers.NOTHING),
         "checkpoint": names}
        for n, k in cells
    ]  # fmt: skip


def core_minutes(made: dict) -> float:
    """Minutes of one core that a checkpoint's training took, those of what it started from too."""
    own = made.get("core_seconds", made.get("seconds", 0)) / 60
    return own + (core_minutes(load_checkpoint(made["start"])[1]) if made.get("start") else 0)


def spent(made: list[dict]) -> tuple[float, str]:
    """(mean minutes of a training, on what): of those that ran on a core, if there are any."""
    on_core = [m for m in made if m.get("device", "cpu") == "cpu"]
    counted = on_core or made
    return round(statistics.mean(map(core_minutes, counted)), 1), counted[0].get("device", "cpu")


def starts(names: Sequence[str]) -> tuple[str, ...]:
    """The checkpoints that the trainings `names` began with."""
    known = {recipe.name: recipe.notes.get("start", "") for recipe in rival_recipes.RECIPES}
    return tuple(dict.fromkeys(known[name] for name in names if known.get(name)))


def measure_row(row: dict, rival: Rival) -> dict:
    """`row` with its numbers, and the command that repeats it."""
    longer = row["budget"] == "longer"
    seeds = [s for s in rival_recipes.SEEDS
             if rival_recipes.checkpoint_of(rival, row["data"], seed=s, longer=longer)
             in row["checkpoint"]][: max(1, row["seeds"])]  # fmt: skip
    right, how, sizes = [], [], []
    for seed in seeds or [1]:
        theta, made = rival_recipes.load(rival, row["data"], seed=seed, longer=longer)
        right.append(PROTOCOLS[row["protocol"]](rival, theta, row["data"], row["n"], row["k"]))
        how.append(made)
        sizes.append(sum(p.numel() for p in theta.values()))
    means = [100 * r.mean().item() for r in right]
    mean, ci = few_shot_study.percent(torch.stack(right).mean(0))
    spread = statistics.stdev(means) / len(means) ** 0.5 if len(means) > 1 else None
    minutes, device = spent(how)
    command = f"python -m course_lib reproduce rivals --rerun --only {row_name(row)}"
    return {
        **row, "accuracy": mean, "ci": ci,
        "train_se": None if spread is None else round(spread, 2),
        "minutes": minutes, "device": device, "parameters": sizes[0], "command": command,
    }  # fmt: skip


def parts() -> list[Part]:
    """A part for each row of the plan."""
    return [
        Part(
            (row_name(row),), measure_row, {"row": row, "rival": rivals.find(row["system"])},
            weights=(*row["checkpoint"], *starts(row["checkpoint"])),
        )
        for row in plan()
    ]  # fmt: skip


TABLES = (Table("rivals", parts, few_shot_study.TEST_SEED, row_name),)
