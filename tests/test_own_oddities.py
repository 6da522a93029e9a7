"""Readers' modules, labels and step sizes of rarer kinds: the right gradient, or what to do."""

import warnings

import numpy as np
import pytest
import torch
from test_own_model import (
    INNER,
    WAYS,
    agree,
    batched,
    by_adapt,
    by_engine,
    data,
    every_way,
    linear,
    loss_of,
    theta,
    weights,
)
from torch import nn
from torch.backends import cuda
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from course_lib import maml
from course_lib.maml import engine, multistep
from course_lib.maml.compare_paths import compare_paths, looped_gradient
from course_lib.maml.own.attention import twice_derivable
from course_lib.maml.own.guard import apart


def plain():
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


class Tied(nn.Module):
    """Two layers with one weight."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
        self.b.weight = self.a.weight
        self.last = nn.Linear(3, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.b(torch.tanh(self.a(x)))))


def by_hand(p, x, y):
    """The loss of `Tied`, with the weight written twice."""
    hidden = torch.tanh(torch.tanh(x @ p["a.weight"].T) @ p["a.weight"].T)
    return F.mse_loss(F.linear(hidden, p["last.weight"], p["last.bias"]), y)


# --- modules ------------------------------------------------------------------------------------


def test_tied_weights_named_once_get_the_gradient_of_both_places():
    net, tasks = Tied().double(), data(dtype=torch.float64)
    right = looped_gradient(by_hand, weights(net), tasks, **INNER)
    assert apart(engine.meta_grad(loss_of(net), weights(net), tasks, **INNER)[1], right) < 1e-12
    assert agree(loss_of(net), weights(net), tasks, **INNER)


@every_way
def test_tied_weights_named_twice_are_refused(way):
    net = Tied()
    twice = dict(net.named_parameters(remove_duplicate=False))
    for start in (twice, {name: p for name, p in net.state_dict().items()}):
        with pytest.raises(ValueError, match=r"'a\.weight'.*'b\.weight'.*share their memory"):
            way(loss_of(net), start, data(), **INNER)


@pytest.mark.parametrize("made", [parametrizations.weight_norm, parametrizations.orthogonal])
def test_parametrized_layers_are_right(made):
    net = nn.Sequential(nn.Linear(3, 4), made(nn.Linear(4, 4)), nn.Tanh(), nn.Linear(4, 1))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")  # torch's own
        assert agree(
            loss_of(net.double()), weights(net), data(dtype=torch.float64), lr=0.1, steps=2
        )


def test_spectral_norm_is_right_where_its_estimate_stands_still():
    net = nn.Sequential(parametrizations.spectral_norm(nn.Linear(3, 4)), nn.Linear(4, 1)).eval()
    assert agree(loss_of(net), weights(net), data(), **INNER)


def test_a_module_that_was_compiled_is_right():
    net = torch.compile(plain(), backend="eager")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The .grad attribute")  # torch looks at it
        assert agree(loss_of(net), weights(net), data(), **INNER)


@every_way
@pytest.mark.parametrize(
    ("wrap", "words"),
    [
        (nn.DataParallel, "take the module itself, net.module"),
        (lambda net: torch.jit.trace(net, torch.zeros(5, 3)), "the module that it was made of"),
    ],
    ids=["DataParallel", "torch.jit"],
)
def test_a_module_in_a_wrapper_is_refused_with_what_to_take(way, wrap, words):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit's own deprecation
        wrapped = wrap(plain())
    with pytest.raises(ValueError, match=words):
        way(loss_of(wrapped), weights(wrapped), data(), **INNER)


@every_way
def test_a_theta_with_the_names_of_a_wrapper_is_refused_with_the_name(way):
    net = plain()
    for wrapped in (torch.compile(net, backend="eager"), nn.DataParallel(net)):
        with pytest.raises(ValueError, match=r"θ names '(_orig_mod|module)\.0\.weight'.*prefix"):
            way(loss_of(net), weights(wrapped), data(), **INNER)


@every_way
@pytest.mark.parametrize(
    ("odd", "words"),
    [(lambda p: p.to_sparse(), "to_dense"), (lambda p: p.to(torch.float8_e4m3fn), "float()")],
    ids=["sparse", "float8"],
)
def test_a_tensor_that_cant_be_computed_in_is_refused(way, odd, words):
    with pytest.raises(ValueError, match=words):
        way(linear, theta() | {"w": odd(theta()["w"])}, data(), **INNER)


def test_bfloat16_and_complex_modules_run_and_a_mixture_is_said():
    net, tasks = plain(), data()
    exact = looped_gradient(loss_of(net), weights(net), tasks, **INNER)
    half = tuple(tuple(a.bfloat16() for a in pair) for pair in tasks)
    found = engine.meta_grad(loss_of(net.bfloat16()), weights(net), half, **INNER)[1]
    assert apart({name: g.float() for name, g in found.items()}, exact) < 0.05
    with pytest.raises(ValueError, match="module complex"):
        engine.meta_grad(linear, theta(), data(dtype=torch.complex64), **INNER)
    many = {name: p.to(torch.complex64) for name, p in theta().items()}
    with pytest.raises(ValueError, match="plain operations"):
        engine.meta_grad(linear, many, data(dtype=torch.complex64), **INNER)


# --- the loss -----------------------------------------------------------------------------------


@every_way
def test_a_loss_of_two_arguments_is_refused_with_how_it_is_called(way):
    with pytest.raises(ValueError, match=r"called as loss\(params, x, y\)"):
        way(lambda p, batch: linear(p, *batch), theta(), data(), **INNER)


@every_way
def test_gradient_checkpointing_is_refused(way):
    from torch.utils.checkpoint import checkpoint

    def loss(p, x, y):
        return checkpoint(linear, p, x, y, use_reentrant=False)

    with pytest.raises(ValueError, match=r"torch\.utils\.checkpoint"):
        way(loss, theta(), data(), **INNER)


@batched
def test_a_loss_that_goes_through_numpy_is_told_so(way):
    def loss(p, x, y):
        return linear(p, x, y) * float(np.mean(p["w"].detach().numpy()) > 0)

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The tasks go one by one")
        with pytest.raises(ValueError, match=r"array of numpy.*do that step in torch"):
            way(loss, theta(), data(), **INNER)


class Words(nn.Module):
    def __init__(self, **how):
        super().__init__()
        self.inside, self.last = nn.Embedding(5, 3, **how), nn.Linear(3, 1)

    def forward(self, x):
        return self.last(self.inside(x[..., 0].long().clamp(0, 4)))


@pytest.mark.parametrize(
    ("how", "words"),
    [({"sparse": True}, "without sparse=True"), ({"max_norm": 1.0}, "where it has a max_norm")],
    ids=["sparse", "max_norm"],
)
def test_an_embedding_that_cant_be_derived_twice_says_which_option_to_drop(how, words):
    net = Words(**how)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")  # torch's own
        with pytest.raises(ValueError, match=words):
            engine.meta_grad(loss_of(net), weights(net), data(), **INNER)


@every_way
def test_an_x_of_another_size_is_shown_as_the_loss_gets_it(way):
    (xs, ys), (xq, yq) = data()
    words = r"one task at a time, support x of the shape \[5\] and y of \[5, 1\].*PyTorch says"
    with pytest.raises(ValueError, match=words):
        way(linear, theta(), ((xs[..., 0], ys), (xq[..., 0], yq)), **INNER)


# --- inference mode -----------------------------------------------------------------------------


def test_in_inference_mode_maml_runs_and_the_engine_says_why_not():
    with torch.inference_mode():
        value = maml.meta_loss(linear, theta(), tasks := data(), **INNER)
        with pytest.raises(ValueError, match=r"leave it, or take torch\.no_grad"):
            engine.meta_grad(linear, theta(), tasks, **INNER)
    made_there = theta_there(), data()
    with pytest.raises(ValueError, match=r"made inside torch\.inference_mode.*clone"):
        engine.meta_grad(linear, *made_there, **INNER)
    tasks = tuple(tuple(a.clone() for a in pair) for pair in tasks)
    assert engine.meta_grad(linear, theta(), tasks, **INNER)[0].item() == pytest.approx(
        value.item()
    )


def theta_there():
    with torch.inference_mode():
        return theta()


# --- one flat vector ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    [{"w": torch.ones(3)}, torch.ones(3, 2), torch.ones(3, dtype=torch.long), [1.0, 2.0]],
    ids=["dict", "matrix", "integers", "list"],
)
def test_what_is_no_flat_vector_is_sent_to_flat_task(start):
    calls = [
        lambda: multistep.meta_gradient(square, square, start, lr=0.1, steps=2),
        lambda: multistep.autograd_meta_gradient(square, square, start, lr=0.1, steps=2),
        lambda: multistep.jacobian_path(square, start, lr=0.1, steps=2),
        lambda: multistep.hessian(square, start),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="flat_task"):
            call()


def square(vector):
    return vector.square().sum()


def test_a_flat_loss_that_is_a_vector_is_told():
    with pytest.raises(ValueError, match="one real number: take the mean or the sum"):
        multistep.meta_gradient(torch.square, square, torch.ones(3), lr=0.1, steps=2)
    (xs, ys), (xq, yq) = ((a[0] for a in pair) for pair in data())
    task = multistep.flat_task(lambda p, x, y: linear(p, x, y)[None], theta(), (xs, ys), (xq, yq))
    with pytest.raises(ValueError, match="must be one real number"):
        multistep.meta_gradient(task.support_loss, task.query_loss, task.theta, lr=0.1, steps=1)


# --- labels and data ----------------------------------------------------------------------------


def classes(p, x, y):
    return F.cross_entropy(x @ p["w"].T + p["b"], y)


def labelled(label, dtype=torch.long, shape=()):
    return tuple((x, torch.full((*y.shape[:2], *shape), label, dtype=dtype)) for x, y in data())


@every_way
@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        (lambda: labelled(1, torch.int32), r"support y is torch.int32.*y = y\.long\(\)"),
        (lambda: labelled(1, torch.bool), r"support y is torch.bool.*y = y\.long\(\)"),
        (lambda: labelled(1.0, torch.float32), r"support y is torch.float32.*y\.long\(\)"),
        (lambda: labelled(4), r"Target 4 is out of bounds.*from 0 to n − 1"),
        (lambda: labelled(-1), r"Target -1 is out of bounds"),
        (lambda: labelled(1, shape=(1,)), r"y\.squeeze\(-1\)"),
    ],
    ids=["int32", "bool", "float", "4 of 4", "-1", "a column"],
)
def test_labels_of_another_kind_get_a_sentence(way, tasks, words):
    start = {"w": torch.ones(4, 3), "b": torch.zeros(4)}
    with pytest.raises(ValueError, match=words):
        way(classes, start, tasks(), **INNER)


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_nan_in_any_task_is_found_and_named(part, axis):
    tasks = data(4)
    tasks[part][axis][2, 1] = torch.nan

    def loss(p, x, y):
        return linear(p, x, y)

    name = f"{('support', 'query')[part]} {'xy'[axis]} of task 2 holds nan"
    with pytest.raises(ValueError, match=name):
        by_engine(loss, theta(), tasks, **INNER)


def test_a_nan_that_the_loss_leaves_out_is_nobodys_business():
    tasks = data(4)
    tasks[0][1][2, 1] = torch.nan

    def loss(p, x, y):
        off = x @ p["w"].T + p["b"] - y.nan_to_num()
        return (off.square() * y.isfinite()).sum() / y.isfinite().sum()

    assert by_engine(loss, theta(), tasks, **INNER)[0].isfinite()


# --- α ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("alpha", "words"),
    [
        (torch.full((1, 1, 3), 0.1), r"shape \[1, 1, 3\], but θ\['w'\] has \[1, 3\]"),
        (torch.full((3, 1, 1), 0.1), r"shape \[3, 1, 1\]"),  # one for each task: it ran in `engine`
        (torch.full((7,), 0.1), r"shape \[7\]"),
        (torch.full((1, 3), 0.1, dtype=torch.float64), "torch.float64, but θ"),
        (torch.full((1, 3), 0.1, device="meta"), "on meta"),
    ],
    ids=["3-D", "one for each task", "seven", "double", "another device"],
)
def test_a_step_size_that_does_not_fit_its_tensor_is_refused(way, alpha, words):
    with pytest.raises(ValueError, match=words):
        way(linear, theta(), data(), lr={"w": alpha, "b": 0.1}, steps=1)


def test_a_step_size_for_each_row_or_of_double_precision_is_fine():
    rows = {"w": torch.full((3,), 0.1), "b": torch.tensor(0.1, dtype=torch.float64)}
    assert agree(linear, theta(), data(), lr=rows, steps=2)
    kept = by_adapt(linear, theta(), data(), lr=rows, steps=1)
    assert {name: p.shape for name, p in kept.items()} == {
        name: p.shape for name, p in theta().items()
    }


@pytest.mark.parametrize("way", WAYS)
def test_true_is_no_number_of_steps_and_a_module_no_step_size(way):
    with pytest.raises(ValueError, match="number of inner steps is True"):
        way(linear, theta(), data(), lr=0.1, steps=True)
    alphas = nn.ParameterDict({"w": nn.Parameter(torch.tensor(0.1))})
    with pytest.raises(ValueError, match="is a ParameterDict: give a number"):
        way(linear, theta(), data(), lr=alphas, steps=1)


# --- the outer step -----------------------------------------------------------------------------


def test_a_frozen_module_is_not_moved_by_its_optimizer():
    net = plain().requires_grad_(False)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"'0\.weight'.*frozen"):
        engine.meta_step(loss_of(net), dict(net.named_parameters()), data(), sgd, **INNER)
    x, y = (a[0] for a in data()[0])
    assert maml.adapt(loss_of(net), dict(net.named_parameters()), (x, y), **INNER)


def test_lbfgs_is_refused_before_the_work():
    start = {name: p.requires_grad_() for name, p in theta().items()}
    lbfgs = torch.optim.LBFGS(start.values())
    with pytest.raises(ValueError, match=r"torch\.optim\.Adam"):
        engine.meta_step(linear, start, data(), lbfgs, **INNER)


def test_comparing_all_ways_explains_errors_too():
    net = nn.DataParallel(plain())
    with pytest.raises(ValueError, match=r"net\.module"):
        compare_paths(loss_of(net), weights(net), data(), **INNER)


def test_the_kernel_of_attention_is_put_back_when_the_last_thread_goes():
    def kernels():
        return cuda.flash_sdp_enabled(), cuda.mem_efficient_sdp_enabled(), cuda.math_sdp_enabled()

    usual, first, second = kernels(), twice_derivable(), twice_derivable()
    first.__enter__()
    assert kernels() == (False, False, True)
    second.__enter__()  # as another thread does
    first.__exit__(None, None, None)
    assert kernels() == (False, False, True)  # the second still computes
    second.__exit__(None, None, None)
    assert kernels() == usual


def test_inside_a_derivative_no_tensor_is_made_a_list(monkeypatch):
    """PyTorch 2.9, which a hosted home may have, fails at that; 2.13 does not."""
    monkeypatch.setattr(torch.Tensor, "tolist", None)
    x, y = torch.ones(3, 4, 2), torch.ones(3, 4)

    def error(params, x, y):
        return (x @ params["w"] - y).square().mean()

    def outer(w):
        return maml.meta_loss(error, {"w": w}, ((x, y), (x, y)), lr=0.1, steps=1)

    assert torch.func.grad(outer)(torch.zeros(2)).shape == (2,)
