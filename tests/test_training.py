"""The training loop resumes to the same numbers, survives interrupts, and says what is wrong."""

import os
import signal

import pytest
import torch
from interrupting import interrupt_at

import course_lib
from course_lib import training
from course_lib.training import read_safetensors
from course_lib.training.asked import check_theta
from course_lib.training.weights import write_safetensors


def objective(theta, gen):
    """A noisy quadratic: the gradient depends on the generator, so resuming must restore it."""
    target = torch.randn(3, generator=gen)
    return (theta["w"] - target).square().sum()


def run(iterations, save_to=None, objective=objective):
    theta = {"w": torch.zeros(3)}
    gen = course_lib.seed(0)
    return training.train(objective, theta, iterations=iterations, lr=0.1, gen=gen, save_to=save_to)


def test_training_lowers_the_loss():
    def fixed(theta, gen):
        return (theta["w"] - 1).square().sum()

    trained = run(300, objective=fixed)
    assert trained.finished
    assert trained.losses[-1] < 1e-3 < trained.losses[0]


def test_an_interrupted_run_resumes_to_the_same_numbers(tmp_path):
    path = tmp_path / "state.safetensors"
    with interrupt_at(7):
        first = run(20, path)
    assert not first.finished
    assert first.iterations == 7
    second = run(20, path)
    whole = run(20)
    assert second.finished
    assert second.losses == whole.losses
    assert torch.equal(second.theta["w"], whole.theta["w"])


def test_a_state_that_was_begun_otherwise_is_refused(tmp_path):
    """Found with a state that went on under another objective and 500 times the step size."""

    def other(theta, gen):
        return objective(theta, gen) + theta["w"].square().sum()

    def cubed(fraction):
        return (1 - fraction) ** 3

    def begin(objective=objective, start=0.0, number=0, **changed):
        settings = {"iterations": 20, "lr": 0.1, "gen": course_lib.seed(number), **changed}
        theta = {"w": torch.full((3,), start)}
        return training.train(objective, theta, save_to=tmp_path / "state.safetensors", **settings)

    with interrupt_at(7):
        begin()
    kept = (tmp_path / "state.safetensors").read_bytes()
    changes = {
        "objective": {"objective": other},
        "step size": {"lr": 0.5},
        "start": {"start": 1.0},
        "random numbers": {"number": 1},
        "schedule": {"schedule": training.constant},
        "number of iterations": {"iterations": 30},
        "objective and start": {"objective": other, "start": 1.0},
    }
    for what, change in changes.items():
        with pytest.raises(ValueError, match=f"begun with another {what}: delete it"):
            begin(**change)
        assert (tmp_path / "state.safetensors").read_bytes() == kept
    assert begin().finished


def test_a_state_without_a_note_of_what_began_it_is_refused(tmp_path):
    path = tmp_path / "state.safetensors"
    with interrupt_at(7):
        run(20, path)
    state, notes = read_safetensors(path)
    del notes["begun"]
    write_safetensors(path, state, notes)
    with pytest.raises(ValueError, match="begun with another version of the course: delete it"):
        run(20, path)


def test_an_interrupt_is_said_and_what_was_learned_is_returned(capsys):
    def interrupted(theta, gen):
        os.kill(os.getpid(), signal.SIGINT)
        return objective(theta, gen)

    trained = run(50, objective=interrupted)
    assert trained.iterations == 1
    assert "Interrupted after 1 of 50 iterations" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_state_is_saved_while_training_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("course_lib.training.loop.SAVE_EVERY", 0.0)
    path = tmp_path / "state.safetensors"
    seen = []

    def watching(theta, gen):
        seen.append(path.exists())
        return objective(theta, gen)

    run(5, path, watching)
    assert seen == [False, True, True, True, True]


def test_a_diverging_loss_says_what_to_change():
    with pytest.raises(ValueError, match=r"diverged.*smaller step size"):
        run(5, objective=lambda theta, gen: theta["w"].sum() * float("nan"))


@pytest.mark.parametrize(("iterations", "lr"), [(0, 0.1), (5, 0.0), (5, -1.0)])
def test_nonsense_settings_are_refused(iterations, lr):
    with pytest.raises(ValueError, match="iterations ≥ 1 and lr > 0"):
        training.train(
            objective, {"w": torch.zeros(3)}, iterations=iterations, lr=lr, gen=course_lib.seed(0)
        )


def test_a_state_of_another_network_is_refused(tmp_path):
    path = tmp_path / "state.safetensors"
    run(3, path)
    with pytest.raises(ValueError, match="another network"):
        training.train(
            lambda theta, gen: theta["w"].sum(), {"w": torch.zeros(4)},
            iterations=5, lr=0.1, gen=course_lib.seed(0), save_to=path,
        )  # fmt: skip


def test_a_checkpoint_comes_back_with_how_it_was_made(tmp_path):
    theta = {"w": torch.arange(3.0)}
    training.save_checkpoint("tiny", theta, made={"seed": 4}, folder=tmp_path)
    loaded, made = training.load_checkpoint("tiny", folder=tmp_path)
    assert torch.equal(loaded["w"], theta["w"])
    assert made == {"seed": 4}


def test_a_damaged_checkpoint_says_what_to_do(tmp_path):
    path = training.save_checkpoint("tiny", {"w": torch.zeros(3)}, made={}, folder=tmp_path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ValueError, match=r"is damaged.*restore it with git"):
        training.load_checkpoint("tiny", folder=tmp_path)


def test_a_missing_checkpoint_lists_the_others(tmp_path):
    training.save_checkpoint("tiny", {"w": torch.zeros(3)}, made={}, folder=tmp_path)
    with pytest.raises(FileNotFoundError, match=r"there are: tiny.*course_lib train big"):
        training.load_checkpoint("big", folder=tmp_path)


NO_LOSS = {
    "a float": lambda theta, gen: 1.0,
    "a vector": lambda theta, gen: theta["w"] * 2,
    "whole numbers": lambda theta, gen: torch.tensor(3),
    "loss and accuracy": lambda theta, gen: (theta["w"].sum(), torch.tensor(0.5)),
    "three things": lambda theta, gen: (theta["w"].sum(), {}, 0),
    "half a gradient": lambda theta, gen: (theta["w"].sum(), {}),
}


@pytest.mark.parametrize("name", NO_LOSS)
def test_an_objective_of_another_form_is_told_what_one_returns(name):
    with pytest.raises(ValueError, match=r"objective returned .*an objective returns the loss"):
        training.train(NO_LOSS[name], start(), iterations=1, lr=0.1, gen=course_lib.seed(0))


def test_a_loss_that_has_lost_its_gradient_is_told_so():
    with pytest.raises(ValueError, match="No gradient of the loss reaches θ"):
        training.train(
            lambda theta, gen: theta["w"].detach().sum(), start(),
            iterations=1, lr=0.1, gen=course_lib.seed(0),
        )  # fmt: skip


@pytest.mark.parametrize(
    "theta", [torch.nn.Linear(2, 1), [torch.ones(2)], {}, {"w": 1.0}, {"w": torch.tensor([1, 2])}]
)
def test_a_theta_of_another_form_is_told_what_one_is(theta):
    with pytest.raises(ValueError, match=r"θ.* (dict of named tensors|tensors of real numbers)"):
        check_theta(theta)


def start() -> dict:
    return {"w": torch.ones(3)}


def test_a_checkpoint_gives_its_tensors_in_one_order_whatever_the_process():
    """Else a training that starts from one could not be resumed: its start would be another."""
    for name in ("glyphs-any", "sinusoid-maml"):
        assert list(training.load_checkpoint(name)[0]) == sorted(training.load_checkpoint(name)[0])
