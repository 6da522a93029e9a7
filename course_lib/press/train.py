"""Trainings that are run once, and the tables made from them.

`python -m course_lib train NAME` trains and ships a checkpoint; it can be stopped and called again.
`python -m course_lib reproduce NAME` prints a stored table; `--rerun` measures it again.
"""

import argparse
import json
import sys
from pathlib import Path

import course_lib
from course_lib import results, training
from course_lib.black_box import recipes as black_box_recipes
from course_lib.few_shot import recipes as few_shot_recipes
from course_lib.few_shot import rival_recipes
from course_lib.few_shot import study as few_shot_study
from course_lib.ground import files, paths, settings
from course_lib.maml import meta_cost
from course_lib.maml import recipes as maml_recipes
from course_lib.maml import study as sinusoid_study
from course_lib.rl2.bandits import recipes as bandit_recipes
from course_lib.rl2.bandits import study as bandit_study
from course_lib.rl2.bandits import tuning as bandit_tuning
from course_lib.rl2.mazes import recipes as maze_recipes
from course_lib.rl2.mazes import study as maze_study
from course_lib.rl2.mdps import recipes as mdp_recipes
from course_lib.rl2.mdps import study as mdp_study
from course_lib.supervised import study as painters_study
from course_lib.training.recipe import Recipe, Table

UNFINISHED = paths.KEPT / "training"
ROOMS = (
    maml_recipes, black_box_recipes, few_shot_recipes, rival_recipes, bandit_recipes, maze_recipes,
    mdp_recipes,
)  # fmt: skip
RECIPES: dict[str, Recipe] = {recipe.name: recipe for room in ROOMS for recipe in room.RECIPES}

_TABLES = (
    Table(
        "sinusoids", sinusoid_study.measure, sinusoid_study.TEST_SEED,
        lambda row: f"{row['init']}-{row['shots']}shot",
    ),
    Table(
        "meta_cost", meta_cost.measure, meta_cost.SEED,
        lambda row: f"width{row['width']}-{row['examples']}points",
    ),
    Table(
        "fewshot", few_shot_study.measure, few_shot_study.TEST_SEED,
        few_shot_study.row_name, parts=True,
    ),
    Table(
        "bandits", bandit_study.measure, bandit_study.TEST_SEED,
        lambda row: bandit_study.cell_name(row["n"], row["k"]), parts=True,
    ),
    Table(
        "mdps", mdp_study.measure, mdp_study.TEST_SEED, mdp_study.row_name, parts=True),
    Table(
        "mdps_tuning", mdp_study.tune, mdp_study.TUNE_SEED,
        lambda row: f"{row['agent']}-{row['n']}-{row['constant']:g}",
    ),
    Table(
        "mdps_curve", mdp_study.learning_curve, mdp_study.CURVE_SEED,
        lambda row: f"{row['agent']}-episode{row['episode']}",
    ),
    Table(
        "mazes", maze_study.measure, maze_study.TEST_SEED, maze_study.row_name),
    Table(
        "bandit_tuning", bandit_tuning.measure, bandit_tuning.TUNING_SEED,
        lambda row: bandit_tuning.cell_name(row["n"], row["k"]),
    ),
    Table(
        "painters", painters_study.measure, painters_study.SEED, lambda row: row["what"]),
)  # fmt: skip
TABLES: dict[str, Table] = {table.name: table for table in _TABLES}


def run_recipe(name: str, *, iterations: int | None = None, folder: Path = training.CHECKPOINTS):
    """Train recipe `name`, resuming an unfinished run, and write its checkpoint into `folder`.

    Returns `training.Trained`. Errors: ValueError for an unknown name, listing the known ones, and
    for iterations < 1; TimeoutError while another process trains the same.
    """
    if name not in RECIPES:
        raise ValueError(f"There is no recipe {name!r}; there are: {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    steps = recipe.iterations if iterations is None else iterations
    if steps < 1:
        raise ValueError(f"{steps} iterations: train with one at least.")
    unfinished = UNFINISHED / f"{name}-{steps}.safetensors"
    with files.alone(unfinished, seconds=1):
        trained = _train(name, recipe, steps, unfinished)
        if trained.finished:
            made = results.provenance(
                f"python -m course_lib train {name}", recipe.seed,
                **{**recipe.notes, "iterations": steps, "lr": recipe.lr},
                seconds=round(trained.seconds), core_seconds=round(trained.core_seconds),
            )  # fmt: skip
            theta = trained.theta
            if recipe.finish:
                theta = recipe.finish(theta, course_lib.seed(recipe.seed), course_lib.device())
            training.save_checkpoint(name, theta, made=made, folder=folder)
            unfinished.unlink(missing_ok=True)
    return trained


def _train(name: str, recipe: Recipe, steps: int, unfinished: Path) -> training.Trained:
    device = course_lib.device()
    gen = course_lib.seed(recipe.seed)
    start = recipe.init(gen, device=device)
    common = {
        "iterations": steps, "lr": recipe.lr, "gen": gen, "save_to": unfinished, "title": name
    }  # fmt: skip
    if recipe.trainer == "iterate":
        return training.iterate(
            lambda *now: recipe.objective(*now, steps), start,
            schedule=training.linear, noun="reward", **common,
        )  # fmt: skip
    return training.train(lambda theta, gen: recipe.objective(theta, gen, device), start, **common)


def main_train(argv: list[str]) -> int:
    """`python -m course_lib train NAME [--iterations N]`."""
    parser = argparse.ArgumentParser(prog="python -m course_lib train")
    parser.add_argument("recipe", choices=list(RECIPES))
    parser.add_argument(
        "--iterations",
        type=settings.whole_number(1),
        metavar="N",
        help="fewer or more than the recipe says",
    )
    options = parser.parse_args(argv)
    trained = run_recipe(options.recipe, iterations=options.iterations)
    state = "done" if trained.finished else "unfinished: call again to go on"
    print(f"{options.recipe}: {trained.iterations} iterations, {trained.seconds:.0f} s, {state}.")
    return 0 if trained.finished else 1


def main_reproduce(argv: list[str]) -> int:
    """`python -m course_lib reproduce NAME [--json] [--rerun] [--only ROW]`."""
    parser = argparse.ArgumentParser(prog="python -m course_lib reproduce")
    parser.add_argument("table", choices=list(TABLES))
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    parser.add_argument("--rerun", action="store_true", help="measure again and store")
    parser.add_argument("--only", help="print only the rows of this name")
    options = parser.parse_args(argv)
    table = TABLES[options.table]
    if options.only is not None and not (options.rerun and table.parts):
        names = sorted({table.row_name(row) for row in results.load(options.table)["rows"]})
        if options.only not in names:
            parser.error(f"--only {options.only}: choose one of {', '.join(names)}")
    if options.rerun:
        course_lib.device()
        command = f"python -m course_lib reproduce {options.table} --rerun"
        rows = table.measure(only=options.only) if table.parts else table.measure()
        if options.only is None or not table.parts:
            results.save(options.table, rows, command=command, seed=table.seed)
    if (
        options.rerun and options.only is not None and table.parts
    ):  # measured, shown, and not stored
        command += f" --only {options.only}"
        result = {"rows": rows, "made": results.provenance(command, table.seed)}
    else:
        result = results.load(options.table)
    rows = [r for r in result["rows"] if options.only in (None, table.row_name(r))]
    if options.json:
        json.dump({"rows": rows, "made": result["made"]}, sys.stdout, ensure_ascii=False)
        print()
    else:
        print(*(" ".join(f"{k}={v}" for k, v in row.items()) for row in rows), sep="\n")
    return 0
