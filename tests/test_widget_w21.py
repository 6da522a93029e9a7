"""W21: what its picture says of a planner is what the planner believes, plans and does."""

from dataclasses import replace

import pytest
import torch
from widget_checks import check_picture, end_states

import course_lib
from course_lib.rl2.mdps import players as mp
from course_lib.rl2.mdps.diary import copy_of, keep_diary
from course_lib.rl2.mdps.players.belief import nothing_seen
from course_lib.rl2.mdps.players.imagined import CONSTANTS, imagined
from course_lib.scenes.scene import Points, Text
from course_lib.tasks.mdps import EPISODE, MDPTrials, action_values, best_value, sample_mdps
from course_lib.widgets import w21_planner as w21
from course_lib.widgets.w21_planner import BY_HAND, STEPS, W21, State

MAKE = {
    "psrl": mp.psrl(), "opsrl": mp.opsrl(5), "ucrl2": mp.ucrl2(0.1), "beb": mp.beb(1.0),
    "greedy": mp.greedy(), "eps_greedy": mp.eps_greedy(0.2),
}  # fmt: skip
each_planner = pytest.mark.parametrize("name", CONSTANTS)


def some_belief(steps: int = 23):
    """What a planner has seen of one small world after some steps."""
    return keep_diary("ucrl2", BY_HAND, 4, 7).beliefs[steps]


def panels(state: State) -> list:
    return [panel for row in W21.scene(state).rows for panel in row]


# --- The world that it plans in -------------------------------------------------------------------


@each_planner
def test_the_imagined_world_s_plan_is_the_player_s_own(name):
    belief = some_belief()
    _, scores = imagined(name, belief, 23, course_lib.seed(1))
    torch.testing.assert_close(scores, MAKE[name].plan(belief, 23, course_lib.seed(1)))


@pytest.mark.parametrize("name", ["psrl", "beb", "greedy", "eps_greedy"])
def test_planning_in_the_imagined_world_gives_the_plan(name):
    world, scores = imagined(name, some_belief(), 23, course_lib.seed(1))
    torch.testing.assert_close(action_values(world), scores)


def test_ucrl2_s_imagined_rows_are_rows_and_give_the_first_step_s_values():
    belief = some_belief()
    world, scores = imagined("ucrl2", belief, 23, course_lib.seed(1))
    rows = world.transitions
    torch.testing.assert_close(rows.sum(-1), torch.ones(1, 2, 2))
    assert (rows >= 0).all()
    first = world.rewards + (rows @ scores[1].amax(-1)[:, None, :, None])[..., 0]
    torch.testing.assert_close(first, scores[0])
    assert (world.rewards > belief.mean().rewards).all()


def test_opsrl_shows_the_draw_that_its_hope_rests_on():
    world, scores = imagined("opsrl", some_belief(), 23, course_lib.seed(1))
    torch.testing.assert_close(best_value(world), scores[0, :, 0].amax(-1))


def test_an_unknown_planner_is_told():
    with pytest.raises(ValueError, match="'rl2' is no planner: choose one of psrl"):
        imagined("rl2", some_belief(), 0, course_lib.seed(0))


# --- The diary ------------------------------------------------------------------------------------


@each_planner
def test_a_diary_tells_the_trial_that_the_player_lives(name):
    kept = keep_diary(name, BY_HAND, 3, 40)
    trials = MDPTrials(BY_HAND, 3, course_lib.seed(40))
    MAKE[name].live(trials, course_lib.seed(41))
    assert kept.paid == pytest.approx(trials.paid[:, 0].tolist())
    assert len(kept.states) == len(kept.beliefs) == len(kept.actions) + 1 == 3 * EPISODE + 1
    assert len(kept.plans) == 3


def test_its_beliefs_count_its_steps_and_leave_the_ends_out():
    kept = keep_diary("beb", BY_HAND, 3, 40)
    for t, belief in enumerate(kept.beliefs):
        assert belief.tried.sum() == t
        assert belief.moves.sum() == t - t // EPISODE
        assert belief.paid.sum().item() == pytest.approx(sum(kept.paid[:t]), abs=1e-4)


def test_a_copied_belief_stays_as_it_was():
    belief = nothing_seen(1, 2, 2)
    before, zero = copy_of(belief), torch.zeros(1, dtype=torch.long)
    belief.see(zero, zero, torch.ones(1), zero)
    assert before.tried.sum() == 0


def test_a_diary_is_kept_in_one_world():
    with pytest.raises(ValueError, match="one world; got 2"):
        keep_diary("beb", sample_mdps(2, course_lib.seed(0)), 1, 0)


# --- The picture ----------------------------------------------------------------------------------


def test_its_gray_dots_are_the_belief_and_its_triangles_the_plan():
    state = State(planner="PSRL", steps=34)
    data = W21.compute(state)
    pays, leads = panels(state)[2:4]
    for panel, believed, planned in (
        (pays, data.belief.rewards[0], data.plan.world.rewards[0]),
        (leads, data.belief.transitions[0, ..., 1], data.plan.world.transitions[0, ..., 1]),
    ):
        points = [m for m in panel.marks if isinstance(m, Points)]
        for shape, numbers in (("o", believed), ("^", planned)):
            found = [m.x[0] for m in points if m.shape == shape]
            assert found == pytest.approx(numbers.flatten().tolist())
        counts = [m.text for m in panel.marks if isinstance(m, Text)]
        assert len(counts) == 4


def test_the_truth_is_covered_until_it_is_revealed():
    hidden, shown = State(steps=40), State(steps=40, reveal=True)
    for state in (hidden, shown):
        marks = [mark for panel in panels(state) for mark in panel.marks]
        crosses = [m for m in marks if isinstance(m, Points) and m.shape == "x"]
        assert bool(crosses) == state.reveal
    assert "covered" in panels(hidden)[1].marks[0].text
    assert "knows the world" not in W21.scene(hidden).status
    assert "knows the world gets 15.9" in W21.scene(shown).status


def test_a_plan_is_kept_within_an_episode_and_made_anew_at_its_end():
    worlds = [W21.compute(State(planner="PSRL", steps=t)).plan.world.rewards for t in (20, 29, 30)]
    assert torch.equal(worlds[0], worlds[1])
    assert not torch.equal(worlds[1], worlds[2])


def test_keys_and_buttons_step_and_stop_at_the_ends():
    state = State(steps=18)
    assert W21.on_key(state, "ArrowRight").steps == 19
    assert W21.on_key(State(steps=0), "ArrowLeft").steps == 0
    assert W21.on_key(State(steps=STEPS), "ArrowRight").steps == STEPS
    press = W21.buttons
    assert press["One episode"](state).steps == 20
    assert press["One episode"](replace(state, steps=20)).steps == 30
    assert press["One episode"](replace(state, steps=STEPS)).steps == STEPS
    assert press["From the start"](state).steps == 0
    assert press["One step"](state).steps == 19


def test_on_its_first_luck_greedy_stays_at_home_and_ucrl2_gets_away():
    """What the notebook asks the reader to try."""
    away = {
        (planner, prior): sum(W21.compute(State(planner=planner, prior=prior)).diary.states)
        for planner in ("greedy", "UCRL2") for prior in (1.0, 0.0)
    }  # fmt: skip
    assert away["greedy", 1.0] == 0 == away["UCRL2", 0.0]
    assert away["UCRL2", 1.0] > STEPS / 2


def test_its_first_world_is_the_notebook_s_and_others_are_drawn():
    assert w21.true_world(0) is BY_HAND
    assert best_value(BY_HAND).item() == pytest.approx(15.936, abs=1e-3)
    one, two = (W21.buttons["New world"](State(world=w)).world for w in (0, 1))
    assert not torch.equal(w21.true_world(one).rewards, w21.true_world(two).rewards)


def test_at_the_ends_of_its_controls_its_picture_holds_for_every_planner():
    for state in end_states(W21):
        for planner in w21.PLANNERS:
            check_picture(W21, replace(state, planner=planner, reveal=True, world=state.world + 2))


@pytest.mark.parametrize("changes", [{"planner": "RL²"}, {"prior": 2.0}, {"steps": STEPS + 1}])
def test_a_state_that_cannot_be_is_refused_in_a_sentence(changes):
    with pytest.raises(ValueError, match="choose"):
        State(**changes)
