"""The exercises of notebook 09: memory, credit, and three ways to explore."""

from course_lib.checks.answering import Trap, near
from course_lib.checks.e09_credit import TO_GO
from course_lib.checks.e09_memory import MEMORY
from course_lib.checks.e09_policy import GRADIENT
from course_lib.checks.e09_thompson import THOMPSON
from course_lib.checks.e09_ucb import UCB1
from course_lib.checks.e09_words import WORDS
from course_lib.checks.exercise import Exercise

EXPLORING = Exercise(
    key="09.5",
    title="What exploring costs",
    kind="predict",
    minutes=4,
    difficulty=1,
    objective="compute a regret, and keep it apart from a reward",
    why="ε stays, so the cost goes on for ever: 0.08 for each pull, long after all is known.",
    hints=(
        "Regret compares with somebody who pulls the best arm 100 times. What does that one get?",
        "In 80 of 100 pulls the player takes the best arm, and loses nothing. The other 20 take "
        "any arm.",
        "A random pull takes the bad arm half of the time, and then loses 0.9 − 0.1 = 0.8.",
    ),
    check=near(
        100 * 0.2 * 0.5 * (0.9 - 0.1),
        within=0.05,
        where="how often the bad arm is pulled",
        traps=[
            Trap(
                "regret and reward mixed up",
                "82 is the reward. The regret is what is missing to the best arm's 90.",
                82,
            ),
            Trap(
                "ε-greedy that never exploits",
                "40 is the regret of random play, ε = 1. This one explores in a fifth of its "
                "pulls, and takes the best arm in all others.",
                40,
            ),
            Trap(
                "a random arm is never the best one",
                "16 would be right if exploring always took the bad arm. It takes any arm: in "
                "half of the cases the good one.",
                16,
            ),
            Trap(
                "ε-greedy that never explores",
                "0 would be greedy. ε-greedy goes on exploring, also when there is nothing left to "
                "find out.",
                0,
            ),
            Trap("one pull instead of 100", "0.08 is lost per pull. There are 100.", 0.08),
            Trap(
                "exploring and exploiting swapped",
                "32 belongs to a player that explores in 80 % of its pulls. ε is the share of "
                "exploring: 20 %.",
                32,
            ),
        ],
    ),
)

EXERCISES = (MEMORY, TO_GO, UCB1, THOMPSON, EXPLORING, GRADIENT, WORDS)
