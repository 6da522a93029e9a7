"""W16: what the contract of all widgets (test_widget_contract.py) cannot know."""

from dataclasses import replace

import pytest
import torch
from maze_cases import MOVE, way

from course_lib.rl2.mazes import recipes as maze_recipes
from course_lib.scenes.scene import Image, Points, Rect
from course_lib.tasks import mazes
from course_lib.tasks.maze_trials import MazeTrials
from course_lib.tasks.mazes import Mazes
from course_lib.widgets import w16_maze as w16
from course_lib.widgets.w16_maze import END, PLAY, W16, State

LEFT, RIGHT = MOVE[3], MOVE[1]


def panels(state):
    return [panel for row in W16.scene(state).rows for panel in row]


def pressed(state, keys):
    for key in keys:
        state = W16.on_key(state, key)
    return state


@pytest.mark.parametrize("size", [4, 6])
def test_all_mazes_shown_are_unseen_in_training_and_their_goals_are_far(size):
    shown = w16.collection(size)
    assert len(shown.walls) == w16.MAZES
    assert mazes.is_test(shown.walls).all()
    assert (mazes.shortest(shown) >= w16.FAR[size]).all()


def test_the_readers_shortest_way_ends_both_episodes_and_is_counted():
    state = State(who=PLAY, maze=2)
    keys = way(4, 2)
    once = pressed(state, keys)
    assert W16.compute(once).mine.lengths == [len(keys)]
    assert W16.compute(once).mine.paths[1] == [W16.compute(once).start]
    twice = pressed(once, keys)
    data = W16.compute(twice)
    assert data.mine.over
    assert data.mine.lengths == [data.shortest] * 2
    assert f"You: {len(keys)} moves, then {len(keys)}" in W16.scene(twice).status
    assert pressed(twice, [LEFT, RIGHT]) == twice  # nothing moves after the end


def test_a_bump_counts_as_a_move_and_leaves_the_reader_in_place():
    state = State(who=PLAY)
    start = W16.compute(state).start
    shut = next(m for m in range(4) if not mazes.open_ways(w16.collection(4).walls)[0, start, m])
    data = W16.compute(pressed(state, [MOVE[shut]]))
    assert data.mine.paths == [[start, start]]


def test_who_gives_up_has_spent_all_moves():
    limit = maze_recipes.cap(4)
    start = W16.compute(State()).start
    shut = next(m for m in range(4) if not mazes.open_ways(w16.collection(4).walls)[0, start, m])
    data = W16.compute(State(who=PLAY, mine=(shut,) * 2 * limit))
    assert data.mine.lengths == [limit, limit]


def test_the_reader_sees_no_more_than_the_agent():
    state = pressed(State(who=PLAY, maze=2), way(4, 2)[:-2])
    window = panels(state)[0]
    image = next(mark for mark in window.marks if isinstance(mark, Image))
    data = W16.compute(state)
    cell = data.mine.paths[0][-1]
    trials = MazeTrials(Mazes(*(part[2:3] for part in w16.collection(4))), 48)
    trials.cell = torch.tensor([cell])
    seen = trials.observe()[0, :25].view(5, 5).bool().numpy()
    inner = image.pixels[w16.FOG : -w16.FOG, w16.FOG : -w16.FOG]
    assert ((inner == inner.min()) == seen).all()
    assert len(set(image.pixels[: w16.FOG].ravel())) == 1  # fog
    assert not any(isinstance(m, Image) for m in panels(state)[1].marks)  # the maze is covered
    assert any(isinstance(m, Image) for m in panels(replace(state, reveal=True))[1].marks)
    green = [m for m in window.marks if isinstance(m, Points) and m.shape == "s"]
    assert not green  # the goal is two moves away
    near = panels(pressed(state, way(4, 2)[-2:-1]))[0]
    assert [m for m in near.marks if isinstance(m, Points) and m.shape == "s"]


def test_the_arrows_can_be_clicked_as_well_as_pressed():
    state = State(who=PLAY)
    names = [m.click for m in panels(state)[0].marks if isinstance(m, Rect)]
    assert set(names) == set(w16.KEYS)
    for name in names:
        assert W16.on_click(state, name) == W16.on_key(state, name)


def test_while_the_agent_is_watched_left_and_right_step_through_time():
    state = State()
    longest = max(len(path) - 1 for path in W16.compute(state).paths)
    back = W16.on_key(state, LEFT)
    assert back.moves == longest - 1
    assert W16.on_key(back, RIGHT).moves == longest
    assert W16.on_key(State(moves=0), LEFT).moves == 0
    assert W16.on_key(state, "ArrowUp").mine == ()


def test_the_slider_shows_as_many_moves_as_it_says_and_all_at_its_end():
    for moves in (0, 3, END):
        data = W16.compute(State(moves=moves))
        shown = [w16.so_far(data, e) for e in (0, 1)]
        whole = [len(path) - 1 for path in data.paths]
        assert shown == (whole if moves == END else [min(moves, n) for n in whole])


def test_wiping_empties_the_memory_before_the_second_episode_only():
    kept, wiped = (W16.compute(State(wipe=wipe)) for wipe in (False, True))
    assert torch.equal(kept.memory[0], wiped.memory[0])
    assert not torch.equal(kept.memory[1][0], wiped.memory[1][0])
    # An empty memory that reads the same picture is the one that the trial began with.
    assert torch.equal(wiped.memory[1][0], wiped.memory[0][0])


def test_over_all_mazes_shown_the_second_walk_is_shorter_unless_the_memory_is_wiped():
    mean = lambda wipe: w16.walks(4, wipe, False).lengths.double().mean(0)  # noqa: E731
    first, second = mean(False)
    assert second < 0.75 * first
    assert mean(True)[1] > 0.85 * first


def test_a_new_maze_and_another_size_drop_the_readers_moves():
    state = State(who=PLAY, mine=(0, 1))
    assert W16.buttons["New maze"](state).mine == ()
    assert W16.turned(state, "size", 6).mine == ()


def test_wrong_moves_are_told():
    with pytest.raises(ValueError, match="Moves are"):
        State(mine=(4,))
