"""The meta-gradient of `course_lib.maml` against five judges that share no code with it."""

import functools
import subprocess
import sys

import pytest
import torch
from maml_cases import error, flat, image_case, quadratic_case, sine_case
from torch.func import functional_call, grad, jacrev

from course_lib import maml
from course_lib.maml import oracle

CASES = {"mlp": sine_case, "conv4": image_case}
needs_learn2learn = pytest.mark.skipif(not oracle.available(), reason=oracle.MISSING)


def meta_grad(loss, theta, tasks, **inner):
    return grad(lambda params: maml.meta_loss(loss, params, tasks, **inner))(theta)


# --- closed form --------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", range(6))
def test_on_one_eigendirection_the_meta_gradient_is_one_minus_alpha_lambda_to_the_k(steps):
    curvature, centre, start, lr = 3.0, 0.7, -1.2, 0.1

    def loss(params, x, y):
        return curvature * (params["phi"] - x).square() / 2

    theta = {"phi": torch.tensor(start, dtype=torch.float64)}
    c = torch.full((2,), centre, dtype=torch.float64)
    got = meta_grad(loss, theta, ((c, c), (c, c)), lr=lr, steps=steps)["phi"].item()
    shrink = (1 - lr * curvature) ** steps
    phi = centre + shrink * (start - centre)
    assert got == pytest.approx(shrink * curvature * (phi - centre), rel=1e-13)


@pytest.mark.parametrize("steps", range(6))
def test_on_a_full_quadratic_the_meta_gradient_is_the_closed_form(steps):
    loss, theta, tasks, A, lr = quadratic_case()
    (c, _), (c_query, _) = tasks
    J = torch.linalg.matrix_power(torch.eye(len(A), dtype=A.dtype) - lr * A, steps)
    phi = c + (theta["phi"] - c) @ J.T
    expected = ((phi - c_query) @ A.T @ J).mean(0)
    got = meta_grad(loss, theta, tasks, lr=lr, steps=steps)["phi"]
    print(f"quadratic, K = {steps}: error {error(got, expected):.1e}")
    assert error(got, expected) < 1e-13


# --- the explicit product -----------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", range(1, 6))
def test_meta_gradient_is_the_explicit_product_of_jacobians(case, steps):
    # one task, few parameters: whole Hessians, multiplied out
    small = {"mlp": dict(width=4), "conv4": dict(channels=1, num_ways=2)}[case]
    loss, theta, (support, query), lr = CASES[case](1, **small)
    (xs, ys), (xq, yq) = [(x[0], y[0]) for x, y in (support, query)]
    sizes, shapes = [p.numel() for p in theta.values()], [p.shape for p in theta.values()]

    def unflat(v):
        parts = zip(v.split(sizes), shapes, strict=True)
        return dict(zip(theta, (p.reshape(s) for p, s in parts), strict=True))

    def at(x, y):
        return lambda v: loss(unflat(v), x, y)

    phi = flat(theta)
    J = torch.eye(len(phi), dtype=phi.dtype)
    for _ in range(steps):
        J = (torch.eye(len(phi), dtype=phi.dtype) - lr * jacrev(grad(at(xs, ys)))(phi)) @ J
        phi = phi - lr * grad(at(xs, ys))(phi)
    expected = J.T @ grad(at(xq, yq))(phi)
    got = meta_grad(loss, theta, (support, query), lr=lr, steps=steps)
    print(f"{case}, K = {steps}, explicit product: error {error(got, expected):.1e}")
    assert error(got, expected) < 1e-12


# --- finite differences -------------------------------------------------------------------------


@pytest.mark.parametrize("steps", range(6))
def test_meta_gradient_is_the_finite_difference_of_the_meta_loss(steps):
    loss, theta, tasks, lr = sine_case(width=4, nonlinearity=torch.tanh)
    inner, h = {"lr": lr, "steps": steps}, 1e-5
    numeric = {name: torch.zeros_like(p) for name, p in theta.items()}
    for name, p in theta.items():
        for i in range(p.numel()):
            bump = torch.zeros_like(p).view(-1)
            bump[i] = h
            up, down = ({**theta, name: p + s * bump.view_as(p)} for s in (1, -1))
            difference = maml.meta_loss(loss, up, tasks, **inner)
            difference -= maml.meta_loss(loss, down, tasks, **inner)
            numeric[name].view(-1)[i] = difference / (2 * h)
    got = meta_grad(loss, theta, tasks, **inner)
    print(f"mlp, K = {steps}, finite differences: error {error(got, numeric):.1e}")
    assert error(got, numeric) < 1e-8


@pytest.mark.parametrize("steps", range(1, 6))
def test_conv4_meta_gradient_is_the_finite_difference_along_random_directions(steps):
    loss, theta, tasks, _ = image_case()
    inner, h = {"lr": 0.05, "steps": steps}, 1e-6
    got = flat(meta_grad(loss, theta, tasks, **inner))
    gen = torch.Generator().manual_seed(1)
    for _ in range(3):
        way = {k: torch.randn(p.shape, generator=gen, dtype=p.dtype) for k, p in theta.items()}
        up, down = ({k: p + s * h * way[k] for k, p in theta.items()} for s in (1, -1))
        slope = maml.meta_loss(loss, up, tasks, **inner) - maml.meta_loss(
            loss, down, tasks, **inner
        )
        slope = slope / (2 * h)
        off = ((got @ flat(way) - slope).abs() / got.norm()).item()
        print(f"conv4, K = {steps}, finite differences: error {off:.1e}")
        assert off < 1e-6


# --- other libraries ----------------------------------------------------------------------------


@needs_learn2learn
@pytest.mark.parametrize("first_order", [False, True], ids=["second-order", "first-order"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", range(1, 6))
def test_meta_gradient_equals_learn2learns(case, steps, first_order):
    loss, theta, tasks, lr = CASES[case]()
    inner = {"lr": lr, "steps": steps, "first_order": first_order}
    value, theirs = oracle.meta_grad(loss, theta, tasks, **inner)
    got = meta_grad(loss, theta, tasks, **inner)
    print(f"{case}, K = {steps}, learn2learn: error {error(got, theirs):.1e}")
    assert error(got, theirs) < 1e-10
    assert maml.meta_loss(loss, theta, tasks, **inner).item() == pytest.approx(value.item(), 1e-12)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", range(1, 6))
def test_meta_gradient_equals_highers(case, steps):
    higher = pytest.importorskip("higher", reason="higher is in the optional benchmarks extra")
    loss, theta, tasks, lr = CASES[case]()
    module = oracle.LossModule(loss, theta)
    inner_sgd = torch.optim.SGD(module.parameters(), lr=lr)
    for xs, ys, xq, yq in zip(*tasks[0], *tasks[1], strict=True):
        with higher.innerloop_ctx(module, inner_sgd, copy_initial_weights=False) as (net, sgd):
            for _ in range(steps):
                sgd.step(net(xs, ys))
            (net(xq, yq) / len(tasks[0][0])).backward()
    theirs = {name: p.grad for name, p in module.named_parameters()}
    got = meta_grad(loss, theta, tasks, lr=lr, steps=steps)
    print(f"{case}, K = {steps}, higher: error {error(got, theirs):.1e}")
    assert error(got, theirs) < 1e-10


# --- invariants ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_no_inner_step_is_joint_training(case):
    loss, theta, tasks, lr = CASES[case]()
    got = meta_grad(loss, theta, tasks, lr=lr, steps=0)

    def joint(params):
        return sum(loss(params, x, y) for x, y in zip(*tasks[1], strict=True)) / len(tasks[1][0])

    assert error(got, grad(joint)(theta)) < 1e-13


@pytest.mark.parametrize("case", CASES)
def test_a_step_size_of_zero_is_joint_training_at_any_number_of_steps(case):
    loss, theta, tasks, _ = CASES[case]()
    none = meta_grad(loss, theta, tasks, lr=0.4, steps=0)
    assert error(meta_grad(loss, theta, tasks, lr=0.0, steps=3), none) < 1e-13


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [1, 3])
def test_mapping_over_tasks_equals_a_plain_loop_over_them(case, steps):
    loss, theta, tasks, lr = CASES[case]()

    def looped(params):
        total = 0.0
        for xs, ys, xq, yq in zip(*tasks[0], *tasks[1], strict=True):
            total = total + loss(maml.adapt(loss, params, (xs, ys), lr=lr, steps=steps), xq, yq)
        return total / len(tasks[0][0])

    assert error(meta_grad(loss, theta, tasks, lr=lr, steps=steps), grad(looped)(theta)) < 1e-12


def test_first_order_keeps_the_iterates_and_changes_the_meta_gradient():
    loss, theta, tasks, lr = sine_case()
    inner = {"lr": lr, "steps": 3}
    values = [maml.meta_loss(loss, theta, tasks, **inner, first_order=f) for f in (False, True)]
    assert values[0] == values[1]
    exact, first = (meta_grad(loss, theta, tasks, **inner, first_order=f) for f in (False, True))
    assert error(first, exact) > 1e-2


def test_first_order_is_the_mean_query_gradient_at_the_adapted_parameters():
    loss, theta, tasks, lr = sine_case()
    total = {name: torch.zeros_like(p) for name, p in theta.items()}
    for xs, ys, xq, yq in zip(*tasks[0], *tasks[1], strict=True):
        adapted = maml.adapt(loss, theta, (xs, ys), lr=lr, steps=3)
        total = {k: total[k] + g / 3 for k, g in grad(loss)(adapted, xq, yq).items()}
    got = meta_grad(loss, theta, tasks, lr=lr, steps=3, first_order=True)
    assert error(got, total) < 1e-13


def test_the_path_starts_at_theta_and_ends_at_the_adapted_parameters():
    loss, theta, (support, _), lr = sine_case(1)
    one = tuple(s[0] for s in support)
    path = list(maml.inner_path(loss, theta, one, lr=lr, steps=4))
    assert len(path) == 5
    assert path[0] is theta
    assert error(path[-1], maml.adapt(loss, theta, one, lr=lr, steps=4)) == 0
    shorter = maml.adapt(loss, theta, one, lr=lr, steps=2)
    assert error(path[2], shorter) == 0


def test_each_step_is_the_one_that_torchs_sgd_takes():
    loss, theta, (support, _), lr = image_case(1)
    one = tuple(s[0] for s in support)
    module = oracle.LossModule(loss, theta)
    sgd = torch.optim.SGD(module.parameters(), lr=lr)
    for phi in maml.inner_path(loss, theta, one, lr=lr, steps=3):
        assert error(phi, dict(module.named_parameters())) < 1e-13
        sgd.zero_grad()
        functional_call(module, dict(module.named_parameters()), one).backward()
        sgd.step()


def test_query_curve_holds_each_tasks_query_loss_after_each_step():
    loss, theta, tasks, lr = sine_case()
    curve = maml.query_curve(loss, theta, tasks, lr=lr, steps=3)
    assert curve.shape == (3, 4)
    for k in range(4):
        expected = maml.meta_loss(loss, theta, tasks, lr=lr, steps=k)
        assert curve[:, k].mean().item() == pytest.approx(expected.item(), rel=1e-13)


def test_nothing_is_mutated():
    loss, theta, tasks, lr = sine_case()
    before = {name: p.clone() for name, p in theta.items()}
    meta_grad(loss, theta, tasks, lr=lr, steps=2)
    assert error(theta, before) == 0


@pytest.mark.parametrize(
    ("inner", "word"),
    [({"lr": -0.1, "steps": 1}, "step size"), ({"lr": 0.1, "steps": -1}, "number of inner steps")],
)
def test_a_step_size_or_count_that_cannot_be_meant_is_refused(inner, word):
    loss, theta, (support, _), _ = sine_case(1)
    with pytest.raises(ValueError, match=word):
        list(maml.inner_path(loss, theta, tuple(s[0] for s in support), **inner))


def test_importing_maml_takes_two_seconds_at_most_and_brings_no_drawing():
    code = (
        "import sys, time; t = time.process_time(); import course_lib.maml;"
        "t = time.process_time() - t; from course_lib.ground.patience import pace;"
        " print(t / pace().cpu,"
        " *sorted({'matplotlib', 'ipywidgets', 'anywidget', 'IPython'} & set(sys.modules)))"
    )
    run = functools.partial(subprocess.run, capture_output=True, text=True, check=True)
    seconds, *drawing = run([sys.executable, "-c", code]).stdout.split()
    assert drawing == []
    if float(seconds) > 2.0:  # the first may have had files to compile and to fetch from the disk
        seconds = run([sys.executable, "-c", code]).stdout.split()[0]
    assert float(seconds) <= 2.0
