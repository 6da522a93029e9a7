"""The imitators of Gittins: what they are shown, what they minimise, and that they learn it."""

import math

import torch

import course_lib
from course_lib import results, rl2
from course_lib.rl2.agent import Agent
from course_lib.rl2.bandits import imitation, imitation_study, players
from course_lib.tasks.bandits import sample_means


def test_the_imitator_is_shown_what_an_agent_in_gittins_place_reads():
    means = sample_means(7, 3, course_lib.seed(1))
    inputs, arms = imitation.shown(means, 6, course_lib.seed(2))
    plays = players.play(players.gittins(), means, 6, course_lib.seed(2))
    assert torch.equal(arms, plays.arms.T)
    theta = rl2.init(3, 4, course_lib.seed(3))
    agent = Agent(theta, 7, 3)
    for t in range(6):
        agent.read()
        assert torch.equal(agent.inputs, inputs[t])
        ended = torch.ones(7, dtype=torch.bool)
        agent.told(plays.rewards[:, t].float(), ended, action=plays.arms[:, t])


def test_the_loss_is_the_cross_entropy_of_pytorch_s_own_network():
    theta = {n: p.double() for n, p in rl2.init(3, 5, course_lib.seed(4)).items()}
    theta["w_policy"] = torch.randn(3, 5, dtype=torch.double, generator=course_lib.seed(5))
    theta = {name: p.requires_grad_() for name, p in theta.items()}
    inputs, arms = imitation.shown(sample_means(6, 3, course_lib.seed(6)), 5, course_lib.seed(7))
    inputs = inputs.double()
    cell = torch.nn.GRU(inputs.shape[-1], 5).double()
    names = {"w_in": "weight_ih_l0", "w_hidden": "weight_hh_l0"}
    names |= {"b_in": "bias_ih_l0", "b_hidden": "bias_hh_l0"}
    for ours, theirs in names.items():
        getattr(cell, theirs).data.copy_(theta[ours])
    head = torch.nn.Linear(5, 3).double()
    head.weight.data.copy_(theta["w_policy"])
    head.bias.data.copy_(theta["b_policy"])
    aim = torch.nn.functional.cross_entropy(head(cell(inputs)[0]).flatten(0, 1), arms.flatten())
    loss = imitation.imitation_loss(theta, inputs, arms)
    assert torch.allclose(loss, aim)
    loss.backward()
    aim.backward()
    for ours, theirs in names.items():
        assert torch.allclose(theta[ours].grad, getattr(cell, theirs).grad)
    assert torch.allclose(theta["w_policy"].grad, head.weight.grad)


def test_an_imitator_learns_what_it_is_shown():
    """Three arms and ten pulls: half a minute of RL, seconds of imitation."""
    cell = imitation.Cell(3, 10, 16, iterations=60, lr=1e-2, steps=2000)
    gen = course_lib.seed(8)
    theta = {name: p.requires_grad_() for name, p in imitation.start(cell, gen).items()}
    adam = torch.optim.Adam(theta.values(), lr=cell.lr)
    losses = [imitation.update(cell, theta, adam, gen, i, 60) for i in range(60)]
    assert losses[-1] < 0.6 * losses[0]
    means = sample_means(4000, 3, course_lib.seed(9))
    scores = {
        name: players.play(player, means, 10, course_lib.seed(10)).value(means).mean().item()
        for name, player in {
            "imitator": players.recurrent({n: p.detach() for n, p in theta.items()}),
            "gittins": players.gittins(),
            "random": players.random_arm(),
        }.items()
    }
    lost, there = (scores["gittins"] - scores[name] for name in ("imitator", "random"))
    assert there > 1
    assert lost < 0.25 * there


def test_the_stored_row_is_what_its_networks_do():
    stored = {row["k"]: row for row in results.load("imitation")["rows"]}
    found = imitation_study.measure_row("100x10", (1,), 400)
    assert found.keys() == stored[10].keys()
    for name in ("less_rl2", "less_gittins"):
        spread = math.hypot(found[f"{name}_se"], 3**0.5 * stored[10]["train_se"])
        assert abs(found[name] - stored[10][name]) < 4 * spread
    bandits = {(r["n"], r["k"], r["player"]): r["mean"] for r in results.load("bandits")["rows"]}
    for k, row in stored.items():
        for name in ("rl2", "gittins"):
            assert row[name] == bandits[100, k, name]


def test_the_pulls_of_an_agent_count_those_of_the_one_that_it_went_on_from():
    assert imitation_study.pulls_of("100x10") == 1200 * 40_000
    assert imitation_study.pulls_of("100x10-longer") == 1200 * 40_000 + 400 * 80_000
