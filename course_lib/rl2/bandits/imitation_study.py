"""How close an imitator of Gittins comes to it, and how far it gets ahead of RL² (notebook 09)."""

import statistics

from jaxtyping import Float
from torch import Tensor

import course_lib
from course_lib import training
from course_lib.ground.stats import mean_and_error
from course_lib.rl2.bandits import imitation, players
from course_lib.rl2.bandits import recipes as bandit_recipes
from course_lib.rl2.bandits.players import Player
from course_lib.rl2.bandits.study import STARTS, TEST_SEED, agent, instances, training_of
from course_lib.rl2.bandits.tuning import cell_name
from course_lib.tasks.bandits import sample_means
from course_lib.training.recipe import SEEDS, Part, Table


def measure_row(name: str, seeds: tuple[int, ...], num_instances: int) -> dict:
    """Imitators, Gittins and RL², on the bandits of `reproduce bandits`.

    A score is the sum of the pulled arms' means; the imitator's of a bandit is the mean over its
    trainings. `less_…`: the imitator less that player, bandit by bandit. Errors are over bandits,
    and `train_se` is the one over trainings.
    """
    cell = imitation.CELLS[name]
    k, n = cell.num_arms, cell.horizon

    def value(player: Player) -> Float[Tensor, " instances"]:
        gen = course_lib.seed(TEST_SEED)
        means = sample_means(num_instances, k, gen)
        return players.play(player, means, n, gen).value(means).double()

    trained = [
        value(players.recurrent(training.load_checkpoint(imitation.checkpoint(name, seed))[0]))
        for seed in seeds
    ]
    scores = {
        "imitator": sum(trained) / len(trained),
        "gittins": value(players.gittins()),
        "rl2": value(agent(n, k)),
    }
    row = {
        "n": n, "k": k, "hidden": cell.hidden, "instances": num_instances, "seeds": len(seeds),
        "pulls": cell.iterations * cell.steps, "rl2_pulls": pulls_of(training_of(n, k)),
    }  # fmt: skip
    for who, score in scores.items():
        row[who], row[f"{who}_se"] = (round(x, 4) for x in mean_and_error(score))
    row["train_se"] = (
        round(statistics.stdev(t.mean().item() for t in trained) / len(seeds) ** 0.5, 4)
        if len(seeds) > 1
        else None
    )
    for other in ("gittins", "rl2"):
        difference = mean_and_error(scores["imitator"] - scores[other])
        row[f"less_{other}"], row[f"less_{other}_se"] = (round(x, 4) for x in difference)
    return row


def pulls_of(training_name: str) -> int:
    """How many pulls an RL² agent lived through, with those of the agent that it went on from."""
    cell = bandit_recipes.CELLS[training_name]
    before = pulls_of(STARTS[cell.start]) if cell.start else 0
    return before + cell.iterations * cell.steps


def row_name(row: dict) -> str:
    """What `--only` asks for: the cell, as in "100x10"."""
    return cell_name(row["n"], row["k"])


def parts() -> list[Part]:
    """A row for each cell that has imitators."""
    return [
        Part(
            (name,), measure_row,
            {
                "name": name, "seeds": SEEDS,
                "num_instances": instances(cell.horizon, cell.num_arms, "rl2"),
            },
            weights=(
                *(imitation.checkpoint(name, seed) for seed in SEEDS),
                bandit_recipes.checkpoint(training_of(cell.horizon, cell.num_arms)),
            ),
        )
        for name, cell in imitation.CELLS.items()
    ]  # fmt: skip


TABLES = (Table("imitation", parts, TEST_SEED, row_name),)
