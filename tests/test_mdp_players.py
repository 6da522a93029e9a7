"""The players of MDPs against closed forms, linear programs, brute force and each other."""

import pytest
import torch
from scipy.optimize import linprog

import course_lib
from course_lib.rl2.mdps import players as mp
from course_lib.rl2.mdps.players.belief import Belief, nothing_seen
from course_lib.rl2.mdps.players.player import choose
from course_lib.rl2.mdps.players.ucrl2 import best_rows, extended_values
from course_lib.tasks.mdps import MDPs, MDPTrials, action_values, best_value, sample_mdps

PLANNERS = [
    mp.greedy(), mp.eps_greedy(0.1), mp.beb(1.5), mp.psrl(), mp.opsrl(3), mp.ucrl2(0.1),
    mp.greedy(estimate="map"), mp.ucrl2(0.1, estimate="raw"),
]  # fmt: skip
BY_BELIEF = [
    mp.greedy(),
    mp.greedy(estimate="map"),
    mp.beb(1.5),
    mp.ucrl2(0.1),
]  # what they think needs no draw
ALL = [*PLANNERS, mp.random_action()]
names = {"ids": lambda player: player.name}


def some_belief(tasks=6, states=4, actions=3, seed=0, tries=5) -> Belief:
    """Made-up counts: some pairs never tried, and sums of rewards that fit."""
    gen = course_lib.seed(seed)
    tried = torch.randint(0, tries, (tasks, states, actions), generator=gen).float()
    paid = tried + tried.sqrt() * torch.randn(tried.shape, generator=gen)
    moves = torch.zeros(*tried.shape, states)
    for _ in range(tries):
        where = torch.randint(0, states, (*tried.shape, 1), generator=gen)
        more = (moves.sum(-1, keepdim=True) < tried[..., None]).float()
        moves.scatter_add_(-1, where, more)
    return Belief(tried, paid, moves)


def test_the_posterior_of_a_reward_is_the_textbooks():
    belief = nothing_seen(1, 2, 2)
    zero = torch.zeros(1, dtype=torch.long)
    for r in (2.0, 4.0, -1.0):
        belief.see(zero, zero + 1, torch.tensor([r]), zero)
    # Precisions add: 1 (prior) + 3 (data); the mean is weighted by them.
    assert belief.rewards[0, 0, 1].item() == pytest.approx((1 * 1 + 3 * (5 / 3)) / 4)
    assert belief.rewards[0, 1, 0].item() == 1
    draws = torch.stack([belief.sample(course_lib.seed(i)).rewards[0] for i in range(1000)])
    assert draws[:, 0, 1].mean().item() == pytest.approx(1.5, abs=4 * 0.5 / 1000**0.5)
    assert draws[:, 0, 1].var().item() == pytest.approx(1 / 4, rel=0.18)
    assert draws[:, 1, 1].var().item() == pytest.approx(1, rel=0.18)


def test_the_posterior_of_a_row_is_dirichlet():
    moves = torch.tensor([3.0, 0.0, 1.0]).expand(20_000, 3, 1, 3)
    belief = Belief(moves.sum(-1), moves.sum(-1), moves)
    alpha = torch.tensor([4.0, 1.0, 2.0])
    mean = alpha / 7
    torch.testing.assert_close(belief.transitions[0, 0, 0], mean)
    rows = belief.sample(course_lib.seed(1)).transitions[:, 0, 0].double()
    variance = mean * (1 - mean) / 8
    assert ((rows.mean(0) - mean).abs() < 4 * (variance / 20_000).sqrt()).all()
    torch.testing.assert_close(rows.var(0).float(), variance, rtol=0.05, atol=0)
    torch.testing.assert_close(rows.sum(-1), torch.ones(20_000, dtype=torch.float64))


def test_the_likeliest_row_maximises_the_posterior_density_and_raw_means_forget_the_prior():
    moves = torch.tensor([[3.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])[None, :, None]
    tried, paid = torch.tensor([[[5.0], [0.0], [2.0]]]), torch.tensor([[[10.0], [0.0], [4.0]]])
    belief = Belief(tried, paid, moves, 1.0)
    row = belief.likeliest().transitions[0, 0, 0]
    torch.testing.assert_close(row, torch.tensor([0.75, 0.0, 0.25]))
    others = torch.distributions.Dirichlet(torch.ones(3)).sample((2000,))
    density = lambda P: (moves[0, 0, 0] * P.clamp(min=1e-30).log()).sum(-1)  # noqa: E731
    assert (density(others) < density(row)).all()
    torch.testing.assert_close(belief.likeliest().transitions[0, 1, 0], torch.full((3,), 1 / 3))
    assert belief.likeliest().rewards[0, :, 0].tolist() == pytest.approx([11 / 6, 1, 5 / 3])
    assert belief.counted().rewards[0, :, 0].tolist() == [2, 0, 2]
    torch.testing.assert_close(belief.counted().transitions, belief.likeliest().transitions)


def test_the_last_move_of_an_episode_is_not_counted_but_its_reward_is():
    seen = []

    def plan(belief, t, gen):
        seen.append((belief.tried.sum().item(), belief.moves.sum().item()))
        return torch.zeros(10, *belief.tried.shape)

    mp.play(mp.planner("spy", "", plan), sample_mdps(2, course_lib.seed(0)), 3, course_lib.seed(0))
    assert seen == [(0, 0), (20, 18), (40, 36)]


@pytest.mark.parametrize("player", [p for p in PLANNERS if p.name != "eps_greedy"], **names)
def test_with_endless_data_everybody_plans_as_if_the_world_were_known(player):
    worlds = sample_mdps(5, course_lib.seed(2))
    n = 1e10
    belief = Belief(torch.full((5, 10, 5), n), n * worlds.rewards, n * worlds.transitions)
    scores = player.plan(belief, 100, course_lib.seed(3))
    torch.testing.assert_close(scores, action_values(worlds), rtol=2e-3, atol=2e-3)


def test_the_best_row_is_that_of_a_linear_program():
    gen = course_lib.seed(4)
    P = torch.rand(3, 5, 2, 5, generator=gen)
    P = P / P.sum(-1, keepdim=True)
    slack = torch.tensor([0.0, 0.1, 0.5, 1.2, 2.0, 9.0]).repeat(5).view(3, 5, 2)
    values = torch.randn(3, 5, generator=gen)
    ours = best_rows(P, slack, values)
    for i, s, a in torch.cartesian_prod(*(torch.arange(n) for n in slack.shape)).tolist():
        # max P′·V with P′ = P + up − down; up, down ≥ 0; Σ up + Σ down ≤ slack
        p, v, one = P[i, s, a].double().numpy(), values[i].double().numpy(), [1.0] * 5
        found = linprog(
            [*-v, *v],
            A_ub=[[*one, *one], *([0.0] * 5 + [float(j == k) for k in range(5)] for j in range(5))],
            b_ub=[slack[i, s, a].item(), *p],
            A_eq=[[*one, *([-1.0] * 5)]], b_eq=[0.0],
        )  # fmt: skip
        assert ours[i, s, a].item() == pytest.approx(p @ v - found.fun, abs=1e-5)


def test_extended_value_iteration_is_optimistic_and_plain_without_slack():
    worlds = sample_mdps(20, course_lib.seed(5), num_states=4, num_actions=3)
    none = torch.zeros(20, 4, 3)
    torch.testing.assert_close(extended_values(worlds, none, none), action_values(worlds))
    gen = course_lib.seed(6)
    noise = torch.rand(20, 4, 3, generator=gen)
    near = sample_mdps(20, gen, num_states=4, num_actions=3)
    guess = MDPs((worlds.transitions + near.transitions) / 2, worlds.rewards - noise)
    slack = (guess.transitions - worlds.transitions).abs().sum(-1)
    # The true world lies in the set, so nothing that it offers is overlooked.
    assert (extended_values(guess, noise, slack) >= action_values(worlds) - 1e-5).all()
    assert (extended_values(guess, noise, slack) >= action_values(guess)).all()


def test_bonuses_and_several_samples_are_optimistic():
    belief, gen = some_belief(), course_lib.seed
    plain = mp.greedy().plan(belief, 0, gen(0))
    bonus = mp.beb(2.0).plan(belief, 0, gen(0)) - plain
    least = (2 / (1 + belief.tried)).amin((1, 2))
    assert (bonus[-1] - 2 / (1 + belief.tried)).abs().max() < 1e-5
    assert (bonus[0] > 9.9 * least[:, None, None]).all()
    assert (mp.opsrl(4).plan(belief, 0, gen(1)) >= mp.psrl().plan(belief, 0, gen(1))).all()
    assert (mp.ucrl2(0.1).plan(belief, 0, gen(0)) > plain).all()


def test_planners_without_their_constant_are_simpler_ones():
    belief, gen = some_belief(), course_lib.seed
    plain = mp.greedy().plan(belief, 5, gen(0))
    torch.testing.assert_close(mp.beb(0).plan(belief, 5, gen(0)), plain)
    torch.testing.assert_close(mp.ucrl2(0).plan(belief, 5, gen(0)), plain)
    assert torch.equal(mp.opsrl(1).plan(belief, 5, gen(7)), mp.psrl().plan(belief, 5, gen(7)))
    worlds = sample_mdps(50, gen(1))
    never, greedy = (mp.play(p, worlds, 2, gen(2)) for p in (mp.eps_greedy(0), mp.greedy()))
    assert torch.equal(never.paid, greedy.paid)


@pytest.mark.parametrize("player", BY_BELIEF, **names)
def test_renamed_states_and_actions_rename_what_a_player_thinks(player):
    belief = some_belief()
    s, a = torch.tensor([2, 0, 3, 1]), torch.tensor([1, 2, 0])
    tried, paid = belief.tried[:, s][:, :, a], belief.paid[:, s][:, :, a]
    renamed = Belief(tried, paid, belief.moves[:, s][:, :, a][..., s])
    scores = player.plan(belief, 20, course_lib.seed(0))
    again = player.plan(renamed, 20, course_lib.seed(0))
    torch.testing.assert_close(scores[:, :, s][:, :, :, a], again, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("player", ALL, **names)
def test_no_action_is_favoured_by_its_number(player):
    alike = MDPs(torch.full((2000, 3, 4, 3), 1 / 3), torch.ones(2000, 3, 4))
    trials = MDPTrials(alike, 1, course_lib.seed(7))
    first = []
    step = trials.step
    trials.step = lambda action: (first.append(action), step(action))[1]
    player.live(trials, course_lib.seed(8))
    share = torch.bincount(first[0], minlength=4) / 2000
    assert ((share - 0.25).abs() < 4 * (0.1875 / 2000) ** 0.5).all()


def test_epsilon_is_the_chance_of_anything():
    scores = torch.tensor([[[1.0, 0.0, 0.0, 0.0]]]).expand(40_000, 1, 4)
    state = torch.zeros(40_000, dtype=torch.long)
    picked = choose(scores, state, 0.2, course_lib.seed(9))
    assert (picked == 0).double().mean().item() == pytest.approx(0.85, abs=4 * 0.0018)
    assert (choose(scores, state, 0.0, course_lib.seed(9)) == 0).all()


@pytest.mark.parametrize("player", ALL, **names)
def test_nobody_beats_the_ceiling_and_everybody_but_chance_beats_chance(player):
    worlds = sample_mdps(400, course_lib.seed(10))
    worth = mp.play(player, worlds, 6, course_lib.seed(11)).worth.double().sum(1)
    behind = 6 * best_value(worlds) - worth
    assert behind.mean() > 3 * behind.std() / 400**0.5
    error = worth.std() / 400**0.5
    if player.name == "random":
        assert abs(worth.mean() - 60) < 4 * error
    else:
        assert worth.mean() > 60 + 4 * error


def test_a_prior_that_expects_less_explores_less():
    worlds = sample_mdps(400, course_lib.seed(12))
    fair, low = (
        mp.play(mp.greedy(prior=prior), worlds, 20, course_lib.seed(13)).worth.sum(1)
        for prior in (1.0, 0.0)
    )
    gain = (fair - low).double()
    assert gain.mean() > 4 * gain.std() / 400**0.5


def test_players_of_one_seed_meet_the_same_luck():
    worlds = sample_mdps(30, course_lib.seed(14))
    plays = [mp.play(p, worlds, 3, course_lib.seed(15)) for p in (mp.greedy(), mp.random_action())]
    noise = [play.paid - play.worth for play in plays]
    torch.testing.assert_close(*noise, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: mp.eps_greedy(1.5), "epsilon is 1.5"),
        (lambda: mp.beb(-1), "beta is -1"),
        (lambda: mp.opsrl(0), "num_samples is 0"),
        (lambda: mp.ucrl2(float("nan")), "scale is nan"),
        (lambda: mp.greedy(estimate="median"), "choose one of mean, map, raw"),
    ],
)
def test_bad_input_is_told(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
