"""The floor under the speeds: its operations are those counted by hand, its rate the best seen."""

import json

import pytest
import torch
from torch.autograd import grad
from torch.nn import functional as F

from benchmarks import bound, maml_speed, peers, rl2_speed

CPU = torch.device("cpu")


@pytest.fixture
def quick(monkeypatch):
    """A rate that takes no second to find."""
    monkeypatch.setattr(bound, "SECONDS", 0.0)
    monkeypatch.setattr(bound, "SIZES", {"cpu": 64})


def second_order(layer, w):
    """The gradient of ‖∇L‖² for L = Σ y² / 2, y = layer(w): forward, backward, backward of it."""

    def step():
        (g,) = grad(layer(w).square().sum() / 2, w, create_graph=True)
        return grad(g.square().sum(), w)

    return step


def test_a_dense_layer_has_the_operations_counted_by_hand():
    x, w = torch.randn(5, 7), torch.randn(3, 7, requires_grad=True)
    product = 2 * 5 * 7 * 3
    assert bound.flops(lambda: F.linear(x, w)) == product
    # y, ∇L = yᵀx; of ‖∇L‖²: towards y, and from there to w
    assert bound.flops(second_order(lambda w: F.linear(x, w), w)) == 4 * product


def test_a_convolution_has_the_operations_counted_by_hand():
    x, w = torch.randn(2, 3, 7, 7), torch.randn(5, 3, 3, 3, requires_grad=True)
    product = 2 * 2 * (3 * 3 * 3) * 5 * (4 * 4)  # 27 taps, 5 channels, 4 × 4 places, 2 pictures

    def layer(w):
        return F.conv2d(x, w, stride=2, padding=1)

    assert bound.flops(lambda: layer(w)) == product
    # as above, and one more: PyTorch also goes towards the pictures, though nobody asks
    assert bound.flops(second_order(layer, w)) == 5 * product


def test_the_bound_of_conv4_is_the_count_by_hand_and_the_plain_loop_does_more():
    work = maml_speed.Work(1, 1, 0.4, num_ways=5, num_shots=1)
    first, *rest = (
        2 * 9 * c_in * 64 * side**2 * 5 for c_in, side in ((1, 14), (64, 7), (64, 4), (64, 2))
    )
    dense = 2 * 64 * 5 * 5
    # a layer: forward and two products back on support and query, six for the second derivative;
    # no derivative towards the pictures, so the first has four fewer each time
    by_hand = 12 * (sum(rest) + dense) + 6 * first
    p = maml_speed.problem(work, CPU)
    ours, loop = bound.flops(maml_speed.ours(p, compile=False)), bound.flops(peers.loop(p))
    assert by_hand <= ours < 1.01 * by_hand
    assert 1.04 * by_hand < loop < 1.06 * by_hand


def test_the_bound_of_an_rl2_iteration_is_the_count_by_hand():
    s = rl2_speed.Setting(trials=40, horizon=3)
    size, out = s.hidden, s.num_arms + 1
    forward = 2 * (7 * 3 * size + size * 3 * size + size * out)  # of a step
    to_memory = 2 * (3 * size * size + size * out)
    # a step is lived once, with its policy computed twice; then three epochs: forward, towards the
    # weights, towards the memory; nothing is sent from the first step to the empty one before it
    lived = forward + 2 * size * s.num_arms
    epoch = s.steps * (2 * forward + to_memory) - s.trials * 2 * 3 * size * size
    counted = bound.flops(rl2_speed.ours(s, rl2_speed.plain_loss)[0])
    assert counted == s.steps * lived + 3 * epoch
    assert counted < bound.flops(rl2_speed.ours(s)[0])


def test_the_rate_is_that_of_the_fastest_product(monkeypatch):
    times = iter([0.5, 0.2, 0.4, 9.0])
    monkeypatch.setattr(bound, "seconds", lambda step, device: next(times))
    assert bound.rate(torch.float32, "cpu") == (2 * 1024**3 / 0.2, 3)


def test_no_large_product_is_much_faster_than_the_rate(quick):
    best, products = bound.rate(torch.float32, "cpu")
    assert products == bound.LEAST
    a = torch.ones(64, 64)
    assert 2 * 64**3 / bound.seconds(lambda: a @ a, CPU) < 100 * best


def test_of_several_ways_the_one_with_fewer_operations_sets_the_floor(monkeypatch):
    monkeypatch.setattr(bound, "rate", lambda dtype, device: (1e6, 3))
    a, b = torch.ones(10, 10), torch.ones(10, 5)
    least = bound.measured(lambda: a @ a, lambda: a @ b, times=7, device="cpu")
    assert least.flops == 7 * 2 * 10 * 10 * 5
    assert least.ms == pytest.approx(7.0)


def test_the_meta_steps_table_ends_with_its_bound(quick, capsys):
    argv = ["--only", "sinusoid-25x1", "--repeats", "1", "--impl", "loop"]
    maml_speed.main([*argv, "--json"])
    loop, last = json.loads(capsys.readouterr().out)["rows"]
    assert set(last) - set(loop) == {"flops", "gflops_per_s"}
    assert (last["impl"], last["times_bound"]) == ("bound", 1.0)
    assert loop["times_bound"] == pytest.approx(loop["ms"] / last["ms"])
    assert "x the bound" in maml_speed.told(last)


def test_the_row_of_rl2s_bound_says_how_many_times_it_ours_takes():
    s = rl2_speed.Setting()
    rows = [{"impl": "ours", "steps_per_s": 100_000}, {"impl": "jax", "steps_per_s": 200_000}]
    *found, last = rl2_speed.with_bound(rows, bound.Bound(10**9, 1e11, 3), s)
    assert (last["impl"], last["ms"], last["steps_per_s"]) == ("bound", 10.0, 400_000)
    assert [row["times_bound"] for row in found] == [4.0, 2.0]
    assert (last["ours_is"], last["compiled_is"]) == (0.25, None)
