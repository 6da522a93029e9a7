"""The fast meta-step against the teaching version: the same numbers, on every path through it."""

import warnings

import pytest
import torch
from maml_cases import error, image_case, quadratic_case, sine_case
from torch.func import grad

from course_lib import maml
from course_lib.maml import engine
from course_lib.training import compiling

CASES = {
    "mlp": sine_case,
    "conv4": image_case,
    "conv4 with a narrow first layer": lambda: image_case(channels=12),
}


def taught(loss, theta, tasks, **inner):
    return grad(lambda params: maml.meta_loss(loss, params, tasks, **inner))(theta)


@pytest.mark.parametrize("first_order", [False, True], ids=["second-order", "first-order"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [0, 1, 2, 5, 10])
def test_the_engine_equals_the_teaching_version(case, steps, first_order):
    loss, theta, tasks, lr = CASES[case]()
    inner = {"lr": lr / 2, "steps": steps, "first_order": first_order}
    value, grads = engine.meta_grad(loss, theta, tasks, **inner)
    off = error(grads, taught(loss, theta, tasks, **inner))
    print(f"{case}, K = {steps}: error {off:.1e}")
    assert off < 1e-10
    assert list(grads) == list(theta)
    expected = maml.meta_loss(loss, theta, tasks, **inner)
    assert value.item() == pytest.approx(expected.item(), rel=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_answer_does_not_depend_on_the_chunks(size, monkeypatch):
    loss, theta, tasks, lr = sine_case(5)
    whole = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)
    monkeypatch.setattr(engine, "_chunk", lambda tasks, num_tasks: size)
    value, grads = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)
    assert error(grads, whole[1]) < 1e-13
    assert value.item() == pytest.approx(whole[0].item(), rel=1e-13)


def test_only_large_inputs_are_chunked_and_evenly():
    def chunk(num_tasks, *shape):
        x = torch.empty(num_tasks, *shape)
        return engine._chunk(((x, x), (x, x)), num_tasks)

    assert chunk(250, 10, 1) == 250
    assert chunk(32, 5, 1, 28, 28) == 16
    assert chunk(32, 25, 1, 28, 28) == 4
    assert chunk(3, 1000, 1, 28, 28) == 1


def test_theta_is_left_alone_and_the_results_hang_on_no_graph():
    loss, theta, tasks, lr = sine_case()
    before = {name: p.clone() for name, p in theta.items()}
    value, grads = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)
    assert error(theta, before) == 0
    assert not value.requires_grad
    assert not any(t.requires_grad for t in (*grads.values(), *theta.values()))


def test_it_works_where_gradients_are_switched_off():
    loss, theta, tasks, lr = sine_case()
    expected = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)[1]
    with torch.no_grad():
        got = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)[1]
    assert error(got, expected) == 0


def test_a_parameter_that_the_loss_does_not_use_has_gradient_zero():
    loss, theta, tasks, lr = sine_case()
    theta["idle"] = torch.ones(3, dtype=torch.float64)
    grads = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)[1]
    assert torch.equal(grads["idle"], torch.zeros(3, dtype=torch.float64))


def test_meta_step_is_the_optimizers_step_along_the_meta_gradient():
    loss, theta, tasks, lr = sine_case()
    value, grads = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)
    expected = {name: p - 0.5 * grads[name] for name, p in theta.items()}
    sgd = torch.optim.SGD(theta.values(), lr=0.5)
    assert engine.meta_step(loss, theta, tasks, sgd, lr=lr, steps=2) == value
    assert error(theta, expected) < 1e-15


def test_compiled_equals_eager():
    reason = compiling.missing_compiler(torch.device("cpu"), "this")
    if reason:
        pytest.skip(reason)
    engine._compiled.cache_clear()
    loss, theta, tasks, _, lr = quadratic_case()  # small: compiling takes its time
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # torch's own, on compiling
        value, grads = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2, compile=True)
        owned = {"phi": theta["phi"].clone().requires_grad_()}
        strided = tuple((x.T.contiguous().T, y) for x, y in tasks)
        again = engine.meta_grad(loss, owned, strided, lr=lr, steps=2, compile=True)[1]
    expected = engine.meta_grad(loss, theta, tasks, lr=lr, steps=2)
    off = error(grads, expected[1])
    print(f"compiled, K = 2: error {off:.1e}")
    assert off < 1e-10
    assert error(again, grads) == 0
    assert engine._compiled.cache_info().hits == 1
    assert value.item() == pytest.approx(expected[0].item(), rel=1e-12)


def test_without_a_compiler_one_warning_says_so_and_the_answer_is_right(monkeypatch):
    monkeypatch.setattr(compiling.shutil, "which", lambda name: None)
    engine._compiled.cache_clear()
    loss, theta, tasks, lr = sine_case()
    inner = {"lr": lr, "steps": 1}
    with pytest.warns(UserWarning, match=r"no C\+\+ compiler"):
        got = engine.meta_grad(loss, theta, tasks, **inner, compile=True)[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the second time it is silent
        again = engine.meta_grad(loss, theta, tasks, **inner, compile=True)[1]
    expected = engine.meta_grad(loss, theta, tasks, **inner)[1]
    assert error(got, expected) == 0
    assert error(again, expected) == 0
    engine._compiled.cache_clear()


def test_a_compiler_that_fails_is_a_warning_with_its_reason(monkeypatch):
    import torch._inductor

    def broken(*args):
        raise RuntimeError("this compiler is broken")

    if compiling.missing_compiler(torch.device("cpu"), "this"):
        monkeypatch.setattr(compiling, "missing_compiler", lambda device, what: None)
    monkeypatch.setattr(torch._inductor, "compile", broken)
    engine._compiled.cache_clear()
    loss, theta, tasks, lr = sine_case()
    with pytest.warns(UserWarning, match="this compiler is broken"):
        got = engine.meta_grad(loss, theta, tasks, lr=lr, steps=1, compile=True)[1]
    assert error(got, engine.meta_grad(loss, theta, tasks, lr=lr, steps=1)[1]) == 0
    engine._compiled.cache_clear()


@pytest.mark.parametrize("inner", [{"lr": -1.0, "steps": 1}, {"lr": 0.1, "steps": -1}])
def test_a_step_that_cannot_be_meant_is_refused(inner):
    loss, theta, tasks, _ = sine_case()
    with pytest.raises(ValueError, match="inner step"):
        engine.meta_grad(loss, theta, tasks, **inner)


def test_support_and_query_of_different_tasks_are_refused():
    loss, theta, (support, query), lr = sine_case()
    fewer = tuple(a[:2] for a in query)
    with pytest.raises(ValueError, match="same tasks"):
        engine.meta_grad(loss, theta, (support, fewer), lr=lr, steps=1)


def test_one_hundred_meta_steps_on_sinusoids_lower_the_meta_loss():
    loss, theta, tasks, _ = sine_case(10, width=20)
    adam = torch.optim.Adam(theta.values(), lr=3e-3)
    losses = [engine.meta_step(loss, theta, tasks, adam, lr=0.01, steps=1) for _ in range(100)]
    assert losses[-1] < 0.7 * losses[0]
