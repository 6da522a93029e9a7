"""A training in shares: the mean of their gradients, in one process as in two, and resumed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import course_lib
from course_lib import training
from course_lib.press import train
from course_lib.training import shares
from course_lib.training.shares import Shares

ROOT = Path(__file__).resolve().parents[1]
RECIPE, STEPS = "sinusoid-pretrained", 5


def towards(theta, gen):
    """Squared distance from a drawn point; its gradient is 2(θ − point)."""
    return (theta["w"] - torch.rand(3, generator=gen)).square().sum()


def trained(number, iterations=8, **more):
    gen = Shares(course_lib.seed(0), number)
    theta = {"w": torch.zeros(3)}
    return training.train(towards, theta, iterations=iterations, lr=0.1, gen=gen, **more)


def test_a_step_takes_the_mean_of_the_shares_gradients():
    gen, theta = Shares(course_lib.seed(0), 4), {"w": torch.zeros(3, requires_grad=True)}
    points = torch.stack(
        [torch.rand(3, generator=one) for one in Shares(course_lib.seed(0), 4).gens]
    )
    losses = [towards(theta, one) for one in shares.mine(gen)]
    sum(losses).backward()
    mean = shares.averaged(sum(losses).detach(), theta, gen)
    torch.testing.assert_close(theta["w"].grad, -2 * points.mean(0))
    torch.testing.assert_close(mean, points.square().sum(1).mean())
    assert len({tuple(p) for p in points.tolist()}) == 4  # all draw for themselves


def test_a_loss_with_its_gradient_is_shared_alike():
    def known(theta, gen):
        point = torch.rand(3, generator=gen)
        return (theta["w"] - point).square().sum().detach(), {
            "w": 2 * (theta["w"] - point).detach()
        }

    gen = Shares(course_lib.seed(0), 2)
    found = training.train(known, {"w": torch.zeros(3)}, iterations=8, lr=0.1, gen=gen)
    torch.testing.assert_close(found.theta["w"], trained(2).theta["w"])


def test_one_share_draws_one_batch_a_step():
    assert len(trained(1, iterations=3).losses) == 3


def test_an_interrupted_training_in_shares_goes_on_with_the_same_numbers(tmp_path):
    calls = []

    def stopped(theta, gen):
        calls.append(gen)
        if len(calls) == 5:  # in the third step
            signal.raise_signal(signal.SIGINT)
        return towards(theta, gen)

    whole, place = trained(2), tmp_path / "state.safetensors"
    common = {"iterations": 8, "lr": 0.1, "save_to": place}
    theta = {"w": torch.zeros(3)}
    first = training.train(stopped, theta, gen=Shares(course_lib.seed(0), 2), **common)
    assert first.iterations == 3
    second = training.train(stopped, theta, gen=Shares(course_lib.seed(0), 2), **common)
    assert second.losses == whole.losses
    assert torch.equal(second.theta["w"], whole.theta["w"])


def test_a_state_of_other_shares_is_refused_in_a_sentence(tmp_path):
    place = tmp_path / "state.safetensors"
    trained(2, save_to=place)
    with pytest.raises(ValueError, match="its random numbers are gone"):
        trained(3, save_to=place)


def test_a_recipe_with_steps_of_its_own_says_that_it_cannot_be_shared():
    with pytest.raises(ValueError, match="can't be shared: train it in one process"):
        train.run_recipe("bandit-10x5", iterations=1, folder=train.DRAFTS, num_shares=2)


def trained_by_command(folder: Path, *launcher: str, more: tuple[str, ...] = ()) -> dict:
    """The weights after a few steps of the recipe; everything is kept in `folder`."""
    words = ["-m", "course_lib", "train", RECIPE, "--iterations", str(STEPS), "--draft", *more]
    env = {**os.environ, "COURSE_KEPT": str(folder), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *launcher, *words], cwd=ROOT, env=env, check=True)
    return load_file(folder / "drafts" / f"{RECIPE}.safetensors")


def test_two_processes_find_the_weights_of_one_and_write_them_once(tmp_path):
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    two = trained_by_command(tmp_path / "two", *torchrun)
    one = trained_by_command(tmp_path / "one", more=("--shares", "2"))
    recipe = train.RECIPES[RECIPE]
    start = recipe.init(course_lib.seed(recipe.seed))
    for name, p in one.items():
        torch.testing.assert_close(two[name], p, rtol=1e-5, atol=1e-7)
        assert not torch.equal(p, start[name])
