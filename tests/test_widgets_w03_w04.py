"""The numbers in W3 and W4 are those of the library's own functions."""

import math
from dataclasses import replace

import pytest
import torch

from course_lib import supervised
from course_lib.supervised.priors import CURVES, meta_learn, meta_loss, start
from course_lib.widgets import w03_learner as w03
from course_lib.widgets import w04_prior as w04


def w04_tasks(state):
    meta_train, meta_test = (w04.with_shots(t, state.shots) for t in w04.pool(state.seed))
    chosen = tuple(tuple(a[: state.num_tasks] for a in pair) for pair in meta_train)
    return chosen, meta_test


@pytest.mark.parametrize("change", [{}, {"num_tasks": 1, "shots": 1}, {"log_strength": -1.0}])
def test_w4_shows_what_the_plain_outer_loop_finds(change):
    state = replace(w04.State(steps=20), **change)
    data = w04.compute(state)
    meta_train, meta_test = w04_tasks(state)
    log_strength = torch.tensor(state.log_strength * math.log(10), dtype=torch.float64)
    first = {**start(), "log_strength": log_strength}
    *_, theta = meta_learn(first, meta_train, lr=w04.LR, steps=20)
    assert data.now["meta-train"] == pytest.approx(meta_loss(theta, meta_train).item(), rel=1e-6)
    assert data.now["meta-test"] == pytest.approx(meta_loss(theta, meta_test).item(), rel=1e-6)
    assert data.now["m = 0"] == pytest.approx(meta_loss(first, meta_test).item(), rel=1e-6)
    true = {**first, "mean": CURVES.mean}
    assert data.now["m = μ"] == pytest.approx(meta_loss(true, meta_test).item(), rel=1e-6)


def test_w4_marks_a_point_on_its_own_curves():
    data = w04.compute(w04.State(num_tasks=8, steps=100))
    where = w04.STEPS.tolist().index(60)
    at_60 = w04.compute(w04.State(num_tasks=8, steps=60)).now
    for name in ("meta-train", "meta-test"):
        assert data.path[name][where].item() == pytest.approx(at_60[name])
        shown = data.sizes[name][w04.SIZES.index(8), 0].item()
        assert shown == pytest.approx(data.now[name])


def test_w4_with_one_task_and_many_steps_meta_overfits_and_64_tasks_do_not():
    few = w04.compute(w04.State(num_tasks=1, steps=300)).now
    many = w04.compute(w04.State(num_tasks=64, steps=300)).now
    assert few["meta-test"] > few["m = 0"] > few["meta-train"]
    assert many["meta-test"] == pytest.approx(many["m = μ"], rel=0.1)


def test_w4_buttons_change_the_tasks_and_nothing_else():
    new, other = w04.W4.buttons.values()
    assert new(w04.State()) == w04.State(seed=1)
    assert other(w04.State(task=w04.META_TEST_TASKS - 1)) == w04.State(task=0)


def test_w4_refuses_zero_tasks_with_a_sentence():
    with pytest.raises(ValueError, match="choose a value from 1 to 64"):
        w04.State(num_tasks=0)


EVERY_A = [
    {"learner": "SGD", "steps": 37},
    {"learner": "SGD", "steps": 0},
    {"learner": "ridge", "log_strength": 1.0},
    {"learner": "nearest mean"},
    {"learner": "nearest neighbours", "neighbours": 3},
]


@pytest.mark.parametrize("change", EVERY_A)
def test_w3_shows_what_the_learner_makes_of_one_training_set(change):
    state = w03.State(shots=4, **change)
    data = w03.compute(state)
    learn, model = supervised.LEARNERS[state.learner]
    phi = learn(*data.train, **w03.settings(state, state.learner))
    _, x, y = (a[-w03.NUM_TEST :] for a in w03.pool())
    assert data.now["test"] == pytest.approx(supervised.loss(model, phi, x, y).item())
    assert data.now["wrong"] * w03.NUM_TEST == pytest.approx(len(data.wrong))
    assert data.here[state.learner][0].item() == pytest.approx(data.now["test"])
    where = w03.SIZES.index(4)
    for name in ("train", "test"):
        assert data.losses[name][where, 0].item() == pytest.approx(data.now[name])


def test_w3_never_trains_on_a_test_picture_and_balances_its_training_sets():
    _, x, _ = w03.pool()
    chosen, y = w03.draws(seed=5)
    test = {tuple(row) for row in x[-w03.NUM_TEST :].tolist()}
    assert not test & {tuple(row) for row in chosen.flatten(0, 1).tolist()}
    for n in w03.SIZES:
        assert (y[:, : 2 * n].sum(1) == 0).all()


def test_w3_says_that_sgd_has_diverged_instead_of_showing_nonsense():
    scene = w03.W3.scene(w03.State(lr=0.3, steps=200, shots=32))
    assert "diverged" in scene.status
    assert "diverged" not in w03.W3.scene().status


def test_w3_shows_as_many_otters_as_dogs():
    _, y, _ = w03.compute(w03.State()).shown
    assert len(y) == w03.NUM_SHOWN
    assert y.sum() == 0


def test_w3_every_slider_changes_the_picture_whichever_learner_is_chosen():
    changes = [{"lr": 0.1}, {"steps": 20}, {"log_strength": 2.0}, {"neighbours": 5}]
    for learner in supervised.LEARNERS:
        state = w03.State(learner=learner)
        for change in changes:
            before, after = (w03.W3.scene(one) for one in (state, replace(state, **change)))
            assert before.rows[0][2] != after.rows[0][2]
