"""Exercise 09.7, an open question: What the memory is for"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "The last action and its reward are the only news about this task.",
    ),
    "b": Option(
        "The reward is for the outer gradient alone; the agent need not see it.",
        "Then it could not tell a good arm from a bad one while it plays. The weights stand "
        "still in a trial: all learning is in what it reads.",
        "previous reward not fed in",
    ),
    "c": Option(
        "All episodes of a trial have the same task, so the memory is kept.",
    ),
    "d": Option(
        "The memory begins anew in every episode.",
        "Then each episode explores from nothing, and the second is no better than the first.",
        "hidden state reset every episode",
    ),
    "e": Option(
        "A new trial is a new task, so the memory begins empty.",
    ),
    "f": Option(
        "The memory should never be emptied: experience always helps.",
        "What helps in *every* task is in the weights. The memory holds what is true of this "
        "one, and would mislead in the next.",
        "hidden state not reset between trials",
    ),
}

WORDS = open_question(
    "09.7",
    title="What the memory is for",
    objective="explain what an RL² agent reads, and when its memory begins anew",
    why="Same bandit, same memory; new bandit, empty memory; and the reward is the only news.",
    hints=(
        "What could an agent know of a bandit that it meets for the first time? From where?",
        "A trial is one task, with several episodes. What stays the same from episode to "
        "episode, and what from trial to trial?",
        "Say why the last action and reward must be inputs, why memory passes the end of an "
        "episode, and why not that of a trial.",
    ),
    model=(
        "What it did and what that paid is the only news about this task, so the agent must "
        "read it. The task stays the same through all episodes of a trial, so what was found "
        "out in one serves the next, and the memory is kept. A new trial is a new task: the old "
        "knowledge would be wrong there, so the memory begins empty."
    ),
    points=POINTS,
)
