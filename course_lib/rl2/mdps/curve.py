"""What each agent of random MDPs earns in its first, second, … episode (notebook 10)."""

import torch

import course_lib
from course_lib.ground.stats import mean_and_error
from course_lib.rl2.mdps.study import (
    PLANNERS,
    RL2,
    TAUGHT,
    of_trainings,
    trainings,
    weights_of,
)
from course_lib.rl2.mdps.tuning import play
from course_lib.tasks.mdps import best_value, sample_mdps
from course_lib.training.recipe import Part, Table

CURVE_SEED = 25
CURVE_INSTANCES = 2000
AGENTS = ("random", *PLANNERS, RL2, TAUGHT)


def row_name(row: dict) -> str:
    """The name of a row of the curve: agent and episode, as in "psrl-episode3"."""
    return f"{row['agent']}-episode{row['episode']}"


def learning_curve(
    name: str,
    episodes: int = 25,
    num_instances: int = CURVE_INSTANCES,
    seeds: tuple[int, ...] = (),
) -> list[dict]:
    """The mean reward of the first, second … episode, for an agent or "ceiling".

    The ceiling is who knows the MDP. A network's is the mean over the trainings of `seeds`, and
    `train_se` its standard error over them.
    """
    mdps = sample_mdps(num_instances, course_lib.seed(CURVE_SEED))
    if name == "ceiling":
        each = best_value(mdps).double()[None, :, None].expand(-1, -1, episodes)
    else:
        made = of_trainings(episodes, name, seeds)
        plays = [play(player, mdps, episodes, CURVE_SEED + 1) for player in made]
        each = torch.stack([played.worth.double() for played in plays])
    rows = []
    for i in range(episodes):
        mean, se = mean_and_error(each[:, :, i].mean(0))
        row = {
            "n": episodes, "agent": name, "episode": i + 1,
            "mean": round(mean, 3), "se": round(se, 3), "instances": num_instances,
        }  # fmt: skip
        if len(seeds) > 1:
            train_se = each[:, :, i].mean(1).std().item() / len(seeds) ** 0.5
            row |= {"seeds": len(seeds), "train_se": round(train_se, 3)}
        rows.append(row)
    return rows


def parts(episodes: int = 25) -> list[Part]:
    """Random play, the planners that know the prior, a network, and who knows the MDP."""
    return [
        Part(
            tuple(f"{name}-episode{i + 1}" for i in range(episodes)), learning_curve,
            {
                "name": name, "episodes": episodes, "num_instances": CURVE_INSTANCES,
                **trainings(name),
            },
            weights=weights_of(name, episodes),
        )
        for name in ("ceiling", *AGENTS)
    ]  # fmt: skip


TABLES = (Table("mdps_curve", parts, CURVE_SEED, row_name, reads=("mdps_tuning",)),)
