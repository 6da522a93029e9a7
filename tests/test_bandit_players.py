"""The bandit players against closed forms, enumeration and each other."""

import itertools
import time

import pytest
import torch

import course_lib
from course_lib.rl2.bandits import players as bp
from course_lib.rl2.bandits.players import optimum
from course_lib.rl2.bandits.players.ceilings import lagrangian_bound, one_arm, prophet_bound
from course_lib.rl2.bandits.players.gittins import discounted_indices, finite_indices, place
from course_lib.rl2.bandits.players.player import Counts
from course_lib.rl2.bandits.players.thompson import sample_gamma, sample_posterior
from course_lib.tasks.bandits import sample_means, toss

BY_COUNTS = [bp.greedy(), bp.ucb1(0.2), bp.gittins(), bp.gittins_discounted(0.9), bp.optimal()]
ALL = [*BY_COUNTS, bp.random_arm(), bp.eps_greedy(0.1), bp.ts(), bp.ots(5), bp.ots_vote(5)]
names = {"ids": lambda player: player.name}


def tree(horizon: int, num_arms: int) -> float:
    """The optimum by walking through every history, with no states merged."""

    def value(left, counts):
        if left == 0:
            return 0.0
        best = 0.0
        for a, (s, f) in enumerate(counts):
            p = (s + 1) / (s + f + 2)
            won = [*counts[:a], (s + 1, f), *counts[a + 1 :]]
            lost = [*counts[:a], (s, f + 1), *counts[a + 1 :]]
            best = max(best, p * (1 + value(left - 1, won)) + (1 - p) * value(left - 1, lost))
        return best

    return value(horizon, [(0, 0)] * num_arms)


@pytest.mark.parametrize(("horizon", "num_arms"), [(1, 3), (2, 2), (4, 2), (4, 3), (5, 2)])
def test_the_optimum_is_that_of_the_whole_tree(horizon, num_arms):
    assert bp.optimal_value(horizon, num_arms) == pytest.approx(tree(horizon, num_arms), abs=1e-12)


@pytest.mark.parametrize(("num_arms", "value"), [(5, 6.6600), (10, 6.7140), (50, 6.7140)])
def test_the_optimum_at_ten_pulls(num_arms, value):
    assert bp.optimal_value(10, num_arms) == pytest.approx(value, abs=5e-5)
    assert bp.expected_value(bp.gittins(), 10, num_arms) == pytest.approx(
        bp.optimal_value(10, num_arms), abs=1e-5
    )


def test_one_pull_pays_a_half_and_random_play_half_of_the_pulls():
    for player in (bp.greedy(), bp.ucb1(0.1), bp.gittins()):
        assert bp.expected_value(player, 1, 4) == pytest.approx(0.5)
    assert bp.expected_value(bp.random_arm(), 7, 3) == pytest.approx(3.5)


def test_greedy_with_two_pulls_by_hand():
    # Win (1/2): stay, 2/3. Lose: the other arm, 1/2.
    assert bp.expected_value(bp.greedy(), 2, 2) == pytest.approx(0.5 + 0.5 * 2 / 3 + 0.5 * 0.5)


def test_gittins_indices_against_published_values():
    table = discounted_indices(0.9, 10)
    at = lambda s, f: table[place(torch.tensor(s), torch.tensor(f))].item()  # noqa: E731
    assert at(0, 0) == pytest.approx(0.7029, abs=1e-4)
    assert at(1, 0) == pytest.approx(0.8001, abs=1e-4)
    assert at(0, 1) == pytest.approx(0.5001, abs=1e-4)
    other = discounted_indices(0.8, 10)
    assert other[place(torch.tensor(2), torch.tensor(1))].item() == pytest.approx(0.67144, abs=1e-4)


def test_the_index_with_one_pull_left_is_the_mean_and_grows_with_time_left():
    table = finite_indices(10)
    for s, f in itertools.product(range(4), range(4)):
        where = place(torch.tensor(s), torch.tensor(f))
        ahead = [table[m][where].item() for m in range(1, 11 - s - f)]
        assert ahead[0] == pytest.approx((s + 1) / (s + f + 2), abs=1e-4)
        assert ahead == sorted(ahead)


def test_the_index_with_two_pulls_left_by_hand():
    # Indifferent at λ: 2λ = p + p·max(p', λ) + (1−p)λ, p = 1/2, p' = 2/3, so λ = 5/9.
    assert finite_indices(10)[2][place(torch.tensor(0), torch.tensor(0))].item() == pytest.approx(
        5 / 9, abs=1e-4
    )


@pytest.mark.parametrize("player", BY_COUNTS, **names)
def test_permuted_arms_permute_what_a_player_thinks(player):
    gen = course_lib.seed(3)
    pulled = torch.multinomial(torch.ones(50, 4), 6, replacement=True, generator=gen)
    pulls = torch.zeros(50, 4, dtype=torch.long).scatter_add_(1, pulled, torch.ones_like(pulled))
    won = (torch.rand(50, 4, generator=gen) * (pulls + 1)).long()
    order = torch.tensor([2, 0, 3, 1])
    counts = bp.Counts(won, pulls - won, 6, 10)
    moved = bp.Counts(won[:, order], (pulls - won)[:, order], 6, 10)
    torch.testing.assert_close(
        player.scores(counts, gen)[:, order], player.scores(moved, gen), rtol=0, atol=0
    )


@pytest.mark.parametrize("player", ALL, **names)
def test_no_arm_is_favoured_by_its_number(player):
    means = torch.full((4000, 4), 0.5)
    plays = bp.play(player, means, 5, course_lib.seed(4))
    share = torch.stack([(plays.arms == a).double().mean(1) for a in range(4)])
    # Arms of one instance hang together, so the error is taken over instances.
    error = share.std(1) / 4000**0.5
    assert ((share.mean(1) - 0.25).abs() < 4 * error).all()


def test_ties_to_the_first_arm_favour_it():
    plays = bp.play(bp.greedy(ties="first"), torch.full((1000, 4), 0.5), 1, course_lib.seed(4))
    assert (plays.arms == 0).all()


@pytest.mark.parametrize("player", ALL, **names)
def test_nobody_beats_the_optimum(player):
    means = sample_means(20_000, 5, course_lib.seed(5))
    value = bp.play(player, means, 10, course_lib.seed(6)).value(means)
    assert value.mean() < bp.optimal_value(10, 5) + 3 * value.std() / 20_000**0.5


def test_the_optimal_player_gets_the_optimum():
    means = sample_means(50_000, 5, course_lib.seed(7))
    total = bp.play(bp.optimal(), means, 10, course_lib.seed(8)).total()
    assert abs(total.mean() - 6.66) < 3 * total.std() / 50_000**0.5


def test_thompson_sampling_pulls_an_arm_as_often_as_it_is_best():
    counts = bp.Counts(torch.tensor([[2, 0]]), torch.tensor([[1, 0]]), 3, 10)
    many = bp.Counts(*(c.expand(40_000, 2) for c in counts[:2]), 3, 10)
    picked = bp.ts().choose(many, course_lib.seed(9)).double().mean().item()
    # P(U > Beta(3, 2)) = 1 − E[Beta(3, 2)] = 2/5
    assert picked == pytest.approx(0.4, abs=4 * (0.24 / 40_000) ** 0.5)


def test_gamma_draws_have_gamma_moments():
    for shape in (1.0, 2.0, 7.5, 300.0):
        x = sample_gamma(torch.full((200_000,), shape), course_lib.seed(10)).double()
        assert abs(x.mean() - shape) < 4 * (shape / 200_000) ** 0.5
        assert x.var().item() == pytest.approx(shape, rel=4 * ((2 + 6 / shape) / 200_000) ** 0.5)


def test_one_optimistic_sample_is_thompson_sampling():
    counts = bp.Counts(torch.tensor([[2, 0, 1]]), torch.tensor([[1, 0, 4]]), 8, 10)
    draws = sample_posterior(counts, course_lib.seed(11))[0]
    assert torch.equal(bp.ots(1).scores(counts, course_lib.seed(11)), draws)


def test_players_meet_the_same_luck_on_the_same_coins():
    gen = course_lib.seed(12)
    means = sample_means(200, 3, gen)
    coins = toss(means, 12, gen)
    first, second = (bp.play(p, means, 12, gen, coins) for p in (bp.ucb1(0.2), bp.random_arm()))
    for plays in (first, second):
        seen = torch.zeros(200, 3, dtype=torch.long)
        rows = torch.arange(200)
        for t in range(12):
            arm = plays.arms[:, t]
            flips = coins.table[rows, arm, seen[rows, arm]].long()
            assert torch.equal(plays.rewards[:, t], flips)
            seen[rows, arm] += 1


def test_regret_and_value_add_up_to_the_best_arm():
    means = sample_means(100, 4, course_lib.seed(13))
    plays = bp.play(bp.ts(), means, 9, course_lib.seed(14))
    torch.testing.assert_close(plays.value(means) + plays.regret(means), 9 * means.amax(-1))
    assert (plays.regret(means) >= -1e-5).all()


def test_bounds_lie_above_the_optimum_and_are_the_known_ones():
    for num_arms in (2, 5, 10):
        best = bp.optimal_value(10, num_arms)
        assert prophet_bound(10, num_arms) > best
        assert lagrangian_bound(10, num_arms) > best
    assert lagrangian_bound(1, 3) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("num_arms", "known"), [(5, 83.334), (10, 85.86), (50, 85.94)])
def test_the_bounds_at_a_hundred_pulls_are_no_looser_than_known_ones(num_arms, known):
    means = sample_means(2000, num_arms, course_lib.seed(15))
    value = bp.play(bp.gittins(), means, 100, course_lib.seed(16)).value(means)
    assert value.mean() - 3 * value.std() / 2000**0.5 < bp.ceiling(100, num_arms).value < known


def test_how_often_one_arm_is_pulled_is_the_slope_of_its_worth():
    prices = 0.35 + 0.2 * torch.rand(6, generator=course_lib.seed(17), dtype=torch.float64)
    _, pulled = one_arm(prices)
    for t in range(6):
        nudge = torch.zeros(6, dtype=torch.float64)
        nudge[t] = 1e-6
        slope = (one_arm(prices + nudge)[0] - one_arm(prices - nudge)[0]) / 2e-6
        assert slope == pytest.approx(-pulled[t].item(), abs=1e-8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: bp.eps_greedy(1.5), "epsilon"),
        (lambda: bp.ucb1(-1), "c is -1"),
        (lambda: bp.ots(0), "num_samples"),
        (lambda: bp.gittins_discounted(1.0), "gamma"),
        (lambda: bp.optimal_value(40, 5), "choose a horizon"),
        (lambda: bp.expected_value(bp.greedy(ties="first"), 3, 2), "Ties"),
        (lambda: bp.play(bp.ts(), torch.tensor([[1.2]]), 3, course_lib.seed(0)), "probability"),
        (lambda: bp.play(bp.ts(), torch.zeros(2, 2), 0, course_lib.seed(0)), "horizon"),
        (lambda: sample_means(0, 2, course_lib.seed(0)), "1 or more"),
    ],
)
def test_bad_input_is_told(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_coins_of_another_size_are_refused():
    gen = course_lib.seed(0)
    means = sample_means(3, 2, gen)
    with pytest.raises(ValueError, match="toss"):
        bp.play(bp.ts(), means, 5, gen, toss(means, 4, gen))


def test_sizes_are_checked_before_the_work():
    """`gittins` at n = 2000 took 5 GB; `optimal` at n = 40 worked for minutes before its no."""
    began = time.process_time()
    with pytest.raises(ValueError, match=r"2000 would take 5.3 GB: choose 1000 or less"):
        bp.gittins().scores(counts_at_start(2000, 3), course_lib.seed(0))
    with pytest.raises(ValueError, match=r"100000 pulls would take 20.0 GB"):
        bp.gittins_discounted(0.9).scores(counts_at_start(100_000, 3), course_lib.seed(0))
    with pytest.raises(ValueError, match=r"choose a horizon of 19 or less, or play"):
        optimum.levels(40, 5)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(("pulls", "arms"), [(1, 1), (6, 1), (5, 3), (6, 2), (5, 50)])
def test_states_are_counted_as_they_are_made(pulls, arms):
    made = [len(level.counts.successes) for level in optimum.levels(pulls, arms)]
    assert made == [optimum.number_of_states(t, arms) for t in range(pulls)]


def counts_at_start(horizon, arms):
    zero = torch.zeros(1, arms, dtype=torch.long)
    return Counts(zero, zero, 0, horizon)


def test_a_players_score_that_is_no_number_is_refused_with_the_arm():
    def mean_reward(counts, gen):
        return counts.successes / (counts.successes + counts.failures)

    means = torch.full((3, 4), 0.5)
    with pytest.raises(ValueError, match=r"my rule gives arm 0 the score nan at t = 0"):
        bp.play(bp.Player("my rule", "", mean_reward), means, 5, course_lib.seed(0))
    odd = bp.Player("last", "", lambda counts, gen: torch.zeros(3, 4), ties="last")
    with pytest.raises(ValueError, match="choose 'random' or 'first'"):
        bp.play(odd, means, 5, course_lib.seed(0))
