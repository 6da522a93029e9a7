"""How long the first and the second walk through an unseen maze are: agents, controls, limits
(notebook 10)."""

import statistics
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
    RL2: "the shipped agents, actions drawn from their policies",
    WIPED: "the same weights; the memory and the last input are emptied before every episode",
    UNPAID: "the same weights; every reward that it reads is 0",
    LONGER: "the same weights, trained on two episodes, given four",
    ELSEWHERE: "the agents trained on mazes of the size `net`",
    SEEN: "the same agents in mazes that they were trained on",
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
TRAININGS = {4: (1, 2, 3), 6: (1, 2, 3)}  # the seeds that are shipped of the agents of each size
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


def seeds_of(entry: Entry) -> tuple[int, ...]:
    """The trainings that an entry's rows are the mean of: none without a network."""
    return TRAININGS[entry.net] if entry.net else ()


def weights_of(entry: Entry) -> tuple[str, ...]:
    """The checkpoints that an entry walks with; a random walk takes any, for its size alone."""
    if entry.agent == SEARCH:
        return ()
    return tuple(checkpoint(entry.net or TRAINED[0], seed) for seed in seeds_of(entry) or (1,))


def lengths(
    entry: Entry, test: Mazes, weights: str = ""
) -> tuple[Int[Tensor, "mazes episodes"], list[float]]:
    """The moves of every episode, and the share of each episode that reached the goal.

    `weights` is the checkpoint that an agent walks with; a search walks with none.
    """
    gen = course_lib.seed(TEST_SEED + 1)
    if entry.agent == SEARCH:
        return torch.stack([search(test, gen), mazes.shortest(test)], 1), [1.0] * EPISODES
    theta, _ = load_checkpoint(weights)
    if entry.agent == RANDOM:
        theta = aimless(theta)
    episodes = 4 if entry.agent == LONGER else EPISODES
    trials = MazeTrials(test, cap(entry.size), episodes, paid=entry.agent != UNPAID)
    found = walk(theta, trials, gen, wipe=entry.agent == WIPED)
    return found.lengths, found.reached.double().mean(0).tolist()


def rows_of(entry: Entry, count: int | None = None) -> list[dict]:
    """A row for each episode of one entry: see `reproduce mazes --json`.

    An episode that did not reach the goal counts with all its moves, 3 N². A network's moves are
    the means of its trainings': `se` is over mazes, `train_se` over the trainings, and `each` are
    their means.
    """
    test = drawn(entry, count)
    walks = [lengths(entry, test, name) for name in weights_of(entry) or ("",)]
    moves = torch.stack([found.double() for found, _ in walks])  # [trainings, mazes, episodes]
    reached = torch.tensor([shares for _, shares in walks], dtype=torch.float64).mean(0)
    shortest = mazes.shortest(test).double().mean().item()
    rows = []
    for e in range(moves.shape[2]):
        mean, se = mean_and_error(moves[:, :, e].mean(0))
        row = {
            "size": entry.size, "agent": entry.agent, "net": entry.net, "episode": e + 1,
            "episodes": moves.shape[2], "mean": round(mean, 3), "se": round(se, 3),
            "reached": round(reached[e].item(), 4), "instances": moves.shape[1], "paper": None,
            "ceiling": round(shortest, 3), "ceiling_is": SHORTEST,
            "definition": DEFINITIONS[entry.agent],
        }  # fmt: skip
        if entry.net:
            each = [round(mean, 3) for mean in moves[:, :, e].mean(1).tolist()]
            row |= {"seeds": len(each), "each": each}
            spread = statistics.stdev(each) / len(each) ** 0.5 if len(each) > 1 else None
            row["train_se"] = None if spread is None else round(spread, 3)
        rows.append(row)
    return rows


def row_name(row: dict) -> str:
    """What `--only` asks for: the size, as in "4x4"."""
    return f"{row['size']}x{row['size']}"


def parts() -> list[Part]:
    """Every entry."""
    return [
        Part(
            (f"{entry.size}x{entry.size}",),
            rows_of,
            {"entry": entry, "count": SEEN_INSTANCES if entry.agent == SEEN else INSTANCES},
            weights=weights_of(entry),
        )
        for entry in ENTRIES
    ]


TABLES = (Table("mazes", parts, TEST_SEED, row_name),)
