"""W19: what it trains is the library's own meta-training, and what it says of it is so."""

import asyncio
import math
import time
from dataclasses import replace

import loops
import pytest
import torch
from widget_checks import check_picture, check_scene, end_states, is_sentence, random_states

import course_lib
from course_lib import training
from course_lib.maml import live as pieces
from course_lib.maml import meta_loss
from course_lib.maml.live import Training
from course_lib.maml.study import WATCHED
from course_lib.widgets import w19_training as w19
from course_lib.widgets.w19_training import USUAL, W19, State

SMALL = {"shots": 3, "num_tasks": 4, "width": 8}
CHARACTERS = {"world": "characters", **USUAL["characters"], "ways": 2, "width": 8, "num_tasks": 2}
WORLDS = pytest.mark.parametrize("start", [SMALL, CHARACTERS], ids=["sinusoids", "characters"])


def trained(state: State, outer_steps: int) -> State:
    """`state` after Train and so many outer steps, without a page."""
    state = w19.train(state)
    while state.running and state.run.done < outer_steps:
        state = w19.advance(state)
    return state


@WORLDS
@pytest.mark.parametrize("more", [{}, {"first_order": True, "steps": 2}, {"few": True}])
def test_its_training_is_the_librarys(start, more):
    setting = State(**{**start, **more}).setting
    ours = Training(setting)
    while ours.done < 6:
        ours.step()
    other = Training(setting)
    inner = {"lr": setting.alpha, "steps": setting.steps, "first_order": setting.first_order}
    theirs = training.train(
        lambda theta, gen: meta_loss(other.loss, theta, other.meta_batch(gen), **inner),
        {name: p.detach() for name, p in other.theta.items()},
        iterations=6, lr=setting.beta, gen=course_lib.seed(1000 + setting.seed),
        schedule=training.constant,
    )  # fmt: skip
    for name, p in theirs.theta.items():
        assert (p - other.theta[name]).abs().max() > 0.1 * setting.beta, "nothing was trained"
        torch.testing.assert_close(ours.theta[name].detach(), p, rtol=1e-3, atol=1e-4)


@WORLDS
def test_the_same_seed_gives_the_same_curve_and_another_one_another(start):
    curves = []
    for seed in (1, 1, 2):
        w19.training.cache_clear()
        curves.append(trained(State(**start, seed=seed), 30).run.points)
    assert curves[0] == curves[1] != curves[2]
    assert len(curves[0]) >= 2


def test_a_run_goes_on_as_if_it_had_not_been_stopped():
    w19.training.cache_clear()
    whole = trained(State(**SMALL), 60)
    w19.training.cache_clear()
    halfway = replace(trained(State(**SMALL), 31), running=False)
    assert trained(halfway, 60).run.points == whole.run.points
    w19.training.cache_clear()  # forgotten by the kernel, not by the state
    assert trained(halfway, 60).run.points == whole.run.points


def test_a_run_ends_with_its_budget_and_train_goes_further(monkeypatch):
    monkeypatch.setitem(w19.BUDGET, "sinusoids", 50)
    done = trained(State(**SMALL), 10**9)
    assert not done.running
    assert (done.run.done, done.run.goal, done.run.points[-1].done) == (50, 50, 50)
    further = trained(done, 10**9)
    assert (further.run.done, further.run.points[-1].done) == (100, 100)


def test_a_moved_control_ends_the_run_and_its_curve_stays():
    state = trained(State(**SMALL), 30)
    moved = w19.advance(replace(state, alpha=0.02))
    assert not moved.running
    assert moved.run == state.run
    assert "a new run with α = 0.02" in W19.scene(moved).status
    assert w19.train(moved).run == w19.Run(moved.setting, goal=w19.BUDGET["sinusoids"])
    assert w19.advance(replace(state, ways=9)).running, "sinusoids have no ways"


def test_keep_lays_a_run_under_the_next_one_and_reset_forgets_both():
    kept = w19.keep(trained(State(**SMALL), 30))
    assert kept.run is None
    assert not kept.running
    both = trained(replace(kept, steps=3), 30)
    scene = W19.scene(both)
    check_scene(scene)
    pale = [mark for mark in scene.rows[0][0].marks if getattr(mark, "alpha", 1) < 1]
    assert len(pale) == 3
    assert "Pale: the kept run, with K = 1." in scene.status
    assert W19.buttons["Reset"](both) == State()


def test_the_other_world_brings_its_own_usual_numbers_and_no_foreign_curve():
    live = W19.live()
    live.update(lambda: w19.keep(trained(State(**SMALL), 30)))
    live.inputs["world"].value = "characters"
    assert {n: getattr(live.state, n) for n in USUAL["characters"]} == USUAL["characters"]
    assert live.inputs["alpha"].value == 0.4
    assert not [m for p in W19.scene(live.state).rows[0] for m in p.marks if hasattr(m, "dash")]
    assert live.error is None


def test_show_trains_nothing_and_its_picture_is_stored(monkeypatch):
    monkeypatch.setattr(w19, "Training", lambda setting: pytest.fail("it trains"))
    w19.training.cache_clear()
    for state in [*end_states(W19), *random_states(W19)]:
        check_picture(W19, state)
    assert W19.scene(State()).rows[0][0].marks


def test_the_stored_runs_are_those_of_the_usual_settings_and_have_learned():
    assert [State(world=world, **usual).setting for world, usual in USUAL.items()] == list(WATCHED)
    sines, characters = w19.stored("sinusoids").points, w19.stored("characters").points
    assert sines[-1].path[1] < sines[0].path[1] / 4
    assert characters[-1].path[1] > 85
    assert sines[-1].done == pieces.BUDGET["sinusoids"]
    assert characters[-1].done == pieces.BUDGET["characters"]


def test_the_stored_sinusoid_run_begins_as_a_fresh_one_does():
    fresh = Training(State().setting)
    while len(fresh.points) < 2:
        fresh.step()
    for one, other in zip(fresh.points, w19.stored("sinusoids").points, strict=False):
        assert one.path == pytest.approx(other.path, rel=0.01)
        assert one.meta_train == pytest.approx(other.meta_train, rel=0.01)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ways": 12, "few": True, "width": 8}, "12 ways need 12 characters, and there are 10."),
        ({"shots": 19, "width": 8}, "19 shots and 2 queries are more than the 20 drawings"),
        ({"num_tasks": 32, "ways": 20, "steps": 5}, "1920 pictures through 6 gradients"),
    ],
)
def test_what_can_not_be_trained_is_refused_in_a_sentence(more, words):
    state = State(**{**CHARACTERS, **more})
    assert words in W19.scene(state).status
    live = W19.live()
    live.update(lambda: state)
    live.presses["Train"].click()
    assert "This can't be trained. " in live.canvas.scene["status"]
    assert is_sentence(pieces.unfit(state.setting))
    assert not live.state.running
    with pytest.raises(ValueError, match=words.split(",")[0]):
        Training(state.setting)


def test_a_training_that_diverges_says_so_and_keeps_the_picture():
    async def main():
        live = W19.live(**{**SMALL, "alpha": 1.0, "steps": 5, "beta": 0.1})
        live.presses["Train"].click()
        for _ in range(3000):
            if not live.state.running:
                break
            await asyncio.sleep(0.01)
        return live

    live = loops.run(main())
    assert "this training has diverged. Take a smaller α" in live.canvas.problem
    assert live.state.run.points
    check_scene(W19.scene(live.state))
    assert "Stopped" in live.canvas.scene["status"]
    again = replace(live.state, running=True)  # it is said again, not trained on
    with pytest.raises(ValueError, match="diverged"):
        trained(again, 10**9)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"shots": 20, "steps": 5, "num_tasks": 32, "width": 64},
        CHARACTERS,
        {**CHARACTERS, **USUAL["characters"], "ways": 5},
        {**CHARACTERS, "ways": 20, "num_tasks": 10, "width": 32},
    ],
)
def test_no_piece_is_long_enough_to_keep_stop_waiting(more):
    it, longest = Training(State(**more).setting), 0.0
    it.step()
    for _ in range(12):
        began = time.process_time()
        it.step()
        longest = max(longest, time.process_time() - began)
    print(f"longest piece {longest:.2f} s")
    assert longest < 0.9 * course_lib.ground.patience.patience()


def test_with_few_tasks_to_train_on_only_those_are_met():
    it = Training(State(few=True, num_tasks=32).setting)
    seen = set()
    for _ in range(20):
        (xs, ys), _ = it.meta_batch(it.gen)
        basis = torch.cat([xs.sin(), xs.cos()], -1).double()
        found = torch.linalg.lstsq(basis, ys.double()).solution[..., 0]
        seen |= {(round(a, 2), round(b, 2)) for a, b in found.tolist()}
    assert len(seen) == pieces.FEW
    assert len(Training(State(**CHARACTERS, few=True).setting).pool) == pieces.FEW


def test_support_and_query_of_meta_test_come_from_characters_never_trained_on():
    train, test = pieces.characters("meta-train"), pieces.characters("meta-test")
    seen = {picture.numpy().tobytes() for picture in train.flatten(0, 1)}
    assert not any(picture.numpy().tobytes() in seen for picture in test.flatten(0, 1))


def test_wild_numbers_stay_on_the_axis():
    point = pieces.Point(0, math.nan, (1.0, math.inf, -math.inf, 1e30))
    run = w19.Run(State().setting, 0, 1000, (point,))
    check_scene(W19.scene(State(run=run)))
