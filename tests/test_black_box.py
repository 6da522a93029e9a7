"""The recurrent learner of notebook 08, its study beside MAML, and W13–W15's numbers."""

from dataclasses import replace

import pytest
import torch
from widget_checks import check_scene

import course_lib
from course_lib import black_box
from course_lib.black_box import study, transformer
from course_lib.black_box.in_context_study import weights_of
from course_lib.maml import adapt
from course_lib.maml.study import LOSS, NET
from course_lib.rl2 import probe
from course_lib.rl2.bandits import players as bp
from course_lib.training import load_checkpoint
from course_lib.widgets import w13_sequence as w13
from course_lib.widgets import w14_bandit as w14
from course_lib.widgets import w15_memory as w15


@pytest.fixture(scope="module")
def rnn():
    return load_checkpoint("sinusoid-gru")[0]


@pytest.fixture(scope="module")
def agent():
    return load_checkpoint("bandit-10x5")[0]


def test_the_answer_comes_one_step_late():
    x, y = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[7.0, 8.0, 9.0]])
    assert black_box.one_late(x, y)[:, 0].tolist() == [[1, 0], [2, 7], [3, 8]]


def test_an_answer_depends_on_the_past_alone(rnn):
    pairs = study.fresh("as trained", 10, 5)
    before = black_box.answers(rnn, pairs.x, pairs.y)
    changed = pairs.y.clone()
    changed[:, 4] += 1
    after = black_box.answers(rnn, pairs.x, changed)
    assert torch.equal(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5], after[:, 5])


def test_asking_is_answering_the_next_question(rnn):
    pairs = study.fresh("as trained", 10, 5)
    asked = black_box.curve(rnn, pairs.x[:, :6], pairs.y[:, :6], pairs.x[:, 6:7], [6])
    torch.testing.assert_close(
        asked[0], black_box.answers(rnn, pairs.x, pairs.y)[:, 6:7], rtol=1e-4, atol=1e-5
    )


def test_what_is_asked_teaches_nothing(rnn):
    pairs = study.fresh("as trained", 10, 5)
    alone = black_box.curve(rnn, pairs.x, pairs.y, pairs.at[:, :1], [0, 10])
    among = black_box.curve(rnn, pairs.x, pairs.y, pairs.at, [0, 10])
    torch.testing.assert_close(alone, among[..., :1])


def test_mamls_side_is_the_librarys_maml():
    theta = load_checkpoint("sinusoid-maml")[0]
    pairs = study.fresh("as trained", 8, 1)
    phi = adapt(LOSS, theta, (pairs.x[0, :5, None], pairs.y[0, :5, None]), lr=0.003, steps=10)
    seen = study.first_of([5], 8)
    ours = study.maml_curves(
        theta, pairs.x[0], pairs.y[0], pairs.at[0], seen, torch.tensor([0.003])
    )
    torch.testing.assert_close(ours[0], NET.apply(phi, pairs.at[0][:, None])[:, 0])


def test_the_network_leads_on_its_own_tasks_and_not_off_them(rnn):
    maml = load_checkpoint("sinusoid-maml")[0]
    for family, ahead in (("as trained", True), ("phases π to 2π", False)):
        pairs = study.fresh(family, 20, 200)
        rates = list(study.best_rates(family, (20,)))
        gap = study.maml_errors(maml, pairs, [20], rates) - study.rnn_errors(rnn, pairs, [20])
        assert (gap.mean() > 3 * gap.std() / 200**0.5) == ahead
        assert (gap.mean() < -3 * gap.std() / 200**0.5) != ahead


def test_an_unknown_family_is_told():
    with pytest.raises(ValueError, match="as trained"):
        study.fresh("squares", 5)


def test_w13_gives_one_answer_whatever_was_asked_before():
    asked = [w13.State(pairs=pairs, draw=5) for pairs in (12, 5, 14, 0, 40, 37)]
    runs = []
    for states in (asked, asked[::-1]):
        w13.answers.cache_clear()
        runs.append({state: w13.compute(state) for state in states})
    for state in asked:
        first, second = (run[state] for run in runs)
        assert state.pairs in first.sizes
        assert first.sizes == second.sizes
        for name in w13.LEARNERS:
            assert torch.equal(first.curves[name], second.curves[name])
            assert torch.equal(first.errors[name], second.errors[name])


def test_w13_shows_the_librarys_numbers(rnn):
    data = w13.compute(w13.State(pairs=5, draw=3))
    x, y = data.seen
    said = black_box.curve(rnn, x[None], y[None], w13.GRID[None], [5])[0, 0]
    torch.testing.assert_close(data.curves["rnn"], said, rtol=1e-4, atol=1e-4)
    error = (said - data.truth).square().mean()
    torch.testing.assert_close(data.errors["rnn"][data.sizes.index(5)], error, rtol=1e-3, atol=1e-4)
    (theta,) = weights_of(["sinusoid-transformer"])
    parts = [part / 5 for part in (x[None, :, None], w13.GRID[None, :, None])]
    said = 3 * transformer.answers(theta, parts[0], y[None] / 3, parts[1], torch.full((121,), 5))[0]
    torch.testing.assert_close(data.curves["transformer"], said, rtol=1e-4, atol=1e-4)


def test_w13_survives_a_step_size_that_diverges():
    state = w13.State(pairs=40, amplitude=10.0, alpha=0.02)
    scene = w13.draw(w13.compute(state))
    check_scene(scene)
    assert "None met such a task" in scene.status


def test_w14_everybody_meets_the_same_flips():
    state = w14.State(pulled=(2,) * 10)
    data = w14.compute(state)
    means, coins = w14.bandit(5, 10, 0)
    assert [reward for _, reward in data.yours] == coins.table[0, 2].long().tolist()
    assert data.means == means[0].tolist()
    for plays in data.others.values():
        seen = [0] * 5
        for arm, reward in zip(plays.arms[0].tolist(), plays.rewards[0].tolist(), strict=True):
            assert reward == int(coins.table[0, arm, seen[arm]])
            seen[arm] += 1


def test_w14_tells_nothing_before_the_last_pull():
    data = w14.compute(w14.State(pulled=(0,) * 9))
    assert data.others == {}
    words = str(w14.draw(data))
    assert not any(f"'{mean:.2f}'" in words for mean in data.means)


def test_w14_clicks_pull_until_the_end():
    state = w14.State(pulls=5)
    for arm in (1, 1, 4, 0, 2, 3):
        state = w14.click(state, w14.key_of(arm))
    assert state.pulled == (1, 1, 4, 0, 2)
    assert w14.W14.buttons["New bandit"](state).pulled == ()
    played = w14.compute(w14.State(pulled=(0,) * 10)).others["RL²"]
    assert w14.copycat(w14.State()).pulled == tuple(played.arms[0].tolist())


def test_w14_refuses_an_arm_that_is_not_there():
    with pytest.raises(ValueError, match="pulls of 5 arms"):
        w14.State(pulled=(5,))


def test_the_probe_reads_the_posterior_and_beats_both_controls(agent):
    found = probe.compare(agent, 10, num_trials=2000)
    assert found["trained"] > 0.9
    assert found["trained"] > found["untrained"] + 0.3
    assert found["trained"] > found["shuffled rewards"] + 0.3


def test_losing_the_memory_costs_reward(agent):
    kept, lost = (
        probe.live(agent, 4000, 10, course_lib.seed(5), reset_at=when).value() for when in (None, 5)
    )
    loss = kept - lost
    assert loss.mean() > 3 * loss.std() / 4000**0.5


def test_with_its_memory_the_agent_finds_the_one_arm_that_pays_and_without_it_never_does(agent):
    pays = torch.eye(5)[torch.arange(500) % 5]
    whole, empty = (
        probe.live(agent, 500, 10, course_lib.seed(5), means=pays, reset_at=resets)
        for resets in ((), range(10))
    )
    assert torch.equal(whole.means, pays)
    assert whole.rewards[5:].mean() > 0.99
    # Nothing that happened is known: only the coins of a nearly certain choice differ.
    assert (empty.arms == empty.arms[0]).double().mean() > 0.99
    assert abs(empty.rewards.mean() - 0.2) < 0.02
    once = probe.live(agent, 500, 10, course_lib.seed(5), means=pays, reset_at=5)
    assert torch.equal(once.arms[:5], whole.arms[:5])
    assert torch.equal(
        once.arms, probe.live(agent, 500, 10, course_lib.seed(5), means=pays, reset_at={5}).arms
    )


def test_means_of_another_shape_are_refused(agent):
    with pytest.raises(ValueError, match=r"each trial, \(500, 5\); got \(500, 4\)"):
        probe.live(agent, 500, 10, course_lib.seed(5), means=torch.ones(500, 4) / 2)


def test_a_reset_at_the_start_changes_nothing(agent):
    whole, reset = (
        probe.live(agent, 50, 10, course_lib.seed(5), reset_at=when) for when in (None, 0)
    )
    assert torch.equal(whole.arms, reset.arms)


def test_the_counts_are_those_of_the_pulls(agent):
    lived = probe.live(agent, 50, 10, course_lib.seed(6))
    assert lived.successes[-1].sum(1).tolist() == lived.rewards.sum(0).tolist()
    assert (lived.successes + lived.failures).sum(-1)[:, 0].tolist() == list(range(11))


def test_w15_shows_the_true_posterior_and_resets_from_here_on():
    state = w15.State(pulls=4, trial=2)
    data = w15.compute(state)
    lived = w15.trial(2, False, False, w15.NEVER)
    torch.testing.assert_close(data.posterior[0], lived.posterior_means()[4, 0])
    broken = w15.W15.buttons["Reset the memory now"](state)
    assert broken.reset_at == 4
    hurt = w15.compute(broken)
    assert torch.equal(hurt.path[:4], data.path[:4])
    assert not torch.allclose(hurt.path[4], data.path[4])
    assert "emptied before pull 5" in w15.draw(hurt).status
    assert w15.W15.buttons["Give it back"](broken) == state
    assert replace(state, trial=3) == w15.W15.buttons["Next trial"](state)


def test_bayes_optimal_play_is_the_ceiling_of_the_agent(agent):
    means = probe.live(agent, 20_000, 10, course_lib.seed(7))
    value = means.value()
    assert value.mean() < bp.optimal_value(10, 5) + 3 * value.std() / 20_000**0.5
    assert value.mean() > 6.58
