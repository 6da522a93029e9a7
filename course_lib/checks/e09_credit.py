"""Exercise 09.2: which later rewards an action is credited with."""

from typing import Any

import torch
from torch import Tensor

from course_lib.checks.comparing import Case, Mistake, compared
from course_lib.checks.exercise import Exercise
from course_lib.scene import Bars, Line, Panel, Scene, Text


def discounted(rewards, over, gamma):
    """R_t = r_t + γ R_{t+1}, with nothing after a step where `over` is True."""
    total, found = 0.0, []
    for reward, last in zip(reversed(rewards.tolist()), reversed(over.tolist()), strict=True):
        total = reward + gamma * total * (not last)
        found.append(total)
    return torch.tensor(found[::-1], dtype=rewards.dtype)


def rewards_to_go(rewards, ended, over, gamma):
    """The discounted reward to go of each step, within its trial."""
    return discounted(rewards, over, gamma)


def undiscounted(rewards, ended, over, gamma):
    """The plain sum of what is to come."""
    return discounted(rewards, over, 1.0)


def of_the_past(rewards, ended, over, gamma):
    """What the trial has brought so far."""
    before = torch.cat([torch.tensor([False]), over[:-1]])
    return discounted(rewards.flip(0), before.flip(0), gamma).flip(0)


def without_its_own(rewards, ended, over, gamma):
    """What comes after step t's own reward."""
    return discounted(rewards, over, gamma) - rewards


def from_the_start(rewards, ended, over, gamma):
    """Discounted from the trial's start on, not from step t."""
    age, ages = 0, []
    for last in over.tolist():
        ages.append(age)
        age = 0 if last else age + 1
    weight = gamma ** torch.tensor(ages, dtype=rewards.dtype)
    return discounted(rewards * weight, over, 1.0)


def bars(got: Tensor, expected: Tensor, case: Case) -> Scene:
    """Both rewards to go, step by step, with the ends of episodes and trials."""
    _, ended, over, _ = case.args
    t = torch.arange(len(expected)) + 1.0
    high = 1.25 * max(got.max().item(), expected.max().item(), 1.0)
    low = min(got.min().item(), expected.min().item(), 0.0)
    marks: list[Any] = [
        Bars(t - 0.18, expected, "good", 0.34, label="expected"),
        Bars(t + 0.18, got, "bad", 0.34, label="yours"),
    ]
    for step, (episode, trial) in enumerate(zip(ended.tolist(), over.tolist(), strict=True), 1):
        if episode:
            marks.append(
                Line([step + 0.5] * 2, [low, high], "ink", 2.0 if trial else 1.0, not trial)
            )
            words = "trial ends" if trial else "episode ends"
            marks.append(Text(step + 0.46, 0.94 * high, words, align="right", size=12))
    axes = {"xlabel": "step", "ylabel": "reward to go"}
    axes["xticks"] = [(step, f"{step:g}") for step in t.tolist()]
    panel = Panel(marks, (0.3, len(t) + 0.7), (low, high), "Reward to go", **axes)
    alt = "The reward to go of each step, expected and yours, with the ends of episodes and trials."
    return Scene([[panel]], alt, heights=(300,))


def random_log(number: int, seed: int) -> list[Tensor]:
    """Rewards, and where episodes and trials end."""
    gen = torch.Generator().manual_seed(seed)
    over = torch.rand(number, generator=gen) < 0.2
    over[-1] = True
    ended = over | (torch.rand(number, generator=gen) < 0.4)
    return [torch.randn(number, generator=gen), ended, over]


TO_GO = Exercise(
    key="09.2",
    title="How far a reward counts",
    kind="write",
    minutes=12,
    difficulty=2,
    objective="say which later rewards an action is credited with, and which not",
    why="So looking around in the first episode earns what it makes possible in the second.",
    hints=(
        "Which boundary lets knowledge through: the end of an episode, or the end of a trial?",
        "Go backwards, and carry one number along: what comes after this step.",
        "`R[t] = rewards[t] + gamma * R[t + 1]`, but where `over[t]` is True only `rewards[t]`. "
        "`ended` is not needed.",
    ),
    check=compared(
        rewards_to_go,
        Case(
            "rewards 1, 0, 2, 4 and γ = 0.5. An episode ends after steps 1, 3 and 4, a trial after "
            "steps 3 and 4. So R₃ = 2, R₂ = 0 + 0.5 · 2, R₁ = 1 + 0.5 · 1",
            torch.tensor([1.0, 0.0, 2.0, 4.0]),
            torch.tensor([True, False, True, True]),
            torch.tensor([False, False, True, True]),
            0.5,
        ),
        Case("30 steps of several trials, γ = 0.9", *random_log(30, 2), 0.9),
        picture=bars,
        mistakes=[
            Mistake(
                "discount across the trial boundary",
                "Rewards of the next trial flow back into this one. That is another task: nothing "
                "done here can have earned them. Stop where `over` is True.",
                lambda r, ended, over, gamma: discounted(
                    r, torch.arange(len(r)) == len(r) - 1, gamma
                ),
            ),
            Mistake(
                "cut at an episode's end",
                "You stop where an episode ends. Then exploring in one episode never gets the "
                "credit for what it brings in the next. Stop only where the trial is over.",
                lambda r, ended, over, gamma: discounted(r, ended, gamma),
            ),
            Mistake("no discount", "A reward k steps later counts γᵏ times as much.", undiscounted),
            Mistake(
                "rewards of the past",
                "You add what came before step t. An action can't change that. Go backwards from "
                "the end.",
                of_the_past,
            ),
            Mistake(
                "its own reward left out",
                "The reward of step t is the first thing that its action earns: it counts fully.",
                without_its_own,
            ),
            Mistake(
                "discounted from the trial's start",
                "You weigh with γ to the power of the step's number in its trial. What counts is "
                "how long after step t a reward comes.",
                from_the_start,
            ),
        ],
    ),
)
