"""MANN: the addressing of its memory by hand, and what it may know at which step."""

import math
from itertools import pairwise

import pytest
import torch
from torch.nn import functional as F

import course_lib
from course_lib.few_shot.rivals import mann

E = mann.TINY


def two_by_two(usage=(1.0, 2.0)) -> mann.State:
    """One task, one head, two slots: the rows (1, 0) and (0, 2). The second was read last."""
    return mann.State(
        torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]), torch.zeros(1, 1, 2),
        torch.tensor([[[0.0, 1.0]]]), torch.tensor([usage]), torch.zeros(1, 1), torch.zeros(1, 1),
    )  # fmt: skip


def accessed(gate: float, usage=(1.0, 2.0), sharpness: float = 1.0) -> mann.State:
    """The state after key (3, 4) and the writing of (1, 1) through σ = `gate`."""
    return mann.access(
        two_by_two(usage), torch.tensor([[[3.0, 4.0]]]), torch.ones(1, 1, 2),
        torch.tensor([[[gate]]]), torch.tensor([sharpness]),
    )  # fmt: skip


def test_the_cosine_has_an_epsilon_so_an_empty_slot_is_no_nan():
    memory = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]], requires_grad=True)
    key = torch.tensor([[[3.0, 4.0]]], requires_grad=True)
    found = mann.cosine(key, memory)
    want = [3 / (5 + E), 8 / (10 + E), 0.0]
    torch.testing.assert_close(found, torch.tensor([[want]]))
    found.sum().backward()
    assert torch.isfinite(memory.grad).all()
    assert torch.isfinite(key.grad).all()


def test_a_closed_gate_writes_into_the_least_used_slot_after_emptying_it():
    after = accessed(gate=0.0)
    assert after.memory.tolist() == [[[1, 1], [0, 2]]]
    other = accessed(gate=0.0, usage=(2.0, 1.0))
    assert other.memory.tolist() == [[[1, 0], [1, 1]]]


def test_an_open_gate_writes_where_it_has_read_last():
    after = accessed(gate=1.0)  # read last: the second slot; the first is the least used: emptied
    assert after.memory.tolist() == [[[0, 0], [1, 3]]]
    half = accessed(gate=0.5)
    assert half.memory.tolist() == [[[0.5, 0.5], [0.5, 2.5]]]


def test_reading_weights_are_the_softmax_of_the_cosines_times_the_sharpness():
    after = accessed(gate=0.0, sharpness=2.0)  # rows (1, 1) and (0, 2), key (3, 4)
    logits = [2 * 7 / (5 * math.sqrt(2)), 2 * 8 / 10]
    weights = torch.tensor(logits).softmax(0)
    torch.testing.assert_close(after.read_weights[0, 0], weights, rtol=1e-5, atol=1e-6)
    read = weights[0] * torch.tensor([1.0, 1.0]) + weights[1] * torch.tensor([0.0, 2.0])
    torch.testing.assert_close(after.reads[0, 0], read, rtol=1e-5, atol=1e-6)


def test_usage_decays_by_0_95_and_grows_by_reads_and_writes():
    after = accessed(gate=0.25)
    write = torch.tensor([0.75, 0.25])
    want = 0.95 * torch.tensor([1.0, 2.0]) + after.read_weights[0, 0] + write
    torch.testing.assert_close(after.usage[0], want)


def test_each_head_has_its_own_least_used_slot():
    rows = mann.least_used(torch.tensor([[3.0, 1.0, 2.0]]), 2)
    assert rows.tolist() == [[[0, 1, 0], [0, 0, 1]]]


@pytest.fixture(scope="module")
def theta():
    return mann.init(course_lib.seed(0))


@pytest.fixture(scope="module")
def sequence():
    gen = course_lib.seed(1)
    y = torch.stack([torch.arange(3).repeat(2)[torch.randperm(6, generator=gen)] for _ in range(2)])
    return torch.randn(2, 6, mann.FEATURES, generator=gen), y


def test_a_label_is_seen_one_step_late(theta, sequence):
    features, y = sequence
    logits, _ = mann.read(theta, features, y)
    for t in range(6):
        other = y.clone()
        other[:, t] = 7
        changed = (mann.read(theta, features, other)[0] != logits).any(-1).any(0)
        assert not changed[: t + 1].any()
        assert changed[t + 1 :].all()


def test_the_memory_is_wiped_between_tasks_and_no_task_sees_another(theta, sequence):
    features, y = sequence
    both, _ = mann.read(theta, features, y)
    for t in range(2):
        alone, _ = mann.read(theta, features[t : t + 1], y[t : t + 1])
        torch.testing.assert_close(alone, both[t : t + 1], rtol=1e-4, atol=1e-5)


def test_a_fresh_net_starts_near_the_loss_of_guessing_and_has_a_gradient_everywhere(theta):
    """ln 5 is also where a training that fails gets stuck: the start must not be worse."""
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    gen = course_lib.seed(2)
    f = torch.randn(8, 20, mann.FEATURES, generator=gen)
    y = torch.arange(5).repeat(8, 4)
    logits, _ = mann.read(leaves, f, y)
    loss = F.cross_entropy(logits[..., :5].flatten(0, 1), y.flatten())
    assert math.log(5) - 0.1 < loss < math.log(5) + 0.3
    loss.backward()
    own = [name for name in leaves if name[0] in "wb" or name == "sharpness"]
    assert all(torch.isfinite(leaves[name].grad).all() for name in own)
    assert all(leaves[name].grad.abs().max() > 0 for name in own)


@pytest.mark.parametrize("again", [0, 1])
def test_at_the_start_a_slot_is_found_by_a_picture_like_the_one_it_holds(theta, again):
    """Two pictures, each told its label a step later; then one of them is shown again."""
    f = torch.randn(1, 2, mann.FEATURES, generator=course_lib.seed(3))
    shown = torch.cat([f, f[:, again : again + 1]], 1)
    y = torch.tensor([[4, 2, 0]])
    steps = [mann.read(theta, shown[:, :t], y[:, :t])[1] for t in (1, 2, 3)]
    new = [(b.memory - a.memory)[0].norm(dim=-1) for a, b in pairwise(steps)]
    held = [change.topk(mann.HEADS).indices for change in new]  # by which slots each is held
    assert not set(held[0].tolist()) & set(held[1].tolist())
    weights = steps[2].read_weights[0].mean(0)
    # the last step writes the second picture: what the first one's slots hold is as it was
    assert weights[held[again]].sum() > 1.5 * weights[held[1 - again]].sum()


def test_more_ways_than_it_has_labels_are_refused():
    ways = mann.LABELS + 1
    x, y = torch.rand(1, ways, 1, 28, 28), torch.arange(ways)[None]
    with pytest.raises(ValueError, match="20 labels to give"):
        mann.answer({}, (x, y), x, ways)
