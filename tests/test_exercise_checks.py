"""Checks that judge by counting or by listening: they must be fair, and name each fault in turn."""

from itertools import combinations

import pytest
import torch

from course_lib.checks.exercise import Slip
from course_lib.checks.judging import judge
from course_lib.checks.masters import masters, tasks
from course_lib.checks.questions import e06_sampler, e09_memory, e09_thompson, e10
from course_lib.press.exercises.verifying import namespace


@pytest.mark.parametrize("state", e09_thompson.STATES, ids=["two arms", "three arms"])
def test_no_luck_of_an_honest_thompson_player_is_refused(state):
    _, s, f = state
    expected = e09_thompson.is_best(s + 1, f + 1)
    for seed in range(4):
        got = e09_thompson.shares(lambda s, f, draw: draw(s + 1, f + 1).argmax(), s, f, seed)
        assert e09_thompson.close(got, expected)


def test_two_successes_beat_an_untried_arm_in_three_quarters_of_the_draws():
    chances = e09_thompson.is_best(torch.tensor([3, 1]), torch.tensor([1, 1]))
    assert chances[0].item() == pytest.approx(3 / 4, abs=0.01)


def test_the_known_thompson_slips_can_be_told_apart():
    states = [(s, f) for _, s, f in e09_thompson.STATES]
    known = [("", [e09_thompson.is_best(s + 1, f + 1) for s, f in states])]
    known += [
        (name, [shares(s, f) for s, f in states]) for name, _, shares in e09_thompson.THOMPSON_SLIPS
    ]
    for (name, one), (other_name, other) in combinations(known, 2):
        apart = max((a - b).abs().max() for a, b in zip(one, other, strict=True))
        assert name == other_name or apart > 2 * e09_thompson.CLOSE, (name, other_name)


@pytest.mark.parametrize("seed", range(20))
def test_labels_dealt_by_any_luck_are_not_called_shared(seed):
    gen = torch.Generator().manual_seed(seed)
    counts = {c: [0, 0, 0] for c in e06_sampler.META_TRAIN.tolist()}
    for _ in range(e06_sampler.ROUNDS):
        for label, c in enumerate(torch.randperm(6, generator=gen)[:3].tolist()):
            counts[e06_sampler.META_TRAIN[c].item()][label] += 1
    e06_sampler.check_names(counts)


def test_a_sampler_that_seldom_shares_a_name_is_found():
    with pytest.raises(Slip, match="class labels shared across tasks"):
        e06_sampler.check_names({4: [70, 10, 20]})


def test_the_faults_of_a_broken_memory_are_named_one_after_the_other():
    names = []
    source = e09_memory.BROKEN
    for old, new in [
        ("num_actions + 2)", "2 + num_actions)"),
        ("x[last] = 1", "x[last] = float(t > 0)"),
        ("rewards[t - 1]\n", "rewards[t - 1]\n            x[num_actions + 1] = ended[t - 1]\n"),
        ("ended[t - 1]:", "over[t - 1]:"),
        ("memory = empty\n", "memory, x = empty, 0 * x\n"),
    ]:
        assert old in source
        first, last = source.split(old, 1) if old != "memory = empty\n" else source.rsplit(old, 1)
        source = first + new + last
        scene = {"torch": torch}
        exec(source, scene)
        names.append(judge("09.1", scene["memories"]).misconception)
    assert names == [
        "previous action at t = 0 encoded as arm 0",
        "previous termination not fed in",
        "hidden state reset every episode",
        "the old trial's last step read in the new one",
        "",
    ]


def test_the_picture_to_be_read_shows_the_numbers_that_its_check_knows():
    task = {key: task for path in masters() for key, task in tasks(path).items()}["10.2"]
    bars, line = namespace(task)["panel"].marks
    assert bars.y == (e10.FIRST, e10.WIPED, e10.KEPT)
    assert set(line.y) == {e10.SHORTEST}
