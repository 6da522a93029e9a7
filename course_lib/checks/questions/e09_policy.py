"""Exercise 09.6: a reward has no gradient, a policy has one."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared
from course_lib.checks.exercise import Exercise


def scores(logits, actions):
    """∇ log π(a) of every pull, a row each: one-hot less π."""
    one_hot = torch.nn.functional.one_hot(actions, len(logits)).float()
    return one_hot - logits.softmax(0)


def weighed(logits, actions, weights):
    """The mean over pulls of weight times ∇ log π(a)."""
    return (weights[:, None] * scores(logits, actions)).mean(0)


def policy_gradient(logits, actions, rewards):
    """The mean over pulls of (r − mean r) ∇ log π(a)."""
    return weighed(logits, actions, rewards - rewards.mean())


def of_pi(logits, actions, rewards):
    """∇π(a) = π(a) ∇ log π(a) in place of ∇ log π(a)."""
    return weighed(logits, actions, (rewards - rewards.mean()) * logits.softmax(0)[actions])


def scaled(logits, actions, rewards):
    """Advantages divided by their spread."""
    advantages = rewards - rewards.mean()
    return weighed(logits, actions, advantages / advantages.std())


def life(seed):
    """Logits of two arms, 30 pulls by them, and what they paid."""
    gen = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, generator=gen)
    actions = torch.multinomial(logits.softmax(0), 30, replacement=True, generator=gen)
    paid = torch.rand(30, generator=gen) < torch.tensor([0.8, 0.3])[actions]
    return logits, actions, paid.float()


GRADIENT = Exercise(
    key="09.6",
    title="A reward has no gradient, a policy has one",
    kind="write",
    minutes=15,
    difficulty=2,
    objective="estimate the gradient of an expected reward from pulls alone",
    why="With a memory in the policy, this trains the agents of the lesson. (The advantages add up "
    "to 0, so here even the −π drops out: one-hot alone would do.)",
    hints=(
        "No derivative of the reward is needed. ∇E[r] is the mean of r · ∇ log π(a) over pulls "
        "that the policy has made. What does subtracting a constant from r change?",
        "For π = softmax(logits), ∇ log π(a) is one-hot(a) − π. Or let PyTorch find it, from "
        "`logits.log_softmax(0)[actions]`.",
        "The advantages are `rewards - rewards.mean()`. Return the mean over the pulls of "
        "advantage · (one-hot(a) − π): two numbers.",
    ),
    check=compared(
        policy_gradient,
        Case(
            "logits (log 3, 0), so π = (¾, ¼). Four pulls: arms 0, 0, 0, 1, paid 1, 0, 1, 0. The "
            "mean reward is ½, the advantages are ½, −½, ½, −½. ∇ log π(0) = (¼, −¼) and "
            "∇ log π(1) = (−¾, ¾)",
            torch.tensor([3.0, 1.0]).log(),
            torch.tensor([0, 0, 0, 1]),
            torch.tensor([1.0, 0.0, 1.0, 0.0]),
        ),
        Drawn("30 pulls of two arms", *life(3)),
        Drawn("30 pulls of two other arms", *life(4)),
        mistakes=[
            Mistake(
                "no baseline",
                "You weigh with the reward itself. On average that is right too, but it swings "
                "more. The task asks for the advantage: the reward less the mean reward.",
                lambda logits, a, r: weighed(logits, a, r),
            ),
            Mistake(
                "the gradient of π instead of log π",
                "Likely arms are pulled more often, so they count more often already. Dividing by "
                "π(a) makes up for that, and ∇π/π is the gradient of the *logarithm*.",
                of_pi,
            ),
            Mistake(
                "downhill",
                "Your numbers are those of a loss, −E[r]. Asked for is the gradient of the reward "
                "itself: it points to where more is paid.",
                lambda *pulls: -policy_gradient(*pulls),
            ),
            Mistake(
                "a sum where a mean is meant",
                "You add up the pulls. With more of them the step would grow; take their mean.",
                lambda logits, a, r: len(r) * policy_gradient(logits, a, r),
            ),
            Mistake(
                "advantages divided by their spread",
                "PPO does that to its advantages, and it changes the length. Here it is only the "
                "reward less the mean.",
                scaled,
            ),
            Mistake(
                "advantages that cancel",
                "All is zero. Advantages add up to zero over all pulls, and over one arm's pulls "
                "if you subtract *its* mean. Subtract the mean of all rewards, multiply with the "
                "slope in each pull, and only then average.",
                lambda logits, a, r: torch.zeros_like(logits),
            ),
        ],
    ),
)
