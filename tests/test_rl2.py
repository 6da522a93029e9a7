"""RL²: what the agent reads, when it forgets, and both policy updates against independent sums."""

import pytest
import torch
from torch.nn import functional as F

import course_lib
from course_lib import rl2
from course_lib.nets import gru
from course_lib.rl2 import Experience, credit, ppo, trpo
from course_lib.rl2.bandits import players as bp
from course_lib.rl2.bandits import recipes as bandit_recipes
from course_lib.rl2.heads import logits
from course_lib.tasks.bandits import BanditTrials, sample_means
from course_lib.tasks.trials import Outcome

HORIZON, ARMS, TRIALS = 6, 3, 8


def agent(num_arms=ARMS, hidden=7, seed=0, **more):
    """An untrained agent whose policy is far from uniform."""
    theta = rl2.init(num_arms, hidden, course_lib.seed(seed), **more)
    theta["w_policy"] = torch.randn(theta["w_policy"].shape, generator=course_lib.seed(seed + 1))
    theta["w_value"] = torch.randn(theta["w_value"].shape, generator=course_lib.seed(seed + 2))
    theta["b_in"] = torch.randn(theta["b_in"].shape, generator=course_lib.seed(seed + 3))
    return theta


def live(theta, seed=5, trials=TRIALS, horizon=HORIZON) -> Experience:
    gen = course_lib.seed(seed)
    means = sample_means(trials, theta["w_policy"].shape[0], gen)
    return rl2.rollout(theta, BanditTrials(means, horizon, gen), horizon, gen)


def test_the_first_input_is_all_zeros():
    assert live(agent()).inputs[0].abs().max() == 0


def test_later_inputs_say_what_was_done_what_it_paid_and_that_an_episode_ended():
    e = live(agent())
    for t in range(1, HORIZON):
        assert torch.equal(e.inputs[t, :, :ARMS], F.one_hot(e.actions[t - 1], ARMS).float())
        assert torch.equal(e.inputs[t, :, ARMS], e.rewards[t - 1])
        assert (e.inputs[t, :, ARMS + 1] == 1).all()


def replayed(theta, e: Experience, reset_at=(), start=None):
    """Log-probabilities of the actions of `e`, by a plain loop with the memory reset at will."""
    empty = e.inputs.new_zeros(e.inputs.shape[1], theta["w_hidden"].shape[1])
    memory = empty if start is None else start
    found = []
    for t, x in enumerate(e.inputs):
        memory = torch.zeros_like(memory) if t in reset_at else memory
        memory = gru.step(theta, x, memory)
        log_probs = F.linear(memory, theta["w_policy"], theta["b_policy"]).log_softmax(-1)
        found.append(log_probs.gather(1, e.actions[t][:, None])[:, 0])
    return torch.stack(found), memory


def test_the_memory_is_carried_through_a_trial_and_empty_at_its_start():
    theta = agent()
    e = live(theta)
    right, end = replayed(theta, e)
    torch.testing.assert_close(right, e.log_probs, rtol=1e-5, atol=1e-5)
    # Both planted mistakes are seen by the same comparison.
    every_episode, _ = replayed(theta, e, reset_at=range(HORIZON))
    never, _ = replayed(theta, e, start=end)
    assert (every_episode - e.log_probs)[1:].abs().max() > 0.1
    assert (never - e.log_probs).abs().max() > 0.1


def test_two_rollouts_of_the_same_luck_are_the_same():
    first, second = live(agent()), live(agent())
    assert torch.equal(first.log_probs, second.log_probs)


class TwoEpisodes:
    """Trials that end at different times: trial i after i + 1 steps; an episode lasts two."""

    num_actions = 2

    def __init__(self, num_trials):
        self.num_trials, self.t = num_trials, 0

    def observe(self):
        return torch.full((self.num_trials, 1), float(self.t))

    def step(self, action):
        self.t += 1
        over = torch.arange(self.num_trials) + 1 == self.t
        ended = torch.full((self.num_trials,), self.t % 2 == 0)
        return Outcome(torch.ones(self.num_trials), ended | over, over)


def test_nothing_counts_after_the_end_of_a_trial():
    theta = agent(2, num_observations=1)
    e = rl2.rollout(theta, TwoEpisodes(4), 4, course_lib.seed(0))
    assert e.total().tolist() == [1, 2, 3, 4]
    assert e.alive.sum(0).tolist() == [1, 2, 3, 4]
    assert e.inputs[:, 3, 0].tolist() == [0, 1, 2, 3]  # observations
    assert e.inputs[:, 3, -1].tolist() == [0, 0, 1, 0]  # terminations: of the step before
    aim = credit.targets(e, 1.0, 0.95)
    assert aim.weight.sum().item() == pytest.approx(1)
    assert (aim.weight[~e.alive] == 0).all()


def test_rewards_to_go_by_hand():
    rewards = torch.tensor([[1.0], [0.0], [2.0]])
    assert credit.rewards_to_go(rewards, 0.5)[:, 0].tolist() == [1.5, 1.0, 2.0]


def test_advantages_with_lambda_one_are_returns_minus_values():
    gen = course_lib.seed(1)
    r, v = torch.rand(5, 3, generator=gen), torch.rand(5, 3, generator=gen)
    torch.testing.assert_close(credit.advantages(r, v, 0.9, 1.0), credit.rewards_to_go(r, 0.9) - v)
    after = torch.cat([v[1:], torch.zeros(1, 3)])
    torch.testing.assert_close(credit.advantages(r, v, 0.9, 0.0), r + 0.9 * after - v)


def test_what_one_trial_pays_never_reaches_another_or_its_own_past_trial():
    gen = course_lib.seed(2)
    r, v = torch.rand(5, 3, generator=gen), torch.rand(5, 3, generator=gen)
    changed_r, changed_v = r.clone(), v.clone()
    changed_r[:, 1] += 10
    changed_v[:, 1] -= 10
    before, after = (
        credit.advantages(r, v, 0.9, 0.9),
        credit.advantages(changed_r, changed_v, 0.9, 0.9),
    )
    assert torch.equal(before[:, [0, 2]], after[:, [0, 2]])
    # The last step of a trial has no future: its advantage is r − V alone.
    torch.testing.assert_close(before[-1], r[-1] - v[-1])


def double(theta):
    return {name: p.double() for name, p in theta.items()}


def test_the_fast_unroll_is_the_plain_one_and_so_is_its_gradient():
    theta = double(agent())
    xs = torch.rand(6, 5, ARMS + 2, generator=course_lib.seed(3), dtype=torch.float64)
    grads = []
    for unroll in (gru.unroll, gru.fast_unroll):
        leaves = {n: theta[n].clone().requires_grad_() for n in gru.NAMES}
        hs = unroll(leaves, xs)
        grads.append([hs.detach(), *torch.autograd.grad(hs.sin().sum(), list(leaves.values()))])
    torch.testing.assert_close(*grads, rtol=1e-11, atol=1e-12)


def test_the_gru_is_torchs():
    theta, theirs = agent(hidden=5), torch.nn.GRU(ARMS + 2, 5)
    names = {"weight_ih_l0": "w_in", "weight_hh_l0": "w_hidden"}
    names |= {"bias_ih_l0": "b_in", "bias_hh_l0": "b_hidden"}
    theirs.load_state_dict({name: theta[ours] for name, ours in names.items()})
    xs = torch.rand(6, 4, ARMS + 2, generator=course_lib.seed(3))
    torch.testing.assert_close(gru.unroll(theta, xs), theirs(xs)[0])
    torch.testing.assert_close(gru.fast_step(theta, xs[0], xs.new_zeros(4, 5)), theirs(xs)[0][0])


@pytest.fixture
def kl_case():
    """A policy in float64, inputs, weights, and the KL from it as a function of flat weights."""
    theta = double(agent(hidden=4))
    e = live(agent(hidden=4))
    policy = {n: p for n, p in theta.items() if n not in trpo.VALUE}
    weight = torch.full((HORIZON, TRIALS), 1 / (HORIZON * TRIALS), dtype=torch.float64)
    inputs = e.inputs.double()
    old = logits(policy, gru.unroll(policy, inputs)).log_softmax(-1)
    flat = trpo._flat(policy.values())

    def kl(flat):
        new = trpo._shaped(flat, policy)
        return trpo.kl_divergence(old, logits(new, gru.unroll(new, inputs)).log_softmax(-1), weight)

    return policy, inputs, weight, kl, flat


def test_the_kl_is_zero_and_flat_at_home_and_its_gradient_is_that_of_differences(kl_case):
    _, _, _, kl, flat = kl_case
    assert kl(flat).abs() < 1e-15
    assert torch.func.grad(kl)(flat).abs().max() < 1e-14
    v = torch.randn(flat.shape, generator=course_lib.seed(4), dtype=torch.float64)
    away, h = flat + 0.1 * v, 1e-5
    slope = (kl(away + h * v) - kl(away - h * v)) / (2 * h)
    torch.testing.assert_close(torch.func.grad(kl)(away) @ v, slope, rtol=1e-7, atol=0)


def test_the_fisher_product_is_the_hessian_of_the_kl(kl_case):
    policy, inputs, weight, kl, flat = kl_case
    v = torch.randn(flat.shape, generator=course_lib.seed(4), dtype=torch.float64)
    ours = trpo.fisher_product(policy, inputs, weight, v)
    torch.testing.assert_close(ours, torch.func.hessian(kl)(flat) @ v, rtol=1e-9, atol=1e-12)
    h = 1e-4
    differences = (torch.func.grad(kl)(flat + h * v) - torch.func.grad(kl)(flat - h * v)) / (2 * h)
    torch.testing.assert_close(ours, differences, rtol=1e-4, atol=1e-7)


def test_conjugate_gradients_solve():
    A = torch.randn(6, 6, generator=course_lib.seed(0), dtype=torch.float64)
    A = A @ A.T + torch.eye(6, dtype=torch.float64)
    b = torch.arange(6, dtype=torch.float64)
    found = trpo.conjugate_gradient(lambda v: A @ v, b, 6)
    torch.testing.assert_close(found, torch.linalg.solve(A, b), rtol=1e-8, atol=1e-10)


def with_gradients(theta):
    return {n: p.clone().requires_grad_() for n, p in theta.items()}


def test_a_trpo_step_stays_within_its_kl_and_helps():
    start = rl2.init(ARMS, 8, course_lib.seed(0))
    e = live(start, trials=600)
    theta = with_gradients(start)
    kl = trpo.trpo_update(theta, e, trpo.TRPO(max_kl=0.01))
    assert 0.001 < kl <= 0.01
    aim = credit.targets(e, 1.0, 1.0)
    new = rl2.heads(theta, gru.unroll(theta, e.inputs))[0].gather(-1, e.actions[..., None])[..., 0]
    gain = lambda log_probs: ((log_probs - e.log_probs).exp() * aim.advantages * aim.weight).sum()  # noqa: E731
    assert gain(new) > gain(e.log_probs) + 1e-3
    assert not torch.equal(theta["w_value"], start["w_value"])


def test_ppos_first_gradient_is_the_policy_gradient():
    start = double(agent())
    e = live(agent())
    e = Experience(*(part.double() if part.is_floating_point() else part for part in e))
    e = e._replace(log_probs=replayed(start, e)[0])
    aim = credit.targets(e, 1.0, 0.95)
    plain = ppo.PPO(entropy=0.0, value=0.0)
    theta = with_gradients(start)
    ours = torch.autograd.grad(
        ppo.ppo_loss(theta, e, aim, torch.arange(TRIALS), plain), theta["w_policy"]
    )[0]
    log_probs = replayed(theta, e)[0]
    score = torch.autograd.grad(-(log_probs * aim.advantages * aim.weight).sum(), theta["w_policy"])
    torch.testing.assert_close(ours, score[0], rtol=1e-9, atol=1e-12)


def test_short_trials_are_not_unrolled_beyond_their_end_and_the_loss_is_the_same(monkeypatch):
    theta = agent(2, num_observations=1)
    e = rl2.rollout(theta, TwoEpisodes(12), 12, course_lib.seed(0))
    aim, part = credit.targets(e, 0.99, 0.95), torch.tensor([8, 0, 3, 5, 11, 1, 6])
    groups = ppo.by_length(e.alive, part)
    assert sorted(torch.cat([some for some, _ in groups]).tolist()) == sorted(part.tolist())
    assert [time for _, time in groups] == [2, 6, 9, 12]  # trial i lives i + 1 steps
    grouped = ppo.ppo_loss(theta, e, aim, part, ppo.PPO())
    monkeypatch.setattr(ppo, "by_length", lambda alive, part: [(part, len(alive))])
    torch.testing.assert_close(grouped, ppo.ppo_loss(theta, e, aim, part, ppo.PPO()))


def test_ppo_does_not_pull_on_a_ratio_beyond_the_clip():
    theta, e = with_gradients(agent()), live(agent())
    far = e._replace(log_probs=e.log_probs - 1.0)  # every ratio is e
    aim = credit.targets(e, 1.0, 0.95)
    aim = aim._replace(advantages=torch.ones_like(aim.advantages))
    plain = ppo.PPO(entropy=0.0, value=0.0)
    loss = ppo.ppo_loss(theta, far, aim, torch.arange(TRIALS), plain)
    assert loss.item() == pytest.approx(-1.2)
    grads = torch.autograd.grad(loss, list(theta.values()), allow_unused=True)
    assert all(g is None or g.abs().max() == 0 for g in grads)


@pytest.mark.parametrize("method", ["ppo", "trpo"])
def test_a_few_iterations_learn(method):
    gen = course_lib.seed(1)
    theta = with_gradients(rl2.init(5, 16, gen))
    adam = torch.optim.Adam(theta.values(), lr=4e-3)
    for _ in range(80 if method == "ppo" else 25):
        trials = 400 if method == "ppo" else 1500
        e = rl2.rollout(theta, BanditTrials(sample_means(trials, 5, gen), 10, gen), 10, gen)
        if method == "ppo":
            ppo.ppo_update(theta, adam, e, ppo.PPO(), gen)
        else:
            trpo.trpo_update(theta, e, trpo.TRPO(max_kl=0.02))
    means = sample_means(4000, 5, gen)
    played = rl2.rollout(theta, BanditTrials(means, 10, gen), 10, gen)
    assert means.gather(1, played.actions.T).sum(1).mean() > 5.8  # random play gets 5.0


def test_an_agent_as_a_player_does_what_it_does_in_a_rollout():
    theta = agent(hidden=9)
    means = sample_means(300, ARMS, course_lib.seed(6))
    plays = bp.play(bp.recurrent(theta, sampled=False), means, 10, course_lib.seed(7))
    inputs = torch.zeros(10, 300, ARMS + 2)
    inputs[1:, :, :ARMS] = F.one_hot(plays.arms.T[:-1], ARMS)
    inputs[1:, :, ARMS] = plays.rewards.T[:-1]
    inputs[1:, :, ARMS + 1] = 1
    likeliest = rl2.heads(theta, gru.unroll(theta, inputs))[0].argmax(-1)
    assert torch.equal(likeliest.T, plays.arms)


def test_permuting_the_arms_of_an_agent_and_of_the_world_permutes_its_play():
    theta, order = agent(hidden=9), torch.tensor([2, 0, 1])
    moved = dict(theta)
    moved["w_in"] = theta["w_in"].clone()
    moved["w_in"][:, :ARMS] = theta["w_in"][:, order]
    moved["w_policy"], moved["b_policy"] = theta["w_policy"][order], theta["b_policy"][order]
    e = live(theta)
    inputs = e.inputs.clone()
    inputs[..., :ARMS] = e.inputs[..., order]
    one, other = (
        rl2.heads(t, gru.unroll(t, x))[0] for t, x in ((theta, e.inputs), (moved, inputs))
    )
    torch.testing.assert_close(one[..., order], other)


def test_a_player_with_a_memory_refuses_a_play_taken_up_in_its_middle():
    counts = bp.Counts(torch.zeros(1, ARMS).long(), torch.zeros(1, ARMS).long(), 3, 10)
    with pytest.raises(ValueError, match="from the first pull on"):
        bp.recurrent(agent()).scores(counts, course_lib.seed(0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: rl2.init(1, 4, course_lib.seed(0)), "2 or more actions"),
        (lambda: rl2.init(3, 0, course_lib.seed(0)), "sizes"),
        (lambda: live(agent(), horizon=0), "horizon"),
        (
            lambda: bp.play(bp.recurrent(agent()), torch.rand(2, 5), 3, course_lib.seed(0)),
            "trained on 3 arms",
        ),
    ],
)
def test_bad_input_is_told(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_the_horizon_grows_with_the_training():
    cell = bandit_recipes.CELLS["100x5"]
    assert [cell.horizon_at(share) for share in (0, 0.09, 0.1, 0.24, 0.25, 1)] == [
        20, 20, 50, 50, 100, 100,
    ]  # fmt: skip
