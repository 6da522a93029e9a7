"""The compiled PPO loss is the uncompiled one, also where settings change and trials end early."""

import warnings

import pytest
import torch

import course_lib
from course_lib import rl2
from course_lib.rl2 import credit, ppo, ppo_compiled
from course_lib.tasks.bandits import BanditTrials, sample_means
from course_lib.training import compiling

TRIALS, HORIZON = 6, 3  # small: compiling takes its time


@pytest.fixture
def case():
    """Weights that have moved since the batch was lived, the batch, and its targets."""
    gen = course_lib.seed(0)
    theta = {
        n: p + 0.3 * torch.randn(p.shape, generator=gen) for n, p in rl2.init(3, 5, gen).items()
    }
    e = rl2.rollout(theta, BanditTrials(sample_means(TRIALS, 3, gen), HORIZON, gen), HORIZON, gen)
    theta = {n: p + 0.1 * torch.randn(p.shape, generator=gen) for n, p in theta.items()}
    e = e._replace(alive=e.alive & (torch.arange(HORIZON)[:, None] <= torch.arange(TRIALS)))
    return {n: p.requires_grad_() for n, p in theta.items()}, e, credit.targets(e, 1.0, 0.95)


def both(loss, case, part, s):
    """[the loss, twice its gradient]."""
    value = loss(*case, part, s)
    return [value.detach(), *torch.autograd.grad(2 * value, list(case[0].values()))]


def test_the_compiled_loss_and_its_gradient_are_those_of_the_plain_one(case):
    if reason := compiling.missing_compiler(torch.device("cpu"), "this"):
        pytest.skip(reason)
    ppo_compiled._compiled.cache_clear()
    first = ppo.PPO()
    second = ppo.PPO(clip=0.01, entropy=0.3, value=0.1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # torch's own, on compiling
        for s, part in ((first, torch.tensor([5, 0, 2])), (second, torch.tensor([1, 4, 5]))):
            got, expected = (both(f, case, part, s) for f in (ppo_compiled.ppo_loss, ppo.ppo_loss))
            torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)
    assert ppo_compiled._compiled.cache_info().misses == 1  # other settings do not compile anew
    assert (
        max(
            (a - b).abs().max()
            for a, b in zip(got, both(ppo.ppo_loss, case, part, first), strict=True)
        )
        > 1e-2
    )


def test_an_update_takes_the_loss_it_is_given(case):
    theta, e, _ = case
    seen = []

    def loss(*args):
        seen.append(args[3])
        return ppo.ppo_loss(*args)

    adam = torch.optim.Adam(theta.values(), lr=1e-3)
    ppo.ppo_update(theta, adam, e, ppo.PPO(epochs=2, minibatches=3), course_lib.seed(0), loss)
    assert [len(part) for part in seen] == [2] * 6


def test_without_a_compiler_one_warning_says_so_and_the_loss_is_the_plain_one(case, monkeypatch):
    monkeypatch.setattr(compiling.shutil, "which", lambda name: None)
    ppo_compiled._compiled.cache_clear()
    part = torch.arange(TRIALS)
    with pytest.warns(UserWarning, match=r"no C\+\+ compiler .* PPO's loss runs uncompiled"):
        got = both(ppo_compiled.ppo_loss, case, part, ppo.PPO())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the second time it is silent
        again = both(ppo_compiled.ppo_loss, case, part, ppo.PPO())
    for found in (got, again):
        assert all(map(torch.equal, found, both(ppo.ppo_loss, case, part, ppo.PPO())))
    ppo_compiled._compiled.cache_clear()
