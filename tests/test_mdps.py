"""Random MDPs: how they are drawn, what the best plan is worth, what a trial shows and keeps."""

import itertools

import pytest
import torch

import course_lib
from course_lib import rl2
from course_lib.nets import gru
from course_lib.rl2.mdps import recipes as mdp_recipes
from course_lib.tasks import mdps
from course_lib.tasks.mdps import (
    NUM_STATES,
    MDPs,
    MDPTrials,
    action_values,
    best_value,
    sample_mdps,
)


def test_rows_are_flat_dirichlet_and_reward_means_normal_around_one():
    drawn = sample_mdps(4000, course_lib.seed(0))
    torch.testing.assert_close(drawn.transitions.sum(-1), torch.ones(4000, 10, 5))
    p = drawn.transitions[:, 0, 0].double()
    # One coordinate of Dirichlet(1, …, 1) over 10 is Beta(1, 9): mean 1/10, variance 9/1100.
    assert ((p.mean(0) - 0.1).abs() < 4 * (9 / 1100 / 4000) ** 0.5).all()
    assert p.var(0).mean().item() == pytest.approx(9 / 1100, rel=0.05)
    r = drawn.rewards.double()
    assert abs(r.mean() - 1) < 4 / r.numel() ** 0.5
    assert abs(r.var() - 1) < 4 * (2 / r.numel()) ** 0.5


def policy_value(world: MDPs, policy: list[list[int]]) -> float:
    """What a plan (policy[step][state]) is worth, by following the state's distribution."""
    P, R = world.transitions[0].double(), world.rewards[0].double()
    chance, total = torch.zeros(len(P), dtype=torch.float64), 0.0
    chance[mdps.START] = 1
    for actions in policy:
        total += sum(chance[s] * R[s, a] for s, a in enumerate(actions))
        chance = sum(chance[s] * P[s, a] for s, a in enumerate(actions))
    return float(total)


@pytest.mark.parametrize(
    ("states", "actions", "steps"), [(2, 2, 1), (2, 2, 4), (3, 2, 3), (2, 3, 3)]
)
def test_backward_induction_is_the_best_of_all_plans(states, actions, steps):
    world = sample_mdps(1, course_lib.seed(steps), num_states=states, num_actions=actions)
    one_step = list(itertools.product(range(actions), repeat=states))
    best = max(policy_value(world, plan) for plan in itertools.product(one_step, repeat=steps))
    assert best_value(world, steps).item() == pytest.approx(best, abs=1e-5)


def test_with_one_step_left_only_the_reward_counts():
    world = sample_mdps(7, course_lib.seed(1))
    assert torch.equal(action_values(world)[-1], world.rewards)


def test_moves_come_as_often_as_they_should_and_edges_stay_inside():
    chances = torch.tensor([0.2, 0.5, 0.3])
    u = torch.rand(50_000, generator=course_lib.seed(2))
    reached = mdps.draw_next(chances.expand(50_000, 3), u)
    share = torch.bincount(reached, minlength=3) / 50_000
    assert ((share - chances).abs() < 4 * (chances * (1 - chances) / 50_000).sqrt()).all()
    edges = torch.tensor([0.0, 1.0 - 2**-24])
    assert mdps.draw_next(torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]), edges)[0] == 1
    assert mdps.draw_next(torch.tensor([[0.3, 0.3, 0.4]] * 2), edges).tolist() == [0, 2]


def lived(episodes=3, trials=40):
    """A trial lived by chance: the trials, and what was seen, done and answered at every step."""
    gen = course_lib.seed(3)
    t = MDPTrials(sample_mdps(trials, gen), episodes, gen)
    log = []
    for u in torch.rand(t.horizon, trials, generator=gen):
        state, seen, action = t.state, t.observe(), (u * t.num_actions).long()
        log.append((state, seen, action, t.step(action)))
    return t, log


def test_episodes_last_ten_steps_and_start_over_in_the_start_state():
    _, log = lived()
    for i, (state, _, _, outcome) in enumerate(log):
        assert outcome.terminated.all() == ((i + 1) % 10 == 0)
        assert outcome.over.all() == (i + 1 == len(log))
        if i % 10 == 0:
            assert (state == mdps.START).all()
        elif i % 10 == 5:
            assert len(state.unique()) > 5


def test_what_is_seen_is_the_state_and_the_last_step_with_its_reward():
    _, log = lived()
    for i, (state, seen, _, _) in enumerate(log):
        now, last, paid = seen[:, :10], seen[:, 10:60], seen[:, 60:]
        assert torch.equal(now.argmax(-1), state)
        assert (now.sum(-1) == 1).all()
        if i == 0:
            assert not last.any()
            assert not paid.any()
        else:
            was, _, action, outcome = log[i - 1]
            assert torch.equal(last.argmax(-1), was * 5 + action)
            assert (last.sum(-1) == 1).all()
            torch.testing.assert_close(paid, last * (outcome.reward - 1)[:, None])


def test_a_trial_keeps_its_rewards_with_and_without_noise():
    t, log = lived(trials=4000)
    rows = torch.arange(4000)
    for i, (state, _, action, outcome) in enumerate(log):
        assert torch.equal(t.worth[i], t.mdps.rewards[rows, state, action])
        assert torch.equal(t.paid[i], outcome.reward)
    noise = (t.paid - t.worth).double()
    assert abs(noise.mean()) < 4 / noise.numel() ** 0.5
    assert abs(noise.var() - 1) < 4 * (2 / noise.numel()) ** 0.5
    torch.testing.assert_close(t.by_episode(t.paid)[:, 1], t.paid[10:20].sum(0))


def test_what_actions_gave_away_adds_up_to_what_is_missing_to_the_ceiling():
    gen = course_lib.seed(4)
    worlds = sample_mdps(6000, gen)
    theta = mdp_recipes.start(mdp_recipes.CELLS["start"], gen)
    trials = MDPTrials(worlds, 2, gen)
    experience = rl2.rollout(theta, trials, 20, gen)
    given = mdp_recipes.missed(worlds, experience)
    assert (given <= 0).all()
    # Equal in expectation, for every policy: the difference of both is noise of mean zero.
    apart = (given.sum(0) - (trials.worth.sum(0) - 2 * best_value(worlds))).double()
    assert apart.mean().abs() < 4 * apart.std() / 6000**0.5
    assert given.sum(0).var() < trials.paid.sum(0).var()


def test_heads_of_each_state_answer_for_their_state():
    gen = course_lib.seed(5)
    theta = rl2.init(3, 6, gen, num_observations=4, heads_for=4)
    theta = {name: torch.randn(p.shape, generator=gen) for name, p in theta.items()}
    memory, state = torch.randn(9, 6, generator=gen), torch.arange(9) % 4
    inputs = torch.nn.functional.one_hot(state, 9).float()
    log_probs, values = rl2.heads(theta, memory, inputs)
    for i, s in enumerate(state):
        own = {"w_policy": theta["w_policy"][s], "b_policy": theta["b_policy"][s]}
        own |= {"w_value": theta["w_value"][s : s + 1], "b_value": theta["b_value"][s : s + 1]}
        plain, value = rl2.heads(own, memory[i])
        torch.testing.assert_close(log_probs[i], plain)
        torch.testing.assert_close(values[i], value)


def test_every_action_pays_for_what_it_would_give_away():
    gen = course_lib.seed(8)
    worlds = sample_mdps(50, gen)
    theta = mdp_recipes.start(mdp_recipes.CELLS["10-own"], gen)
    experience = rl2.rollout(theta, MDPTrials(worlds, 2, gen), 20, gen)
    given = mdp_recipes.misses(worlds, experience)
    chosen = given.gather(-1, experience.actions[..., None])[..., 0]
    assert torch.equal(chosen, mdp_recipes.missed(worlds, experience))
    assert torch.equal(given.amax(-1), torch.zeros(20, 50))
    # the last step of an episode gives away reward alone, by hand
    here = worlds.rewards[torch.arange(50), experience.inputs[9, :, :NUM_STATES].argmax(-1)]
    torch.testing.assert_close(given[9], here - here.amax(-1, keepdim=True))


def test_own_credit_is_the_gradient_of_what_the_policy_gives_away():
    """One step of plain descent moves the weights along the gradient, by finite differences."""
    gen = course_lib.seed(9)
    cell = mdp_recipes.CELLS["10-own"]._replace(epochs=1)
    theta = mdp_recipes.start(cell, gen)
    experience = rl2.rollout(theta, MDPTrials(sample_mdps(4, gen), 1, gen), 10, gen)
    given = mdp_recipes.misses(sample_mdps(4, gen), experience)

    def gives_away(theta):
        memory = gru.unroll(theta, experience.inputs)
        return (rl2.heads(theta, memory, experience.inputs)[0].exp() * given).sum(-1).mean()

    double = {n: p.double() for n, p in theta.items()}
    experience = experience._replace(inputs=experience.inputs.double())
    given = given.double()
    moved = {n: p.clone().requires_grad_() for n, p in double.items()}
    seen = {}

    class Look(torch.optim.SGD):
        def step(self):
            for n, p in moved.items():
                seen.setdefault(n, torch.zeros_like(p)).add_(0 if p.grad is None else p.grad)

    # four parts of one trial each, and no step between: the mean of their gradients
    mdp_recipes.own_credit_update(moved, Look(moved.values()), experience, given, cell, gen)
    for name in ("w_policy", "w_hidden", "b_in"):
        bump = torch.zeros_like(double[name])
        bump.view(-1)[7] = 1e-6
        up = gives_away({**double, name: double[name] + bump})
        down = gives_away({**double, name: double[name] - bump})
        slope = (up - down) / 2e-6
        assert -seen[name].view(-1)[7] / 4 == pytest.approx(slope.item(), rel=1e-4, abs=1e-8)


def test_a_training_from_rewards_is_told_the_rewards_that_the_agent_reads_and_nothing_else(
    monkeypatch,
):
    told = []
    monkeypatch.setattr(mdp_recipes, "ppo_update", lambda theta, adam, *rest: told.append(rest))
    monkeypatch.setattr(mdp_recipes, "misses", None)  # who asks the true Q fails
    gen = course_lib.seed(11)
    theta = mdp_recipes.start(mdp_recipes.CELLS["10-rewards"], gen)
    adam = torch.optim.Adam(theta.values())
    for name in ("10-rewards", "25-rewards"):
        cell = mdp_recipes.CELLS[name]._replace(steps=500)
        mdp_recipes.update(cell, theta, adam, gen, 0, 10)
        experience, settings, _ = told.pop()
        assert experience.actions.shape == (10 * cell.episodes, 500 // (10 * cell.episodes))
        paid = experience.inputs[1:, :, NUM_STATES + 50 : NUM_STATES + 100].sum(-1)
        torch.testing.assert_close(experience.rewards[:-1], paid + 1)  # it reads them less 1
        assert (settings.gamma, settings.lam) == (0.99, cell.lam)
    with pytest.raises(TypeError):
        mdp_recipes.update(mdp_recipes.CELLS["10"], theta, adam, gen, 0, 10)


def test_memory_cells_are_written_when_their_pair_is_lived_and_kept_otherwise():
    theta = mdp_recipes.start(mdp_recipes.CELLS["10-own"], course_lib.seed(10))
    theta["w_hidden"].zero_()
    inputs = torch.zeros(2, 1, theta["w_in"].shape[1])
    pair = 13
    inputs[0, 0, [NUM_STATES + pair, 2 * NUM_STATES + 43]] = 1.0
    inputs[0, 0, NUM_STATES + 50 + pair] = 2.0
    after = gru.unroll(theta, inputs)[:, 0]
    written = after[0].abs() > 0.2
    assert written[pair]
    assert written[50 + pair]
    assert written.sum() <= 4  # this pair's two cells, and the two of the other pair's mark
    torch.testing.assert_close(after[1][written], after[0][written], rtol=0.05, atol=0.0)
    few = mdp_recipes.CELLS["10-own"]._replace(hidden=60)
    with pytest.raises(ValueError, match="100 hidden units; got 60"):
        mdp_recipes.start(few, course_lib.seed(0))


def test_a_few_iterations_learn():
    cell = mdp_recipes.CELLS["start"]._replace(steps=2000, hidden=48, episodes=5, epochs=3)
    gen = course_lib.seed(6)
    theta = {n: p.requires_grad_() for n, p in mdp_recipes.start(cell, gen).items()}
    adam = torch.optim.Adam(theta.values(), lr=cell.lr)
    found = [mdp_recipes.update(cell, theta, adam, gen, i, 40) for i in range(40)]
    # By chance an episode brings 10, and the mean of 400 trials' episodes errs by 0.3 at most.
    assert sum(found[-10:]) / 10 > 10.5


def test_the_episodes_grow_with_the_training():
    cell = mdp_recipes.CELLS["start"]._replace(stages=((0.1, 2), (0.3, 5)), episodes=10)
    assert [cell.episodes_at(share) for share in (0, 0.1, 0.29, 0.3, 1)] == [2, 5, 5, 10, 10]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: sample_mdps(0, course_lib.seed(0)), "1 or more tasks"),
        (lambda: action_values(sample_mdps(1, course_lib.seed(0)), 0), "1 or more steps"),
        (
            lambda: MDPTrials(sample_mdps(1, course_lib.seed(0)), 0, course_lib.seed(0)),
            "1 or more episodes",
        ),
    ],
)
def test_bad_input_is_told(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
