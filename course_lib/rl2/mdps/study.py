"""Random MDPs as in RL²: six planners and networks over 10 to 100 episodes, and the ceiling
(notebook 10).

The networks are built as in RL² and taught otherwise: a teacher who knows the world told them what
their actions gave away. So their rows are called "taught".
"""

import functools
import math
from collections.abc import Callable

import course_lib
from course_lib import training
from course_lib.ground.stats import mean_and_error
from course_lib.results import papers
from course_lib.rl2.mdps import players
from course_lib.rl2.mdps.players import Player
from course_lib.rl2.mdps.recipes import CELLS, METHODS, checkpoint
from course_lib.rl2.mdps.tuning import EPISODES, GRIDS, WAYS, WAYS_OF, play, tuned
from course_lib.tasks.mdps import best_value, sample_mdps
from course_lib.training.recipe import Part, Table

TEST_SEED = 2016
COLUMNS = ("random", "psrl", "opsrl", "ucrl2", "beb", "eps_greedy", "greedy", "rl2")
FIXED: dict[str, Callable[..., Player]] = {"psrl": players.psrl, "greedy": players.greedy}
PLANNERS = ("psrl", "opsrl", "ucrl2", "beb", "eps_greedy", "greedy")
TAUGHT = "taught"  # the networks that were taught by the true Q
ON_PPO = "-ppo"  # ends the name of those that PPO trained, from weights without memory cells
NAMES = {  # how a reader meets them; who taught an agent stands in its name
    "random": "random play", "psrl": "PSRL", "opsrl": "OPSRL", "ucrl2": "UCRL2", "beb": "BEB",
    "eps_greedy": "ε-greedy", "greedy": "greedy", "taught": "taught by Q*",
    "taught-ppo": "taught by Q*, PPO",
}  # fmt: skip
TRAINED = {  # the recipe that each length's agent comes from: mdp_recipes.CELLS
    "": {10: "10-own", 25: "25-own"},
    ON_PPO: {10: "10-longer", 25: "25"},
}
# The paper's column that an agent's row belongs to, by the agent's name.
COLUMN = {column + ending: column for column in COLUMNS for ending in WAYS}
COLUMN |= {TAUGHT + ending: "rl2" for ending in TRAINED}


def trained_for(episodes: int, ending: str = "") -> tuple[int, str]:
    """The length that an agent was trained for, this one or the longest, and by which training."""
    known = TRAINED[ending]
    trained = episodes if episodes in known else max(known)
    return trained, known[trained]


def agent(episodes: int, ending: str = "") -> Player:
    """The shipped network for a length, which says how it was trained."""
    trained, name = trained_for(episodes, ending)
    theta, made = training.load_checkpoint(checkpoint(name))
    words = f"GRU of {made['hidden']} units"
    if not ending:
        words += ", at first two of them a memory cell for each state and action"
    words += f"; trained by {METHODS[CELLS[name].own, CELLS[name].rewards]}"
    words += " (by the true Q, which training saw and play does not)"
    if made["start"]:
        words += f"; went on from {made['start']}"
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
    for ending in TRAINED:
        found[TAUGHT + ending] = functools.partial(agent, episodes, ending)
    return found


def instances(name: str) -> int:
    """How many MDPs an agent is measured on: fewer where planning is slow."""
    return 1000 if COLUMN[name] == "opsrl" else 2000


def measure_row(episodes: int, name: str, num_instances: int | None = None) -> dict:
    """One row of the table: see `reproduce mdps --json`.

    The score of an instance is Σ R(s, a) over all steps; `ceiling` is what they would be worth to
    who knows the MDP, on the same instances. `z` compares with the paper: the difference over the
    error of both, the paper's being that of its instances' total (noisy) rewards.
    """
    count = num_instances or instances(name)
    mdps = sample_mdps(count, course_lib.seed(TEST_SEED))
    player = cast(episodes)[name]()
    plays = play(player, mdps, episodes, TEST_SEED + 1)
    worth, paid = plays.worth.double().sum(1), plays.paid.double().sum(1)
    mean, se = mean_and_error(worth)
    paper = papers.number("mdps", COLUMN[name], n=episodes)
    paper_se = paid.std().item() / math.sqrt(papers.fact("mdps")["instances"])
    z = round((mean - paper) / math.hypot(se, paper_se), 2)
    best = best_value(mdps).double() * episodes
    behind, behind_se = mean_and_error(best - worth)
    return {
        "n": episodes, "agent": name,
        "mean": round(mean, 3), "se": round(se, 3), "instances": count,
        "paper": paper, "z": z, "flag": flag(name, z),
        "ceiling": round(best.mean().item(), 3),
        "behind": round(behind, 3), "behind_se": round(behind_se, 3),
        "definition": player.definition,
    }  # fmt: skip


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
    "taught": "our agent was trained on fewer trials than the paper's (recalled, unchecked), and "
    "not to explore for later",
    "taught-ppo": "our agent was trained on fewer trials than the paper's (recalled, unchecked)",
}


def row_name(row: dict) -> str:
    """The name of a row: agent and episodes, as in "psrl-10"."""
    return f"{row['agent']}-{row['n']}"


def weights_of(name: str, episodes: int) -> tuple[str, ...]:
    """The checkpoints that an agent plays with: one for a network, none for the others."""
    endings = {TAUGHT + ending: ending for ending in TRAINED}
    return (checkpoint(trained_for(episodes, endings[name])[1]),) if name in endings else ()


def parts() -> list[Part]:
    """Every agent at every length."""
    return [
        Part(
            (f"{name}-{n}",), measure_row,
            {"episodes": n, "name": name, "num_instances": instances(name)},
            weights=weights_of(name, n),
        )
        for n in EPISODES for name in cast(n)
    ]  # fmt: skip


TABLES = (Table("mdps", parts, TEST_SEED, row_name, reads=("mdps_tuning",)),)
