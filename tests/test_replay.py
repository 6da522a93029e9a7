"""A loss and its gradient, evaluated or played again."""

import functools

import pytest
import torch

import course_lib
from course_lib import few_shot
from course_lib.few_shot import recipes
from course_lib.tasks import episodes
from course_lib.training.replay import Replayed


def pictures() -> torch.Tensor:
    return torch.randint(0, 256, (50, 20, 28, 28), dtype=torch.uint8, generator=course_lib.seed(0))


def fresh(device=None) -> dict:
    theta = few_shot.init_any_n("conv4", course_lib.seed(1), device)
    return {name: p.requires_grad_() for name, p in theta.items()}


def test_the_any_n_objective_is_the_one_step_loss_and_its_gradient(monkeypatch):
    monkeypatch.setattr(recipes, "meta_train_images", lambda data, device: pictures())
    theta = fresh()
    value, grads = recipes.any_n_objective("omniglot", "conv4", False, theta, course_lib.seed(2))
    want = recipes.any_n_loss("conv4", False, theta, pictures(), course_lib.seed(2))
    torch.testing.assert_close(value, want.detach())
    want.backward()
    for name, p in theta.items():
        torch.testing.assert_close(grads[name], p.grad)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU on this machine")
def test_a_gpu_draws_the_same_episodes():
    sizes = {"num_tasks": 3, "num_ways": 5, "num_shots": 2, "num_queries": 3}
    here, there = (
        episodes.draw_indices(50, 20, **sizes, gen=course_lib.seed(4), device=device)
        for device in (None, torch.device("cuda"))
    )
    assert all(torch.equal(a, b.cpu()) for a, b in zip(here, there, strict=True))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU on this machine")
def test_played_again_on_a_gpu_it_is_the_same_after_theta_has_changed():
    theta = fresh("cuda")

    def loss(theta, x):
        return sum((p * x.mean()).square().sum() for p in theta.values())

    played = Replayed(loss)
    for i in range(3):
        x = torch.full((4, 4), float(i + 1), device="cuda")
        value, grads = played(theta, x)
        want, by_hand = played.evaluate(theta, x)
        torch.testing.assert_close(value, want)
        for name, slope in by_hand.items():
            torch.testing.assert_close(grads[name], slope)
        with torch.no_grad():
            for p in theta.values():
                p.add_(0.1)
    assert len(played.recordings) == 1


def test_a_loss_that_misses_a_weight_has_a_zero_slope_there():
    theta = fresh()
    value, grads = Replayed(lambda theta: theta["conv0"].square().sum())(theta)
    torch.testing.assert_close(grads["conv0"], 2 * theta["conv0"].detach())
    assert value > 0
    others = functools.reduce(max, (g.abs().max() for n, g in grads.items() if n != "conv0"))
    assert others == 0
