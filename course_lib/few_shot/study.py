"""Few-shot accuracy of the shipped checkpoints on meta-test characters, beside the paper's
(notebook 06).

Every number is the mean over 600 meta-test tasks with the half-width of its 95 % interval. Query
pictures are normalised together, as in the paper; `one_by_one` rows normalise each query with the
support alone.
"""

import functools

import torch
from torch import Tensor

import course_lib
from course_lib import few_shot
from course_lib.few_shot.classify import load_learner, predict
from course_lib.few_shot.recipes import CELLS, LONG, MAML, METHODS, checkpoint
from course_lib.ground.stats import Z95, mean_and_error
from course_lib.results import papers
from course_lib.tasks import datasets, episodes
from course_lib.training.loop import CHECKPOINTS
from course_lib.training.recipe import Part, Table

TEST_SEED = 600
TEST_TASKS = 600
QUERIES = {1: 1, 5: 5}  # queries a class, by shots; at 20-way 1, so that a task stays small
ANY_CELLS = [(n, k) for n in (2, 3, 5, 10, 20) for k in (1, 5)]
ALONE_CELLS = [(2, 1), (5, 1), (5, 5), (20, 1)]


@functools.lru_cache(maxsize=2)
def images(data: str) -> Tensor:
    """The meta-test characters: [classes, 20, 28, 28]."""
    return datasets.load(data).images_in("meta-test")


def tasks(data: str, num_ways: int, num_shots: int, number: int = TEST_TASKS):
    """`number` meta-test tasks, in parts of 20 so that they fit into memory: the same each time."""
    gen = course_lib.seed(TEST_SEED)
    sizes = {"num_ways": num_ways, "num_shots": num_shots}
    for start in range(0, number, 20):
        yield episodes.sample_episodes(
            images(data), num_tasks=min(20, number - start), gen=gen,
            num_queries=1 if num_ways > 10 else QUERIES[num_shots], **sizes,
        )  # fmt: skip


def percent(right: Tensor) -> tuple[float, float]:
    """Mean accuracy in % and the half-width of its 95 % interval, 1.96 s/√tasks."""
    return round(100 * right.mean().item(), 2), round(100 * Z95 * mean_and_error(right)[1], 2)


def accuracy(checkpoint: str, data: str, num_ways: int, num_shots: int, *, steps: int, **more):
    """The accuracy of each meta-test task, 0…1: [tasks]. `one_by_one=True` is not transductive."""
    learner = load_learner(checkpoint)
    inner = {"num_ways": num_ways, "alpha": learner.alpha, "steps": steps}
    right = []
    for stack in tasks(data, num_ways, num_shots, more.get("number", TEST_TASKS)):
        if more.get("one_by_one"):
            for xs, ys, xq, yq in zip(*stack.support, *stack.query, strict=True):
                said = predict(learner.theta, (xs, ys), xq, **inner)[-1].argmax(-1)
                right.append((said == yq).float().mean()[None])
        else:
            right.append(few_shot.step_accuracies(learner.theta, tuple(stack), **inner)[:, -1])
    return torch.cat(right)


def row_name(row: dict) -> str:
    """What a row is called: omniglot-5w1s-maml, with -any or -any-one-by-one behind it."""
    head = {"fixed": "", "any": "-any", "any, one by one": "-any-one-by-one", "none": "",
            "any, long": "-any-long"}  # fmt: skip
    return f"{row['data']}-{row['n']}w{row['k']}s-{row['method']}{head[row['head']]}"


def plan() -> list[dict]:
    """Every row to measure, without its numbers: those whose data and checkpoint exist."""
    rows = []
    for data in ("omniglot", "glyphs"):
        for method in METHODS:
            for cell, (n, k) in CELLS.items():
                name = checkpoint(data, cell, method)
                rows.append(_row(data, n, k, method.name, "fixed", name, cell))
            for n, k in ANY_CELLS:
                name = checkpoint(data, None, method)
                rows.append(_row(data, n, k, method.name, "any", name, f"{n}w{k}s"))
        for n, k in ANY_CELLS:
            long = checkpoint(data, None, LONG)
            rows.append(_row(data, n, k, LONG.name, "any, long", long, f"{n}w{k}s"))
            rows.append(_row(data, n, k, "nearest neighbour", "none", "", None))
        for n, k in ALONE_CELLS:
            rows.append(
                _row(data, n, k, MAML.name, "any, one by one", checkpoint(data, None, MAML), None)
            )
    return [r for r in rows if not r["checkpoint"] or _shipped(r["checkpoint"])]


def _row(data, n, k, method, head, checkpoint, cell) -> dict:
    printed = cell is not None and data == "omniglot"
    published = papers.number("omniglot", cell, method=method) if printed else None
    return {
        "data": data, "n": n, "k": k, "method": method, "head": head, "accuracy": None, "ci": None,
        "tasks": TEST_TASKS, "published": published, "checkpoint": checkpoint,
    }  # fmt: skip


def _shipped(checkpoint: str) -> bool:
    return (CHECKPOINTS / f"{checkpoint}.safetensors").exists()


def measure_row(row: dict) -> dict:
    """`row` with its accuracy, its interval, the steps taken and the command that repeats it."""
    data, n, k = row["data"], row["n"], row["k"]
    if row["head"] == "none":
        parts = [(episodes.nearest_neighbour(s), s.query[1]) for s in tasks(data, n, k)]
        right = torch.cat([episodes.accuracy(*part) for part in parts])
        row = {**row, "steps": 0}
    else:
        steps = load_learner(row["checkpoint"]).steps  # as many as it was trained for
        one = row["head"] == "any, one by one"
        right = accuracy(row["checkpoint"], data, n, k, steps=steps, one_by_one=one)
        row = {**row, "steps": steps}
    mean, ci = percent(right)
    name = row_name(row)
    name = f'"{name}"' if " " in name else name
    command = f"python -m course_lib reproduce fewshot --rerun --only {name}"
    return {**row, "accuracy": mean, "ci": ci, "command": command}


def parts() -> list[Part]:
    """A part for each row of the plan."""
    return [
        Part(
            (row_name(row),), measure_row, {"row": row},
            weights=(row["checkpoint"],) if row["checkpoint"] else (),
        )
        for row in plan()
    ]  # fmt: skip


TABLES = (Table("fewshot", parts, TEST_SEED, row_name),)
