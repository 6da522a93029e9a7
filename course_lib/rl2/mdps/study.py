"""Random MDPs as in RL²: six planners and networks over 10 to 100 episodes, and the ceiling
(notebook 10).

One network learned from its rewards alone, as in RL². The others a teacher who knows the world told
what their actions gave away; so their rows are called "taught".
"""

import functools
import math
import statistics
from collections.abc import Callable

import torch

import course_lib
from course_lib import training
from course_lib.ground.stats import mean_and_error
from course_lib.results import papers
from course_lib.rl2.mdps import players
from course_lib.rl2.mdps.players import Player
from course_lib.rl2.mdps.recipes import CELLS, METHODS, checkpoint, has_memory_cells
from course_lib.rl2.mdps.tuning import EPISODES, GRIDS, WAYS, WAYS_OF, play, tuned
from course_lib.tasks.mdps import best_value, sample_mdps
from course_lib.training.recipe import Part, Table

TEST_SEED = 2016
COLUMNS = ("random", "psrl", "opsrl", "ucrl2", "beb", "eps_greedy", "greedy", "rl2")
FIXED: dict[str, Callable[..., Player]] = {"psrl": players.psrl, "greedy": players.greedy}
PLANNERS = ("psrl", "opsrl", "ucrl2", "beb", "eps_greedy", "greedy")
RL2 = "rl2"  # the network that learned from its rewards alone
TAUGHT = "taught"  # the networks that were taught by the true Q
TAUGHT_PPO = "taught-ppo"  # by PPO, from weights without memory cells
NAMES = {  # how a reader meets them; who taught an agent stands in its name
    "random": "random play", "psrl": "PSRL", "opsrl": "OPSRL", "ucrl2": "UCRL2", "beb": "BEB",
    "eps_greedy": "ε-greedy", "greedy": "greedy", "rl2": "our RL²", "taught": "taught by Q*",
    "taught-ppo": "taught by Q*, PPO",
}  # fmt: skip
TRAINED = {  # the recipe that each length's agent comes from: mdp_recipes.CELLS
    RL2: {10: "10-rewards", 25: "25-rewards"},
    TAUGHT: {10: "10-own", 25: "25-own"},
    TAUGHT_PPO: {10: "10-longer", 25: "25"},
}
TRAININGS = {RL2: (1, 2, 3), TAUGHT: (1, 2, 3), TAUGHT_PPO: (1,)}  # the seeds that are shipped
# The paper's column that an agent's row belongs to, by the agent's name.
COLUMN = {column + ending: column for column in COLUMNS for ending in WAYS}
COLUMN |= dict.fromkeys(TRAINED, "rl2")


def trained_for(episodes: int, network: str = TAUGHT) -> tuple[int, str]:
    """The length that an agent was trained for, this one or the longest, and by which training."""
    known = TRAINED[network]
    trained = episodes if episodes in known else max(known)
    return trained, known[trained]


def agent(episodes: int, network: str = TAUGHT, seed: int = 1) -> Player:
    """The shipped network of `TRAINED` for a length, which says how it was trained."""
    trained, name = trained_for(episodes, network)
    theta, made = training.load_checkpoint(checkpoint(name, seed))
    words = f"GRU of {made['hidden']} units"
    if has_memory_cells(name):
        words += ", at first two of them a memory cell for each state and action"
    words += f"; trained by {METHODS[CELLS[name].own, CELLS[name].rewards]}"
    if not CELLS[name].rewards:
        words += " (by the true Q, which training saw and play does not)"
    if CELLS[name].start:
        words += f"; went on from {CELLS[name].start}"
    if trained != episodes:
        words += f"; trained on n = {trained} only, played here to n = {episodes}"
    return players.recurrent(theta, words)


def _tuned_player(name: str, ending: str, episodes: int) -> Player:
    make, _ = GRIDS[name]
    return make(tuned(name + ending, episodes), **WAYS[ending])


def cast(episodes: int) -> dict[str, Callable[[], Player]]:
    """How to make each agent for a number of episodes."""
    found: dict[str, Callable[[], Player]] = {"random": players.random_action}
    for name in PLANNERS:
        for ending in WAYS_OF[name]:
            if name in FIXED:
                found[name + ending] = functools.partial(FIXED[name], **WAYS[ending])
            else:
                found[name + ending] = functools.partial(_tuned_player, name, ending, episodes)
    for network in TRAINED:
        found[network] = functools.partial(agent, episodes, network)
    return found


def of_trainings(episodes: int, name: str, seeds: tuple[int, ...] = ()) -> list[Player]:
    """The agent `name` for a length: a network of each training in `seeds`; without seeds one."""
    if not seeds:
        return [cast(episodes)[name]()]
    return [agent(episodes, name, seed) for seed in seeds]


def instances(name: str) -> int:
    """How many MDPs an agent is measured on: fewer where planning is slow."""
    return 1000 if COLUMN[name] == "opsrl" else 2000


def measure_row(
    episodes: int, name: str, num_instances: int | None = None, seeds: tuple[int, ...] = ()
) -> dict:
    """One row of the table: see `reproduce mdps --json`.

    The score of an instance is Σ R(s, a) over all steps, a network's the mean over its trainings;
    `ceiling` is what they would be worth to who knows the MDP, on the same instances. `se` is over
    instances, `train_se` over the trainings of `seeds`, and `each` their means. `z` compares with
    the paper: the difference over the errors of all, the paper's being that of its instances' total
    (noisy) rewards; how far another training of the paper's would fall, nobody tells.
    """
    count = num_instances or instances(name)
    mdps = sample_mdps(count, course_lib.seed(TEST_SEED))
    made = of_trainings(episodes, name, seeds)
    plays = [play(player, mdps, episodes, TEST_SEED + 1) for player in made]
    each = [played.worth.double().sum(1) for played in plays]
    worth, paid = torch.stack(each).mean(0), plays[0].paid.double().sum(1)
    mean, se = mean_and_error(worth)
    means = [round(scores.mean().item(), 3) for scores in each]
    train_se = statistics.stdev(means) / len(means) ** 0.5 if len(means) > 1 else None
    paper = papers.number("mdps", COLUMN[name], n=episodes)
    paper_se = paid.std().item() / math.sqrt(papers.fact("mdps")["instances"])
    z = round((mean - paper) / math.hypot(se, paper_se, train_se or 0.0), 2)
    best = best_value(mdps).double() * episodes
    behind, behind_se = mean_and_error(best - worth)
    row = {
        "n": episodes, "agent": name,
        "mean": round(mean, 3), "se": round(se, 3), "instances": count,
        "paper": paper, "z": z, "flag": flag(name, z),
        "ceiling": round(best.mean().item(), 3),
        "behind": round(behind, 3), "behind_se": round(behind_se, 3),
        "definition": made[0].definition,
    }  # fmt: skip
    if seeds:
        row |= {"seeds": len(seeds), "each": means}
        row["train_se"] = None if train_se is None else round(train_se, 3)
    return row


def flag(name: str, z: float) -> str | None:
    """Why a row is more than 3 standard errors away from the paper's; None where it is not."""
    if abs(z) <= 3:
        return None
    return REASONS.get(name, "unexplained")


FITS = (
    "the paper's planners fit E[R] = 0 at the start, though the truth is 1: see the row {}-prior0"
)
CODE = "public code that appears to be the paper's {}"
NEAR = "far nearer to the paper than with E[R] = 1; what is left of the difference is not explained"
REASONS: dict[str, str] = {
    **{name: FITS.format(name) for name in ("psrl", "opsrl", "ucrl2", "eps_greedy", "greedy")},
    "beb": CODE.format("adds its bonus to moves too, other than ours, and starts from E[R] = 0"),
    "ucrl2-prior0": CODE.format("gives UCRL2 no prior at all"),
    "eps_greedy-prior0": NEAR,
    "greedy-prior0": NEAR,
    "greedy-map": NEAR,
    "eps_greedy-map": NEAR,
    "ucrl2-raw": "no prior fits the paper at 10 and 25 episodes; in longer trials the row "
    "ucrl2-prior0 fits better",
    "rl2": "our agent was trained on fewer trials than the paper's (recalled, unchecked)",
    "taught": "our agent was trained on fewer trials than the paper's (recalled, unchecked), and "
    "not to explore for later",
    "taught-ppo": "our agent was trained on fewer trials than the paper's (recalled, unchecked)",
}


def row_name(row: dict) -> str:
    """The name of a row: agent and episodes, as in "psrl-10"."""
    return f"{row['agent']}-{row['n']}"


def weights_of(name: str, episodes: int) -> tuple[str, ...]:
    """The checkpoints that an agent plays with: one for each training of a network."""
    if name not in TRAINED:
        return ()
    _, training_name = trained_for(episodes, name)
    return tuple(checkpoint(training_name, seed) for seed in TRAININGS[name])


def trainings(name: str) -> dict[str, tuple[int, ...]]:
    """What the row of a network has beside that of others: the seeds that are measured."""
    return {"seeds": TRAININGS[name]} if name in TRAININGS else {}


def parts() -> list[Part]:
    """Every agent at every length."""
    return [
        Part(
            (f"{name}-{n}",), measure_row,
            {"episodes": n, "name": name, "num_instances": instances(name), **trainings(name)},
            weights=weights_of(name, n),
        )
        for n in EPISODES for name in cast(n)
    ]  # fmt: skip


TABLES = (Table("mdps", parts, TEST_SEED, row_name, reads=("mdps_tuning",)),)
