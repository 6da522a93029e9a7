"""Questions on notebooks 08 to 10: networks that learn, bandits, worlds with states
(notebook 12)."""

from random import Random

from course_lib.widgets.quiz.topic import Option, Question, Topic, asks, percent, told

TOPICS: list[Topic] = []


@asks(TOPICS, "08", "Always one answer late")
def late(draw: Random) -> Question:
    """What the network reads."""
    t = draw.choice([3, 4, 7])
    return Question(
        f"A recurrent learner has to answer x{t}. What is its input at this time?",
        Option(f"(x{t}, y{t - 1})", "The answer to a question comes with the next one."),
        (
            Option(f"(x{t}, y{t})", "It would copy y, and learn nothing."),
            Option(f"(x{t - 1}, y{t - 1})", "Then it would not know what it is asked."),
            Option(f"(x1, y1) … (x{t}, y{t})", "It reads one pair at a time; the rest is memory."),
        ),
        {"t": t},
    )


@asks(TOPICS, "08", "The network")
def gate(draw: Random) -> Question:
    """A gated memory's next value."""
    z, before, new = draw.choice([0.25, 0.8]), draw.choice([1.0, -1.0]), draw.choice([0.2, 0.6])
    return Question(
        f"h = (1 − z)·c + z·h before. The gate z is {z}, the memory {told(before)}, the candidate "
        f"c {told(new)}. What is the new memory?",
        Option(told((1 - z) * new + z * before), "z says how much of the old memory stays."),
        (
            Option(told(z * new + (1 - z) * before), "The gate has changed sides."),
            Option(told(new + z * before), "The candidate is weighed, too: by 1 − z."),
            Option(told(before + new), "Nothing would ever be forgotten."),
        ),
        {"z": z, "before": before, "new": new},
    )


@asks(TOPICS, "08", "Attention: a gradient step that nobody wrote")
def attend(draw: Random) -> Question:
    """What a layer of linear attention answers."""
    x1, x2, y1, y2 = 1, 2, draw.choice([2, 3]), draw.choice([5, 6])
    asked, rate = draw.choice([2, 3]), draw.choice([0.1, 0.2])
    inner = x1 * y1 + x2 * y2
    return Question(
        f"One layer of linear attention takes one gradient step from w = 0 on ½Σ(y − wx)², with "
        f"η = {rate}. Pairs: ({x1}, {y1}), ({x2}, {y2}). What does it answer at x = {asked}?",
        Option(told(rate * inner * asked), "η · Σ y (x · asked): values weighed by products."),
        (
            Option(told(inner / (x1**2 + x2**2) * asked), "That is least squares: many steps."),
            Option(told(rate * (y1 + y2) * asked), "Each y is weighed by its own x."),
            Option(told(rate * inner), "That is w; the answer is w · x."),
        ),
        {"y1": y1, "y2": y2, "asked": asked, "rate": rate},
    )


@asks(TOPICS, "08", "A transformer: all pairs, again and again")
def mask(draw: Random) -> Question:
    """How much a causal mask lets through."""
    t = draw.choice([4, 5, 6])
    return Question(
        f"{t} tokens under a causal mask. How many of the {t * t} entries of the attention matrix "
        "are open?",
        Option(told(t * (t + 1) / 2), "Each token sees itself and all before it."),
        (
            Option(told(t * t), "Then the first token could read the last answer."),
            Option(told(t * (t - 1) / 2), "A token sees itself, too."),
            Option(told(t), "That is each one seeing itself only."),
        ),
        {"t": t},
    )


@asks(TOPICS, "09", "How a reward without a gradient teaches")
def policy(draw: Random) -> Question:
    """One step of a policy gradient."""
    p, r, b = draw.choice([0.25, 0.7]), draw.choice([0, 1]), draw.choice([0.4, 0.6])
    step = (r - b) * (1 - p)
    return Question(
        f"π = softmax(θ). Arm 1 has probability {p} and was pulled; reward {r}, baseline {b}, step "
        "size 1. How far does θ₁ move?",
        Option(told(step), "(r − b) · d log π₁/dθ₁, which is (r − b)(1 − π₁)."),
        (
            Option(told((r - b) * p), "d log π₁/dθ₁ is 1 − π₁: a sure arm has little to learn."),
            Option(told(r - b), "The gradient of log π is missing."),
            Option(told(-step), "The sign: better than the baseline means more of it."),
        ),
        {"p": p, "r": r, "b": b},
    )


@asks(TOPICS, "09", "How good can anybody be?")
def belief(draw: Random) -> Question:
    """A Beta posterior's mean."""
    won, lost = draw.choice([1, 2, 3]), draw.choice([1, 4])
    return Question(
        f"An arm's mean was drawn uniformly from [0, 1]. Wins so far: {won}, losses: {lost}. What "
        "do you expect of its next pull?",
        Option(told((won + 1) / (won + lost + 2), 3), "Beta(1 + wins, 1 + losses): its mean."),
        (
            Option(
                told(won / (won + lost), 3), "That forgets the prior; after one loss it says 0."
            ),
            Option(told((won + 1) / (won + lost + 1), 3), "The prior counts one win and one loss."),
            Option(told(won / (won + lost + 2), 3), "The prior's win belongs on top, too."),
        ),
        {"won": won, "lost": lost},
    )


@asks(TOPICS, "09", "From tasks to one big problem")
def emptied(draw: Random) -> Question:
    """When the memory is emptied."""
    trials, episodes, steps = draw.choice([3, 7]), draw.choice([2, 4]), draw.choice([5, 10])
    return Question(
        f"An RL² agent lives through {trials} trials of {episodes} episodes of {steps} steps. How "
        "often is its memory emptied?",
        Option(told(trials), "At the start of each trial: then the world is another."),
        (
            Option(told(trials * episodes), "What an episode taught must last through the trial."),
            Option(told(trials * episodes * steps), "It would know nothing but the last step."),
            Option("Never.", "What it knows of one world would mislead it in the next."),
        ),
        {"trials": trials, "episodes": episodes, "steps": steps},
    )


@asks(TOPICS, "10", "Who knows the world")
def backward(draw: Random) -> Question:
    """Backward induction by hand."""
    left, here, there = draw.choice([3, 4, 5]), draw.choice([1.0, 2.0]), draw.choice([2.5, 3.0])
    stay, go = left * here, (left - 1) * there
    return Question(
        f"{left} steps are left. Here each step pays {told(here)}. A move costs one step that pays "
        f"nothing, and then each step pays {told(there)}. What is the most that can be got?",
        Option(told(max(stay, go)), f"Staying gives {told(stay)}, going {told(go)}."),
        (
            Option(told(min(stay, go)), "That is the other way: compare both to the end."),
            Option(told(left * there), "The move itself takes a step."),
            Option(told(here + (left - 2) * there), "Who goes should go at once."),
        ),
        {"left": left, "here": here, "there": there},
    )


@asks(TOPICS, "10", "What a discount does to exploring")
def discount(draw: Random) -> Question:
    """What a later reward counts."""
    gamma, steps = draw.choice([0.9, 0.95]), draw.choice([10, 20])
    return Question(
        f"γ = {gamma}. How much does a reward count that comes {steps} steps later?",
        Option(told(gamma**steps), "γ for each step."),
        (
            Option(told(gamma), "That is one step later."),
            Option(told(max(0, 1 - steps * (1 - gamma))), "Factors, not differences."),
            Option(told(gamma / steps, 3), "γ to the power of the steps."),
        ),
        {"gamma": gamma, "steps": steps},
    )


@asks(TOPICS, "10", "What must the memory hold?")
def numbers(draw: Random) -> Question:
    """How many numbers a memory must hold."""
    s, a = draw.choice([2, 3, 10]), draw.choice([2, 5])
    return Question(
        f"{s} states, {a} actions. Of each pair a planner keeps a count, a sum of rewards, and how "
        "often it led where. How many numbers are that?",
        Option(told(s * a * (s + 2)), "For each pair one, one, and one for each state."),
        (
            Option(told(s * a), "How often each was tried: what came of it is missing."),
            Option(told(2 * s * a), "Where each action led is missing."),
            Option(
                told(s * a * (s * a + 2)), "It led to a state, not to a pair of state and action."
            ),
        ),
        {"s": s, "a": a},
    )


@asks(TOPICS, "10", "A measure that fools you")
def improved(draw: Random) -> Question:
    """What a measure counts."""
    tied, better = draw.choice([0.5, 0.7]), draw.choice([0.1, 0.2])
    return Question(
        f"In {percent(tied)} of the mazes both walks take equally many steps, in {percent(better)} "
        "the second is shorter. What does “second walk no longer than the first” report?",
        Option(percent(tied + better), "Ties are counted as if something had been learned."),
        (
            Option(
                percent(better),
                "That would be “shorter”, and luck shortens walks, too. Count the moves saved.",
            ),
            Option(percent(better / (1 - tied)), "That leaves the ties out."),
            Option(percent(1 - better), "Those are the mazes in which it is not shorter."),
        ),
        {"tied": tied, "better": better},
    )
