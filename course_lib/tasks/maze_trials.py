"""Mazes seen from above through a small window: find the goal, twice, in the same maze
(notebook 10)."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.ground.asked import check_whole
from course_lib.tasks.mazes import MOVES, STEP, Mazes, check_mazes, neighbours, open_ways
from course_lib.tasks.trials import Outcome

WINDOW = 5  # pixels to a side: the agent's cell, its walls and the cells next to it
GOAL_REWARD, STEP_REWARD, WALL_REWARD = 1.0, -0.04, -0.001
EPISODES = 2


def windows(walls: Bool[Tensor, "mazes side side"]) -> Float[Tensor, "mazes cells pixels"]:
    """What of the walls an agent sees from each cell: 1 where wall, outside the maze too."""
    padded = torch.nn.functional.pad(walls.float(), (1, 1, 1, 1), value=1.0)
    return padded.unfold(1, WINDOW, 2).unfold(2, WINDOW, 2).flatten(3).flatten(1, 2)


def goal_views(mazes: Mazes) -> Float[Tensor, "mazes cells pixels"]:
    """Where in the window the goal is seen: from its own cell, and from one with an open way to it.

    Nobody sees it through a wall.
    """
    B, cells = len(mazes.walls), mazes.size**2
    middle = WINDOW // 2
    seen = torch.zeros(B, cells + 1, WINDOW, WINDOW, device=mazes.walls.device)
    rows = torch.arange(B, device=seen.device)
    seen[rows, mazes.goal, middle, middle] = 1.0
    at_goal = open_ways(mazes.walls)[rows, mazes.goal]
    beside = neighbours(mazes.size).to(seen.device)[mazes.goal]
    for move, (r, c) in enumerate(STEP):  # from beside, the goal lies the other way
        seen[rows, beside[:, move], middle - 2 * r, middle - 2 * c] = at_goal[:, move].float()
    return seen[:, :cells].flatten(2)


class MazeTrials:
    """Mazes as trials of two episodes: from the start to the goal, then from the start again.

    An episode ends at the goal or after `cap` moves. `lengths` and `reached` hold every finished
    episode: its number of moves, a bump into a wall counting as one, and whether it ended at the
    goal. `arrived` is where the last move led, before any return to the start. `paid=False`
    withholds all rewards: a test of what they are worth.
    """

    num_actions = len(MOVES)
    num_observations = 2 * WINDOW * WINDOW

    def __init__(self, mazes: Mazes, cap: int, episodes: int = EPISODES, *, paid: bool = True):
        check_mazes(mazes)
        check_whole(cap=cap, episodes=episodes)
        if cap < 1 or episodes < 1:
            raise ValueError(f"cap is {cap}, episodes {episodes}: choose 1 or more of each.")
        self.num_trials, device = len(mazes.walls), mazes.walls.device
        self.mazes, self.cap, self.paid = mazes, cap, paid
        self.cell = self.arrived = mazes.start.clone()
        self.moves = torch.zeros_like(self.cell)
        self.episode = torch.zeros_like(self.cell)
        self.lengths = torch.zeros(self.num_trials, episodes, dtype=torch.long, device=device)
        self.reached = torch.zeros(self.num_trials, episodes, dtype=torch.bool, device=device)
        self._views = torch.cat([windows(mazes.walls), goal_views(mazes)], -1)
        self._ways = open_ways(mazes.walls)
        self._next_to = neighbours(mazes.size).to(device)
        self._rows = torch.arange(self.num_trials, device=device)

    def observe(self) -> Float[Tensor, "trials pixels"]:
        """The window on the walls, then the window on the goal."""
        return self._views[self._rows, self.cell]

    def step(self, action: Int[Tensor, " trials"]) -> Outcome:
        """Try one move in every trial; a wall leaves you where you are."""
        free = self._ways[self._rows, self.cell, action]
        self.arrived = torch.where(free, self._next_to[self.cell, action], self.cell)
        self.moves = self.moves + 1
        at_goal = self.arrived == self.mazes.goal
        reward = STEP_REWARD + GOAL_REWARD * at_goal + WALL_REWARD * ~free
        ended = at_goal | (self.moves == self.cap)
        rows = self._rows[ended & (self.episode < self.lengths.shape[1])]
        self.lengths[rows, self.episode[rows]] = self.moves[rows]
        self.reached[rows, self.episode[rows]] = at_goal[rows]
        self.episode = self.episode + ended
        self.cell = torch.where(ended, self.mazes.start, self.arrived)
        self.moves = torch.where(ended, 0, self.moves)
        over = self.episode >= self.lengths.shape[1]
        return Outcome(reward * float(self.paid), ended, over)
