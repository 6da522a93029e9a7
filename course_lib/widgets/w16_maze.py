"""W16: watch an agent walk twice through an unseen maze, or walk yourself, seeing what it sees
(notebook 10)."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import NamedTuple

from torch import Tensor

from course_lib.ground.device import seed
from course_lib.rl2.mazes.recipes import cap
from course_lib.rl2.mazes.walk import Walk, walk
from course_lib.scenes.scene import DIVERGING, Image, Line, Panel, Points, Rect, Scene, Text, heat
from course_lib.scenes.words import counted
from course_lib.tasks import mazes
from course_lib.tasks.maze_trials import EPISODES, WINDOW, MazeTrials
from course_lib.tasks.mazes import Mazes
from course_lib.training.loop import load_checkpoint
from course_lib.widgets.core import Widget, check_sliders, choice, slider, switch
from course_lib.widgets.maze_pictures import board, fogged, goal_pixel

WATCH, PLAY = "watch the agent", "walk yourself"
MAZES = 40  # of each size
FAR = {4: 6, 6: 10}  # only mazes whose goal is this far away or farther: the others are over soon
END = 40  # the slider's last place shows both episodes to their ends, however long they are
KEYS = {"ArrowUp": 0, "ArrowRight": 1, "ArrowDown": 2, "ArrowLeft": 3}  # the moves' numbers
ARROWS = {"ArrowUp": "▲", "ArrowRight": "▶", "ArrowDown": "▼", "ArrowLeft": "◀"}
FOG = 3  # pixels around the window


@dataclass(frozen=True)
class State:
    """A maze, how far the agent is, what is done to it, and the reader's own moves."""

    size: int = choice(4, [4, 6], label="cells to a side", resets=["mine"])
    who: str = choice(WATCH, [WATCH, PLAY], label="who walks")
    moves: int = slider(END, 0, END, label="moves made", play=300)
    wipe: bool = switch(False, label="wipe its memory between the episodes")
    unpaid: bool = switch(False, label="feed it no reward")
    reveal: bool = switch(False, label="show the whole maze")
    maze: int = 0
    mine: tuple[int, ...] = ()

    def __post_init__(self):
        check_sliders(self)
        if not set(self.mine) <= set(KEYS.values()):
            raise ValueError(f"Moves are 0 … 3 (up, right, down, left); got {self.mine}.")


class Mine(NamedTuple):
    """The reader's walk: a path for each episode begun, and the lengths of those that are over."""

    paths: list[list[int]]
    lengths: list[int]
    view: tuple[Tensor, Tensor]  # the window on the walls, and on the goal

    @property
    def over(self) -> bool:
        return len(self.lengths) == EPISODES


class Data(NamedTuple):
    """One maze, the agent's two walks through it, its memory, and the reader's walk."""

    state: State
    walls: Tensor
    start: int
    goal: int
    shortest: int
    paths: list[list[int]]
    reached: list[bool]
    memory: list[Tensor]  # for each episode [moves, hidden], units in the order of their values
    mine: Mine


@cache
def collection(size: int) -> Mazes:
    """The mazes that the widget shows: unseen in training, their goals not near."""
    drawn = mazes.sample(12 * MAZES, size, seed(1600), "test")
    far = (mazes.shortest(drawn) >= FAR[size]).nonzero()[:MAZES, 0]
    return Mazes(*(part[far] for part in drawn))


@lru_cache(maxsize=8)
def walks(size: int, wipe: bool, unpaid: bool) -> Walk:
    """The agent's walks through all of them, with the same luck whatever is done to it."""
    theta, _ = load_checkpoint(f"maze-{size}")
    trials = MazeTrials(collection(size), cap(size), paid=not unpaid)
    return walk(theta, trials, seed(1601), wipe=wipe)


@lru_cache(maxsize=64)
def replay(size: int, maze: int, moves: tuple[int, ...]) -> Mine:
    """The reader's moves in a maze."""
    here = Mazes(*(part[maze : maze + 1] for part in collection(size)))
    trials = MazeTrials(here, cap(size))
    start = int(here.start)
    paths, lengths = [[start]], []
    for move in moves:
        ended = trials.step(here.start.new_tensor([move])).terminated
        paths[-1].append(int(trials.arrived))
        if ended:
            lengths.append(len(paths[-1]) - 1)
            if len(lengths) == EPISODES:
                break
            paths.append([start])
    return Mine(paths, lengths, trials.observe()[0].chunk(2))


def compute(state: State) -> Data:
    """The maze, and everything that the agent and the reader do in it."""
    here, walked, i = (
        collection(state.size),
        walks(state.size, state.wipe, state.unpaid),
        state.maze,
    )
    i = i % MAZES
    memory = [walked.memory[walked.episode[:, i] == e, i] for e in range(EPISODES)]
    order = memory[0][-1].argsort(descending=True)
    return Data(
        state, here.walls[i], int(here.start[i]), int(here.goal[i]),
        int(mazes.shortest(Mazes(*(part[i : i + 1] for part in here)))),
        [walked.path(i, e) for e in range(EPISODES)], walked.reached[i].tolist(),
        [part[:, order] for part in memory], replay(state.size, i, state.mine),
    )  # fmt: skip


def so_far(data: Data, episode: int) -> int:
    """The agent's moves in an episode, as far as the slider shows them."""
    made, whole = data.state.moves, len(data.paths[episode]) - 1
    return whole if made == END else min(made, whole)


def _agents(data: Data, episode: int) -> Panel:
    t = so_far(data, episode)
    done = t == len(data.paths[episode]) - 1 and data.reached[episode]
    title = f"Episode {episode + 1}: {counted(t, 'move')}{', there' if done else ''}"
    path = data.paths[episode][: t + 1]
    whole = data.state.reveal
    return board(data.walls, data.start, data.goal, path, title, lit=not whole)


def _yours(data: Data, episode: int, word: str) -> Panel:
    path = data.mine.paths[episode]
    title = f"Your episode {episode + 1}: {counted(len(path) - 1, 'move')}{word}"
    return board(data.walls, data.start, data.goal, path, title, "ink")


def _lengths(data: Data) -> Panel:
    """The moves in both episodes: the agent's, the reader's, and the fewest that suffice.

    While the reader walks, only the reader's.
    """
    playing = data.state.who == PLAY
    whole = [len(path) - 1 for path in data.paths]
    agent = whole if playing else [so_far(data, e) for e in range(EPISODES)]
    mine, marks = [len(path) - 1 for path in data.mine.paths], []
    mine = mine[:1] if mine[-1] == 0 else mine
    if not playing or data.mine.over:
        least = f"shortest {data.shortest}"
        marks.append(Line([0.7, 2.3], [data.shortest] * 2, "good", 2, True, label=least))
        marks.append(Line([1, 2], agent, "theta", 2.5, label=f"agent {agent[0]} → {agent[1]}"))
        marks.append(Points([1, 2], agent, "theta", 8))
    if playing or data.state.mine:
        words = f"you {' → '.join(map(str, mine))}"
        marks.append(Line(range(1, len(mine) + 1), mine, "ink", 2.5, label=words))
        marks.append(Points(range(1, len(mine) + 1), mine, "ink", 8))
    top = 1.15 * max(data.shortest, *whole, *mine, 10)
    ticks = [(1, "1"), (2, "2")]
    return Panel(
        marks, (0.7, 2.3), (0, top), "How many moves", "episode", "moves", width=0.8, xticks=ticks
    )


def _memory(data: Data, episode: int) -> Panel:
    """The memory as a strip of colours: a row for each unit, a column for each move so far."""
    longest, hidden = max(len(part) for part in data.memory), data.memory[0].shape[1]
    t = max(so_far(data, episode), 1)
    pixels = heat(data.memory[episode][:t].T, -1, 1, DIVERGING)
    before = "empty" if episode == 0 or data.state.wipe else "kept"
    title = f"Its memory in episode {episode + 1} (at first: {before})"
    strip = Image(pixels, 0, t, 0, hidden)
    ticks = [(0, "0"), (hidden, str(hidden))]
    return Panel([strip], (0, longest), (0, hidden), title, "move", "units", yticks=ticks)


def _window(data: Data) -> Panel:
    """What the reader sees, which is what the agent would see, and arrows to click."""
    walls, goal = (part.view(WINDOW, WINDOW) for part in data.mine.view)
    marks = [fogged(walls, FOG), *goal_pixel(goal), Points([0], [0], "ink", 9)]
    for name, (x, y) in {
        "ArrowUp": (0, 1), "ArrowRight": (1, 0), "ArrowDown": (0, -1), "ArrowLeft": (-1, 0)
    }.items():  # fmt: skip
        x, y = 4 * x, 4 * y
        marks.append(Rect(x - 1, x + 1, y - 1, y + 1, "query", 0.25, 1.5, click=name))
        marks.append(Text(x, y, ARROWS[name], "ink", 16, "center"))
    half = WINDOW / 2 + FOG
    title = f"Episode {len(data.mine.paths)} of 2: what you see"
    return Panel(marks, (-half, half), (-half, half), title, frame=False, equal=True)


def _covered(data: Data) -> Panel:
    if data.state.reveal:
        return _yours(data, len(data.mine.paths) - 1, " so far")
    words = [Text(0.5, 0.55, "The maze is covered", "muted", 15, "center")]
    words.append(Text(0.5, 0.4, "until both episodes are over.", "muted", 15, "center"))
    return Panel(words, (0, 1), (0, 1), "Where you are", frame=False, equal=True)


def draw(data: Data) -> Scene:
    """Both episodes side by side and the lengths; below, the agent's memory."""
    state, agent = data.state, [len(path) - 1 for path in data.paths]
    if state.who == PLAY and not data.mine.over:
        row, below = [_window(data), _covered(data)], []
        made = counted(len(data.mine.paths[-1]) - 1, "move")
        status = (
            f"Episode {len(data.mine.paths)}: {made}. Click once, then use the arrow keys; or "
            "click the arrows. Find the green square, twice."
        )
    elif state.who == PLAY:
        row, below = [_yours(data, e, "") for e in range(EPISODES)], []
        first, then = data.mine.lengths
        status = (
            f"You: {counted(first, 'move')}, then {then}. The agent: "
            f"{agent[0]}, then {agent[1]}. The shortest path: {data.shortest}."
        )
    else:
        row, below = (
            [_agents(data, e) for e in range(EPISODES)],
            [[_memory(data, e) for e in range(EPISODES)]],
        )
        status = (
            f"Ring: start. Green: goal.{'' if state.reveal else ' Bright: what it sees.'} It needs "
            f"{agent[0]} moves, then {agent[1]}; the shortest path has {data.shortest}."
        )
    alt = (
        "A maze seen from above, walked through twice from the same start to the same goal, and "
        "the number of moves in both episodes. " + status
    )
    return Scene([[*row, _lengths(data)], *below], alt, status, [330, *[150] * len(below)])


def press(state: State, key: str) -> State:
    """One of the reader's moves; while the agent is watched, left and right step through time."""
    if state.who == WATCH:
        longest = int(walks(state.size, state.wipe, state.unpaid).lengths[state.maze % MAZES].max())
        now = min(state.moves, longest) + {"ArrowRight": 1, "ArrowLeft": -1}.get(key, 0)
        return replace(state, moves=min(max(now, 0), END))
    if replay(state.size, state.maze % MAZES, state.mine).over:
        return state
    return replace(state, mine=(*state.mine, KEYS[key]))


W16 = Widget(
    "W16", "Twice through the same maze", State, compute, draw,
    on_click=press, on_key=press, keys=tuple(KEYS),
    buttons={
        "New maze": lambda s: replace(s, maze=s.maze + 1, mine=(), moves=0),
        "This maze again": lambda s: replace(s, mine=(), moves=0),
    },
)  # fmt: skip
