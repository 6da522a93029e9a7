"""The meta-learner LSTM: at rest it is gradient descent, and its gates see what they should."""

import math

import pytest
import torch

import course_lib
from course_lib import few_shot
from course_lib.few_shot.rivals import lstm
from course_lib.maml import inner_path
from course_lib.tasks import episodes

DOUBLE = torch.float64


def wide(params: dict) -> dict:
    return {name: p.to(DOUBLE) for name, p in params.items()}


def gates(forget: float = 1.0, alpha: float = 0.3, seed: int | None = None) -> dict:
    """Gates that stand at (`forget`, α) whatever they see; with a seed, gates that look."""
    found = {
        name: p for name, p in wide(lstm.init(course_lib.seed(0))).items() if name in lstm.GATES
    }
    if seed is None:
        found |= {name: torch.zeros_like(p) for name, p in found.items() if name[0] == "w"}
    else:
        gen = course_lib.seed(seed)
        found |= {
            name: torch.randn(p.shape, generator=gen, dtype=DOUBLE) for name, p in found.items()
        }
    logit = 40.0 if forget == 1 else math.log(forget / (1 - forget))  # σ(40) is 1 in double
    return found | {
        "b_forget": torch.tensor(logit, dtype=DOUBLE),
        "b_input": torch.tensor(math.log(alpha / (1 - alpha)), dtype=DOUBLE),
    }


@pytest.fixture(scope="module")
def task():
    """Three 3-way 2-shot tasks of noise, and a learner with a head."""
    gen = course_lib.seed(1)
    images = torch.rand(6, 4, 28, 28, generator=gen, dtype=DOUBLE)
    sizes = {"num_ways": 3, "num_shots": 2, "num_queries": 2}
    support, query = episodes.sample_episodes(images, num_tasks=3, **sizes, gen=gen)
    theta = wide(few_shot.BODIES["conv4"].model(3).init(gen))
    return theta, support, query


def stacked(theta: dict, tasks: int = 3) -> dict:
    return {name: p.expand(tasks, *p.shape) for name, p in theta.items()}


LOSS = few_shot.LOSSES["conv4"]


@pytest.mark.parametrize("at_rest", [False, True])
def test_gates_at_one_and_alpha_are_gradient_descent(task, at_rest):
    theta, support, _ = task
    path = list(lstm.learned_path(gates(), LOSS, stacked(theta), support, steps=3, at_rest=at_rest))
    assert len(path) == 4
    for t in range(3):
        one = (support[0][t], support[1][t])
        for ours, theirs in zip(path, inner_path(LOSS, theta, one, lr=0.3, steps=3), strict=True):
            for name, p in theirs.items():
                torch.testing.assert_close(ours[name][t], p, rtol=1e-10, atol=1e-12)


def test_a_forget_gate_below_one_is_weight_decay(task):
    theta, support, _ = task
    path = lstm.learned_path(gates(forget=0.9), LOSS, stacked(theta), support, steps=1)
    *_, after = path
    one = (support[0][0], support[1][0])
    slope = torch.func.grad(LOSS)(theta, *one)
    for name, p in theta.items():
        torch.testing.assert_close(after[name][0], 0.9 * p - 0.3 * slope[name])


def test_preprocessing_at_both_branches_and_at_their_border():
    x = torch.tensor([1.0, -0.01, 0.0, 1e-6, -1e-6, math.exp(-10)], dtype=DOUBLE)
    want = [
        [0.0, 1.0], [math.log(0.01) / 10, -1.0], [-1.0, 0.0], [-1.0, 1e-6 * math.exp(10)],
        [-1.0, -1e-6 * math.exp(10)], [-1.0, 1.0],
    ]  # fmt: skip
    torch.testing.assert_close(lstm.preprocess(x), torch.tensor(want, dtype=DOUBLE))


def test_preprocessing_keeps_its_gradient_finite_at_zero():
    x = torch.zeros(3, requires_grad=True)
    lstm.preprocess(x).sum().backward()
    assert torch.isfinite(x.grad).all()


def test_one_lstm_is_shared_by_all_weights(task):
    """A weight's update depends on its own numbers only: renamed weights have renamed updates."""
    gen = course_lib.seed(2)
    seen, phi = (torch.randn(2, 6, 4, generator=gen, dtype=DOUBLE),
                 torch.randn(2, 6, generator=gen, dtype=DOUBLE))  # fmt: skip
    look = gates(seed=3)
    blank = torch.zeros(2, 6, lstm.HIDDEN, dtype=DOUBLE)
    before = (blank, blank, torch.zeros_like(phi), torch.zeros_like(phi))
    out = lstm.gates_of(look, seen, phi, before)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    again = lstm.gates_of(look, seen[:, order], phi[:, order], before)
    for a, b in zip(out, again, strict=True):
        torch.testing.assert_close(b, a[:, order])
    assert sum(p.numel() for p in look.values()) < 2500  # of 112,000 weights that they move


def test_the_gates_are_an_lstm_of_torch_and_two_sigmoids(task):
    gen, look = course_lib.seed(4), gates(seed=5)
    cell = torch.nn.LSTMCell(4, lstm.HIDDEN, dtype=DOUBLE)
    ours = [look["w_lstm"].T.chunk(4)[i] for i in (1, 0, 3, 2)]  # torch: input, forget, new, out
    bias = [look["b_lstm"].chunk(4)[i] for i in (1, 0, 3, 2)]
    with torch.no_grad():
        cell.weight_ih.copy_(torch.cat(ours)[:, :4])
        cell.weight_hh.copy_(torch.cat(ours)[:, 4:])
        cell.bias_ih.copy_(torch.cat(bias))
        cell.bias_hh.zero_()
    seen, phi, last = (torch.randn(5, n, generator=gen, dtype=DOUBLE) for n in (4, 1, 2))
    h, c = (torch.randn(5, lstm.HIDDEN, generator=gen, dtype=DOUBLE) for _ in range(2))
    got = lstm.gates_of(look, seen, phi[:, 0], (h, c, last[:, 0], last[:, 1]))
    hidden, memory = cell(seen, (h, c))
    torch.testing.assert_close(got[0], hidden)
    torch.testing.assert_close(got[1], memory)
    forget = torch.cat([hidden, phi, last[:, :1]], 1) @ look["w_forget"] + look["b_forget"]
    inputs = torch.cat([hidden, phi, last[:, 1:]], 1) @ look["w_input"] + look["b_input"]
    torch.testing.assert_close(got[2], forget.sigmoid())
    torch.testing.assert_close(got[3], inputs.sigmoid())


def test_the_gradient_counts_as_a_constant_so_at_rest_the_start_gets_first_order_maml(task):
    theta, support, (xq, yq) = task
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}

    def query_loss(path) -> torch.Tensor:
        *_, phi = path
        return torch.func.vmap(LOSS)(phi, xq, yq).mean()

    path = lstm.learned_path(gates(), LOSS, stacked(leaves), support, steps=2, at_rest=True)
    ours = torch.autograd.grad(query_loss(path), list(leaves.values()))
    each = []
    for t in range(3):
        one = (support[0][t], support[1][t])
        *_, phi = inner_path(LOSS, leaves, one, lr=0.3, steps=2, first_order=True)
        each.append(LOSS(phi, xq[t], yq[t]))
    theirs = torch.autograd.grad(torch.stack(each).mean(), list(leaves.values()))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


def test_the_gates_start_open_for_what_is_there_and_careful_with_what_comes():
    theta = lstm.init(course_lib.seed(6))
    assert theta["b_forget"].sigmoid().item() > 0.99
    assert theta["b_input"].sigmoid().item() == pytest.approx(0.4)


def test_a_batch_with_working_gates_teaches_them_and_one_at_rest_only_their_biases(task):
    _, support, (xq, _) = task
    theta = {k: p.requires_grad_() for k, p in wide(lstm.init(course_lib.seed(7))).items()}
    for at_rest in (False, True):
        logits = lstm.adapted_logits(theta, support, xq, 3, at_rest=at_rest)
        grads = torch.autograd.grad(logits.square().mean(), list(theta.values()), allow_unused=True)
        taught = {name for name, g in zip(theta, grads, strict=True) if g is not None and g.any()}
        looking = {"w_lstm", "b_lstm", "w_forget", "w_input"}
        assert taught & looking == (set() if at_rest else looking)
        assert taught >= {"b_forget", "b_input", "conv0"}
