"""The references of exercises against brute force, finite differences and other code of ours."""

from itertools import product

import pytest
import torch

from course_lib.checks.questions import (
    e03_outer,
    e05_back,
    e06_interval,
    e09_policy,
    e10_stationary,
)
from course_lib.maml.multistep import jacobian_path


def test_05_2_walks_back_as_the_jacobian_says():
    theta, v = e05_back.numbers(3, 1).double(), e05_back.numbers(3, 2).double()
    for steps in range(5):
        J = jacobian_path(e05_back.waves, theta, lr=0.2, steps=steps)[-1]
        assert torch.allclose(e05_back.pull_back(e05_back.waves, theta, v, 0.2, steps), J.T @ v)


def test_03_1_steps_against_the_finite_difference_of_the_meta_loss():
    theta, tasks, rate = e03_outer.some_tasks(3)
    theta = {name: p.double() for name, p in theta.items()}
    tasks = [tuple((x.double(), y.double()) for x, y in task) for task in tasks]

    def meta_loss(t):
        return sum(e03_outer.loss_of(t, *task) for task in tasks) / len(tasks)

    moved = e03_outer.outer_step(theta, tasks, rate)
    for name, p in theta.items():
        for i in range(len(p)):
            one = torch.zeros_like(p)
            one[i] = 1e-6
            slope = (meta_loss(theta | {name: p + one}) - meta_loss(theta | {name: p - one})) / 2e-6
            assert moved[name][i].item() == pytest.approx((p[i] - rate * slope).item(), abs=1e-7)


def test_03_1_s_learner_minimises_what_the_task_says():
    theta, tasks, _ = e03_outer.some_tasks(4)
    x, y = tasks[0][0]
    m, strengths = theta["mean"], theta["log_strengths"].exp()

    def cost(phi):
        return (x @ phi - y).square().sum() + (strengths * (phi - m).square()).sum()

    slope = torch.func.grad(cost)(e03_outer.learn(theta, x, y))
    assert slope.abs().max() < 1e-3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_10_1_finds_the_best_of_all_policies(seed):
    P, R = e10_stationary.world(seed)
    worths = torch.stack(
        [
            e10_stationary.worth_of(torch.tensor(policy), P, R, 0.8)
            for policy in product(range(3), repeat=5)
        ]
    )
    policy, V = e10_stationary.settle(P, R, 0.8)
    assert torch.allclose(V, worths.amax(0), atol=1e-4)  # in every state at once
    assert (worths > V + 1e-3).sum() == 0
    second = worths.sum(1).topk(2).values
    assert second[0] - second[1] > 0.01  # no tie: one policy is right
    assert torch.allclose(worths[worths.sum(1).argmax()], V, atol=1e-4)
    assert tuple(policy.tolist()) in set(product(range(3), repeat=5))


def test_06_4_s_interval_covers_the_truth_in_95_of_100_cases_and_the_others_do_not():
    gen = torch.Generator().manual_seed(1)
    covered = torch.zeros(3)
    half = e06_interval.half_width
    functions = [
        e06_interval.compare,
        e06_interval.with_half(lambda a, b: half((a - b).flatten())),
        e06_interval.with_half(e06_interval.apart),
    ]
    for _ in range(1000):
        hard, easy = torch.rand(2, 50, 1, generator=gen)
        draws = torch.rand(2, 50, 20, generator=gen)
        a = (draws[0] < 0.2 + 0.4 * hard + 0.3 * easy).float()
        b = (draws[1] < 0.2 + 0.3 * hard + 0.2 * easy).float()
        for i, function in enumerate(functions):
            gap, reach = function(a, b)
            covered[i] += abs(gap - 0.1) <= reach  # 0.1 · ½ + 0.1 · ½
    paired, questions, apart = (covered / 10).tolist()
    assert 93 < paired < 97
    assert apart > paired
    assert questions != paired


def test_09_6_estimates_the_slope_of_the_expected_reward():
    logits, pay = torch.tensor([0.4, -0.3]), torch.tensor([0.9, 0.2])
    exact = torch.func.grad(lambda z: z.softmax(0) @ pay)(logits)
    gen = torch.Generator().manual_seed(2)
    actions = torch.multinomial(logits.softmax(0), 200_000, replacement=True, generator=gen)
    rewards = (torch.rand(200_000, generator=gen) < pay[actions]).float()
    assert torch.allclose(e09_policy.policy_gradient(logits, actions, rewards), exact, atol=0.004)
