"""The meta-gradient of any network, on every path, against a plain loop that maps nothing."""

import warnings

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn import functional as F

from benchmarks import gradient_sweep as sweep
from benchmarks.gradient_cases import ACTIVATIONS, CASES, NORMS, SHAPES, Case, made
from course_lib import maml
from course_lib.maml import engine
from course_lib.maml.own import over_tasks
from course_lib.training import compiling

PLAIN = {*ACTIVATIONS, *SHAPES}


@pytest.mark.parametrize("name", CASES)
def test_every_path_is_right_for_every_operation(name):
    steps = (1, 2) if name in PLAIN else sweep.STEPS  # the command goes to three for all
    right = [sweep.judge(CASES[name](), k) for k in steps]
    for path in ("taught", "engine"):
        found = sweep.errors(CASES[name](), sweep.PATHS[path], right)
        print(f"{name}, {path}, K = 1, 2, …: errors {found}")
        assert max(found) < 1e-11


def test_the_judge_of_the_sweep_is_right_by_finite_differences():
    case = CASES["layer_norm, weights"]()
    grads, h = sweep.judge(case, 2), 1e-5
    for name, p in case.theta.items():
        way = torch.cos(torch.arange(p.numel(), dtype=p.dtype)).view_as(p)
        ends = [
            maml.meta_loss(
                case.loss, {**case.theta, name: p + s * h * way}, case.tasks, lr=sweep.LR, steps=2
            )
            for s in (1, -1)
        ]
        slope = (ends[0] - ends[1]) / (2 * h)
        assert slope.item() == pytest.approx((grads[name] * way).sum().item(), rel=1e-6, abs=1e-9)


def test_vmap_around_the_inner_gradient_is_what_is_wrong_for_norms_with_weights():
    """If this fails, PyTorch has mended functorch#534, and notebook 05's case must be told anew."""
    for name in ("layer_norm, weights", "batch_norm, weights", "instance_norm, weights"):
        case = CASES[name]()

        def one(params, xs, ys, xq, yq, case=case):
            return case.loss(maml.adapt(case.loss, params, (xs, ys), lr=0.05, steps=2), xq, yq)

        axes = (None, 0, 0, 0, 0)
        mapped = torch.func.vmap(one, in_dims=axes)
        got = grad(lambda p, f=mapped, c=case: f(p, *c.tasks[0], *c.tasks[1]).mean())(case.theta)
        assert sweep.apart(got, sweep.judge(case, 2)) > 1e-2


@pytest.mark.parametrize(
    "name",
    [*(name for name in NORMS if "weight" in name), "conv, BatchNorm2d, pool",
     "conv, InstanceNorm2d", "nn.MultiheadAttention", "nn.Embedding, LayerNorm"],
)  # fmt: skip
def test_the_graph_that_is_compiled_is_right(name, monkeypatch):
    """What the compiler gets, run as it is: one graph of plain operations for K = 1, for 2, …"""
    engine._compiled.cache_clear()
    monkeypatch.setattr(engine, "translated", traced)
    steps = range(1, 3)
    found = sweep.errors(
        CASES[name](), sweep.compiled, [sweep.judge(CASES[name](), k) for k in steps]
    )
    print(f"{name}, the graph, K = 1, 2: errors {found}")
    assert max(found) < 1e-11
    engine._compiled.cache_clear()


def traced(step, specs, what):
    return make_fx(step)(*(torch.zeros(shape, dtype=dtype) for shape, dtype, _ in specs))


@pytest.mark.parametrize(
    ("name", "steps"),
    [("layer_norm, weights", 1), ("batch_norm, weights", 1), ("instance_norm, weights", 2)],
)
def test_norms_with_weights_are_right_compiled(name, steps):
    if reason := compiling.missing_compiler(torch.device("cpu"), "this"):
        pytest.skip(reason)
    case = CASES[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the guard would replace a wrong one, and say so
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # torch's own, on compiling
        found = sweep.apart(sweep.compiled(case, steps), sweep.judge(case, steps))
    print(f"{name}, compiled, K = {steps}: error {found:.1e}")
    assert found < 1e-11


# --- the guard ----------------------------------------------------------------------------------


class WrongRule(torch.autograd.Function):
    """x², whose rule for vmap is wrong in the derivative only: the loss stays as it is."""

    @staticmethod
    def forward(x):
        return x.square()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] * g

    @staticmethod
    def vmap(info, in_dims, x):
        return 1.1 * x.square() - 0.1 * x.square().detach(), in_dims[0]


def wrong_case() -> Case:
    return made(lambda p, h: WrongRule.apply(h * p["s"]))


@pytest.mark.parametrize("path", sweep.PATHS)
def test_a_wrong_rule_of_vmap_is_found_said_once_and_the_loop_is_taken(path):
    case, take = wrong_case(), sweep.PATHS[path]
    with pytest.warns(UserWarning, match=r"% off.*A loop over the tasks is right"):
        got = take(case, 2)
    assert sweep.apart(got, sweep.judge(case, 2)) < 1e-12
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sweep.apart(take(case, 3), sweep.judge(case, 3)) < 1e-12


def test_embeddings_with_padding_are_such_a_case():
    case = CASES["nn.Embedding, padding"]()
    with pytest.warns(UserWarning, match=r"% off"):
        got = sweep.taught(case, 1)
    assert sweep.apart(got, sweep.judge(case, 1)) < 1e-12


def test_the_guard_looks_at_a_loss_once_and_leaves_the_random_state_alone():
    calls = []
    case = made(lambda p, h: h)

    def counted(p, x, y):
        calls.append(1)
        return case.loss(p, x, y)

    state = torch.get_rng_state()
    for _ in range(2):
        calls.clear()
        engine.meta_grad(counted, case.theta, case.tasks, lr=0.05, steps=2)
    assert len(calls) == 3  # two inner steps and the query loss, all tasks at once
    assert torch.equal(torch.get_rng_state(), state)


def test_a_compiled_step_that_is_wrong_is_not_used(monkeypatch):
    engine._compiled.cache_clear()
    monkeypatch.setattr(compiling, "missing_compiler", lambda device, what: None)
    monkeypatch.setattr(
        engine, "translated", lambda step, specs, what: lambda *a: [2 * g for g in step(*a)]
    )
    case = made(lambda p, h: h)
    with pytest.warns(UserWarning, match="Compiled, the meta-gradient of this loss is 1e"):
        got = sweep.compiled(case, 1)
    assert sweep.apart(got, sweep.judge(case, 1)) < 1e-12
    engine._compiled.cache_clear()


def test_a_learned_alpha_goes_into_the_compiled_step_and_may_change(monkeypatch):
    engine._compiled.cache_clear()
    monkeypatch.setattr(engine, "translated", lambda step, specs, what: step)
    case, steps = made(lambda p, h: h), 2
    alpha = {name: torch.full_like(p, 0.05) for name, p in case.theta.items()}
    alpha["w"].requires_grad_()
    for _ in range(2):
        inner = {"lr": alpha, "steps": steps}
        right = engine.meta_grad(case.loss, case.theta, case.tasks, **inner)[1]
        got = engine.meta_grad(case.loss, case.theta, case.tasks, **inner, compile=True)[1]
        assert "lr.w" in got
        assert sweep.apart(got, right) < 1e-12
        with torch.no_grad():
            alpha["w"] += 0.01
    assert engine._compiled.cache_info().misses == 1
    engine._compiled.cache_clear()


def test_the_notes_on_a_loss_go_when_the_loss_goes():
    before = len(over_tasks._NOTES)
    for _ in range(20):
        case = made(lambda p, h: h)
        maml.meta_loss(case.loss, case.theta, case.tasks, lr=0.1, steps=1)
    del case
    assert len(over_tasks._NOTES) <= before + 1


def test_modules_of_pytorch_with_running_statistics_off_are_right_in_single_precision():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8, track_running_stats=False), nn.Tanh())
    theta = dict(net.named_parameters())

    def loss(p, x, y):
        return F.mse_loss(functional_call(net, p, (x,)), y)

    def data():
        return torch.randn(2, 5, 3), torch.randn(2, 5, 8)

    case = Case(loss, {n: p.detach() for n, p in theta.items()}, (data(), data()))
    assert max(sweep.errors(case, sweep.trained, [sweep.judge(case, 1)])) < 1e-4
