"""The learning algorithms of notebook 02, against closed forms, plain loops and each other."""

import math

import pytest
import torch
from torch.func import grad

from course_lib import supervised
from course_lib.maml import adapt
from course_lib.supervised import LEARNERS, errors, linear, loss, memorise, ridge, sgd, vote


def data(n=12, d=2, seed=0, batch=()):
    gen = torch.Generator().manual_seed(seed)
    x = torch.randn(*batch, n, d, generator=gen, dtype=torch.float64)
    y = torch.where(torch.arange(n) % 2 == 0, 1.0, -1.0).double().expand(*batch, n)
    return x + y[..., None], y


KNOBS = {
    "SGD": {"lr": 0.05, "steps": 30},
    "ridge": {"strength": 0.5},
    "nearest mean": {},
    "nearest neighbours": {"k": 3},
}
each_learner = pytest.mark.parametrize("name", LEARNERS)


@each_learner
def test_a_learner_is_a_function_of_its_training_set_alone(name):
    x, y = data()
    learn, model = LEARNERS[name]
    first, second = learn(x, y, **KNOBS[name]), learn(x.clone(), y.clone(), **KNOBS[name])
    new = data(seed=1)[0]
    assert torch.equal(model(first, new), model(second, new))
    assert torch.equal(x, data()[0]), "it changed its training set"


@each_learner
def test_a_batch_of_training_sets_is_learned_set_by_set(name):
    x, y = data(batch=(4,))
    learn, model = LEARNERS[name]
    new = data(seed=1, batch=(4,))[0]
    together = model(learn(x, y, **KNOBS[name]), new)
    for i in range(4):
        alone = model(learn(x[i], y[i], **KNOBS[name]), new[i])
        assert torch.allclose(together[i], alone, atol=1e-12)


@each_learner
def test_a_learner_beats_the_answer_zero_on_new_examples(name):
    learn, model = LEARNERS[name]
    phi = learn(*data(n=60), **KNOBS[name])
    assert loss(model, phi, *data(n=400, seed=1)) < 1
    assert errors(model, phi, *data(n=400, seed=1)) < 0.25


def test_ridge_is_where_the_gradient_of_its_objective_vanishes():
    x, y = data()

    def objective(w):
        return (linear({"w": w}, x) - y).square().sum() + 0.5 * w.square().sum()

    assert grad(objective)(ridge(x, y, strength=0.5)["w"]).abs().max() < 1e-12


def test_one_sgd_step_is_one_gradient_step_on_one_example():
    x, y = data(n=1)

    def one_loss(params, x, y):
        return (linear(params, x) - y).square().mean()

    zero = {"w": torch.zeros(3, dtype=torch.float64)}
    by_autograd = adapt(one_loss, zero, (x, y), lr=0.07, steps=5)["w"]
    assert torch.allclose(sgd(x, y, lr=0.07, steps=5)["w"], by_autograd, atol=1e-12)


def test_patient_sgd_with_a_small_step_size_ends_near_unregularised_least_squares():
    x, y = data()
    exact = ridge(x, y, strength=0.0)["w"]
    coarse = sgd(x, y, lr=0.01, steps=12_000)["w"]
    fine = sgd(x, y, lr=0.001, steps=48_000)["w"]
    assert (fine - exact).norm() < 0.2 * (coarse - exact).norm() < 0.05


def test_a_step_size_that_is_too_large_makes_sgd_diverge():
    x, y = data()
    assert sgd(x, y, lr=0.6, steps=200)["w"].norm() > 1e6


def test_zero_steps_answer_zero_and_cost_one():
    x, y = data()
    phi = sgd(x, y, lr=0.1, steps=0)
    assert loss(linear, phi, x, y) == 1
    assert errors(linear, phi, x, y) == 1


def test_one_neighbour_repeats_its_training_set_without_a_mistake():
    x, y = data()
    assert loss(vote, memorise(x, y, k=1), x, y) == 0


def test_more_neighbours_than_examples_ask_them_all():
    x, y = data()
    assert torch.allclose(vote(memorise(x, y, k=99), x), y.mean().expand(12), atol=1e-12)


def test_votes_agree_with_a_plain_sort():
    (x, y), new = data(), data(seed=1)[0]
    votes = vote(memorise(x, y, k=5), new)
    for point, answer in zip(new, votes, strict=True):
        nearest = (x - point).norm(dim=1).argsort()[:5]
        assert answer.item() == pytest.approx(y[nearest].mean().item())


def test_of_equally_near_examples_the_first_ones_vote():
    x = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]]).double()
    y = torch.tensor([1, -1, 1, -1]).double()
    middle = torch.zeros(1, 2).double()
    answers = [vote(memorise(x, y, k=k), middle).item() for k in (1, 2, 3, 4)]
    assert answers == pytest.approx([1, 0, 1 / 3, 0])


def test_the_nearest_mean_answers_like_bayes_for_two_round_normal_classes():
    phi = {"means": torch.tensor([[1.0, 0.0], [-1.0, 0.5]], dtype=torch.float64)}
    point = torch.tensor([[0.3, -0.2]], dtype=torch.float64)
    density = [math.exp(-0.5 * (point[0] - m).square().sum().item()) for m in phi["means"]]
    expected = (density[0] - density[1]) / (density[0] + density[1])
    assert supervised.closer(phi, point).item() == pytest.approx(expected)


def test_an_answer_that_is_not_a_number_is_a_mistake():
    x, y = data()
    nothing = {"w": torch.full((3,), float("nan"), dtype=torch.float64)}
    assert errors(linear, nothing, x, y) == 1


def test_a_wide_bar_is_measured_as_wide_and_a_tall_one_as_tall():
    pictures = torch.full((2, 32, 32), 0.8, dtype=torch.float64)
    pictures[0, 14:18, 4:28] = 0.1
    pictures[1] = pictures[0].T
    wide, tall = supervised.measure(pictures)
    spread = math.sqrt((24**2 - 1) / 12) * 2 / 31  # of 24 neighbouring pixels
    assert wide[0].item() == pytest.approx((spread - 0.43) / 0.06)
    assert tall[1].item() == pytest.approx((spread - 0.21) / 0.07)


def test_light_and_contrast_do_not_change_the_measurements():
    pictures, _ = supervised.otters_and_dogs(40, seed=3)
    dimmed = 0.1 + 0.5 * pictures
    assert torch.allclose(supervised.measure(pictures), supervised.measure(dimmed), atol=1e-9)


def test_otters_are_wider_and_dogs_are_taller():
    pictures, y = supervised.otters_and_dogs(40, seed=3)
    x = supervised.measure(pictures)
    assert x[y > 0].mean(0)[0] > x[y < 0].mean(0)[0] + 1
    assert x[y > 0].mean(0)[1] < x[y < 0].mean(0)[1] - 0.8
