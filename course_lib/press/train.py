"""Trainings that are run once, and the tables made from them.

`python -m course_lib train NAME` trains and ships a checkpoint; it can be stopped and called again.
`python -m course_lib reproduce NAME` prints a stored table; `--rerun` measures it again.
What they store names the commit that made it, so both ask for one before they begin.
"""

import argparse
import contextlib
import difflib
import functools
import json
import sys
from pathlib import Path

import course_lib
from course_lib import results, training
from course_lib.beyond import curves as beyond_curves
from course_lib.beyond import memorising
from course_lib.beyond import recipes as beyond_recipes
from course_lib.beyond import study as beyond_study
from course_lib.beyond.glyphs import study as beyond_glyphs_study
from course_lib.black_box import in_context_order, in_context_study, two_tokens
from course_lib.black_box import recipes as black_box_recipes
from course_lib.few_shot import own_head, photo_recipes, rival_recipes, rival_study
from course_lib.few_shot import recipes as few_shot_recipes
from course_lib.few_shot import study as few_shot_study
from course_lib.ground import commit, files, paths, settings
from course_lib.maml import first_order, meta_cost
from course_lib.maml import recipes as maml_recipes
from course_lib.maml import study as sinusoid_study
from course_lib.press.notebooks import reads
from course_lib.rl2.bandits import imitation, imitation_study
from course_lib.rl2.bandits import recipes as bandit_recipes
from course_lib.rl2.bandits import study as bandit_study
from course_lib.rl2.bandits import tuning as bandit_tuning
from course_lib.rl2.mazes import recipes as maze_recipes
from course_lib.rl2.mazes import study as maze_study
from course_lib.rl2.mdps import curve as mdp_curve
from course_lib.rl2.mdps import recipes as mdp_recipes
from course_lib.rl2.mdps import study as mdp_study
from course_lib.rl2.mdps import tuning as mdp_tuning
from course_lib.supervised import study as painters_study
from course_lib.training import rows, shares
from course_lib.training.recipe import Recipe, Table

UNFINISHED = paths.KEPT / "training"
ROOMS = (
    maml_recipes, black_box_recipes, few_shot_recipes, rival_recipes, photo_recipes, bandit_recipes,
    imitation, maze_recipes, mdp_recipes, beyond_recipes,
)  # fmt: skip
RECIPES: dict[str, Recipe] = {recipe.name: recipe for room in ROOMS for recipe in room.RECIPES}

STUDIES = (
    sinusoid_study, meta_cost, first_order, few_shot_study, own_head, rival_study, bandit_study,
    imitation_study, mdp_study, mdp_tuning, mdp_curve, maze_study, bandit_tuning, painters_study,
    in_context_study, in_context_order, two_tokens, beyond_study, beyond_glyphs_study, memorising,
    beyond_curves,
)  # fmt: skip
TABLES: dict[str, Table] = {table.name: table for study in STUDIES for table in study.TABLES}
DRAFTS = paths.DRAFTS
DRAFT_IT = "Or call with --draft: it goes to .course/drafts, and the course keeps its own."
DRAFT = "write to .course/drafts; the course keeps its own, and the code need not be committed"


NAMED = {"train": ("recipe", RECIPES), "reproduce": ("table", TABLES)}


def unknown(name: str, command: str) -> str:
    """What a name is told that no recipe or table has: up to three that are spelled like it."""
    what, known = NAMED[command]
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    near = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"There is no {what} {name!r}.{near} `python -m course_lib {command} --list` names all."


def ask_for_name(parser: argparse.ArgumentParser, command: str) -> None:
    """Let the command take a name, or `--list`."""
    what, _ = NAMED[command]
    parser.add_argument("name", metavar="NAME", nargs="?", help=f"of the {what}; see --list")
    parser.add_argument("--list", action="store_true", help=f"print the names of all {what}s")


def ended_by_name(
    parser: argparse.ArgumentParser, options: argparse.Namespace, command: str
) -> int | None:
    """The exit status where all is said: a list was asked for, or the name is none. Else None."""
    what, known = NAMED[command]
    if options.list:
        print(*known, sep="\n")
        return 0
    if options.name is None:
        parser.error(f"name a {what}; --list prints all names")
    if options.name not in known:
        print(unknown(options.name, command), file=sys.stderr)
        return 2
    return None


def run_recipe(
    name: str,
    *,
    iterations: int | None = None,
    folder: Path = training.CHECKPOINTS,
    num_shares: int | None = None,
):
    """Train recipe `name`, resuming an unfinished run, and write its checkpoint into `folder`.

    With `num_shares` (where torchrun started several processes: as many) a step learns from so many
    meta-batches; see `training.shares`.
    Returns `training.Trained`. Errors: ValueError for an unknown name, with those like it, for
    iterations < 1, and for an unfinished run of something else; RuntimeError where the course's own
    checkpoint is to be written and the code is not that of a commit; TimeoutError while another
    process trains the same.
    """
    if name not in RECIPES:
        raise ValueError(unknown(name, "train"))
    recipe = RECIPES[name]
    steps = recipe.iterations if iterations is None else iterations
    if steps < 1:
        raise ValueError(f"{steps} iterations: train with one at least.")
    number = shares.num_processes() if num_shares is None else num_shares
    if number > 1 and recipe.trainer != "train":
        raise ValueError(
            f"{name} makes several steps of its own from one draw, so it can't be shared: train it "
            "in one process."
        )
    code = commit.committed(DRAFT_IT) if folder == training.CHECKPOINTS else commit.code_version()
    ending = f"-{number}shares" if number > 1 else ""
    unfinished = UNFINISHED / f"{name}-{steps}{ending}.safetensors"
    first = shares.process() == 0  # of the processes: it alone writes
    with files.alone(unfinished, seconds=1) if first else contextlib.nullcontext():
        trained = _train(recipe, steps, unfinished, number)
        if trained.finished and first:
            made = results.provenance(
                f"python -m course_lib train {name}", recipe.seed,
                **{**recipe.notes, "iterations": steps, "lr": recipe.lr}, code=code,
                **({"shares": number} if number > 1 else {}),
                seconds=round(trained.seconds), core_seconds=round(trained.core_seconds),
            )  # fmt: skip
            theta = trained.theta
            if recipe.finish:
                theta = recipe.finish(theta, course_lib.seed(recipe.seed), course_lib.device())
            training.save_checkpoint(name, theta, made=made, folder=folder)
            unfinished.unlink(missing_ok=True)
    return trained


def _train(recipe: Recipe, steps: int, unfinished: Path, number: int) -> training.Trained:
    device = course_lib.device()
    gen = course_lib.seed(recipe.seed)
    start = recipe.init(gen, device=device)
    gen = shares.Shares(gen, number) if number > 1 else gen
    common = {
        "iterations": steps, "lr": recipe.lr, "gen": gen, "save_to": unfinished,
        "title": recipe.name,
    }  # fmt: skip
    if recipe.trainer == "iterate":
        update = functools.partial(recipe.objective, iterations=steps)
        return training.iterate(
            update, start, schedule=training.linear, noun=recipe.noun, **common
        )  # fmt: skip
    objective = functools.partial(recipe.objective, device=device)
    return training.train(objective, start, schedule=recipe.schedule, **common)


def run_table(
    table: Table, only: str | None = None, *, folder: Path = results.FOLDER, add: bool = False
) -> dict:
    """Measure a table again, or the rows called `only`; the whole table is stored in `folder`.

    With `add`, rows that are stored and stand on the same weights are kept; the table's `kept` says
    how many are of which commit.
    Returns what is stored, `{"made": …, "rows": […]}`. Errors: as `rows.measure`, and RuntimeError
    where the course's own table is to be written and the code is not that of a commit.
    """
    stored = only is None and folder == results.FOLDER
    code = commit.committed(DRAFT_IT) if stored else commit.code_version()
    command = f"python -m course_lib reproduce {table.name} {'--add' if add else '--rerun'}"
    if only is not None:
        measured = rows.measure(table, only)
        return {"made": results.provenance(f"{command} --only {only}", table.seed, code=code),
                "rows": measured}  # fmt: skip
    before, more = rows.foundation(table), {}
    if add:
        old = results.load(table.name, folder=folder)
        measured, number = rows.add(table, old)
        older = {"rows": number, "code": old["made"]["code"], "date": old["made"]["date"]}
        more = {"kept": [*old["made"].get("kept", []), older]}
    else:
        measured = rows.measure(table)
    if rows.foundation(table) != before:
        raise RuntimeError(
            f"{table.name} is not stored: weights or a table that it stands on have changed while "
            "it was measured. Call again; rows on what has not changed are kept."
        )
    results.save(
        table.name, measured, command=command, seed=table.seed, folder=folder,
        code=code, foundation=before, **more,
    )  # fmt: skip
    rows.forget(table)
    return results.load(table.name, folder=folder)


def say_readers(name: str) -> None:
    """Says which books show a stored file that has been made anew."""
    for kind, books in reads.readers(name).items():
        if books:
            print(f"It is shown by: python -m course_lib {kind} run {' '.join(books)}",
                  file=sys.stderr)  # fmt: skip


def main_train(argv: list[str]) -> int:
    """`python -m course_lib train NAME [--iterations N] [--shares N] [--draft]`, or by torchrun."""
    parser = argparse.ArgumentParser(prog="python -m course_lib train")
    ask_for_name(parser, "train")
    parser.add_argument(
        "--iterations",
        type=settings.whole_number(1),
        metavar="N",
        help="fewer or more than the recipe says",
    )
    parser.add_argument(
        "--shares",
        type=settings.whole_number(1),
        metavar="N",
        help="learn from N meta-batches a step; with torchrun each process draws its share of them",
    )
    parser.add_argument("--draft", action="store_true", help=DRAFT)
    options = parser.parse_args(argv)
    if (ended := ended_by_name(parser, options, "train")) is not None:
        return ended
    folder = DRAFTS if options.draft else training.CHECKPOINTS
    with shares.together(course_lib.device()):
        trained = run_recipe(
            options.name, iterations=options.iterations, folder=folder, num_shares=options.shares
        )
        first = shares.process() == 0
    state = "done" if trained.finished else "unfinished: call again to go on"
    if first and trained.finished and not options.draft:
        say_readers(f"{options.name}.safetensors")
    if first:
        took = f"{trained.iterations} iterations, {trained.seconds:.0f} s"
        print(f"{options.name}: {took}, {state}.")
    return 0 if trained.finished else 1


def main_reproduce(argv: list[str]) -> int:
    """`python -m course_lib reproduce NAME [--json] [--rerun | --add] [--only ROW] [--draft]`."""
    parser = argparse.ArgumentParser(prog="python -m course_lib reproduce")
    ask_for_name(parser, "reproduce")
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    parser.add_argument("--rerun", action="store_true", help="measure again and store")
    parser.add_argument(
        "--add", action="store_true", help="measure what is new, keep rows on the same weights"
    )
    parser.add_argument(
        "--only", metavar="ROW", help="print the rows of this name; with --rerun, measure them anew"
    )
    parser.add_argument("--draft", action="store_true", help=f"with --rerun: {DRAFT}")
    options = parser.parse_args(argv)
    if (ended := ended_by_name(parser, options, "reproduce")) is not None:
        return ended
    table = TABLES[options.name]
    if options.add and options.only:
        parser.error("--add measures all that is new: leave --only out")
    if options.rerun or options.add:
        folder = DRAFTS if options.draft else results.FOLDER
        result = run_table(table, options.only, folder=folder, add=options.add)
        if options.only is None and not options.draft:
            say_readers(f"{table.name}.json")
    else:
        result = results.load(table.name)
        names = dict.fromkeys(map(table.row_name, result["rows"]))
        if options.only not in (None, *names):
            parser.error(f"--only {options.only}: choose one of {', '.join(sorted(names))}")
        for sentence in rows.outdated(table, result["made"]):
            print(sentence, file=sys.stderr)
    shown = [row for row in result["rows"] if options.only in (None, table.row_name(row))]
    if options.json:
        json.dump({"rows": shown, "made": result["made"]}, sys.stdout, ensure_ascii=False)
        print()
    else:
        print(*(" ".join(f"{k}={v}" for k, v in row.items()) for row in shown), sep="\n")
    return 0
