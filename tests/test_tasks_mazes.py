"""Mazes: trees, distances, the split, what is seen, and when the memory is kept."""

import itertools

import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components, shortest_path

import course_lib
from course_lib import rl2
from course_lib.nets import gru
from course_lib.rl2.mazes import walk as maze_walk
from course_lib.tasks import maze_trials, mazes
from course_lib.tasks.maze_trials import WINDOW, MazeTrials, goal_views, windows
from course_lib.tasks.mazes import MOVES, STEP, Mazes

UP, RIGHT, DOWN, LEFT = range(4)


def graph(walls: torch.Tensor) -> np.ndarray:
    """Which cells are next to each other with nothing between, read off the pixels by hand."""
    size = walls.shape[0] // 2
    found = np.zeros((size * size, size * size))
    for row in range(size):
        for column in range(size):
            here = row * size + column
            if column + 1 < size and not walls[2 * row + 1, 2 * column + 2]:
                found[here, here + 1] = found[here + 1, here] = 1
            if row + 1 < size and not walls[2 * row + 2, 2 * column + 1]:
                found[here, here + size] = found[here + size, here] = 1
    return found


def is_tree(walls: torch.Tensor) -> bool:
    """Whether there is exactly one way between any two cells."""
    ways, cells = graph(walls), (walls.shape[0] // 2) ** 2
    return connected_components(ways)[0] == 1 and ways.sum() / 2 == cells - 1


@pytest.mark.parametrize("size", [2, 3, 4, 7])
def test_every_maze_is_a_tree_with_a_closed_border(size):
    walls = mazes.carve(60, size, course_lib.seed(size))
    assert all(is_tree(maze) for maze in walls)
    border = torch.ones(2 * size + 1, 2 * size + 1, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    posts = walls[:, ::2, ::2]
    assert walls[:, border].all()
    assert posts.all()
    assert not walls[:, 1::2, 1::2].any()
    opened = walls[:1].clone()
    opened[0, 1:-1, 1:-1] = False  # the check sees a maze with loops
    assert not is_tree(opened[0])


def test_a_draw_of_exactly_zero_opens_no_border_and_no_loop(monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.zeros(*shape))
    walls = mazes.carve(20, 4, course_lib.seed(0))
    assert all(is_tree(maze) for maze in walls)


def test_there_are_3820_mazes_of_four_by_four_and_over_2000_of_them_are_for_testing():
    every = mazes.carve(120_000, 4, course_lib.seed(1))
    found, times = torch.unique(every.flatten(1), dim=0, return_counts=True)
    assert len(found) == 3820
    assert times.min() > 5  # so none is likely to be missing
    testing = mazes.is_test(found.unflatten(1, (9, 9))).sum()
    assert testing == 2056


def turned(walls: torch.Tensor) -> list[torch.Tensor]:
    """The eight mazes that one is by turning and mirroring."""
    both = [walls, walls.transpose(1, 2)]
    return [torch.rot90(maze, quarter, (1, 2)) for maze in both for quarter in range(4)]


def test_no_training_maze_is_a_test_maze_turned_or_mirrored():
    train, test = (mazes.sample(1500, 4, course_lib.seed(2), split) for split in ("train", "test"))
    key = lambda maze: maze.numpy().tobytes()  # noqa: E731
    testing = {key(maze) for images in turned(test.walls) for maze in images}
    assert len({key(maze) for maze in test.walls}) > 900
    assert not testing & {key(maze) for maze in train.walls}
    # The check sees a leak: a single training maze, mirrored, among the test mazes.
    assert {key(train.walls[0].flip(1))} & {
        key(maze) for images in turned(train.walls[:1]) for maze in images
    }


@pytest.mark.parametrize("size", [4, 6])
def test_all_eight_images_of_a_maze_are_on_its_side(size):
    walls = mazes.carve(300, size, course_lib.seed(3))
    side = mazes.is_test(walls)
    assert all(torch.equal(mazes.is_test(image), side) for image in turned(walls))
    assert 0.4 < side.double().mean() < 0.7


def test_a_sample_has_another_goal_than_its_start_and_no_maze_twice_if_so_asked():
    drawn = mazes.sample(2000, 4, course_lib.seed(4), "test", distinct=True)
    assert len(torch.unique(drawn.walls.flatten(1), dim=0)) == 2000
    assert (drawn.start != drawn.goal).all()
    assert mazes.is_test(drawn.walls).all()
    counts = torch.bincount(drawn.goal, minlength=16)
    assert counts.min() > 70  # of 125 expected
    assert not mazes.is_test(mazes.sample(500, 4, course_lib.seed(4)).walls).any()


@pytest.mark.parametrize("size", [3, 4, 6])
def test_distances_are_those_of_scipy(size):
    drawn = mazes.sample(40, size, course_lib.seed(5), "test")
    ours = mazes.distances(drawn)
    for i, walls in enumerate(drawn.walls):
        theirs = shortest_path(graph(walls), unweighted=True)[:, drawn.goal[i]]
        assert ours[i].tolist() == theirs.tolist()
        assert mazes.shortest(drawn)[i] == theirs[drawn.start[i]]


# --- What is seen ---------------------------------------------------------------------------------


def seen_by_hand(drawn: Mazes, maze: int, cell: int) -> np.ndarray:
    """The goal's window: 1 at the goal if it is here, or next door with no wall between."""
    size, found = drawn.size, np.zeros((WINDOW, WINDOW))
    row, column = divmod(cell, size)
    if drawn.goal[maze] == cell:
        found[2, 2] = 1
    for down, right in STEP:
        there = row + down, column + right
        inside = 0 <= there[0] < size and 0 <= there[1] < size
        if inside and drawn.goal[maze] == there[0] * size + there[1]:
            open_between = not drawn.walls[maze, 2 * row + 1 + down, 2 * column + 1 + right]
            found[2 + 2 * down, 2 + 2 * right] = float(open_between)
    return found


def sees_through_walls(drawn: Mazes, views: torch.Tensor) -> bool:
    """Whether any view shows the goal other than `seen_by_hand`."""
    by_hand = [
        [seen_by_hand(drawn, maze, cell).ravel() for cell in range(drawn.size**2)]
        for maze in range(len(drawn.walls))
    ]
    return not np.array_equal(views.numpy(), np.array(by_hand))


def test_nobody_sees_the_goal_through_a_wall():
    drawn = mazes.sample(30, 4, course_lib.seed(6))
    views = goal_views(drawn)
    assert not sees_through_walls(drawn, views)
    # Planted: the same mazes without inner walls show more, and so would a view through them.
    glass = drawn._replace(walls=torch.zeros_like(drawn.walls))
    assert sees_through_walls(drawn, goal_views(glass))


def test_the_window_is_the_picture_around_the_cell_and_wall_outside():
    drawn = mazes.sample(5, 4, course_lib.seed(7))
    padded = torch.ones(5, 13, 13)
    padded[:, 2:-2, 2:-2] = drawn.walls.float()
    views = windows(drawn.walls).view(5, 16, WINDOW, WINDOW)
    for cell in range(16):
        row, column = 2 * (cell // 4) + 1, 2 * (cell % 4) + 1  # its pixel, then 2 of padding
        assert torch.equal(views[:, cell], padded[:, row : row + 5, column : column + 5])


# --- Trials ---------------------------------------------------------------------------------------


def corridor() -> Mazes:
    """Two cells by two: from the lower left up, right, down to the lower right."""
    walls = torch.ones(1, 5, 5, dtype=torch.bool)
    walls[0, [3, 2, 1, 1, 1, 2, 3], [1, 1, 1, 2, 3, 3, 3]] = False
    return Mazes(walls, torch.tensor([2]), torch.tensor([3]))


def test_a_trial_by_hand():
    trials = MazeTrials(corridor(), cap=5)
    log = []
    for move in (UP, RIGHT, DOWN, RIGHT, UP, UP, LEFT, RIGHT):
        out = trials.step(torch.tensor([move]))
        log.append((round(out.reward.item(), 3), out.terminated.item(), out.over.item()))
    step, goal, wall = (-0.04, False, False), (0.96, True, False), (-0.041, False, False)
    # right of the start, above and left of the corner are walls; the cap ends the second episode
    assert log == [step, step, goal, wall, step, wall, wall, (-0.04, True, True)]
    assert trials.lengths.tolist() == [[3, 5]]
    assert trials.reached.tolist() == [[True, False]]
    assert trials.arrived.item() == 1
    assert trials.cell.item() == 2


def test_moves_after_the_last_episode_change_no_record():
    trials = MazeTrials(corridor(), cap=2, episodes=1)
    for _ in range(7):
        over = trials.step(torch.tensor([RIGHT])).over
    assert over.all()
    assert trials.lengths.tolist() == [[2]]


def test_unpaid_trials_pay_nothing_and_are_otherwise_the_same():
    out = MazeTrials(corridor(), cap=1, paid=False).step(torch.tensor([UP]))
    assert out.reward.tolist() == [0.0]
    assert out.terminated.all()


def agent(seed=0):
    """An untrained agent whose policy and memory vary a lot."""
    theta = rl2.init(
        len(MOVES), 8, course_lib.seed(seed), num_observations=MazeTrials.num_observations
    )
    theta["w_policy"] = 3 * torch.randn(4, 8, generator=course_lib.seed(seed + 1))
    return theta


def lived(theta, **walking):
    """A batch of trials, with all that the agent read, step by step."""
    read, real = [], gru.fast_step

    def note(theta, x, h):
        read.append((x, h))
        return real(theta, x, h)

    trials = MazeTrials(mazes.sample(40, 4, course_lib.seed(8)), 12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gru, "fast_step", note)
        return maze_walk.walk(theta, trials, course_lib.seed(9), **walking), read


def kept_between_episodes(walk, read) -> bool:
    """Whether the memory that a move starts from is always the one that the last move left."""
    return all(
        torch.equal(h, before) for (_, h), before in zip(read[1:], walk.memory[:-1], strict=True)
    )


def empty_at(walk, read, episode: int) -> bool:
    """Whether every trial begins this episode with an empty memory and reads of no past."""
    found = []
    for trial in range(walk.episode.shape[1]):
        first = int((walk.episode[:, trial] == episode).nonzero()[0])
        x, h = read[first]
        past = x[trial, MazeTrials.num_observations :]
        found.append(not h[trial].any() and not past.any())
    return all(found)


def test_the_memory_is_empty_at_the_start_of_a_trial_and_kept_between_its_episodes():
    walk, read = lived(agent())
    assert empty_at(walk, read, 0)
    assert kept_between_episodes(walk, read)
    assert not empty_at(walk, read, 1)


def test_a_wiped_memory_is_empty_at_the_start_of_every_episode():
    walk, read = lived(agent(), wipe=True)
    assert empty_at(walk, read, 0)
    assert empty_at(walk, read, 1)
    assert not kept_between_episodes(walk, read)


def test_a_memory_kept_across_trials_would_be_seen():
    walk, read = lived(agent())
    planted = [(read[0][0], walk.memory[-1]), *read[1:]]
    assert not empty_at(walk, planted, 0)


def test_a_walk_is_a_rollout_with_the_same_luck():
    drawn, theta = mazes.sample(30, 4, course_lib.seed(10)), agent()
    one, other = MazeTrials(drawn, 9), MazeTrials(drawn, 9)
    walk = maze_walk.walk(theta, one, course_lib.seed(11))
    e = rl2.rollout(theta, other, len(walk.cells), course_lib.seed(11))
    assert torch.equal(one.lengths, other.lengths)
    assert torch.equal(e.alive.sum(0), one.lengths.sum(1))
    assert (e.total() < 2).all()


def test_the_path_of_an_episode_leads_from_start_to_goal_one_cell_at_a_time():
    walk, _ = lived(agent())
    drawn = mazes.sample(40, 4, course_lib.seed(8))
    next_to, ways = mazes.neighbours(4), mazes.open_ways(drawn.walls)
    for trial, episode in ((0, 0), (0, 1), (7, 0), (7, 1), (23, 1)):
        path = walk.path(trial, episode)
        assert path[0] == drawn.start[trial]
        assert len(path) == walk.lengths[trial, episode] + 1
        assert (path[-1] == drawn.goal[trial]) == walk.reached[trial, episode]
        for here, there in itertools.pairwise(path):
            assert here == there or there in next_to[here][ways[trial, here]]


def test_a_search_takes_no_fewer_moves_than_the_shortest_path_and_no_more_than_all_ways_twice():
    drawn = mazes.sample(300, 4, course_lib.seed(12))
    moves, least = maze_walk.search(drawn, course_lib.seed(13)), mazes.shortest(drawn)
    assert (moves >= least).all()
    assert (moves <= 2 * 15).all()
    assert maze_walk.search(corridor(), course_lib.seed(0)).tolist() == [3]


def test_an_aimless_agent_makes_every_move_alike():
    logits = rl2.heads(maze_walk.aimless(agent()), torch.randn(5, 8))[0]
    assert torch.allclose(logits.exp(), torch.full((5, 4), 0.25))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: mazes.carve(0, 4, course_lib.seed(0)), "1 or more mazes"),
        (lambda: mazes.carve(3, 1, course_lib.seed(0)), "2 or more cells"),
        (
            lambda: mazes.sample(90, 3, course_lib.seed(0), "test", distinct=True),
            "ask for fewer, or for larger",
        ),
        (lambda: maze_trials.MazeTrials(corridor(), cap=0), "cap is 0"),
        (lambda: maze_trials.MazeTrials(corridor(), 3, episodes=0), "episodes 0"),
    ],
)
def test_bad_input_is_told(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_a_goal_that_is_cut_off_gets_a_sentence_and_no_number():
    """It was 81 moves away: the sentinel."""
    found = mazes.sample(2, 3, course_lib.seed(0))
    found.walls[1] = True
    with pytest.raises(ValueError, match="In maze 1 no way leads from the start to the goal"):
        mazes.shortest(found)


@pytest.mark.parametrize("shape", [(9, 7), (8, 8)])
def test_walls_of_no_maze_are_refused(shape):
    odd = mazes.Mazes(torch.ones(1, *shape, dtype=torch.bool), torch.tensor([0]), torch.tensor([1]))
    with pytest.raises(ValueError, match=r"Walls of \d × \d pixels"):
        mazes.shortest(odd)
