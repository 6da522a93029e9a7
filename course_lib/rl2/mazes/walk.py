"""Agents walking through mazes, every move kept: RL² with and without its memory, and a search
(notebook 10)."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.rl2.agent import Agent
from course_lib.tasks.maze_trials import MazeTrials
from course_lib.tasks.mazes import Mazes, neighbours, open_ways


class Walk(NamedTuple):
    """What happened, move by move: time first, trials second."""

    cells: Int[Tensor, "time trials"]  # where each move began
    arrived: Int[Tensor, "time trials"]  # where it led
    episode: Int[Tensor, "time trials"]  # 0, 1, …; what comes after the last one doesn't count
    memory: Float[Tensor, "time trials hidden"]  # when the move was chosen
    lengths: Int[Tensor, "trials episodes"]
    reached: Bool[Tensor, "trials episodes"]

    def path(self, trial: int, episode: int) -> list[int]:
        """The cells of one episode in their order, from the start to where it ended."""
        during = self.episode[:, trial] == episode
        first = self.cells[during, trial][:1]
        return [*first.tolist(), *self.arrived[during, trial].tolist()]


@torch.no_grad()
def walk(theta: Params, trials: MazeTrials, gen: torch.Generator, *, wipe: bool = False) -> Walk:
    """Live through all episodes of every trial. `wipe`: with an empty memory at each one's start.

    A wiped agent reads what it reads at the start of a trial: no last move, no reward, no end.
    Errors: ValueError for an agent of other actions or observations.
    """
    B, episodes = trials.lengths.shape
    agent = Agent(theta, B, trials.num_actions, trials.num_observations)
    log = []
    for _ in range(episodes * trials.cap):
        if wipe:
            agent.forget(agent.ended)
        u = torch.rand(B, generator=gen).to(agent.memory.device)
        action = agent.act(u, trials.observe())
        before = trials.cell, trials.episode
        reward, ended, over = trials.step(action)
        agent.told(reward, ended)
        log.append((before[0], trials.arrived, before[1], agent.memory))
        if over.all():
            break
    parts = (torch.stack(part) for part in zip(*log, strict=True))
    return Walk(*parts, trials.lengths, trials.reached)


def aimless(theta: Params) -> Params:
    """An agent of the same size that makes every move with the same chance: a random walk."""
    return {name: torch.zeros_like(p) if "policy" in name else p for name, p in theta.items()}


def search(mazes: Mazes, gen: torch.Generator) -> Int[Tensor, " mazes"]:
    """How many moves a depth-first search needs to the goal, which sees what the agent sees.

    It remembers everything and never bumps into a wall. It takes a random way that it has not
    taken, goes back where there is none, and skips a dead end that its window shows to be empty.
    """
    next_to, ways = neighbours(mazes.size).tolist(), open_ways(mazes.walls).tolist()
    start, goal, found = mazes.start.tolist(), mazes.goal.tolist(), []
    for maze in range(len(ways)):
        open_to = [
            [there for there, free in zip(next_to[cell], ways[maze][cell], strict=True) if free]
            for cell in range(mazes.size**2)
        ]
        here, trail, seen, moves = start[maze], [], {start[maze]}, 0
        while here != goal[maze]:
            ahead = [c for c in open_to[here] if c not in seen and len(open_to[c]) > 1]
            if goal[maze] in open_to[here]:
                ahead = [goal[maze]]
            if ahead:
                trail.append(here)
                here = ahead[int(torch.randint(len(ahead), (), generator=gen))]
                seen.add(here)
            else:
                here = trail.pop()
            moves += 1
        found.append(moves)
    return torch.tensor(found)
