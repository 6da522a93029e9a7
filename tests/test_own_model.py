"""What readers do with their own models, losses and tasks: it works, or a sentence says why."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call, grad
from torch.nn import functional as F

from course_lib import maml
from course_lib.maml import engine
from course_lib.maml.compare_paths import compare_paths, looped_gradient
from course_lib.maml.own.guard import apart

PAGE = Path(__file__).resolve().parents[1] / "docs" / "own_model.md"


def data(num_tasks=3, k=5, dtype=torch.float32):
    def pair(n):
        return torch.randn(num_tasks, n, 3).to(dtype), torch.randn(num_tasks, n, 1).to(dtype)

    return pair(k), pair(k + 1)


def theta():
    return {"w": torch.full((1, 3), 0.5), "b": torch.zeros(1)}


def linear(p, x, y):
    return F.mse_loss(x @ p["w"].T + p["b"], y)


def loss_of(module, criterion=F.mse_loss):
    return lambda p, x, y: criterion(functional_call(module, p, (x,)), y)


def weights(module):
    return {name: p.detach().clone() for name, p in module.named_parameters()}


class Net(nn.Module):
    def __init__(self, middle):
        super().__init__()
        self.first, self.middle, self.last = nn.Linear(3, 6), middle, nn.Linear(6, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.middle(self.first(x))))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.inside, self.last = kind(1, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        return self.last(self.inside(x[..., None])[0][:, -1])


def by_engine(loss, theta, tasks, **inner):
    return engine.meta_grad(loss, theta, tasks, **inner)


def by_maml(loss, theta, tasks, **inner):
    return maml.meta_loss(loss, theta, tasks, **inner)


def by_curve(loss, theta, tasks, **inner):
    return maml.query_curve(loss, theta, tasks, **inner)


def by_adapt(loss, theta, tasks, **inner):
    return maml.adapt(loss, theta, tuple(a[0] for a in tasks[0]), **inner)


WAYS = [by_engine, by_maml, by_curve, by_adapt]
every_way = pytest.mark.parametrize("way", WAYS)
batched = pytest.mark.parametrize("way", WAYS[:3])
INNER = {"lr": 0.1, "steps": 2}


def agree(loss, theta, tasks, **inner):
    """Teaching and training agree with the plain loop."""
    right = looped_gradient(loss, theta, tasks, **inner)
    taught = grad(lambda p: maml.meta_loss(loss, p, tasks, **inner))(theta)
    trained = engine.meta_grad(loss, theta, tasks, **inner)[1]
    return max(apart(taught, right), apart(trained, right)) < 1e-4


# --- modules ------------------------------------------------------------------------------------


def test_the_page_own_model_runs_from_top_to_bottom(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) >= 6
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {"__name__": "page"})
    assert "squared error after 0, 1, 2, 3 steps" in capsys.readouterr().out


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrent_net_goes_task_by_task_with_one_warning_and_is_right(kind):
    net = Recurrent(kind)
    loss, tasks = loss_of(net), data()
    with pytest.warns(UserWarning, match="one by one.*no rule for running aten::"):
        assert agree(loss, weights(net), tasks, **INNER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        engine.meta_grad(loss, weights(net), tasks, **INNER)


def test_dropout_draws_anew_for_each_task_and_is_repeated_by_the_seed():
    net = Net(nn.Dropout(0.5))
    seen = []

    def loss(p, x, y):
        seen.append(functional_call(net.first, {"weight": p["first.weight"]}, (x,)).shape)
        return F.mse_loss(functional_call(net, p, (x,)), y)

    (x, y), _ = data(1)
    same = (x.expand(8, -1, -1), y.expand(8, -1, -1))  # eight times the same task
    curve = maml.query_curve(loss, weights(net), (same, same), **INNER)
    assert len(curve[:, 0].unique()) == 8
    for way in (by_engine, by_maml):
        values = []
        for _ in range(2):
            torch.manual_seed(7)
            value = way(loss, weights(net), (same, same), **INNER)
            values.append(value[0] if way is by_engine else value)
        assert values[0] == values[1]


def test_batch_norm_with_running_statistics_trains_one_by_one_and_maml_says_what_to_do():
    net = Net(nn.BatchNorm1d(6))
    loss, theta, tasks = loss_of(net), weights(net), data()
    with pytest.warns(UserWarning, match="running statistics"):
        got = engine.meta_grad(loss, theta, tasks, **INNER)[1]
    with pytest.raises(ValueError, match="replace_all_batch_norm_modules_"):
        maml.meta_loss(loss, theta, tasks, **INNER)
    torch.func.replace_all_batch_norm_modules_(net)
    assert agree(loss_of(net), theta, tasks, **INNER)
    right = looped_gradient(loss_of(net), theta, tasks, **INNER)
    assert apart(got, right) < 1e-4  # in training, batch norm uses the batch, not the statistics


def test_batch_norm_in_evaluation_uses_its_statistics_and_is_right():
    net = Net(nn.BatchNorm1d(6)).eval()
    assert agree(loss_of(net), weights(net), data(), **INNER)


@every_way
def test_a_state_dict_as_theta_is_refused_because_of_its_buffers(way):
    net = Net(nn.BatchNorm1d(6))
    with pytest.raises(ValueError, match="named_parameters"):
        way(loss_of(net), dict(net.state_dict()), data(), **INNER)
    floats = {k: v for k, v in net.state_dict().items() if v.is_floating_point()}
    with pytest.raises(ValueError, match=r"named_parameters|buffers out of θ"):
        way(loss_of(net), floats, data(), **INNER)


@every_way
@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: nn.Linear(3, 1), "named_parameters"),
        (lambda: nn.ParameterDict(theta()), "named_parameters"),
        (lambda: list(theta().values()), "enumerate"),
        (lambda: {"layer": theta()}, "flat"),
        (lambda: {"w": [1.0]}, "flat"),
        (lambda: {"w": np.ones(3)}, "not a tensor"),
        (dict, "empty"),
    ],
    ids=["module", "ParameterDict", "list", "nested", "numbers", "numpy", "empty"],
)
def test_a_theta_of_another_form_is_refused_with_the_line_to_write(way, made, words):
    with pytest.raises(ValueError, match=words):
        way(linear, made(), data(), **INNER)


@every_way
def test_a_frozen_tensor_in_theta_is_refused_and_left_out_it_stays_as_it_is(way):
    frozen = {name: p.requires_grad_(name == "b") for name, p in theta().items()}
    with pytest.raises(ValueError, match=r"'w'.*frozen.*leave it out"):
        way(linear, frozen, data(), **INNER)
    module = nn.Linear(3, 1)
    module.weight.requires_grad_(False)
    kept = module.weight.clone()
    free = {name: p for name, p in module.named_parameters() if p.requires_grad}
    way(loss_of(module), free, data(), **INNER)
    assert torch.equal(module.weight, kept)


# --- losses -------------------------------------------------------------------------------------


@every_way
@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p, x, y: (x @ p["w"].T + p["b"] - y).square(), r"\[5, 1\]"),
        (lambda p, x, y: linear(p, x, y)[None], r"\[1\]"),
        (lambda p, x, y: (linear(p, x, y), 1.0), "tuple"),
        (lambda p, x, y: {"loss": linear(p, x, y)}, "dict"),
        (lambda p, x, y: (x @ p["w"].T > 0).sum(), "no gradient"),
        (lambda p, x, y: float((x @ p["w"].T).sum() * 0), "without .item"),
        (lambda p, x, y: linear(p, x, y).to(torch.complex64), "absolute"),
        (lambda p, x, y: None, "NoneType"),
    ],
    ids=["reduction none", "[1]", "tuple", "dict", "a count", "float", "complex", "nothing"],
)
def test_a_loss_that_is_no_single_number_is_refused_on_every_path(way, loss, words):
    with pytest.raises(ValueError, match=words):
        way(loss, theta(), data(), **INNER)


@every_way
def test_a_loss_that_calls_the_module_itself_is_refused(way):
    module = nn.Linear(3, 1)
    with pytest.raises(ValueError, match="functional_call"):
        way(lambda p, x, y: F.mse_loss(module(x), y), weights(module), data(), **INNER)


@every_way
@pytest.mark.parametrize(
    "loss",
    [
        lambda p, x, y: linear(p, x, y).detach(),
        lambda p, x, y: F.mse_loss((x @ p["w"].T + p["b"]).detach(), y),
        lambda p, x, y: torch.tensor(linear(p, x, y).item(), requires_grad=True),
        torch.no_grad()(linear),
        lambda p, x, y: ((x @ p["w"].T + p["b"] > 0) == (y > 0)).float().mean(),
    ],
    ids=["detached", "prediction detached", "wrapped anew", "no_grad", "accuracy"],
)
def test_a_gradient_that_was_lost_on_the_way_is_said(way, loss):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The tasks go one by one")
        with pytest.raises(ValueError, match="No gradient of the loss reaches θ"):
            way(loss, theta(), data(), **INNER)


def asks(p, x, y):
    value = linear(p, x, y)
    return value if value.item() < 1 else value.sqrt()


def branches(p, x, y):
    value = linear(p, x, y)
    return value if value < 1 else value.sqrt()


def masks(p, x, y):
    return linear(p, x[x[:, 0] > -1], y[x[:, 0] > -1])


def weighs(p, x, y):
    logits = torch.cat([x @ p["w"].T + p["b"], x[:, :1] * p["b"]], 1)
    weight = torch.tensor([1.0, 2.0])
    return F.cross_entropy(logits, (y[:, 0] > 0).long(), weight, label_smoothing=0.1)


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        (asks, r"\.item"),
        (branches, "`if`"),
        (masks, "size depends"),
        (weighs, "class weights"),
    ],
    ids=[".item()", "if", "mask", "class weights and smoothing"],
)
def test_a_loss_that_cant_be_mapped_is_looped_over_and_right(loss, why):
    with pytest.warns(UserWarning, match=f"one by one.*{why}"):
        assert agree(loss, theta(), data(), lr=0.01, steps=2)


def test_a_loss_that_puts_new_entries_into_its_dict_is_right_everywhere_and_theta_is_left_alone():
    def rebinds(p, x, y):
        p["w"] = 2 * p["w"]
        return linear(p, x, y)

    def pure(p, x, y):
        return linear({**p, "w": 2 * p["w"]}, x, y)

    tasks, start = data(), theta()
    for way in WAYS:
        ours, theirs = way(rebinds, start, tasks, **INNER), way(pure, start, tasks, **INNER)
        for a, b in zip(torch.utils._pytree.tree_leaves(ours), torch.utils._pytree.tree_leaves(theirs), strict=True):  # fmt: skip  # noqa: E501
            assert torch.equal(a, b)
    assert torch.equal(start["w"], theta()["w"])


@every_way
def test_a_loss_that_changes_theta_in_place_is_told_so(way):
    def changes(p, x, y):
        p["w"].mul_(2.0)
        return linear(p, x, y)

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The tasks go one by one")
        with pytest.raises(ValueError, match="in place"):
            way(changes, theta(), data(), **INNER)


def test_an_operation_without_a_second_derivative_is_named_and_first_order_runs():
    net = nn.EmbeddingBag(7, 3)
    words = (torch.randint(7, (2, 5, 4)), torch.randn(2, 5, 3))
    tasks = words, words
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The tasks go one by one")
        warnings.filterwarnings("ignore", message="There is a performance drop")
        for way in (by_engine, by_maml):
            with pytest.raises(ValueError, match="no second derivative of _embedding_bag_backward"):
                way(loss_of(net), weights(net), tasks, **INNER)
            way(loss_of(net), weights(net), tasks, **INNER, first_order=True)


# --- the outer step -----------------------------------------------------------------------------


def test_an_optimizer_of_other_tensors_is_refused():
    module = nn.Linear(3, 1)
    adam = torch.optim.Adam(module.parameters())
    with pytest.raises(ValueError, match="owns none of θ's tensors"):
        engine.meta_step(loss_of(module), weights(module), data(), adam, **INNER)
    before = module.weight.clone()
    engine.meta_step(loss_of(module), dict(module.named_parameters()), data(), adam, **INNER)
    assert not torch.equal(module.weight, before)


# --- α ------------------------------------------------------------------------------------------


@every_way
@pytest.mark.parametrize(
    "alpha",
    [float("nan"), float("inf"), "0.1", None, -1, True, torch.tensor([0.1, 0.2, 0.3]),
     torch.tensor(float("nan")), {"w": 0.1}, {"w": float("nan"), "b": 0.1}, {"w": "0.1", "b": 0.1}],
    ids=str,
)  # fmt: skip
def test_an_alpha_that_cant_be_meant_is_refused(way, alpha):
    with pytest.raises(ValueError, match="step size α"):
        way(linear, theta(), data(), lr=alpha, steps=1)


@every_way
@pytest.mark.parametrize("steps", [1.0, "2", None, -1])
def test_a_number_of_steps_that_cant_be_meant_is_refused(way, steps):
    with pytest.raises(ValueError, match="number of inner steps"):
        way(linear, theta(), data(), lr=0.1, steps=steps)


@pytest.mark.parametrize(
    "alpha",
    [torch.tensor(0.1), np.float32(0.1), {"w": 0.1, "b": torch.tensor(0.05)},
     {"w": torch.tensor([[0.1, 0.2, 0.3]]), "b": 0.05}],
    ids=["tensor", "numpy", "by name", "by weight"],
)  # fmt: skip
def test_an_alpha_by_name_or_by_weight_is_right_on_both_paths(alpha):
    assert agree(linear, theta(), data(), lr=alpha, steps=3)


def test_a_learned_alpha_gets_the_same_gradient_on_every_path():
    tasks, start = data(dtype=torch.float64), {k: p.double() for k, p in theta().items()}
    by_name = {
        "w": torch.full((1, 3), 0.1, dtype=torch.float64, requires_grad=True),
        "b": torch.tensor(0.2, dtype=torch.float64, requires_grad=True),
    }
    one = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    for lr, rates in ((one, {"lr": one}), (by_name, {f"lr.{k}": a for k, a in by_name.items()})):
        value = maml.meta_loss(linear, start, tasks, lr=lr, steps=2)
        right = dict(zip(rates, torch.autograd.grad(value, list(rates.values())), strict=True))
        got = engine.meta_grad(linear, start, tasks, lr=lr, steps=2)[1]
        assert apart(got, right) < 1e-12
    h = 1e-6
    ends = [maml.meta_loss(linear, start, tasks, lr=0.1 + s * h, steps=2) for s in (1, -1)]
    slope = engine.meta_grad(linear, start, tasks, lr=one, steps=2)[1]["lr"]
    assert slope.item() == pytest.approx(((ends[0] - ends[1]) / (2 * h)).item(), rel=1e-6)


def test_an_optimizer_that_owns_alpha_too_moves_it():
    start, alpha = theta(), torch.tensor(0.1, requires_grad=True)
    sgd = torch.optim.SGD([*start.values(), alpha], lr=0.01)
    engine.meta_step(linear, start, data(), sgd, lr=alpha, steps=1)
    assert alpha.item() != pytest.approx(0.1, abs=1e-6)


# --- tasks --------------------------------------------------------------------------------------


def ragged():
    sizes = (1, 5, 3)
    pair = [torch.randn(n, 3) for n in sizes], [torch.randn(n, 1) for n in sizes]
    return pair, pair


def one_task():
    pair = torch.randn(5, 3), torch.randn(5, 1)
    return pair, pair


def list_of(num):
    tasks = data(num)
    return [tuple((x[i], y[i]) for x, y in tasks) for i in range(num)]


@batched
@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        (ragged, "different sizes"),
        (one_task, "task axis"),
        (lambda: list_of(2), "list of tasks"),
        (lambda: list_of(3), "zip"),
        (lambda: data(0), "no task"),
        (lambda: data(3, 0), "no example"),
        (lambda: (data(4)[0], data(5)[1]), "same tasks"),
        (lambda: tuple(tuple(map(list, pair)) for pair in data()), "torch.stack"),
        (lambda: tuple(tuple(a.numpy() for a in pair) for pair in data()), "numpy"),
        (lambda: data(dtype=torch.float64), "one type"),
        (lambda: tuple((x.long(), y) for x, y in data()), "one type"),
        (lambda: tuple(zip(*data(), strict=True)), "pairs"),
        (lambda: data()[0], "Give tasks"),
        (lambda: None, "Give tasks"),
    ],
    ids=["ragged", "no task axis", "two pairs", "three pairs", "no tasks", "no shots", "4 and 5",
         "lists", "numpy", "double", "integers", "x with x", "support only", "nothing"],
)  # fmt: skip
def test_tasks_of_another_form_get_a_sentence(way, tasks, words):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using a target size")
        with pytest.raises(ValueError, match=words):
            way(linear, theta(), tasks(), **INNER)


def test_the_line_that_the_error_gives_stacks_a_list_of_tasks():
    tasks = list_of(3)
    stacked = tuple(tuple(map(torch.stack, zip(*part, strict=True))) for part in zip(*tasks, strict=True))  # fmt: skip  # noqa: E501
    assert agree(linear, theta(), stacked, **INNER)


def test_one_task_alone_is_adapted_to_and_numpy_or_no_examples_are_refused():
    x, y = torch.randn(5, 3), torch.randn(5, 1)
    assert maml.adapt(linear, theta(), (x, y), **INNER)["w"].shape == (1, 3)
    for support, words in (((x.numpy(), y), "numpy"), ((x[:0], y[:0]), "no example"), (x, "pair")):
        with pytest.raises(ValueError, match=words):
            maml.adapt(linear, theta(), support, **INNER)


def test_one_task_in_a_batch_of_one_is_fine():
    assert agree(linear, theta(), data(1), **INNER)


# --- side by side -------------------------------------------------------------------------------


def test_all_paths_are_printed_side_by_side_for_a_readers_loss():
    net = Net(nn.LayerNorm(6)).double()
    paths = compare_paths(loss_of(net), weights(net), data(dtype=torch.float64), **INNER)
    assert set(paths.errors) == {"maml.meta_loss", "engine.meta_grad"}
    assert max(paths.errors.values()) < 1e-12
    assert "from the plain loop" in str(paths)


def test_step_sizes_and_masks_may_be_mapped_over_from_outside():
    """Several α, and a mask that the loss has caught, in one `vmap` around `adapt`."""
    x, y = torch.randn(2, 6, dtype=torch.float64)
    theta = {"w": torch.tensor(0.3, dtype=torch.float64)}

    def adapted(alpha, mask):
        def loss(params, x, y):
            return ((params["w"] * x - y).square() * mask).mean()

        return maml.adapt(loss, theta, (x, y), lr=alpha, steps=2)["w"]

    alphas = torch.tensor([0.0, 0.05, 0.2], dtype=torch.float64)
    masks = torch.tensor([[1.0] * 6, [1.0, 0, 1, 0, 1, 0], [0.0] * 5 + [1]], dtype=torch.float64)
    together = torch.func.vmap(adapted)(alphas, masks)
    alone = torch.stack([adapted(a.item(), m) for a, m in zip(alphas, masks, strict=True)])
    torch.testing.assert_close(together, alone, rtol=1e-14, atol=0)
    assert len(set(together.tolist())) == 3
