"""The memory module by hand on three items, and sequences counted by instance."""

import pytest
import torch
from torch.nn import functional as F

import course_lib
from course_lib.few_shot import instances
from course_lib.few_shot.rivals import memory_module as module
from course_lib.tasks.episodes import to_unit

ROOT = 2**-0.5


def three(ages=(3.0, 1.0, 2.0)) -> module.Memory:
    """One task: keys along the axes, labels 0, 1 and 2."""
    keys = torch.eye(3)[None]
    return module.Memory(keys, torch.tensor([[0, 1, 2]]), torch.tensor([ages]))


def one(*numbers: float) -> torch.Tensor:
    return torch.tensor([numbers])


def test_a_right_answer_moves_its_key_halfway_and_makes_it_young():
    q = one(0.0, 0.6, 0.8)  # nearest: the third key, whose label is 2
    after = module.update(three(), q, torch.tensor([2]))
    moved = torch.tensor([0.0, 0.6, 1.8]) / (0.6**2 + 1.8**2) ** 0.5
    torch.testing.assert_close(after.keys[0], torch.stack([*torch.eye(3)[:2], moved]))
    assert after.values.tolist() == [[0, 1, 2]]
    assert after.ages.tolist() == [[4, 2, 0]]


def test_a_wrong_answer_is_written_over_the_oldest():
    q = one(0.0, 0.6, 0.8)
    after = module.update(three(), q, torch.tensor([1]))  # the third key says 2: wrong
    torch.testing.assert_close(after.keys[0], torch.stack([q[0], *torch.eye(3)[1:]]))
    assert after.values.tolist() == [[1, 1, 2]]
    assert after.ages.tolist() == [[0, 2, 3]]
    other = module.update(three((1.0, 5.0, 2.0)), q, torch.tensor([1]))
    assert other.values.tolist() == [[0, 1, 2]]  # over the second now
    torch.testing.assert_close(other.keys[0, 1], q[0])


def test_a_slot_never_written_is_taken_before_any_other_and_answers_nothing():
    memory, axes = module.empty(torch.zeros(1, 3), 3), torch.eye(3)
    for label in (2, 0, 1):
        memory = module.update(memory, axes[None, label], torch.tensor([label]))
    assert memory.values.tolist() == [[2, 0, 1]]
    empty = module.similarity(module.empty(torch.zeros(1, 3), 2), axes[None, :1])
    assert empty.isinf().all()  # not a similarity of 0 with class 0


def test_the_margin_is_between_the_nearest_right_and_the_nearest_wrong_key():
    sim = torch.tensor([[0.5, 0.9, 0.2, 0.55]])
    right = torch.tensor([[True, False, False, True]])
    assert module.margin_loss(sim, right).item() == pytest.approx(0.9 - 0.55)
    far = torch.tensor([[0.5, 0.1, 0.2, 0.55]])  # better than the margin: no loss but −α
    assert module.margin_loss(far, right).item() == pytest.approx(-module.MARGIN)
    none = torch.zeros(1, 4, dtype=torch.bool)
    assert module.margin_loss(sim, none).item() == pytest.approx(0.9)
    alone = torch.full((1, 4), -torch.inf)
    assert module.margin_loss(alone, none).item() == pytest.approx(0.0)


def test_only_the_query_gets_a_gradient_never_a_key():
    f = torch.randn(1, 6, 8, generator=course_lib.seed(0), requires_grad=True)
    losses = module.read(F.normalize(f, dim=-1), torch.tensor([[0, 1, 2, 0, 1, 2]]))[0]
    for t in range(6):
        (grad,) = torch.autograd.grad(losses[0, t], f, retain_graph=True)
        assert grad[0, [i for i in range(6) if i != t]].abs().max() == 0
    assert grad[0, 5].abs().max() > 0


def test_the_answer_is_given_before_the_label_is_told():
    q = F.normalize(torch.randn(2, 9, 4, generator=course_lib.seed(1)), dim=-1)
    y = torch.tensor([[0, 1, 2, 0, 1, 2, 0, 1, 2]]).expand(2, -1)
    said = module.read(q, y)[1]
    last = y.clone()
    last[:, -1] = 0
    assert torch.equal(module.read(q, last)[1], said)
    assert said[:, 0].tolist() == [module.EMPTY] * 2


def test_no_task_sees_the_memory_of_another():
    """The published code trains 16 sequences on one memory: their labels must not be confused."""
    q = F.normalize(torch.randn(3, 8, 4, generator=course_lib.seed(2)), dim=-1)
    y = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 3]]).expand(3, -1)
    losses, said, memory = module.read(q, y)
    for t in range(3):
        alone = module.read(q[t : t + 1], y[t : t + 1])
        torch.testing.assert_close(alone[0], losses[t : t + 1])
        assert torch.equal(alone[1], said[t : t + 1])
        torch.testing.assert_close(alone[2].keys, memory.keys[t : t + 1])


def test_the_query_has_as_many_numbers_as_the_body_and_other_bodies_may_have_more():
    """64 here; the published code's default of 128 is not the paper's 256."""
    theta = module.init(course_lib.seed(3))
    wide = {
        **theta, "conv3": torch.randn(3, 3, 64, 256), "scale3": torch.ones(256),
        "shift3": torch.zeros(256), "w_query": torch.eye(256),
    }  # fmt: skip
    for weights, size in ((theta, 64), (wide, 256)):
        f = module.features_together(weights, torch.rand(4, 1, 28, 28))
        assert f.shape[1] == size
        assert (
            module.read(module.query(weights, f)[None], torch.arange(4)[None])[2].keys.shape[2]
            == size
        )


# --- by instance ----------------------------------------------------------------------------------


def test_accuracy_by_instance_by_hand():
    labels = torch.tensor([[0, 1, 1, 0, 0, 1]])  # instances: 1st 1st 2nd 2nd 3rd 3rd
    said = torch.tensor([[1, 1, 1, 0, 1, 1]])  # right: no yes yes yes no yes
    assert instances.instance_of(labels).tolist() == [[0, 0, 1, 1, 2, 2]]
    assert instances.by_instance(said, labels).tolist() == [[0.5, 1.0, 0.5]]


def test_five_shot_there_is_the_fifth_instance_after_four_drawings():
    labels = torch.arange(5).repeat(10)[None]
    fifth = instances.instance_of(labels) == 4
    for t in fifth[0].nonzero()[:, 0].tolist():
        assert (labels[0, :t] == labels[0, t]).sum() == 4


def test_a_class_with_more_pictures_than_another_is_refused():
    with pytest.raises(ValueError, match="equally many"):
        instances.by_instance(torch.tensor([[0, 1, 1]]), torch.tensor([[0, 1, 1]]))


def numbered(classes: int = 12, drawers: int = 20) -> torch.Tensor:
    """Pictures that say which class and drawer they are, in their first two pixels."""
    images = torch.zeros(classes, drawers, 4, 4)
    images[..., 0, 0] = torch.arange(classes)[:, None].float()
    images[..., 0, 1] = torch.arange(drawers).float()
    return images


def test_a_sequence_holds_ten_drawings_of_five_classes_shuffled_with_labels_dealt_anew():
    sizes = {"num_tasks": 40, "num_ways": 5, "per_class": 10}
    x, y = instances.sample_sequences(numbered(), **sizes, gen=course_lib.seed(0))
    assert x.shape == (40, 50, 1, 4, 4)
    shown, drawn = x[:, :, 0, 0, 0], x[:, :, 0, 0, 1]
    pairs = {}
    for t in range(40):
        assert y[t].bincount().tolist() == [10] * 5
        for label in range(5):
            (one_class,) = shown[t, y[t] == label].unique().tolist()
            pairs.setdefault(one_class, set()).add(label)
            assert len(drawn[t, y[t] == label].unique()) == 10
    assert min(map(len, pairs.values())) >= 4  # a class has had most labels
    assert y.float().mean(0).std() < 1  # no place in the sequence belongs to a label
    again = instances.sample_sequences(numbered(), **sizes, gen=course_lib.seed(0))
    assert torch.equal(again[0], x)
    with pytest.raises(ValueError, match="choose fewer"):
        instances.sample_sequences(numbered(4), **sizes, gen=course_lib.seed(0))


def test_the_support_is_shown_in_an_order_that_depends_on_its_pictures_alone():
    gen = course_lib.seed(4)
    x, y = to_unit(torch.rand(2, 12, 8, 8, generator=gen)), torch.arange(3).repeat(2, 4)
    shown, labels = instances.taken((x, y), instances.in_turn(x, y))
    for turn in labels.view(2, 4, 3):
        assert turn.sort(-1).values.tolist() == [[0, 1, 2]] * 4
    rows, names = torch.randperm(12, generator=gen), torch.tensor([2, 0, 1])
    other = (x[:, rows], names[y[:, rows]])
    again, renamed = instances.taken(other, instances.in_turn(*other))
    assert torch.equal(again, shown)
    assert torch.equal(renamed, names[labels])
