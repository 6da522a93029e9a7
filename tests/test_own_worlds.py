"""Readers' own bandits, MDPs, mazes, players, environments and picture sets: right, or a sentence.

They run in a process of their own, as a reader's do: the tests' type checker would speak first.
"""

import json
import subprocess
import sys

import pytest

from course_lib.ground.paths import ROOT

SETUP = """
import json, sys
import numpy as np, torch
import course_lib
from course_lib import rl2
from course_lib.maml import multistep
from course_lib.rl2.bandits import players
from course_lib.tasks import bandits, episodes, mazes, mdps, sinusoids
from course_lib.tasks.maze_trials import MazeTrials
from course_lib.tasks.trials import Outcome

gen = course_lib.seed(0)
means = bandits.sample_means(50, 3, gen)
theta = rl2.init(2, 8, gen, num_observations=4)
no, paid = torch.zeros(3, dtype=torch.bool), torch.ones(3)
walls = torch.tensor([[c == "#" for c in row] for row in
    ["#######", "#.....#", "#.###.#", "#.....#", "#.###.#", "#.....#", "#######"]])[None]
world = mdps.sample_mdps(2, gen, num_states=3, num_actions=2)
pictures = torch.zeros(4, 3, 28, 28, dtype=torch.uint8)

pair = torch.ones(2, 3), torch.ones(2)

def line(p, x, y):
    return (x @ p["w"] - y).square().mean()

def own(scores):
    return players.play(players.Player("mine", "", scores), means, 5, gen)

def maze(walls=walls, start=0, goal=8):
    return mazes.Mazes(walls, torch.tensor([start]), torch.tensor([goal]))

def holed():
    broken = walls.clone()
    broken[:, 0, 1] = False
    return maze(broken)

class Mine:
    num_trials, num_actions = 3, 2
    def __init__(self, seen=torch.zeros(3, 4), outcome=Outcome(paid, no, no)):
        self.seen, self.outcome = seen, outcome
    def observe(self):
        return self.seen
    def step(self, action):
        return self.outcome

class Gym:
    def reset(self, seed=None): return np.zeros(4), {}
    def step(self, action): return np.zeros(4), 1.0, False, False, {}

def lived(trials):
    return rl2.rollout(theta, trials, 4, gen).total().tolist()

def after(trials, steps):
    for _ in range(steps):
        trials.step(torch.zeros(trials.num_trials, dtype=torch.long))

def drawn(images=pictures, gen=gen, ways=2):
    return episodes.sample_episode(images, num_ways=ways, num_shots=1, num_queries=1, gen=gen)

for line in json.load(sys.stdin):
    try:
        value = eval(line)
        print(json.dumps(["", str(value)]))
    except Exception as problem:
        print(json.dumps([type(problem).__name__, str(problem)]))
"""

REFUSED = {
    # bandits and players
    "players.play(players.ts(), [[0.1, 0.9]], 5, gen)": "Arm means are a list: make them a tensor",
    "players.play(players.ts(), np.ones((1, 2)), 5, gen)": "a ndarray: make them a tensor",
    "players.play(players.ts(), means, 5.0, gen)": "horizon is 5.0: give a whole number",
    "players.play(players.ts(), means, 5, 0)": "gen is of type int",
    "players.play(players.ts, means, 5, gen)": "'ts' is no player: call it",
    "own(lambda c, g: c.successes[:, :2])": "mine gives [50, 2] as its scores",
    "own(lambda c, g: torch.rand(3))": "mine gives [3]",
    "own(lambda c, g: c.successes.numpy())": "a ndarray as its scores",
    "own(lambda c, g: None)": "a NoneType as its scores",
    "players.play(players.Player('mine', '', lambda c, g: c.successes, ties='last'), means, 5, gen)"
    "": "ties is 'last': choose",
    "bandits.sample_means(2.0, 3, gen)": "num_instances is 2.0",
    "bandits.sample_means(2, 3, np.random.default_rng(0))": "give a torch.Generator",
    "after(bandits.BanditTrials(means, 5, gen), 6)": "over after 5 pulls",
    # environments
    "lived(Gym())": "no num_trials, no num_actions, no observe: wrap it as docs/own_model.md does",
    "lived(Mine(np.zeros((3, 4))))": "observe() gave ndarray",
    "lived(Mine(torch.zeros(4)))": "observe() gave [4]",
    "lived(Mine(torch.zeros(3, 4).double()))": "the agent needs .to(torch.float32)",
    "lived(Mine(torch.full((3, 4), torch.nan)))": "At step 0 the agent read a number that is nan",
    "lived(Mine(outcome=(torch.zeros(3, 4), paid, no, no, {})))": "step() gave a tuple of 5",
    "lived(Mine(outcome=(paid, no, no)))": "give Outcome(reward, terminated, over)",
    "lived(Mine(outcome=Outcome(paid.double(), no, no)))": "reward is [3], torch.float64",
    "lived(Mine(outcome=Outcome(paid[:, None], no, no)))": "reward is [3, 1]",
    "lived(Mine(outcome=Outcome(1.0, no, no)))": "reward is 1.0",
    "lived(Mine(outcome=Outcome(paid, False, False)))": "terminated is False",
    "lived(Mine(outcome=Outcome(paid * torch.nan, no, no)))": "At step 1 the agent read",
    # mazes
    "mazes.shortest(maze(walls.float()))": "of torch.float32: give [mazes, 2N + 1",
    "MazeTrials(maze(walls.long()), cap=9)": "of torch.int64",  # all of its walls were open
    "MazeTrials(maze(walls[0]), cap=9)": "(walls > 0)[None]",
    "mazes.shortest(maze(goal=9))": "A goal is no cell: the cells are 0 to 8",
    "mazes.shortest(maze(start=-1))": "A start is no cell",
    "mazes.shortest(maze(goal=1.0))": "goal must hold a cell's whole number",
    "MazeTrials(holed(), cap=9)": "a hole in its border",
    "mazes.sample(5, 1, gen)": "got 5 of 1",
    "mazes.sample(5, 2, gen, 'test')": "No maze of 2 × 2 cells is a test maze: ask for larger",
    "mazes.sample(5, 3.0, gen)": "size is 3.0: give a whole number",
    # MDPs
    "mdps.best_value(mdps.MDPs(2 * world.transitions, world.rewards))": "the sums go from 2 to 2",
    "mdps.MDPTrials(mdps.MDPs(-world.transitions, world.rewards), 2, gen)": "numbers ≥ 0",
    "mdps.best_value(mdps.MDPs(world.transitions * torch.nan, world.rewards))": "chances",
    "mdps.best_value(mdps.MDPs(world.transitions, world.rewards * torch.nan))": "A reward is nan",
    "mdps.best_value(mdps.MDPs(world.transitions.mT, world.rewards.mT))": "don't fit",
    "mdps.best_value(mdps.MDPs(world.transitions[0], world.rewards[0]))": "don't fit",
    "mdps.best_value(mdps.MDPs(world.transitions.double(), world.rewards))": "give one type",
    "after(mdps.MDPTrials(world, 2, gen), 21)": "over after 20 steps",
    # one flat vector
    "multistep.flat_task(line, torch.nn.Linear(3, 1), pair, pair)": "named_parameters",
    "multistep.flat_task(line, {'w': paid}, (np.ones(2), np.ones(2)), pair)": "array of numpy",
    # episodes and sinusoids
    "drawn(pictures.numpy())": "images is a ndarray: make it one tensor",
    "drawn([pictures[0], pictures[1, :1]])": "images is a list",
    "drawn(pictures[:, 0])": "[4, 28, 28]: it must be [class, drawer",  # rows were its pictures
    "drawn(pictures[..., None].expand(-1, -1, -1, -1, 3))": "images.movedim(-1, 2)",
    "drawn(pictures.to(torch.int32) + 300)": "go from 300 to 300: give uint8",
    "drawn(gen=7)": "course_lib.seed(0)",
    "drawn(ways=2.0)": "num_ways is 2.0",
    "sinusoids.sample_tasks(3, num_shots=2.5, gen=gen)": "num_shots is 2.5",
}
RIGHT = {
    "own(lambda c, g: c.successes.add_(100)).rewards.max().item()": "1",  # its own copy
    "own(lambda c, g: torch.where(torch.arange(3) == 1, 0.0, -0.0).expand(50, 3)).arms.unique()"
    ".tolist()": "[0, 1, 2]",  # −0 and 0 are a tie
    "lived(Mine())": "[4.0, 4.0, 4.0]",
    "lived(Mine(outcome=Outcome(-0.0 * paid, no, no)))": "[0.0, 0.0, 0.0]",
    "mazes.shortest(maze()).tolist()": "[4]",
    "drawn(torch.ones_like(pictures).bool()).support[0].max().item()": "1.0",  # it was 1/255
    "drawn(pictures.long() + 51).support[0].max().item()": "0.20000000298023224",
}


@pytest.fixture(scope="module")
def said() -> dict[str, list[str]]:
    lines = [*REFUSED, *RIGHT]
    done = subprocess.run(
        [sys.executable, "-c", SETUP], input=json.dumps(lines), cwd=ROOT, text=True, check=True,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return dict(zip(lines, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("line", REFUSED)
def test_a_world_that_is_none_gets_a_sentence(said, line):
    error, words = said[line]
    assert error == "ValueError", words
    assert REFUSED[line] in words


@pytest.mark.parametrize("line", RIGHT)
def test_a_world_that_is_odd_gives_the_right_value(said, line):
    assert said[line] == ["", RIGHT[line]]
