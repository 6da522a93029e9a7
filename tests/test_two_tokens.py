"""A pair as two tokens (notebook 08): who sees what, where attention goes, how training went."""

import pytest
import torch

import course_lib
from course_lib import results
from course_lib.black_box import two_tokens
from course_lib.training.rows import key_of

KINDS = pytest.mark.parametrize("copied", [False, True])


@pytest.fixture(scope="module")
def theta():
    sizes = {"dim": 3, "length": 6, "width": 16, "layers": 2}
    return {n: p.double() for n, p in two_tokens.init(course_lib.seed(0), **sizes).items()}


@pytest.fixture(scope="module")
def pairs():
    gen = course_lib.seed(1)
    return (torch.randn(4, 7, 3, generator=gen).double(), torch.randn(4, 6, generator=gen).double())


@KINDS
def test_an_answer_hears_the_pairs_before_its_question_and_nothing_later(theta, pairs, copied):
    x, y = pairs
    before = two_tokens.answers(theta, x, y, copied)
    assert before.shape == (4, 7)
    later, told = x.clone(), y.clone()
    later[:, 4:], told[:, 3:] = 7.0, -7.0  # x_5 on, and y_4 on
    after = two_tokens.answers(theta, later, told, copied)
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4:] != after[:, 4:]).all()


def test_a_copy_is_seen_where_the_y_stands_and_changes_no_other_token(theta, pairs):
    apart, copied = (two_tokens.tokens(theta, *pairs, kind) for kind in (False, True))
    assert torch.equal(apart[:, ::2], copied[:, ::2])
    put_in = torch.nn.functional.linear(pairs[0][:, :-1], theta["token"][:, :3])
    torch.testing.assert_close(copied[:, 1::2] - apart[:, 1::2], put_in)


@KINDS
def test_who_looks_at_all_alike_gives_its_own_x_one_part_of_all_it_sees(theta, pairs, copied):
    alike = {n: p * (not n.endswith("query")) for n, p in theta.items()}
    found = two_tokens.on_its_x(alike, *pairs, copied)
    assert found.shape == (2, 4)
    expected = sum(1 / (2 * i) for i in range(1, 7)) / 6
    torch.testing.assert_close(found, torch.full_like(found, expected))


def test_more_pairs_than_places_are_told_in_a_sentence(theta, pairs):
    x, y = (torch.cat([part, part], 1) for part in pairs)
    with pytest.raises(ValueError, match="12 pairs, and places for 6"):
        two_tokens.answers(theta, x[:, :13], y, copied=False)


def test_a_course_has_a_note_for_every_25_steps_and_its_kind_alone_decides_it():
    rows = [two_tokens.course_of(kind, 1, 50) for kind in two_tokens.KINDS]
    for row in rows:
        assert len(row["loss"]) == len(row["own"]) == 2
        assert 0.8 < row["loss"][1] < 1.2
    assert rows[0]["loss"] != rows[1]["loss"]
    keys = [key_of(two_tokens.TABLES[0], part) for part in two_tokens.TABLES[0].parts()]
    assert len(set(keys)) == 6


def test_without_a_copy_every_stored_training_is_flat_for_longer_than_any_with_it():
    flat = {kind: [] for kind in two_tokens.KINDS}
    for row in results.load("two_tokens")["rows"]:
        flat[row["kind"]].append(sum(loss > 0.95 for loss in row["loss"]))
    apart, copied = flat.values()
    assert len(apart) == len(copied) == 3
    assert min(apart) > 4 * max(copied)
