"""Linear attention: by construction a gradient step, and the best step size in closed form."""

import pytest
import torch

import course_lib
from course_lib.black_box import attention
from course_lib.maml.inner import adapt

CASES = [(5, 20, 0.7), (1, 3, 1.0), (20, 40, 0.3)]


def half_mse(params, x, y):
    return 0.5 * (x @ params["w"] - y).square().mean()


@pytest.mark.parametrize(("dim", "num_examples", "eta"), CASES)
def test_one_layer_is_one_gradient_step(dim, num_examples, eta):
    tasks = attention.linear_tasks(50, dim, num_examples, course_lib.seed(0), noise=0.5)
    examples, question, _ = (part.double() for part in tasks)
    theta = attention.gradient_step(dim, num_examples, eta, torch.double)
    start = {"w": torch.zeros(dim, dtype=torch.double)}
    for said, pairs, asked in zip(
        attention.attend(theta, examples, question), examples, question, strict=True
    ):
        stepped = adapt(half_mse, start, (pairs[:, :-1], pairs[:, -1]), lr=eta, steps=1)
        torch.testing.assert_close(said, stepped["w"] @ asked[:-1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("dim", "num_examples", "noise"), [(5, 20, 0.0), (5, 20, 0.5), (3, 4, 1)])
def test_the_error_of_a_step_is_the_closed_form_and_lowest_at_the_best_rate(
    dim, num_examples, noise
):
    tasks = attention.linear_tasks(200_000, dim, num_examples, course_lib.seed(1), noise)
    best = attention.best_rate(dim, num_examples, noise)
    for eta in (0.5 * best, best, 1.5 * best):
        theta = attention.gradient_step(dim, num_examples, eta)
        errors = (attention.attend(theta, *tasks[:2]) - tasks.answer).square()
        curvature = (num_examples + dim + 1 + noise**2) / num_examples
        expected = dim * (1 - 2 * eta + eta**2 * curvature)
        spread = errors.std().item() / len(errors) ** 0.5
        assert abs(errors.mean().item() - expected) < 4 * spread
        assert expected >= dim * (1 - best) - 1e-12


def test_the_learned_rate_of_a_gradient_step_is_its_own():
    for dim, num_examples, eta in CASES:
        theta = attention.gradient_step(dim, num_examples, eta)
        assert attention.learned_rate(theta, num_examples).item() == pytest.approx(eta)
        mixed = dict(theta)  # the same layer, its factors shared out otherwise
        mixed["query"], mixed["value"] = 4 * theta["query"], theta["value"] / 4
        assert attention.learned_rate(mixed, num_examples).item() == pytest.approx(eta)


def test_the_order_of_the_examples_changes_nothing_and_each_is_heard():
    tasks = attention.linear_tasks(8, 3, 6, course_lib.seed(2))
    theta = attention.fresh_weights(3, course_lib.seed(3))
    said = attention.attend(theta, tasks.examples, tasks.question)
    shuffled = tasks.examples[:, torch.tensor([3, 0, 5, 1, 4, 2])]
    torch.testing.assert_close(attention.attend(theta, shuffled, tasks.question), said)
    fewer = attention.attend(theta, tasks.examples[:, 1:], tasks.question)
    assert ((fewer - said).abs() > 1e-6).all()


def test_the_tasks_are_as_they_say():
    tasks = attention.linear_tasks(50_000, 4, 8, course_lib.seed(4), noise=0.5)
    assert tasks.examples.shape == (50_000, 8, 5)
    assert (tasks.question[:, -1] == 0).all()
    assert tasks.answer.var().item() == pytest.approx(4, rel=0.05)
    assert tasks.examples[..., -1].var().item() == pytest.approx(4.25, rel=0.05)


@pytest.mark.parametrize("wrong", [{"num_tasks": 0}, {"dim": 0}, {"length": 0}, {"noise": -1.0}])
def test_other_numbers_are_refused_in_a_sentence(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        attention.linear_tasks(
            **{"num_tasks": 2, "dim": 3, "length": 4, **wrong}, gen=course_lib.seed(0)
        )


def test_from_tiny_weights_a_layer_may_stick_with_key_and_value_in_each_others_roles():
    """Then one direction of x in five gets through: the error is 1 − η/d, not 1 − η."""
    dim, n, gen = 5, 20, course_lib.seed(0)
    starts = [attention.fresh_weights(dim, gen, 0.002) for _ in range(8)]
    layers = {name: torch.stack([p[name] for p in starts]).requires_grad_() for name in starts[0]}
    adam = torch.optim.Adam(layers.values(), lr=1e-2)
    said = torch.func.vmap(attention.attend, in_dims=(0, None, None))
    for _ in range(200):
        tasks = attention.linear_tasks(128, dim, n, gen)
        adam.zero_grad()
        (said(layers, *tasks[:2]) - tasks.answer).square().mean(1).sum().backward()
        adam.step()
    tasks, eta = attention.linear_tasks(20_000, dim, n, gen), attention.best_rate(dim, n)
    errors = (said(layers, *tasks[:2]) - tasks.answer).square().mean(-1).detach() / dim
    agreement = (layers["query"].mT @ layers["key"]).detach()
    key_hears_y = agreement[..., -1].norm(dim=-1) / agreement.norm(dim=(-1, -2))
    value = layers["value"][:, -1].detach()
    value_passes_x = value[:, :-1].norm(dim=-1) / value.norm(dim=-1)
    stuck = errors > 0.6
    assert 1 <= stuck.sum() <= 4
    assert (key_hears_y[stuck] > 0.8).all()
    assert (value_passes_x[stuck] > 0.8).all()
    assert errors[stuck].min().item() == pytest.approx(1 - eta / dim, rel=0.03)
    assert (key_hears_y[~stuck] < 0.2).all()
    assert (errors[~stuck] < 1.25 * (1 - eta)).all()
