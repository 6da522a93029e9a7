"""Exercise 09.2: which later rewards an action is credited with."""

from typing import Any

import torch
from torch import Tensor

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise
from course_lib.scenes.scene import Bars, Line, Panel, Scene, Text


def discounted(rewards, over, gamma):
    """R_t = r_t + γ R_{t+1}, with nothing after a step where `over` is True."""
    return recursion(rewards, [0.0 if last else gamma for last in over.tolist()])


def recursion(rewards, weights):
    """R_t = r_t + w_t R_{t+1}."""
    total, found = 0.0, []
    for reward, weight in zip(reversed(rewards.tolist()), reversed(list(weights)), strict=True):
        total = reward + weight * total
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


def moved(over, by):
    """`over` as it would be with every boundary so many steps later; the log's end stays one."""
    ends = torch.zeros_like(over)
    for t in over.nonzero().flatten().tolist():
        ends[min(max(t + by, 0), len(over) - 1)] = True
    ends[-1] = True
    return ends


def whole(total):
    """What the whole trial brings, for each of its steps; `total` of one trial's rewards."""

    def variant(rewards, ended, over, gamma):
        found, begin = torch.zeros_like(rewards), 0
        for t in over.nonzero().flatten().tolist():
            found[begin : t + 1] = total(rewards[begin : t + 1], gamma)
            begin = t + 1
        return found

    return variant


def present_value(rewards, gamma):
    """Σ γᵏ r_k."""
    return (rewards * gamma ** torch.arange(len(rewards))).sum()


def anew_per_episode(rewards, ended, over, gamma):
    """Where an episode ends, the next one counts fully."""
    stops = zip(ended.tolist(), over.tolist(), strict=True)
    return recursion(rewards, [0.0 if last else 1.0 if end else gamma for end, last in stops])


def discounted_per_episode(rewards, ended, over, gamma):
    """γ for each episode that lies between, none for the steps inside one."""
    stops = zip(ended.tolist(), over.tolist(), strict=True)
    return recursion(rewards, [0.0 if last else gamma if end else 1.0 for end, last in stops])


def next_reward_only(rewards, ended, over, gamma):
    """r_t + γ r_{t+1}."""
    after = torch.cat([rewards[1:], torch.zeros(1)]) * (~over)
    return rewards + gamma * after


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


def random_log(seed: int) -> Drawn:
    """Rewards, and where episodes and trials end."""
    gen = torch.Generator().manual_seed(seed)
    over = torch.rand(30, generator=gen) < 0.2
    over[-1] = True
    ended = over | (torch.rand(30, generator=gen) < 0.4)
    says = "30 random steps of several trials, γ = 0.9"
    return Drawn(says, torch.randn(30, generator=gen), ended, over, 0.9)


MISTAKES = [
    Mistake(
        "discount across the trial boundary",
        "Rewards of the next trial flow back into this one. That is another task: nothing done "
        "here "
        "can have earned them. Stop where `over` is True.",
        lambda r, ended, over, gamma: recursion(r, [gamma] * len(r)),
    ),
    Mistake(
        "cut at an episode's end",
        "You stop where an episode ends. Then exploring in one episode never gets the credit for "
        "what it brings in the next. Stop only where the trial is over.",
        lambda r, ended, over, gamma: discounted(r, ended, gamma),
    ),
    Mistake("no discount", "A reward k steps later counts γᵏ times as much.", undiscounted),
    Mistake(
        "rewards of the past",
        "You add what came before step t. An action can't change that. Go backwards from the end.",
        of_the_past,
    ),
    Mistake(
        "its own reward left out",
        "The reward of step t is the first thing that its action earns: it counts fully.",
        without_its_own,
    ),
    Mistake(
        "discounted from the trial's start",
        "You weigh with γ to the power of the step's number in its trial. What counts is how long "
        "after step t a reward comes.",
        from_the_start,
    ),
    Mistake(
        "cut one step too early",
        "The last reward of a trial reaches no earlier step: you cut between the last step and the "
        "one before. Where `over[t]` is True, step t still belongs to the trial; what comes after "
        "it does not.",
        lambda r, ended, over, gamma: discounted(r, moved(over, -1), gamma),
    ),
    Mistake(
        "cut one step too late",
        "The first reward of the next trial still flows back into this one: you cut one step too "
        "late. Nothing that comes after the step with `over[t]` counts.",
        lambda r, ended, over, gamma: discounted(r, moved(over, 1), gamma),
    ),
    Mistake(
        "the trial's return for every step",
        "Every step of a trial gets the same number from you: what the whole trial brings. A step "
        "is credited only with what comes from it on.",
        whole(present_value),
    ),
    Mistake(
        "the trial's return for every step",
        "Every step of a trial gets the same number from you: all its rewards, undiscounted. A "
        "step "
        "is credited only with what comes from it on, and later rewards count less.",
        whole(lambda rewards, gamma: rewards.sum()),
    ),
    Mistake(
        "discount begun anew in each episode",
        "At an episode's end your discount begins anew: the next episode counts fully. Time goes "
        "on "
        "in a trial: one factor γ for every step, over the ends of episodes.",
        anew_per_episode,
    ),
    Mistake(
        "discounted once too often",
        "All your numbers are γ times the expected ones: the reward of step t itself counts fully.",
        lambda r, ended, over, gamma: gamma * discounted(r, over, gamma),
    ),
    Mistake(
        "rewards as they are",
        "You return the rewards of the single steps. Add what comes later.",
        lambda r, ended, over, gamma: 1 * r,
    ),
    Mistake(
        "only the next reward",
        "You add one later reward. All later ones of the trial count.",
        next_reward_only,
    ),
    Mistake(
        "in reverse order",
        "You have the right numbers in reverse order. A list that was filled backwards must be "
        "turned round at the end.",
        lambda r, ended, over, gamma: discounted(r, over, gamma).flip(0),
    ),
]
ALSO = [
    Mistake(
        "cut one step too early",
        "You cut before the last step of a trial too, so its last reward reaches no earlier step. "
        "Where `over[t]` is True, step t still belongs to the trial.",
        lambda r, ended, over, gamma: discounted(r, over | moved(over, -1), gamma),
    ),
    Mistake(
        "cut one step too early",
        "A trial's last reward counts for no step. Where `over[t]` is True, step t still belongs "
        "to "
        "the trial.",
        lambda r, ended, over, gamma: discounted(r * ~over, over, gamma),
    ),
    Mistake(
        "discounted per episode",
        "You discount at the ends of episodes only. One factor γ for every step.",
        discounted_per_episode,
    ),
    Mistake(
        "discounted from the start of the log",
        "You weigh with γ to the power of the step's number in the log. What counts is how long "
        "after step t a reward comes.",
        lambda r, ended, over, gamma: discounted(r * gamma ** torch.arange(len(r)), over, 1.0),
    ),
    Mistake(
        "an average instead of a sum",
        "You subtract a mean: a baseline. The reward to go is the plain discounted sum.",
        lambda r, ended, over, gamma: (
            discounted(r, over, gamma) - discounted(r, over, gamma).mean()
        ),
    ),
    Mistake(
        "no discount",
        "You neither discount nor stop where a trial ends.",
        lambda r, ended, over, gamma: recursion(r, [1.0] * len(r)),
    ),
    Mistake(
        "cut at an episode's end",
        "You stop where an episode ends, and discount nothing.",
        lambda r, ended, over, gamma: discounted(r, ended, 1.0),
    ),
    Mistake(
        "rewards of the past",
        "You add what came before step t, over the ends of trials too.",
        lambda r, ended, over, gamma: recursion(r.flip(0), [gamma] * len(r)).flip(0),
    ),
    Mistake(
        "rewards of the past",
        "You add what came before step t, undiscounted.",
        lambda r, ended, over, gamma: of_the_past(r, ended, over, 1.0),
    ),
    Mistake(
        "one number instead of several",
        "You return what one step earns. A number for each step is asked for.",
        lambda r, ended, over, gamma: discounted(r, over, gamma)[0],
    ),
]

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
            "rewards 1, 0, 2, 4, 3 and γ = 0.5. An episode ends after steps 1, 3 and 5, a trial "
            "after steps 3 and 5. So R₃ = 2, R₂ = 0 + 0.5 · 2, R₁ = 1 + 0.5 · 1",
            torch.tensor([1.0, 0.0, 2.0, 4.0, 3.0]),
            torch.tensor([True, False, True, False, True]),
            torch.tensor([False, False, True, False, True]),
            0.5,
        ),
        *telling(rewards_to_go, MISTAKES, random_log),
        mistakes=MISTAKES,
        also=ALSO,
        picture=bars,
    ),
)
