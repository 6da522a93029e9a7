"""learn2learn as an independent judge: imported quietly, optional, and left as it was found."""

import importlib.util
import subprocess
import sys

import pytest
import torch
from maml_cases import error, quadratic_case, sine_case

from course_lib.maml import oracle

needs_learn2learn = pytest.mark.skipif(not oracle.available(), reason=oracle.MISSING)


@needs_learn2learn
def test_the_import_is_silent_and_brings_neither_gym_nor_torchvision():
    code = (
        "import sys; from course_lib.maml import oracle; oracle.learn2learn_maml();"
        "bad = {'gym', 'torchvision', 'matplotlib', 'learn2learn', 'learn2learn.vision'};"
        "assert not bad & set(sys.modules), bad & set(sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@needs_learn2learn
def test_asking_twice_gives_the_same_class():
    assert oracle.learn2learn_maml() is oracle.learn2learn_maml()


def test_where_it_is_missing_one_sentence_says_so(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    loss, theta, tasks, lr = sine_case()
    assert not oracle.available()
    with pytest.raises(ModuleNotFoundError, match=r"not installed.*start\.py setup"):
        oracle.meta_grad(loss, theta, tasks, lr=lr, steps=1)


@needs_learn2learn
@pytest.mark.parametrize("steps", [1, 3, 5])
def test_its_meta_gradient_is_the_closed_form_of_a_quadratic(steps):
    loss, theta, tasks, A, lr = quadratic_case()
    (c, _), (c_query, _) = tasks
    J = torch.linalg.matrix_power(torch.eye(len(A), dtype=A.dtype) - lr * A, steps)
    expected = ((c + (theta["phi"] - c) @ J.T - c_query) @ A.T @ J).mean(0)
    _, grads = oracle.meta_grad(loss, theta, tasks, lr=lr, steps=steps)
    print(f"learn2learn on a quadratic, K = {steps}: error {error(grads, expected):.1e}")
    assert error(grads, expected) < 1e-13


def test_the_module_owns_copies_of_the_parameters():
    loss, theta, tasks, _ = sine_case(1)
    module = oracle.LossModule(loss, theta)
    x, y = (a[0] for a in tasks[0])
    assert module(x, y) == loss(theta, x, y)
    with torch.no_grad():
        module.w0.zero_()
    assert theta["w0"].abs().sum() > 0


@pytest.mark.parametrize("inner", [{"lr": -1.0, "steps": 1}, {"lr": 0.1, "steps": -1}])
def test_a_step_that_cannot_be_meant_is_refused(inner):
    loss, theta, tasks, _ = sine_case()
    with pytest.raises(ValueError, match="inner step"):
        oracle.meta_grad(loss, theta, tasks, **inner)
