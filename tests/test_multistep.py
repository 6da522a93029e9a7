"""The pieces of the multi-step meta-gradient, each against a judge that is computed otherwise."""

import pytest
import torch
from maml_cases import error, flat, quadratic_case, sine_case
from third_derivative_experiment import meta_hessian, third_derivative_experiment
from torch.func import grad

from course_lib import maml
from course_lib.maml import multistep
from course_lib.maml.peak_memory import peak_bytes
from course_lib.maml.third_derivative import third_order_bump

KS = range(1, 6)


@pytest.fixture
def task():
    """(support loss, query loss, θ) of one sinusoid for a smooth little net, and α."""
    loss, theta, (support, query), _ = sine_case(1, width=5, nonlinearity=torch.tanh)
    pairs = [tuple(part[0] for part in pair) for pair in (support, query)]
    return multistep.flat_task(loss, theta, *pairs)[:3]


LR = 0.05


def test_a_flat_task_has_the_losses_of_the_dict_it_came_from():
    loss, theta, (support, query), _ = sine_case(1)
    pairs = [tuple(part[0] for part in pair) for pair in (support, query)]
    flat_one = multistep.flat_task(loss, theta, *pairs)
    assert flat_one.support_loss(flat_one.theta) == loss(theta, *pairs[0])
    assert flat_one.query_loss(flat_one.theta) == loss(theta, *pairs[1])
    assert error(flat_one.unflatten(flat_one.theta), theta) == 0


@pytest.mark.parametrize("steps", range(6))
def test_the_exact_variant_is_the_gradient_of_the_library(steps):
    loss, theta, tasks, lr = sine_case(1)
    pairs = [tuple(part[0] for part in pair) for pair in tasks]
    support_loss, query_loss, start, _ = multistep.flat_task(loss, theta, *pairs)
    got = multistep.meta_gradient(support_loss, query_loss, start, lr=lr, steps=steps)
    whole = grad(lambda p: maml.meta_loss(loss, p, tasks, lr=lr, steps=steps))(theta)
    print(
        f"K = {steps}: backward recursion against the library, error {error(got, flat(whole)):.1e}"
    )
    assert error(got, flat(whole)) < 1e-13


@pytest.mark.parametrize("steps", range(6))
def test_exact_explicit_product_autograd_and_finite_differences_agree(task, steps):
    inner = {"lr": LR, "steps": steps}
    exact = multistep.meta_gradient(*task, **inner)
    J = multistep.jacobian_path(task[0], task[2], **inner)[-1]
    phi = multistep.inner_iterates(task[0], task[2], **inner)[-1]
    judges = {
        "explicit product": (J.T @ grad(task[1])(phi), 1e-13),
        "autograd": (multistep.autograd_meta_gradient(*task, **inner), 1e-13),
        "finite differences": (
            multistep.meta_gradient(*task, **inner, variant="finite-differences"),
            1e-8,
        ),
    }
    for name, (judge, tolerance) in judges.items():
        print(f"K = {steps}, {name}: error {error(exact, judge):.1e}")
        assert error(exact, judge) < tolerance


def test_a_hessian_product_is_the_hessian_times_the_vector(task):
    v = torch.randn(len(task[2]), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    H = multistep.hessian(task[0], task[2])
    assert error(H, H.T) < 1e-14
    assert error(multistep.hessian_product(task[0], task[2], v), H @ v) < 1e-14


def test_jacobians_of_a_quadratic_are_powers_of_one_matrix():
    loss, theta, tasks, A, lr = quadratic_case(num_tasks=1)
    pairs = [tuple(part[0] for part in pair) for pair in tasks]
    support_loss, _, start, _ = multistep.flat_task(loss, theta, *pairs)
    factor = torch.eye(len(A), dtype=A.dtype) - lr * A
    path = multistep.jacobian_path(support_loss, start, lr=lr, steps=4)
    for k, J in enumerate(path):
        assert error(J, torch.linalg.matrix_power(factor, k)) < 1e-14


def test_the_jacobian_path_says_how_the_iterates_move(task):
    inner = {"lr": LR, "steps": 3}
    way = torch.randn(len(task[2]), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    up, down = (
        multistep.inner_iterates(task[0], task[2] + s * 1e-5 * way, **inner) for s in (1, -1)
    )
    moved = multistep.jacobian_path(task[0], task[2], **inner) @ way
    assert error(moved, (up - down) / 2e-5) < 1e-8


# --- the mistakes -------------------------------------------------------------------------------


def test_each_mistake_is_what_its_name_says(task):
    inner = {"lr": LR, "steps": 3}
    A, B, C = multistep.inner_jacobians(task[0], task[2], **inner)
    g = grad(task[1])(multistep.inner_iterates(task[0], task[2], **inner)[-1])
    eye = torch.eye(len(g), dtype=g.dtype)
    formulas = {
        "exact": A @ B @ C @ g,
        "first-order": g,
        "first-jacobian-only": A @ g,
        "last-jacobian-only": C @ g,
        "reversed": C @ B @ A @ g,
        "dropped-products": (eye - (eye - A) - (eye - B) - (eye - C)) @ g,
    }
    assert set(formulas) | {"finite-differences"} == set(multistep.VARIANTS)
    for variant, formula in formulas.items():
        got = multistep.meta_gradient(*task, **inner, variant=variant)
        assert error(got, formula) < 1e-13, variant


def test_reversing_the_order_is_forgetting_the_transpose(task):
    inner = {"lr": LR, "steps": 3}
    J = multistep.jacobian_path(task[0], task[2], **inner)[-1]
    g = grad(task[1])(multistep.inner_iterates(task[0], task[2], **inner)[-1])
    assert error(multistep.meta_gradient(*task, **inner, variant="reversed"), J @ g) < 1e-13


@pytest.mark.parametrize("variant", ["first-jacobian-only", "reversed", "dropped-products"])
def test_some_mistakes_hide_at_one_step_and_show_from_two(task, variant):
    def off(steps):
        inner = {"lr": LR, "steps": steps}
        exact = multistep.meta_gradient(*task, **inner)
        return error(multistep.meta_gradient(*task, **inner, variant=variant), exact)

    assert off(1) < 1e-14
    for steps in (2, 3, 4, 5):
        print(f"K = {steps}, {variant}: error {off(steps):.1e}")
        assert off(steps) > 1e-4


@pytest.mark.parametrize("steps", KS)
def test_forgetting_create_graph_is_silently_first_order(task, steps):
    inner = {"lr": LR, "steps": steps}
    slip = multistep.autograd_meta_gradient(*task, **inner, create_graph=False)
    first = multistep.meta_gradient(*task, **inner, variant="first-order")
    assert error(slip, first) < 1e-14
    assert error(slip, multistep.meta_gradient(*task, **inner)) > 1e-2


def test_without_steps_every_variant_is_the_query_gradient(task):
    for variant in multistep.VARIANTS:
        got = multistep.meta_gradient(*task, lr=LR, steps=0, variant=variant)
        assert error(got, grad(task[1])(task[2])) < 1e-8
    assert multistep.inner_jacobians(task[0], task[2], lr=LR, steps=0).shape[0] == 0


def test_an_unknown_variant_is_refused_with_the_list_of_known_ones(task):
    with pytest.raises(ValueError, match="first-jacobian-only"):
        multistep.meta_gradient(*task, lr=LR, steps=1, variant="second-order")


def test_compare_measures_angle_and_length():
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0])
    assert multistep.compare(a, b) == pytest.approx((90.0, 0.5))
    assert multistep.compare(-a, a) == pytest.approx((180.0, 1.0))
    tiny = torch.tensor([1.0, 1e-9], dtype=torch.float64)
    assert multistep.compare(tiny, a.double()).degrees == pytest.approx(5.7296e-8, rel=1e-3)
    with pytest.raises(ValueError, match="zero"):
        multistep.compare(torch.zeros(2), a)


# --- no derivative above the second -------------------------------------------------------------


@pytest.mark.parametrize("steps", KS)
def test_a_changed_third_derivative_leaves_the_meta_gradient_and_moves_its_hessian(task, steps):
    shifts = third_derivative_experiment(*task, lr=LR, steps=steps)
    print(f"K = {steps}:", " ".join(f"{k} {v:.1e}" for k, v in shifts._asdict().items()))
    assert shifts.gradient < 1e-12
    assert shifts.hessian < 1e-10
    assert shifts.path < 1e-12
    assert shifts.third == pytest.approx(1.0, rel=1e-6)
    assert shifts.meta_gradient < 1e-10
    assert shifts.meta_gradient_size > 1e-2
    assert shifts.meta_hessian > 1e-3
    assert shifts.prediction_error < 1e-6


def test_a_changed_second_derivative_would_have_been_noticed(task):
    # the control: the same experiment with a bump of second order must move the meta-gradient
    path = multistep.inner_iterates(task[0], task[2], lr=LR, steps=2)
    u = (path[-1] - path[0]) / (path[-1] - path[0]).norm()

    def bent(phi):
        s = [((phi - row) @ u) ** 2 for row in path[:-1]]
        return task[0](phi) + s[0] * s[1] / ((path[0] - path[1]) @ u) ** 2

    same = multistep.inner_iterates(bent, task[2], lr=LR, steps=2)
    assert error(same, path) < 1e-12
    before, after = (
        multistep.meta_gradient(f, task[1], task[2], lr=LR, steps=2) for f in (task[0], bent)
    )
    assert error(after, before) > 1e-2


def test_the_meta_hessian_is_the_derivative_of_the_meta_gradient(task):
    inner, h = {"lr": LR, "steps": 3}, 1e-5
    way = torch.randn(len(task[2]), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    up, down = (
        multistep.meta_gradient(task[0], task[1], task[2] + s * h * way, **inner) for s in (1, -1)
    )
    assert error(meta_hessian(*task, **inner) @ way, (up - down) / (2 * h)) < 1e-7


def test_the_bump_is_flat_to_second_order_at_every_iterate_and_bent_to_third():
    marks = torch.tensor([0.0, 1.0, 1.7, 2.1], dtype=torch.float64)
    bump = third_order_bump(marks[:, None], torch.ones(1, dtype=torch.float64))
    value, derivatives = (lambda s: bump(s[None])), []
    for _ in range(4):
        derivatives.append(torch.stack([value(s) for s in marks]))
        value = grad(value)
    for order, expected in enumerate([0.0, 0.0, 0.0, 1.0]):
        assert torch.allclose(derivatives[order], torch.full((4,), expected).double(), atol=1e-12)


def test_a_bump_cannot_be_built_where_two_iterates_coincide():
    with pytest.raises(ValueError, match="choose a u"):
        third_order_bump(torch.zeros(2, 3), torch.ones(3))


# --- memory -------------------------------------------------------------------------------------


def test_peak_bytes_counts_what_lives_at_the_same_time():
    a = torch.zeros(1000, dtype=torch.float64)

    def three_tensors_two_at_a_time():
        b = a + 1
        c = b * 2
        del b
        return c.view(10, 100) + 1

    assert peak_bytes(three_tensors_two_at_a_time) == 16_000
    assert peak_bytes(lambda: a.view(10, 100)) == 0
    assert peak_bytes(lambda: a.add_(1)) == 0


def test_memory_grows_with_the_steps_by_a_whole_graph_or_by_one_vector():
    loss, theta, (support, query), _ = sine_case(1, width=20, nonlinearity=torch.tanh)
    pairs = [tuple(part[0].repeat(20, 1) for part in pair) for pair in (support, query)]
    task = multistep.flat_task(loss, theta, *pairs)[:3]
    vector = task[2].numel() * task[2].element_size()

    def growth(meta_gradient):
        peaks = [peak_bytes(lambda k=k: meta_gradient(*task, lr=LR, steps=k)) for k in (4, 8, 12)]
        assert peaks[2] - peaks[1] == peaks[1] - peaks[0]
        return (peaks[1] - peaks[0]) / 4

    assert growth(multistep.meta_gradient) == vector
    assert growth(multistep.autograd_meta_gradient) > 10 * vector
