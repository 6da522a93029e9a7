"""An agent with heads for each state, and one that does not fit, wherever an agent may go."""

import pytest
import torch

import course_lib
from course_lib import rl2
from course_lib.nets import gru
from course_lib.rl2 import ppo, probe, trpo
from course_lib.rl2.bandits import players as bandit_players
from course_lib.rl2.heads import Sizes, heads, sizes
from course_lib.rl2.mazes import walk as maze_walk
from course_lib.rl2.mdps import players as mdp_players
from course_lib.tasks import mazes
from course_lib.tasks.bandits import BanditTrials
from course_lib.tasks.maze_trials import MazeTrials
from course_lib.tasks.mdps import (
    NUM_ACTIONS,
    NUM_STATES,
    MDPTrials,
    num_observations,
    sample_mdps,
)


def with_states(seed=0, hidden=6):
    """An agent of MDPs with heads for each state, far from uniform."""
    gen = course_lib.seed(seed)
    more = {"num_observations": num_observations(), "heads_for": NUM_STATES}
    theta = rl2.init(NUM_ACTIONS, hidden, gen, **more)
    return {name: 0.5 * torch.randn(p.shape, generator=gen) for name, p in theta.items()}


def lived(theta, trials=40, seed=1):
    gen = course_lib.seed(seed)
    return rl2.rollout(theta, MDPTrials(sample_mdps(trials, gen), 2, gen), 20, gen)


def in_double(theta, e):
    floats = {name: p.double() for name, p in theta.items()}
    parts = (part.double() if part.is_floating_point() else part for part in e)
    return floats, type(e)(*parts)


def test_the_sizes_are_those_that_the_agent_was_made_with():
    assert sizes(with_states()) == Sizes(NUM_ACTIONS, num_observations(), 6, NUM_STATES)
    assert sizes(rl2.init(3, 7, course_lib.seed(0))) == Sizes(3, 0, 7, 0)
    with pytest.raises(ValueError, match="no agent's weights: w_policy and b_policy not among"):
        sizes(gru.init(3, 4, course_lib.seed(0)))


@pytest.mark.parametrize("heads_for", [0, -1, 5])
def test_heads_for_more_states_than_are_seen_are_refused(heads_for):
    with pytest.raises(ValueError, match=r"heads_for is .* 4 numbers here"):
        rl2.init(3, 6, course_lib.seed(0), num_observations=4, heads_for=heads_for)


def test_an_agent_of_states_without_inputs_is_told():
    with pytest.raises(ValueError, match="has heads for each of 10 states: give `inputs`"):
        heads(with_states(), torch.zeros(2, 6))


def test_trpo_moves_an_agent_of_states_within_its_limit():
    theta = with_states()
    e = lived(theta)
    before = {name: p.clone() for name, p in theta.items()}
    old = heads(theta, gru.unroll(theta, e.inputs), e.inputs)[0]
    moved = trpo.trpo_update(
        {name: p.requires_grad_() for name, p in theta.items()}, e, trpo.TRPO(max_kl=0.01)
    )
    new = heads(theta, gru.unroll(theta, e.inputs), e.inputs)[0]
    assert 0 < moved <= 0.01
    kl = (old.exp() * (old - new)).sum(-1).mean()  # every step of an MDP's trial is lived
    assert kl.item() == pytest.approx(moved, rel=1e-3)
    assert all((theta[name] != before[name]).any() for name in theta)


def test_the_fisher_product_of_an_agent_of_states_is_the_kls_second_derivative():
    """Against central differences of the gradient of E[KL], in double precision."""
    theta, e = in_double(with_states(), lived(with_states(), trials=3))
    policy = {name: p for name, p in theta.items() if name not in ("w_value", "b_value")}
    weight = torch.full((20, 3), 1 / 60, dtype=torch.float64)
    size = sum(p.numel() for p in policy.values())
    v = torch.randn(size, generator=course_lib.seed(2), dtype=torch.float64)
    old = heads(theta, gru.unroll(theta, e.inputs), e.inputs)[0].detach()

    def slope(step):
        parts = v.split([p.numel() for p in policy.values()])
        near = {
            name: (p + step * part.view_as(p)).detach().requires_grad_()
            for (name, p), part in zip(policy.items(), parts, strict=True)
        }
        memory = gru.unroll(near, e.inputs)
        new, _ = heads({**theta, **near}, memory, e.inputs)
        kl = trpo.kl_divergence(old, new, weight)
        return torch.cat([g.flatten() for g in torch.autograd.grad(kl, list(near.values()))])

    numeric = (slope(1e-5) - slope(-1e-5)) / 2e-5
    found = trpo.fisher_product(policy, e.inputs, weight, v)
    torch.testing.assert_close(found, numeric, rtol=1e-4, atol=1e-8)


def test_each_states_value_head_is_fitted_to_its_own_steps():
    """Found: one head was written into all states. Each is now the regression on its steps."""
    theta = with_states()
    e = lived(theta)
    aim = ppo.targets(e, gamma=1.0, lam=1.0)
    memory = gru.unroll(theta, e.inputs)
    trpo.fit_value(theta, memory, aim, e.inputs)
    state = e.inputs[..., :NUM_STATES].argmax(-1)
    for s in range(NUM_STATES):
        here = state == s
        alone = rl2.init(NUM_ACTIONS, 6, course_lib.seed(0))
        some = ppo.Targets(*(part[here][:, None] for part in aim))
        trpo.fit_value(alone, memory[here][:, None], some)
        torch.testing.assert_close(alone["w_value"][0], theta["w_value"][s])
        torch.testing.assert_close(alone["b_value"][0], theta["b_value"][s])
    assert len(theta["w_value"].unique(dim=0)) == NUM_STATES
    with pytest.raises(ValueError, match="give `inputs`"):
        trpo.fit_value(theta, memory, aim)


def test_an_agent_of_states_plays_mdps():
    worlds = sample_mdps(5, course_lib.seed(3))
    plays = mdp_players.play(mdp_players.recurrent(with_states()), worlds, 2, course_lib.seed(4))
    assert plays.worth.shape == (5, 2)


def in_a_maze(theta):
    drawn = mazes.sample(3, 4, course_lib.seed(0))
    maze_walk.walk(theta, MazeTrials(drawn, 5), course_lib.seed(1))


def on_bandits(theta):
    trials = BanditTrials(torch.full((4, 3), 0.5), 5, course_lib.seed(0))
    rl2.rollout(theta, trials, 5, course_lib.seed(1))


def rolled_in_a_maze(theta):
    drawn = mazes.sample(3, 4, course_lib.seed(0))
    rl2.rollout(theta, MazeTrials(drawn, 5), 5, course_lib.seed(1))


PLACES = {
    "probe": lambda theta: probe.live(theta, 10, 5, course_lib.seed(0)),
    "probe compares": lambda theta: probe.compare(theta, 5, 10),
    "bandit player": bandit_players.recurrent,
    "maze walk": in_a_maze,
    "bandit trials": on_bandits,
    "maze trials": rolled_in_a_maze,
}


@pytest.mark.parametrize("place", PLACES)
def test_an_agent_of_mdps_is_told_where_it_does_not_fit(place):
    """Found: the probe took its states for arms and failed raw, and so did the others."""
    with pytest.raises(ValueError, match=r"made for 5 actions and \d+ observed numbers; here are"):
        PLACES[place](with_states())
