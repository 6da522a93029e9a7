"""How long the first and the second walk through an unseen maze are: agents, controls, limits
(notebook 10)."""

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

import course_lib
from course_lib.ground.stats import mean_and_error
from course_lib.results import papers
from course_lib.rl2.mazes.recipes import cap, checkpoint
from course_lib.rl2.mazes.walk import aimless, search, walk
from course_lib.tasks import mazes
from course_lib.tasks.maze_trials import EPISODES, MazeTrials
from course_lib.tasks.mazes import Mazes
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import Part, Table

TEST_SEED = 2017
INSTANCES = 2000  # different meta-test mazes of each size, each with one start and one goal
SEEN_INSTANCES = 1700  # meta-training mazes: of 4 × 4 cells there are no more than 1,764
# Mean steps in episodes 1 to 5. Other mazes, other steps: not to be compared with ours in size.
PAPER = {
    row["size"]: tuple(row[f"episode {e}"] for e in range(1, 6)) for row in papers.rows("mazes")
}
# The share of the paper's mazes, in %, whose second episode is no longer than the first.
PAPER_IMPROVED = {row["size"]: row["improved"] for row in papers.rows("mazes")}
SHORTEST = "shortest path: nobody needs fewer moves"


RL2, WIPED, UNPAID = "rl2", "rl2, memory wiped", "rl2, no reward fed in"
LONGER, ELSEWHERE = "rl2, four episodes", "rl2 of another size"
SEEN = "rl2, meta-training mazes"
SEARCH, RANDOM = "depth-first search", "random walk"
DEFINITIONS = {
    RL2: "the shipped agent, actions drawn from its policy",
    WIPED: "the same weights; the memory and the last input are emptied before every episode",
    UNPAID: "the same weights; every reward that it reads is 0",
    LONGER: "the same weights, trained on two episodes, given four",
    ELSEWHERE: "the agent trained on mazes of the size `net`",
    SEEN: "the same agent in mazes that it was trained on",
    SEARCH: "sees what the agent sees, remembers all, enters no dead end that it sees to be empty; "
    "its second episode is the shortest path",
    RANDOM: "each of the four moves with the same chance",
}


class Entry(NamedTuple):
    """An agent in mazes of one size. `net`: the size that it was trained on; None without one."""

    size: int
    agent: str
    net: int | None = None


TRAINED = (4, 6)
ENTRIES = [
    *(Entry(size, agent, size) for size in TRAINED for agent in (RL2, WIPED, UNPAID)),
    *(Entry(size, agent) for size in TRAINED for agent in (SEARCH, RANDOM)),
    *(Entry(size, agent, size) for size in TRAINED for agent in (SEEN, LONGER)),
    *(Entry(size, ELSEWHERE, 4) for size in (5, 6, 8)),
    *(Entry(size, ELSEWHERE, 6) for size in (4, 5, 8)),
]


def drawn(entry: Entry, count: int | None = None) -> Mazes:
    """The mazes on which an entry is measured: no two with the same walls."""
    split = "train" if entry.agent == SEEN else "test"
    count = count or (SEEN_INSTANCES if split == "train" else INSTANCES)
    return mazes.sample(count, entry.size, course_lib.seed(TEST_SEED), split, distinct=True)


def weights_of(entry: Entry) -> str:
    """The checkpoint that an entry walks with; a random walk takes any, for its size alone."""
    return checkpoint(entry.net or TRAINED[0])


def lengths(entry: Entry, test: Mazes) -> tuple[Int[Tensor, "mazes episodes"], list[float]]:
    """The moves of every episode, and the share of each episode that reached the goal."""
    gen = course_lib.seed(TEST_SEED + 1)
    if entry.agent == SEARCH:
        return torch.stack([search(test, gen), mazes.shortest(test)], 1), [1.0] * EPISODES
    theta, _ = load_checkpoint(weights_of(entry))
    if entry.agent == RANDOM:
        theta = aimless(theta)
    episodes = 4 if entry.agent == LONGER else EPISODES
    trials = MazeTrials(test, cap(entry.size), episodes, paid=entry.agent != UNPAID)
    found = walk(theta, trials, gen, wipe=entry.agent == WIPED)
    return found.lengths, found.reached.double().mean(0).tolist()


def rows_of(entry: Entry, count: int | None = None) -> list[dict]:
    """A row for each episode of one entry: see `reproduce mazes --json`.

    An episode that did not reach the goal counts with all its moves, 3 N².
    """
    test = drawn(entry, count)
    moves, reached = lengths(entry, test)
    shortest = mazes.shortest(test).double().mean().item()
    found = [mean_and_error(moves[:, e].double()) for e in range(moves.shape[1])]
    return [
        {
            "size": entry.size, "agent": entry.agent, "net": entry.net, "episode": e + 1,
            "episodes": moves.shape[1], "mean": round(mean, 3), "se": round(se, 3),
            "reached": round(reached[e], 4), "instances": len(moves), "paper": None,
            "ceiling": round(shortest, 3), "ceiling_is": SHORTEST,
            "definition": DEFINITIONS[entry.agent],
        }
        for e, (mean, se) in enumerate(found)
    ]  # fmt: skip


def row_name(row: dict) -> str:
    """What `--only` asks for: the size, as in "4x4"."""
    return f"{row['size']}x{row['size']}"


def parts() -> list[Part]:
    """Every entry."""
    return [
        Part(
            (f"{entry.size}x{entry.size}",), rows_of,
            {"entry": entry, "count": SEEN_INSTANCES if entry.agent == SEEN else INSTANCES},
            weights=() if entry.agent == SEARCH else (weights_of(entry),),
        )
        for entry in ENTRIES
    ]  # fmt: skip


TABLES = (Table("mazes", parts, TEST_SEED, row_name),)
