"""Exercises 10.5 and 10.6: credit by hand, and a fault that a reward curve gives away."""

from course_lib.checks.answering import Trap, chosen, near
from course_lib.checks.exercise import Exercise, Option

# The trial of 10.5: rewards, what the value head expected, and λ; γ is 1. An episode ends after the
# first step, the trial after the third.
REWARDS, VALUES, LAMBDA = (0.0, 1.0, 0.0), (0.6, 0.5, 0.8), 0.5


def credit(
    rewards=REWARDS, values=VALUES, lam=LAMBDA, *, after=0.0, cut=False, weight=None
) -> float:
    """A_1 by A_t = δ_t + λ A_{t+1}; `after`: V behind the trial; `cut`: at the episode's end."""
    weight = lam if weight is None else weight
    following = (*values[1:], after)
    deltas = [r + v - now for r, v, now in zip(rewards, following, values, strict=True)]
    if cut:
        return rewards[0] - values[0]
    total = 0.0
    for delta in reversed(deltas):
        total = delta + weight * total
    return total


GAE = Exercise(
    key="10.5",
    title="Credit, by hand",
    kind="read",
    minutes=8,
    difficulty=2,
    importance=2,
    objective="compute a generalised advantage estimate over the end of an episode",
    why="An episode's end cuts no credit: what it taught pays in the next one of the same trial.",
    hints=(
        "First the three δ: what was paid, plus what is expected next, less what was expected.",
        "δ₁ = 0 + 0.5 − 0.6 and δ₂ = 1 + 0.8 − 0.5. After the third step the trial is over: "
        "nothing is expected there.",
        "Go backwards: A₃ = δ₃, then A₂ = δ₂ + ½ A₃, then A₁ = δ₁ + ½ A₂.",
    ),
    check=near(
        credit(),
        within=0.02,
        where="your three δ",
        traps=[
            Trap(
                "credit cut at the end of the episode",
                "You let the trial end where the episode ends. The memory goes on, and so does the "
                "credit: V₂ is still expected, and A₂ still counts.",
                credit(cut=True),
            ),
            Trap(
                "λ = 0 instead of a half",
                "That is δ₁ alone, as with λ = 0. Half of A₂ comes on top.",
                credit(weight=0.0),
            ),
            Trap(
                "λ = 1 instead of a half",
                "That is all that was paid less V₁, as with λ = 1. Here each later step counts "
                "half of the one before.",
                credit(weight=1.0),
            ),
            Trap(
                "something expected behind the trial",
                "You expect 0.8 again after the last step. The trial is over there: V is 0.",
                credit(after=0.8),
            ),
            Trap(
                "the advantage of another step",
                "That is A₂. Go one step further back.",
                credit(REWARDS[1:], VALUES[1:]),
            ),
            Trap(
                "the advantage of another step",
                "That is A₃. Go back to the first step.",
                credit(REWARDS[2:], VALUES[2:]),
            ),
            Trap(
                "what was expected is forgotten",
                "You add the rewards alone. An advantage is what came *less* what was expected: "
                "each δ has a V behind the step and one before it.",
                credit(values=(0.0, 0.0, 0.0)),
            ),
        ],
    ),
)

CURVES = {
    "a": Option(
        "Agent A.",
        "A rises within each trial and falls back where a new world begins. That is as it should "
        "be: what it knew is of no use there.",
        "a new trial taken for a fault",
    ),
    "b": Option("Agent B."),
    "c": Option(
        "Agent C.",
        "C learns within a trial, so its memory survives the ends of episodes. But it begins the "
        "second trial worse than a beginner: it takes the old world for the new one. *Its* memory "
        "is never emptied.",
        "memory never emptied",
    ),
    "d": Option(
        "Agent D.",
        "D gets better through all trials alike, and does not fall back when the world changes. "
        "That is how weights look that are still being trained.",
        "memory as the weights",
    ),
    "e": Option(
        "None: it would get no more than random play, 10 an episode.",
        "Within an episode its memory works: what a step shows is of use in the next. So a first "
        "episode brings a little more than chance, and here every episode is one.",
        "an emptied memory taken for none",
    ),
}

RESET = Exercise(
    key="10.6",
    title="A fault that a curve gives away",
    kind="choice",
    minutes=5,
    difficulty=2,
    importance=1,
    objective="tell from a reward curve where an agent's memory is emptied",
    why="Emptied at every end of an episode, each episode is a first one: no rise inside a trial.",
    hints=(
        "An agent whose memory has just been emptied knows nothing of this world. How much does "
        "it get in such an episode? The first episode of the first trial tells.",
        "If that happens before *every* episode, how do the second, third … episode look?",
        "Look for the curve whose every episode is like its first one.",
    ),
    check=chosen(CURVES),
    options=CURVES,
)
